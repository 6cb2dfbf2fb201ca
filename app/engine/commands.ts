// What a user asks of jobs that are already in the history; runs inside the engine's process or beside it.
import type { Job, PlannedJob } from '../domain/batch.ts';
import type { JobState } from '../domain/job.ts';
import { IllegalTransition, SETTLED_STATES } from '../domain/job.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { History } from '../history/history.ts';
import type { HistoryFilter } from '../history/summaries.ts';

/**
 * Puts settled jobs back into the queue. What may be paid a second time goes back only when `uncertain` is among the
 * states asked for: that is the user's consent.
 * @returns the ids of the jobs that wait again
 */
export function retryJobs(
  history: History,
  filter: HistoryFilter & { readonly states: readonly JobState[] },
  now: number,
): number[] {
  const mayPayAgain = filter.states.includes('uncertain');
  return history.atomically(() => {
    const ids: number[] = [];
    for (const id of history.summaries.ids(filter)) {
      const job = history.jobs.get(id);
      if (!job || (!mayPayAgain && paysAgain(job))) continue;
      // A picture that is not found is looked for again for nothing, or given up for a new one that costs.
      const over = mayPayAgain && job.failure?.code === 'result_gone';
      history.jobs.apply(id, { type: 'requeue', over }, now);
      ids.push(id);
    }
    return ids;
  });
}

/** Whether a job may be charged already and holds nothing any more that could be asked for. */
export function paysAgain(job: Job): boolean {
  return job.failure !== null && job.failure.charged !== 'no' && !job.request && !job.outputUrl;
}

export interface SortedOut {
  /** Photos that nothing is under way for. */
  readonly fresh: PlannedJob[];
  /** Jobs of earlier batches that are unfinished or hold what is paid for: they go on instead of being made anew. */
  readonly joined: number[];
  /** Jobs of earlier batches that may have been charged without a result. */
  readonly doubtful: number[];
}

/**
 * Compares a plan with what earlier batches left: the same photo with the same parameters is not paid for a second time
 * because a run was started again instead of resumed. Jobs that can be asked for go back into the queue.
 */
export function sortOut(
  history: History,
  plan: { readonly service: string; readonly parameters: Parameters; readonly jobs: readonly PlannedJob[] },
  now: number,
): SortedOut {
  const fresh: PlannedJob[] = [];
  const joined: number[] = [];
  const doubtful: number[] = [];
  history.atomically(() => {
    for (const photo of plan.jobs) {
      const job = history.jobs.latestOfSame(plan.service, plan.parameters, photo);
      const isSettled = job !== null && (SETTLED_STATES as readonly JobState[]).includes(job.state);
      if (job && !isSettled) {
        joined.push(job.id);
      } else if (job && (job.state === 'uncertain' || (job.state === 'failed' && paysAgain(job)))) {
        doubtful.push(job.id);
      } else if (job && (job.state === 'failed' || job.state === 'canceled') && (job.request ?? job.outputUrl)) {
        history.jobs.apply(job.id, { type: 'requeue' }, now);
        joined.push(job.id);
      } else {
        fresh.push(photo);
      }
    }
  });
  return { fresh, joined, doubtful };
}

export interface Canceled {
  readonly canceled: number[];
  /** Photos at the service or on their way back: already paid for, so they are collected all the same. */
  readonly going: number[];
}

/**
 * Cancels what can still be stopped for nothing.
 * @param abandon lets go, too, of photos at the service; a retry asks for their results first
 */
export function cancelJobs(history: History, filter: HistoryFilter, abandon: boolean, now: number): Canceled {
  const free: readonly JobState[] = ['queued', 'preparing'];
  const paid: readonly JobState[] = ['processing', 'saving'];
  const canceled: number[] = [];
  for (const id of history.summaries.ids({ ...filter, states: abandon ? [...free, ...paid] : free })) {
    const job = history.jobs.get(id);
    // A queued job can hold a paid picture, too: one that waits for its disk.
    if (!job || (!abandon && (job.request ?? job.outputUrl))) continue;
    try {
      history.jobs.apply(id, { type: 'cancel' }, now);
      canceled.push(id);
    } catch (error) {
      if (!(error instanceof IllegalTransition)) throw error; // it went on meanwhile: then it is among those that go on
    }
  }
  const unfinished: readonly JobState[] = ['queued', 'preparing', 'submitting', 'processing', 'saving'];
  return { canceled, going: history.summaries.ids({ ...filter, states: unfinished }) };
}
