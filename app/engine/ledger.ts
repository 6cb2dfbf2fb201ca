// Every change of a job goes through here: committed first, told to the listeners after.
import type { Job } from '../domain/batch.ts';
import type { JobEvent } from '../domain/job.ts';
import type { EventFacts } from '../history/jobs.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log, LogFields } from '../lib/log.ts';

export type JobListener = (job: Job) => void;
export type BatchListener = (batchId: number) => void;

export class Ledger {
  readonly history: History;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #jobListeners = new Set<JobListener>();
  readonly #batchListeners = new Set<BatchListener>();

  constructor(history: History, clock: Clock, log: Log) {
    this.history = history;
    this.#clock = clock;
    this.#log = log;
  }

  /** Calls back after every change of a job; the answer ends it. */
  onJob(listener: JobListener): () => void {
    this.#jobListeners.add(listener);
    return () => this.#jobListeners.delete(listener);
  }

  /** Calls back when jobs were added to a batch, or a command changed some of it at once; the answer ends it. */
  onBatch(listener: BatchListener): () => void {
    this.#batchListeners.add(listener);
    return () => this.#batchListeners.delete(listener);
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
    if (this.#jobListeners.size + this.#batchListeners.size === 0) return;
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
    for (const listener of this.#batchListeners) this.#surely(() => listener(batchId), { batch: batchId });
  }

  #tell(job: Job): void {
    for (const listener of this.#jobListeners) this.#surely(() => listener(job), { job: job.id });
  }

  /** What is told has happened already: a listener that fails must not look like a step that failed. */
  #surely(call: () => void, about: LogFields): void {
    try {
      call();
    } catch (error) {
      this.#log.error('listener', { ...about, error: String(error) });
    }
  }
}
