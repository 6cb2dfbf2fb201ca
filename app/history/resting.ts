// Queued jobs while watch folders rest, because they are paused or it is not their time: theirs stay where they are, and
// those of all others are taken up past them. What is owed a picture is none of this: that is fetched in any case.
import type { Database, Statement } from 'better-sqlite3';
import type { Scope, Take } from './jobs.ts';

/** Photos of one batch that wait because their watch folder rests. */
export interface RestingPhotos {
  readonly watchId: number;
  readonly batchId: number;
  /** On which they were queued: local, YYYY-MM-DD. */
  readonly day: string;
  readonly photos: number;
}

export interface TakeBeside extends Take {
  /** The ids of the watch folders that rest. */
  readonly resting: readonly number[];
}

const RESTS = '(SELECT value FROM json_each(:resting))';
const NOT_HELD = 'NOT IN (SELECT value FROM json_each(:held))';
/** To be looked for in the order of an index, and not by what is due: see `claim` in job-sql.ts. */
const IS_FREE = `job.state = 'queued' AND job.service = :service AND job.owed = 0`;
const IS_DUE = `+job.not_before <= :now AND job.out_dir ${NOT_HELD}`;
const IN_ORDER = 'ORDER BY job.priority DESC, job.id LIMIT :limit';

/*
 * Of each batch of the other folders no more than could go: so it costs the same however many photos of those that rest
 * are ahead in the queue. A batch more costs a look into the index.
 */
const WATCHED = `
SELECT one.id FROM watch_batch CROSS JOIN job AS one
WHERE watch_batch.service = :service AND watch_id NOT IN ${RESTS}
  AND (:watchIds IS NULL OR watch_id IN (SELECT value FROM json_each(:watchIds)))
  AND one.id IN (
    SELECT job.id FROM job INDEXED BY job_ready_batch
    WHERE job.batch_id = watch_batch.batch_id AND ${IS_FREE} AND ${IS_DUE} ${IN_ORDER})
ORDER BY one.priority DESC, one.id LIMIT :limit`;

/** Photos of watch folders have a priority; those of batches by hand have none. */
const BY_HAND = `SELECT job.id FROM job INDEXED BY job_ready WHERE ${IS_FREE} AND priority <= 0 AND ${IS_DUE} ${IN_ORDER}`;

const OF_JOBS = `
SELECT job.id FROM job WHERE job.id IN (SELECT value FROM json_each(:ids)) AND ${IS_FREE} AND ${IS_DUE}
  AND job.batch_id NOT IN (SELECT batch_id FROM watch_batch WHERE watch_id IN ${RESTS})
${IN_ORDER}`;

const OF_BATCH = `
SELECT job.id FROM job INDEXED BY job_ready_batch WHERE job.batch_id = :batchId AND ${IS_FREE} AND ${IS_DUE} ${IN_ORDER}`;

// All that is queued, from an index alone, and what of it is owed a picture, which is little.
const IN_SCOPE = '(:ids IS NULL OR job.id IN (SELECT value FROM json_each(:ids)))';
const PHOTOS = `
SELECT watch_id AS watchId, batch_id AS batchId, day,
  (SELECT count(*) FROM job INDEXED BY job_batch_state
   WHERE job.batch_id = watch_batch.batch_id AND job.state = 'queued' AND ${IN_SCOPE})
  - (SELECT count(*) FROM job INDEXED BY job_ready_batch
     WHERE job.batch_id = watch_batch.batch_id AND job.state = 'queued' AND job.service = :service AND job.owed = 1
       AND ${IN_SCOPE}) AS photos
FROM watch_batch
WHERE watch_id IN ${RESTS} AND service = :service
  AND (:batchId IS NULL OR batch_id = :batchId)
  AND (:watchIds IS NULL OR watch_id IN (SELECT value FROM json_each(:watchIds)))
ORDER BY batch_id`;

export class Resting {
  readonly #watched: Statement;
  readonly #byHand: Statement;
  readonly #ofJobs: Statement;
  readonly #ofBatch: Statement;
  readonly #photos: Statement;
  readonly #watchOf: Statement;

  constructor(db: Database) {
    this.#watched = db.prepare(WATCHED).pluck();
    this.#byHand = db.prepare(BY_HAND).pluck();
    this.#ofJobs = db.prepare(OF_JOBS).pluck();
    this.#ofBatch = db.prepare(OF_BATCH).pluck();
    this.#photos = db.prepare(PHOTOS);
    this.#watchOf = db.prepare('SELECT watch_id FROM watch_batch WHERE batch_id = ?').pluck();
  }

  /** Queued jobs to take up anew, in order, as `Jobs.claimable` finds them; none of the folders that rest. */
  claimable(service: string, scope: Scope, { now, limit, held = [], resting }: TakeBeside): number[] {
    const lists = { held: JSON.stringify(held), resting: JSON.stringify(resting) };
    const values = { service, now, limit, ...lists, ...scopeValues(scope) };
    switch (scope.kind) {
      case 'all': {
        const ahead = this.#watched.all(values) as number[];
        const behind = this.#byHand.all({ ...values, limit: limit - ahead.length }) as number[];
        return [...ahead, ...behind];
      }
      case 'watches':
        return this.#watched.all(values) as number[];
      case 'jobs':
        return this.#ofJobs.all(values) as number[];
      case 'batch':
        return this.isOf(scope.batchId, resting) ? [] : (this.#ofBatch.all(values) as number[]);
    }
  }

  /** What of a scope waits because its folder rests, batch by batch. @param resting the ids of the folders that rest */
  photos(service: string, scope: Scope, resting: readonly number[]): RestingPhotos[] {
    if (resting.length === 0) return [];
    const values = { service, resting: JSON.stringify(resting), ...scopeValues(scope) };
    return (this.#photos.all(values) as RestingPhotos[]).filter(({ photos }) => photos > 0);
  }

  /** Whether a batch was made by one of these watch folders. */
  isOf(batchId: number, watchIds: readonly number[]): boolean {
    return watchIds.length > 0 && watchIds.includes((this.#watchOf.get(batchId) ?? 0) as number);
  }
}

function scopeValues(scope: Scope): { batchId: number | null; ids: string | null; watchIds: string | null } {
  return {
    batchId: scope.kind === 'batch' ? scope.batchId : null,
    ids: scope.kind === 'jobs' ? JSON.stringify(scope.ids) : null,
    watchIds: scope.kind === 'watches' ? JSON.stringify(scope.watchIds) : null,
  };
}
