// States as conditions of SQL. They are spelled as the partial indexes spell them: only so does SQLite use those.
import { ACTIVE_STATES, UNFINISHED_STATES } from '../domain/job.ts';

/** Jobs that the engine is at work on. */
export const IS_ACTIVE = `state IN (${listed(ACTIVE_STATES)})`;
/** Jobs that go on, now or later. */
export const IS_UNFINISHED = `state IN (${listed(UNFINISHED_STATES)})`;

function listed(states: readonly string[]): string {
  return states.map((state) => `'${state}'`).join(', ');
}
