// One look at a file that was still for a while: what it is, as far as that can be told without the history's word.
import { lstat } from 'node:fs/promises';
import { systemCode } from '../domain/failure.ts';
import type { Media, PictureInfo } from '../domain/picture.ts';
import type { History } from '../history/history.ts';
import { asideKey, type WatchedFile } from '../history/watch-rows.ts';
import type { LeftOut } from '../intake/intake-error.ts';
import { lookWhole, type Wholeness } from '../intake/whole.ts';
import { hashEdges, hashFile } from './hash.ts';
import { isSameMark, type Mark, type Still } from './pending.ts';
import type { Reach } from './reach.ts';
import { isOwnPath } from './same.ts';

/** A photo that was there before, and is not under its name any more. */
export interface Renamed extends Pick<WatchedFile, 'id' | 'key'> {
  /** Whether there is nothing under its name; if not, there is another photo by now. */
  readonly gone: boolean;
}

/** A photo that was sent, or known, and is not under that name any more. */
export type Moved = Pick<WatchedFile, 'id' | 'key'>;

/** A whole photo. */
export interface WholePhoto {
  readonly kind: 'photo';
  /** Below the folder. */
  readonly path: string;
  readonly key: string;
  readonly mark: Mark;
  readonly info: PictureInfo;
  readonly sha256: string;
  /** Of its beginning and end, where there are photos that were there before; null where there are none. */
  readonly edges: string | null;
  /** The photo that was there before and had another name; null for a photo that is none such. */
  readonly renamed: Renamed | null;
  /** The photo as it was sent, or known, under another name: any of these. None for a new one, one that is where it was, and a copy. */
  readonly moved: readonly Moved[];
}

export type Look =
  | WholePhoto
  /** A result of ours, by its place or by its mark. */
  | { readonly kind: 'own'; readonly path: string; readonly key: string; readonly mark: Mark }
  | {
      readonly kind: 'refused';
      readonly path: string;
      readonly key: string;
      readonly mark: Mark;
      readonly leftOut: LeftOut;
      /** Whether it is only because the picture process ended over it. */
      readonly crashed: boolean;
    }
  /** Not whole: it is waited for. */
  | {
      readonly kind: 'wait';
      readonly path: string;
      readonly mark: Mark;
      readonly reason: string;
      /** What it is if that goes on; not given where it is waited for without end. */
      readonly refused?: Refused;
    }
  /** It changed meanwhile, so it is to be still anew. */
  | { readonly kind: 'changed'; readonly path: string; readonly mark: Mark }
  | { readonly kind: 'gone'; readonly path: string };

type Refused = Extract<Look, { kind: 'refused' }>;

