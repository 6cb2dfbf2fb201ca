// What goes on, for those who do not look at the window: tray, dock, notifications. Told a few times a second at most, and
// each occasion once.
import type { QueueState } from '../contract/values.ts';
import type { Job, StateCounts } from '../domain/batch.ts';
import { doneOf, unfinishedOf, PRACTICE_SERVICE } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import { isSettled } from '../domain/job.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Running } from './context.ts';

/** What is worth a notification. */
export type Occasion =
  | {
      /** Nothing of the batch is left to do. Told once for each run of it: after a retry, once more. */
      readonly kind: 'batch-finished';
      readonly batchId: number;
      readonly name: string;
      readonly counts: StateCounts;
      readonly credits: number;
      /** Where its last picture was saved; null when none was. */
      readonly outDir: string | null;
    }
  | { readonly kind: 'queue-stopped'; readonly failure: Failure };

export interface Status {
  /** Null while no service is in use, or while it is being changed. */
  readonly queue: QueueState | null;
  readonly practice: boolean;
  /** Photos on which something is still to happen by itself. */
  readonly unfinished: number;
  /** Photos that are done, of the batches now at work: those that were canceled are not. */
  readonly done: number;
  /** Whether something happens now, or paid pictures are on their way: the machine should not go to sleep then. */
  readonly running: boolean;
}

export interface ActivityOptions {
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: () => QueueState;
  readonly onStatus: () => void;
  readonly onOccasion: (occasion: Occasion) => void;
}

/** A batch of which something is left to do. */
interface Live {
  /** Photos that came to an end other than by being canceled. */
  ended: number;
  outDir: string | null;
}

const TELL_EVERY_MS = 250;

export class Activity {
  readonly #o: ActivityOptions;
  readonly #live = new Map<number, Live>();
  /** Those of them of which a photo came to an end since they were last looked at. */
  readonly #ending = new Set<number>();
  #running: Running | null = null;
  #ends: (() => void)[] = [];
  #cancelTimer: (() => void) | null = null;
  #stopped: Failure | null = null;

  constructor(options: ActivityOptions) {
    this.#o = options;
  }

  /** Follows an engine; call it before the engine starts. */
  attach(running: Running): void {
    this.detach();
    this.#running = running;
    this.#ends = [
      running.engine.onJob((job) => this.#hear(job)),
      running.engine.onBatch(() => this.#touch()),
      running.engine.onQueue(() => this.#touch()),
    ];
    this.#touch();
  }

  /** There is no engine any more. What had just come to an end is told first. */
  detach(): void {
    if (this.#running === null) return;
    for (const end of this.#ends.splice(0)) end();
    this.#tell();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#running = null;
    this.#live.clear();
    this.#ending.clear();
    this.#stopped = null;
    this.#o.onStatus();
  }

  /** @throws errors of the history */
  get status(): Status {
    const practice = this.#running?.service === PRACTICE_SERVICE;
    if (this.#running === null) return { queue: null, practice, unfinished: 0, done: 0, running: false };
    const queue = this.#o.queue();
    const { unfinished, atService, paused, stopped } = queue;
    const running = unfinished > 0 && ((!paused && stopped === null) || atService > 0);
    return { queue, practice, unfinished, done: this.#done(), running };
  }

  #done(): number {
    let done = 0;
    for (const batchId of this.#live.keys()) {
      const counts = this.#o.history.jobs.countsOfBatch(batchId);
      done += doneOf(counts);
    }
    return done;
  }

  #hear(job: Job): void {
    const live = this.#live.get(job.batchId);
    if (!isSettled(job.state)) {
      if (!live) this.#live.set(job.batchId, { ended: 0, outDir: null });
    } else if (live) {
      this.#ending.add(job.batchId);
      if (job.state !== 'canceled') live.ended += 1;
      if (job.state === 'succeeded') live.outDir = job.outDir;
    }
    this.#touch();
  }

  #touch(): void {
    this.#cancelTimer ??= this.#o.clock.after(TELL_EVERY_MS, () => {
      this.#cancelTimer = null;
      this.#tell();
      this.#o.onStatus();
    });
  }

  /** Nothing of this may end the work it tells of. */
  #tell(): void {
    try {
      this.#tellStop();
      for (const batchId of this.#ending) {
        this.#tellIfFinished(batchId);
        this.#ending.delete(batchId);
      }
    } catch (error) {
      this.#o.log.warn('activity', { error: String(error) });
    }
  }

  #tellStop(): void {
    // Not the sentence but the value is compared: the same reason again is a stop of its own.
    const stopped = this.#running?.engine.status().stopped ?? null;
    const isNew = stopped !== null && stopped !== this.#stopped;
    this.#stopped = stopped;
    if (isNew) this.#o.onOccasion({ kind: 'queue-stopped', failure: stopped });
  }

  #tellIfFinished(batchId: number): void {
    const { batches, jobs } = this.#o.history;
    const live = this.#live.get(batchId);
    const counts = jobs.countsOfBatch(batchId);
    if (live === undefined || unfinishedOf(counts) > 0) return;
    this.#live.delete(batchId);
    const batch = batches.get(batchId);
    if (live.ended === 0 || batch === null) return; // it was canceled, or removed: whoever did that knows
    const { outDir } = live;
    const credits = batches.credits(batchId);
    this.#o.onOccasion({ kind: 'batch-finished', batchId, name: batch.name, counts, credits, outDir });
  }
}
