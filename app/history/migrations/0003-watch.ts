// Watch folders: what they are set to, what was seen in them, which batches they made; and photos by their content. A
// shipped migration is never edited, and imports nothing from the app.

export const version = 3;
export const name = 'watch';

export const sql = `
CREATE TABLE watch (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  path          TEXT    NOT NULL,
  service       TEXT    NOT NULL,
  settings_json TEXT    NOT NULL CHECK (json_valid(settings_json)),
  out           TEXT,
  paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  created_at    INTEGER NOT NULL,
  -- When what was there before was recorded; null: what is in it by now, and is not known, counts as having been there.
  baselined_at  INTEGER,
  -- Earlier settings whose files alone are new: what only a change of settings brought into sight was there before.
  narrowed_json TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(narrowed_json)),
  -- Device and inode of the folder when it was last there.
  identity      TEXT,
  -- Since when more photos at once than agreed to wait for the user.
  storm_at      INTEGER
) STRICT;

CREATE TABLE watched_file (
  -- Given anew whenever a photo begins to wait, and never twice: so a number names all that waited when it was told.
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  watch_id        INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
  key             TEXT    NOT NULL,
  path            TEXT    NOT NULL,
  bytes           INTEGER NOT NULL,
  mtime_ms        INTEGER NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('there', 'held', 'taken', 'same', 'own', 'refused')),
  -- Whether the user said that it may go, however many come at once.
  released        INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
  sha256          TEXT,
  -- Of its size, its beginning and its end: tells a photo that was there before from another one.
  edges           TEXT,
  -- May name a job that was removed.
  job_id          INTEGER,
  -- Of that job, so that its photo is known after it is gone.
  parameters_json TEXT    CHECK (parameters_json IS NULL OR json_valid(parameters_json)),
  detail_json     TEXT    CHECK (detail_json IS NULL OR json_valid(detail_json)),
  seen_at         INTEGER NOT NULL,
  taken_at        INTEGER,
  UNIQUE (watch_id, key)
) STRICT;

CREATE INDEX watched_folder ON watched_file (watch_id);
CREATE INDEX watched_state ON watched_file (watch_id, state, released);
CREATE INDEX watched_seen ON watched_file (watch_id, seen_at);
CREATE INDEX watched_taken ON watched_file (watch_id, taken_at, job_id) WHERE taken_at IS NOT NULL;
CREATE INDEX watched_content ON watched_file (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX watched_job ON watched_file (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX watched_edges ON watched_file (watch_id, edges) WHERE edges IS NOT NULL AND state = 'there';
CREATE INDEX watched_unedged ON watched_file (watch_id, id) WHERE edges IS NULL AND state = 'there';

-- Batches of watch folders, a day and its settings each. They stay when a batch or a folder is removed: they are the
-- books of what a day may take.
CREATE TABLE watch_batch (
  batch_id INTEGER PRIMARY KEY,
  watch_id INTEGER NOT NULL,
  folder   TEXT    NOT NULL,
  service  TEXT    NOT NULL,
  -- Local, YYYY-MM-DD.
  day      TEXT    NOT NULL,
  -- Queued in it so far.
  photos   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX watch_batch_day ON watch_batch (watch_id, day, service);

-- Contents of the results of removed jobs: a result is never taken for a photo, whatever it is called by now.
CREATE TABLE known_result (
  sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Requests that were or may have been charged for, and nobody told the price.
CREATE INDEX attempt_unpriced ON attempt (batch_id) WHERE credits IS NULL AND charged <> 'no';

CREATE INDEX job_content ON job (source_sha256, service) WHERE source_sha256 IS NOT NULL;
CREATE INDEX job_result ON job (output_sha256) WHERE output_sha256 IS NOT NULL;
CREATE INDEX job_target ON job (out_dir, out_stem COLLATE NOCASE);
CREATE INDEX job_unread ON job (service, source_bytes)
  WHERE source_sha256 IS NULL AND state IN ('queued', 'preparing', 'submitting', 'processing', 'saving');
`;
