// A photo that was sent, or known, and lies under another name now: what is recorded of it goes along, with its job. So it
// is not paid for again whatever the folder is set to by now, and its job does not miss it.
import type { Batch, Job } from '../domain/batch.ts';
import { isSettled } from '../domain/job.ts';
import { isDecisive, whyNotRetried } from '../engine/commands.ts';
import type { History } from '../history/history.ts';
import { asideKey, type WatchedFile } from '../history/watch-rows.ts';
import type { Moved } from './look.ts';
import { sameJob, type Content, type Wish } from './same.ts';

/** The first of the records of a photo under other names that no other file took along meanwhile; null when none is left. */
export function movedStill({ watches }: History, moved: readonly Moved[], sha256: string): WatchedFile | null {
  for (const { id, key } of moved) {
    const row = watches.byId(id);
    const isKnown = row?.sha256 === sha256 && (row.state === 'taken' || row.state === 'same');
    if (isKnown && (row.key === key || row.key === asideKey(key, sha256))) return row;
  }
  return null;
}

/**
 * The job of a photo goes on with it where it is now, unless another job speaks against that. Its result goes to where it
 * was to go: that name is its own. Call it inside a transaction.
 * @param from where the photo was, absolute
 */
export function moveJob(history: History, job: Job, from: string, photo: Content): void {
  const batch = history.batches.get(job.batchId);
  if (batch === null || job.sourcePath !== from || !mayMove(history, { job, batch }, photo)) return;
  const { sourcePath, sourceBytes, sourceMtimeMs, sha256 } = photo;
  history.jobs.moveSource(job.id, { sourcePath, sourceBytes, sourceMtimeMs, sourceHash: sha256, outDir: job.outDir });
}

/** One that has ended only if it could go back into the queue: what a later job made up for is told by the old place. */
function mayMove(
  history: History,
  { job, batch }: { readonly job: Job; readonly batch: Batch },
  photo: Content,
): boolean {
  const isEnded = isSettled(job.state);
  if (isEnded && job.state !== 'failed' && job.state !== 'canceled') return false;
  if (isEnded && whyNotRetried(history, job, false) !== null) return false;
  return sameJob(history, batch, photo, job.id) === null;
}

/** Whether the user canceled a job, and nothing of it was or is to be paid for. */
export function isCalledOff(history: History, job: Job | null): boolean {
  return job?.state === 'canceled' && !isDecisive(history, job);
}

/** Whether the user said of a content, the last time that this was to be made of it, that it is not to be. */
export function wasCalledOff(history: History, { service, parameters }: Wish, sha256: string): boolean {
  const [last = null] = history.jobs.byContent(service, parameters, sha256);
  return isCalledOff(history, last);
}
