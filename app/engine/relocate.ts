// A photo that was missing and was found somewhere else: its job goes on with it there, unless that would pay for it twice.
import type { Job } from '../domain/batch.ts';
import { isOwed, isSettled } from '../domain/job.ts';
import type { History } from '../history/history.ts';
import type { SourcePlace } from '../history/jobs.ts';
import { paysAgain } from './commands.ts';

export interface FoundSource extends SourcePlace {
  /** Of the job whose photo it is. */
  readonly id: number;
}

/**
 * `queued`: it waits again. `not-missing`: its job did not end for the want of its photo, or not any more.
 * `spoken-for`: another job enhanced the photo since, is about to, or may have been charged for it; nothing was changed.
 */
export type Relocation = 'queued' | 'not-missing' | 'spoken-for';

/** Whether a job ended because its photo was not there. */
export function isMissing({ state, failure }: Job): boolean {
  return state === 'failed' && failure?.code === 'source_missing';
}

/** What `relocateJob` would do; nothing is changed. */
export function relocationOf(history: History, { id, ...place }: FoundSource): Relocation {
  const { jobs } = history;
  const job = jobs.get(id);
  if (job === null || !isMissing(job)) return 'not-missing';
  const isSpoken = paysAgain(job) || jobs.mendedAt(id, place) !== null || isSpokenFor(history, job, place);
  return isSpoken ? 'spoken-for' : 'queued';
}

/**
 * Puts the job of a missing photo back into the queue with the photo as it was found, in one transaction. It is sent only
 * while it is still so: its size and time are checked again when it is prepared.
 */
export function relocateJob(history: History, found: FoundSource, now: number): Relocation {
  const { jobs } = history;
  return history.atomically(() => {
    const becomes = relocationOf(history, found);
    if (becomes !== 'queued') return becomes;
    const { id, ...place } = found;
    jobs.apply(id, { type: 'requeue' }, now);
    jobs.moveSource(id, place);
    return becomes;
  });
}

/** Whether a job of the same photo with the same parameters speaks against sending it: the photo at its new place, or a copy. */
function isSpokenFor({ jobs, batches }: History, job: Job, place: SourcePlace): boolean {
  const batch = batches.get(job.batchId);
  if (batch === null) return true;
  const { service, parameters } = batch;
  const there = jobs.latestOfSame(service, parameters, place);
  const alike = place.sourceHash === null ? [] : jobs.byContent(service, parameters, place.sourceHash);
  // Copies of a photo in one batch were all agreed on.
  const others = [there, ...alike.filter(({ batchId }) => batchId !== job.batchId)];
  return others.some((other) => other !== null && other.id !== job.id && speaksAgainst(other, job));
}

/** One that had succeeded before this one was asked for does not: then another picture of it was wished for. */
function speaksAgainst(other: Job, { createdAt }: Job): boolean {
  if (!isSettled(other.state) || other.state === 'uncertain') return true;
  if (other.state === 'succeeded') return (other.finishedAt ?? 0) >= createdAt;
  return paysAgain(other) || isOwed(other);
}
