// From a claimed job to a photo at the service's storage: is the source still what was queued, is there already an
// enhanced picture, then upright, sRGB and without metadata in the picture process, then uploaded.
import { access, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch, Job } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import { classify, FailureError, failure, systemCode } from '../domain/failure.ts';
import type { Media } from '../domain/picture.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import { makeFolder } from '../lib/make-folder.ts';
import type { Segmind } from '../segmind/client.ts';
import { isDecisive } from './commands.ts';
import type { Ledger } from './ledger.ts';

export interface PrepareDeps {
  readonly ledger: Ledger;
  readonly media: Pick<Media, 'prepare'>;
  readonly segmind: Pick<Segmind, 'upload'>;
  readonly clock: Clock;
  /** Makes sure that the output folder takes files; answers why it does not. */
  readonly ensureFolder: (folder: string) => Promise<Failure | null>;
}

/** How long an upload is used again rather than made anew; how long the storage keeps it is not documented. */
const UPLOAD_LIFE_MS = 3_600_000;

/** Under any of these a result is already there. */
export const OUTPUT_EXTENSIONS = ['jpg', 'png', 'webp'] as const;

/**
 * Makes a job ready to submit.
 * @returns null when it is ready, or why it is skipped
 * @throws {FailureError} when it cannot be made ready
 */
export async function prepareJob(
  job: Job,
  batch: Batch,
  deps: PrepareDeps,
  signal: AbortSignal,
): Promise<Failure | null> {
  await checkSource(job);
  if (batch.output.onExists === 'skip') {
    const existing = await existingOutput(job);
    if (existing !== null) return failure('already_enhanced', { detail: existing });
  }
  const trouble = await deps.ensureFolder(job.outDir);
  if (trouble !== null) throw new FailureError(trouble);
  if (job.upload && deps.clock.now() - job.upload.at < UPLOAD_LIFE_MS) return null;
  try {
    await upload(job, batch, deps, signal);
    return null;
  } catch (error) {
    throw ofOwnData(error);
  }
}

async function upload(job: Job, batch: Batch, deps: PrepareDeps, signal: AbortSignal): Promise<void> {
  const folder = join(deps.ledger.history.dir, 'tmp');
  const target = join(folder, `upload-${job.id}`);
  await makeFolder(folder);
  try {
    const prepared = await deps.media.prepare({
      source: job.sourcePath,
      target,
      maxMegapixels: batch.output.maxUploadMegapixels,
    });
    signal.throwIfAborted();
    // It may have been saved anew since it was looked at, even while it was read: what was asked for is sent, or nothing.
    await checkSource(job);
    noteContent(job, prepared.sourceHash, { history: deps.ledger.history, batch });
    const uploadUrl = await deps.segmind.upload({ path: prepared.path, format: prepared.format }, signal);
    deps.ledger.history.jobs.setPrepared(job.id, { hash: prepared.sourceHash, uploadUrl }, deps.clock.now());
  } finally {
    await rm(target, { force: true });
  }
}

/**
 * Remembers what a photo is before it is sent: whoever meets the same one meanwhile knows. A photo that is taken as it is
 * may be another one than when it was read before its turn, unless another job speaks for what it is by now.
 * @throws {FailureError} `source_changed` when it is not what was to be sent
 */
function noteContent(job: Job, sha256: string, { history, batch }: { history: History; batch: Batch }): void {
  const { jobs } = history;
  history.atomically(() => {
    const known = jobs.get(job.id)?.sourceHash ?? null;
    // A retry forgets what the photo was. Saved anew since, it may be that of a later job already.
    const isLater = (other: Job) => other.id > job.id && other.sourcePath === job.sourcePath;
    const same = job.fingerprint === null ? jobs.byContent(batch.service, batch.parameters, sha256) : [];
    if (same.some((other) => isLater(other) && isDecisive(history, other))) {
      throw new FailureError(failure('source_changed'));
    }
    if (known === null) jobs.setSourceHash(job.id, sha256);
    if (known === null || known === sha256) return;
    if (job.fingerprint !== null || isSpokenFor(job, sha256, { history, batch })) {
      throw new FailureError(failure('source_changed'));
    }
    jobs.replaceSourceHash(job.id, sha256);
  });
}

function isSpokenFor({ id }: Job, sha256: string, { history, batch }: { history: History; batch: Batch }): boolean {
  const { service, parameters } = batch;
  const others = history.jobs.byContent(service, parameters, sha256).filter((other) => other.id !== id);
  if (others.some((other) => isDecisive(history, other))) return true;
  return history.watches.removedJobOf(service, parameters, sha256) !== null;
}

/** What cannot be written here lies in the data folder: nothing is wrong with the output folder then. */
function ofOwnData(error: unknown): unknown {
  const { code, detail } = classify(error);
  return code === 'output_unwritable'
    ? new FailureError(failure('data_unwritable', { detail }), { cause: error })
    : error;
}

/** @throws {FailureError} `source_missing`, `source_changed`, `source_unreadable` */
async function checkSource(job: Job): Promise<void> {
  let found;
  try {
    found = await stat(job.sourcePath);
  } catch (error) {
    const code = systemCode(error);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new FailureError(failure(missing ? 'source_missing' : 'source_unreadable', { detail: code }), {
      cause: error,
    });
  }
  if (!found.isFile()) throw new FailureError(failure('source_missing', { detail: 'it is not a file any more' }));
  const { fingerprint } = job;
  if (fingerprint && (found.size !== fingerprint.bytes || Math.trunc(found.mtimeMs) !== fingerprint.mtimeMs)) {
    throw new FailureError(failure('source_changed'));
  }
}

async function existingOutput(job: Job): Promise<string | null> {
  for (const extension of OUTPUT_EXTENSIONS) {
    const path = join(job.outDir, `${job.outStem}.${extension}`);
    if (await exists(path)) return path;
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false;
    // An output folder that cannot be looked into cannot be saved to either: known before anything is paid.
    throw new FailureError(failure('output_unwritable', { detail: systemCode(error) }), { cause: error });
  }
}
