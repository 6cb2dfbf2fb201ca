// Everything an engine works with, put together in a temp folder: a real history, a real practice service over HTTP, the
// real client, a picture double, and a clock that runs fast. Disposing it checks that nothing was left behind.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Attempt, Batch, Job, OutputSettings, PlannedJob } from '../../app/domain/batch.ts';
import { emptyCounts } from '../../app/domain/batch.ts';
import type { Failure } from '../../app/domain/failure.ts';
import type { JobState } from '../../app/domain/job.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import type { Media } from '../../app/domain/picture.ts';
import type { RestingWatch } from '../../app/engine/deps.ts';
import type { EngineOptions } from '../../app/engine/engine.ts';
import { Engine } from '../../app/engine/engine.ts';
import { History } from '../../app/history/history.ts';
import type { Disk } from '../../app/lib/disk.ts';
import type { Log } from '../../app/lib/log.ts';
import { startPractice } from '../../app/practice/server.ts';
import type { Fault, FaultPoint, PracticeOptions, PracticeService } from '../../app/practice/server.ts';
import type { Segmind, Timeouts } from '../../app/segmind/client.ts';
import { createSegmind } from '../../app/segmind/client.ts';
import { Pacing } from '../../app/segmind/pacing.ts';
import type { CountingClock } from './clock.ts';
import { fastClock } from './clock.ts';
import { mediaDouble, tinyJpeg } from './media.ts';

export interface HarnessOptions extends Partial<EngineOptions> {
  readonly practice?: Partial<PracticeOptions>;
  /** How many milliseconds pass in one. */
  readonly speed?: number;
  /** Time limits of the client, by the fast clock. */
  readonly timeouts?: Partial<Timeouts>;
  /** Requests a minute that the engine allows itself. */
  readonly perMinute?: number | null;
  /** Whether the service finishes nothing before `letGo`: so that tests need not be quick. */
  readonly held?: boolean;
  readonly media?: Media;
  readonly disk?: Disk;
  readonly random?: () => number;
  readonly service?: string;
  /** The watch folders that rest; none if not given. */
  readonly resting?: (history: History) => readonly RestingWatch[];
  /** Puts something around the client. */
  readonly wrap?: (segmind: Segmind) => Segmind;
}

export const GIB = 1024 ** 3;
const KEY = 'SG_0123456789abcdef';
const SPEED = 20;
const QUICK = { queueMs: { min: 20, max: 60 }, latencyMs: { min: 100, max: 500 } };
/** Long, so that a busy machine does not make a time limit of the fast clock strike. */
const PATIENT: Timeouts = {
  submit: 600_000,
  get: 600_000,
  upload: 600_000,
  connect: 600_000,
  idle: 600_000,
  download: 900_000,
};
const STUCK_MS = 90_000; // of the wall clock: then a test is told what every job was at

export class Harness implements AsyncDisposable {
  readonly dir: string;
  readonly photoDir: string;
  readonly outDir: string;
  readonly clock: CountingClock;
  history: History;
  practice: PracticeService;
  engine: Engine;
  /** What goes wrong at the service; may be changed at any time. */
  fault: ((at: FaultPoint) => Fault | undefined) | undefined;
  /** Every log line: `event {fields}`. */
  readonly logged: string[] = [];
  readonly #options: HarnessOptions;
  readonly #posts = new Map<string, number>();
  readonly #rejections: unknown[] = [];
  readonly #onRejection = (reason: unknown) => void this.#rejections.push(reason);
  #made = 0;
  #held: PromiseWithResolvers<void> | null = null;

