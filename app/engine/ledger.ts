// Every change of a job goes through here: committed first, told to the listeners after.
import type { Job } from '../domain/batch.ts';
import type { JobEvent } from '../domain/job.ts';
import type { EventFacts } from '../history/jobs.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

export type JobListener = (job: Job) => void;

export class Ledger {
  readonly history: History;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<JobListener>();

  constructor(history: History, clock: Clock, log: Log) {
    this.history = history;
    this.#clock = clock;
    this.#log = log;
  }

  /** Calls back after every change of a job; the answer ends it. */
  onJob(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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

  /** Tells of jobs that were changed without the ledger, by a command. */
  announce(ids: readonly number[]): void {
    if (this.#listeners.size === 0) return;
    for (const id of ids) {
      const job = this.history.jobs.get(id);
      if (job) this.#tell(job);
    }
  }

  /** What is told has happened already: a listener that fails must not look like a step that failed. */
  #tell(job: Job): void {
    for (const listener of this.#listeners) {
      try {
        listener(job);
      } catch (error) {
        this.#log.error('listener', { job: job.id, error: String(error) });
      }
    }
  }
}
