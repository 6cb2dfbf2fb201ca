// What all batches add up to: from SQL, so that batches that no window lists count, too.
import type { Database, Statement } from 'better-sqlite3';
import type { Totals } from '../domain/batch.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { IS_ACTIVE, IS_UNFINISHED } from './state-sql.ts';

export class TotalsReader {
  readonly #enhanced: Statement;
  readonly #unfinished: Statement;
  readonly #atService: Statement;
  readonly #credits: Statement;
  readonly #unpaid: Statement;

  constructor(db: Database) {
    const plucked = (sql: string) => db.prepare(sql).pluck();
    this.#enhanced = plucked("SELECT count(*) FROM job WHERE state = 'succeeded'");
    this.#unfinished = db.prepare(UNFINISHED);
    this.#atService = plucked(AT_SERVICE);
    this.#credits = plucked(CREDITS);
    this.#unpaid = plucked(UNPAID);
  }

  /** Unfinished jobs of a service whose picture is still to be paid for, as far as is known. @throws SQLite errors */
  unpaid(service: string): number {
    return this.#unpaid.get({ service }) as number;
  }

  /** As it is now. @throws SQLite errors */
  read(): Totals {
    const { all, paid } = this.#unfinished.get(PRACTICE_SERVICE) as { all: number; paid: number };
    return {
      enhanced: this.#enhanced.get() as number,
      unfinished: all,
      paid: {
        unfinished: paid,
        atService: this.#atService.get(PRACTICE_SERVICE) as number,
        credits: this.#credits.get(PRACTICE_SERVICE) as number,
      },
    };
  }
}

// The states by name, and none but these, so that the index on what is unfinished leads to the few jobs that count.
const UNFINISHED = `
SELECT count(*) AS "all", count(*) FILTER (WHERE service <> ?) AS paid FROM job
WHERE ${IS_UNFINISHED}`;

/*
 * One paid service after the other, as for what is owed elsewhere: so that the indexes lead past all that merely waits.
 * What is being submitted has no request yet, and may be accepted at any moment; a picture whose address is known needs
 * no account any more.
 */
const AT_SERVICE = `
WITH paid AS MATERIALIZED (SELECT DISTINCT service FROM batch WHERE service <> ?)
SELECT count(*) FROM (
  SELECT 1 FROM paid CROSS JOIN job INDEXED BY job_ready
  WHERE state = 'queued' AND job.service = paid.service AND owed = 1 AND output_url IS NULL
  UNION ALL
  SELECT 1 FROM paid CROSS JOIN job INDEXED BY job_state
  WHERE ${IS_ACTIVE} AND job.service = paid.service
    AND (state = 'submitting' OR (owed = 1 AND output_url IS NULL)))`;

// From the costs of each batch: what was practice is told by the batch.
const CREDITS = `
SELECT coalesce(sum(credits), 0) FROM attempt
WHERE batch_id IN (SELECT id FROM batch WHERE service <> ?) AND credits IS NOT NULL`;

// A picture whose address is known was charged. Those that wait are counted by the index, without the few among them that
// have one.
const UNPAID = `
SELECT (SELECT count(*) FROM job INDEXED BY job_state WHERE state = 'queued' AND service = :service)
     - (SELECT count(*) FROM job INDEXED BY job_ready
        WHERE state = 'queued' AND service = :service AND owed = 1 AND output_url IS NOT NULL)
     + (SELECT count(*) FROM job INDEXED BY job_state
        WHERE ${IS_ACTIVE} AND service = :service AND output_url IS NULL)`;
