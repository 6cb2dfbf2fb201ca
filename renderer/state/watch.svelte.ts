// The watch folders, as the core tells them, and what the user does about them. Each answer becomes the state at once;
// what could not be done is told in passing.
import { SvelteSet } from 'svelte/reactivity';
import type { ServiceKind } from '../../app/contract/values.ts';
import type { HeldPhotos, WatchRow } from '../../app/contract/watch.ts';
import type { WatchSettings } from '../../app/domain/watch.ts';
import { count } from '../lib/format.ts';
import {
  eachText,
  isActive,
  kindAtWork,
  leftText,
  releasedText,
  restsWithout,
  waitsForUser,
} from '../lib/watch-text.ts';
import type { AppStore } from './app.svelte.ts';

export class WatchStore {
  readonly #store: AppStore;
  /** In the order in which they were added. */
  rows: readonly WatchRow[] = $state.raw([]);
  /** The folder whose settings are open; null for none. */
  settingsOf: number | null = $state(null);
  /** The folder that was added last in this window: it is brought into sight. */
  added: number | null = $state(null);
  /** Folders whose photos are being queued, or left alone, on the user's word. */
  readonly #releasing = new SvelteSet<number>();

  constructor(store: AppStore) {
    this.#store = store;
  }

  /** Folders in which new photos are noticed now. */
  get active(): number {
    return this.rows.filter(isActive).length;
  }

  /** Folders that go on only when the user does something. */
  get waiting(): number {
    return this.rows.filter((row) => waitsForUser(row, this.#kind)).length;
  }

  /** Folders from which nothing is taken only because no service is in use. */
  get resting(): readonly WatchRow[] {
    return this.rows.filter((row) => restsWithout(row, this.#kind));
  }

  row(id: number): WatchRow | undefined {
    return this.rows.find((row) => row.id === id);
  }

  isReleasing(id: number): boolean {
    return this.#releasing.has(id);
  }

  get #kind(): ServiceKind {
    return kindAtWork(this.#store.app?.service);
  }

  /** All folders as they are now. */
  take(rows: readonly WatchRow[]): void {
    this.rows = rows;
  }

  /** A dialog for a folder, which is watched from then on. */
  async choose(): Promise<void> {
    const row = await this.#store.tell(() => this.#store.client.call('watch.choose'));
    if (row) this.#added([row]);
  }

  /** The folders of an intake are watched from now on. */
  async addIntake(id: number): Promise<void> {
    const rows = await this.#store.tell(() => this.#store.client.call('watch.addIntake', { id }));
    if (rows === undefined) return;
    if (rows.length > 0) this.#added(rows);
    else this.#store.toasts.warn('Only folders can be watched. Drop the folder in which new photos arrive.');
  }

  /** @returns whether it is kept */
  async change(id: number, settings: WatchSettings): Promise<boolean> {
    const sent = { ...settings, include: [...settings.include], exclude: [...settings.exclude] };
    return this.#replace(() => this.#store.client.call('watch.change', { id, settings: sent }));
  }

  async setPaused(id: number, paused: boolean): Promise<void> {
    await this.#replace(() => this.#store.client.call('watch.pause', { id, paused }));
  }

  /** The folder belongs to the service in use from now on. */
  async move(id: number): Promise<void> {
    await this.#replace(() => this.#store.client.call('watch.move', { id }));
  }

  /** The core's dialog for the output folder: what is chosen there counts at once. */
  async chooseOutput(id: number): Promise<void> {
    await this.#store.tell(() => this.#store.client.call('watch.chooseOutput', { id }));
  }

  async clearOutput(id: number): Promise<void> {
    await this.#store.tell(() => this.#store.client.call('watch.clearOutput', { id }));
  }

  async reveal(id: number, which: 'photos' | 'enhanced'): Promise<void> {
    await this.#store.tell(() => this.#store.client.call('watch.reveal', { id, which }));
  }

  /** Queues the photos that the user had in sight, and none that came later. */
  async release(id: number, which: 'held' | 'existing', { agreement, photos }: HeldPhotos): Promise<void> {
    if (this.#releasing.has(id)) return;
    this.#releasing.add(id);
    const released = await this.#store.tell(() => this.#store.client.call('watch.release', { id, which, agreement }));
    this.#releasing.delete(id);
    if (released !== undefined) this.#store.toasts.info(releasedText(released, photos));
  }

  /** Leaves photos alone that came at once: those that the user had in sight. */
  async leave(id: number, { agreement }: HeldPhotos): Promise<void> {
    if (this.#releasing.has(id)) return;
    this.#releasing.add(id);
    const left = await this.#store.tell(() => this.#store.client.call('watch.leave', { id, agreement }));
    this.#releasing.delete(id);
    if (left !== undefined) this.#store.toasts.info(leftText(left));
  }

  async remove(id: number): Promise<void> {
    const removed = await this.#store.tell(() => this.#store.client.call('watch.remove', { id }));
    if (removed === undefined) return;
    if (this.settingsOf === id) this.settingsOf = null;
    this.rows = this.rows.filter((row) => row.id !== id);
  }

  async #replace(action: () => Promise<WatchRow>): Promise<boolean> {
    const row = await this.#store.tell(action);
    if (row) this.rows = this.rows.map((one) => (one.id === row.id ? row : one));
    return row !== undefined;
  }

  #added(rows: readonly WatchRow[]): void {
    const fresh = rows.filter(({ id }) => this.row(id) === undefined); // the event may have been there first
    this.rows = [...this.rows, ...fresh];
    const [first] = rows;
    if (!first) return;
    this.added = first.id;
    const { toasts } = this.#store;
    const settings = { label: 'Settings…', run: () => this.openSettings(first.id) };
    const price = eachText(first);
    const now = `by themselves from now on${price === null ? '' : `, for ${price}`}`;
    if (rows.length === 1) toasts.info(`New photos in “${first.name}” are enhanced ${now}.`, settings);
    else toasts.info(`New photos in these ${count(rows.length, 'folder')} are enhanced ${now}.`);
  }

  /** Shows the settings of a folder, from wherever the user is. */
  openSettings(id: number): void {
    this.#store.show({ kind: 'watch' });
    this.settingsOf = id;
  }
}
