// Where enhanced pictures go: one output folder for each folder or file given, mirroring its sub-folders; and which
// folders, for that reason, are not searched for photos.
import { statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { systemCode } from '../domain/failure.ts';
import { foldName, numbered, safeName } from '../domain/naming.ts';
import { IntakeError, quoted } from './intake-error.ts';
import type { Input } from './inputs.ts';
import type { Found, Root } from './scan.ts';

/** The output folder's name where the user chose none; that of practice is another, so that no practice result is taken for a true one. */
export const DEFAULT_FOLDER = 'Enhanced';
export const PRACTICE_FOLDER = 'Enhanced (practice)';
const OWN_FOLDERS = [DEFAULT_FOLDER, PRACTICE_FOLDER] as const;

/** Where results are to go. */
export interface OutputChoice {
  /** The folder that the user chose; null for one beside the photos. */
  readonly out: string | null;
  /** Folders of files given that have one of their own, by path, before all that the user chose. */
  readonly kept?: ReadonlyMap<string, string> | undefined;
  readonly practice: boolean;
}

export interface OutputFolders {
  /**
   * The output folder of a file, links resolved as far as it exists: the history knows results by this path, so it must
   * be one and the same by whatever way the photo was reached.
   */
  folderOf(file: Found, root: Root): Promise<string>;
  /** Whether a file or folder (real path) lies where results go. */
  isExcluded(real: string): boolean;
}

/**
 * Chooses the output folders of what was given.
 * - `out` null: `Enhanced` (or that of practice) in each folder, and beside each single file.
 * - `kept`: where a file given has a folder of its own, there.
 * - `out` given: there; with several folders each has a sub-folder of its own, and single files go directly into it.
 * @throws {IntakeError} `bad_output` when a file is in the way
 */
export async function outputFolders(given: readonly Input[], choice: OutputChoice): Promise<OutputFolders> {
  const { out, practice, kept } = choice;
  const bases = out === null ? ownFolders(given, ownFolderName(practice)) : foldersBelow(resolve(out), given);
  for (const { path } of given) {
    const folder = kept?.get(path);
    if (folder !== undefined) bases.set(path, folder);
  }
  const chosen = new Map<string, string>(); // canonical base, by base
  for (const base of new Set(bases.values())) chosen.set(base, await usableFolder(base));
  const mirrored = new Map<string, Promise<string>>();
  // Beside the photos there may be results of practice and true ones: neither are photos.
  const others = out === null ? OWN_FOLDERS.flatMap((name) => [...ownFolders(given, name).values()]) : [resolve(out)];
  const taken = new FolderSet([...chosen.values(), ...(await Promise.all([...new Set(others)].map(canonical)))]);
  return {
    folderOf(file, root) {
      const base = chosen.get(bases.get(root.path) ?? '') ?? dirname(file.real);
      const folder = file.relativeDir === '' ? base : join(base, ...file.relativeDir.split(sep).map(safeName));
      const known = mirrored.get(folder) ?? canonical(folder);
      mirrored.set(folder, known);
      return known;
    },
    isExcluded: excluder(taken, new Set(given.map((input) => input.real)), out !== null),
  };
}

/** The name of the folder beside the photos. @param practice whether it is the practice service's */
export function ownFolderName(practice: boolean): string {
  return practice ? PRACTICE_FOLDER : DEFAULT_FOLDER;
}

function ownFolders(given: readonly Input[], name: string): Map<string, string> {
  return new Map(given.map(({ path, kind }) => [path, join(kind === 'folder' ? path : dirname(path), name)] as const));
}

function foldersBelow(out: string, given: readonly Input[]): Map<string, string> {
  const bases = new Map<string, string>();
  const folders = [
    ...new Map(given.filter(({ kind }) => kind === 'folder').map((input) => [input.real, input])).keys(),
  ];
  const names = new Map<string, string>(); // sub-folder, by the real path of the folder given
  const used = new Set<string>();
  for (const real of folders) {
    const own = safeName(basename(real) || 'photos'); // a whole drive has no name
    let name = own;
    for (let n = 2; used.has(foldName(name)); n += 1) name = numbered(own, n);
    used.add(foldName(name));
    names.set(real, name);
  }
  for (const { path, real, kind } of given) {
    const name = kind === 'folder' && folders.length > 1 ? names.get(real) : undefined;
    bases.set(path, name === undefined ? out : join(out, name));
  }
  return bases;
}

/**
 * Answers by the nearest folder on the way up that is an output folder or was itself given. So `--out ~/Pictures` does
 * not leave out `~/Pictures/2024`, which was given, but a folder of results in the middle of a tree is left out.
 * @param givenWins for a folder that is both: an output folder that the user chose among the folders to search is searched
 */
function excluder(outputs: FolderSet, given: ReadonlySet<string>, givenWins: boolean): (real: string) => boolean {
  const verdicts = new Map<string, boolean>(); // by folder: files ask for theirs
  const isInside = (folder: string): boolean => {
    const known = verdicts.get(folder);
    if (known !== undefined) return known;
    const parent = dirname(folder);
    const verdict = ownVerdict(folder) ?? (parent === folder ? false : isInside(parent));
    verdicts.set(folder, verdict);
    return verdict;
  };
  const ownVerdict = (path: string): boolean | null => {
    if (given.has(path)) return !givenWins && outputs.has(path);
    return outputs.has(path) ? true : null;
  };
  return (real) => ownVerdict(real) ?? isInside(dirname(real));
}

/** Folders by real path, also in another spelling where the file system does not tell upper from lower case. */
export class FolderSet {
  readonly #exact: ReadonlySet<string>;
  /** By folded path; more than one where the file system does tell them apart. */
  readonly #folded: ReadonlyMap<string, readonly string[]>;

  constructor(folders: readonly string[]) {
    this.#exact = new Set(folders);
    this.#folded = Map.groupBy(this.#exact, foldName);
  }

  has(real: string): boolean {
    if (this.#exact.has(real)) return true;
    const alike = this.#folded.get(foldName(real));
    if (alike === undefined) return false;
    // Rare, and one folder each: only here is the disk asked, while its caller waits.
    const identity = identityOf(real);
    return identity !== null && alike.some((folder) => identityOf(folder) === identity);
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

/** @throws {IntakeError} `bad_output` when there is a file at the path or on the way to it */
async function usableFolder(path: string): Promise<string> {
  const stats = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    const message = `${quoted(path)} cannot be the output folder (${systemCode(error) ?? 'unknown error'}).`;
    throw new IntakeError('bad_output', `${message} Choose another one.`, { path, cause: error });
  });
  if (stats !== null && !stats.isDirectory()) {
    throw new IntakeError(
      'bad_output',
      `${quoted(path)} is a file, so it cannot be the output folder. Choose another one.`,
      {
        path,
      },
    );
  }
  return canonical(path);
}

/**
 * The output folder of a photo that is in another folder now: beside it, as it was beside the photo before.
 * @param outDir where its result was to go
 * @param moved the photo's folder, before and now
 * @returns null when results did not go beside the photo, or what is mirrored of sub-folders is not the same any more
 */
export async function folderBeside(
  outDir: string,
  moved: { readonly from: string; readonly to: string },
): Promise<string | null> {
  const [from, to] = await Promise.all([canonical(moved.from), canonical(moved.to)]);
  const steps = relative(from, outDir).split(sep);
  const up = steps.findLastIndex((step) => step === '..') + 1;
  const [own = '', ...mirrored] = steps.slice(up);
  const tailOf = (folder: string) => folder.split(sep).slice(folder.split(sep).length - up);
  const isOwn = OWN_FOLDERS.some((name) => name === own);
  if (!isOwn || mirrored.join(sep) !== tailOf(from).map(safeName).join(sep)) return null;
  if (tailOf(from).join(sep) !== tailOf(to).join(sep)) return null;
  return canonical(join(to, ...Array<string>(up).fill('..'), own, ...mirrored));
}

/** A path with its links resolved as far as it exists. */
export async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there yet, or not to be asked: then its parent decides where it will be.
    const parent = dirname(path);
    return parent === path ? path : join(await canonical(parent), basename(path));
  }
}
