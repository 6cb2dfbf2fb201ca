// Which jobs a window lists, and in what order: ids only, each list read from an index alone. With 100,000 jobs no single
// question takes long, and between questions the process goes on.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import type { StateCounts } from '../domain/batch.ts';
import { emptyCounts } from '../domain/batch.ts';
import type { JobState } from '../domain/job.ts';
import { isSettled, JOB_STATES, SETTLED_STATES } from '../domain/job.ts';
import { inNaturalOrder } from '../lib/natural-order.ts';
import { IS_UNFINISHED } from './state-sql.ts';

/** What jobs of all batches are looked for by; every condition must hold. */
export interface Search {
  /** Part of the photo's file name, in any case; empty for all. */
  readonly text: string;
  /** All states when it is empty. */
  readonly states: readonly JobState[];
  /** Ended from … to …, or added while they go on: milliseconds since the epoch, the end left out. */
  readonly from: number | null;
  readonly to: number | null;
  /** Folder of the photo, exactly. */
  readonly folder: string | null;
  readonly failureCode: string | null;
  readonly batchId: number | null;
  /** Only uncertain jobs that the user has not decided on. */
  readonly undecided: boolean;
}

export type Order = 'added' | 'name' | 'state' | 'finished';

export interface BatchListing {
  readonly batchId: number;
  /** All states when it is empty. */
  readonly states: readonly JobState[];
  readonly order: Order;
  readonly descending: boolean;
}

export interface Facets {
  readonly folders: readonly { readonly folder: string; readonly photos: number }[];
  readonly failures: readonly { readonly code: string; readonly photos: number }[];
  readonly counts: StateCounts;
}

/** What wants the user first, then what is at work, what waits, and what is done. */
const BY_INTEREST: readonly JobState[] = [
  'uncertain',
  'failed',
  'saving',
  'processing',
  'submitting',
  'preparing',
  'queued',
  'succeeded',
  'skipped',
  'canceled',
];

const NAMES_AT_ONCE = 4_000;

type Question = () => number[];

