// Names of results of watched photos. They come one by one, so what no plan of a batch sees has to be seen here: another
// photo of the same name, sent earlier or this very moment, or lying where the result is to go.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Job, OutputSettings } from '../domain/batch.ts';
import type { BatchFields } from '../domain/naming.ts';
import { foldName, numbered, outputStem, splitName } from '../domain/naming.ts';
import { OUTPUT_EXTENSIONS } from '../engine/prepare-job.ts';
import type { Jobs } from '../history/jobs.ts';

export interface NamedPhoto {
  /** Absolute. */
  readonly sourcePath: string;
  readonly outDir: string;
  /** Whether another photo was sent under its name before. */
  readonly changed: boolean;
  /** Whether it was there before watching began. */
  readonly existing: boolean;
}

export interface NamesOptions {
  readonly jobs: Jobs;
  readonly output: OutputSettings;
  readonly fields: BatchFields;
  /** Whether a folder of results is one of photos, too. */
  readonly isAmongPhotos: (outDir: string) => boolean;
  /** The names in each output folder, folded. */
  readonly there: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The names that are in folders now, folded; none where there is no folder yet. */
export async function namesIn(folders: Iterable<string>): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const folder of new Set(folders)) {
    const names = await readdir(folder).catch(() => []); // what is wrong with it is told when it is written to
    found.set(folder, new Set(names.map(foldName)));
  }
  return found;
}

/** Gives photos the names of their results, one after the other. */
export class Names {
  readonly #o: NamesOptions;
  readonly #given = new Set<string>();

  constructor(options: NamesOptions) {
    this.#o = options;
  }

  /**
   * The stem of a photo's result: its own one, or numbered where that would be taken for the result of another photo:
   * then it would be skipped, or take that one's place.
   */
  stemOf(photo: NamedPhoto): string {
    const { name } = splitName(basename(photo.sourcePath));
    const own = outputStem(this.#o.output.template, { ...this.#o.fields, name });
    let stem = own;
    for (let n = 2; !this.#isFree(photo, stem, n === 2); n += 1) stem = numbered(own, n);
    this.#given.add(keyOf(photo.outDir, stem));
    return stem;
  }

  #isFree(photo: NamedPhoto, stem: string, isOwn: boolean): boolean {
    const { jobs, output } = this.#o;
    if (this.#given.has(keyOf(photo.outDir, stem))) return false;
    const overwrites = output.onExists === 'overwrite';
    const isOthers = (job: Job) =>
      !['failed', 'canceled', 'skipped'].includes(job.state) && !(overwrites && job.sourcePath === photo.sourcePath);
    if (jobs.byTarget(photo.outDir, stem).some(isOthers)) return false;
    return !this.#isOnDisk(photo, stem, isOwn);
  }

  /** Whether what lies there under a name keeps the photo from having it. What is not known there is left to the policy. */
  #isOnDisk(photo: NamedPhoto, stem: string, isOwn: boolean): boolean {
    const { jobs, output, there } = this.#o;
    const names = there.get(photo.outDir);
    const found = OUTPUT_EXTENSIONS.map((extension) => `${stem}.${extension}`).filter((name) =>
      names?.has(foldName(name)),
    );
    if (found.length === 0) return false;
    if (!isOwn) return true;
    const isPhoto = (name: string) => !jobs.isOutput(join(photo.outDir, name));
    if (this.#o.isAmongPhotos(photo.outDir) && found.some(isPhoto)) return true;
    if (output.onExists === 'overwrite') return false;
    // A result of ours is of another photo, also where its job was removed; of one that was there before it may be its own.
    return photo.changed || (!photo.existing && !found.every(isPhoto));
  }
}

function keyOf(folder: string, stem: string): string {
  return `${folder}\0${foldName(stem)}`;
}
