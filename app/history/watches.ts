// Watch folders in the history: their settings, and every file that was seen in them. A file's row says what became of it;
// only `held` files wait, and only their numbers (ids) name what the user agrees to.
import { basename } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Parameters } from '../domain/parameters.ts';
import type { WatchSettings } from '../domain/watch.ts';
import type {
  FileDetail,
  FileState,
  Narrowing,
  StoredWatch,
  WatchDbRow,
  WatchedFile,
  WatchedFileDbRow,
} from './watch-rows.ts';
import { inOrder, toWatch, toWatchedFile } from './watch-rows.ts';
import { prepareWatchStatements } from './watch-sql.ts';

export type { Narrowing, StoredWatch, WatchedFile } from './watch-rows.ts';

export interface NewWatch {
  readonly path: string;
  readonly service: string;
  readonly settings: WatchSettings;
  readonly out: string | null;
}

/** What is recorded of a file. */
export interface FileRecord {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly state: FileState;
  readonly released?: boolean;
  readonly sha256?: string | null;
  readonly edges?: string | null;
  readonly jobId?: number | null;
  readonly parameters?: Parameters | null;
  readonly detail?: FileDetail | null;
}

/** Files with an id after this one, so many of them. */
export interface FilePage {
  readonly after: number;
  readonly limit: number;
}

/** Files of one kind together. */
export interface FileCount {
  readonly files: number;
  /** The highest id among them: names them all. */
  readonly lastId: number;
}

/** New photos that came within some time, and those among them that the user let go. */
export interface Came {
  /** About which the user said nothing. */
  readonly photos: number;
  /** When the first of these came, milliseconds since the epoch; null when none did. */
  readonly first: number | null;
  /** When the last came of those that the user let go; null when there is none. */
  readonly releasedAt: number | null;
}

/** What a folder queued on a day at its service. */
export interface WatchDay {
  /** Queued, also those whose jobs were removed since. */
  readonly photos: number;
  readonly enhanced: number;
  readonly failed: number;
  readonly unfinished: number;
  /** Ended requests that were or may have been charged for, at a price that the service did not tell. */
  readonly unpriced: number;
  /** Credits that its requests cost so far. */
  readonly credits: number;
  /** The last batch that is still there. */
  readonly batchId: number | null;
}

