// What the whole window shares: the app's state, the batches, the queue, where the user is, and what is told to him in
// passing. One object, made in main.ts and handed down; nothing here is global.
import { tick } from 'svelte';
import type { BatchRow, FeedMessage, Intent, Opening, QueueState } from '../../app/contract/values.ts';
import type { AppState, Link, Preferences } from '../../app/contract/values.ts';
import { photoPrice, type PhotoPrice } from '../../app/domain/quote.ts';
import { CommandError, type Client } from '../bridge.ts';
import { fieldInFocus, isModalOpen } from '../lib/focus.ts';
import { batchState, type BatchState, type Elsewhere } from '../lib/states.ts';
import { BatchList } from './batch-list.svelte.ts';
import { type Beginning, Sheets } from './sheets.svelte.ts';
import { Toasts } from './toasts.svelte.ts';
import { WatchStore } from './watch.svelte.ts';

export type View =
  | { readonly kind: 'home' }
  | { readonly kind: 'batch'; readonly batchId: number }
  | { readonly kind: 'history'; readonly undecided: boolean }
  | { readonly kind: 'watch' }
  | { readonly kind: 'settings' };

export type Stage =
  | { readonly kind: 'opening' }
  | { readonly kind: 'closed'; readonly code: string; readonly message: string }
  | { readonly kind: 'open' };

export class AppStore {
  readonly client: Client;
  readonly toasts = new Toasts();
  readonly watch: WatchStore;

  stage: Stage = $state.raw({ kind: 'opening' });
  app: AppState | null = $state.raw(null);
  queue: QueueState | null = $state.raw(null);
  readonly batchList: BatchList;
  view: View = $state.raw({ kind: 'home' });
  /** Whether this start began without a service, and the welcome has not been left yet. */
  #welcoming = $state(false);
  readonly #sheets: Sheets;
  readonly #feedListeners = new Set<(message: FeedMessage) => void>();
  readonly #intentListeners = new Set<(intent: Intent) => void>();
  readonly #ends: (() => void)[] = [];
  #seq: number | null = null;

  constructor(client: Client) {
    this.client = client;
    this.watch = new WatchStore(this);
    this.batchList = new BatchList(client, (error) => this.toasts.fail(error));
    // Whether it was there to be given up makes no difference to anyone.
    this.#sheets = new Sheets((id) => void client.call('intake.discard', { id }).catch(() => undefined));
  }

  /** Those that the window lists, newest first. */
  get batches(): readonly BatchRow[] {
    return this.batchList.rows;
  }

  /** What a photo that is sent now will probably cost. */
  get photoPrice(): PhotoPrice {
    return this.queue?.photoPrice ?? photoPrice(null);
  }

