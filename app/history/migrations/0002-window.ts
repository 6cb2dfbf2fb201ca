// What a window asks of the history: search by name and folder, decisions about uncertain photos, removal that keeps the
// books. A shipped migration is never edited, and imports nothing from the app.

export const version = 2;
export const name = 'window';

// Everything up to the last separator: what is left when all other characters of the path are taken off its end. A path
// that begins with a slash has no other separator; one of Windows has both kinds.
const UP_TO_NAME = `
  rtrim(source_path, replace(iif(substr(source_path, 1, 1) = '/', source_path, replace(source_path, '\\', '')), '/', ''))`;

export const sql = `
-- When the user decided to leave an uncertain photo as it is.
ALTER TABLE job ADD COLUMN left_at INTEGER;
ALTER TABLE job ADD COLUMN folder  TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN name    TEXT NOT NULL DEFAULT '';
UPDATE job SET folder = ${UP_TO_NAME};
UPDATE job SET name = substr(source_path, length(folder) + 1),
  folder = iif(length(folder) = 1 OR folder LIKE '_:_', folder, substr(folder, 1, length(folder) - 1));

CREATE INDEX job_file ON job (folder, name);
CREATE INDEX job_finished ON job (batch_id, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_failure ON job (failure_code) WHERE failure_code IS NOT NULL;
-- With what they are limited to, or SQLite would look at each job to see that it is so.
CREATE INDEX job_undecided ON job (service, state, left_at) WHERE state = 'uncertain' AND left_at IS NULL;
CREATE INDEX job_unfinished ON job (service, batch_id, state)
  WHERE state IN ('queued', 'preparing', 'submitting', 'processing', 'saving');

-- Attempts are the books: they stay when their job is removed. So they name their batch, and refer to no job.
CREATE TABLE kept_attempt (
  job_id            INTEGER NOT NULL,
  number            INTEGER NOT NULL CHECK (number >= 1),
  batch_id          INTEGER NOT NULL,
  started_at        INTEGER NOT NULL,
  submitted_at      INTEGER,
  accepted_at       INTEGER,
  ended_at          INTEGER,
  outcome           TEXT CHECK (outcome IN ('succeeded', 'retried', 'failed', 'uncertain', 'canceled', 'skipped')),
  code              TEXT,
  message           TEXT,
  http_status       INTEGER,
  service           TEXT    NOT NULL,
  request_id        TEXT,
  charged           TEXT    NOT NULL DEFAULT 'no' CHECK (charged IN ('no', 'maybe', 'yes')),
  credits           REAL,
  queue_seconds     REAL,
  inference_seconds REAL,
  total_seconds     REAL,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

INSERT INTO kept_attempt
SELECT job_id, number, (SELECT batch_id FROM job WHERE id = job_id), started_at, submitted_at, accepted_at, ended_at,
  outcome, code, message, http_status, service, request_id, charged, credits, queue_seconds, inference_seconds,
  total_seconds
FROM attempt;

DROP TABLE attempt;
ALTER TABLE kept_attempt RENAME TO attempt;
CREATE UNIQUE INDEX attempt_request ON attempt (service, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX attempt_ended ON attempt (service, ended_at);
CREATE INDEX attempt_cost ON attempt (batch_id, credits) WHERE credits IS NOT NULL;

-- Photos and results of removed jobs: a photo is never written to, and a result never taken for a photo, all the same.
CREATE TABLE known_file (
  path TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('source', 'output')),
  PRIMARY KEY (kind, path)
) STRICT, WITHOUT ROWID;
`;
