// The first schema. A shipped migration is never edited, and imports nothing from the app.

export const version = 1;
export const name = 'initial';

export const sql = `
CREATE TABLE batch (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  name            TEXT    NOT NULL,
  service         TEXT    NOT NULL,
  parameters_json TEXT    NOT NULL CHECK (json_valid(parameters_json)),
  output_json     TEXT    NOT NULL CHECK (json_valid(output_json)),
  created_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE job (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  batch_id        INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
  service         TEXT    NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('queued', 'preparing', 'submitting', 'processing', 'saving',
                                                    'succeeded', 'uncertain', 'failed', 'canceled', 'skipped')),
  priority        INTEGER NOT NULL DEFAULT 0,
  attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  not_before      INTEGER NOT NULL DEFAULT 0,

  source_path     TEXT    NOT NULL,
  source_bytes    INTEGER,
  source_mtime_ms REAL,
  source_sha256   TEXT,
  format          TEXT    NOT NULL,
  width           INTEGER NOT NULL,
  height          INTEGER NOT NULL,
  out_dir         TEXT    NOT NULL,
  out_stem        TEXT    NOT NULL,

  upload_url      TEXT,
  uploaded_at     INTEGER,
  request_id      TEXT,
  status_url      TEXT,
  response_url    TEXT,
  submitted_at    INTEGER,
  output_url      TEXT,
  -- Whether the service may hold a paid picture for it: such a job is taken up first, even while the queue is paused.
  owed            INTEGER NOT NULL GENERATED ALWAYS AS (request_id IS NOT NULL OR output_url IS NOT NULL) VIRTUAL,

  output_path     TEXT,
  output_bytes    INTEGER,
  output_sha256   TEXT,
  output_width    INTEGER,
  output_height   INTEGER,

  failure_json    TEXT    CHECK (failure_json IS NULL OR json_valid(failure_json)),
  failure_code    TEXT    GENERATED ALWAYS AS (failure_json ->> '$.code') VIRTUAL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  finished_at     INTEGER
) STRICT;

CREATE INDEX job_ready ON job (service, owed, priority DESC, id, not_before) WHERE state = 'queued';
CREATE INDEX job_ready_batch ON job (batch_id, service, owed, priority DESC, id, not_before) WHERE state = 'queued';
CREATE INDEX job_due ON job (service, not_before) WHERE state = 'queued';
CREATE INDEX job_batch_state ON job (batch_id, state, service);
CREATE INDEX job_state ON job (state, service);
CREATE INDEX job_source ON job (source_path);
CREATE INDEX job_output ON job (output_path) WHERE output_path IS NOT NULL;
CREATE UNIQUE INDEX job_request ON job (service, request_id) WHERE request_id IS NOT NULL;

CREATE TABLE attempt (
  job_id            INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  number            INTEGER NOT NULL CHECK (number >= 1),
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

CREATE UNIQUE INDEX attempt_request ON attempt (service, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX attempt_ended ON attempt (service, ended_at);

CREATE TABLE setting (
  key        TEXT PRIMARY KEY,
  value_json TEXT NOT NULL CHECK (json_valid(value_json))
) STRICT, WITHOUT ROWID;

-- Who runs the queue, in words; that only one does is the lock file's doing.
CREATE TABLE engine_lock (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  pid        INTEGER NOT NULL,
  program    TEXT    NOT NULL,
  host       TEXT    NOT NULL,
  since      INTEGER NOT NULL
) STRICT;
`;
