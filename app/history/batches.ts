// Batches: what a user started in one go, with its parameters and output settings.
import type { Database } from 'better-sqlite3';
import type { Batch, BatchName, OutputSettings, PlannedJob } from '../domain/batch.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { Jobs } from './jobs.ts';
import type { BatchRow } from './rows.ts';
import { toBatch } from './rows.ts';

export interface NewBatch {
  readonly name: string;
  readonly service: string;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  readonly jobs: readonly PlannedJob[];
  /** Higher goes first; 0 for a batch started by hand. */
  readonly priority?: number;
}

export class Batches {
  readonly #db: Database;
  readonly #jobs: Jobs;

  constructor(db: Database, jobs: Jobs) {
    this.#db = db;
    this.#jobs = jobs;
  }

  /** Saves a batch with all its jobs, or nothing of it. */
  create(batch: NewBatch, now: number): Batch {
    return this.#db
      .transaction(() => {
        const { lastInsertRowid } = this.#db
          .prepare('INSERT INTO batch (name, service, parameters_json, output_json, created_at) VALUES (?, ?, ?, ?, ?)')
          .run(batch.name, batch.service, JSON.stringify(batch.parameters), JSON.stringify(batch.output), now);
        const id = Number(lastInsertRowid);
        this.#jobs.insert({ id, service: batch.service }, batch.jobs, batch.priority ?? 0, now);
        const { name, service, parameters, output } = batch;
        return { id, name, service, parameters, output, createdAt: now };
      })
      .immediate();
  }

  get(id: number): Batch | null {
    const row = this.#db.prepare('SELECT * FROM batch WHERE id = ?').get(id) as BatchRow | undefined;
    return row ? toBatch(row) : null;
  }

  /** All batches, newest first. */
  list(): Batch[] {
    return (this.#db.prepare('SELECT * FROM batch ORDER BY id DESC').all() as BatchRow[]).map(toBatch);
  }

  /** All batches by their names, newest first. */
  directory(): BatchName[] {
    return this.#db
      .prepare('SELECT id, name, created_at AS createdAt FROM batch ORDER BY id DESC')
      .all() as BatchName[];
  }

  /** The names of all batches, each once. */
  names(): string[] {
    return this.#db.prepare('SELECT DISTINCT name FROM batch').pluck().all() as string[];
  }

  /** The services that any batch was made for. */
  services(): string[] {
    return this.#db.prepare('SELECT DISTINCT service FROM batch ORDER BY service').pluck().all() as string[];
  }

  /** Credits that the batch's requests cost so far, as the service told; those of removed jobs count, too. */
  credits(id: number): number {
    return this.#db
      .prepare('SELECT total(billionths) / 1e9 FROM batch_sums WHERE batch_id = ?')
      .pluck()
      .get(id) as number;
  }
}
