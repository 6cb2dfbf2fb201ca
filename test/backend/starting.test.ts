// A batch that is being made while something else happens to the same photos.
import { statSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Intakes } from '../../app/backend/intakes.ts';
import { DEFAULT_PREFERENCES, Preferences } from '../../app/backend/preferences.ts';
import type { PlannedJob } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import type { Engine } from '../../app/engine/engine.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { tempFolder } from '../media/pictures.ts';

const SERVICE = 'https://api.example';
const { parameters, output } = DEFAULT_PREFERENCES;

/** A folder of photos, and a history that knows none of them. */
function given(names: readonly string[]) {
  const dir = tempFolder();
  for (const name of names) writeFileSync(join(dir, name), name);
  const history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'a test' });
  onTestFinished(() => history[Symbol.dispose]());
  const jobs = names.map((name): PlannedJob => {
    const { size, mtimeMs } = statSync(join(dir, name));
    return {
      sourcePath: join(dir, name),
      sourceBytes: size,
      sourceMtimeMs: Math.trunc(mtimeMs),
      format: 'jpeg',
      width: 10,
      height: 10,
      outDir: join(dir, 'Enhanced'),
      outStem: `${parse(name).name}_enhanced`,
    };
  });
  return { history, jobs };
}

/** A batch of these photos, planned, with an engine that runs nothing: the answer starts it. */
async function planned(history: History, jobs: readonly PlannedJob[], engine: Partial<Engine>) {
  const running = { service: SERVICE, engine: engine as Engine };
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
  const id = intakes.add(jobs.map(({ sourcePath }) => sourcePath));
  const settings = { id, parameters, output, recursive: true, name: 'new' };
  const { agreement } = await intakes.plan(settings);
  return () => intakes.start({ ...settings, agreed: agreement });
}

it('a photo that is retried while a batch of it is being made goes on in its earlier batch alone', async () => {
  const names = Array.from({ length: 150 }, (_, n) => `photo-${String(n).padStart(3, '0')}.jpg`);
  const { history, jobs } = given(names);
  const earlier = history.batches.create(
    { name: 'earlier', service: SERVICE, parameters, output, jobs: jobs.slice(0, 1) },
    1,
  );
  const [id = 0] = history.summaries.ids({ batchId: earlier.id });
  history.jobs.apply(id, { type: 'claim' }, 2);
  history.jobs.apply(id, { type: 'fail', failure: failure('moderated') }, 3);

  const made: number[] = [];
  const start = await planned(history, jobs, {
    onJob(listener) {
      // After the first hundred photos were compared, and before the others are.
      setImmediate(() => setImmediate(() => listener(history.jobs.apply(id, { type: 'requeue' }, 4))));
      return () => undefined;
    },
    onBatch: () => () => undefined,
    addBatch(batch) {
      made.push(batch.jobs.length);
      return { ...earlier, id: 99 };
    },
  });
  expect(await start()).toEqual({ batchId: 99, joinedBatchId: earlier.id, jobs: 149, joined: 1, doubtful: 0 });
  expect(made).toEqual([149]);
});

it('photos that a watch folder queues while a batch of them is being made go on there alone', async () => {
  const { history, jobs } = given(['a.jpg', 'b.jpg']);
  const listeners: ((batchId: number) => void)[] = [];
  const start = await planned(history, jobs, {
    onJob: () => () => undefined,
    onBatch(listener) {
      listeners.push(listener);
      return () => listeners.splice(0);
    },
    addBatch: () => expect.unreachable('nothing is left to be made'),
  });
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
  expect(await start()).toEqual({ batchId: null, joinedBatchId: watched, jobs: 0, joined: 2, doubtful: 0 });
});
