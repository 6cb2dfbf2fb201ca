// The photos of earlier jobs once more: which files they are, what their batch will be called, and where their earlier
// results went. A batch made anew must not scatter a delivery over two folders.
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { nameAgain } from '../domain/batch-name.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { History } from '../history/history.ts';
import { ownFolderName } from '../intake/output-folders.ts';
import { nameOf } from './planning.ts';

/** Where the earlier result of a photo went, or was to go. */
export interface EarlierFolder {
  /** Absolute. */
  readonly folder: string;
  /** Whether it was made by the practice service: then nothing of Segmind's goes there, and the other way round. */
  readonly practice: boolean;
}

export interface PhotosAgain {
  /** Absolute. */
  readonly paths: readonly string[];
  /** For the batch: one that no other has. */
  readonly name: string;
  /** By the photo's path; of several jobs of one photo the last one counts. */
  readonly folders: ReadonlyMap<string, EarlierFolder>;
}

const JOBS_AT_A_TIME = 500;

/**
 * @param unmoderated whether the name is to say that moderation is off
 * @throws {FailureError} `intake_gone` when none of the jobs is in the history any more
 */
export async function photosAgain(
  { jobs, batches }: Pick<History, 'jobs' | 'batches'>,
  jobIds: readonly number[],
  unmoderated: boolean,
): Promise<PhotosAgain> {
  const paths: string[] = [];
  const folders = new Map<string, EarlierFolder & { readonly jobId: number }>();
  const batchIds = new Set<number>();
  for (const [index, jobId] of jobIds.entries()) {
    if (index % JOBS_AT_A_TIME === 0) await setImmediate();
    const job = jobs.get(jobId);
    if (job === null) continue;
    paths.push(job.sourcePath);
    batchIds.add(job.batchId);
    const isLatest = (folders.get(job.sourcePath)?.jobId ?? 0) < jobId;
    const practice = job.service === PRACTICE_SERVICE;
    if (isLatest) folders.set(job.sourcePath, { jobId, folder: job.outDir, practice });
  }
  if (paths.length === 0) throw new FailureError(failure('intake_gone'));
  const [batchId] = batchIds;
  const only = batchId === undefined || batchIds.size > 1 ? null : batches.get(batchId);
  const name = only?.name ?? nameOf(paths.map((path) => ({ path, kind: 'file' })));
  return { paths, name: nameAgain(name, { unmoderated, taken: batches.names() }), folders };
}

/**
 * The folders that new results go to because earlier ones did, by the photo's path: none for photos whose results go
 * there anyway.
 * @param out the output folder for all batches; null for a folder beside the photos
 * @param practice whether the new results are the practice service's
 */
export function keptFolders(
  earlier: ReadonlyMap<string, EarlierFolder>,
  out: string | null,
  practice: boolean,
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [path, { folder, practice: wasPractice }] of earlier) {
    const usual = out ?? join(dirname(path), ownFolderName(practice));
    if (wasPractice === practice && folder !== usual) kept.set(path, folder);
  }
  return kept;
}
