// The queue: how near it comes to what its slots and its plan allow, and what it weighs.
import { join } from 'node:path';
import { Engine } from '../../app/engine/engine.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { systemDisk } from '../../app/lib/disk.ts';
import { silentLog } from '../../app/lib/log.ts';
import { MediaPool } from '../../app/media/pool.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import { createSegmind } from '../../app/segmind/client.ts';
import { Pacing } from '../../app/segmind/pacing.ts';
import type { Bench } from './bench.ts';
import { idealSeconds, measureRun, newBatch, plannedJob, Scratch } from './rig.ts';

/** A service that nothing is sent to. */
export const NOWHERE = 'http://127.0.0.1:9';

/** 200 photos, 16 slots, no limit of requests, two seconds a photo, give or take a tenth. */
async function makespan() {
  const slots = 16;
  const run = await measureRun({
    photos: 200,
    slots,
    limit: null,
    practice: { latencyMs: { min: 1_800, max: 2_200 }, queueMs: { min: 0, max: 0 } },
  });
  return [
    {
      figure: 'makespan to ideal, 200 photos at 16 slots',
      value: run.seconds / idealSeconds(run.durations, slots),
      must: 1.05,
      goal: 1.02,
    },
    { figure: 'requests a photo at 16 slots', value: run.requests / run.succeeded, must: 4.5 },
  ];
}

/** The Pro plan's 50 requests a minute and 36 s a photo, all times a twentieth. */
async function paced() {
  const perWindow = 50;
  const windowMs = 3_000;
  const photos = 150;
  const run = await measureRun({
    photos,
    slots: 16,
    limit: perWindow,
    windowMs,
    practice: { latencyMs: { min: 1_250, max: 1_800 }, queueMs: { min: 0, max: 50 } },
  });
  const bound = (photos * 3 * windowMs) / perWindow / 1_000;
  return [
    { figure: '429s a request at 50 requests a minute', value: run.limited / run.requests, must: 0.01 },
    { figure: 'makespan to the bound of three requests a photo', value: run.seconds / bound, must: 1.3 },
    { figure: 'requests a photo at 50 requests a minute', value: run.requests / run.succeeded },
  ];
}

/** 100,000 photos queued at once. */
async function queued() {
  await using scratch = await Scratch.make();
  const count = 100_000;
  const jobs = Array.from({ length: count }, (_, n) => plannedJob(join(scratch.dir, `folder ${n % 100}`), n));
  using history = History.own({ dir: join(scratch.dir, 'data'), clock: systemClock, program: 'the bench' });
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const begin = performance.now();
  history.batches.create({ ...newBatch(jobs), service: NOWHERE }, systemClock.now());
  const seconds = (performance.now() - begin) / 1_000;
  const { engine, dispose } = engineOn(history);
  engine.pause();
  await engine.start();
  globalThis.gc?.();
  const grown = process.memoryUsage.rss() - before;
  await dispose();
  return [
    { figure: 'jobs queued a second, 100,000 at once', value: count / seconds, unit: '1/s' },
    { figure: 'memory with 100,000 queued jobs', value: grown / 1024 / 1024, unit: 'MB' },
  ];
}

/** A process died with 10,000 photos in every state of work. */
async function recovery() {
  await using scratch = await Scratch.make();
  const dir = join(scratch.dir, 'data');
  const clock = systemClock;
  {
    using history = History.own({ dir, clock, program: 'the bench' });
    const jobs = Array.from({ length: 10_000 }, (_, n) => plannedJob(scratch.dir, n));
    history.batches.create({ ...newBatch(jobs), service: NOWHERE }, clock.now());
    history.atomically(() => {
      for (const id of history.summaries.ids({})) {
        const events = [
          { type: 'claim' },
          { type: 'submit' },
          {
            type: 'accept',
            request: { id: `r${id}`, statusUrl: NOWHERE, responseUrl: NOWHERE, submittedAt: clock.now() },
          },
          { type: 'complete', outputUrl: `${NOWHERE}/${id}` },
        ] as const;
        for (const event of events.slice(0, 1 + (id % 4))) history.jobs.apply(id, event, clock.now());
      }
    });
  }
  const begin = performance.now();
  using history = History.own({ dir, clock, program: 'the bench' });
  const { engine, dispose } = engineOn(history);
  await engine.start();
  const seconds = (performance.now() - begin) / 1_000;
  await dispose();
  return [{ figure: 'recovery with 10,000 unfinished jobs', value: seconds, unit: 's', must: 1 }];
}

export function engineOn(history: History) {
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  const engine = new Engine(
    {
      history,
      segmind: createSegmind({ apiUrl: NOWHERE, storageUrl: NOWHERE, key: 'SG_0000000000000000', clock: systemClock }),
      service: NOWHERE,
      pacing: new Pacing({ clock: systemClock, perMinute: 50 }),
      media,
      disk: systemDisk,
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      preparationsAtOnce: 2,
      resting: () => [],
    },
    { concurrency: 8 },
  );
  return {
    engine,
    media,
    dispose: async () => {
      await engine.stop();
      media.stop();
    },
  };
}

export const queueBenches: Bench[] = [
  { name: 'makespan', run: makespan },
  { name: 'paced', run: paced },
  { name: 'queued', run: queued },
  { name: 'recovery', run: recovery },
];
