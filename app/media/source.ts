// Reading a user's file: never written to, never waited on, read once; what is wrong with it becomes a failure.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Failure, FailureError, failure, systemCode } from '../domain/failure.ts';
import { HEAD_BYTES, type Sniffed, sniff } from '../domain/format.ts';

/** Bytes; above any camera's file, and a bound on the memory of one task. */
export const MAX_SOURCE_BYTES = 512 * 1024 * 1024;

// A named pipe is opened at once instead of waiting for a writer. Windows has no such flag.
const READ_ONLY = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * The whole file and the SHA-256 of exactly these bytes.
 * @throws {FailureError} source_missing, source_unreadable, source_changed, not_a_photo, photo_too_large
 */
export async function readSource(path: string): Promise<{ bytes: Buffer; hash: string }> {
  return withSource(path, async (file, size) => {
    const before = await file.stat();
    const bytes = Buffer.allocUnsafe(size);
    const length = await fill(file, bytes);
    const after = await file.stat();
    if (length !== size || after.size !== size || after.mtimeMs !== before.mtimeMs) {
      throw new FailureError(failure('source_changed', { detail: 'it changed while it was read' }));
    }
    return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
  });
}

/**
 * The first bytes of a file, `limit` at most.
 * @throws {FailureError} as `readSource`
 */
export async function readHead(path: string, limit = HEAD_BYTES): Promise<Buffer> {
  return withSource(path, async (file, size) => {
    const bytes = Buffer.alloc(Math.min(size, limit));
    return bytes.subarray(0, await fill(file, bytes));
  });
}

/** How sharp takes a file: by path, which is fastest, unless libvips would read the end of the path as options. */
export async function pictureInput(path: string): Promise<string | Uint8Array> {
  return path.endsWith(']') ? (await readSource(path)).bytes : path;
}

/** Why a file of this content is not taken as a photo; its name is looked at only to say that it lies. */
export function notAPhoto(path: string, sniffed: Sniffed | null): Failure {
  const extension = extname(path).toLowerCase();
  const label = sniffed?.label ?? 'content of an unknown kind';
  const detail = PHOTO_EXTENSIONS.includes(extension) ? `${label} named ${extension}` : label;
  const message = sniffed && EXPORT_FIRST[sniffed.format];
  return failure('not_a_photo', { detail, ...(message ? { message } : {}) });
}

const PHOTO_EXTENSIONS = ['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.tif', '.tiff', '.avif'];
const EXPORT_FIRST: Partial<Record<Sniffed['format'], string>> = {
  raw: 'This is a camera RAW file. Export it as JPEG or TIFF first, then enhance that.',
  heic: 'This is a HEIC photo, which Lightbatch cannot read. Export it as JPEG first, then enhance that.',
};

/** What the first bytes say, never null for bytes that a photo may begin with. */
export function sniffSource(path: string, head: Uint8Array): Sniffed {
  const sniffed = sniff(head.subarray(0, HEAD_BYTES));
  if (!sniffed) throw new FailureError(notAPhoto(path, null));
  return sniffed;
}

async function withSource<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, READ_ONLY);
    const stats = await file.stat();
    if (!stats.isFile()) throw notPlain(stats.isDirectory() ? 'a folder' : 'not a plain file');
    if (stats.size === 0) throw notPlain('an empty file');
    if (stats.size > MAX_SOURCE_BYTES) {
      const detail = `${Math.round(stats.size / 1024 ** 2)} MB, more than ${MAX_SOURCE_BYTES / 1024 ** 2} MB`;
      throw new FailureError(failure('photo_too_large', { detail }));
    }
    return await use(file, stats.size);
  } catch (error) {
    throw readFailure(error);
  } finally {
    // Nothing was written through it, so a close that fails loses nothing.
    await file?.close().catch(() => undefined);
  }
}

function notPlain(detail: string): FailureError {
  return new FailureError(failure('not_a_photo', { detail }));
}

function readFailure(error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const code = systemCode(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'EISDIR') return notPlain('a folder'); // Windows refuses to open one
  if (code === 'ENOENT' || code === 'ENOTDIR') return new FailureError(failure('source_missing', { detail }));
  return new FailureError(failure('source_unreadable', { detail }), { cause: error });
}

async function fill(file: FileHandle, bytes: Uint8Array): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