export class Listing {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepareAll>;
  /** One batch's photos by name: holds good until a photo is found under another one, but that jobs may be gone. */
  #byName: {
    readonly batchId: number;
    readonly ordered: readonly number[];
    readonly known: ReadonlySet<number>;
  } | null = null;
  /** How often names changed. */
  #renamed = 0;
  #found: { readonly key: string; readonly ids: readonly number[] } | null = null;
  #facets: { readonly version: string; readonly facets: Facets } | null = null;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepareAll(db);
  }

  /** Photos may have other names from now on. */
  forgetNames(): void {
    this.#renamed += 1;
    this.#byName = null;
  }

  /** The ids of the jobs that fit a search, newest first. */
  async search(search: Search): Promise<readonly number[]> {
    const key = `${this.#version()} ${JSON.stringify(search)}`;
    if (this.#found?.key === key) return this.#found.ids;
    const [first = () => this.#sql.all.all() as number[], ...others] = this.#questions(search);
    let ids = first();
    for (const question of others) {
      if (ids.length === 0) break;
      await nextTurn();
      const fitting = new Set(question());
      ids = ids.filter((id) => fitting.has(id));
    }
    const found = ascending(ids).reverse();
    this.#found = { key, ids: found };
    return found;
  }

  /**
   * The ids of a batch's jobs, in order, as they are at the moment of the answer. Where they are equal, the one that was
   * added first comes first.
   */
  async ofBatch({ batchId, states, order, descending }: BatchListing): Promise<number[]> {
    const byName = order === 'name' ? await this.#idsByName(batchId) : null; // before the states are looked at
    const wanted = BY_INTEREST.filter((state) => states.length === 0 || states.includes(state));
    if (order === 'finished') return this.#byFinish(batchId, wanted, descending);
    const groups = wanted.map((state) => ascending(this.#inState(batchId, state)));
    let ids = order === 'state' ? groups.flat() : ascending(groups.flat());
    if (byName !== null) {
      const listed = new Set(ids);
      ids = byName.filter((id) => listed.has(id));
    }
    return descending ? ids.reverse() : ids;
  }

  /** What there is to filter by, over all batches. */
  facets(): Facets {
    const version = this.#version();
    if (this.#facets?.version === version) return this.#facets.facets;
    const counts = emptyCounts();
    for (const { state, count } of this.#sql.counts.all() as { state: JobState; count: number }[])
      counts[state] = count;
    const facets: Facets = {
      folders: this.#sql.folders.all() as Facets['folders'],
      failures: (this.#sql.failures.all() as { code: string; photos: number }[]).sort((a, b) => b.photos - a.photos),
      counts,
    };
    this.#facets = { version, facets };
    return facets;
  }

  /** Uncertain jobs of a service that wait for the user's decision. */
  undecided(service: string): number {
    return this.#sql.undecidedOf.get(service) as number;
  }

  /** One question an index for each condition of a search. */
  #questions(search: Search): Question[] {
    const { text, states, from, to, folder, failureCode, batchId, undecided } = search;
    const sql = this.#sql;
    const questions: Question[] = [];
    const ask = (statement: Statement, ...values: unknown[]) =>
      void questions.push(() => statement.all(...values) as number[]);
    if (undecided) ask(sql.undecided);
    if (failureCode !== null) ask(sql.byFailure, failureCode);
    if (folder !== null) ask(sql.inFolder, folder);
    if (batchId !== null) ask(sql.ofBatch, batchId);
    if (from !== null || to !== null) ask(sql.dated, { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER });
    if (text.trim() !== '') questions.push(() => this.#named(text.trim().normalize('NFC')));
    if (states.length > 0) ask(sql.inStates, JSON.stringify(states));
    return questions;
  }

  #named(text: string): number[] {
    const plain = /^[\x20-\x7e]*$/.test(text);
    const pattern = text.replace(/[\\%_]/g, '\\$&').replace(/[^\x20-\x7e]+/g, '%');
    if (plain) return this.#sql.named.all(pattern) as number[];
    // SQLite knows upper and lower case of ASCII only, and one of two ways to write “é”: it finds what may fit.
    const wanted = folded(text);
    const rows = this.#sql.namesLike.all(pattern) as [number, string][];
    return rows.filter(([, name]) => folded(name).includes(wanted)).map(([id]) => id);
  }

  /** What is not finished comes last in either direction. */
  #byFinish(batchId: number, states: readonly JobState[], descending: boolean): number[] {
    const settled = states.filter(isSettled);
    const others = states.filter((state) => !isSettled(state)).flatMap((state) => this.#inState(batchId, state));
    let finished = this.#sql.finished.all(batchId) as number[];
    if (settled.length < SETTLED_STATES.length) {
      const wanted = new Set(settled.flatMap((state) => this.#inState(batchId, state)));
      finished = finished.filter((id) => wanted.has(id));
    }
    return [...(descending ? finished.reverse() : finished), ...ascending(others)];
  }

  #inState(batchId: number, state: JobState): number[] {
    return this.#sql.inBatch.all(batchId, state) as number[];
  }

  async #idsByName(batchId: number): Promise<readonly number[]> {
    const all = ascending(this.#sql.ofBatch.all(batchId) as number[]);
    const before = this.#byName;
    const holds = before?.batchId === batchId && all.every((id) => before.known.has(id));
    await nextTurn();
    if (holds) return before.ordered;
    const renamed = this.#renamed;
    const named: [number, string][] = [];
    for (let at = 0; at < all.length; at += NAMES_AT_ONCE) {
      if (at > 0) await nextTurn();
      const slice = JSON.stringify(all.slice(at, at + NAMES_AT_ONCE));
      named.push(...(this.#sql.names.all(slice) as [number, string][]));
    }
    const ordered = (await inNaturalOrder(named, ([, name]) => name)).map(([id]) => id);
    await nextTurn();
    if (renamed === this.#renamed) this.#byName = { batchId, ordered, known: new Set(ordered) };
    return ordered;
  }

  /** Changes with every change of the history, by this process or another. */
  #version(): string {
    return `${String(this.#sql.changes.get())}.${String(this.#db.pragma('data_version', { simple: true }))}`;
  }
}

function prepareAll(db: Database) {
  const plucked = (sql: string) => db.prepare(sql).pluck();
  return {
    changes: plucked('SELECT total_changes()'),
    all: plucked('SELECT id FROM job'),
    inStates: plucked('SELECT id FROM job WHERE state IN (SELECT value FROM json_each(?))'),
    inFolder: plucked('SELECT id FROM job WHERE folder = ?'),
    byFailure: plucked('SELECT id FROM job WHERE failure_code = ?'),
    undecided: plucked("SELECT id FROM job INDEXED BY job_undecided WHERE state = 'uncertain' AND left_at IS NULL"),
    undecidedOf: plucked(
      "SELECT count(*) FROM job INDEXED BY job_undecided WHERE service = ? AND state = 'uncertain' AND left_at IS NULL",
    ),
    ofBatch: plucked('SELECT id FROM job WHERE batch_id = ?'),
    // The date that a line shows. What ended is found by the index alone, a batch after the other; the rest is looked at.
    dated: plucked(
      `SELECT id FROM job WHERE batch_id IN (SELECT id FROM batch) AND finished_at >= :from AND finished_at < :to
       UNION ALL
       SELECT id FROM job WHERE ${IS_UNFINISHED} AND created_at >= :from AND created_at < :to`,
    ),
    named: plucked("SELECT id FROM job WHERE name LIKE '%' || ? || '%' ESCAPE '\\'"),
    namesLike: db.prepare("SELECT id, name FROM job WHERE name LIKE '%' || ? || '%' ESCAPE '\\'").raw(),
    inBatch: plucked('SELECT id FROM job WHERE batch_id = ? AND state = ?'),
    finished: plucked('SELECT id FROM job WHERE batch_id = ? AND finished_at IS NOT NULL ORDER BY finished_at, id'),
    names: db.prepare('SELECT id, name FROM job WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id').raw(),
    folders: db.prepare('SELECT folder, count(*) AS photos FROM job GROUP BY folder ORDER BY folder'),
    failures: db.prepare(
      `SELECT failure_code AS code, count(*) AS photos FROM job
       WHERE failure_code IS NOT NULL GROUP BY failure_code ORDER BY failure_code`,
    ),
    counts: db.prepare(
      `SELECT state, count(*) AS count FROM job
       WHERE state IN (${JOB_STATES.map((state) => `'${state}'`).join(', ')}) GROUP BY state`,
    ),
  };
}

function ascending(ids: readonly number[]): number[] {
  return [...Float64Array.from(ids).sort()];
}

/** A text for comparing what is written the same but for case and the way of writing accents. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
