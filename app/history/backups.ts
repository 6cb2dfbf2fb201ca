// Whole copies of the history: made before every migration and once a day, the last three kept, and one put in the place
// of a history that is damaged or gone.
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { makeFolderSync } from '../lib/make-folder.ts';
import { MIGRATIONS, schemaVersion } from './migrate.ts';

const BACKUPS = 'backups';
const BACKUPS_KEPT = 3;
const BACKUP_EVERY_MS = 24 * 3_600_000;

/**
 * A whole, consistent copy: before every migration, and once a day.
 * @param target the schema version that the database is about to be brought to
 */
export function backUpIfDue(db: Database, dir: string, now: number, target = MIGRATIONS.length): void {
  const version = schemaVersion(db);
  if (version === 0 || version > target) return;
  const newest = backupsOf(dir)[0];
  // Away from it in either direction: a clock that was once ahead must not end the backups.
  const old = newest === undefined || Math.abs(now - timeOf(newest)) > BACKUP_EVERY_MS;
  if (!old && version === target) return;
  const folder = join(dir, BACKUPS);
  makeFolderSync(folder, 0o700);
  copyWhole(db, join(folder, `history-${timestamp(now)}.sqlite`));
  for (const surplus of backupsOf(dir).slice(BACKUPS_KEPT)) rmSync(surplus, { force: true });
}

/** Copies a database to a file that is whole and on the disk, or not there. `prepare` sees the copy before it counts. */
export function copyWhole(db: Database, target: string, prepare: (part: string) => void = () => undefined): void {
  const part = join(dirname(target), 'copy.part');
  rmSync(part, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(part);
    prepare(part);
    flush(part, 'r+'); // SQLite does not flush what it vacuums into
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true }); // on a full disk, of all places, half a copy must not stay
    throw error;
  }
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
