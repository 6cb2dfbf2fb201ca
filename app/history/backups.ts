// Whole copies of the history: made before every migration and once a day, the last three kept, and one put in the place
// of a history that is damaged or gone.
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { makeFolderSync } from '../lib/make-folder.ts';
import { MIGRATIONS, schemaVersion } from './migrate.ts';

const BACKUPS = 'backups';
const BACKUPS_KEPT = 3;
const BACKUP_EVERY_MS = 24 * 3_600_000;

export interface BackupOptions {
  /** The schema version that the database is about to be brought to. */
  readonly target?: number;
  /** Leaves the daily backup to `backUpBeside`: only one before a migration is made. */
  readonly dailyLater?: boolean;
}

/** A whole, consistent copy: before every migration, and once a day. */
export function backUpIfDue(db: Database, dir: string, now: number, options: BackupOptions = {}): void {
  const { target = MIGRATIONS.length, dailyLater = false } = options;
  const version = schemaVersion(db);
  if (version === 0 || version > target) return;
  if (version === target && (dailyLater || !isOld(dir, now))) return;
  copyWhole(db, newBackup(dir, now));
  removeSurplus(dir);
}

/**
 * The daily backup while the database is in use: page by page, so that nothing waits for it (copying 100,000 jobs in one
 * go would hold everything up for a quarter of a second).
 * @returns whether one was due
 * @throws system and SQLite errors, also when the database is closed meanwhile; then there is no copy, and no part of one
 */
export async function backUpBeside(db: Database, dir: string, now: number): Promise<boolean> {
  if (schemaVersion(db) === 0 || !isOld(dir, now)) return false;
  const target = newBackup(dir, now);
  const part = join(dirname(target), 'beside.part');
  rmSync(part, { force: true });
  try {
    await db.backup(part);
    markAsPlain(part);
    put(part, target);
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(part + suffix, { force: true });
    throw error;
  }
  removeSurplus(dir);
  return true;
}

/** Away from the newest in either direction: a clock that was once ahead must not end the backups. */
function isOld(dir: string, now: number): boolean {
  const newest = backupsOf(dir)[0];
  return newest === undefined || Math.abs(now - timeOf(newest)) > BACKUP_EVERY_MS;
}

function newBackup(dir: string, now: number): string {
  const folder = join(dir, BACKUPS);
  makeFolderSync(folder, 0o700);
  return join(folder, `history-${timestamp(now)}.sqlite`);
}

function removeSurplus(dir: string): void {
  for (const surplus of backupsOf(dir).slice(BACKUPS_KEPT)) rmSync(surplus, { force: true });
}

/**
 * A copy of pages says that it has a write-ahead log, as its original does; without that mark it is one file that can be
 * read anywhere, also where nothing can be written beside it. Source: SQLite's file format, bytes 18 and 19.
 */
function markAsPlain(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Uint8Array.of(1, 1), 0, 2, 18);
  } finally {
    closeSync(file);
  }
}

/** Copies a database to a file that is whole and on the disk, or not there. `prepare` sees the copy before it counts. */
export function copyWhole(db: Database, target: string, prepare: (part: string) => void = () => undefined): void {
  const part = join(dirname(target), 'copy.part');
  rmSync(part, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(part);
    prepare(part);
    put(part, target);
  } catch (error) {
    rmSync(part, { force: true }); // on a full disk, of all places, half a copy must not stay
    throw error;
  }
}

/** Gives a whole copy its name, on the disk: SQLite does not flush what it copies. */
function put(part: string, target: string): void {
  flush(part, 'r+');
  renameSync(part, target);
  if (process.platform !== 'win32') flush(dirname(target), 'r');
}

/** The backups of a folder, newest first. */
export function backupsOf(dir: string): string[] {
  if (!existsSync(join(dir, BACKUPS))) return [];
  return readdirSync(join(dir, BACKUPS))
    .filter((name) => /^history-[\dTZ-]+\.sqlite$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(dir, BACKUPS, name));
}

/** A time as part of a file name, to the millisecond. */
export function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/[:.]/g, '-');
}

/** The time in a file name, milliseconds since the epoch; 0 when there is none. */
export function timeOf(path: string): number {
  const [, day, hour, minute, second, ms] = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z/.exec(path) ?? [];
  return day === undefined ? 0 : Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`);
}

function flush(path: string, flags: string): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
