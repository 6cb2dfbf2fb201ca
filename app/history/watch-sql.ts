// The statements of watch folders, each prepared once for a connection.
import type { Database, Statement } from 'better-sqlite3';
import { IS_UNFINISHED } from './state-sql.ts';

/** The batches of a folder's day, by its books: also those that were booked on a later date since it began. */
const IS_OF_DAY = `watch_id = :watchId AND day >= :day AND (day = :day OR batch_id > :since)`;
const OF_DAY = `(SELECT batch_id FROM watch_batch WHERE ${IS_OF_DAY} AND service = :service)`;

/** Whether the job of a file was made of a watched photo. */
const IS_OF_WATCH = `EXISTS (
  SELECT 1 FROM watched_file AS taken INDEXED BY watched_job WHERE taken.job_id = watched_file.job_id AND taken.state = 'taken')`;

const SQL = {
  list: 'SELECT * FROM watch ORDER BY id',
  get: 'SELECT * FROM watch WHERE id = ?',
  add: 'INSERT INTO watch (id, path, service, settings_json, out, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  setSettings: 'UPDATE watch SET settings_json = ?, narrowed_json = ? WHERE id = ?',
  setOut: 'UPDATE watch SET out = ?, narrowed_json = ? WHERE id = ?',
  setPaused: 'UPDATE watch SET paused = ? WHERE id = ?',
  setIdentity: 'UPDATE watch SET identity = ? WHERE id = ?',
  setStorm: 'UPDATE watch SET storm_at = ? WHERE id = ?',
  setBaselined: "UPDATE watch SET baselined_at = coalesce(baselined_at, ?), narrowed_json = '[]' WHERE id = ?",
  move: "UPDATE watch SET service = ?, baselined_at = NULL, narrowed_json = '[]', storm_at = NULL WHERE id = ?",
  remove: 'DELETE FROM watch WHERE id = ?',
  forgetFiles: 'DELETE FROM watched_file WHERE watch_id = ?',
  // What waited was not asked for any more, and is looked at anew when it is; what a job was made of stays known.
  holdNothing: `
UPDATE watched_file SET state = 'there', released = 0, sha256 = NULL, job_id = NULL, parameters_json = NULL
WHERE state = 'held' OR (state = 'there' AND released = 1)
  OR (state = 'refused' AND json_extract(detail_json, '$.crashed'))`,
  distrust: 'UPDATE watch SET baselined_at = NULL, storm_at = NULL',
  file: 'SELECT * FROM watched_file WHERE watch_id = ? AND key = ?',
  byId: 'SELECT * FROM watched_file WHERE id = ?',
  files: 'SELECT * FROM watched_file INDEXED BY watched_folder WHERE watch_id = ? AND id > ? ORDER BY id LIMIT ?',
  hasFiles: 'SELECT 1 FROM watched_file WHERE watch_id = ? LIMIT 1',
  hasThere: `SELECT 1 FROM watched_file WHERE watch_id = :watchId AND state = 'there'
       UNION ALL SELECT 1 FROM there_content WHERE watch_id = :watchId LIMIT 1`,
  keepReplaced: `INSERT OR IGNORE INTO there_content (watch_id, edges, bytes, mtime_ms, sha256)
       SELECT watch_id, coalesce(edges, ''), bytes, mtime_ms, sha256 FROM watched_file
       WHERE watch_id = ? AND key = ? AND state = 'there' AND released = 0`,
  // The key is that of `asideKey`.
  setAside: `UPDATE OR REPLACE watched_file SET key = '/' || sha256 || '/' || key
       WHERE watch_id = :watchId AND key = :key AND state IN ('taken', 'same') AND sha256 IS NOT NULL AND sha256 IS NOT :sha256`,
  clear: 'DELETE FROM watched_file WHERE watch_id = ? AND key = ?',
  byContent: `SELECT * FROM watched_file INDEXED BY watched_content
       WHERE sha256 = ? AND watch_id = ? AND state IN ('taken', 'same') ORDER BY id DESC LIMIT 64`,
  wasThere: `SELECT 1 FROM there_content
         WHERE watch_id = :watchId AND edges = :edges AND (sha256 IS NULL OR sha256 = :sha256)
       UNION ALL SELECT 1 FROM there_content
         WHERE watch_id = :watchId AND edges = '' AND bytes = :bytes AND mtime_ms = :mtimeMs
           AND (sha256 IS NULL OR sha256 = :sha256) LIMIT 1`,
  forgetThere: 'DELETE FROM there_content WHERE watch_id = ?',
  inState:
    'SELECT * FROM watched_file WHERE watch_id = ? AND state = ? AND released = ? AND id > ? ORDER BY id LIMIT ?',
  count: `SELECT count(*) AS files, coalesce(max(id), 0) AS lastId FROM watched_file
       WHERE watch_id = ? AND state = ? AND released = ?`,
  leftOut: `SELECT id, path, detail_json AS detail FROM watched_file
         WHERE watch_id = ? AND state = 'refused' AND released = 0 AND detail_json IS NOT NULL ORDER BY id DESC LIMIT ?`,
  countLeftOut:
    "SELECT count(*) FROM watched_file WHERE watch_id = ? AND state = 'refused' AND released = 0 AND detail_json IS NOT NULL",
  arrived: `SELECT count(*) FROM watched_file INDEXED BY watched_seen
         WHERE watch_id = :watchId AND state IN ('held', 'taken') AND released = 0 AND seen_at > :since AND seen_at <= :now`,
  cameBetween: `SELECT count(*) FILTER (WHERE released = 0) AS photos, min(seen_at) FILTER (WHERE released = 0) AS first,
           max(seen_at) FILTER (WHERE released = 1 AND coalesce(json_extract(detail_json, '$.existing'), 0) = 0) AS releasedAt
         FROM watched_file INDEXED BY watched_seen
         WHERE watch_id = :watchId AND state IN ('held', 'taken') AND seen_at >= :from AND seen_at < :to`,
  known: `SELECT count(*) FROM watched_file INDEXED BY watched_same
       WHERE watch_id = ? AND state = 'same' AND sha256 IS NOT NULL AND seen_at >= ?`,
  put: `INSERT OR REPLACE INTO watched_file (watch_id, key, path, bytes, mtime_ms, state, released, sha256, edges, job_id,
         parameters_json, detail_json, seen_at)
       VALUES (:watchId, :key, :path, :bytes, :mtimeMs, :state, :released, :sha256, :edges, :jobId, :parameters, :detail,
         :now)`,
  unedged: `SELECT * FROM watched_file INDEXED BY watched_unedged
       WHERE watch_id = ? AND id > ? AND edges IS NULL AND state = 'there' ORDER BY id LIMIT ?`,
  unhashed: `SELECT * FROM watched_file INDEXED BY watched_unhashed
       WHERE watch_id = ? AND id > ? AND sha256 IS NULL AND state = 'there' ORDER BY id LIMIT ?`,
  byMark: `SELECT * FROM watched_file INDEXED BY watched_unedged
       WHERE watch_id = ? AND bytes = ? AND mtime_ms = ? AND edges IS NULL AND state = 'there' ORDER BY id`,
  byEdges: `SELECT * FROM watched_file INDEXED BY watched_edges
       WHERE watch_id = ? AND edges = ? AND edges IS NOT NULL AND state = 'there' ORDER BY id`,
  removedJob: 'SELECT job_id FROM known_photo WHERE sha256 = ? AND service = ? AND parameters_json = ?',
  sourceLost: `
SELECT watched_file.* FROM job INDEXED BY job_failure CROSS JOIN watched_file INDEXED BY watched_job ON job_id = job.id
WHERE failure_code IN ('source_missing', 'source_changed') AND job.state = 'failed'
  AND watch_id = ? AND watched_file.state = ? AND ${IS_OF_WATCH}`,
  leftAlone: `
SELECT watched_file.* FROM watched_file INDEXED BY watched_state CROSS JOIN job ON job.id = job_id
WHERE watch_id = ? AND watched_file.state = 'same'
  AND (job.state IN ('failed', 'canceled') AND NOT ${IS_OF_WATCH} OR source_sha256 <> watched_file.sha256)`,
  revive: `
UPDATE watched_file SET state = 'there', released = 1, sha256 = NULL, job_id = NULL, parameters_json = NULL
WHERE id = ? AND state = 'same'`,
  touch: 'UPDATE watched_file SET key = :key, path = :path, bytes = :bytes, mtime_ms = :mtimeMs WHERE id = :id',
  settle: 'UPDATE watched_file SET state = ?, job_id = ?, parameters_json = ?, taken_at = ? WHERE id = ?',
  disown: "UPDATE watched_file SET state = 'own' WHERE id = ?",
  drop: 'DELETE FROM watched_file WHERE id = ?',
  release:
    'UPDATE watched_file SET released = 1 WHERE watch_id = ? AND state = ? AND released = 0 AND id <= ? RETURNING key, path',
  setEdges: "UPDATE watched_file SET edges = ? WHERE id = ? AND state = 'there'",
  setContent: "UPDATE watched_file SET edges = coalesce(?, edges), sha256 = ? WHERE id = ? AND state = 'there'",
  setHash: "UPDATE watched_file SET sha256 = ? WHERE id = ? AND state = 'there' AND sha256 IS NULL",
  findBatch: `SELECT batch.id FROM watch_batch JOIN batch ON batch.id = batch_id
         WHERE watch_id = ? AND day = ? AND batch.service = ? AND parameters_json = ? AND output_json = ?
         ORDER BY batch.id DESC LIMIT 1`,
  lastBatch: 'SELECT coalesce(max(batch_id), 0) FROM watch_batch',
  batchesOn: 'SELECT count(*) FROM watch_batch WHERE watch_id = ? AND day = ?',
  noteBatch: `INSERT INTO watch_batch (batch_id, watch_id, folder, service, day)
       VALUES (:batchId, :watchId, :folder, :service, :day)`,
  addPhotos: 'UPDATE watch_batch SET photos = photos + ? WHERE batch_id = ?',
  ofBatch: 'SELECT watch_id AS watchId, folder AS name FROM watch_batch WHERE batch_id = ?',
  dayPhotos: `SELECT coalesce(sum(photos), 0) AS photos, max(batch.id) AS batchId
       FROM watch_batch LEFT JOIN batch ON batch.id = batch_id
       WHERE ${IS_OF_DAY} AND watch_batch.service = :service`,
  dayJobs: `SELECT count(*) FILTER (WHERE state = 'succeeded') AS enhanced, count(*) FILTER (WHERE state = 'failed') AS failed,
         count(*) FILTER (WHERE ${IS_UNFINISHED}) AS unfinished
       FROM job WHERE batch_id IN ${OF_DAY}`,
  dayCredits: `SELECT coalesce(sum(credits), 0) FROM attempt WHERE batch_id IN ${OF_DAY} AND credits IS NOT NULL`,
  // A request whose job still goes on counts with that job.
  dayUnpriced: `SELECT count(*) FROM attempt INDEXED BY attempt_unpriced
       WHERE batch_id IN ${OF_DAY} AND ended_at IS NOT NULL AND charged <> 'no' AND credits IS NULL
         AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = attempt.job_id AND job.request_id = attempt.request_id
           AND ${IS_UNFINISHED})`,
  lastTaken: `SELECT job.id AS jobId, job.batch_id AS batchId, job.state = 'succeeded' AS enhanced, job.updated_at AS version
       FROM watched_file CROSS JOIN job ON job.id = job_id
       WHERE watch_id = ? AND taken_at IS NOT NULL ORDER BY taken_at DESC, job_id DESC LIMIT ?`,
  lastAt: 'SELECT max(taken_at) FROM watched_file WHERE watch_id = ? AND taken_at IS NOT NULL',
} as const;

type Name = keyof typeof SQL;

/** Statements that answer one value. */
const PLUCKED: readonly Name[] = [
  'arrived',
  'known',
  'countLeftOut',
  'removedJob',
  'findBatch',
  'lastBatch',
  'batchesOn',
  'dayUnpriced',
  'dayCredits',
  'lastAt',
];

export function prepareWatchStatements(db: Database): Readonly<Record<Name, Statement>> {
  const statements = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)] as const);
  const all = Object.fromEntries(statements) as Record<Name, Statement>;
  for (const name of PLUCKED) all[name].pluck();
  return all;
}
