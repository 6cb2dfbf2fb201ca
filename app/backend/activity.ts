// What the queue does, for those who do not look at the window: tray, dock, notifications. Told a few times a second at
// most, and each occasion once.
import { basename } from 'node:path';
import type { QueueState } from '../contract/values.ts';
import type { Job } from '../domain/batch.ts';
import { doneOf, unfinishedOf, PRACTICE_SERVICE } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import { isSettled } from '../domain/job.ts';
import { restingPhotos } from '../domain/watch.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Running } from './context.ts';
import type { Occasion, Owed, Status, WatchedPhotos } from './occasions.ts';

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
  /** For the batch of a watch folder's day: what came of its photos and is not told yet. */
  readonly watched: Watched | null;
}

interface Watched {
  readonly watchId: number;
  readonly folder: string;
  enhanced: number;
  failed: string[];
  uncertain: number;
}

const TELL_EVERY_MS = 250;
/** The record of a request lives so long from its submission. Source: Segmind's page on async inference. */
const RECORDS_LIVE_MS = 3_600_000;

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
  get status(): Omit<Status, 'watching'> {
    const practice = this.#running?.service === PRACTICE_SERVICE;
    const owed = this.#owed();
    if (this.#running === null) return { queue: null, practice, unfinished: 0, done: 0, running: false, owed };
    const queue = this.#o.queue();
    const { atService, paused, stopped } = queue;
    const unfinished = queue.unfinished - restingPhotos(queue.resting);
    const running = unfinished > 0 && ((!paused && stopped === null) || atService > 0);
    return { queue, practice, unfinished, done: this.#done(), running, owed };
  }

  #owed(): Owed {
    const { clock, history } = this.#o;
    const service = this.#running?.service ?? null;
    return {
      here: service === null || service === PRACTICE_SERVICE ? 0 : history.jobs.owedAt(service),
      elsewhere: history.jobs.owedElsewhere(service, clock.now() - RECORDS_LIVE_MS).photos,
    };
  }

  #done(): number {
    let done = 0;
    for (const [batchId, { watched, ended }] of this.#live) {
      if (watched !== null) {
        done += ended; // what the day brought before would make every single photo look like the last of hundreds
        continue;
      }
      const counts = this.#o.history.jobs.countsOfBatch(batchId);
      done += doneOf(counts);
    }
    return done;
  }

  #hear(job: Job): void {
    const live = this.#live.get(job.batchId);
    if (!isSettled(job.state)) {
      if (!live) this.#live.set(job.batchId, { ended: 0, outDir: null, watched: this.#watchedOf(job.batchId) });
    } else if (live) {
      this.#ending.add(job.batchId);
      if (job.state !== 'canceled') live.ended += 1;
      if (job.state === 'succeeded') live.outDir = job.outDir;
      if (live.watched !== null) note(live.watched, job);
    }
    this.#touch();
  }

  #watchedOf(batchId: number): Watched | null {
    const watch = this.#o.history.watches.ofBatch(batchId);
    if (watch === null) return null;
    return { watchId: watch.watchId, folder: watch.name, enhanced: 0, failed: [], uncertain: 0 };
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

  #tellWatched(watched: Watched): void {
    const told: WatchedPhotos = { kind: 'watched-photos', ...watched };
    if (told.enhanced + told.failed.length + told.uncertain === 0) return;
    Object.assign(watched, { enhanced: 0, failed: [], uncertain: 0 });
    this.#o.onOccasion(told);
  }

  #tellIfFinished(batchId: number): void {
    const { batches, jobs } = this.#o.history;
    const live = this.#live.get(batchId);
    if (live === undefined) return;
    if (live.watched !== null) this.#tellWatched(live.watched);
    const counts = jobs.countsOfBatch(batchId);
    if (unfinishedOf(counts) > 0) return;
    this.#live.delete(batchId);
    if (live.watched !== null) return; // the day may bring more
    const batch = batches.get(batchId);
    if (live.ended === 0 || batch === null) return; // it was canceled, or removed: whoever did that knows
    const { outDir } = live;
    const credits = batches.credits(batchId);
    this.#o.onOccasion({ kind: 'batch-finished', batchId, name: batch.name, counts, credits, outDir });
  }
}

function note(watched: Watched, { state, sourcePath }: Job): void {
  if (state === 'succeeded') watched.enhanced += 1;
  if (state === 'failed') watched.failed.push(basename(sourcePath));
  if (state === 'uncertain') watched.uncertain += 1;
}
