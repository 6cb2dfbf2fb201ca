// The statements of the jobs, each prepared once for a connection.
import { basename, dirname } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { PlannedJob } from '../domain/batch.ts';
import { COUNTS, IS_ACTIVE, IS_UNFINISHED, UNFINISHED } from './state-sql.ts';

const SCOPES = {
  all: '',
  batch: 'AND batch_id = :batchId',
  jobs: 'AND id IN (SELECT value FROM json_each(:ids))',
  watches:
    'AND batch_id IN (SELECT batch_id FROM watch_batch WHERE watch_id IN (SELECT value FROM json_each(:watchIds)))',
} as const;
/** Jobs of no watch folder that rests. */
const IS_AWAKE =
  'batch_id NOT IN (SELECT batch_id FROM watch_batch WHERE watch_id IN (SELECT value FROM json_each(:resting)))';
type ScopeKind = keyof typeof SCOPES;

type Scoped = Readonly<Record<ScopeKind, Statement>>;

export interface JobStatements {
  readonly insert: Statement;
  readonly get: Statement;
  readonly update: Statement;
  readonly owed: Statement;
  /** `owed` without pictures for held folders. */
  readonly owedBeside: Statement;
  readonly owedAt: Statement;
  readonly owedElsewhere: Statement;
  readonly claimable: Scoped;
  /** `claimable` without photos for held folders. */
  readonly claimableBeside: Scoped;
  readonly waitingIn: Scoped;
  readonly waitsIn: Statement;
  readonly nextDue: Statement;
  readonly inStates: Statement;
  readonly counts: Statement;
  readonly countsOfBatch: Statement;
  readonly unfinished: Scoped;
  readonly latestOfSame: Statement;
  readonly mendedIn: Statement;
  readonly twinsOf: Statement;
  readonly twinsOnceBack: Statement;
  /** `mendedIn`, were its photo somewhere else. */
  readonly mendedAt: Statement;
  readonly keepSource: Statement;
  readonly moveSource: Statement;
  readonly setPrepared: Statement;
  readonly setOutputPath: Statement;
  readonly isSource: Statement;
  readonly sourcesNamed: Statement;
  readonly isOutput: Statement;
  readonly isOutputContent: Statement;
  readonly byContent: Statement;
  readonly unread: Statement;
  readonly setSourceHash: Statement;
  readonly replaceSourceHash: Statement;
  readonly byTarget: Statement;
  readonly recall: Statement;
}

