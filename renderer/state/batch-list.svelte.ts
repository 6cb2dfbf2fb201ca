// The batches that the window lists: the newest, all that are not finished, and older ones as far as the user asked for
// them. Beside them what all batches add up to, listed or not.
import type { BatchRow, FeedMessage } from '../../app/contract/values.ts';
import { type Totals, unfinishedOf } from '../../app/domain/batch.ts';
import type { Client } from '../bridge.ts';

const PAGE = 200;
const MOST = 9_999; // what the contract takes, but for the one that tells whether there are more
const TOTALS_MS = 500; // adding up 100,000 photos is not for every one that is done

export class BatchList {
  readonly #client: Client;
  readonly #fail: (error: unknown) => void;
  /** Newest first. */
  rows: readonly BatchRow[] = $state.raw([]);
  loaded = $state(false);
  /** Null before they are known. */
  totals: Totals | null = $state.raw(null);
  /** The oldest of those that are listed without a gap, while there are older ones; what is listed beyond is not all. */
  #edge: number | null = $state(null);
  /** How many are listed without a gap, as far as the user asked for them. */
  #length = PAGE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #totaledAt = -Infinity;

  constructor(client: Client, fail: (error: unknown) => void) {
    this.#client = client;
    this.#fail = fail;
  }

  /** Whether there are older ones that are not listed. */
  get hasOlder(): boolean {
    return this.#edge !== null;
  }

  get(id: number): BatchRow | undefined {
    return this.rows.find((batch) => batch.id === id);
  }

  /** All of it anew, as far back as it is listed. */
  async load(): Promise<void> {
    const length = Math.min(this.#length, MOST);
    const [rows, totals] = await Promise.all([
      this.#client.call('batches.list', { limit: length + 1 }),
      this.#client.call('batches.totals'),
    ]);
    this.rows = rows.filter((row, index) => index !== length || unfinishedOf(row.counts) > 0);
    this.#edge = edgeOf(rows, length);
    this.totals = totals;
    this.loaded = true;
  }

  /** Lists the next older ones, too. */
  async loadOlder(): Promise<void> {
    const edge = this.#edge;
    if (edge === null) return;
    const rows = await this.#client.call('batches.older', { before: edge, limit: PAGE + 1 });
    if (this.#edge !== edge) return; // listed anew meanwhile
    this.#length += PAGE;
    this.#edge = edgeOf(rows, PAGE);
    this.#merge(rows.slice(0, PAGE));
  }

  put(row: BatchRow): void {
    this.rows = this.rows.map((batch) => (batch.id === row.id ? row : batch));
  }

  take({ batches, removedBatches }: FeedMessage): void {
    if (batches.length + removedBatches.length === 0) return;
    if (removedBatches.length > 0) this.rows = this.rows.filter(({ id }) => !removedBatches.includes(id));
    this.#merge(batches);
    this.#totalSoon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #merge(rows: readonly BatchRow[]): void {
    const changed = new Map(rows.map((row) => [row.id, row]));
    const merged = this.rows.map((batch) => changed.get(batch.id) ?? batch);
    for (const { id } of merged) changed.delete(id);
    this.rows = changed.size === 0 ? merged : [...changed.values(), ...merged].sort((a, b) => b.id - a.id);
  }

  #totalSoon(): void {
    if (document.hidden) return; // a window that is seen again asks for everything
    const wait = Math.max(0, this.#totaledAt + TOTALS_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.#total(), wait);
  }

  async #total(): Promise<void> {
    this.#timer = undefined;
    this.#totaledAt = performance.now();
    try {
      this.totals = await this.#client.call('batches.totals');
    } catch (error) {
      this.#fail(error);
    }
  }
}

/** @param rows the newest, one more than were to be listed when there are as many */
function edgeOf(rows: readonly BatchRow[], length: number): number | null {
  return rows.length > length ? (rows[length - 1]?.id ?? null) : null;
}
