// The rows of the photos in sight: asked for a frame at a time, kept current by the feed, forgotten when far away. A row
// carries the sequence number that it was read at, so that an answer and a message may come in any order.
import { SvelteMap } from 'svelte/reactivity';
import type { JobRow } from '../../app/contract/values.ts';
import type { Client } from '../bridge.ts';

/** As many as one question may ask for. */
const AT_ONCE = 500;
/** Rows held at most; then those that were not looked at longest go. */
const HELD = 2_000;
const HELD_AFTER = 1_500;

export class Rows {
  readonly #client: Client;
  readonly #fail: (error: unknown) => void;
  readonly #rows = new SvelteMap<number, JobRow>();
  /** At which sequence number each row was read. */
  readonly #seqs = new Map<number, number>();
  #wanted: readonly number[] = [];
  /** In the question that is under way. */
  #asked: ReadonlySet<number> = new Set();
  /** Asked for since the last refresh, found or not: a photo that was removed has no row, and is not asked for for ever. */
  #answered = new Set<number>();
  #frame: number | null = null;
  #stopped = false;

  constructor(client: Client, fail: (error: unknown) => void) {
    this.#client = client;
    this.#fail = fail;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: number): JobRow | undefined {
    return this.#rows.get(id);
  }

  /** Those of some ids that are at hand. */
  known(ids: readonly number[]): JobRow[] {
    return ids.flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** Says which are in sight; what is missing of them is asked for with the next frame. */
  want(ids: readonly number[]): void {
    this.#wanted = ids;
    this.#schedule();
  }

  /** Rows of the feed. Those that nobody looked at are left out. */
  take(rows: readonly JobRow[], seq: number): void {
    for (const row of rows) {
      const known = this.#seqs.get(row.id);
      if (known === undefined ? this.#asked.has(row.id) : seq > known) this.#keep(row, seq);
    }
  }

  /** Nothing here can be relied on any more: what is in sight is asked for again, the rest is forgotten. */
  refresh(): void {
    const inSight = new Set(this.#wanted);
    for (const id of [...this.#seqs.keys()]) if (!inSight.has(id)) this.#forget(id);
    this.#answered = new Set();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  #schedule(): void {
    if (this.#frame !== null || this.#stopped) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      void this.#ask();
    });
  }

  /** One question at a time: while it is under way, scrolling goes on, and the next asks for what is in sight then. */
  async #ask(): Promise<void> {
    if (this.#asked.size > 0) return;
    const answered = this.#answered; // a refresh while the question is under way makes another one
    const ids = this.#wanted.filter((id) => !answered.has(id)).slice(0, AT_ONCE);
    if (ids.length === 0) return;
    this.#asked = new Set(ids);
    try {
      const page = await this.#client.call('jobs.rows', { ids });
      if (this.#stopped) return;
      for (const row of page.rows) if (page.seq >= (this.#seqs.get(row.id) ?? 0)) this.#keep(row, page.seq);
      for (const id of ids) answered.add(id);
    } catch (error) {
      if (!this.#stopped) this.#fail(error);
      return; // the next look at the grid asks again
    } finally {
      this.#asked = new Set();
    }
    this.#trim();
    this.#schedule();
  }

  #keep(row: JobRow, seq: number): void {
    this.#rows.set(row.id, Object.freeze(row));
    this.#seqs.set(row.id, seq);
  }

  #forget(id: number): void {
    this.#rows.delete(id);
    this.#seqs.delete(id);
    this.#answered.delete(id);
  }

  #trim(): void {
    if (this.#seqs.size <= HELD) return;
    const inSight = new Set(this.#wanted);
    let surplus = this.#seqs.size - HELD_AFTER;
    for (const id of [...this.#seqs.keys()]) {
      if (surplus <= 0) return;
      if (inSight.has(id)) continue;
      this.#forget(id);
      surplus -= 1;
    }
  }
}
