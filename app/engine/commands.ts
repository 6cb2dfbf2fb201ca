// What a user asks of jobs that are already in the history; runs inside the engine's process or beside it.
import type { Job, PlannedJob } from '../domain/batch.ts';
import type { JobState } from '../domain/job.ts';
import { IllegalTransition, isOwed, isSettled, UNFINISHED_STATES } from '../domain/job.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { History } from '../history/history.ts';
import type { HistoryFilter } from '../history/summaries.ts';

/** States from which a job goes back into the queue. */
const RETRIABLE: readonly JobState[] = ['failed', 'canceled', 'uncertain'];

/**
 * Puts settled jobs back into the queue. What may be paid a second time goes back only when `uncertain` is among the
 * states asked for: that is the user's consent. What a later batch enhanced never goes back: another picture of it is a
 * new batch, with its price told first. Nor does what another job is about to make: of several, the last goes back.
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
    const fateOf = retryTeller(history, mayPayAgain);
    const asked = history.summaries.ids(filter).toSorted((a, b) => b - a);
    for (const id of asked) {
      const job = history.jobs.get(id);
      const fate = job && fateOf(job);
      if (fate !== 'sent' && fate !== 'fetched') continue;
      history.jobs.apply(id, { type: 'requeue', over: fate === 'sent' }, now);
      ids.push(id);
    }
    return ids.reverse();
  });
}

/** Why a job does not go back: see `whyNotRetried`. */
export type NotRetried = 'mended' | 'withheld' | 'underWay';

/**
 * Why a retry leaves an ended job as it is: `mended` when a later batch enhanced its photo, `withheld` when it may be
 * charged already, `underWay` when another job is at its photo or may have been charged for it. Null when it goes back.
 * @param mayPayAgain the user consents to a second charge: nothing is withheld, and only what goes on is under way
 */
export function whyNotRetried(history: History, job: Job, mayPayAgain: boolean): NotRetried | null {
  const { jobs } = history;
  if (jobs.mendedIn(job.id) !== null) return 'mended';
  if (!mayPayAgain && paysAgain(job)) return 'withheld';
  const states = mayPayAgain ? UNFINISHED_STATES : [...UNFINISHED_STATES, 'uncertain' as const];
  return jobs.twinOf(job.id, states) === null ? null : 'underWay';
}

/** What a retry does with one ended job: `sent` anew, at its price, or `fetched` for nothing. */
export type RetryFate = 'sent' | 'fetched' | NotRetried;

/**
 * Tells what a retry does with ended jobs, before it is done as while it is; nothing is changed.
 * @param mayPayAgain as for `whyNotRetried`
 * @returns a function to be asked about one job after the other, the last first: of several of one photo one goes back
 */
export function retryTeller(history: History, mayPayAgain: boolean): (job: Job) => RetryFate {
  const back = new Set<number>();
  return (job) => {
    const why = whyNotRetried(history, job, mayPayAgain);
    if (why !== null) return why;
    if (history.jobs.twinsOnceBack(job.id, RETRIABLE).some((id) => back.has(id))) return 'underWay';
    back.add(job.id);
    // A picture that is not found is looked for again for nothing, or given up for a new one that costs.
    const isGivenUp = mayPayAgain && job.failure?.code === 'result_gone';
    return isOwed(job) && !isGivenUp ? 'fetched' : 'sent';
  };
}

/** Whether a job may be charged already and holds nothing any more that could be asked for. */
export function paysAgain(job: Job): boolean {
  return job.failure !== null && job.failure.charged !== 'no' && !isOwed(job);
}

/** Whether a job keeps its photo from being sent anew: unless it failed or was canceled for nothing. */
export function isDecisive({ attempts }: Pick<History, 'attempts'>, job: Job): boolean {
  if (job.state !== 'failed' && job.state !== 'canceled') return true;
  if (paysAgain(job) || isOwed(job)) return true;
  return attempts.ofJob(job.id).some(({ charged }) => charged !== 'no');
}

export interface SortedOut {
  /** Photos that nothing is under way for. */
  readonly fresh: PlannedJob[];
  /** Jobs of earlier batches that are unfinished or hold what is paid for: they go on instead of being made anew. */
  readonly joined: number[];
  /** Jobs of earlier batches that may have been charged without a result. */
  readonly doubtful: number[];
}

/** What becomes of a photo that is given again. */
export type Earlier =
  /** Nothing is under way for it; `made`: it was enhanced with just these parameters, which make the same picture again. */
  | { readonly kind: 'fresh'; readonly made: boolean }
  /** The job of an earlier batch goes on; one that has ended goes back into the queue for that. */
  | { readonly kind: 'joined'; readonly id: number; readonly batchId: number; readonly ended: boolean }
  /** It may have been charged without a result. */
  | { readonly kind: 'doubtful'; readonly id: number };

/** What earlier batches left of a photo; nothing is changed. */
export function earlierOf(
  history: History,
  { service, parameters }: { readonly service: string; readonly parameters: Parameters },
  photo: Pick<PlannedJob, 'sourcePath' | 'sourceBytes' | 'sourceMtimeMs'>,
): Earlier {
  const job = history.jobs.latestOfSame(service, parameters, photo);
  if (!job) return { kind: 'fresh', made: false };
  const { id, batchId, state } = job;
  if (!isSettled(state)) return { kind: 'joined', id, batchId, ended: false };
  if (state === 'uncertain' || (state === 'failed' && paysAgain(job))) return { kind: 'doubtful', id };
  if ((state === 'failed' || state === 'canceled') && isOwed(job)) {
    return { kind: 'joined', id, batchId, ended: true };
  }
  return { kind: 'fresh', made: state === 'succeeded' };
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
      const earlier = earlierOf(history, plan, photo);
      if (earlier.kind === 'fresh') fresh.push(photo);
      else if (earlier.kind === 'doubtful') doubtful.push(earlier.id);
      else {
        if (earlier.ended) history.jobs.apply(earlier.id, { type: 'requeue' }, now);
        joined.push(earlier.id);
      }
    }
  });
  return { fresh, joined, doubtful };
}

export interface Canceled {
  readonly canceled: number[];
  /** Those of them that were at the service or had a picture there: they may be charged. */
  readonly abandoned: number[];
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
  const abandoned: number[] = [];
  for (const id of history.summaries.ids({ ...filter, states: abandon ? [...free, ...paid] : free })) {
    const job = history.jobs.get(id);
    // A queued job can hold a paid picture, too: one that waits for its disk.
    const isPaid = job !== null && isOwed(job);
    if (!job || (!abandon && isPaid)) continue;
    try {
      history.jobs.apply(id, { type: 'cancel' }, now);
      canceled.push(id);
      if (isPaid) abandoned.push(id);
    } catch (error) {
      if (!(error instanceof IllegalTransition)) throw error; // it went on meanwhile: then it is among those that go on
    }
  }
  return { canceled, abandoned, going: history.summaries.ids({ ...filter, states: UNFINISHED_STATES }) };
}
