// What all batches add up to: from SQL, so that batches that no window lists count, too. Asked for while photos are worked
// on, so from the sums of each batch: a long history makes it no slower.
import type { Database, Statement } from 'better-sqlite3';
import type { Totals } from '../domain/batch.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { IS_ACTIVE, UNFINISHED } from './state-sql.ts';

interface Sums {
  readonly enhanced: number;
  readonly unfinished: number;
  readonly paid: number;
  readonly credits: number;
}

export class TotalsReader {
  readonly #sums: Statement;
  readonly #atService: Statement;
  readonly #unpaid: Statement;

  constructor(db: Database) {
    this.#sums = db.prepare(SUMS);
    this.#atService = db.prepare(AT_SERVICE).pluck();
    this.#unpaid = db.prepare(UNPAID).pluck();
  }

  /** Unfinished jobs of a service whose picture is still to be paid for, as far as is known. @throws SQLite errors */
  unpaid(service: string): number {
    return this.#unpaid.get({ service }) as number;
  }

  /** As it is now. @throws SQLite errors */
  read(): Totals {
    const { enhanced, unfinished, paid, credits } = this.#sums.get({ practice: PRACTICE_SERVICE }) as Sums;
    const atService = this.#atService.get(PRACTICE_SERVICE) as number;
    return { enhanced, unfinished, paid: { unfinished: paid, atService, credits } };
  }
}

const SUMS = `
SELECT coalesce(sum(succeeded), 0) AS enhanced, coalesce(sum(${UNFINISHED}), 0) AS unfinished,
  coalesce(sum(${UNFINISHED}) FILTER (WHERE service <> :practice), 0) AS paid,
  total(billionths) FILTER (WHERE service <> :practice) / 1e9 AS credits
FROM batch_sums`;

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

// A picture whose address is known was charged. Those that wait are counted by the index, without the few among them that
// have one.
const UNPAID = `
SELECT (SELECT count(*) FROM job INDEXED BY job_state WHERE state = 'queued' AND service = :service)
     - (SELECT count(*) FROM job INDEXED BY job_ready
        WHERE state = 'queued' AND service = :service AND owed = 1 AND output_url IS NOT NULL)
     + (SELECT count(*) FROM job INDEXED BY job_state
        WHERE ${IS_ACTIVE} AND service = :service AND output_url IS NULL)`;
