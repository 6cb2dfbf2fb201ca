// A batch that is being made while something else happens to the same photos.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Intakes } from '../../app/backend/intakes.ts';
import { DEFAULT_PREFERENCES, Preferences } from '../../app/backend/preferences.ts';
import type { Job } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import type { Engine } from '../../app/engine/engine.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { tempFolder } from '../media/pictures.ts';

const SERVICE = 'https://api.example';
const { parameters, output } = DEFAULT_PREFERENCES;

it('a photo that is retried while a batch of it is being made goes on in its earlier batch alone', async () => {
  const dir = tempFolder();
  const names = Array.from({ length: 150 }, (_, n) => `photo-${String(n).padStart(3, '0')}.jpg`);
  for (const name of names) writeFileSync(join(dir, name), name);
  using history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'a test' });
  const [first = ''] = names;
  const { size, mtimeMs } = statSync(join(dir, first));
  const job = {
    sourcePath: join(dir, first),
    sourceBytes: size,
    sourceMtimeMs: Math.trunc(mtimeMs),
    ...{ format: 'jpeg', width: 10, height: 10, outDir: join(dir, 'Enhanced'), outStem: 'photo-000_enhanced' },
  };
  const earlier = history.batches.create({ name: 'earlier', service: SERVICE, parameters, output, jobs: [job] }, 1);
  const [id = 0] = history.summaries.ids({ batchId: earlier.id });
  history.jobs.apply(id, { type: 'claim' }, 2);
  history.jobs.apply(id, { type: 'fail', failure: failure('moderated') }, 3);

  const made: number[] = [];
  const engine = {
    onJob(listener: (job: Job) => void) {
      // After the first hundred photos were compared, and before the others are.
      setImmediate(() => setImmediate(() => listener(history.jobs.apply(id, { type: 'requeue' }, 4))));
      return () => undefined;
    },
    onBatch: () => () => undefined,
    addBatch(batch: { readonly jobs: readonly unknown[] }) {
      made.push(batch.jobs.length);
      return { id: 99 };
    },
  } as unknown as Engine;
  const intakes = new Intakes({
    history,
    preferences: new Preferences(history.settings, silentLog),
    media: { inspect: (paths) => Promise.resolve(paths.map(() => ({ format: 'jpeg', width: 10, height: 10 }))) },
    clock: systemClock,
    platform: 'linux',
    running: () => running,
    balance: () => null,
    needBalance: () => undefined,
    onProgress: () => undefined,
  });
  const running = { service: SERVICE, engine };
  const intake = intakes.add(names.map((name) => join(dir, name)));
  const settings = { id: intake, parameters, output, recursive: true, name: 'new' };
  const { agreement } = await intakes.plan(settings);
  const started = await intakes.start({ ...settings, agreed: agreement });
  expect(started).toEqual({ batchId: 99, joinedBatchId: earlier.id, jobs: 149, joined: 1, doubtful: 0 });
  expect(made).toEqual([149]);
});

it('photos that a watch folder queues while a batch of them is being made go on there alone', async () => {
  const dir = tempFolder();
  const names = ['a.jpg', 'b.jpg'];
  for (const name of names) writeFileSync(join(dir, name), name);
  using history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'a test' });
  const jobs = names.map((name) => {
    const { size, mtimeMs } = statSync(join(dir, name));
    const place = { outDir: join(dir, 'Enhanced'), outStem: `${name}_enhanced` };
    const picture = { format: 'jpeg', width: 10, height: 10 };
    return { sourcePath: join(dir, name), sourceBytes: size, sourceMtimeMs: Math.trunc(mtimeMs), ...picture, ...place };
  });
  const listeners: ((batchId: number) => void)[] = [];
  const engine = {
    onJob: () => () => undefined,
    onBatch(listener: (batchId: number) => void) {
      listeners.push(listener);
      return () => listeners.splice(0);
    },
    addBatch: () => expect.unreachable('nothing is left to be made'),
  } as unknown as Engine;
  const intakes = new Intakes({
    history,
    preferences: new Preferences(history.settings, silentLog),
    media: { inspect: (paths) => Promise.resolve(paths.map(() => ({ format: 'jpeg', width: 10, height: 10 }))) },
    clock: systemClock,
    platform: 'linux',
    running: () => running,
    balance: () => null,
    needBalance: () => undefined,
    onProgress: () => undefined,
  });
  const running = { service: SERVICE, engine };
  const intake = intakes.add(names.map((name) => join(dir, name)));
  const settings = { id: intake, parameters, output, recursive: true, name: 'new' };
  const { agreement } = await intakes.plan(settings);
  // The last photo was compared: now the watch folder queues both, and its engine tells of the batch alone.
  const latestOfSame = history.jobs.latestOfSame.bind(history.jobs);
  let watched = 0;
  history.jobs.latestOfSame = (service, wanted, photo) => {
    const found = latestOfSame(service, wanted, photo);
    if (watched === 0 && listeners.length > 0 && photo.sourcePath === jobs[1]?.sourcePath) {
      watched = history.batches.create({ name: 'watched', service: SERVICE, parameters, output, jobs }, 1).id;
      for (const listener of listeners) listener(watched);
    }
    return found;
  };
  const started = await intakes.start({ ...settings, agreed: agreement });
  expect(started).toEqual({ batchId: null, joinedBatchId: watched, jobs: 0, joined: 2, doubtful: 0 });
});