export function prepareJobStatements(db: Database): JobStatements {
  const scoped = (sqlOf: (where: string) => string, ahead = ''): Scoped => ({
    all: db.prepare(sqlOf(SCOPES.all)),
    batch: db.prepare(sqlOf(SCOPES.batch)),
    jobs: db.prepare(sqlOf(SCOPES.jobs)),
    watches: db.prepare(sqlOf(`${ahead} ${SCOPES.watches}`)),
  });
  const plucked = (statements: Scoped): Scoped => {
    for (const statement of Object.values(statements)) statement.pluck();
    return statements;
  };
  return {
    insert: db.prepare(INSERT),
    get: db.prepare('SELECT * FROM job WHERE id = ?'),
    update: db.prepare(UPDATE_LIFE),
    owed: db.prepare(claim(1)).pluck(),
    owedBeside: db.prepare(claim(1, `AND (output_url IS NULL OR out_dir ${NOT_HELD})`)).pluck(),
    owedAt: db.prepare(OWED_AT).pluck(),
    owedElsewhere: db.prepare(OWED_ELSEWHERE),
    claimable: plucked(scoped((where) => claim(0, where), AHEAD)),
    claimableBeside: plucked(scoped((where) => claim(0, `${where} AND out_dir ${NOT_HELD}`), AHEAD)),
    waitingIn: scoped(waitingIn),
    waitsIn: db.prepare(WAITS_IN).pluck(),
    nextDue: db
      .prepare("SELECT min(not_before) FROM job WHERE state = 'queued' AND service = ? AND not_before > ?")
      .pluck(),
    inStates: db.prepare(IN_STATES),
    counts: db.prepare(`SELECT ${COUNTS} FROM batch_sums WHERE service = ?`),
    countsOfBatch: db.prepare(`SELECT ${COUNTS} FROM batch_sums WHERE batch_id = ?`),
    unfinished: plucked({
      all: db.prepare(unfinished(SCOPES.all)),
      batch: db.prepare(unfinished(SCOPES.batch)),
      jobs: db.prepare(`SELECT count(*) FROM job WHERE ${IS_UNFINISHED} AND service = :service ${SCOPES.jobs}`),
      watches: db.prepare(unfinished(SCOPES.watches)),
    }),
    latestOfSame: db.prepare(LATEST_OF_SAME).pluck(),
    mendedIn: db.prepare(MENDED_IN).pluck(),
    twinsOf: db.prepare(twins('other.source_bytes', 'other.source_mtime_ms', 'other.source_sha256')).pluck(),
    twinsOnceBack: db.prepare(twins('NULL', 'NULL', 'iif(other.owed, other.source_sha256, NULL)')).pluck(),
    mendedAt: db.prepare(MENDED_AT).pluck(),
    keepSource: db.prepare(KEEP_SOURCE),
    moveSource: db.prepare(MOVE_SOURCE),
    setPrepared: db.prepare(SET_PREPARED),
    setOutputPath: db.prepare('UPDATE job SET output_path = ? WHERE id = ?'),
    isSource: db.prepare(IS_SOURCE),
    sourcesNamed: db.prepare(SOURCES_NAMED).pluck(),
    isOutput: db.prepare(IS_OUTPUT),
    isOutputContent: db.prepare(IS_OUTPUT_CONTENT),
    byContent: db.prepare(BY_CONTENT).pluck(),
    unread: db.prepare(UNREAD).pluck(),
    setSourceHash: db.prepare('UPDATE job SET source_sha256 = ? WHERE id = ? AND source_sha256 IS NULL'),
    replaceSourceHash: db.prepare('UPDATE job SET source_sha256 = ? WHERE id = ?'),
    byTarget: db.prepare(BY_TARGET).pluck(),
    recall: db.prepare(RECALL),
  };
}

// In the order of `plannedValues`.
const PLANNED = [
  'source_path',
  'source_bytes',
  'source_mtime_ms',
  'source_sha256',
  'format',
  'width',
  'height',
  'out_dir',
  'out_stem',
  'folder',
  'name',
];

// All jobs of a batch in one statement: a statement for each takes half as long again, and the window waits for it.
const INSERT = `
INSERT INTO job (batch_id, service, state, priority, created_at, updated_at, ${PLANNED.join(', ')})
SELECT :batchId, :service, 'queued', :priority, :now, :now, ${PLANNED.map((_, at) => `value ->> ${at}`).join(', ')}
FROM json_each(:jobs)`;

/** A planned job as an item of the `jobs` of `insert`. */
export function plannedValues(job: PlannedJob): (string | number | null)[] {
  const { sourcePath, sourceBytes, sourceMtimeMs, sourceHash, format, width, height, outDir, outStem } = job;
  const [folder, name] = [dirname(sourcePath), basename(sourcePath)];
  return [
    sourcePath,
    sourceBytes,
    sourceMtimeMs,
    sourceHash ?? null,
    format,
    width,
    height,
    outDir,
    outStem,
    folder,
    name,
  ];
}

const UPDATE_LIFE = `
UPDATE job SET state = :state, attempts = :attempts, not_before = :notBefore, request_id = :requestId,
  status_url = :statusUrl, response_url = :responseUrl, submitted_at = :submittedAt, output_url = :outputUrl,
  failure_json = :failure, finished_at = :finishedAt, updated_at = :now,
  source_bytes = iif(:forgetSource, NULL, source_bytes), source_mtime_ms = iif(:forgetSource, NULL, source_mtime_ms),
  source_sha256 = iif(:forgetSource AND :requestId IS NULL AND :outputUrl IS NULL, NULL, source_sha256),
  upload_url = iif(:forgetSource, NULL, upload_url), left_at = iif(:forgetSource, NULL, left_at),
  output_path = coalesce(:outputPath, output_path), output_bytes = coalesce(:outputBytes, output_bytes),
  output_sha256 = coalesce(:outputHash, output_sha256), output_width = coalesce(:outputWidth, output_width),
  output_height = coalesce(:outputHeight, output_height)
WHERE id = :id AND state = :was`;

