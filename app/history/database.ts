// Opens the history: settings that survive a power cut, repair, backup and migration. The only place that loads
// better-sqlite3 for data.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import Sqlite from 'better-sqlite3';
import { makeFolderSync } from '../lib/make-folder.ts';
import { backUpIfDue } from './backups.ts';
import { HistoryError, historyError } from './errors.ts';
import { MIGRATIONS, migrate, refuseNewer, schemaVersion } from './migrate.ts';
import type { Repair } from './repair.ts';
import { HISTORY_FILE, noteRepair, pendingRepair, repairIfDamaged } from './repair.ts';

const JUST_STARTING = 'Another Lightbatch is just starting on this data folder. Try again.';

/** Creates a folder that only the user may read: it holds what was paid for. @throws {HistoryError} */
export function ensureDataDir(dir: string): void {
  requireNodeApi();
  try {
    makeFolderSync(dir, 0o700);
  } catch (error) {
    throw historyError(error, dir);
  }
}

/**
 * Opens the history of a folder as its only writer of schema: call it with the queue lock held.
 * @throws {HistoryError}
 */
export function openAsOwner(
  dir: string,
  now: number,
  { dailyLater = false } = {},
): { db: Database; repair: Repair | null } {
  try {
    const repair = repairIfDamaged(dir, now);
    const db = new Sqlite(join(dir, HISTORY_FILE));
    try {
      configure(db);
      if (repair === null) backUpIfDue(db, dir, now, { dailyLater });
      migrate(db, dir);
      if (repair?.restoredFrom === null) noteRepair(db, repair);
      return { db, repair: pendingRepair(db) };
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw historyError(error, dir);
  }
}

/** Opens the history beside the process that runs the queue: changes no schema, repairs nothing. @throws {HistoryError} */
export function openAsGuest(dir: string): Database {
  try {
    const db = new Sqlite(join(dir, HISTORY_FILE), { fileMustExist: true });
    try {
      configure(db);
      refuseNewer(db, dir);
      if (schemaVersion(db) === 0) throw new HistoryError('held', JUST_STARTING);
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
  return existsSync(join(dir, HISTORY_FILE));
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
