// How the practice service writes its files: whole or not at all. Nothing is flushed to the disk as app/lib does for the
// user's pictures: what a power cut takes from here is practice.
import { rename, rm, writeFile } from 'node:fs/promises';

/** Begins the name of a file that is being written; what a crash leaves of one is removed at the next start. */
export const PART = '.part-';

/** Writes a file in a folder under a temporary name and renames it: a restart never finds half a file. */
export async function saveFile(dir: string, name: string, content: string | Uint8Array): Promise<void> {
  const part = `${dir}/${PART}${name}`;
  try {
    await writeFile(part, content);
    await rename(part, `${dir}/${name}`);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
