// The sample photographs that come with the app, put where their results can lie beside them.
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { failure, FailureError } from '../domain/failure.ts';
import { makeFolder } from '../lib/make-folder.ts';
import { inDataFolder } from './trouble.ts';

const PHOTOS: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'];

/**
 * Copies the samples that are not there yet.
 * @returns the folder they are in
 * @throws {FailureError} `data_unwritable`, `disk_full`; `internal` when the app came without samples
 */
export async function copySamples(samplesDir: string, dataDir: string): Promise<string> {
  const folder = join(dataDir, 'samples');
  const names = (await readdir(samplesDir).catch(() => [])).filter((name) =>
    PHOTOS.includes(extname(name).toLowerCase()),
  );
  if (names.length === 0) {
    const message = 'The sample photographs are missing from this installation. Add photos of your own instead.';
    throw new FailureError(failure('internal', { message }));
  }
  await inDataFolder(async () => {
    await makeFolder(folder);
    for (const name of names) await copyWhole(join(samplesDir, name), join(folder, name));
  });
  return folder;
}

/** Under its name a sample is whole or not there. */
async function copyWhole(source: string, target: string): Promise<void> {
  const [wanted, there] = await Promise.all([stat(source), stat(target).catch(() => null)]);
  if (there?.size === wanted.size) return;
  const part = `${target}.part`;
  await rm(part, { force: true });
  await copyFile(source, part);
  await rename(part, target);
}
