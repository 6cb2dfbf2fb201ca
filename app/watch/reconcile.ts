// Looks through a watched folder and compares it with what was recorded of it: the truth, where an event is only a hint.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { join, relative, sep } from 'node:path';
import type { History } from '../history/history.ts';
import type { FileRecord, StoredWatch, WatchedFile } from '../history/watches.ts';
import { mapLimited } from '../intake/map-limited.ts';
import { scan, type Found, type ScanResult } from '../intake/scan.ts';
import { hashEdges } from './hash.ts';
import { asRecorded, markOf, mayBeKnown } from './look.ts';
import { isSameMark, type PendingFiles } from './pending.ts';
import type { Reach } from './reach.ts';
import { enhancedAlready, isOwnPath } from './same.ts';
import { isGone, unreadIn, type UnreadPlace } from './unread.ts';

export interface ReconcileDeps {
  readonly history: History;
  readonly watchId: number;
  readonly reach: Reach;
  readonly pending: PendingFiles;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Whether it was not looked through since the start, or since it was away. */
  readonly isFirst: boolean;
  /** Whether another folder may lie in the place of the one that was looked through before that. */
  readonly mayBeAnother: boolean;
  /** Empty files are no photos yet; they may become some. */
  readonly onEmpty: (path: string) => void;
}

const PAGE = 2_000;
/** Files asked about in the history before anything else gets its turn. */
const LOOKUPS = 200;
const AT_ONCE = 16;

/** What a look through a folder found, beside what it noted. */
export interface LookedThrough {
  /** Files and folders that are not looked at file by file. */
  readonly raw: readonly string[];
  readonly unread: readonly UnreadPlace[];
  readonly another: boolean;
  /** Those with photos in them, below the folder. */
  readonly folders: ReadonlySet<string>;
}

interface Seen extends Found {
  /** Below the folder, as it is written there. */
  readonly below: string;
  readonly key: string;
  readonly row: WatchedFile | null;
}

/**
 * Looks through the folder once: what is new or changed is waited for, what was there before watching began is recorded,
 * and what waited to be sent and is gone waits no more.
 * @returns the RAW files in it, which are left out, and what in it cannot be read, as paths below the folder; and whether
 * its photos were taken for those of another folder in its place
 * @throws {IntakeError} when the folder cannot be read; the signal's reason when it aborts
 */
export async function lookThrough(deps: ReconcileDeps): Promise<LookedThrough> {
  const { history, watchId, reach, pending, signal } = deps;
  const result = await scan([reach.path], { recursive: reach.recursive, isExcluded: reach.isExcluded, signal });
  const rows = await rowsOf(deps);
  const watch = history.watches.get(watchId);
  if (watch === null) return { raw: [], unread: [], another: false, folders: new Set() };
  const seen = await keyed(result.files, rows, deps);
  const isAnother = deps.isFirst && deps.mayBeAnother && isHardlyKnown(seen, rows.size);
  const isThere = whatIsThere({ ...watch, baselined: watch.baselined && !isAnother }, reach);
  const before = seen.filter((file) => isThere(file));
  if (before.length > 0 || !watch.baselined || watch.narrowed.length > 0) {
    await recordBefore(before, { watch, result }, deps);
  }
  const recorded = new Set(before);
  for (const file of seen) {
    const { row, below } = file;
    if (recorded.has(file)) continue;
    if (row === null || !isSameMark(row, file)) pending.note(below, file);
    else if (isUndecided(row, deps.isFirst)) pending.note(below, file, row.seenAt);
    else continue;
    pending.setKnown(below, mayBeKnown(row, file));
  }
  if (watch.baselined) for (const { path } of emptyOf(result)) deps.onEmpty(path);
  await dropVanished(rows, { seen, result }, deps);
  const folders = new Set(seen.map(({ relativeDir }) => relativeDir));
  const unread = await unreadIn(result.leftOut, reach);
  return { raw: rawIn(result, reach), unread, another: isAnother && before.length > 0, folders };
}

/** Whether what was recorded of a file that is as it was is not the last word: it was asked for, or could not be read. */
function isUndecided({ state, released, detail }: WatchedFile, isFirst: boolean): boolean {
  if (state === 'there') return released;
  return isFirst && state === 'refused' && detail?.kind === 'left-out' && detail.crashed === true;
}

function rawIn({ leftOut }: ScanResult, reach: Reach): readonly string[] {
  const named = leftOut.filter(({ reason }) => reason === 'raw');
  return named.map(({ path }) => relative(reach.path, path)).filter((path) => reach.wantsRaw(path));
}

async function rowsOf({ history, watchId, signal }: ReconcileDeps): Promise<Map<string, WatchedFile>> {
  const rows = new Map<string, WatchedFile>();
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = history.watches.files(watchId, { after, limit: PAGE });
    for (const row of page) rows.set(row.key, row);
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
    await nextTurn();
    signal.throwIfAborted();
  }
  return rows;
}

/** The files that may be photos, each with what is recorded of it. */
async function keyed(
  files: readonly Found[],
  rows: ReadonlyMap<string, WatchedFile>,
  { reach }: ReconcileDeps,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [index, file] of files.entries()) {
    if (index % PAGE === 0) await nextTurn();
    const below = join(file.relativeDir, file.name);
    // By a link comes only what is left out where it lies; a look at the link itself finds no file.
    if (!reach.wants(below) || file.real !== join(reach.root, below)) continue;
    const key = await reach.keyOf(below, (one) => rows.get(one)?.path ?? null);
    seen.push({ ...file, below, key, row: rows.get(key) ?? null });
  }
  return seen;
}

