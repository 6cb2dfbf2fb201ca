// States as conditions of SQL. They are spelled as the partial indexes spell them: only so does SQLite use those. And what
// the sums of the batches hold, by state.
import { ACTIVE_STATES, JOB_STATES, UNFINISHED_STATES } from '../domain/job.ts';

/** Jobs that the engine is at work on. */
export const IS_ACTIVE = `state IN (${listed(ACTIVE_STATES)})`;
/** Jobs that go on, now or later. */
export const IS_UNFINISHED = `state IN (${listed(UNFINISHED_STATES)})`;

/** A column a state of `batch_sums`, added up over rows of it, none included. */
export const COUNTS = JOB_STATES.map((state) => `coalesce(sum(${state}), 0) AS ${state}`).join(', ');
/** Jobs of a row of `batch_sums` that go on, now or later. */
export const UNFINISHED = `(${UNFINISHED_STATES.join(' + ')})`;

function listed(states: readonly string[]): string {
  return states.map((state) => `'${state}'`).join(', ');
}
