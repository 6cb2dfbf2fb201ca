// Photos whose jobs ended for nothing because they were moved, renamed or gone for a while, and that are there again; and
// photos that counted as those of jobs that ended for nothing, or that became jobs of other photos.
import { localDay } from '../contract/local-day.ts';
import type { Batch, Job } from '../domain/batch.ts';
import { isOwed } from '../domain/job.ts';
import { isDecisive } from '../engine/commands.ts';
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import type { StoredWatch, WatchedFile } from '../history/watches.ts';
import { markOf } from './look.ts';
import { hashFile } from './hash.ts';
import { isSameMark, type Mark } from './pending.ts';
import type { Reach } from './reach.ts';
import { isCalledOff } from './moved.ts';
import { isUnread, readUnread, sameJob } from './same.ts';
import { gateNow } from './send.ts';

export interface ReviveDeps {
  readonly history: History;
  readonly watchId: number;
  readonly reach: Reach;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the clock on the wall says. */
  readonly wall: () => number;
  readonly engine: () => { readonly engine: Engine; readonly service: string } | null;
  /** A photo is to be looked at once more. */
  readonly onFound: (path: string, mark: Mark, stillSince: number) => void;
}

/**
 * Puts jobs back into the queue whose photos are where they were again, as far as the gate lets them go; and looks once
 * more at photos that counted as those of jobs that ended for nothing, or that are of another photo by now.
 * @returns whether any photo counts as there before from now on
 * @throws the signal's reason when it aborts; SQLite's errors
 */
export async function revive(deps: ReviveDeps): Promise<boolean> {
  const { history, watchId, onFound } = deps;
  const { watches } = history;
  for (const file of watches.sourceLost(watchId, 'taken')) {
    if (await isThere(file, deps)) await takeUp(file, deps);
  }
  for (const file of watches.sourceLost(watchId, 'same')) {
    if (!(await isThere(file, deps))) continue;
    if (isOfFolder(file, deps)) {
      await takeUp(file, deps); // a copy of the photo that is gone: its job goes on with this one
      continue;
    }
    watches.revive(file.id);
    onFound(file.path, file, file.seenAt);
  }
  let isLeft = false;
  for (const file of watches.leftAlone(watchId)) {
    const job = history.jobs.get(file.jobId ?? 0);
    if (job === null || (isStillOf(job, file) && isDecisive(history, job)) || !(await isThere(file, deps))) continue;
    isLeft = letGo(file, job, deps) || isLeft;
  }
  return isLeft;
}

/** A job that takes its photo as it is may be of another one than when a copy of that was compared with it. */
function isStillOf({ sourceHash }: Job, { sha256 }: WatchedFile): boolean {
  return sourceHash === null || sha256 === null || sourceHash === sha256;
}

/** Whether the job of a photo is one of this folder, so that its result goes where this photo's goes. */
function isOfFolder({ jobId }: WatchedFile, { history, watchId }: ReviveDeps): boolean {
  const job = history.jobs.get(jobId ?? 0);
  return job !== null && history.watches.ofBatch(job.batchId)?.watchId === watchId;
}

/** Whether a job ended because its photo was gone or changed by then. */
export function isMissed({ state, failure }: Pick<Job, 'state' | 'failure'>): boolean {
  return state === 'failed' && (failure?.code === 'source_missing' || failure?.code === 'source_changed');
}

async function isThere(file: WatchedFile, { reach, signal }: ReviveDeps): Promise<boolean> {
  if (file.aside) return false; // what is there is another one
  const mark = await markOf(reach.fileOf(file.path)).catch(() => null);
  signal.throwIfAborted();
  return mark !== null && mark !== 'folder' && isSameMark(mark, file);
}

/**
 * Puts the job of a photo back into the queue, as far as the gate lets it go. Meanwhile another job may have been made of
 * it, under another name: then it is that one's.
 */
async function takeUp(file: WatchedFile, deps: ReviveDeps): Promise<void> {
  const { history, watchId, reach, signal, now } = deps;
  const { jobs, watches } = history;
  const { bytes, mtimeMs, sha256 } = file;
  const lost = jobs.get(file.jobId ?? 0);
  const batch = lost === null ? null : history.batches.get(lost.batchId);
  if (lost === null || batch === null || sha256 === null) return;
  if (!isOwed(lost) && lost.failure?.code === 'source_changed' && (await isAnother(file, deps))) {
    deps.onFound(file.path, file, file.seenAt); // not dropped: the photo of that record may be found under another name
    return;
  }
  const read = new Set<number>();
  await readUnread(history, batch, { bytes: [bytes], read, signal });
  // From here on nothing comes in between.
  const watch = watches.get(watchId);
  const running = deps.engine();
  if (watch === null || running?.service !== watch.service || lost.service !== watch.service) return;
  if ([bytes, null].some((size) => isUnread(history, batch, { bytes: size, read }))) return; // when it is looked through next
  const photo = { sourcePath: reach.fileOf(file.path), sourceBytes: bytes, sourceMtimeMs: mtimeMs, sha256 };
  const other = sameJob(history, batch, photo, lost.id);
  if (other !== null) {
    watches.settle(file.id, { state: 'same', jobId: other, parameters: batch.parameters }, now());
    return;
  }
  if (!isOwed(lost) && (isDecisive(history, lost) || !hasRoom(watch, batch, deps))) return;
  // It may have been located elsewhere meanwhile: without its place here it would be missed there again, and taken up again.
  if (lost.sourcePath !== photo.sourcePath) {
    jobs.moveSource(lost.id, { ...photo, sourceHash: sha256, outDir: lost.outDir });
  }
  const again = running.engine.retry({ jobIds: [lost.id], states: ['failed'] });
  if (again.length > 0) jobs.setSourceHash(lost.id, sha256);
}

/** Whether the day takes a photo of a batch. It was counted on the day when it was queued first: if that is today, it is in. */
function hasRoom(watch: StoredWatch, { createdAt }: Batch, { history, wall }: ReviveDeps): boolean {
  const isCounted = localDay(createdAt) === localDay(wall());
  const settings = isCounted ? { ...watch.settings, photosADay: null } : watch.settings;
  return gateNow(history, { ...watch, settings }, wall()).room >= 1;
}

/** Whether a file has another content than was recorded of it, though its size and time are the same. */
async function isAnother({ path, bytes, sha256 }: WatchedFile, { reach, signal }: ReviveDeps): Promise<boolean> {
  const found = await hashFile(reach.fileOf(path), bytes, signal).catch(() => null); // gone or cut short: it is looked at again
  signal.throwIfAborted();
  return found !== null && found !== sha256;
}

/**
 * The photo is new, and comes without the user's word; one that was there before watching began is so again, and so is one
 * whose job the user canceled: that was his word.
 * @returns whether it counts as there before from now on
 */
function letGo(file: WatchedFile, job: Job, { history, watchId, onFound }: ReviveDeps): boolean {
  const { watches } = history;
  const { key, path, bytes, mtimeMs, sha256, seenAt } = file;
  if (sha256 === null || isCalledOff(history, job)) {
    watches.put(watchId, { key, path, bytes, mtimeMs, state: 'there', sha256 }, seenAt);
    return true;
  }
  watches.drop(file.id);
  onFound(path, file, seenAt);
  return false;
}