  /** Neither a key nor practice, and nothing was ever done: the user has yet to choose. */
  get firstRun(): boolean {
    const without = this.app?.service.kind === 'none';
    return this.batches.length === 0 && this.watch.rows.length === 0 && (without || this.#welcoming);
  }

  get practice(): boolean {
    return this.app?.service.kind === 'practice';
  }

  /** Photos that only the present key's account can fetch. */
  get photosAtSegmind(): number {
    return this.batchList.totals?.paid.atService ?? 0;
  }

  batch(id: number): BatchRow | undefined {
    return this.batchList.get(id);
  }

  /** A batch, also when it is too old to be listed; null when it is gone. @throws {CommandError} */
  async findBatch(id: number): Promise<BatchRow | null> {
    return this.batch(id) ?? (await this.client.call('batches.get', { id }));
  }

  /** How a batch is, the queue considered. */
  stateOf(batch: BatchRow): BatchState {
    return batchState(batch, this.queue, this.elsewhere(batch) === null);
  }

  /** The service of photos when it is not the one in use: nobody works on them then. */
  elsewhere({ practice }: Pick<BatchRow, 'practice'>): Elsewhere | null {
    const own = practice ? 'practice' : 'segmind';
    return this.app?.service.kind === own ? null : own;
  }

  /** The user chose a service and has seen what came of it. */
  leaveWelcome(): void {
    this.#welcoming = false;
  }

  /** Begins to listen, then asks where things stand: so nothing between the two is missed. */
  async open(): Promise<void> {
    this.#ends.push(
      this.client.on('app', (app) => (this.app = app)),
      this.client.on('opening', (opening) => void this.#enter(opening)),
      this.client.on('feed', (message) => this.#take(message)),
      this.client.on('watch', (rows) => this.watch.take(rows)),
      this.client.on('intent', (intent) => this.#obey(intent)),
    );
    const becameVisible = () => {
      if (!document.hidden && this.stage.kind === 'open') void this.refresh();
    };
    document.addEventListener('visibilitychange', becameVisible);
    const leave = () => this.close();
    window.addEventListener('pagehide', leave);
    this.#ends.push(
      () => document.removeEventListener('visibilitychange', becameVisible),
      () => window.removeEventListener('pagehide', leave),
    );
    await this.#attempt(async () => this.#enter(await this.client.call('app.open')));
  }

  /** The page is left: photos that were not started are given up with it. */
  close(): void {
    this.#sheets.clear();
    this.batchList.stop();
    for (const end of this.#ends.splice(0)) end();
  }

  async reopen(): Promise<void> {
    this.stage = { kind: 'opening' };
    await this.#attempt(async () => this.#enter(await this.client.call('app.reopen')));
  }

  /** Everything anew: at the start, after a gap in the feed, and when the window was hidden. @returns whether it worked */
  async refresh(): Promise<boolean> {
    return await this.#attempt(async () => {
      const [, queue, folders] = await Promise.all([
        this.batchList.load(),
        this.client.call('queue.state'),
        this.client.call('watch.list'),
      ]);
      this.queue = queue;
      this.watch.take(folders);
    });
  }

  /** Calls back for each message of the feed, after the batches and the queue took theirs; the answer ends it. */
  onFeed(listener: (message: FeedMessage) => void): () => void {
    this.#feedListeners.add(listener);
    return () => this.#feedListeners.delete(listener);
  }

  /** Calls back for what the menu asks of a view; the answer ends it. */
  onIntent(listener: (intent: Intent) => void): () => void {
    this.#intentListeners.add(listener);
    return () => this.#intentListeners.delete(listener);
  }

  show(view: View): void {
    this.view = view;
  }

  showBatch(batchId: number): void {
    this.show({ kind: 'batch', batchId });
  }

  /** Dialogs for photos or for a folder, then the sheet. */
  async choose(kind: 'files' | 'folder'): Promise<void> {
    const chosen = await this.tell(() => this.client.call('intake.choose', { kind }));
    if (chosen) this.openIntake(chosen.id);
  }

  /** The sheet with the sample photographs. */
  async chooseSamples(): Promise<void> {
    const samples = await this.tell(() => this.client.call('intake.samples'));
    if (samples) this.openIntake(samples.id);
  }

  /** Whether what is dropped now is to be watched, and no batch to be made of it. */
  get dropsAreWatched(): boolean {
    return this.view.kind === 'watch' && this.intake === null && !this.firstRun;
  }

  async drop(files: readonly File[]): Promise<void> {
    const isToBeWatched = this.dropsAreWatched; // as the user was told while they hovered
    const dropped = await this.tell(() => this.client.drop(files));
    if (dropped && isToBeWatched) await this.watch.addIntake(dropped.id);
    else if (dropped) this.openIntake(dropped.id);
    else if (dropped === null)
      this.toasts.warn('What was dropped is not a file of this computer. Save it first, then drop it.');
  }

  /** The intake whose sheet is open; in the first run, the one that will be. */
  get intake(): number | null {
    return this.#sheets.open;
  }

  /** Intakes whose sheets come after the one that is open. */
  get waitingIntakes(): number {
    return this.#sheets.waiting;
  }

  /** The sheet of an intake, after that of the one that is open. @param beginning in place of the preferences */
  openIntake(id: number, beginning: Beginning | null = null): void {
    const isFirst = this.intake === null;
    if (!this.#sheets.add(id, beginning)) {
      this.toasts.warn(
        'Too many batches wait to be looked at. Start or cancel some of them, then add these photos again.',
      );
    } else if (!isFirst && this.firstRun) {
      this.toasts.info('These photos come next, as a batch of their own.');
    }
  }

  /** The sheet that is open is done with; the next one opens. */
  closeIntake(): void {
    this.#sheets.next();
  }

  /** What the sheet of an intake begins with. */
  preferencesFor(intake: number): Preferences | null {
    const preferences = this.app?.preferences ?? null;
    return preferences && { ...preferences, ...this.#sheets.beginsWith(intake) };
  }

  async pause(): Promise<void> {
    const queue = await this.tell(() => this.client.call('queue.pause'));
    if (queue) this.queue = queue;
  }

  async resume(): Promise<void> {
    const queue = await this.tell(() => this.client.call('queue.resume'));
    if (queue) this.queue = queue;
  }

  async set(preferences: Partial<AppState['preferences']>): Promise<void> {
    const app = await this.tell(() => this.client.call('settings.set', preferences));
    if (app) this.app = app;
  }

  async rename(id: number, name: string): Promise<void> {
    const renamed = await this.tell(() => this.client.call('batches.rename', { id, name }));
    if (renamed) this.batchList.put(renamed);
  }

  /** Puts a notice away for good. */
  async dismiss(notice: string): Promise<void> {
    await this.tell(async () => {
      await this.client.call('app.dismiss', { notice });
      if (this.app) this.app = { ...this.app, notices: this.app.notices.filter(({ id }) => id !== notice) };
    });
  }

  async openLink(link: Link): Promise<void> {
    await this.tell(() => this.client.call('app.openLink', { link }));
  }

  /** Does something for the user; what went wrong is told in passing, and `undefined` is the answer then. */
  async tell<Value>(action: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await action();
    } catch (error) {
      this.toasts.fail(error);
      return undefined;
    }
  }

  async #enter(opening: Opening): Promise<void> {
    if (!opening.open) {
      if (this.stage.kind === 'open') this.#sheets.clear(); // they went with the history that was open
      this.stage = { kind: 'closed', code: opening.code, message: opening.message };
      return;
    }
    this.app = opening.app;
    if (this.stage.kind !== 'open') this.stage = { kind: 'opening' };
    if (!(await this.refresh())) return;
    // Who has work here, and removes the last of it later, is no stranger.
    this.#welcoming = opening.app.service.kind === 'none' && this.firstRun;
    this.stage = { kind: 'open' }; // only now: a window that opens shows all that is there, and nothing that goes at once
    await tick();
    performance.mark('lightbatch:ready'); // all of it is in the page: the start is measured up to here (npm run bench)
  }

