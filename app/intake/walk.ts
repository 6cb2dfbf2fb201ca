// The walk through folders: every real folder once, links after everything that is reached without one, so that what is
// taken does not depend on which answer of the disk came first.
import type { BigIntStats, Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { systemCode } from '../domain/failure.ts';
import { fileByName, folderByName, type Verdict } from './file-kinds.ts';
import { realOf, statOf, unreadableInput, type Input } from './inputs.ts';
import { quoted, type LeftOut } from './intake-error.ts';
import { mapLimited } from './map-limited.ts';
import type { Found, ScanOptions } from './scan.ts';

const FOLDERS_AT_ONCE = 8;
const FILES_AT_ONCE = 64;
const CHUNK = 1024; // files asked about before any of them is taken

// A fixed locale: the order of a batch must not depend on whose machine it is.
const NATURAL = new Intl.Collator('en', { numeric: true });

/** Natural order, total: names that the collator takes for equal are told apart by their code units. */
export function compareNatural(a: string, b: string): number {
  return NATURAL.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

interface Folder {
  readonly path: string;
  readonly real: string;
  readonly root: number;
  readonly relativeDir: string;
}

/** A file or link in a folder that may be a photo. */
interface Candidate {
  readonly folder: Folder;
  readonly name: string;
}

/** Where a candidate leads, or why it leads nowhere. */
type Target = { readonly stats: BigIntStats; readonly real: string } | Verdict;

interface Followed extends Candidate {
  readonly path: string;
  readonly target: Target;
}

export class Walk {
  readonly found: Found[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #options: ScanOptions;
  /** Real paths of the folders given: none of them is "a sub-folder that was not searched". */
  readonly #given: ReadonlySet<string>;
  /** Folders searched, by real path, with the path by which they were reached. */
  readonly #searched = new Map<string, string>();
  /** Files taken, by identity, with the path by which they were reached. */
  readonly #taken = new Map<string, string>();
  #links: Candidate[] = [];

  constructor(options: ScanOptions, given: readonly Input[]) {
    this.#options = options;
    this.#given = new Set(given.map((input) => input.real));
  }

  leaveOut(path: string, verdict: Verdict): void {
    this.leftOut.push({ path, reason: verdict.reason, message: verdict.message });
  }

  /** Whether a folder was not searched yet; if it was, it is noted as left out. */
  isNew(path: string, real: string): boolean {
    const earlier = this.#searched.get(real);
    if (earlier === undefined) return true;
    this.leaveOut(path, { reason: 'duplicate', message: `The same folder is already taken as ${quoted(earlier)}.` });
    return false;
  }

  /** @throws {IntakeError} `unreadable` when the folder itself cannot be read */
  async takeFolder(input: Input, root: number): Promise<void> {
    await this.#search({ path: input.path, real: input.real, root, relativeDir: '' });
  }

  takeFile(input: Input, root: number): void {
    const verdict = fileByName(input.name.replace(/^\.+/, '')); // a hidden file that is given by itself is meant
    if (verdict === null) this.#take({ ...input, root, relativeDir: '' }, input.stats);
    else this.leaveOut(input.path, verdict);
  }

  /** Follows the links met so far and those behind them, each once. */
  async followLinks(): Promise<void> {
    while (this.#links.length > 0) {
      const links = this.#links;
      this.#links = [];
      for await (const link of this.#targets(links, GONE_LINK, (_, path) => realOf(path))) await this.#follow(link);
    }
  }

  async #follow({ folder, name, path, target }: Followed): Promise<void> {
    if ('reason' in target) {
      this.leaveOut(path, target);
      return;
    }
    const { real, stats } = target;
    const { root, relativeDir } = folder;
    if (!stats.isDirectory()) {
      const verdict = fileByName(name);
      if (verdict === null) this.#take({ path, real, name, root, relativeDir }, stats);
      else this.leaveOut(path, verdict);
    } else if (folder.real === real || folder.real.startsWith(real.endsWith(sep) ? real : real + sep)) {
      this.leaveOut(path, LOOP);
    } else {
      const found = { path, real, root, relativeDir: join(relativeDir, name) };
      if (this.#isSearched(found, name)) await this.#search(found);
    }
  }

  /** Searches a folder and all real folders in it, level by level. */
  async #search(start: Folder): Promise<void> {
    this.#searched.set(start.real, start.path);
    for (let level = [start]; level.length > 0;) {
      const entries = await mapLimited(level, FOLDERS_AT_ONCE, async (folder) => this.#read(folder));
      const files: Candidate[] = [];
      const folders: Folder[] = [];
      for (const [index, folder] of level.entries()) {
        for (const entry of entries[index] ?? []) this.#sortOut(folder, entry, files, folders);
      }
      const realFor = ({ folder, name }: Candidate, path: string) =>
        folder.real === folder.path ? path : join(folder.real, name);
      for await (const { folder, name, path, target } of this.#targets(files, GONE_FILE, realFor)) {
        if ('reason' in target) this.leaveOut(path, target);
        else this.#take({ ...folder, path, name, real: target.real }, target.stats);
      }
      level = folders;
    }
  }

  /** The entries of a folder in natural order; none, and a note, when a sub-folder cannot be read. */
  async #read(folder: Folder): Promise<Dirent[]> {
    this.#options.signal?.throwIfAborted();
    try {
      const entries = await readdir(folder.path, { withFileTypes: true });
      return entries.sort((a, b) => compareNatural(a.name, b.name));
    } catch (error) {
      if (folder.relativeDir === '') throw unreadableInput(folder.path, error);
      this.leftOut.push({ path: folder.path, ...unreadable(folder.path, error, GONE_FILE), folder: true });
      return [];
    }
  }

  #sortOut(folder: Folder, entry: Dirent, files: Candidate[], folders: Folder[]): void {
    const { name } = entry;
    const path = join(folder.path, name);
    if (entry.isDirectory()) {
      const real = join(folder.real, name);
      const found = { path, real, root: folder.root, relativeDir: join(folder.relativeDir, name) };
      if (!this.#isSearched(found, name)) return;
      this.#searched.set(real, path);
      folders.push(found);
    } else if (entry.isSymbolicLink()) {
      this.#links.push({ folder, name });
    } else if (entry.isFile()) {
      const verdict = fileByName(name);
      if (verdict === null) files.push({ folder, name });
      else this.leaveOut(path, verdict);
    } else {
      this.leaveOut(path, NOT_A_FILE);
    }
  }

  /** Whether a folder met on the way is searched; if not, it is noted as left out. */
  #isSearched(folder: Folder, name: string): boolean {
    const { path, real } = folder;
    const verdict = folderByName(name) ?? (this.#options.isExcluded(real) ? EXCLUDED : null);
    if (verdict !== null) {
      this.leaveOut(path, verdict);
      return false;
    }
    if (this.#options.recursive) return this.isNew(path, real);
    if (!this.#given.has(real)) this.leaveOut(path, NOT_SEARCHED);
    return false;
  }

  /** Where candidates lead: many asked at once, answered in their order, a chunk at a time to bound the memory. */
  async *#targets(
    candidates: readonly Candidate[],
    gone: Verdict,
    realFor: (candidate: Candidate, path: string) => string | Promise<string>,
  ): AsyncGenerator<Followed> {
    for (let at = 0; at < candidates.length; at += CHUNK) {
      this.#options.signal?.throwIfAborted();
      yield* await mapLimited(candidates.slice(at, at + CHUNK), FILES_AT_ONCE, async (candidate) => {
        const { folder, name } = candidate;
        const path = join(folder.path, name);
        try {
          return { folder, name, path, target: { stats: await statOf(path), real: await realFor(candidate, path) } };
        } catch (error) {
          return { folder, name, path, target: unreadable(path, error, gone) };
        }
      });
      this.#options.onProgress?.(this.found.length);
    }
  }

  #take(file: Omit<Found, 'bytes' | 'mtimeMs'>, stats: BigIntStats): void {
    const { path, real, name, root, relativeDir } = file;
    const { dev, ino, size, mtimeNs } = stats;
    // Size and time beside the inode: some network drives number their files badly. Without inodes the path has to do.
    const identity = ino === 0n ? real : `${dev}:${ino}:${size}:${mtimeNs}`;
    const refusal = this.#refusal(real, stats) ?? this.#sameAs(identity);
    if (refusal !== null) {
      this.leaveOut(path, refusal);
      return;
    }
    this.#taken.set(identity, path);
    this.found.push({ path, real, root, relativeDir, name, bytes: Number(size), mtimeMs: wholeMilliseconds(mtimeNs) });
  }

  #refusal(real: string, stats: BigIntStats): Verdict | null {
    if (!stats.isFile()) return NOT_A_FILE;
    if (this.#options.isExcluded(real)) return EXCLUDED;
    return stats.size === 0n ? EMPTY : null;
  }

  #sameAs(identity: string): Verdict | null {
    const earlier = this.#taken.get(identity);
    if (earlier === undefined) return null;
    return { reason: 'duplicate', message: `The same file is already taken as ${quoted(earlier)}.` };
  }
}

/** As Node computes `stats.mtimeMs`, so that a later stat compares equal; then cut to whole milliseconds. */
export function wholeMilliseconds(nanoseconds: bigint): number {
  const second = 1_000_000_000n;
  return Math.trunc(Number(nanoseconds / second) * 1000 + Number(nanoseconds % second) / 1_000_000);
}

/** Why something met on the way could not be looked at. */
function unreadable(path: string, error: unknown, gone: Verdict): Verdict {
  const code = systemCode(error) ?? 'unknown error';
  if (code === 'ELOOP') return { reason: 'loop', message: 'A link that leads in a circle.' };
  if (code !== 'ENOENT') {
    return { reason: 'unreadable', message: `It cannot be read (${code}). Check its permissions and its drive.` };
  }
  // Node hands out names that are not valid UTF-8 with replacement characters, and no file has that name.
  if (path.includes('\u{FFFD}')) {
    return { reason: 'unreadable', message: 'Its name holds bytes that are not valid text. Rename it.' };
  }
  return gone;
}

const NOT_A_FILE: Verdict = { reason: 'not_a_photo', message: 'This is a device or a connection, not a file.' };
const GONE_LINK: Verdict = { reason: 'broken_link', message: 'It leads to something that is no longer there.' };
const GONE_FILE: Verdict = { reason: 'unreadable', message: 'It disappeared while its folder was searched.' };
const EMPTY: Verdict = { reason: 'empty', message: 'The file is empty. Copy it again from its source.' };
const EXCLUDED: Verdict = { reason: 'excluded', message: 'This is where the enhanced pictures go.' };
const LOOP: Verdict = { reason: 'loop', message: 'A link to a folder that it is itself in.' };
const NOT_SEARCHED: Verdict = {
  reason: 'folder',
  message: 'Sub-folders are not searched. Include sub-folders (--recursive) to take its photos.',
};
