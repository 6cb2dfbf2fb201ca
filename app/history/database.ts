// Opens the history: settings that survive a power cut, soundness check, backup, migration, and what to do when the file
// is damaged. The only place that loads better-sqlite3 for data.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import Sqlite from 'better-sqlite3';
import { HistoryError, historyError, isCorruption } from './errors.ts';
import { MIGRATIONS, migrate, refuseNewer, schemaVersion } from './migrate.ts';

const FILE = 'history.sqlite';
const BACKUPS = 'backups';
const BACKUPS_KEPT = 3;
const BACKUP_EVERY_MS = 24 * 3_600_000;

/** What had to be done to open a damaged history. */
export interface Repair {
  /** Where the damaged file was put: it is a receipt of paid work and never deleted. */
  readonly movedTo: string;
  /** The backup that took its place; null when there was none, and the history begins anew. */
  readonly restoredFrom: string | null;
}

/** Creates a folder that only the user may read: it holds what was paid for. @throws {HistoryError} */
export function ensureDataDir(dir: string): void {
  requireNodeApi();
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw historyError(error, dir);
  }
}

/**
 * Opens the history of a folder as its only writer of schema: call it with the queue lock held.
 * @throws {HistoryError}
 */
export function openAsOwner(dir: string, now: number): { db: Database; repair: Repair | null } {
  try {
    let repair: Repair | null = null;
    let db: Database;
    try {
      db = openSound(dir);
    } catch (error) {
      if (!isCorruption(error)) throw error;
      repair = moveAside(dir, now);
      db = openSound(dir);
    }
    try {
      if (repair === null) backup(db, dir, now);
      migrate(db, dir);
    } catch (error) {
      db.close();
      throw error;
    }
    return { db, repair };
  } catch (error) {
    throw historyError(error, dir);
  }
}

/** Opens the history beside the process that runs the queue: changes no schema, repairs nothing. @throws {HistoryError} */
export function openAsGuest(dir: string): Database {
  try {
    const db = new Sqlite(join(dir, FILE), { fileMustExist: true });
    try {
      configure(db);
      refuseNewer(db, dir);
      if (schemaVersion(db) < MIGRATIONS.length) {
        throw new HistoryError('held', 'An older Lightbatch is running on this data folder. Quit it first.');
      }
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw historyError(error, dir);
  }
}

export function historyExists(dir: string): boolean {
  return existsSync(join(dir, FILE));
}

function openSound(dir: string): Database {
  const db = new Sqlite(join(dir, FILE));
  try {
    configure(db);
    const verdict = db.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw new HistoryError('corrupt', `The history in ${dir} is damaged: ${String(verdict)}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Durability before speed. better-sqlite3 sets `synchronous=NORMAL` under WAL, which lost every commit of the last
 * seconds in a simulated power cut; FULL lost none. On macOS only `fullfsync` reaches the disk itself.
 */
function configure(db: Database): void {
  db.pragma('busy_timeout = 5000');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('wal_autocheckpoint = 1000');
  db.pragma('journal_size_limit = 67108864');
}

/** Puts a damaged database aside, whole, and the newest sound backup in its place. */
function moveAside(dir: string, now: number): Repair {
  const stamp = timestamp(now);
  const movedTo = join(dir, `history.damaged-${stamp}.sqlite`);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(join(dir, FILE + suffix))) renameSync(join(dir, FILE + suffix), movedTo + suffix);
  }
  for (const candidate of backups(dir)) {
    try {
      const source = new Sqlite(candidate, { readonly: true });
      try {
        if (source.pragma('quick_check(1)', { simple: true }) !== 'ok') continue;
        source.prepare('VACUUM INTO ?').run(join(dir, FILE));
      } finally {
        source.close();
      }
      return { movedTo, restoredFrom: candidate };
    } catch (error) {
      // A backup can be damaged too; the next older one is tried. Anything but damage is the caller's to know.
      if (!isCorruption(error)) throw error;
    }
  }
  return { movedTo, restoredFrom: null };
}

/** A whole, consistent copy: before every migration, and once a day. */
function backup(db: Database, dir: string, now: number): void {
  const version = schemaVersion(db);
  if (version === 0) return;
  const newest = backups(dir)[0];
  const due = version < MIGRATIONS.length || newest === undefined || now - statSync(newest).mtimeMs > BACKUP_EVERY_MS;
  if (!due || version > MIGRATIONS.length) return;
  mkdirSync(join(dir, BACKUPS), { recursive: true, mode: 0o700 });
  const target = join(dir, BACKUPS, `history-${timestamp(now)}.sqlite`);
  rmSync(`${target}.part`, { force: true });
  db.prepare('VACUUM INTO ?').run(`${target}.part`);
  renameSync(`${target}.part`, target);
  for (const old of backups(dir).slice(BACKUPS_KEPT)) rmSync(old, { force: true });
}

/** The backups of a folder, newest first. */
function backups(dir: string): string[] {
  if (!existsSync(join(dir, BACKUPS))) return [];
  return readdirSync(join(dir, BACKUPS))
    .filter((name) => /^history-[\dTZ-]+\.sqlite$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(dir, BACKUPS, name));
}

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/[:.]/g, '-');
}

/**
 * better-sqlite3 13 is built for Node-API 10; loading it on an older Node crashes instead of failing. Electron brings the
 * runtime it was packaged with, so the check is for the command line on whatever Node the user has.
 */
function requireNodeApi(): void {
  if (Number(process.versions['napi'] ?? 0) >= 10 || process.versions['electron'] !== undefined) return;
  throw new HistoryError(
    'runtime',
    `Lightbatch needs Node 22.14 or newer (this is ${process.version}). Start it with “npm run lightbatch -- …”.`,
  );
}
