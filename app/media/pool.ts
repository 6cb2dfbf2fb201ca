// The core's hand in picture work: a few processes of their own, started when needed, replaced when they die. A photo that
// kills its process fails alone; the others go on.
import { availableParallelism } from 'node:os';
import { type Failure, FailureError, failure } from '../domain/failure.ts';
import type {
  DressedPicture,
  DressRequest,
  Media,
  PictureInfo,
  PreparedPhoto,
  PrepareRequest,
  RetouchRequest,
  Thumbnail,
  ThumbnailRequest,
  VerifiedPicture,
} from '../domain/picture.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { Lane, type Task, type WorkerPort } from './lane.ts';
import type { InputOf, Operation, ValueOf } from './protocol.ts';

export type { WorkerPort } from './lane.ts';

export interface MediaPoolOptions {
  /** Starts a media process. */
  readonly spawn: () => WorkerPort;
  /** Processes at most. A full decode takes 240 MB at 45 megapixels, so the default is two, or one on one core. */
  readonly size?: number;
  /** How long one task may take, in milliseconds; 120 s if not given. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

const DEADLINE_MS = 120_000;
const INSPECT_GROUP = 32; // paths a message: enough to make the message cheap, few enough to use all processes
/** Processes that die before they are up, in a row, after which what waits fails: it will not get better by itself. */
const MAX_START_DEATHS = 3;

export class MediaPool implements Media, Disposable {
  readonly #options: Required<MediaPoolOptions>;
  /** Work that jobs wait for goes first; each in the order of asking. */
  readonly #jobs: Task[] = [];
  /** What waits behind it takes turns: were the practice service's pictures to go first, no thumbnail would ever be made. */
  readonly #thumbnails: Task[] = [];
  readonly #retouches: Task[] = [];
  #retouchedLast = false;
  readonly #lanes = new Set<Lane>();
  #startDeaths = 0;
  #stopped = false;

  constructor(options: MediaPoolOptions) {
    this.#options = {
      size: Math.min(2, availableParallelism()),
      deadlineMs: DEADLINE_MS,
      clock: systemClock,
      ...options,
    };
  }

  /** What files are, by their headers; a file that crashes the process gets that as its own answer. */
  async inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
    const groups = Array.from({ length: Math.ceil(paths.length / INSPECT_GROUP) }, (_, index) =>
      paths.slice(index * INSPECT_GROUP, (index + 1) * INSPECT_GROUP),
    );
    return (await Promise.all(groups.map((group) => this.#inspectGroup(group)))).flat();
  }

  prepare(request: PrepareRequest): Promise<PreparedPhoto> {
    return this.#do('prepare', request);
  }

  verify(path: string): Promise<VerifiedPicture> {
    return this.#do('verify', path);
  }

  dress(request: DressRequest): Promise<DressedPicture> {
    return this.#do('dress', request);
  }

  thumbnail(request: ThumbnailRequest): Promise<Thumbnail> {
    return this.#do('thumbnail', request);
  }

  retouch(request: RetouchRequest): Promise<void> {
    return this.#do('retouch', request);
  }

  /** Ends the processes. What waits or runs fails with a retryable `internal`, and so does what is asked from here on. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const task of this.#takeAll()) task.reject(stopped());
    for (const lane of this.#lanes) lane.stop(stopped());
    this.#lanes.clear();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Halves a group whose process died until the file at fault stands alone. A group that is too slow is not halved:
   * headers take no time, so it is the drive that does not answer, and each further try would wait as long.
   */
  async #inspectGroup(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
    try {
      return await this.#do('inspect', [...paths]);
    } catch (error) {
      const problem = error instanceof FailureError ? error.failure : null;
      if (problem?.code === 'photo_too_slow') {
        return paths.map(() =>
          failure('source_unreadable', { detail: `the drive does not answer: ${problem.detail ?? ''}` }),
        );
      }
      if (problem?.code !== 'photo_crashed') throw error;
      if (paths.length === 1) return [problem];
      const middle = Math.ceil(paths.length / 2);
      const halves = [paths.slice(0, middle), paths.slice(middle)];
      return (await Promise.all(halves.map((half) => this.#inspectGroup(half)))).flat();
    }
  }

  #do<Op extends Operation>(op: Op, input: InputOf<Op>): Promise<ValueOf<Op>> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(stopped());
      const queue = op === 'thumbnail' ? this.#thumbnails : op === 'retouch' ? this.#retouches : this.#jobs;
      // The lane has parsed the value by the schema of this operation.
      queue.push({ op, input, resolve: (value) => resolve(value as ValueOf<Op>), reject });
      this.#pump();
    });
  }

  /** Gives tasks to free processes, and starts processes for tasks that find none. */
  #pump(): void {
    for (const lane of this.#lanes) {
      if (!lane.isFree) continue;
      const task = this.#nextTask();
      if (!task) return;
      lane.run(task);
    }
    while (this.#wantsProcess()) this.#start();
  }

  #nextTask(): Task | undefined {
    const job = this.#jobs.shift();
    if (job) return job;
    const turns = this.#retouchedLast ? [this.#thumbnails, this.#retouches] : [this.#retouches, this.#thumbnails];
    const queue = turns.find(({ length }) => length > 0);
    this.#retouchedLast = queue === this.#retouches;
    return queue?.shift();
  }

  #wantsProcess(): boolean {
    const { size } = this.#lanes;
    if (size >= this.#options.size) return false;
    if (size > 0 && this.#startDeaths >= MAX_START_DEATHS) return false; // then those that did come up do it all
    const starting = [...this.#lanes].filter((lane) => lane.isStarting).length;
    return this.#jobs.length + this.#thumbnails.length + this.#retouches.length > starting;
  }

  #start(): void {
    let port: WorkerPort;
    try {
      port = this.#options.spawn();
    } catch (error) {
      return this.#countStartDeath(error instanceof Error ? error.message : String(error));
    }
    const { deadlineMs, clock } = this.#options;
    const lane = new Lane(port, {
      deadlineMs,
      clock,
      onFree: () => {
        this.#startDeaths = 0;
        this.#pump();
      },
      onGone: ({ started, reason }) => {
        this.#lanes.delete(lane);
        if (!started) this.#countStartDeath(reason);
        this.#pump();
      },
    });
    this.#lanes.add(lane);
  }

  /** The task in question is not at fault when a process does not even come up: it waits for the next one. */
  #countStartDeath(reason: string): void {
    this.#startDeaths += 1;
    if (this.#startDeaths < MAX_START_DEATHS || this.#lanes.size > 0) return;
    const detail = `the picture process does not start: ${reason}`;
    for (const task of this.#takeAll()) task.reject(new FailureError(failure('internal', { detail })));
  }

  #takeAll(): Task[] {
    return [...this.#jobs.splice(0), ...this.#thumbnails.splice(0), ...this.#retouches.splice(0)];
  }
}

function stopped(): FailureError {
  return new FailureError(failure('internal', { detail: 'picture work was stopped', retryable: true }));
}
