// What to do when the history is damaged or gone: what is left is put aside, whole, and the newest sound copy takes its
// place. It may be cut short at any point and is then finished at the next start: never a silent empty queue.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import Sqlite from 'better-sqlite3';
import { backupsOf, copyWhole, timeOf, timestamp } from './backups.ts';
import { isCorruption } from './errors.ts';
import { schemaVersion } from './migrate.ts';
import { isWalDamaged } from './wal.ts';

export const HISTORY_FILE = 'history.sqlite';
const PENDING = 'repair';

/** What had to be done to open a damaged history. */
export interface Repair {
  /** Where the damaged file was put: it is a receipt of paid work and never deleted. Null when the file was gone. */
  readonly movedTo: string | null;
  /**
   * The copy that took its place: a backup, or the damaged file itself as far as it is sound; null when there was none,
   * and the history begins anew.
   */
  readonly restoredFrom: string | null;
}

/**
 * Mends a history that is not sound; call it with the queue lock held and the history closed.
 * @returns what was done; null when there was nothing to do
 * @throws system and SQLite errors: then it is tried again at the next start
 */
export function repairIfDamaged(dir: string, now: number): Repair | null {
  const there = existsSync(join(dir, HISTORY_FILE));
  if (there ? isSound(dir) : remains(dir).length === 0) return null;
  const movedTo = there ? freeName(dir, now) : (damagedOf(dir)[0] ?? null);
  const aside = movedTo ?? freeName(dir, now);
  for (const suffix of ['', '-wal', '-shm']) {
    const from = join(dir, HISTORY_FILE + suffix);
    if (existsSync(from) && !existsSync(aside + suffix)) renameSync(from, aside + suffix);
  }
  const restoredFrom = remains(dir).find((candidate) => restore(dir, candidate, movedTo)) ?? null;
  return { movedTo, restoredFrom };
}

/**
 * Notes a repair in the history that came of it, until what follows from it is recorded, too: a crash in between must
 * not lose that what waits may have been submitted.
 */
export function noteRepair(db: Database, repair: Repair): void {
  db.prepare('INSERT OR REPLACE INTO setting (key, value_json) VALUES (?, ?)').run(PENDING, JSON.stringify(repair));
}

export function pendingRepair(db: Database): Repair | null {
  const json = db.prepare('SELECT value_json FROM setting WHERE key = ?').pluck().get(PENDING) as string | undefined;
  return json === undefined ? null : (JSON.parse(json) as Repair);
}

/** Call it inside the transaction that records what follows from the repair. */
export function forgetRepair(db: Database): void {
  db.prepare('DELETE FROM setting WHERE key = ?').run(PENDING);
}

/** Whether the history can be trusted. */
function isSound(dir: string): boolean {
  const path = join(dir, HISTORY_FILE);
  if (isWalDamaged(`${path}-wal`)) return false;
  let version: number | null;
  try {
    // Read-only first: closing a writer would write the log into a damaged file and delete it.
    version = soundVersion(path, { readonly: true });
  } catch (error) {
    // Not readable without writing, as after a crash in the very first transaction; what else it is, the writer tells.
    if (isCorruption(error)) return false;
    version = soundVersion(path, {});
  }
  if (version === null) return false;
  // A file without a schema is new, unless there were others before it: then it was emptied.
  return version > 0 || backupsOf(dir).length === 0;
}

/** The schema version of a database; null when it is damaged. @throws system and SQLite errors other than damage */
function soundVersion(path: string, options: Sqlite.Options): number | null {
  const db = new Sqlite(path, options);
  try {
    return db.pragma('quick_check(1)', { simple: true }) === 'ok' ? schemaVersion(db) : null;
  } catch (error) {
    if (isCorruption(error)) return null;
    throw error;
  } finally {
    db.close();
  }
}

/** Puts a copy in the place of the history. @returns whether the candidate is sound, and so is the history now */
function restore(dir: string, candidate: string, movedTo: string | null): boolean {
  if (!soundVersion(candidate, { readonly: true })) return false;
  const source = new Sqlite(candidate, { readonly: true });
  try {
    copyWhole(source, join(dir, HISTORY_FILE), (part) => {
      const copy = new Sqlite(part);
      try {
        noteRepair(copy, { movedTo, restoredFrom: candidate });
      } finally {
        copy.close();
      }
    });
    return true;
  } finally {
    source.close();
  }
}

/** What a history can be restored from: damaged files, as far as they are sound, and backups; newest first. */
function remains(dir: string): string[] {
  return [...damagedOf(dir), ...backupsOf(dir)].sort((a, b) => timeOf(b) - timeOf(a));
}

/** Files that were put aside, newest first. */
function damagedOf(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => /^history\.damaged-.*\.sqlite$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(dir, name));
}

function freeName(dir: string, now: number): string {
  for (let n = 1; ; n += 1) {
    const path = join(dir, `history.damaged-${timestamp(now)}${n === 1 ? '' : `-${n}`}.sqlite`);
    if (!existsSync(path)) return path;
  }
}
