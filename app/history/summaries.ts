// Reading the history: one line a job with what its attempts add up to, filtered and a page at a time.
import type { Database } from 'better-sqlite3';
import type { JobSummary } from '../domain/batch.ts';
import type { Charged } from '../domain/failure.ts';
import type { JobState } from '../domain/job.ts';
import type { JobRow } from './rows.ts';
import { toJob } from './rows.ts';

export interface HistoryFilter {
  readonly states?: readonly JobState[];
  readonly batchId?: number;
  readonly jobIds?: readonly number[];
  readonly service?: string;
  /** Of the failure that was last told of the job. */
  readonly failureCode?: string;
}

/** Jobs of one batch that are in one state, with one code of failure. */
export interface JobKind {
  readonly batchId: number;
  readonly state: JobState;
  readonly failureCode: string | null;
  readonly count: number;
}

interface SummaryRow extends JobRow {
  last_request_id: string | null;
  runs: number;
  worst_charge: number;
  credits: number;
}

const CHARGES: readonly Charged[] = ['no', 'maybe', 'yes'];
const PAGE = 500;

export class Summaries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The jobs that fit a filter now, oldest first; read a page at a time, so any number of them. */
  *list(filter: HistoryFilter): Generator<JobSummary> {
    // The ids first, from an index: to filter and sort anew for each page would cost the square of their number.
    const ids = this.ids(filter);
    for (let at = 0; at < ids.length; at += PAGE) {
      for (const row of this.#page(ids.slice(at, at + PAGE))) yield toSummary(row);
    }
  }

  /** These jobs as far as they are there, in the order asked for; at most a page of 500 in one go. */
  byIds(ids: readonly number[]): JobSummary[] {
    const rows = new Map(this.#page(ids).map((row) => [row.id, row]));
    return ids.flatMap((id) => rows.get(id) ?? []).map(toSummary);
  }

  /** The ids of the jobs that fit a filter, oldest first. */
  ids(filter: HistoryFilter): number[] {
    const { where, values } = conditions(filter);
    return this.#db.prepare(`SELECT id FROM job ${where} ORDER BY id`).pluck().all(values) as number[];
  }

  /** How many of these jobs there are of each kind: a line for each batch, state and code of failure among them. */
  kinds(ids: readonly number[]): JobKind[] {
    return this.#db
      .prepare(
        `SELECT batch_id AS batchId, state, failure_code AS failureCode, count(*) AS count FROM job
         WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3`,
      )
      .all(JSON.stringify(ids)) as JobKind[];
  }

  #page(ids: readonly number[]): SummaryRow[] {
    return this.#db
      .prepare(
        `SELECT job.*,
           (SELECT request_id FROM attempt WHERE job_id = job.id AND request_id IS NOT NULL
              ORDER BY number DESC LIMIT 1) AS last_request_id,
           (SELECT count(*) FROM attempt WHERE job_id = job.id) AS runs,
           (SELECT coalesce(max(CASE charged WHEN 'yes' THEN 2 WHEN 'maybe' THEN 1 ELSE 0 END), 0)
              FROM attempt WHERE job_id = job.id) AS worst_charge,
           (SELECT coalesce(sum(credits), 0) FROM attempt WHERE job_id = job.id) AS credits
         FROM job WHERE job.id IN (SELECT value FROM json_each(?)) ORDER BY job.id`,
      )
      .all(JSON.stringify(ids)) as SummaryRow[];
  }
}

function conditions(filter: HistoryFilter): { where: string; values: Record<string, string | number> } {
  const parts: string[] = [];
  const values: Record<string, string | number> = {};
  if (filter.states) {
    parts.push('job.state IN (SELECT value FROM json_each(:states))');
    values['states'] = JSON.stringify(filter.states);
  }
  if (filter.batchId !== undefined) {
    parts.push('job.batch_id = :batchId');
    values['batchId'] = filter.batchId;
  }
  if (filter.jobIds) {
    parts.push('job.id IN (SELECT value FROM json_each(:jobIds))');
    values['jobIds'] = JSON.stringify(filter.jobIds);
  }
  if (filter.service !== undefined) {
    parts.push('job.service = :service');
    values['service'] = filter.service;
  }
  if (filter.failureCode !== undefined) {
    parts.push('job.failure_code = :failureCode');
    values['failureCode'] = filter.failureCode;
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function toSummary(row: SummaryRow): JobSummary {
  return {
    job: toJob(row),
    requestId: row.last_request_id,
    attempts: row.runs,
    charged: CHARGES[row.worst_charge] ?? 'maybe',
    credits: row.credits,
  };
}