// Photos of watch folders go ahead of others: by that an index leads past all that waits besides.
const AHEAD = 'AND priority > 0';

const NOT_HELD = 'NOT IN (SELECT value FROM json_each(:held))';

/*
 * Walks an index in the order in which jobs are taken up, so that taking one costs the same in a queue of ten or of
 * 100,000. The plus keeps SQLite from looking up what is due by time instead, and sorting all of it each time. Folders
 * are looked at only while one of them is held: they are not in the index.
 */
function claim(owed: 0 | 1, also = ''): string {
  return `
SELECT id FROM job WHERE state = 'queued' AND service = :service AND owed = ${owed} AND +not_before <= :now ${also}
ORDER BY priority DESC, id LIMIT :limit`;
}

// What is just being sent counts, too: it holds no request yet, and may be paid for all the same.
const OWED_AT = `
SELECT (SELECT count(*) FROM job INDEXED BY job_ready WHERE state = 'queued' AND service = :service AND owed = 1)
     + (SELECT count(*) FROM job INDEXED BY job_state
        WHERE ${IS_ACTIVE} AND service = :service AND (owed = 1 OR state = 'submitting'))`;

/*
 * One service after the other, so that the indexes on what is owed and on what is at work lead to the few jobs that
 * count, however many wait. A photo of another service stays at work when the app ended without order.
 */
const OWED_ELSEWHERE = `
WITH other AS MATERIALIZED (SELECT DISTINCT service FROM batch WHERE service NOT IN (:service, :practice)),
  found AS (
    SELECT submitted_at FROM other CROSS JOIN job INDEXED BY job_ready
    WHERE state = 'queued' AND job.service = other.service AND owed = 1
    UNION ALL
    SELECT submitted_at FROM other CROSS JOIN job INDEXED BY job_state
    WHERE ${IS_ACTIVE} AND job.service = other.service AND owed = 1
  )
SELECT count(*) AS photos, min(submitted_at) AS oldestSubmittedAt FROM found WHERE coalesce(submitted_at, 0) >= :since`;

function waitingIn(where: string): string {
  return `
SELECT out_dir AS folder, count(*) AS photos FROM job
WHERE state = 'queued' AND service = :service AND out_dir IN (SELECT value FROM json_each(:folders))
  AND (owed = 1 OR ${IS_AWAKE}) ${where}
GROUP BY out_dir`;
}

const WAITS_IN = "SELECT 1 FROM job WHERE state = 'queued' AND service = ? AND out_dir = ? LIMIT 1";

const IN_STATES = `
SELECT * FROM job WHERE state IN (SELECT value FROM json_each(?)) AND service = ? AND id > ? ORDER BY id LIMIT ?`;

// From the sums of the batches: it is asked for at every turn of the queue, however many wait.
function unfinished(where: string): string {
  return `SELECT coalesce(sum(${UNFINISHED}), 0) FROM batch_sums WHERE service = :service ${where}`;
}

const LATEST_OF_SAME = `
SELECT job.id FROM job JOIN batch ON batch.id = job.batch_id
WHERE source_path = ? AND job.service = ? AND parameters_json = ?
  AND (source_bytes IS NULL OR (source_bytes = ? AND source_mtime_ms = ?))
ORDER BY job.id DESC LIMIT 1`;

const MENDED_IN = mended(
  { path: 'job.source_path', bytes: 'job.source_bytes', mtimeMs: 'job.source_mtime_ms', sha256: 'job.source_sha256' },
  '?',
);
const MENDED_AT = mended(
  { path: ':sourcePath', bytes: ':sourceBytes', mtimeMs: ':sourceMtimeMs', sha256: ':sourceHash' },
  ':id',
);

// By the path, which few jobs share. What is not known of a file any more counts as unchanged.
function mended(
  photo: { readonly path: string; readonly bytes: string; readonly mtimeMs: string; readonly sha256: string },
  id: string,
): string {
  return `
SELECT later.batch_id FROM job
JOIN job AS later ON later.source_path = ${photo.path} AND later.id > job.id
WHERE job.id = ${id} AND job.owed = 0 AND job.finished_at IS NOT NULL
  AND later.service = job.service AND +later.state = 'succeeded' AND later.created_at >= job.finished_at
  AND coalesce(later.source_bytes = ${photo.bytes}, 1) AND coalesce(later.source_mtime_ms = ${photo.mtimeMs}, 1)
  AND coalesce(later.source_sha256 = ${photo.sha256}, 1)
ORDER BY later.id DESC LIMIT 1`;
}

