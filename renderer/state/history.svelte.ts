// The history as the window shows it: the filters, the lines that fit them, what waits for a decision, and all of it kept
// up to date while photos are worked on.
import type { FeedMessage, HistoryFacets } from '../../app/contract/values.ts';
import type { BatchName } from '../../app/domain/batch.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { failureOf } from '../bridge.ts';
import { type HistoryFilters, NO_FILTERS, periodProblem, toInput, undecidedInput } from '../lib/history-filter.ts';
import type { AppStore } from './app.svelte.ts';
import { ChosenPhotos } from './chosen.svelte.ts';
import { HistoryPages } from './history-pages.svelte.ts';
import { ListSelection } from './list-selection.svelte.ts';

const REFRESH_MS = 1_000; // counting 100,000 lines is not for every photo that is done
const TYPING_MS = 200;

export class HistoryStore {
  readonly #store: AppStore;
  readonly pages: HistoryPages;
  readonly undecided: HistoryPages;
  readonly selection: ListSelection;
  readonly undecidedSelection: ListSelection;
  /** The selected lines, as menus take them. */
  readonly chosen: ChosenPhotos;

  filters: HistoryFilters = $state.raw(NO_FILTERS);
  facets: HistoryFacets | null = $state.raw(null);
  /** Failed photos among those that fit the filters; null while not known. */
  failed: number | null = $state(null);
  /** What went wrong beside the lines themselves; they have their own. */
  trouble: Failure | null = $state.raw(null);

  /** The batch that was chosen last: it may be too old to be listed. */
  #batch: BatchName | null = $state.raw(null);
  readonly #selected = $derived.by(() => [...this.selection.ids]);
  #typing: ReturnType<typeof setTimeout> | undefined;
  #refreshing: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  readonly #ends: (() => void)[] = [];

  constructor(store: AppStore) {
    this.#store = store;
    this.pages = new HistoryPages(store.client, () => toInput(this.filters, Date.now()));
    this.undecided = new HistoryPages(store.client, undecidedInput);
    this.selection = selectionOf(this.pages, store);
    this.undecidedSelection = selectionOf(this.undecided, store);
    this.chosen = new ChosenPhotos(store, {
      ids: () => this.#selected,
      rows: () => this.pages.loaded(this.selection.ids),
    });
  }

  get filtered(): boolean {
    return this.filters !== NO_FILTERS;
  }

  /** Begins to listen and loads; the answer ends it. */
  open(): () => void {
    this.#ends.push(
      this.#store.onFeed((message) => this.#take(message)),
      this.chosen.start(),
    );
    void this.pages.restart();
    void this.undecided.restart();
    void this.#count();
    return () => {
      clearTimeout(this.#typing);
      clearTimeout(this.#refreshing);
      for (const end of this.#ends.splice(0)) end();
    };
  }

  /** Narrows the lines; typing is waited for, all else is done at once. */
  filter(changes: Partial<HistoryFilters>): void {
    this.set({ ...this.filters, ...changes }, 'text' in changes ? TYPING_MS : 0);
  }

  /** Narrows the lines to those of a batch; null for those of all. */
  filterBatch(batch: BatchName | null): void {
    this.#batch = batch;
    this.filter({ batchId: batch?.id ?? null });
  }

  batchName(id: number): string {
    return this.#store.batch(id)?.name ?? (this.#batch?.id === id ? this.#batch.name : `no. ${id}`);
  }

  /** @param after milliseconds, in which a further change takes this one's place */
  set(filters: HistoryFilters, after = 0): void {
    this.filters = isNone(filters) ? NO_FILTERS : filters;
    clearTimeout(this.#typing);
    if (periodProblem(filters) !== null) return; // said beside the fields; the lines stay as they are
    if (after === 0) this.#restart();
    else this.#typing = setTimeout(() => this.#restart(), after);
  }

  /** Everything in sight anew: after what the user did, and when something failed. */
  async refresh(): Promise<void> {
    clearTimeout(this.#refreshing);
    this.#refreshing = undefined;
    await Promise.all([this.pages.refresh(), this.undecided.refresh(), this.#count()]);
    this.selection.settle();
    this.undecidedSelection.settle();
  }

  #restart(): void {
    this.selection.reset();
    void this.pages.restart();
    void this.#count();
  }

  #take(message: FeedMessage): void {
    if (message.rows.length > 0) {
      this.pages.take(message);
      this.undecided.take(message);
    }
    const { batches, removedBatches, overflow, membership } = message;
    const isMore = batches.length > 0 || removedBatches.length > 0 || overflow || membership;
    if (isMore) this.#refreshing ??= setTimeout(() => void this.refresh(), REFRESH_MS);
  }

  /** What the filters offer, and how many failed photos fit them. */
  async #count(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const { client } = this.#store;
    const mayHoldFailed = this.filters.group === 'all' || this.filters.group === 'failed';
    const filter = { ...toInput(this.filters, Date.now()), states: ['failed' as const] };
    try {
      const [facets, failed] = await Promise.all([
        client.call('history.facets'),
        mayHoldFailed ? client.call('history.page', { filter, offset: 0, limit: 1 }) : null,
      ]);
      if (asked !== this.#asked) return;
      this.facets = facets;
      this.failed = failed?.total ?? 0;
      this.trouble = null;
    } catch (error) {
      if (asked === this.#asked) this.trouble = failureOf(error);
    }
  }
}

function selectionOf(pages: HistoryPages, { toasts }: AppStore): ListSelection {
  return new ListSelection({
    total: () => pages.total ?? 0,
    idAt: (index) => pages.row(index)?.id,
    indexOf: (id) => pages.indexOf(id),
    ids: () => pages.ids(),
    fail: (error) => toasts.fail(error),
  });
}

function isNone(filters: HistoryFilters): boolean {
  return (Object.keys(NO_FILTERS) as (keyof HistoryFilters)[]).every((key) => filters[key] === NO_FILTERS[key]);
}