/**
 * Which files count as having been there before: all that are not known as they are until the first look is recorded,
 * and those that only a change of settings brought into sight.
 */
function whatIsThere(watch: StoredWatch, reach: Reach): (file: Seen) => boolean {
  return (file) => {
    if (!watch.baselined) return file.row === null || !isSameMark(file.row, file);
    return file.row === null && !reach.wantedBefore(file.below);
  };
}

/** Whether next to nothing of a folder is as it was recorded: then what is in it is not new, it is another folder's. */
function isHardlyKnown(seen: readonly Seen[], recorded: number): boolean {
  const known = seen.filter((file) => file.row !== null && isSameMark(file.row, file)).length;
  return seen.length > 0 && known <= Math.min(seen.length, recorded) / 10;
}

/** All of it in one transaction with that it is done: cut short, it begins anew and never takes old photos for new. */
async function recordBefore(
  before: readonly Seen[],
  { watch, result }: { readonly watch: StoredWatch; readonly result: ScanResult },
  deps: ReconcileDeps,
): Promise<void> {
  const { history, watchId, reach, signal, now } = deps;
  const records: FileRecord[] = [];
  for (const [index, file] of before.entries()) {
    if (index % LOOKUPS === 0) await nextTurn();
    records.push(recordOf(file, watch, deps));
  }
  records.push(...(await emptyRecords(result, deps)));
  signal.throwIfAborted();
  history.atomically(() => {
    for (const one of records) history.watches.put(watchId, one, now());
    history.watches.setBaselined(watchId, now());
  });
  reach.forgetBefore();
}

function recordOf(file: Seen, watch: StoredWatch, { history, reach }: ReconcileDeps): FileRecord {
  const { key, below: path, bytes, mtimeMs } = file;
  const place = { key, path, bytes, mtimeMs };
  if (isOwnPath(history, reach, path)) return { ...place, state: 'own' };
  const photo = { sourcePath: reach.fileOf(path), sourceBytes: bytes, sourceMtimeMs: mtimeMs };
  const { parameters } = watch.settings;
  const jobId = enhancedAlready(history, { service: watch.service, parameters }, photo);
  return jobId === null ? { ...place, state: 'there' } : { ...place, state: 'same', jobId, parameters };
}

/** Empty files were there before, too; when they are filled they are new. */
async function emptyRecords(result: ScanResult, { history, watchId, reach }: ReconcileDeps): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for (const { path } of emptyOf(result)) {
    const below = relative(reach.path, path);
    const mark = await markOf(path);
    if (mark === null || mark === 'folder' || !reach.wants(below)) continue;
    const known = (key: string) => history.watches.file(watchId, key)?.path ?? null;
    const key = await reach.keyOf(below, known);
    if (known(key) === null) records.push({ key, path: below, ...mark, state: 'refused' });
  }
  return records;
}

function emptyOf({ leftOut }: ScanResult) {
  return leftOut.filter(({ reason }) => reason === 'empty');
}

/**
 * Forgets what waited to be sent, or was no photo, and is gone. What lies where it could not be looked is not known to be gone; one place
 * that cannot be read, or a name that is no text, says nothing about the others.
 */
async function dropVanished(
  rows: ReadonlyMap<string, WatchedFile>,
  { seen, result }: { readonly seen: readonly Seen[]; readonly result: ScanResult },
  { history, reach, signal }: ReconcileDeps,
): Promise<void> {
  const keys = new Set(seen.map(({ key }) => key));
  const unread = result.leftOut.filter(({ reason }) => reason === 'unreadable');
  const places = unread.map(({ path }) => relative(reach.path, path));
  const isUnread = (path: string) => places.some((place) => path === place || path.startsWith(place + sep));
  for (const { id, key, path, state, released, detail } of rows.values()) {
    const isAwaited = state === 'held' || (state === 'there' && released);
    // An empty file that was there before is kept: filled, it is new all the same.
    const isShown = isAwaited || (state === 'refused' && detail !== null);
    if (!isShown || keys.has(key)) continue;
    // Not seen may also mean that the settings leave it out by now, or that it is one file with another.
    if (reach.wants(path) && (isUnread(path) || !(await isGone(path, reach)))) continue;
    signal.throwIfAborted();
    if (history.watches.byId(id)?.state === state) history.watches.drop(id);
  }
}

/**
 * Reads the beginnings and ends of photos that were there before, so that they are known under any other name and time.
 * Takes its time; what is not read yet is read after the next start.
 */
export async function readEdges(deps: Pick<ReconcileDeps, 'history' | 'watchId' | 'reach' | 'signal'>): Promise<void> {
  const { history, watchId, reach, signal } = deps;
  for (let after = 0; ;) {
    const page = history.watches.unedged(watchId, { after, limit: 256 });
    if (page.length === 0) return;
    after = page.at(-1)?.id ?? after;
    const edges = await mapLimited(page, AT_ONCE, async (row) => {
      signal.throwIfAborted();
      const file = reach.fileOf(row.path);
      return asRecorded(row, file, () => hashEdges(file));
    });
    signal.throwIfAborted();
    history.atomically(() => {
      for (const [index, { id }] of page.entries()) {
        const found = edges[index];
        if (found) history.watches.setEdges(id, found);
      }
    });
  }
}