// Where a photo was it may be again: that place is never written to.
const KEEP_SOURCE =
  "INSERT OR IGNORE INTO known_file (kind, path) SELECT 'source', source_path FROM job WHERE id = :id AND source_path <> :sourcePath";

const MOVE_SOURCE = `
UPDATE job SET source_path = :sourcePath, folder = :folder, name = :name, source_bytes = :sourceBytes,
  source_mtime_ms = :sourceMtimeMs, source_sha256 = :sourceHash, out_dir = :outDir WHERE id = :id`;

// As above: of the same unchanged photo. Made after the job had ended, it is in its stead, whatever its parameters are.
function twins(bytes: string, mtimeMs: string, sha256: string): string {
  return `
SELECT other.id FROM job JOIN batch ON batch.id = job.batch_id
JOIN job AS other ON other.source_path = job.source_path AND other.id <> job.id
JOIN batch AS others ON others.id = other.batch_id
WHERE job.id = :id AND job.owed = 0 AND other.service = job.service
  AND +other.state IN (SELECT value FROM json_each(:states))
  AND coalesce(${bytes} = job.source_bytes, 1) AND coalesce(${mtimeMs} = job.source_mtime_ms, 1)
  AND coalesce(${sha256} = job.source_sha256, 1)
  AND (others.parameters_json = batch.parameters_json OR (other.id > job.id AND other.created_at >= job.finished_at))`;
}

const SET_PREPARED = `
UPDATE job SET source_sha256 = ?, upload_url = ?, uploaded_at = ?, updated_at = ? WHERE id = ? AND state = 'preparing'`;

// Those of jobs that were removed from the history count, too.
const IS_SOURCE = `
SELECT 1 FROM (SELECT ? AS path) AS asked
WHERE EXISTS (SELECT 1 FROM job WHERE source_path = asked.path)
   OR EXISTS (SELECT 1 FROM known_file WHERE kind = 'source' AND known_file.path = asked.path)`;

const IS_OUTPUT = `
SELECT 1 FROM (SELECT ? AS path) AS asked
WHERE EXISTS (SELECT 1 FROM job WHERE output_path = asked.path AND output_path IS NOT NULL)
   OR EXISTS (SELECT 1 FROM known_file WHERE kind = 'output' AND known_file.path = asked.path)`;

const SOURCES_NAMED = `
WITH asked (ending) AS (SELECT '%' || ?)
SELECT source_path FROM job, asked WHERE source_path LIKE ending ESCAPE '\\'
UNION
SELECT path FROM known_file, asked WHERE kind = 'source' AND path LIKE ending ESCAPE '\\'`;

const IS_OUTPUT_CONTENT = `
SELECT 1 FROM (SELECT ? AS sha256) AS asked
WHERE EXISTS (SELECT 1 FROM job WHERE output_sha256 = asked.sha256 AND output_sha256 IS NOT NULL)
   OR EXISTS (SELECT 1 FROM known_result WHERE known_result.sha256 = asked.sha256)`;

const BY_CONTENT = `
SELECT job.id FROM job JOIN batch ON batch.id = job.batch_id
WHERE source_sha256 = ? AND job.service = ? AND parameters_json = ? ORDER BY job.id DESC`;

// The states by name, and none but these, so that the index on what was not read yet leads to the few jobs that count.
const UNREAD = `
SELECT job.id FROM job INDEXED BY job_unread JOIN batch ON batch.id = job.batch_id
WHERE job.service = ? AND source_bytes IS ? AND parameters_json = ? AND source_sha256 IS NULL
  AND ${IS_UNFINISHED} ORDER BY job.id`;

const BY_TARGET = 'SELECT id FROM job WHERE out_dir = ? AND out_stem = ? COLLATE NOCASE ORDER BY id';

const RECALL =
  "UPDATE job INDEXED BY job_failure SET not_before = 0 WHERE failure_code = ? AND state = 'queued' AND service = ?";
