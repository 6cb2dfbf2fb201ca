// Files that are whole or not there: written under a temporary name in the target's own folder, flushed to the disk, put
// under their name without taking another's place, and the folder flushed too. Measured against a simulated power cut:
// nothing that was reported as written was missing or short.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import { makeFolder } from './make-folder.ts';

const EDGE = 64; // bytes kept of both ends, enough for every format's marker

/** A file being written under its temporary name. */
export class PartFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Creates the file anew, with the folders above it. @throws system errors of the disk */
  static async create(path: string): Promise<PartFile> {
    await makeDurableFolder(dirname(path));
    await rm(path, { force: true }); // an earlier part, or a link somebody put there: never written through
    return new PartFile(path, await open(path, 'wx'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The first and the last 64 bytes. */
  get edges(): { readonly head: Uint8Array; readonly tail: Uint8Array } {
    return { head: this.#head, tail: this.#tail };
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#head.length < EDGE) this.#head = Buffer.concat([this.#head, chunk]).subarray(0, EDGE);
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(Math.max(0, chunk.length - EDGE))]).subarray(-EDGE);
    for (let offset = 0; offset < chunk.length;) {
      const { bytesWritten } = await this.#file.write(chunk, offset);
      offset += bytesWritten;
    }
  }

  /** Flushes to the disk and closes; answers the SHA-256 of what was written, in hex. */
  async finish(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    await this.#file.sync();
    await this.#file.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes and removes what was written so far. */
  async discard(): Promise<void> {
    try {
      await this.#file.close();
    } finally {
      await rm(this.path, { force: true });
    }
  }
}

/**
 * Makes a folder with those above it, and their names durable: a flushed file in a lost folder is lost.
 * @throws system errors of the disk
 */
export async function makeDurableFolder(dir: string): Promise<void> {
  const first = await makeFolder(dir);
  if (first === null) return;
  for (let at = resolve(dir); ; at = dirname(at)) {
    await syncFolder(dirname(at));
    if (at === first || dirname(at) === at) return;
  }
}

/**
 * Puts a finished part under its name.
 * @param options.replace whether a file of that name gives way
 * @returns `exists`, with nothing changed, when it does not and there is one, or a folder, which never gives way
 * @throws system errors; on Windows after 60 s of patience with a file that another program holds
 */
export async function publish(
  part: string,
  target: string,
  options: { readonly replace: boolean; readonly clock: Clock; readonly platform?: NodeJS.Platform },
): Promise<'published' | 'exists'> {
  const { clock, platform = process.platform } = options;
  const outcome = await patiently(clock, platform, () =>
    options.replace ? moveOver(part, target) : moveIfFree(part, target),
  );
  if (outcome === 'exists') return outcome;
  // With a patience of its own: to begin again at the link would find our own file there and take it for another's.
  if (outcome === 'linked') await patiently(clock, platform, () => rm(part, { force: true }));
  await syncFolder(dirname(target));
  return 'published';
}

type Moved = 'moved' | 'linked' | 'exists';

async function moveOver(part: string, target: string): Promise<Moved> {
  try {
    await rename(part, target);
    return 'moved';
  } catch (error) {
    if ((await stat(target).catch(() => null))?.isDirectory()) return 'exists';
    throw error;
  }
}

const NO_LINKS = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EMLINK',
  'EACCES',
  'UNKNOWN',
  'EISDIR',
]);

/** A hard link takes a name only if it is free, in one step; where links do not exist, the name is reserved first. */
async function moveIfFree(part: string, target: string): Promise<Moved> {
  try {
    await link(part, target);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return 'exists';
    if (!NO_LINKS.has(code)) throw error;
    return await reserveAndMove(part, target);
  }
  return 'linked';
}

async function reserveAndMove(part: string, target: string): Promise<Moved> {
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists';
    throw error;
  }
  try {
    await rename(part, target);
    return 'moved';
  } catch (error) {
    await rm(target, { force: true }); // our own empty reservation
    throw error;
  }
}

/** Makes the names in a folder durable; Windows has no such call and needs none. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems know no flush of a folder; the file itself is flushed already.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EBADF'].includes(codeOf(error))) throw error;
  } finally {
    await folder.close();
  }
}

const PATIENCE_MS = 60_000;

/** On Windows a virus scanner or an indexer may hold a new file for a moment: the known cure is to try again. */
async function patiently<T>(clock: Clock, platform: NodeJS.Platform, action: () => Promise<T>): Promise<T> {
  const until = clock.now() + PATIENCE_MS;
  for (let wait = 10; ; wait = Math.min(wait + 10, 100)) {
    try {
      return await action();
    } catch (error) {
      const held = platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
      if (!held || clock.now() >= until) throw error;
      await sleep(clock, wait);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
