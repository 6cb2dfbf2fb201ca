// The promise that no result takes the place of a photo, kept when the batch is planned: not when it was paid for.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { foldName, splitName } from '../domain/naming.ts';
import { IntakeError, quoted } from './intake-error.ts';
import { canonical } from './output-folders.ts';
import type { Found } from './scan.ts';

interface Target {
  readonly outDir: string;
  readonly outStem: string;
}

/**
 * Refuses a plan in which a result would have the name of a photo of the batch, in that photo's folder. Extensions are
 * not looked at: which one a result has is known only when it is there.
 * @throws {IntakeError} `would_overwrite`
 */
export async function refuseOverwriting(jobs: readonly Target[], photos: readonly Found[]): Promise<void> {
  const keys = new FolderKeys();
  const outputs = new Set<string>();
  for (const { outDir } of jobs) outputs.add(await keys.of(outDir));

  // Where a photo is, and where the link is through which it was reached; both only in folders that get results.
  const occupied = new Map<string, string>();
  for (const { path, real } of photos) {
    for (const place of path === real ? [path] : [path, real]) {
      const key = await keys.of(dirname(place));
      if (outputs.has(key)) occupied.set(`${key}\0${stemOf(place)}`, place);
    }
  }
  if (occupied.size === 0) return;
  for (const { outDir, outStem } of jobs) {
    const photo = occupied.get(`${await keys.of(outDir)}\0${foldName(outStem)}`);
    if (photo === undefined) continue;
    throw new IntakeError(
      'would_overwrite',
      `The enhanced picture ${quoted(join(outDir, outStem))} would take the place of the photo ${quoted(photo)}. ` +
        'Choose another output folder, or a name template that adds something to {name}.',
      { path: photo },
    );
  }
}

function stemOf(path: string): string {
  return foldName(splitName(basename(path)).name);
}

/** One key for each folder, whatever path leads to it; asks the disk once for each path. */
class FolderKeys {
  readonly #keys = new Map<string, Promise<string>>();

  of(path: string): Promise<string> {
    const known = this.#keys.get(path) ?? this.#look(path);
    this.#keys.set(path, known);
    return known;
  }

  async #look(path: string): Promise<string> {
    const folded = foldName(await canonical(path));
    try {
      const { dev, ino } = await stat(path, { bigint: true });
      return `${dev}:${ino}:${folded}`; // the path as well: some network drives number their folders badly
    } catch {
      return `path:${folded}`; // not there yet, or not to be looked into: then no photo was found in it either
    }
  }
}
