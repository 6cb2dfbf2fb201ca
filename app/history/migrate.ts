// Brings a database to the newest schema: numbered migrations, each in a transaction of its own on `user_version`.
import type { Database } from 'better-sqlite3';
import { HistoryError } from './errors.ts';
import * as initial from './migrations/0001-initial.ts';
import * as window from './migrations/0002-window.ts';
import * as watch from './migrations/0003-watch.ts';
import * as knownPhotos from './migrations/0004-known-photos.ts';
import * as knownContents from './migrations/0005-known-contents.ts';
import * as batchSums from './migrations/0006-batch-sums.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [initial, window, watch, knownPhotos, knownContents, batchSums];

export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Applies what is missing.
 * @throws {HistoryError} `newer` when a newer Lightbatch wrote the database
 * @throws {RangeError} when the migrations are not numbered 1, 2, 3, …
 */
export function migrate(db: Database, dir: string, migrations: readonly Migration[] = MIGRATIONS): void {
  migrations.forEach((migration, index) => {
    if (migration.version !== index + 1)
      throw new RangeError(`migration ${migration.name} must be number ${index + 1}`);
  });
  refuseNewer(db, dir, migrations.length);
  for (const migration of migrations.slice(schemaVersion(db))) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}

/** @throws {HistoryError} `newer` */
export function refuseNewer(db: Database, dir: string, newest = MIGRATIONS.length): void {
  const found = schemaVersion(db);
  if (found <= newest) return;
  throw new HistoryError(
    'newer',
    `The history in ${dir} was written by a newer Lightbatch (its version ${found}, this program’s ${newest}). ` +
      'Update Lightbatch, or choose another folder with --data. Nothing was changed.',
  );
}