export interface LookDeps {
  readonly history: History;
  readonly media: Pick<Media, 'inspect'>;
  readonly watchId: number;
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

/**
 * Size and time of a file; null when there is no file (but a folder, a link, or nothing).
 * @throws the system's error when that cannot be told
 */
export async function markOf(path: string): Promise<Mark | 'folder' | null> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? { bytes: stats.size, mtimeMs: Math.trunc(stats.mtimeMs) } : null;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Whether a file may be what was recorded of it, but for its time; a result of ours stays one, whatever its size. */
export function mayBeKnown(row: WatchedFile | null, mark: Mark): boolean {
  return row !== null && (row.state === 'own' || row.bytes === mark.bytes);
}

/**
 * What is found out about a file as it was recorded.
 * @returns null when it is another one by now, or cannot be read: then by name and time it counts as another photo
 */
export async function asRecorded<T>(row: Mark, file: string, find: () => Promise<T>): Promise<T | null> {
  try {
    const isAsBefore = async () => {
      const mark = await markOf(file);
      return mark !== null && mark !== 'folder' && isSameMark(mark, row);
    };
    if (!(await isAsBefore())) return null;
    const found = await find();
    return (await isAsBefore()) ? found : null;
  } catch {
    return null;
  }
}

/**
 * Looks at a file.
 * @param still what it was when it began to be still
 * @throws {FailureError} `internal` when the picture process cannot work at all; the signal's reason when it aborts;
 * system errors when it cannot be read
 */
export async function lookAt(path: string, still: Still, deps: LookDeps): Promise<Look> {
  const { history, reach, watchId, media, signal } = deps;
  const file = reach.fileOf(path);
  const isOurs = isOwnPath(history, reach, path);
  const whole = isOurs ? null : await lookWhole(file, media, { signal, stillMs: still.stillMs });
  if (!whole?.whole) return lookBeside(path, { still, whole }, deps);
  if (!isSameMark(whole, still)) return { kind: 'changed', path, mark: whole };
  const { info, sha256, bytes, mtimeMs } = whole;
  // By its mark: its content is not what was recorded once a rating is written into it.
  if (info.isOurs) return { kind: 'own', path, key: await keyOf(path, deps), mark: still };
  const edges = history.watches.hasThere(watchId) ? await hashEdges(file) : null;
  const mark = edges === null ? { bytes, mtimeMs } : await markOf(file);
  if (mark === null || mark === 'folder') return { kind: 'gone', path };
  if (!isSameMark(mark, still)) return { kind: 'changed', path, mark };
  const key = await keyOf(path, deps);
  const renamed = edges === null ? null : await renamedFrom({ edges, mark, key, sha256 }, deps);
  const moved = await movedFrom({ path, key, sha256, edges }, deps);
  return { kind: 'photo', path, key, mark, info, sha256, edges, renamed, moved };
}

function keyOf(path: string, { history, watchId, reach }: LookDeps): Promise<string> {
  return reach.keyOf(path, (one) => history.watches.file(watchId, one)?.path ?? null);
}

/** What is to be said of a file that is not a whole photo. @param whole null for a result of ours */
async function lookBeside(
  path: string,
  { still, whole }: { readonly still: Mark; readonly whole: Exclude<Wholeness, { whole: true }> | null },
  deps: LookDeps,
): Promise<Look> {
  if (whole?.why === 'gone') return { kind: 'gone', path };
  const mark = await markOf(deps.reach.fileOf(path));
  if (mark === null || mark === 'folder') return { kind: 'gone', path };
  if (!isSameMark(mark, still)) return { kind: 'changed', path, mark };
  if (whole === null) return { kind: 'own', path, key: await keyOf(path, deps), mark };
  if (whole.why !== 'not-a-photo' && whole.why !== 'crashed') return { kind: 'wait', path, mark, reason: whole.reason };
  const crashed = whole.why === 'crashed';
  const refused: Refused = {
    kind: 'refused',
    path,
    key: await keyOf(path, deps),
    mark,
    leftOut: whole.leftOut,
    crashed,
  };
  return crashed ? { kind: 'wait', path, mark, reason: whole.reason, refused } : refused;
}

/** Whether a photo is the one that was there before, as it was recorded under its name. */
export function isAsBefore(row: WatchedFile | null, photo: Pick<WholePhoto, 'mark' | 'edges' | 'sha256'>): boolean {
  if (row?.state !== 'there') return false;
  if (isSameMark(row, photo.mark)) return true;
  if (row.sha256 !== null) return row.sha256 === photo.sha256;
  return row.edges !== null && row.edges === photo.edges;
}

function mayHold(row: WatchedFile, sha256: string): boolean {
  return row.sha256 === null || row.sha256 === sha256;
}

/**
 * A photo that was there before and lies under another name now is still one that was there before, also when that name
 * was another photo's. One that was renamed before it was read is known by its size and time. While it is under its own
 * name, too, this is a copy.
 */
async function renamedFrom(
  photo: Pick<WholePhoto, 'mark' | 'key' | 'sha256'> & { readonly edges: string },
  { history, watchId, reach }: LookDeps,
): Promise<Renamed | null> {
  const { watches } = history;
  const { edges, mark, key, sha256 } = photo;
  if (isAsBefore(watches.file(watchId, key), photo)) return null;
  const alike = watches.byEdges(watchId, edges).filter((row) => mayHold(row, sha256));
  const ofMark = watches.byMark(watchId, mark).filter((row) => mayHold(row, sha256));
  for (const row of [...alike, ...ofMark]) {
    const left = await leftBy(row, reach.fileOf(row.path));
    if (left !== null) return { id: row.id, key: row.key, gone: left === 'nothing' };
  }
  return null;
}

/** What is under the name of a photo that was there before; null for the photo itself. What cannot be read is another. */
async function leftBy(row: WatchedFile, file: string): Promise<'nothing' | 'another' | null> {
  const mark = await markOf(file);
  if (mark === null) return 'nothing';
  if (mark === 'folder') return 'another';
  if (row.edges === null) return isSameMark(mark, row) ? null : 'another';
  try {
    return (await hashEdges(file)) === row.edges ? null : 'another';
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'nothing' : 'another';
  }
}

/** The records of a photo under other names that it does not have any more; more than one if there were copies of it. */
async function movedFrom(
  { path, key, sha256, edges: known }: Pick<WholePhoto, 'path' | 'key' | 'sha256' | 'edges'>,
  { history, watchId, reach, signal }: LookDeps,
): Promise<readonly Moved[]> {
  const rows = history.watches.byContent(watchId, sha256);
  if (rows.length === 0 || rows.some((row) => row.key === key)) return [];
  const moved: Moved[] = [];
  const edges = known ?? (await hashEdges(reach.fileOf(path)));
  for (const row of rows) {
    const isBack = row.key === asideKey(key, sha256);
    if (isBack || !(await isStillThere(row, { file: reach.fileOf(row.path), sha256, edges, signal }))) moved.push(row);
  }
  return moved;
}

interface OtherPlace extends Pick<WholePhoto, 'sha256'> {
  /** Where the photo was, absolute. */
  readonly file: string;
  readonly edges: string;
  readonly signal: AbortSignal;
}

/**
 * Whether a photo is under its name, too. Of one that is as it was by size and time samples have to do. What cannot be read
 * counts as another photo: so the one that is looked at is known.
 */
async function isStillThere(row: WatchedFile, { file, sha256, edges, signal }: OtherPlace): Promise<boolean> {
  try {
    const mark = await markOf(file);
    if (mark === null || mark === 'folder' || mark.bytes !== row.bytes) return false;
    if (isSameMark(mark, row)) return (await hashEdges(file)) === edges;
    return (await hashFile(file, row.bytes, signal)) === sha256;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
