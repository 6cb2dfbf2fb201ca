// The attempts of jobs: a row a run, opened and closed with the job's own transitions, in the same transaction. What was
// paid is booked on the row of the request that it was paid for, whichever run learns of it.
import type { Database, Statement } from 'better-sqlite3';
import type { Attempt, AttemptOutcome } from '../domain/batch.ts';
import type { Charged, Failure } from '../domain/failure.ts';
import type { JobEvent, JobLife } from '../domain/job.ts';
import type { AttemptRow } from './rows.ts';
import { toAttempt } from './rows.ts';

/** What the service said of a request's time and cost; any of it may be absent. */
export interface AttemptFacts {
  readonly credits?: number | undefined;
  readonly queueSeconds?: number | undefined;
  readonly inferenceSeconds?: number | undefined;
  readonly totalSeconds?: number | undefined;
}

interface JobKey {
  readonly id: number;
  readonly batchId: number;
  readonly service: string;
}

const OPEN = 'job_id = ? AND ended_at IS NULL';

export class Attempts {
  readonly #hasOpen: Statement;
  readonly #open: Statement;
  readonly #submitted: Statement;
  readonly #accepted: Statement;
  readonly #forget: Statement;
  readonly #close: Statement;
  readonly #book: Statement;
  readonly #bookOpen: Statement;
  readonly #facts: Statement;
  readonly #ofJob: Statement;
  readonly #durations: Statement;
  readonly #cost: Statement;
  readonly #since: Statement;
  readonly #lately: Statement;
  readonly #ofJobs: Statement;

