// Every change of a job goes through here: committed first, told to the listeners after.
import type { Job } from '../domain/batch.ts';
import type { JobEvent } from '../domain/job.ts';
import type { EventFacts } from '../history/jobs.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';

export type JobListener = (job: Job) => void;

export class Ledger {
  readonly history: History;
  readonly #clock: Clock;
  readonly #listeners = new Set<JobListener>();

  constructor(history: History, clock: Clock) {
    this.history = history;
    this.#clock = clock;
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

  #tell(job: Job): void {
    for (const listener of this.#listeners) listener(job);
  }
}
