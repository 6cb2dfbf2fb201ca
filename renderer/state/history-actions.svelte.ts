// What can be done with the lines of the history, beside what can be done with photos anywhere (job-actions.svelte.ts).
// What costs money for many photos or cannot be taken back is asked for first; the outcome of everything is told.
import type { FoundAlong, JobRow, UnsureLocated } from '../../app/contract/values.ts';
import type { JobAction } from '../lib/job-menu.ts';
import { count } from '../lib/format.ts';
import { toInput } from '../lib/history-filter.ts';
import type { AppStore } from './app.svelte.ts';
import type { HistoryStore } from './history.svelte.ts';
import { type CancelQuestion, type ConsentQuestion, JobActions } from './job-actions.svelte.ts';

/** A photo that is looked at, and those to go to from there. */
export interface Comparison {
  readonly id: number;
  readonly ids: readonly number[];
}

/** Photos that are to be removed from the history, before the user agreed. */
export interface RemoveQuestion {
  readonly ids: readonly number[];
}

export class HistoryActions {
  readonly #store: AppStore;
  readonly #history: HistoryStore;
  /** What can be done with photos anywhere; holds the questions of a retry and of paying twice. */
  readonly jobs: JobActions;
  removing: RemoveQuestion | null = $state.raw(null);
  comparison: Comparison | null = $state.raw(null);
  /** What is under way, so that it is not asked for twice. */
  busy: 'export' | 'ids' | null = $state(null);

  constructor(store: AppStore, history: HistoryStore) {
    this.#store = store;
    this.#history = history;
    this.jobs = new ActionsOfHistory(store, history);
  }

  /** @param rows those of the photos that are at hand */
  run(action: JobAction, ids: readonly number[], rows: readonly JobRow[]): Promise<void> {
    return action === 'compare' ? this.compare(ids) : this.jobs.run(action, ids, rows);
  }

  /** Shows one of the photos large, that which the keyboard is at if it can; those to go to are the others that fit. */
  async compare(ids: readonly number[]): Promise<void> {
    const { cursorId } = this.#history.selection;
    const id = cursorId !== undefined && ids.includes(cursorId) ? cursorId : ids[0];
    if (id === undefined) return;
    const all = await this.#store.tell(() => this.#history.pages.ids());
    if (all) this.comparison = { id, ids: all.includes(id) ? all : [id] };
  }

  askToRemove(ids: readonly number[]): void {
    if (ids.length > 0) this.removing = { ids };
  }

  /** Asks before all failed photos that fit the filters are retried. */
  async askToRetryFailed(): Promise<void> {
    if (this.busy) return;
    this.busy = 'ids';
    const filter = { ...toInput(this.#history.filters, Date.now()), states: ['failed' as const] };
    const ids = await this.#store.tell(() => this.#store.client.call('history.ids', { filter }));
    if (ids && ids.length > 0) await this.jobs.askToRetry(ids, { always: true });
    this.busy = null;
    if (ids?.length === 0) this.#store.toasts.info('No failed photo fits these filters any more.');
  }

  async export(format: 'csv' | 'json'): Promise<void> {
    if (this.busy) return;
    this.busy = 'export';
    const filter = toInput(this.#history.filters, Date.now());
    const file = await this.#store.tell(() => this.#store.client.call('history.export', { filter, format }));
    this.busy = null;
    if (file) this.#store.toasts.info(`${count(file.jobs, 'photo')} written to “${file.name}”.`);
  }

  async remove({ ids }: RemoveQuestion): Promise<void> {
    const outcome = await this.#store.tell(() => this.#store.client.call('history.remove', { ids: [...ids] }));
    if (!outcome) return;
    const { removed, kept } = outcome;
    const { toasts } = this.#store;
    if (removed > 0)
      toasts.info(`${count(removed, 'photo')} removed from the history. The pictures are where they were.`);
    if (kept > 0) {
      const stays = kept === 1 ? 'stays' : 'stay';
      toasts.warn(
        `${count(kept, 'photo')} ${stays} in the history: unfinished, paid for and not fetched yet, or waiting for your decision.`,
      );
    }
    this.#history.selection.clear();
    await this.#history.refresh();
  }
}

/** What is done to photos is seen in the history at once, and not only when the feed tells of it. */
class ActionsOfHistory extends JobActions {
  readonly #history: HistoryStore;

  constructor(store: AppStore, history: HistoryStore) {
    super(store);
    this.#history = history;
  }

  override async retry(ids: readonly number[]): Promise<void> {
    await super.retry(ids);
    await this.#history.refresh();
  }

  override async locate(id: number): Promise<void> {
    await super.locate(id);
    await this.#history.refresh();
  }

  override async takeLocated(question: UnsureLocated): Promise<void> {
    await super.takeLocated(question);
    await this.#history.refresh();
  }

  override async takeFound(found: FoundAlong): Promise<void> {
    await super.takeFound(found);
    await this.#history.refresh();
  }

  override async cancel(question: CancelQuestion, abandon: boolean): Promise<void> {
    await super.cancel(question, abandon);
    await this.#history.refresh();
  }

  override async payAgain(question: ConsentQuestion): Promise<void> {
    await super.payAgain(question);
    await this.#decided(question.ids);
  }

  override async leave(question: Pick<ConsentQuestion, 'ids'>): Promise<void> {
    await super.leave(question);
    await this.#decided(question.ids);
  }

  async #decided(ids: readonly number[]): Promise<void> {
    this.#history.undecidedSelection.forget(ids);
    await this.#history.refresh();
  }
}
