// Every change of a job goes through here: committed first, told to the listeners after.
import type { Job } from '../domain/batch.ts';
import type { JobEvent } from '../domain/job.ts';
import type { EventFacts } from '../history/jobs.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Log } from '../lib/log.ts';

export type JobListener = (job: Job) => void;
export type BatchListener = (batchId: number) => void;

export class Ledger {
  readonly history: History;
  readonly #clock: Clock;
  readonly #jobs: Listeners<Job>;
  readonly #batches: Listeners<number>;

  constructor(history: History, clock: Clock, log: Log) {
    this.history = history;
    this.#clock = clock;
    this.#jobs = new Listeners(log);
    this.#batches = new Listeners(log);
  }

  /** Calls back after every change of a job; the answer ends it. */
  onJob(listener: JobListener): () => void {
    return this.#jobs.add(listener);
  }

  /** Calls back when jobs were added to a batch, or a command changed some of it at once; the answer ends it. */
  onBatch(listener: BatchListener): () => void {
    return this.#batches.add(listener);
  }

  /** @throws {IllegalTransition} when the job is no longer in a state that allows the event */
  apply(id: number, event: JobEvent, facts?: EventFacts): Job {
    const job = this.history.jobs.apply(id, event, this.#clock.now(), facts);
    this.#tell(job);
    return job;
  }

  /** Like `apply`, for what is paid for and must be recorded even on a full disk. */
  applySurely(id: number, event: JobEvent, facts?: EventFacts): Job {
    const job = this.history.writeSurely(() => this.history.jobs.apply(id, event, this.#clock.now(), facts));
    this.#tell(job);
    return job;
  }

  /** Tells of jobs that were changed without the ledger, by a command, and then of their batches. */
  announce(ids: readonly number[]): void {
    if (this.#jobs.size + this.#batches.size === 0) return;
    const batches = new Set<number>();
    for (const id of ids) {
      const job = this.history.jobs.get(id);
      if (!job) continue;
      batches.add(job.batchId);
      this.#tell(job);
    }
    for (const batchId of batches) this.announceBatch(batchId);
  }

  /** Tells of a batch that was made. */
  announceBatch(batchId: number): void {
    this.#batches.tell(batchId, { batch: batchId });
  }

  #tell(job: Job): void {
    this.#jobs.tell(job, { job: job.id });
  }
}
