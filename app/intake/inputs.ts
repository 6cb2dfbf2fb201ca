// What the user gave: which inputs are folders and which are files, and where they really are.
import { stat, type BigIntStats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { systemCode } from '../domain/failure.ts';
import { IntakeError, quoted } from './intake-error.ts';
import { mapLimited } from './map-limited.ts';

const INPUTS_AT_ONCE = 32;

export interface Input {
  /** Absolute, as given. */
  readonly path: string;
  /** With every link on the way resolved. */
  readonly real: string;
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly stats: BigIntStats;
}

/**
 * The inputs in their order; relative ones are taken from the working directory.
 * @throws {IntakeError} `missing` or `unreadable` for the first input that cannot be had
 */
export async function readInputs(inputs: readonly string[], signal?: AbortSignal): Promise<Input[]> {
  return mapLimited(inputs, INPUTS_AT_ONCE, async (input) => {
    signal?.throwIfAborted();
    const path = resolve(input);
    try {
      const stats = await statOf(path);
      const real = await realOf(path);
      return { path, real, name: basename(path), kind: stats.isDirectory() ? 'folder' : 'file', stats };
    } catch (error) {
      throw await inputError(path, error);
    }
  });
}

/**
 * What is at a path, links followed. In big integers, because an inode of NTFS does not fit a number.
 * The callback form is three times as fast as the one of `node:fs/promises` (100,000 files: 0.3 s against 0.9 s).
 */
export function statOf(path: string): Promise<BigIntStats> {
  return new Promise((done, fail) => {
    stat(path, { bigint: true }, (error, stats) => {
      if (error === null) done(stats);
      else fail(error);
    });
  });
}

/**
 * A path with every link resolved, and in the spelling of the disk where the system tells it (macOS, Windows).
 * @throws the system's error when there is nothing at the path
 */
export async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    // Some drivers of virtual drives on Windows cannot answer, though the file can be opened.
    const code = systemCode(error);
    if (code === 'EISDIR' || code === 'EINVAL' || code === 'UNKNOWN') return path;
    throw error;
  }
}

async function inputError(path: string, error: unknown): Promise<IntakeError> {
  const code = systemCode(error) ?? 'unknown error';
  const details = { path, cause: error };
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE') {
    const isLink = await lstat(path).then(
      (stats) => stats.isSymbolicLink(),
      () => false, // why it is missing is already known
    );
    const what = isLink
      ? `${quoted(path)} is a link to something that is no longer there.`
      : `There is no file or folder ${quoted(path)}. Check its name, and that its drive is connected.`;
    return new IntakeError('missing', what, details);
  }
  if (code === 'ELOOP') return new IntakeError('missing', `${quoted(path)} is a link that leads in a circle.`, details);
  return unreadableInput(path, error);
}

export function unreadableInput(path: string, error: unknown): IntakeError {
  const why = systemCode(error) ?? 'unknown error';
  const message = `${quoted(path)} cannot be read (${why}). Check its permissions and its drive.`;
  return new IntakeError('unreadable', message, { path, cause: error });
}