export class Watches {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareWatchStatements>;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareWatchStatements(db);
  }

  /** All watch folders in the order in which they were added. */
  list(): StoredWatch[] {
    return (this.#sql.list.all() as WatchDbRow[]).map(toWatch);
  }

  get(id: number): StoredWatch | null {
    const row = this.#sql.get.get(id) as WatchDbRow | undefined;
    return row ? toWatch(row) : null;
  }

  /** @param id the number of a folder that was removed, to be used again; a new one if not given */
  add({ path, service, settings, out }: NewWatch, now: number, id: number | null = null): number {
    const json = JSON.stringify(inOrder(settings));
    return Number(this.#sql.add.run(id, path, service, json, out, now).lastInsertRowid);
  }

  /**
   * Changes the settings of a folder.
   * @param narrowed what alone is new until the folder was looked through
   */
  setSettings(id: number, settings: WatchSettings, narrowed: readonly Narrowing[]): void {
    this.#sql.setSettings.run(JSON.stringify(inOrder(settings)), JSON.stringify(narrowed), id);
  }

  setOut(id: number, out: string | null, narrowed: readonly Narrowing[]): void {
    this.#sql.setOut.run(out, JSON.stringify(narrowed), id);
  }

  setPaused(id: number, paused: boolean): void {
    this.#sql.setPaused.run(paused ? 1 : 0, id);
  }

  setIdentity(id: number, identity: string): void {
    this.#sql.setIdentity.run(identity, id);
  }

  /** @param at since when photos wait for the user; null when none do any more */
  setStorm(id: number, at: number | null): void {
    this.#sql.setStorm.run(at, id);
  }

  /** A folder belongs to another service from now on, and begins anew: what is in it by then was there before. */
  move(id: number, service: string): void {
    this.#db
      .transaction(() => {
        this.#sql.forgetFiles.run(id);
        this.#sql.forgetThere.run(id);
        this.#sql.move.run(service, id);
      })
      .immediate();
  }

  /** Forgets a folder and its files; the batches it made stay. */
  remove(id: number): void {
    this.#sql.remove.run(id);
  }

  /**
   * After a restore from a backup nothing that is not known is new: it may have been enhanced since. Call it inside the
   * transaction that settles the restore.
   */
  distrust(): void {
    this.#sql.holdNothing.run();
    this.#sql.distrust.run();
  }

  /** Everything that was asked to be recorded of a folder as having been there is. */
  setBaselined(id: number, now: number): void {
    this.#sql.setBaselined.run(now, id);
  }

  file(watchId: number, key: string): WatchedFile | null {
    const row = this.#sql.file.get(watchId, key) as WatchedFileDbRow | undefined;
    return row ? toWatchedFile(row) : null;
  }

  byId(id: number): WatchedFile | null {
    const row = this.#sql.byId.get(id) as WatchedFileDbRow | undefined;
    return row ? toWatchedFile(row) : null;
  }

  /** Files of a folder by id, a page at a time. */
  files(watchId: number, page: FilePage): WatchedFile[] {
    return (this.#sql.files.all(watchId, page.after, page.limit) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  hasFiles(watchId: number): boolean {
    return this.#sql.hasFiles.get(watchId) !== undefined;
  }

  /** Whether any photo that was there before is still left alone, under whatever name. */
  hasThere(watchId: number): boolean {
    return this.#sql.hasThere.get({ watchId }) !== undefined;
  }

  /**
   * Files in a state, oldest first. They are read so many at a time, as they are when their turn comes: what is done to
   * one that was given out skips none of the others.
   * @param released those that the user let go, or the others
   */
  *inState(watchId: number, state: FileState, released: boolean, atATime = 1_000): Generator<WatchedFile> {
    for (let after = 0; ;) {
      const rows = this.#sql.inState.all(watchId, state, released ? 1 : 0, after, atATime) as WatchedFileDbRow[];
      for (const row of rows) yield toWatchedFile(row);
      if (rows.length < atATime) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  count(watchId: number, state: FileState, released: boolean): FileCount {
    return this.#sql.count.get(watchId, state, released ? 1 : 0) as FileCount;
  }

  /** Files that are no photos by content: how many, and the last of them, newest first. */
  leftOut(watchId: number, limit: number): { count: number; files: { id: number; name: string; reason: string }[] } {
    const rows = this.#sql.leftOut.all(watchId, limit) as { id: number; path: string; detail: string }[];
    const files = rows.map(({ id, path, detail }) => {
      const found = JSON.parse(detail) as FileDetail;
      return { id, name: basename(path), reason: found.kind === 'left-out' ? found.message : '' };
    });
    return { count: this.#sql.countLeftOut.get(watchId) as number, files };
  }

  /**
   * How many photos came since a time, and wait or were sent, without the user's word. Those that came later than now
   * came by a clock that was ahead: nobody knows when.
   */
  arrivedSince(watchId: number, since: number, now: number): number {
    return this.#sql.arrived.get({ watchId, since, now }) as number;
  }

  /** What came from one time until before another (milliseconds since the epoch), and waits or was sent. */
  cameBetween(watchId: number, from: number, to: number): Came {
    return this.#sql.cameBetween.get({ watchId, from, to }) as Came;
  }

  /**
   * How many photos came since a time, and are not sent, because their content is known. What was there before watching
   * did not come, and has no content recorded.
   */
  known(watchId: number, since: number): number {
    return this.#sql.known.get(watchId, since) as number;
  }

  /**
   * Records what a file is; in the place of what was recorded under its key, and under a new id. A photo whose name it has
   * by now stays known by its content if it was there before, or was sent or known. Call it inside a transaction.
   * @param now milliseconds since the epoch
   */
  put(watchId: number, file: FileRecord, now: number): number {
    const { key, path, bytes, mtimeMs, state, released = false, sha256 = null, edges = null, jobId = null } = file;
    const row = { watchId, key, path, bytes, mtimeMs, state, released: released ? 1 : 0, sha256, edges, jobId, now };
    const parameters = file.parameters ? JSON.stringify(file.parameters) : null;
    const detail = file.detail ? JSON.stringify(file.detail) : null;
    this.#makeRoom(watchId, { key, sha256 });
    return Number(this.#sql.put.run({ ...row, parameters, detail }).lastInsertRowid);
  }

  /** A photo has another name by now; whose name it was, that one stays known as `put` tells. Call it inside a transaction. */
  rename(
    row: Pick<WatchedFile, 'id' | 'watchId'>,
    to: Pick<WatchedFile, 'key' | 'path' | 'bytes' | 'mtimeMs' | 'sha256'>,
  ): void {
    this.#makeRoom(row.watchId, to);
    this.#sql.clear.run(row.watchId, to.key);
    this.touch(row.id, to);
  }

  /** @param by the file that takes the name: what it is, if that is known */
  #makeRoom(watchId: number, by: { readonly key: string; readonly sha256: string | null }): void {
    this.#sql.keepReplaced.run(watchId, by.key);
    this.#sql.setAside.run({ watchId, key: by.key, sha256: by.sha256 });
  }

  /** The file is as it was but for its place, size or time. */
  touch(id: number, file: Pick<WatchedFile, 'key' | 'path' | 'bytes' | 'mtimeMs'>): void {
    this.#sql.touch.run({ id, key: file.key, path: file.path, bytes: file.bytes, mtimeMs: file.mtimeMs });
  }

  /** A job was made of a held photo, or there was one of the same content. */
  settle(id: number, as: { state: 'taken' | 'same'; jobId: number; parameters: Parameters }, now: number): void {
    const takenAt = as.state === 'taken' ? now : null;
    this.#sql.settle.run(as.state, as.jobId, JSON.stringify(as.parameters), takenAt, id);
  }

  /** A held file is found to be one of our results. */
  disown(id: number): void {
    this.#sql.disown.run(id);
  }

  /**
   * Files in a state whose job was made of a watched photo and ended because that was gone or another one by then, oldest
   * first.
   */
  sourceLost(watchId: number, state: 'taken' | 'same'): WatchedFile[] {
    const rows = this.#sql.sourceLost.all(watchId, state) as WatchedFileDbRow[];
    return rows.map(toWatchedFile).sort((a, b) => a.id - b.id);
  }

  /**
   * Photos that count as those of jobs that no watch folder made, and that failed or were canceled, or of jobs that are of
   * another photo by now; oldest first.
   */
  leftAlone(watchId: number): WatchedFile[] {
    const rows = this.#sql.leftAlone.all(watchId) as WatchedFileDbRow[];
    return rows.map(toWatchedFile).sort((a, b) => a.id - b.id);
  }

  /** A photo whose job was another one's counts by itself again, as agreed to as that one was. */
  revive(id: number): void {
    this.#sql.revive.run(id);
  }

  drop(id: number): void {
    this.#sql.drop.run(id);
  }

  /** Lets photos go, however many came at once: those in the state with an id up to `upTo`. @returns which they are */
  release(watchId: number, state: 'held' | 'there', upTo: number): readonly Pick<WatchedFile, 'key' | 'path'>[] {
    return this.#sql.release.all(watchId, state, upTo) as { key: string; path: string }[];
  }

  /** How a photo that was there before begins and ends. */
  setEdges(id: number, edges: string): void {
    this.#sql.setEdges.run(edges, id);
  }

  /** What a photo that was there before is. @param edges null: as known */
  setContent(id: number, { edges, sha256 }: { readonly edges: string | null; readonly sha256: string }): void {
    this.#sql.setContent.run(edges, sha256, id);
  }

  /** Whether a content was there before, and lost its name to another file since. */
  wasThere(watchId: number, content: Pick<WatchedFile, 'edges' | 'sha256' | 'bytes' | 'mtimeMs'>): boolean {
    const { edges, sha256, bytes, mtimeMs } = content;
    return this.#sql.wasThere.get({ watchId, edges, sha256, bytes, mtimeMs }) !== undefined;
  }

  /** Photos of a folder that were sent or known, by content, the last first; of very many copies some. */
  byContent(watchId: number, sha256: string): WatchedFile[] {
    return (this.#sql.byContent.all(sha256, watchId) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  /** Photos that were there before and whose beginning and end were not read yet, oldest first. */
  unedged(watchId: number, page: FilePage): WatchedFile[] {
    return (this.#sql.unedged.all(watchId, page.after, page.limit) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  /** The whole content of a photo that was there before, if it is not known yet. */
  setHash(id: number, sha256: string): void {
    this.#sql.setHash.run(sha256, id);
  }

  /** Photos that were there before and that were not read whole yet, oldest first. */
  unhashed(watchId: number, page: FilePage): WatchedFile[] {
    return (this.#sql.unhashed.all(watchId, page.after, page.limit) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  /** Photos that were there before, by size, beginning and end. */
  byEdges(watchId: number, edges: string): WatchedFile[] {
    return (this.#sql.byEdges.all(watchId, edges) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  /** Photos that were there before and whose beginning and end were not read yet, by size and time. */
  byMark(watchId: number, { bytes, mtimeMs }: Pick<WatchedFile, 'bytes' | 'mtimeMs'>): WatchedFile[] {
    return (this.#sql.byMark.all(watchId, bytes, mtimeMs) as WatchedFileDbRow[]).map(toWatchedFile);
  }

  /**
   * The job of a content with these parameters at a service that was removed from the history; null when there is none.
   * One that failed or was canceled for nothing does not count.
   */
  removedJobOf(service: string, parameters: Parameters, sha256: string): number | null {
    return (this.#sql.removedJob.get(sha256, service, JSON.stringify(parameters)) ?? null) as number | null;
  }

  /** The batch of a folder on a day with these settings; null before its first photo. */
  findBatch(watchId: number, day: string, like: BatchLike): number | null {
    const { service, parameters, output } = like;
    const values = [watchId, day, service, JSON.stringify(parameters), JSON.stringify(output)];
    return (this.#sql.findBatch.get(...values) ?? null) as number | null;
  }

  /** How many batches a folder made on a day. */
  batchesOn(watchId: number, day: string): number {
    return this.#sql.batchesOn.get(watchId, day) as number;
  }

  /** The last batch that any folder made, also one that was removed; 0 before the first. */
  lastBatch(): number {
    return this.#sql.lastBatch.get() as number;
  }

  noteBatch(batchId: number, of: { watchId: number; folder: string; service: string; day: string }): void {
    this.#sql.noteBatch.run({ batchId, ...of });
  }

  /** So many more photos were queued in a batch. */
  addPhotos(batchId: number, photos: number): void {
    this.#sql.addPhotos.run(photos, batchId);
  }

  /** Which folder made a batch, with its name, also when it is not watched any more; null for one started by hand. */
  ofBatch(batchId: number): { readonly watchId: number; readonly name: string } | null {
    return (this.#sql.ofBatch.get(batchId) ?? null) as { watchId: number; name: string } | null;
  }

  /**
   * @param day local, YYYY-MM-DD
   * @param since batches after this one count, too, if they are booked on a later day; none do if it is not given
   */
  day(watchId: number, service: string, day: string, since = Number.MAX_SAFE_INTEGER): WatchDay {
    const values = { watchId, day, service, since };
    return {
      ...(this.#sql.dayPhotos.get(values) as Pick<WatchDay, 'photos' | 'batchId'>),
      ...(this.#sql.dayJobs.get(values) as Pick<WatchDay, 'enhanced' | 'failed' | 'unfinished'>),
      unpriced: this.#sql.dayUnpriced.get(values) as number,
      credits: this.#sql.dayCredits.get(values) as number,
    };
  }

  /** The photos that were sent last, newest first; those of removed jobs are left out. */
  lastTaken(watchId: number, limit: number): { jobId: number; batchId: number; enhanced: boolean; version: number }[] {
    const rows = this.#sql.lastTaken.all(watchId, limit) as LastTakenRow[];
    return rows.map((row) => ({ ...row, enhanced: row.enhanced === 1 }));
  }

  /** When a photo was sent last, milliseconds since the epoch; null before the first. */
  lastAt(watchId: number): number | null {
    return this.#sql.lastAt.get(watchId) as number | null;
  }
}

interface LastTakenRow {
  readonly jobId: number;
  readonly batchId: number;
  readonly enhanced: 0 | 1;
  readonly version: number;
}

/** What tells the batches of a folder's day apart. */
export interface BatchLike {
  readonly service: string;
  readonly parameters: Parameters;
  readonly output: WatchSettings['output'];
}
