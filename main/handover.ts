// How a start beside one that runs hands its files over: by a file in the data folder, of which only the name goes through
// Electron. Its channel carries the command line as well, which no start can shorten, and has cut off, or dropped, what was
// long (electron/electron#52628).
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../app/domain/failure.ts';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { makeFolderSync } from '../app/lib/make-folder.ts';
import { onlyPaths, readLaunch, type Start } from './launch.ts';

/** What goes through Electron. */
export interface Handed {
  /** Name of the file with the paths; null when there are none, or when it could not be written. */
  readonly name: string | null;
  /** How many paths there are. */
  readonly files: number;
}

/** What the start that runs hears of another: the command line may be reordered by Chromium, the data is anyone's word. */
export interface Call extends Omit<Start, 'env'> {
  readonly data: unknown;
}

export interface Taken {
  readonly files: readonly string[];
  /** Whether fewer arrived than were handed over. */
  readonly incomplete: boolean;
}

/** Older than this, in milliseconds, a file that nobody took is of a start that died. */
export const LEFT_MS = 60_000;
/** A command line of so many characters had files in it. */
export const LONG_LINE = 4_096;

const NAME = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.json$/;

export class Handover {
  readonly #dataDir: string;
  readonly #dir: string;
  readonly #clock: Clock;

  constructor(dataDir: string, clock: Clock) {
    this.#dataDir = dataDir;
    this.#dir = join(dataDir, 'handed-over');
    this.#clock = clock;
  }

  /** Lays files down for the start that runs, if there is one. A disk that refuses leaves them to the command line. */
  leave(files: readonly string[]): Handed {
    if (files.length === 0) return { name: null, files: 0 };
    const name = `${randomUUID()}.json`;
    const part = join(this.#dir, `${name}.part`);
    try {
      makeFolderSync(this.#dir, 0o700);
      writeFileSync(part, JSON.stringify(files), { mode: 0o600, flag: 'wx' });
      renameSync(part, join(this.#dir, name)); // whole, or not there
      return { name, files: files.length };
    } catch (error) {
      remove(part);
      console.error(`Files cannot be handed over by way of the data folder: ${String(error)}`);
      return { name: null, files: files.length };
    }
  }

  /** To be called by the start that runs alone: its own files it has, and what dead starts left is nobody's. */
  sweep(own: Handed): void {
    const old = this.#clock.wall() - LEFT_MS; // what is younger may be just on its way here
    for (const name of this.#names()) {
      const path = join(this.#dir, name);
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (name === own.name || changed < old) remove(path);
    }
  }

  /** Takes what another start left. Where its data did not arrive, whatever is left is taken; then the command line counts. */
  take(call: Call, log: Log): Taken {
    const handed = handedOf(call.data);
    if (handed?.files === 0) return { files: [], incomplete: false };
    const names = handed === null ? this.#names() : [handed.name];
    const left = names.flatMap((name) => (name !== null && NAME.test(name) ? this.#read(name, log) : []));
    const files = left.length > 0 ? left : this.#inLine(call);
    const expected = handed?.files ?? (call.argv.join(' ').length >= LONG_LINE ? 1 : 0);
    const incomplete = files.length < expected;
    if (incomplete) log.error('handover.incomplete', { files: files.length, expected });
    return { files, incomplete };
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir);
    } catch {
      return []; // no start ever left anything
    }
  }

  #read(name: string, log: Log): readonly string[] {
    const path = join(this.#dir, name);
    try {
      const files: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return Array.isArray(files) ? onlyPaths(files) : [];
    } catch (error) {
      // Gone already: taken together with those of another start.
      log.warn('handover.read', { error: systemCode(error) ?? String(error) });
      return [];
    } finally {
      remove(path);
    }
  }

  #inLine({ argv, cwd, packaged }: Call): readonly string[] {
    const { files } = readLaunch({ argv, env: {}, cwd, packaged });
    return onlyPaths(files).filter((path) => path !== this.#dataDir); // `--data DIR`, put asunder
  }
}

/** What cannot be removed now is swept at a later start. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // held by another program, or on a disk that takes no more changes
  }
}

/** @returns null of what is not a start's word */
function handedOf(data: unknown): Handed | null {
  if (typeof data !== 'object' || data === null || !('name' in data) || !('files' in data)) return null;
  const { name, files } = data;
  if (typeof files !== 'number' || !Number.isSafeInteger(files) || files < 0) return null;
  return { name: typeof name === 'string' ? name : null, files };
}