  #take(message: FeedMessage): void {
    const gap = this.#seq !== null && message.seq !== this.#seq + 1;
    this.#seq = message.seq;
    this.queue = message.queue;
    this.batchList.take(message);
    if (gap) void this.refresh();
    for (const listener of this.#feedListeners) listener(gap ? { ...message, overflow: true } : message);
  }

  /** Selects all of the field that the user writes in, or else of the view, as the menu and its key have it. */
  selectAll(): void {
    const field = fieldInFocus();
    if (field !== null) field.select();
    else if (!isModalOpen()) this.#tell({ kind: 'select-all' });
  }

  #obey(intent: Intent): void {
    if (intent.kind === 'intake') this.openIntake(intent.id);
    else if (intent.kind === 'select-all') this.selectAll();
    else if (isModalOpen()) this.toasts.info('Finish or close what is open here first, then choose that again.');
    else this.#go(intent);
  }

  #go(intent: Intent): void {
    switch (intent.kind) {
      case 'show-batch':
        this.showBatch(intent.batchId);
        break;
      case 'new-batch':
        void this.choose('folder');
        break;
      case 'show':
        if (intent.view === 'settings' || intent.view === 'watch') this.show({ kind: intent.view });
        else this.show({ kind: 'history', undecided: intent.view === 'uncertain' });
        break;
      case 'retry-failed':
        if (!this.#showsPhotos) return void this.#askInHistory(intent);
        break;
      default:
        break; // the view's own: see onIntent
    }
    this.#tell(intent);
  }

  /** Whether there is a view that can say which photos a question is about: a batch, or all of the history. */
  get #showsPhotos(): boolean {
    return this.view.kind === 'batch' || (this.view.kind === 'history' && !this.view.undecided);
  }

  async #askInHistory(intent: Intent): Promise<void> {
    this.show({ kind: 'history', undecided: false });
    await tick(); // for the view to listen
    this.#tell(intent);
  }

  #tell(intent: Intent): void {
    for (const listener of this.#intentListeners) listener(intent);
  }

  /** For what must not fail in silence while the window has nothing else to show. */
  async #attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (this.stage.kind === 'open') this.toasts.fail(error);
      else {
        const code = error instanceof CommandError ? error.failure.code : 'internal';
        this.stage = { kind: 'closed', code, message: error instanceof Error ? error.message : String(error) };
      }
      return false;
    }
  }
}
