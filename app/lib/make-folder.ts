// Folders made with those above them, one step at a time. Node's own `recursive` never returns where the system answers
// ENOENT to a folder whose parent exists, as below /proc, or on a drive that is gone.
import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and what is missing above it.
 * @returns the topmost folder that was made; null when all were there
 * @throws the system's error about the folder that cannot be made
 */
export async function makeFolder(dir: string): Promise<string | null> {
  const path = resolve(dir);
  const isThere = async () => (await stat(path).catch(() => null))?.isDirectory() ?? false;
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if (await isThere()) return null;
    if (!lacksParent(error, path)) throw error;
  }
  const first = await makeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isThere())) throw error; // otherwise somebody else made it at the same moment
  }
  return first ?? path;
}

/**
 * Like `makeFolder`, at once.
 * @param mode the permissions of each folder that is made
 */
export function makeFolderSync(dir: string, mode = 0o777): void {
  const path = resolve(dir);
  try {
    mkdirSync(path, { mode });
    return;
  } catch (error) {
    if (isFolder(path)) return;
    if (!lacksParent(error, path)) throw error;
  }
  makeFolderSync(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // not there, or not to be looked at: what kept it from being made is told
  }
}

/** Only then is there something to do above; the root has nothing above it. */
function lacksParent(error: unknown, path: string): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' && dirname(path) !== path;
}
