// From what the user gave to the files that may be photos, and to what was left out and why. Decides by name, size and
// place only; whether a file is a photo is decided by its content, elsewhere. The result is the same on every run.
import { sep } from 'node:path';
import { junkByName } from './file-kinds.ts';
import type { LeftOut } from './intake-error.ts';
import { readInputs, type Input } from './inputs.ts';
import { compareNatural, Walk } from './walk.ts';

export interface Root {
  /** Absolute, as given. */
  readonly path: string;
  readonly kind: 'folder' | 'file';
}

export interface Found {
  /** Absolute, below its root as that was given. */
  readonly path: string;
  /** The file itself, every link resolved. */
  readonly real: string;
  /** Index into the roots. */
  readonly root: number;
  /** Its folder below the root: '' or 'a/b', with the system's separators. */
  readonly relativeDir: string;
  readonly name: string;
  /** Size, above 0. */
  readonly bytes: number;
  /** Time of its last change, whole milliseconds since the epoch: `Math.trunc` of Node's `stats.mtimeMs`. */
  readonly mtimeMs: number;
}

export interface ScanOptions {
  /** Whether sub-folders are searched. */
  readonly recursive: boolean;
  /** Folders and files to leave out; asked with the real path, links resolved. */
  readonly isExcluded: (real: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files found so far. */
  readonly onProgress?: ((found: number) => void) | undefined;
}

export interface ScanResult {
  /** The inputs, without those that are part of another one. */
  readonly roots: Root[];
  /** Folder by folder in the order given, then the single files; in natural order (IMG_2 before IMG_10). */
  readonly files: Found[];
  /** In natural order of their paths. */
  readonly leftOut: LeftOut[];
}

/**
 * Searches folders and takes files. Each file is taken once, however many links and inputs lead to it; a link is
 * followed only after all that is reached without one.
 * @throws {IntakeError} `missing` or `unreadable` when an input itself cannot be had
 * @throws the signal's reason when it aborts
 */
export async function scan(inputs: readonly string[], options: ScanOptions): Promise<ScanResult> {
  const given = await readInputs(inputs, options.signal);
  const roots: Root[] = [];
  const walk = new Walk(options, given);
  for (const input of given) {
    options.signal?.throwIfAborted();
    if (!takesRoot(input, walk, options)) continue;
    const index = roots.push({ path: input.path, kind: input.kind }) - 1;
    if (input.kind === 'folder') await walk.takeFolder(input, index);
    else walk.takeFile(input, index);
  }
  await walk.followLinks();
  options.onProgress?.(walk.found.length);
  const leftOut = walk.leftOut.toSorted((a, b) => compareNatural(a.path, b.path));
  return { roots, files: inNaturalOrder(walk.found, roots), leftOut };
}

/** Whether an input is searched at all. What is given by itself may be hidden, but not junk. */
function takesRoot(input: Input, walk: Walk, options: ScanOptions): boolean {
  const junk = input.kind === 'file' ? junkByName(input.name) : null;
  if (junk !== null) {
    walk.leaveOut(input.path, junk);
    return false;
  }
  if (!options.isExcluded(input.real)) return input.kind === 'file' || walk.isNew(input.path, input.real);
  walk.leaveOut(input.path, { reason: 'excluded', message: 'This is where the enhanced pictures go.' });
  return false;
}

/** Sorted by folder: within a folder the walk has sorted already, except for what was reached by links. */
function inNaturalOrder(found: readonly Found[], roots: readonly Root[]): Found[] {
  // Single files come last, as if they were one more root: a hundred dropped files have a natural order, too.
  const rankOf = (file: Found) => (roots[file.root]?.kind === 'file' ? roots.length : file.root);
  const groups = Map.groupBy(found, (file) => `${rankOf(file)}:${file.relativeDir}`);
  return [...groups.values()]
    .map((files) => {
      const [first] = files;
      const components = first?.relativeDir === '' ? [] : (first?.relativeDir.split(sep) ?? []);
      return { rank: first === undefined ? 0 : rankOf(first), components, files };
    })
    .sort((a, b) => a.rank - b.rank || compareComponents(a.components, b.components))
    .flatMap(({ files }) => sortedByName(files));
}

function sortedByName(files: readonly Found[]): Found[] {
  return files.toSorted((a, b) => compareNatural(a.name, b.name) || compareNatural(a.path, b.path));
}

function compareComponents(a: readonly string[], b: readonly string[]): number {
  for (const [index, component] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareNatural(component, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
