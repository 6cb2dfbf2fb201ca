// From the URL of a paid picture to a file that is whole or not there. The source is never written to: a target that is
// any job's source, by name or as the same file on the disk, is refused.
import { rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Batch, Job, SavedOutput } from '../domain/batch.ts';
import { FailureError, failure } from '../domain/failure.ts';
import { extensionOf, isComplete, sniff } from '../domain/format.ts';
import { numbered } from '../domain/naming.ts';
import type { Media, UploadFormat } from '../domain/picture.ts';
import { PartFile, publish } from '../lib/atomic-write.ts';
import type { Clock } from '../lib/clock.ts';
import type { Segmind } from '../segmind/client.ts';
import type { Ledger } from './ledger.ts';

export interface SaveDeps {
  readonly ledger: Ledger;
  readonly media: Pick<Media, 'verify'>;
  readonly segmind: Pick<Segmind, 'download'>;
  readonly clock: Clock;
}

/** The largest result accepted: 4 megapixels, uncompressed and 16 bits deep, are 32 MB. */
const MAX_BYTES = 250 * 1024 * 1024;

/**
 * Downloads, checks and publishes the picture of a job in state `saving`.
 * @throws {FailureError} about the download or the picture; system errors of the output folder
 */
export async function saveJob(job: Job, batch: Batch, deps: SaveDeps, signal: AbortSignal): Promise<SavedOutput> {
  if (!job.outputUrl) throw new FailureError(failure('internal', { detail: 'saving without an output URL' }));
  const part = await PartFile.create(join(job.outDir, `.${job.outStem}.${job.id}.part`));
  let done = false;
  try {
    await deps.segmind.download(job.outputUrl, (chunk) => part.write(chunk), { maxBytes: MAX_BYTES }, signal);
    const format = checkWhole(part);
    const { bytes, sha256 } = await part.finish();
    done = true;
    const { width, height } = await deps.media.verify(part.path);
    const path = await publishFree(job, batch, { part: part.path, sha256, extension: extensionOf(format) }, deps);
    return { path, bytes, sha256, width, height };
  } catch (error) {
    if (done) await rm(part.path, { force: true });
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

async function isSource(path: string, job: Job, deps: SaveDeps): Promise<boolean> {
  if (deps.ledger.history.jobs.isSource(path)) return true;
  const [target, source] = await Promise.all([inode(path), inode(job.sourcePath)]);
  return target !== null && target === source;
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
