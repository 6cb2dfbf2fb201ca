// What the user does to jobs: retry, cancel, leave. Many of them are done in slices; each slice is whole or not done.
import type { Selection } from '../contract/inputs.ts';
import type { CanceledJobs, LeftAlone, RetriedJobs, RetryPlan } from '../contract/values.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { JobState } from '../domain/job.ts';
import { JOB_STATES, UNFINISHED_STATES } from '../domain/job.ts';
import { cancelJobs, type NotRetried, retryTeller, whyNotRetried } from '../engine/commands.ts';
import type { History } from '../history/history.ts';
import type { Context, Running } from './context.ts';
import { inSlices } from './slices.ts';

const FREE_TO_RETRY: readonly JobState[] = ['failed', 'canceled'];
const RETRIABLE: readonly JobState[] = [...FREE_TO_RETRY, 'uncertain'];
const NONE_LEFT: Readonly<Record<NotRetried, number>> = { mended: 0, withheld: 0, underWay: 0 };

/**
 * Puts settled jobs back into the queue of the service in use.
 * @param input.consent whether what may be paid a second time goes back, too
 * @throws {FailureError} `no_service`; `other_service` when all of them belong to another one
 */
export async function retry(
  context: Context,
  { jobs, consent }: { readonly jobs: Selection; readonly consent: boolean },
): Promise<RetriedJobs> {
  const { history, running } = context;
  const { at, own, elsewhere } = retriableOf(context, jobs);
  let retried = 0;
  const left = { ...NONE_LEFT };
  await inSlices(own, (slice) => {
    // The service may have been changed between two slices: its jobs are nobody else's to retry.
    const now = running();
    if (now?.engine !== at.engine) throw new FailureError(now ? otherService(now.service) : failure('no_service'));
    const again = new Set(at.engine.retry({ jobIds: slice, states: consent ? RETRIABLE : FREE_TO_RETRY }));
    retried += again.size;
    for (const id of slice) {
      const job = again.has(id) ? null : history.jobs.get(id);
      const why = job && whyNotRetried(history, job, consent);
      if (why) left[why] += 1;
    }
  });
  return { retried, ...leftAlone(left, elsewhere) };
}

/**
 * What a retry would do, for the question that comes before it; nothing is changed.
 * @param input as for `retry`
 * @throws {FailureError} as `retry`
 */
export async function planRetry(
  context: Context,
  { jobs, consent }: { readonly jobs: Selection; readonly consent: boolean },
): Promise<RetryPlan> {
  const { own, elsewhere } = retriableOf(context, jobs);
  const fateOf = retryTeller(context.history, consent);
  const fates = { sent: 0, fetched: 0, ...NONE_LEFT };
  let paid = 0;
  const ids: number[] = [];
  await inSlices(own, (slice) => {
    for (const id of slice) {
      const job = context.history.jobs.get(id);
      if (!job || !RETRIABLE.includes(job.state)) continue;
      const fate = fateOf(job);
      fates[fate] += 1;
      if (fate === 'sent' && job.failure?.charged === 'yes') paid += 1;
      if (fate !== 'mended' && fate !== 'underWay') ids.push(id);
    }
  });
  const { sent, fetched } = fates;
  return { sent, ...(paid > 0 ? { paid } : {}), fetched, ids, ...leftAlone(fates, elsewhere) };
}

/**
 * The jobs that a retry is about, at the service in use, and how many there are at others.
 * @throws {FailureError} `no_service`; `other_service` when all of them belong to another one
 */
function retriableOf(
  { history, running }: Context,
  jobs: Selection,
): { readonly at: Running; readonly own: readonly number[]; readonly elsewhere: number } {
  const at = running();
  if (at === null) throw new FailureError(failure('no_service'));
  const all = idsOf(history, jobs, { states: RETRIABLE });
  // The last first: of several jobs of one photo the last goes back.
  const own = idsOf(history, jobs, { states: RETRIABLE, service: at.service }).toSorted((a, b) => b - a);
  if (own.length === 0 && all.length > 0) throw new FailureError(otherService(at.service));
  return { at, own, elsewhere: all.length - own.length };
}

function leftAlone({ mended, withheld, underWay }: Readonly<Record<NotRetried, number>>, elsewhere: number): LeftAlone {
  return {
    withheld,
    ...(elsewhere > 0 ? { elsewhere } : {}),
    ...(mended > 0 ? { mended } : {}),
    ...(underWay > 0 ? { underWay } : {}),
  };
}

/**
 * Cancels what can still be stopped, of any service: what belongs to one that is not in use is at work nowhere.
 * @param input.abandon lets go, too, of what is at the service and may be charged
 */
export async function cancel(
  context: Context,
  { jobs, abandon }: { readonly jobs: Selection; readonly abandon: boolean },
): Promise<CanceledJobs> {
  const { history, running, feed, clock } = context;
  let canceled = 0;
  let goingOn = 0;
  for (const service of history.batches.services()) {
    await inSlices(idsOf(history, jobs, { states: UNFINISHED_STATES, service }), (slice) => {
      const at = running();
      // One transaction, not one a job: each waits for the disk.
      const done = history.atomically(() =>
        at?.service === service
          ? at.engine.cancel({ jobIds: slice }, abandon)
          : cancelJobs(history, { jobIds: slice, service }, abandon, clock.now()),
      );
      if (at?.service !== service) feed.touch(done.canceled.flatMap((id) => history.jobs.get(id) ?? []));
      canceled += done.canceled.length;
      goingOn += done.going.length;
    });
  }
  return { canceled, goingOn };
}

/** Uncertain jobs stay so and ask for no decision any more. @returns how many that is new for */
export async function leave({ history, feed, clock }: Context, ids: readonly number[]): Promise<number> {
  let left = 0;
  await inSlices(ids, (slice) => {
    const jobs = history.housekeeping.leave(slice, clock.now());
    left += jobs.length;
    feed.touch(jobs);
  });
  if (left > 0) feed.touchQueue();
  return left;
}

/** The ids of the selected jobs that are in these states, at a service or at any. */
function idsOf(
  history: History,
  selection: Selection,
  only: { readonly states: readonly JobState[]; readonly service?: string },
): number[] {
  if ('ids' in selection) return history.summaries.ids({ ...only, jobIds: selection.ids });
  const asked = selection.states.length === 0 ? JOB_STATES : selection.states;
  const states = only.states.filter((state) => asked.includes(state));
  return history.summaries.ids({ ...only, states, ...('batchId' in selection ? { batchId: selection.batchId } : {}) });
}

/** @param inUse the service that is in use instead of the photos' own */
export function otherService(inUse: string) {
  const [theirs, ours] = inUse === PRACTICE_SERVICE ? ['Segmind', 'practice'] : ['practice', 'Segmind'];
  return failure('other_service', {
    message:
      `These photos belong to ${theirs === 'practice' ? 'the practice service' : theirs}, and ` +
      `${ours === 'practice' ? 'the practice service' : ours} is in use. ` +
      'Switch the service in the settings, then retry them. Nothing was sent.',
  });
}
