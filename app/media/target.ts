// Writing what the media process makes: a file that is there is whole.
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { FailureError, failure, systemCode } from '../domain/failure.ts';

/**
 * Removes an earlier target, so that it cannot outlive a failure and pass for the new one.
 * @param sources files that are read for it
 * @throws {FailureError} internal, when it is a source itself, under whatever name: photos are never touched
 */
export async function clearTarget(target: string, ...sources: readonly string[]): Promise<void> {
  const [ours, ...theirs] = await Promise.all([target, ...sources].map(identity));
  if (typeof ours === 'string' && theirs.includes(ours)) {
    throw new FailureError(failure('internal', { detail: 'the target is the photo itself' }));
  }
  await rm(target, { force: true });
}

async function identity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null; // what cannot be looked at is reported by whoever reads or writes it
  }
}

/** Writes a file that must not exist, and takes away what was written if that fails. @throws system errors of the disk */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') await rm(path, { force: true });
    throw error;
  }
}

/** Writes a file in one step, as others see it, in place of one that is there. @throws system errors of the disk */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`; // the quick and the real thumbnail may be made at the same time
  try {
    await rm(part, { force: true });
    await writeNew(part, bytes);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
