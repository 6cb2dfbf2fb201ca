// The lines of the history that fit a filter, loaded a page at a time as they come into sight. Pages that are out of date
// stay in sight until newer ones are there.
import type { HistoryFilterInput } from '../../app/contract/inputs.ts';
import type { FeedMessage, HistoryPage, HistoryRow } from '../../app/contract/values.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { type Client, failureOf } from '../bridge.ts';

const PAGE_ROWS = 200;
const PAGES_KEPT = 12;

interface Page {
  readonly rows: readonly HistoryRow[];
  readonly seq: number;
  readonly generation: number;
}

export class HistoryPages {
  readonly #client: Client;
  /** Asked each time: “the last seven days” move on. */
  readonly #filter: () => HistoryFilterInput;

  /** Lines in all; null before they were counted. */
  total: number | null = $state(null);
  /** Why lines could not be read; null when they could. */
  trouble: Failure | null = $state.raw(null);
  #pages: ReadonlyMap<number, Page> = $state.raw(new Map());

  /** Pages that are in sight. */
  #sight: readonly [first: number, last: number] = [0, 0];
  readonly #stale = new Set<number>();
  /** Changes with the filter: what was asked before it no longer counts, and is in sight only until the first answer. */
  #generation = $state(0);
  #filling: Promise<void> = Promise.resolve();
  #isFilling = false;

  constructor(client: Client, filter: () => HistoryFilterInput) {
    this.#client = client;
    this.#filter = filter;
  }

  /** Another number for each filter that was set. */
  get generation(): number {
    return this.#generation;
  }

  /** A line by its place; undefined while it is not loaded. */
  row(index: number): HistoryRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS];
  }

  /** The place of a line among those that are loaded; null when it is not. */
  indexOf(id: number): number | null {
    for (const [page, { rows }] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE_ROWS + at;
    }
    return null;
  }

  /** Those of some lines that are loaded. */
  loaded(ids: ReadonlySet<number>): HistoryRow[] {
    return [...this.#pages.values()].flatMap(({ rows }) => rows.filter(({ id }) => ids.has(id)));
  }

  /** Everything anew, for another filter; what was in sight stays until the answer is there. */
  restart(): Promise<void> {
    this.#generation += 1;
    this.#stale.clear();
    this.#sight = [0, 0];
    return this.#fill();
  }

  /** Reads anew what is in sight; what is not is read when it comes into sight. */
  refresh(): Promise<void> {
    const [first, last] = this.#sight;
    this.#pages = new Map([...this.#pages].filter(([page]) => page >= first && page <= last));
    for (let page = first; page <= last; page += 1) this.#stale.add(page);
    return this.#fill();
  }

  /** Tells which lines are in sight; those that are missing are loaded. @param end one behind the last */
  show(first: number, end: number): void {
    this.#sight = [Math.floor(first / PAGE_ROWS), Math.floor(Math.max(first, end - 1) / PAGE_ROWS)];
    void this.#fill();
  }

  /** Takes changed lines from the feed where they are newer than what is here. */
  take({ rows, seq }: Pick<FeedMessage, 'rows' | 'seq'>): void {
    const changed = new Map(rows.map((row) => [row.id, row]));
    const pages = [...this.#pages].map(([at, page]): [number, Page] => {
      if (page.seq >= seq || !page.rows.some(({ id }) => changed.has(id))) return [at, page];
      return [at, { ...page, rows: page.rows.map((row) => ({ ...row, ...changed.get(row.id) })) }];
    });
    this.#pages = new Map(pages);
  }

  /** The ids of all lines that fit, newest first. @throws {CommandError} */
  ids(): Promise<readonly number[]> {
    return this.#client.call('history.ids', { filter: this.#filter() });
  }

  /** One page after the other, those in sight when its turn comes: scrolling far asks for nothing on the way. */
  #fill(): Promise<void> {
    if (!this.#isFilling) this.#filling = this.#loadMissing();
    return this.#filling;
  }

  async #loadMissing(): Promise<void> {
    this.#isFilling = true;
    try {
      for (let page = this.#missing(); page !== undefined; page = this.#missing()) {
        const generation = this.#generation;
        const trouble = await this.#load(page, generation);
        if (trouble === null || generation !== this.#generation) continue;
        this.trouble = trouble;
        break;
      }
    } finally {
      this.#isFilling = false; // in one step with the last look at what is missing: nothing comes between the two
    }
  }

  /** @returns why it could not be read; null when it was, or when nobody waits for it any more */
  async #load(page: number, generation: number): Promise<Failure | null> {
    this.#stale.delete(page); // what becomes stale while it is read is read once more
    const place = { offset: page * PAGE_ROWS, limit: PAGE_ROWS };
    try {
      const answer = await this.#client.call('history.page', { filter: this.#filter(), ...place });
      if (generation === this.#generation) this.#keep(page, answer);
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  #keep(page: number, { rows, total, seq }: HistoryPage): void {
    const generation = this.#generation;
    const isKept = ([at, one]: [number, Page]) =>
      at !== page && one.generation === generation && at * PAGE_ROWS < total;
    const pages = [...this.#pages].filter(isKept).slice(1 - PAGES_KEPT);
    this.#pages = new Map([...pages, [page, { rows, seq, generation }]]);
    this.total = total;
    this.trouble = null;
  }

  #missing(): number | undefined {
    const [first, last] = this.#sight;
    const end = Math.max(0, Math.ceil((this.total ?? 0) / PAGE_ROWS) - 1);
    for (let page = Math.min(first, end); page <= Math.min(last, end); page += 1) {
      if (this.#pages.get(page)?.generation !== this.#generation || this.#stale.has(page)) return page;
    }
    return undefined;
  }
}
