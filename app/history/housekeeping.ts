// What the user tidies up in the history: a name, a decision not to decide, and what is to be seen there no longer.
import type { Database } from 'better-sqlite3';
import { SETTLED_STATES } from '../domain/job.ts';

export interface Removed {
  readonly removed: readonly number[];
  /** Jobs that are still at work, hold what is paid for, or wait for the user's decision: they stay. */
  readonly kept: readonly number[];
  /** Batches that lost jobs and have others. */
  readonly batches: readonly number[];
  /** Batches that went with their last job. */
  readonly removedBatches: readonly number[];
}

const ASKED = 'id IN (SELECT value FROM json_each(?))';
const SETTLED = SETTLED_STATES.map((state) => `'${state}'`).join(', ');

/** Whether a job keeps its photo from being sent anew, as `isDecisive` of the watch folders has it: unless it ended for nothing. */
const SPEAKS_AGAINST = `(job.state NOT IN ('failed', 'canceled')
  OR coalesce(json_extract(failure_json, '$.charged'), 'no') <> 'no'
  OR EXISTS (SELECT 1 FROM attempt WHERE attempt.job_id = job.id AND charged <> 'no'))`;

export class Housekeeping {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareAll(db);
  }

  /** @returns whether there is such a batch */
  rename(batchId: number, name: string): boolean {
    return this.#sql.rename.run(name, batchId).changes === 1;
  }

  /**
   * Records that uncertain jobs are to stay so: they ask for no decision any more.
   * @param now milliseconds since the epoch
   * @returns those of them for which that is new
   */
  leave(ids: readonly number[], now: number): { readonly id: number; readonly batchId: number }[] {
    return this.#sql.leave.all({ now, ids: JSON.stringify(ids) }) as { id: number; batchId: number }[];
  }

  /**
   * Removes jobs of which nothing more is to come. Their attempts stay as the books, their photos stay known so that
   * they are never written to nor sent by themselves again, and their results so that they are never enhanced; the files
   * themselves are not touched.
   */
  remove(ids: readonly number[]): Removed {
    return this.#db.transaction(() => this.#remove(ids)).immediate();
  }

  #remove(ids: readonly number[]): Removed {
    const found = this.#sql.removable.all(JSON.stringify(ids)) as { id: number; batch_id: number; removable: 0 | 1 }[];
    const going = found.filter(({ removable }) => removable === 1);
    const removed = going.map(({ id }) => id);
    const asked = JSON.stringify(removed);
    this.#sql.keepSources.run(asked);
    this.#sql.keepOutputs.run(asked);
    this.#sql.keepResults.run(asked);
    this.#sql.keepPhotos.run(asked);
    this.#sql.keepWatched.run(asked);
    this.#sql.removeJobs.run(asked);
    const touched = [...new Set(going.map(({ batch_id }) => batch_id))];
    const removedBatches = this.#sql.removeBatches.all(JSON.stringify(touched)) as number[];
    return {
      removed,
      kept: found.filter(({ removable }) => removable === 0).map(({ id }) => id),
      batches: touched.filter((id) => !removedBatches.includes(id)),
      removedBatches,
    };
  }
}

function prepareAll(db: Database) {
  return {
    rename: db.prepare('UPDATE batch SET name = ? WHERE id = ?'),
    leave: db.prepare(
      `UPDATE job SET left_at = :now, updated_at = :now
       WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'uncertain' AND left_at IS NULL
       RETURNING id, batch_id AS batchId`,
    ),
    removable: db.prepare(
      `SELECT id, batch_id,
         state IN (${SETTLED}) AND owed = 0 AND (state <> 'uncertain' OR left_at IS NOT NULL) AS removable
       FROM job WHERE ${ASKED}`,
    ),
    keepSources: db.prepare(
      `INSERT OR IGNORE INTO known_file (kind, path) SELECT 'source', source_path FROM job WHERE ${ASKED}`,
    ),
    keepOutputs: db.prepare(
      `INSERT OR IGNORE INTO known_file (kind, path)
       SELECT 'output', output_path FROM job WHERE ${ASKED} AND output_path IS NOT NULL`,
    ),
    keepResults: db.prepare(
      `INSERT OR IGNORE INTO known_result (sha256)
       SELECT output_sha256 FROM job WHERE ${ASKED} AND output_sha256 IS NOT NULL`,
    ),
    keepPhotos: db.prepare(
      `INSERT OR IGNORE INTO known_photo (sha256, service, parameters_json, job_id)
       SELECT source_sha256, job.service, parameters_json, job.id FROM job JOIN batch ON batch.id = batch_id
       WHERE job.${ASKED} AND source_sha256 IS NOT NULL AND ${SPEAKS_AGAINST}`,
    ),
    keepWatched: db.prepare(
      `INSERT OR IGNORE INTO known_photo (sha256, service, parameters_json, job_id)
       SELECT sha256, job.service, batch.parameters_json, job.id
       FROM job JOIN batch ON batch.id = batch_id JOIN watched_file INDEXED BY watched_job ON job_id = job.id
       WHERE job.${ASKED} AND source_sha256 IS NULL AND sha256 IS NOT NULL AND ${SPEAKS_AGAINST}`,
    ),
    removeJobs: db.prepare(`DELETE FROM job WHERE ${ASKED}`),
    removeBatches: db
      .prepare(
        `DELETE FROM batch WHERE ${ASKED} AND NOT EXISTS (SELECT 1 FROM job WHERE batch_id = batch.id) RETURNING id`,
      )
      .pluck(),
  };
}
