// What the jobs of each batch add up to, so that nothing is counted anew while a batch runs. A shipped migration is never
// edited, and imports nothing from the app.

export const version = 6;
export const name = 'batch-sums';

const STATES = [
  'queued',
  'preparing',
  'submitting',
  'processing',
  'saving',
  'succeeded',
  'uncertain',
  'failed',
  'canceled',
  'skipped',
];

const each = (text: (state: string) => string) => STATES.map(text).join(', ');

/*
 * Whole numbers add up without rounding, in any order and back again, up to nine million credits a batch; beyond, a REAL
 * only loses digits. No photo costs a hundred thousand: what a service may say by mistake must not make a sum infinite,
 * since what is taken from that again is no number, and the photo could not be recorded.
 */
const billionths = (credits: string) => `round(min(coalesce(${credits}, 0), 1e5) * 1e9)`;

export const sql = `
-- Only counts were taken from it, at the cost of a change to it with each step of a photo.
DROP INDEX job_unfinished;

-- Photos by state, and what their requests cost in billionths of a credit; kept by the triggers below, and by nothing else.
CREATE TABLE batch_sums (
  batch_id   INTEGER PRIMARY KEY,
  service    TEXT    NOT NULL,
  ${STATES.map((state) => `${state} INTEGER NOT NULL DEFAULT 0,`).join('\n  ')}
  billionths REAL    NOT NULL DEFAULT 0
) STRICT;

INSERT INTO batch_sums (batch_id, service) SELECT id, service FROM batch;
UPDATE batch_sums SET
  ${each((state) => `${state} = (SELECT count(*) FROM job WHERE job.batch_id = batch_sums.batch_id AND state = '${state}')`)},
  billionths = (SELECT total(${billionths('credits')}) FROM attempt
                WHERE attempt.batch_id = batch_sums.batch_id AND credits IS NOT NULL);

CREATE TRIGGER batch_sums_begin AFTER INSERT ON batch BEGIN
  INSERT INTO batch_sums (batch_id, service) VALUES (new.id, new.service);
END;

CREATE TRIGGER batch_sums_end AFTER DELETE ON batch BEGIN
  DELETE FROM batch_sums WHERE batch_id = old.id;
END;

CREATE TRIGGER batch_sums_service AFTER UPDATE OF service ON batch BEGIN
  UPDATE batch_sums SET service = new.service WHERE batch_id = new.id;
END;

CREATE TRIGGER batch_sums_job_added AFTER INSERT ON job BEGIN
  UPDATE batch_sums SET ${each((state) => `${state} = ${state} + (new.state = '${state}')`)} WHERE batch_id = new.batch_id;
END;

CREATE TRIGGER batch_sums_job_changed AFTER UPDATE OF state ON job WHEN old.state <> new.state BEGIN
  UPDATE batch_sums SET ${each((state) => `${state} = ${state} + (new.state = '${state}') - (old.state = '${state}')`)}
  WHERE batch_id = new.batch_id;
END;

CREATE TRIGGER batch_sums_job_removed AFTER DELETE ON job BEGIN
  UPDATE batch_sums SET ${each((state) => `${state} = ${state} - (old.state = '${state}')`)} WHERE batch_id = old.batch_id;
END;

CREATE TRIGGER batch_sums_cost_added AFTER INSERT ON attempt WHEN new.credits IS NOT NULL BEGIN
  UPDATE batch_sums SET billionths = billionths + ${billionths('new.credits')} WHERE batch_id = new.batch_id;
END;

CREATE TRIGGER batch_sums_cost_told AFTER UPDATE OF credits ON attempt WHEN old.credits IS NOT new.credits BEGIN
  UPDATE batch_sums SET billionths = billionths + ${billionths('new.credits')} - ${billionths('old.credits')}
  WHERE batch_id = new.batch_id;
END;

CREATE TRIGGER batch_sums_cost_removed AFTER DELETE ON attempt WHEN old.credits IS NOT NULL BEGIN
  UPDATE batch_sums SET billionths = billionths - ${billionths('old.credits')} WHERE batch_id = old.batch_id;
END;
`;
