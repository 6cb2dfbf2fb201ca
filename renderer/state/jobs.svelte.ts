// The photos of one batch as the window shows them: the order of all of them by filter and sort, and the rows of those in
// sight, kept current by the feed.
import type { BatchRow, FeedMessage, JobOrder, JobRow } from '../../app/contract/values.ts';
import type { StateGroup } from '../lib/states.ts';
import { statesOf } from '../lib/states.ts';
import type { AppStore } from './app.svelte.ts';
import { Rows } from './rows.svelte.ts';

/** While photos change, their order is asked for anew so often at most, milliseconds. */
const REORDER_MS = 1_000;

export interface Arrangement {
  readonly group: StateGroup;
  readonly order: JobOrder;
  readonly descending: boolean;
}

export class BatchJobs {
  readonly batchId: number;
  readonly #store: AppStore;
  readonly #rows: Rows;
  readonly #ends: (() => void)[] = [];
  #arrangement: Arrangement = $state.raw({ group: 'all', order: 'added', descending: false });
  #ids: readonly number[] = $state.raw([]);
  #loaded = $state(false);
  #trouble: string | null = $state(null);
  #removed = $state(false);
  /** The batch itself, for when it is too old to be among those of the sidebar. */
  #old: BatchRow | null = $state.raw(null);

  /** The sequence number of the last message that asks for a new order. */
  #dueSeq = -1;
  /** The question whose answer counts; an older one's is thrown away. */
  #question = 0;
  #asking = false;
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  constructor(store: AppStore, batchId: number) {
    this.#store = store;
    this.batchId = batchId;
    this.#rows = new Rows(store.client, (error) => store.toasts.fail(error));
  }

  get batch(): BatchRow | null {
    return this.#store.batch(this.batchId) ?? this.#old;
  }

  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  /** All photos that fit the filter, in order. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why the photos cannot be shown; null when they can. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Whether the batch is not in the history any more. */
  get removed(): boolean {
    return this.#removed;
  }

  row(id: number): JobRow | undefined {
    return this.#rows.get(id);
  }

  /** The rows of some photos, as far as they are at hand. */
  known(ids: readonly number[]): JobRow[] {
    return this.#rows.known(ids);
  }

  /** Says which photos are in sight. */
  look(ids: readonly number[]): void {
    this.#rows.want(ids);
  }

  /** Listens before it asks, so that nothing between the two is missed. */
  async start(): Promise<void> {
    const returned = () => {
      if (!document.hidden) void this.#begin();
    };
    document.addEventListener('visibilitychange', returned);
    this.#ends.push(
      this.#store.onFeed((message) => this.#take(message)),
      () => document.removeEventListener('visibilitychange', returned),
    );
    await this.#begin();
  }

  stop(): void {
    this.#stopped = true;
    for (const end of this.#ends.splice(0)) end();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#rows.stop();
    // Another batch's view has already said whom it watches: this must not take it back.
    if (this.#store.view.kind === 'batch' && this.#store.view.batchId !== this.batchId) return;
    void this.#store.tell(() => this.#store.client.call('feed.watch', { batchId: null }));
  }

  /** Shows them by another filter or in another order. */
  arrange(changes: Partial<Arrangement>): void {
    this.#arrangement = { ...this.#arrangement, ...changes };
    void this.#order();
  }

  /** After a trouble. */
  retry(): void {
    this.#trouble = null;
    void this.#begin();
  }

  async #begin(): Promise<void> {
    try {
      await this.#store.client.call('feed.watch', { batchId: this.batchId });
      if (this.#stopped) return;
      this.#rows.refresh();
      await Promise.all([this.#order(), this.#findBatch()]);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #findBatch(): Promise<void> {
    this.#old = await this.#store.findBatch(this.batchId);
    if (this.#old === null && !this.#store.batch(this.batchId)) this.#removed = true;
  }

  #take(message: FeedMessage): void {
    if (message.removedBatches.includes(this.batchId)) this.#removed = true;
    this.#old = message.batches.find(({ id }) => id === this.batchId) ?? this.#old;
    if (message.overflow) this.#rows.refresh();
    else this.#rows.take(message.rows, message.seq);
    const changed = message.rows.length > 0 || message.batches.some(({ id }) => id === this.batchId);
    if (message.overflow || message.membership || (changed && this.#followsStates)) {
      this.#dueSeq = message.seq;
      this.#orderSoon();
    }
  }

  /** Whether a change of a photo's state can change which photos are shown, or where. */
  get #followsStates(): boolean {
    const { group, order } = this.#arrangement;
    return group !== 'all' || order === 'state' || order === 'finished';
  }

  #orderSoon(): void {
    if (this.#asking || this.#timer !== null || this.#stopped) return;
    const wait = Math.max(0, this.#askedAt + REORDER_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#order();
    }, wait);
  }

  async #order(): Promise<void> {
    const question = ++this.#question;
    this.#asking = true;
    this.#askedAt = performance.now();
    const { group, order, descending } = this.#arrangement;
    const query = { batchId: this.batchId, states: [...statesOf(group)], order, descending };
    try {
      const answer = await this.#store.client.call('jobs.ids', query);
      if (question !== this.#question || this.#stopped) return;
      this.#ids = answer.ids;
      this.#loaded = true;
      this.#trouble = null;
      this.#asking = false;
      if (this.#dueSeq > answer.seq) this.#orderSoon(); // something changed after it was read
    } catch (error) {
      if (question !== this.#question) return;
      this.#asking = false;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    if (this.#loaded) this.#store.toasts.fail(error);
    else this.#trouble = error instanceof Error ? error.message : String(error);
  }
}