  private constructor(dir: string, options: HarnessOptions, clock: CountingClock, practice: PracticeService) {
    this.dir = dir;
    this.photoDir = join(dir, 'photos');
    this.outDir = join(dir, 'out');
    this.#options = options;
    this.clock = clock;
    this.practice = practice;
    this.history = History.own({ dir: join(dir, 'data'), clock, program: 'a test' });
    this.engine = this.#assemble({});
    mkdirSync(this.photoDir);
    process.on('unhandledRejection', this.#onRejection);
    if (options.held) this.hold();
  }

  static async open(options: HarnessOptions = {}): Promise<Harness> {
    const dir = mkdtempSync(join(tmpdir(), 'engine-'));
    const clock = fastClock(options.speed ?? SPEED);
    const later: { harness?: Harness } = {};
    const practice = await startPractice({
      clock,
      stateDir: join(dir, 'practice'),
      retouch: async ({ source, target }) => {
        await later.harness?.working();
        await copyFile(source, target);
      },
      ...QUICK,
      ...options.practice,
      fault: (at) => later.harness?.noteFault(at),
    });
    later.harness = new Harness(dir, options, clock, practice);
    return later.harness;
  }

  /** From now on the service finishes nothing: what is there stays PROCESSING. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  letGo(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** Resolves when the service may go on. */
  async working(): Promise<void> {
    await this.#held?.promise;
  }

  /** Called by the practice service for every request on a route. */
  noteFault(at: FaultPoint): Fault | undefined {
    if (at.route === 'submit') {
      const hash = /practice-[0-9a-z]+-([0-9a-f]{16})-/.exec(at.image ?? '')?.[1] ?? 'unknown';
      this.#posts.set(hash, (this.#posts.get(hash) ?? 0) + 1);
    }
    return this.fault?.(at);
  }

  /** Makes photos, each with content of its own, and plans them. */
  plan(count: number, changes: Partial<PlannedJob> = {}): PlannedJob[] {
    return Array.from({ length: count }, () => this.planFile(this.photo(), changes));
  }

  /** Makes a photo and answers its path. */
  photo(name = `photo-${String((this.#made += 1)).padStart(3, '0')}.jpg`): string {
    const path = join(this.photoDir, name);
    writeFileSync(path, tinyJpeg(`content of ${name}`));
    return path;
  }

  planFile(path: string, changes: Partial<PlannedJob> = {}): PlannedJob {
    const { size, mtimeMs } = statSync(path);
    return {
      sourcePath: path,
      sourceBytes: size,
      sourceMtimeMs: Math.trunc(mtimeMs),
      format: 'jpeg',
      width: 6000,
      height: 4000,
      outDir: this.outDir,
      outStem: `${basename(path, '.jpg')}_enhanced`,
      ...changes,
    };
  }

  /** A batch of new photos, or of those planned. */
  batch(photos: number | readonly PlannedJob[], output: Partial<OutputSettings> = {}): Batch {
    return this.engine.addBatch({
      name: 'a test',
      parameters: DEFAULT_PARAMETERS,
      output: { onExists: 'number', template: '{name}_enhanced.{ext}', maxUploadMegapixels: 8, ...output },
      jobs: typeof photos === 'number' ? this.plan(photos) : photos,
    });
  }

  /** Starts the engine and waits until it is done or stopped. */
  async run(): Promise<Failure | null> {
    await this.engine.start();
    return await this.idle();
  }

  /** `engine.idle()`, which tells what every job is at when it does not come. */
  async idle(): Promise<Failure | null> {
    return await this.orTell(this.engine.idle(), 'the engine never came to rest');
  }

  /** Resolves with the first job that fits, now or after some change. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    const happened = Promise.withResolvers<void>();
    const check = () => {
      if (isSo()) happened.resolve();
    };
    const ends = [this.engine.onJob(check), this.engine.onQueue(check)];
    await this.orTell(happened.promise, what);
    for (const end of ends) end();
  }

  async orTell<T>(promise: Promise<T>, what: string): Promise<T> {
    const stuck = Promise.withResolvers<never>();
    const timer = setTimeout(() => stuck.reject(new Error(`${what}: ${this.#describe()}`)), STUCK_MS);
    try {
      return await Promise.race([promise, stuck.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A new engine on the same history and service, not started yet. */
  renew(changes: Partial<HarnessOptions> = {}): Engine {
    this.engine = this.#assemble(changes);
    return this.engine;
  }

  jobs(): Job[] {
    return this.history.summaries.ids({}).map((id) => this.job(id));
  }

  job(id: number): Job {
    const job = this.history.jobs.get(id);
    if (!job) throw new Error(`there is no job ${id}`);
    return job;
  }

  attempts(id: number): Attempt[] {
    return this.history.attempts.ofJob(id);
  }

  /** How many jobs are in each state that has any. */
  states(): Partial<Record<JobState, number>> {
    const counts = emptyCounts();
    for (const { state } of this.jobs()) counts[state] += 1;
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  }

  /** POSTs to the model that reached the service, by the content of the photo, in the order of the jobs. */
  posts(): number[] {
    return this.jobs().map((job) => this.#posts.get(contentOf(job.sourcePath)) ?? 0);
  }

  /** Accepted submits, by the content of the photo, in the order of the jobs. */
  accepted(): number[] {
    const byContent = this.practice.stats().acceptedByContent;
    return this.jobs().map((job) => byContent[contentOf(job.sourcePath)] ?? 0);
  }

  /** Stops the engine. What is in the air is waited for, however slow this machine is. */
  stop(): Promise<void> {
    return this.engine.stop(3_600_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.letGo(); // the service waits for what it is at
    await this.stop();
    const { atService } = this.engine.status();
    await this.practice.stop();
    this.history[Symbol.dispose]();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', this.#onRejection);
    rmSync(this.dir, { recursive: true, force: true });
    const left = [
      ...this.#rejections.map((reason) => `an unhandled rejection: ${String(reason)}`),
      ...(atService > 0 ? [`${atService} requests still followed`] : []),
      ...(this.clock.pending > 0 ? [`${this.clock.pending} timers`] : []),
    ];
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  }

  #assemble(changes: Partial<HarnessOptions>): Engine {
    const options = { ...this.#options, ...changes };
    const { clock } = this;
    const { url: apiUrl, storageUrl } = this.practice;
    const client = createSegmind({
      apiUrl,
      storageUrl,
      key: KEY,
      clock,
      timeouts: { ...PATIENT, ...options.timeouts },
    });
    const { deadlineMs, patienceMs, folderPatienceMs, scope } = options;
    const random = options.random ?? (() => 0);
    return new Engine(
      {
        history: this.history,
        segmind: options.wrap ? options.wrap(client) : client,
        service: options.service ?? 'practice',
        pacing: new Pacing({ clock, perMinute: options.perMinute ?? null, random }),
        media: options.media ?? mediaDouble(),
        disk: options.disk ?? { freeBytes: () => Promise.resolve(500 * GIB) },
        clock,
        log: this.log,
        random,
        preparationsAtOnce: 2,
        resting: () => options.resting?.(this.history) ?? [],
      },
      {
        concurrency: options.concurrency ?? 4,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(patienceMs === undefined ? {} : { patienceMs }),
        ...(folderPatienceMs === undefined ? {} : { folderPatienceMs }),
        ...(scope === undefined ? {} : { scope }),
      },
    );
  }

  get log(): Log {
    const note = (event: string, fields: object = {}) => void this.logged.push(`${event} ${JSON.stringify(fields)}`);
    return { info: note, warn: note, error: note };
  }

  #describe(): string {
    const jobs = this.jobs().map((job) => `${job.id} ${job.state} ${job.failure?.code ?? ''}`);
    const { submits, accepted, completed, polls, results } = this.practice.stats();
    const service = { submits, accepted, completed, polls, results };
    return JSON.stringify({ jobs, service, status: this.engine.status(), logged: this.logged.slice(-20) }, null, 1);
  }
}

/** The first 16 hex digits of the SHA-256 of a file: what the practice service calls its content. */
export function contentOf(path: string): string {
  return hashOf(path).slice(0, 16);
}

export function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
