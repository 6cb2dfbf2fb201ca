// Whether a photo is known already: by its content and what is to be made of it, never by its name.
import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { Job } from '../domain/batch.ts';
import { isSettled } from '../domain/job.ts';
import type { Parameters } from '../domain/parameters.ts';
import { earlierOf, isDecisive } from '../engine/commands.ts';
import type { History } from '../history/history.ts';
import { hashFile } from './hash.ts';
import type { Reach } from './reach.ts';

/** A photo, as far as it tells which one it is. */
export interface Content {
  /** Absolute, as the history knows it. */
  readonly sourcePath: string;
  readonly sourceBytes: number;
  readonly sourceMtimeMs: number;
  readonly sha256: string;
}

/** What is to be made of it, and where. */
export interface Wish {
  readonly service: string;
  readonly parameters: Parameters;
}

/** Whether a file is a picture that Lightbatch made: by its place, or by its content wherever it is now. */
export function isOwn(history: History, reach: Reach, { path, sha256 }: { path: string; sha256: string }): boolean {
  return isOwnPath(history, reach, path) || history.jobs.isOutputContent(sha256);
}

export function isOwnPath({ jobs }: History, reach: Reach, path: string): boolean {
  if (jobs.isOutput(reach.fileOf(path))) return true;
  return reach.root !== reach.path && jobs.isOutput(join(reach.root, path));
}

/**
 * The job that was made of the same content with the same parameters, and that speaks against another one: it is
 * unfinished, or succeeded, or may have been charged. Null when there is none: one that failed or was canceled for
 * nothing does not keep a photo from being enhanced when it comes again.
 * @param but a job that does not count
 */
export function sameJob(history: History, { service, parameters }: Wish, photo: Content, but?: number): number | null {
  const { jobs, watches } = history;
  const others = jobs.byContent(service, parameters, photo.sha256).filter(({ id }) => id !== but);
  const decisive = others.find((job) => isDecisive(history, job));
  if (decisive) return decisive.id;
  const earlier = earlierOf(history, { service, parameters }, photo);
  if (earlier.kind !== 'fresh' && earlier.id !== but) {
    const sourceHash = jobs.get(earlier.id)?.sourceHash ?? null;
    // One whose content is known sends no other: that is compared before anything is sent.
    if (sourceHash === null || sourceHash === photo.sha256) return earlier.id;
  }
  return watches.removedJobOf(service, parameters, photo.sha256);
}

/** The job that enhanced a file as it is now, or is about to, by its place, size and time; null when there is none. */
export function enhancedAlready(
  { jobs }: History,
  { service, parameters }: Wish,
  photo: Omit<Content, 'sha256'>,
): number | null {
  const job = jobs.latestOfSame(service, parameters, photo);
  return job && (job.state === 'succeeded' || !isSettled(job.state)) ? job.id : null;
}

/**
 * Reads what unfinished jobs of the same size are made of, where that is not known yet, so that `sameJob` can tell.
 * @param about.read the ids of jobs that were read, or cannot be, or are of other sizes than these: added to
 */
export async function readUnread(
  history: History,
  wish: Wish,
  about: { readonly bytes: Iterable<number>; readonly read: Set<number>; readonly signal: AbortSignal },
): Promise<void> {
  const { jobs } = history;
  const sizes = new Set(about.bytes);
  for (const bytes of [...sizes, null]) {
    for (const id of jobs.unread(wish.service, wish.parameters, bytes)) {
      const job = about.read.has(id) ? null : jobs.get(id);
      if (job === null) continue;
      const sha256 = await sourceHashOf(job, sizes, about.signal);
      about.signal.throwIfAborted();
      if (sha256 !== null) jobs.setSourceHash(id, sha256);
      about.read.add(id);
    }
  }
}

/** Whether a job that may be of a photo of this size was not read. @param bytes null: of any size */
export function isUnread(
  { jobs }: History,
  { service, parameters }: Wish,
  { bytes, read }: { readonly bytes: number | null; readonly read: ReadonlySet<number> },
): boolean {
  return jobs.unread(service, parameters, bytes).some((id) => !read.has(id));
}

/** Null when the source is not there as it was queued, which ends its job without being sent, or is of none of the sizes. */
async function sourceHashOf(
  { sourcePath, fingerprint }: Job,
  sizes: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<string | null> {
  const isStill = async ({ bytes, mtimeMs }: NonNullable<Job['fingerprint']>) => {
    const found = await stat(sourcePath);
    return found.size === bytes && Math.trunc(found.mtimeMs) === mtimeMs;
  };
  try {
    const found = await stat(sourcePath);
    const queued = fingerprint ?? { bytes: found.size, mtimeMs: Math.trunc(found.mtimeMs) };
    if (!sizes.has(queued.bytes) || !(await isStill(queued))) return null;
    const sha256 = await hashFile(sourcePath, queued.bytes, signal);
    return (await isStill(queued)) ? sha256 : null;
  } catch {
    return null; // not readable: as the engine will find, too
  }
}
