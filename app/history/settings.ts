// Settings that outlive a run: JSON values by name.
import type { Database } from 'better-sqlite3';

export class Settings {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The value of a setting as `parse` reads it; null when it was never set or is no longer valid. */
  get<T>(key: string, parse: (value: unknown) => T | null): T | null {
    const json = this.#db.prepare('SELECT value_json FROM setting WHERE key = ?').pluck().get(key) as
      string | undefined;
    return json === undefined ? null : parse(JSON.parse(json));
  }

  set(key: string, value: unknown): void {
    this.#db.prepare('INSERT OR REPLACE INTO setting (key, value_json) VALUES (?, ?)').run(key, JSON.stringify(value));
  }
}
