// What is among the selected photos, also among those far away whose rows the window does not have: the core counts and
// finds those. So what is done to a selection is done to all of it.
import type { JobRow, JobTally } from '../../app/contract/values.ts';
import type { Client } from '../bridge.ts';
import { type Chosen, isGone, isModerated, isUncertain, tallyOf } from '../lib/job-menu.ts';
import type { AppStore } from './app.svelte.ts';

/** Some photos, and the rows of those that are at hand. */
export interface Photos {
  readonly ids: readonly number[];
  readonly rows: readonly JobRow[];
}

interface Counted {
  readonly ids: readonly number[];
  readonly set: ReadonlySet<number>;
  readonly tally: JobTally;
}

/** While photos change, those selected are counted anew so often at most, milliseconds. */
const RECOUNT_MS = 1_000;
/** As many rows as one question may ask for. */
const ROWS_AT_ONCE = 500;

export class ChosenPhotos {
  readonly #store: AppStore;
  readonly #ids: () => readonly number[];
  readonly #rows: () => readonly JobRow[];
  /** What the core counted last, and of which photos. */
  #counted: Counted | null = $state.raw(null);
  #asking = false;
  #due = false;
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  readonly all: Chosen = $derived.by(() => {
    const [ids, rows] = [this.#ids(), this.#rows()];
    const counted = this.#counted;
    const isWhole = rows.length === ids.length;
    const tally = isWhole ? tallyOf(rows) : counted && isOf(counted, ids) ? counted.tally : null;
    return { count: ids.length, rows, tally };
  });
  readonly #incomplete: boolean = $derived(this.all.rows.length < this.all.count);

  constructor(store: AppStore, { ids, rows }: { ids: () => readonly number[]; rows: () => readonly JobRow[] }) {
    this.#store = store;
    this.#ids = ids;
    this.#rows = rows;
  }

  /** Begins to count; the answer ends it. */
  start(): () => void {
    this.#stopped = false;
    const ends = [
      $effect.root(() => {
        $effect(() => {
          this.#ids();
          if (this.#incomplete) void this.#count();
        });
      }),
      this.#store.onFeed(({ rows, batches, overflow }) => {
        if (rows.length > 0 || batches.length > 0 || overflow) this.#countSoon();
      }),
    ];
    return () => {
      this.#stopped = true;
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      for (const end of ends) end();
    };
  }

  /** One question at a time: what was selected meanwhile is asked about after it. */
  async #count(): Promise<void> {
    this.#due = true;
    if (this.#asking) return;
    this.#asking = true;
    while (this.#due && !this.#stopped) {
      this.#due = false;
      this.#askedAt = performance.now();
      const ids = this.#ids();
      const tally = await this.#store.tell(() => this.#store.client.call('jobs.tally', { ids: [...ids] }));
      if (tally) this.#counted = { ids, set: new Set(ids), tally };
    }
    this.#asking = false;
  }

  #countSoon(): void {
    if (this.#timer !== null || !this.#incomplete) return;
    const wait = Math.max(0, this.#askedAt + RECOUNT_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#incomplete) void this.#count();
    }, wait);
  }
}

/** What is among photos. @throws {CommandError} */
export async function tallyAmong(client: Client, { ids, rows }: Photos): Promise<JobTally> {
  return rows.length === ids.length ? tallyOf(rows) : await client.call('jobs.tally', { ids: [...ids] });
}

/** Those that content moderation blocked. @throws {CommandError} */
export function moderatedOf(client: Client, photos: Photos): Promise<Photos> {
  return among(photos, isModerated, (ids) =>
    client.call('jobs.select', { ids, states: ['failed'], failureCode: 'moderated' }),
  );
}

/** Those of which it is not known whether they were charged. @throws {CommandError} */
export function uncertainOf(client: Client, photos: Photos): Promise<Photos> {
  return among(photos, isUncertain, (ids) =>
    client.call('jobs.select', { ids, states: ['uncertain'], failureCode: null }),
  );
}

/** Those whose picture was paid for and is not found at the service any more. @throws {CommandError} */
export function goneOf(client: Client, photos: Photos): Promise<Photos> {
  return among(photos, isGone, (ids) =>
    client.call('jobs.select', { ids, states: ['failed'], failureCode: 'result_gone' }),
  );
}

/** Those that a retry holds back, as they may be charged and nothing can be asked for any more. @throws {CommandError} */
export async function withheldOf(client: Client, ids: readonly number[]): Promise<readonly JobRow[]> {
  const withheld: JobRow[] = [];
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
    const { rows } = await client.call('jobs.rows', { ids: ids.slice(at, at + ROWS_AT_ONCE) });
    withheld.push(...rows.filter(isWithheld));
  }
  return withheld;
}

function isWithheld({ state, failure, owed }: JobRow): boolean {
  const ended = state === 'failed' || state === 'canceled' || state === 'uncertain';
  return ended && failure !== null && failure.charged !== 'no' && !owed;
}

async function among(
  { ids, rows }: Photos,
  fits: (row: JobRow) => boolean,
  ask: (ids: number[]) => Promise<readonly number[]>,
): Promise<Photos> {
  const fitting = rows.filter(fits);
  if (rows.length === ids.length) return { ids: fitting.map(({ id }) => id), rows: fitting };
  const found = new Set(await ask([...ids]));
  return { ids: [...found], rows: rows.filter(({ id }) => found.has(id)) };
}

/** Whether these are the photos that were counted, in whatever order. */
function isOf({ ids: counted, set }: Counted, ids: readonly number[]): boolean {
  return counted === ids || (set.size === ids.length && ids.every((id) => set.has(id)));
}
