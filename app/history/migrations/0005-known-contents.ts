// Contents that stay known when the row that named them goes: photos that were there before watching began, and photos of
// removed jobs. A shipped migration is never edited, and imports nothing from the app.

export const version = 5;
export const name = 'known-contents';

export const sql = `
-- Photos that were there before watching began, that nobody asked for, and whose names another file has by now.
CREATE TABLE there_content (
  watch_id INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
  -- Empty where its beginning and end were never read: then its size and time tell.
  edges    TEXT    NOT NULL,
  bytes    INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  sha256   TEXT,
  PRIMARY KEY (watch_id, edges, bytes, mtime_ms)
) STRICT, WITHOUT ROWID;

-- Photos of removed jobs that were or may have been paid for: they are not sent by themselves again.
CREATE TABLE known_photo (
  sha256          TEXT    NOT NULL,
  service         TEXT    NOT NULL,
  parameters_json TEXT    NOT NULL CHECK (json_valid(parameters_json)),
  job_id          INTEGER NOT NULL,
  PRIMARY KEY (sha256, service, parameters_json)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO known_photo (sha256, service, parameters_json, job_id)
SELECT sha256, watch.service, parameters_json, job_id FROM watched_file JOIN watch ON watch.id = watch_id
WHERE sha256 IS NOT NULL AND parameters_json IS NOT NULL AND job_id IS NOT NULL AND state IN ('taken', 'same')
  AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = job_id)
  AND NOT (EXISTS (SELECT 1 FROM attempt WHERE attempt.job_id = watched_file.job_id)
    AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.job_id = watched_file.job_id
      AND (charged <> 'no' OR coalesce(outcome, '') NOT IN ('failed', 'canceled', 'retried'))));

-- Photos over which the picture process ended once were left out for good: they are looked at again.
UPDATE watched_file SET detail_json = json_set(detail_json, '$.crashed', json('true'))
WHERE state = 'refused' AND detail_json LIKE '%made the picture process crash%';

CREATE INDEX watched_unhashed ON watched_file (watch_id, id) WHERE sha256 IS NULL AND state = 'there';
`;
