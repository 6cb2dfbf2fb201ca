// Batches with what their jobs add up to: counts and credits always come from SQL, a few questions for all batches.
import type { Database, Statement } from 'better-sqlite3';
import type { Batch, StateCounts } from '../domain/batch.ts';
import { emptyCounts } from '../domain/batch.ts';
import type { JobState } from '../domain/job.ts';
import type { BatchRow } from './rows.ts';
import { toBatch } from './rows.ts';
import { IS_UNFINISHED } from './state-sql.ts';

export interface BatchSummary {
  readonly batch: Batch;
  readonly counts: StateCounts;
  /** Credits that its requests cost so far; those of removed jobs count, too. */
  readonly credits: number;
}

const ASKED = '(SELECT value FROM json_each(?))';

export class BatchSummaries {
  readonly #newest: Statement;
  readonly #older: Statement;
  readonly #atWork: Statement;
  readonly #unfinished: Statement;
  readonly #batches: Statement;
  readonly #counts: Statement;
  readonly #credits: Statement;

  constructor(db: Database) {
    this.#newest = db.prepare('SELECT id FROM batch ORDER BY id DESC LIMIT ?').pluck();
    this.#older = db.prepare('SELECT id FROM batch WHERE id < ? ORDER BY id DESC LIMIT ?').pluck();
    this.#atWork = db.prepare(`SELECT DISTINCT batch_id FROM job WHERE ${IS_UNFINISHED}`).pluck();
    this.#unfinished = db.prepare(
      `SELECT batch_id AS id, count(*) AS photos FROM job WHERE ${IS_UNFINISHED} AND service = ? GROUP BY batch_id`,
    );
    this.#batches = db.prepare(`SELECT * FROM batch WHERE id IN ${ASKED} ORDER BY id DESC`);
    this.#counts = db.prepare(
      `SELECT batch_id AS id, state, count(*) AS photos FROM job WHERE batch_id IN ${ASKED} GROUP BY batch_id, state`,
    );
    this.#credits = db.prepare(
      `SELECT batch_id AS id, sum(credits) AS credits FROM attempt
       WHERE batch_id IN ${ASKED} AND credits IS NOT NULL GROUP BY batch_id`,
    );
  }

  /** The newest so many, and all that are not finished, newest first. */
  newest(limit: number): BatchSummary[] {
    return this.of([...(this.#newest.all(limit) as number[]), ...(this.#atWork.all() as number[])]);
  }

  /** So many that come after a batch in that order, whether that one is there or not. */
  olderThan(id: number, limit: number): BatchSummary[] {
    return this.of(this.#older.all(id, limit) as number[]);
  }

  /** Those of these batches that are there, newest first. */
  of(ids: Iterable<number>): BatchSummary[] {
    const asked = JSON.stringify([...new Set(ids)]);
    const counts = new Map<number, Record<JobState, number>>();
    for (const { id, state, photos } of this.#counts.all(asked) as { id: number; state: JobState; photos: number }[]) {
      const ofBatch = counts.get(id) ?? emptyCounts();
      ofBatch[state] = photos;
      counts.set(id, ofBatch);
    }
    const rows = this.#credits.all(asked) as { id: number; credits: number }[];
    const credits = new Map(rows.map((row) => [row.id, row.credits]));
    return (this.#batches.all(asked) as BatchRow[]).map((row) => ({
      batch: toBatch(row),
      counts: counts.get(row.id) ?? emptyCounts(),
      credits: credits.get(row.id) ?? 0,
    }));
  }

  /** How many jobs of each batch are not finished, at a service; batches without any are left out. In order of their ids. */
  unfinished(service: string): Map<number, number> {
    const rows = this.#unfinished.all(service) as { id: number; photos: number }[];
    return new Map(rows.map(({ id, photos }) => [id, photos]));
  }
}
