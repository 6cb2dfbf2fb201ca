// What is among many selected jobs, most of which the window never saw: which of them something can be done with, and how
// many there are of each kind.
import type { JobTally } from '../contract/values.ts';
import { emptyCounts } from '../domain/batch.ts';
import type { FailureCode } from '../domain/failure.ts';
import type { JobState } from '../domain/job.ts';
import type { History } from '../history/history.ts';
import { inSlices } from './slices.ts';

/** Jobs looked up in one go: some ten milliseconds. */
const LOOKED_UP = 2_000;
const MODERATED: FailureCode = 'moderated';
const GONE: FailureCode = 'result_gone';

/** Which of some jobs there are. */
export interface Wanted {
  readonly ids: readonly number[];
  readonly states: readonly JobState[];
  /** Null for any, and for none. */
  readonly failureCode: string | null;
}

/** Those of the jobs that fit, as each is at the moment it is looked at. */
export async function select(history: History, { ids, states, failureCode }: Wanted): Promise<number[]> {
  const found: number[] = [];
  const code = failureCode === null ? {} : { failureCode };
  const look = (jobIds: readonly number[]) => void found.push(...history.summaries.ids({ jobIds, states, ...code }));
  await inSlices(ids, look, LOOKED_UP);
  return found;
}

/** How many of the jobs are in which state; those that are gone are not counted. */
export async function tally(history: History, ids: readonly number[]): Promise<JobTally> {
  const counts = emptyCounts();
  const batches = new Set<number>();
  let moderated = 0;
  let gone = 0;
  const look = (slice: readonly number[]) => {
    for (const { batchId, state, failureCode, count } of history.summaries.kinds(slice)) {
      counts[state] += count;
      batches.add(batchId);
      if (state === 'failed' && failureCode === MODERATED) moderated += count;
      if (state === 'failed' && failureCode === GONE) gone += count;
    }
  };
  await inSlices([...new Set(ids)], look, LOOKED_UP);
  const [batchId = null] = batches.size === 1 ? batches : [];
  return { counts, moderated, gone, batchId };
}
