// What each state means when the process that was at work is gone: one transaction, before anything else runs.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../domain/failure.ts';
import type { JobEvent, JobState } from '../domain/job.ts';
import type { History } from '../history/history.ts';

/** Ids of the jobs that were brought back. */
export interface Recovered {
  /** Jobs that had not been sent: they wait again. */
  readonly requeued: readonly number[];
  /** Jobs that were being sent: whether they were accepted cannot be known. */
  readonly uncertain: readonly number[];
}

/**
 * Brings the jobs of a dead process back: `preparing` waits again, `submitting` is uncertain and never sent again by
 * itself. `processing` and `saving` stay: they are followed and fetched from where they are.
 */
export function recover(history: History, now: number): Recovered {
  const applyToAll = (state: JobState, event: JobEvent): number[] => {
    const ids = history.summaries.ids({ states: [state] });
    for (const id of ids) history.jobs.apply(id, event, now);
    return ids;
  };
  return history.writeSurely(() =>
    history.atomically(() => ({
      requeued: applyToAll('preparing', { type: 'release' }),
      uncertain: applyToAll('submitting', { type: 'doubt', failure: failure('uncertain_submit') }),
    })),
  );
}

/** Removes prepared uploads that a dead process left. */
export async function clearLeftovers(history: History): Promise<void> {
  await rm(join(history.dir, 'tmp'), { recursive: true, force: true });
}
