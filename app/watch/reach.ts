// Which files of a watched folder are looked at, and where their results go: one answer for its watcher and its scans.
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { foldName } from '../domain/naming.ts';
import type { WatchFolder, WatchSettings } from '../domain/watch.ts';
import type { Narrowing, StoredWatch } from '../history/watches.ts';
import { fileByName, folderByName, isRaw } from '../intake/file-kinds.ts';
import { readInputs } from '../intake/inputs.ts';
import {
  canonical,
  DEFAULT_FOLDER,
  outputFolders,
  PRACTICE_FOLDER,
  type OutputFolders,
} from '../intake/output-folders.ts';
import type { Found } from '../intake/scan.ts';
import { nameFilter } from './patterns.ts';

/** Where the results of a folder go, as chosen. */
export function outputOf({ path, out, service }: Pick<WatchFolder, 'path' | 'out' | 'service'>): string {
  return out ?? join(path, service === PRACTICE_SERVICE ? PRACTICE_FOLDER : DEFAULT_FOLDER);
}

/** Whether a path is a folder or lies in it; both real. */
export function isInside(path: string, folder: string, platform: string): boolean {
  const fold = isFolding(platform) ? foldName : (text: string) => text;
  const [inner, outer] = [fold(path), fold(folder)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** Whether file names are the same in upper and lower case, and however their accents are written. */
function isFolding(platform: string): boolean {
  return platform === 'win32' || platform === 'darwin';
}

/** What a setting lets in of a folder's files, by their place and name alone. */
export function admits(settings: Pick<WatchSettings, 'recursive' | 'include' | 'exclude'>): (path: string) => boolean {
  const passes = nameFilter(settings);
  return (path) => (settings.recursive || !path.includes(sep)) && passes(basename(path));
}

interface ReachParts {
  readonly root: string;
  readonly outputs: OutputFolders;
  readonly platform: string;
  readonly wantedBefore: readonly ((path: string) => boolean)[];
}

export class Reach {
  /** The folder itself, links resolved. */
  readonly root: string;
  /** As chosen: what the history knows its photos by. */
  readonly path: string;
  readonly recursive: boolean;
  readonly #outputs: OutputFolders;
  readonly #platform: string;
  readonly #admits: (path: string) => boolean;
  #wantedBefore: readonly ((path: string) => boolean)[];

  private constructor(watch: StoredWatch, found: ReachParts) {
    this.root = found.root;
    this.path = watch.path;
    this.recursive = watch.settings.recursive;
    this.#outputs = found.outputs;
    this.#platform = found.platform;
    this.#admits = admits(watch.settings);
    this.#wantedBefore = found.wantedBefore;
  }

  /**
   * @throws {IntakeError} `missing` or `unreadable` when the folder cannot be had, `bad_output` when a file is in the way
   * of its output folder
   */
  static async of(watch: StoredWatch, platform: string): Promise<Reach> {
    const inputs = await readInputs([watch.path]);
    const root = inputs[0]?.real ?? watch.path;
    const practice = watch.service === PRACTICE_SERVICE;
    const outputs = await outputFolders(inputs, { out: watch.out, practice });
    const wantedBefore = await Promise.all(watch.narrowed.map((narrowing) => wantedBy(narrowing, root, platform)));
    return new Reach(watch, { root, outputs, platform, wantedBefore });
  }

  /** Whether a file or folder (real path) is left out with all that is in it. */
  readonly isExcluded = (real: string): boolean =>
    !isInside(real, this.root, this.#platform) || this.#outputs.isExcluded(real) || this.#isOfResults(real);

  /** Whether it is a folder named as those of results are, or in one: a job may come with them, made on another machine. */
  #isOfResults(real: string): boolean {
    const names = relative(this.root, real).split(sep);
    return names.some((name) => this.#isResultsName(name));
  }

  #isResultsName(name: string): boolean {
    if (!isFolding(this.#platform)) return name === DEFAULT_FOLDER || name === PRACTICE_FOLDER;
    const folded = foldName(name);
    return folded === foldName(DEFAULT_FOLDER) || folded === foldName(PRACTICE_FOLDER);
  }

  /** The path below the folder of what the watcher told; null for the folder itself and what is not in it. */
  below(real: string): string | null {
    const path = relative(this.root, real);
    return path === '' || path === '..' || path.startsWith(`..${sep}`) || path === real ? null : path;
  }

  /** Whether a file below the folder may be a photo of it, by its place and name. */
  wants(path: string): boolean {
    return fileByName(basename(path)) === null && this.#looksAt(path);
  }

  /** Whether a file below the folder would be a photo of it if it were not RAW. */
  wantsRaw(path: string): boolean {
    return isRaw(basename(path)) && this.#looksAt(path);
  }

  #looksAt(path: string): boolean {
    const folders = path.split(sep).slice(0, -1);
    return (
      this.#admits(path) &&
      folders.every((name) => folderByName(name) === null) &&
      !this.isExcluded(join(this.root, path))
    );
  }

  /** Whether it counted as a photo of the folder before its settings were changed. */
  wantedBefore(path: string): boolean {
    return this.#wantedBefore.every((wanted) => wanted(path));
  }

  /** What a change of settings brought into sight is recorded: all else is new from here on. */
  forgetBefore(): void {
    this.#wantedBefore = [];
  }

  /** The file, by the path under which the history knows it. */
  fileOf(path: string): string {
    return join(this.path, path);
  }

  /** Whether a folder of results is one in which photos are looked for, too. */
  readonly isAmongPhotos = (outDir: string): boolean => !this.isExcluded(outDir);

  /** Where the result of a file below the folder goes; links resolved as far as it exists. */
  outDirOf(path: string): Promise<string> {
    const folder = dirname(path);
    const place = { relativeDir: folder === '.' ? '' : folder, real: join(this.root, path) };
    return this.#outputs.folderOf(place as Found, { path: this.path, kind: 'folder' });
  }

  /**
   * What tells a file below the folder from its others: one key for all ways to write one name. Where a volume does tell
   * upper from lower case after all, the one that is not known yet is given another.
   * @param known the path that was recorded under the key; null when there is none
   */
  async keyOf(path: string, knownAs: (key: string) => string | null): Promise<string> {
    if (!isFolding(this.#platform)) return path;
    const key = foldName(path);
    const other = knownAs(key);
    return other === null || other === path || !(await this.#areTwo(path, other)) ? key : `${key}\n${path}`;
  }

  async #areTwo(a: string, b: string): Promise<boolean> {
    const one = await inodeOf(this.fileOf(a));
    const other = await inodeOf(this.fileOf(b));
    return one !== null && other !== null && one !== other;
  }
}

async function wantedBy(narrowing: Narrowing, root: string, platform: string): Promise<(path: string) => boolean> {
  if (narrowing.kind === 'settings') return admits(narrowing.settings);
  const folder = await canonical(narrowing.folder);
  return (path) => !isInside(join(root, path), folder, platform);
}

async function inodeOf(path: string): Promise<string | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  return stats && `${stats.dev}:${stats.ino}`;
}
