// From the URL of a paid picture to a file that is whole or not there. The source is never written to: a target that is
// any job's source, by name or as the same file on the disk, is refused.
import { open, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import type { Batch, Job, SavedOutput } from '../domain/batch.ts';
import { classify, FailureError, failure, stopsQueue } from '../domain/failure.ts';
import { extensionOf, isComplete, sniff } from '../domain/format.ts';
import { numbered } from '../domain/naming.ts';
import type { Media, UploadFormat } from '../domain/picture.ts';
import { PartFile, publish } from '../lib/atomic-write.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Segmind } from '../segmind/client.ts';
import type { Ledger } from './ledger.ts';

export interface SaveDeps {
  readonly ledger: Ledger;
  readonly media: Pick<Media, 'verify' | 'dress'>;
  readonly segmind: Pick<Segmind, 'download'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The largest result accepted: 4 megapixels, uncompressed and 16 bits deep, are 32 MB. */
const MAX_BYTES = 250 * 1024 * 1024;

/**
 * Downloads, checks, dresses in the photo's metadata and publishes the picture of a job in state `saving`.
 * @throws {FailureError} about the download or the picture; system errors of the output folder
 */
export async function saveJob(job: Job, batch: Batch, deps: SaveDeps, signal: AbortSignal): Promise<SavedOutput> {
  if (!job.outputUrl) throw new FailureError(failure('internal', { detail: 'saving without an output URL' }));
  const name = join(job.outDir, `.${job.outStem}.${job.id}`);
  const part = await PartFile.create(`${name}.part`);
  const dressedPath = `${name}.dressed.part`;
  let done = false;
  try {
    await deps.segmind.download(job.outputUrl, (chunk) => part.write(chunk), { maxBytes: MAX_BYTES }, signal);
    const format = checkWhole(part);
    const plain = { path: part.path, ...(await part.finish()) };
    done = true;
    const { width, height } = await deps.media.verify(part.path);
    const { path: ready, bytes, sha256 } = await dress(job, { plain, target: dressedPath }, deps, signal);
    if (ready !== part.path) await rm(part.path, { force: true });
    const path = await publishFree(job, batch, { part: ready, sha256, extension: extensionOf(format) }, deps);
    return { path, bytes, sha256, width, height };
  } catch (error) {
    if (done) await Promise.all([part.path, dressedPath].map((path) => rm(path, { force: true })));
    else await part.discard();
    throw error;
  }
}

/** @throws {FailureError} `result_damaged` */
function checkWhole(part: PartFile): UploadFormat {
  const { head, tail } = part.edges;
  const found = sniff(head);
  if (found?.format !== 'jpeg' && found?.format !== 'png' && found?.format !== 'webp') {
    throw new FailureError(
      failure('result_damaged', { detail: found ? `it is ${found.label}` : 'it is not a picture' }),
    );
  }
  if (!isComplete(found.format, tail, part.bytes, head)) {
    throw new FailureError(failure('result_damaged', { detail: 'it is cut short' }));
  }
  return found.format;
}

interface FinishedPart {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The result with the photo's metadata, flushed to the disk; as it came when that cannot be had: a picture that is paid
 * for is never held back for its metadata. What is made of the same files is always the same, byte for byte, so that a
 * picture published before a crash is recognised.
 */
async function dress(
  job: Job,
  { plain, target }: { readonly plain: FinishedPart; readonly target: string },
  deps: SaveDeps,
  signal: AbortSignal,
): Promise<FinishedPart> {
  const request = { source: job.sourcePath, sourceHash: job.sourceHash ?? undefined, picture: plain.path, target };
  try {
    await rm(target, { force: true }); // an earlier part, or a link somebody put there: never written through
    const { note } = await deps.media.dress(request);
    if (note !== null) deps.log.warn('metadata', { job: job.id, note });
    return { path: target, ...(await flush(target)) };
  } catch (error) {
    const { code, detail, retryable } = classify(error);
    if (signal.aborted || retryable || code === 'output_unwritable' || stopsQueue(code)) throw error; // not the picture's
    deps.log.warn('metadata', { job: job.id, note: 'The result was saved without metadata.', code, detail });
    await rm(target, { force: true });
    return plain;
  }
}

/** Makes a file durable that another process wrote. */
async function flush(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, 'r+'); // Windows flushes only what may be written to
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    await file.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Publishes under the first name that the policy allows; a paid picture is never dropped for want of a name. */
async function publishFree(
  job: Job,
  batch: Batch,
  result: { readonly part: string; readonly sha256: string; readonly extension: string },
  deps: SaveDeps,
): Promise<string> {
  const replace = batch.output.onExists === 'overwrite';
  const { jobs } = deps.ledger.history;
  for (let n = 1; ; n += 1) {
    const stem = n === 1 ? job.outStem : numbered(job.outStem, n);
    const path = join(job.outDir, `${stem}.${result.extension}`);
    if (await isSource(path, job, deps)) continue;
    // Published before a crash and not recorded: our own file is recognised by the path that was recorded and its hash.
    if (job.outputPath === path && (await hashOf(path)) === result.sha256) {
      await rm(result.part, { force: true });
      return path;
    }
    jobs.setOutputPath(job.id, path);
    if ((await publish(result.part, path, { replace, clock: deps.clock })) === 'published') return path;
  }
}

/** Links lead to one file by many paths, so a target that is there is compared with the sources on the disk itself. */
async function isSource(path: string, job: Job, deps: SaveDeps): Promise<boolean> {
  const { jobs } = deps.ledger.history;
  if (jobs.isSource(path)) return true;
  const target = await inode(path);
  if (target === null) return false;
  for (const source of [job.sourcePath, ...jobs.sourcesNamed(basename(path))]) {
    if ((await inode(source)) === target) return true;
  }
  return false;
}

async function inode(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found ? `${found.dev}:${found.ino}` : null;
}

async function hashOf(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null; // not there, or not readable: then it is not the file we are looking for
  }
}
