// At most one process runs the queue of a data folder. The lock is SQLite's own lock on a file beside the history: the
// operating system takes it back the moment its holder dies, so there is no heartbeat to trust and no pid to be reused.
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import Sqlite from 'better-sqlite3';
import { historyError } from './errors.ts';

export interface Holder {
  readonly pid: number;
  readonly program: string;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** The held lock; disposing it lets go. */
export class QueueLock implements Disposable {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Takes the lock of a data folder, or answers null when another process still holds it after `patienceMs`
   * milliseconds. Without any patience, two that start at the same moment can keep each other out.
   * @throws {HistoryError} when the folder cannot be written to
   */
  static take(dir: string, patienceMs: number): QueueLock | null {
    let db: Database | undefined;
    try {
      db = new Sqlite(join(dir, 'queue.lock'), { timeout: patienceMs });
      db.pragma('journal_mode = DELETE');
      db.exec('BEGIN EXCLUSIVE');
      return new QueueLock(db);
    } catch (error) {
      db?.close();
      if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
      throw historyError(error, dir);
    }
  }

  [Symbol.dispose](): void {
    if (this.#db.open) this.#db.close();
  }
}

/** Writes who runs the queue, for others to read. */
export function signLock(db: Database, program: string, now: number): void {
  db.prepare('INSERT OR REPLACE INTO engine_lock (id, pid, program, host, since) VALUES (1, ?, ?, ?, ?)').run(
    process.pid,
    program,
    hostname(),
    now,
  );
}

export function readHolder(db: Database): Holder | null {
  const row = db.prepare('SELECT pid, program, host, since FROM engine_lock WHERE id = 1').get();
  return (row as Holder | undefined) ?? null;
}
