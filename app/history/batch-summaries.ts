// Batches with what their jobs add up to: counts and credits always come from SQL, a few questions for all batches. They
// are kept with each batch, so a long history makes none of them slower.
import type { Database, Statement } from 'better-sqlite3';
import type { Batch, StateCounts } from '../domain/batch.ts';
import { JOB_STATES } from '../domain/job.ts';
import type { BatchRow } from './rows.ts';
import { toBatch, toCounts } from './rows.ts';
import { UNFINISHED } from './state-sql.ts';

export interface BatchSummary {
  readonly batch: Batch;
  readonly counts: StateCounts;
  /** Credits that its requests cost so far; those of removed jobs count, too. */
  readonly credits: number;
}

type SumsRow = BatchRow & StateCounts & { readonly billionths: number };

const ASKED = '(SELECT value FROM json_each(?))';

export class BatchSummaries {
  readonly #newest: Statement;
  readonly #older: Statement;
  readonly #atWork: Statement;
  readonly #unfinished: Statement;
  readonly #summaries: Statement;

  constructor(db: Database) {
    this.#newest = db.prepare('SELECT id FROM batch ORDER BY id DESC LIMIT ?').pluck();
    this.#older = db.prepare('SELECT id FROM batch WHERE id < ? ORDER BY id DESC LIMIT ?').pluck();
    this.#atWork = db.prepare(`SELECT batch_id FROM batch_sums WHERE ${UNFINISHED} > 0`).pluck();
    this.#unfinished = db.prepare(
      `SELECT batch_id AS id, ${UNFINISHED} AS photos FROM batch_sums
       WHERE service = ? AND photos > 0 ORDER BY batch_id`,
    );
    this.#summaries = db.prepare(
      `SELECT batch.*, ${JOB_STATES.join(', ')}, billionths FROM batch JOIN batch_sums ON batch_id = batch.id
       WHERE batch.id IN ${ASKED} ORDER BY batch.id DESC`,
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
    return (this.#summaries.all(JSON.stringify([...new Set(ids)])) as SumsRow[]).map(toSummary);
  }

  /** How many jobs of each batch are not finished, at a service; batches without any are left out. In order of their ids. */
  unfinished(service: string): Map<number, number> {
    const rows = this.#unfinished.all(service) as { id: number; photos: number }[];
    return new Map(rows.map(({ id, photos }) => [id, photos]));
  }
}

function toSummary(row: SumsRow): BatchSummary {
  return { batch: toBatch(row), counts: toCounts(row), credits: row.billionths / 1e9 };
}