  constructor(db: Database) {
    this.#hasOpen = db.prepare(`SELECT 1 FROM attempt WHERE ${OPEN}`);
    this.#open = db.prepare(
      `INSERT INTO attempt (job_id, number, batch_id, started_at, service)
       VALUES (:id, (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE job_id = :id), :batchId, :now, :service)`,
    );
    this.#submitted = db.prepare(`UPDATE attempt SET submitted_at = ? WHERE ${OPEN}`);
    // From here on it may be billed, whatever becomes of the job.
    this.#accepted = db.prepare(`UPDATE attempt SET accepted_at = ?, request_id = ?, charged = 'maybe' WHERE ${OPEN}`);
    this.#forget = db.prepare(`DELETE FROM attempt WHERE ${OPEN} AND request_id IS NULL`);
    this.#close = db.prepare(
      `UPDATE attempt SET ended_at = ?, outcome = ?, code = ?, message = ?, http_status = ? WHERE ${OPEN}`,
    );
    // What is known to be charged is not put in doubt again by a later failure.
    this.#book = db.prepare(
      `UPDATE attempt SET charged = iif(charged = 'yes' AND :charged = 'maybe', 'yes', :charged)
       WHERE service = :service AND request_id = :requestId`,
    );
    this.#bookOpen = db.prepare(`UPDATE attempt SET charged = ? WHERE ${OPEN}`);
    this.#facts = db.prepare(
      `UPDATE attempt SET credits = coalesce(?, credits), queue_seconds = coalesce(?, queue_seconds),
         inference_seconds = coalesce(?, inference_seconds), total_seconds = coalesce(?, total_seconds)
       WHERE service = ? AND request_id = ?`,
    );
    this.#ofJob = db.prepare('SELECT * FROM attempt WHERE job_id = ? ORDER BY number');
    this.#durations = db.prepare(
      `SELECT total_seconds FROM attempt
       WHERE service = ? AND outcome = 'succeeded' AND total_seconds IS NOT NULL ORDER BY ended_at DESC LIMIT ?`,
    );
    this.#cost = db.prepare(
      `SELECT avg(credits) FROM (SELECT credits FROM attempt
       WHERE service = ? AND outcome = 'succeeded' AND credits IS NOT NULL ORDER BY ended_at DESC LIMIT 200)`,
    );
    this.#since = db.prepare(
      'SELECT coalesce(sum(credits), 0) FROM attempt WHERE service = ? AND ended_at >= ? AND credits IS NOT NULL',
    );
    this.#lately = db.prepare(
      `SELECT batch_id AS batchId, ended_at AS at FROM attempt
       WHERE service = :service AND ended_at >= :since AND submitted_at >= :since AND outcome = 'succeeded'
       ORDER BY ended_at DESC LIMIT :limit`,
    );
    this.#ofJobs = db.prepare(
      'SELECT * FROM attempt WHERE job_id IN (SELECT value FROM json_each(?)) ORDER BY job_id, number',
    );
  }

  /** Keeps the book of a job's transition; call it inside the transaction that applies it. */
  record(before: JobKey & JobLife, event: JobEvent, now: number): void {
    switch (event.type) {
      case 'claim':
        this.#ensureOpen(before, now);
        return;
      case 'release':
        this.#forget.run(before.id);
        return;
      case 'submit':
        this.#submitted.run(now, before.id);
        return;
      case 'accept':
        this.#accepted.run(now, event.request.id, before.id);
        return;
      case 'complete':
        this.#charge(before, 'yes');
        return;
      case 'save':
        this.#closeAs(before, 'succeeded', null, now);
        return;
      case 'retry':
        this.#charge(before, chargeOf(before, event));
        this.#closeAs(before, 'retried', event.failure, now);
        return;
      case 'fail':
        this.#charge(before, chargeOf(before, event));
        this.#closeAs(before, 'failed', event.failure, now);
        return;
      case 'doubt':
        this.#ensureOpen(before, now); // after a restore a queued job may have run, in a part of the history that is lost
        this.#bookOpen.run('maybe', before.id);
        this.#closeAs(before, 'uncertain', event.failure, now);
        return;
      case 'cancel':
        this.#closeAs(before, 'canceled', null, now);
        return;
      case 'skip':
        this.#closeAs(before, 'skipped', event.failure, now);
        return;
      case 'reask':
      case 'refetch':
      case 'requeue':
        return;
    }
  }

  /** Adds what the service said of a request. */
  addFacts(service: string, requestId: string, facts: AttemptFacts): void {
    this.#facts.run(
      facts.credits ?? null,
      facts.queueSeconds ?? null,
      facts.inferenceSeconds ?? null,
      facts.totalSeconds ?? null,
      service,
      requestId,
    );
  }

  /** All attempts of a job, oldest first. */
  ofJob(jobId: number): Attempt[] {
    return (this.#ofJob.all(jobId) as AttemptRow[]).map(toAttempt);
  }

  /** All attempts of these jobs, by job and oldest first. */
  ofJobs(ids: readonly number[]): Map<number, Attempt[]> {
    const attempts = (this.#ofJobs.all(JSON.stringify(ids)) as AttemptRow[]).map(toAttempt);
    return Map.groupBy(attempts, ({ jobId }) => jobId);
  }

  /**
   * When photos were finished that were also sent since a time (milliseconds since the epoch), and of which batch, newest
   * first. Pictures that were only fetched, long after the service had made them, tell nothing of the pace.
   */
  finishedSince(service: string, since: number, limit: number): { readonly batchId: number; readonly at: number }[] {
    return this.#lately.all({ service, since, limit }) as { batchId: number; at: number }[];
  }

  /** The latest durations of successful requests, in seconds, newest first. */
  durations(service: string, limit: number): number[] {
    return (this.#durations.all(service, limit) as { total_seconds: number }[]).map((row) => row.total_seconds);
  }

  /** What a photo cost on average lately, in credits; null before the first. */
  usualCost(service: string): number | null {
    return this.#cost.pluck().get(service) as number | null;
  }

  /** Credits of the requests whose pictures were saved, or that ended otherwise, since a time. */
  creditsSince(service: string, since: number): number {
    return this.#since.pluck().get(service, since) as number;
  }

  #ensureOpen(job: JobKey, now: number): void {
    if (!this.#hasOpen.get(job.id)) {
      this.#open.run({ id: job.id, batchId: job.batchId, now, service: job.service });
    }
  }

  #charge(before: JobKey & JobLife, charged: Charged): void {
    if (before.request) this.#book.run({ charged, service: before.service, requestId: before.request.id });
    else this.#bookOpen.run(charged, before.id);
  }

  #closeAs(job: JobKey, outcome: AttemptOutcome, failure: Failure | null, now: number): void {
    this.#close.run(now, outcome, failure?.code ?? null, failure?.message ?? null, failure?.status ?? null, job.id);
  }
}

/** A request that is not over may still be billed, whatever else failed. */
function chargeOf(before: JobLife, event: { readonly failure: Failure; readonly over?: boolean }): Charged {
  const { charged } = event.failure;
  return before.request && !event.over && charged === 'no' ? 'maybe' : charged;
}
