// What the window is told while photos are worked on: changed rows of the batch it watches, counts, the queue. Changes are
// gathered by id and read from SQL when a message is made, so the last word is always the history's.
import type { BatchRow, FeedMessage, JobRow, QueueState } from '../contract/values.ts';
import { unfinishedOf } from '../domain/batch.ts';
import type { BatchSummary } from '../history/batch-summaries.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Log } from '../lib/log.ts';
import { FeedChanges } from './feed-changes.ts';
import type { Running } from './queue-state.ts';
import { queueState } from './queue-state.ts';
import type { PaceAtService } from './rows.ts';
import { paceAt, timesOf, toBatchRow, toJobRow } from './rows.ts';

export interface FeedOptions {
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
}

/** Between two messages, milliseconds. */
const INTERVAL_MS = 100;
/** Between two looks at the counts and the queue, while the window is seen and while it is not. */
const COUNTS_MS = 250;
const HIDDEN_MS = 2_000;
const AFTER_TROUBLE_MS = 1_000;

type Listener = (message: FeedMessage) => void;

export class Feed implements Disposable {
  readonly #o: FeedOptions;
  readonly #changes = new FeedChanges();
  readonly #listeners: Listeners<FeedMessage>;
  /** Rows of unfinished batches as they were last sent: their times left change although no photo of theirs does. */
  readonly #sent = new Map<number, BatchRow>();
  #running: Running | null = null;
  #ends: (() => void)[] = [];
  #queue: QueueState | null = null;
  #visible = true;
  #seq = 0;
  #sentAt = -Infinity;
  #countedAt = -Infinity;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #troubled = false;
  #disposed = false;

  constructor(options: FeedOptions) {
    this.#o = options;
    this.#listeners = new Listeners(options.log);
  }

  /** The number of the last message. What is read from the history now is at least as new as that message. */
  get seq(): number {
    return this.#seq;
  }

  /** Follows an engine instead of the one before; call it before that engine is started. */
  attach(running: Running): void {
    this.#unfollow();
    this.#running = running;
    const { engine } = running;
    this.#ends = [
      engine.onJob((job) => this.touch([job])),
      engine.onBatch((batchId) => this.touchBatch(batchId)),
      engine.onQueue(() => this.touchQueue()),
    ];
    this.#serviceChanged();
  }

  /** Follows no engine any more. */
  detach(): void {
    if (this.#running === null) return;
    this.#serviceChanged(); // while it is still known whose times left end here
    this.#unfollow();
  }

  /**
   * Rows of this batch come from now on; of none for null. A snapshot is to be taken after it, not before.
   * @returns the number of the last message
   */
  watch(batchId: number | null): number {
    this.#changes.watch(batchId);
    return this.#seq;
  }

  /** While the window is not seen, it is told little: counts and the queue, now and then. */
  visible(isVisible: boolean): void {
    if (isVisible === this.#visible) return;
    this.#visible = isVisible;
    this.#changes.visible(isVisible);
    this.#schedule();
  }

  /** Calls back with every message; the answer ends it. */
  on(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  /** These jobs changed. */
  touch(jobs: Iterable<{ readonly id: number; readonly batchId: number }>): void {
    for (const { id, batchId } of jobs) this.#changes.job(id, batchId);
    this.#schedule();
  }

  /** Something about a batch changed, or it is new. */
  touchBatch(batchId: number): void {
    this.#changes.batches.add(batchId);
    this.#schedule();
  }

  touchQueue(): void {
    this.#changes.queue = true;
    this.#schedule();
  }

  /** Jobs were removed from the history: from batches that have others, and with batches that had no others. */
  removed(from: Iterable<number>, removedBatches: Iterable<number>): void {
    this.#changes.removed(from, removedBatches);
    for (const id of removedBatches) this.#sent.delete(id);
    this.#changes.queue = true;
    this.#schedule();
  }

  /** How the queue is now. @throws system and SQLite errors of the history */
  queue(): QueueState {
    return queueState(this.#o.history, this.#running);
  }

  /** Rows of batches as they are now. @throws system and SQLite errors of the history */
  batchRows(which: { readonly newest: number } | { readonly ids: Iterable<number> }): BatchRow[] {
    const { batchSummaries } = this.#o.history;
    return this.#rowsOf('newest' in which ? batchSummaries.newest(which.newest) : batchSummaries.of(which.ids));
  }

  /** So many rows of batches that are older than one. @throws system and SQLite errors of the history */
  batchRowsBefore(id: number, limit: number): BatchRow[] {
    return this.#rowsOf(this.#o.history.batchSummaries.olderThan(id, limit));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#unfollow();
    this.#listeners.clear();
  }

  #rowsOf(summaries: readonly BatchSummary[]): BatchRow[] {
    const pace = this.#pace(this.queue());
    return summaries.map((summary) => toBatchRow(summary, pace));
  }

  #unfollow(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#running = null;
  }

  /** Jobs of its unfinished batches may change all at once, and untold: an engine that starts brings them back. */
  #serviceChanged(): void {
    this.#changes.queue = true;
    this.#changes.everything();
    const service = this.#running?.service;
    if (service !== undefined) {
      this.#surely(() => {
        for (const id of this.#o.history.batchSummaries.unfinished(service).keys()) this.#changes.batches.add(id);
      });
    }
    this.#schedule();
  }

  /** A message at the earliest moment at which there can be something in it. */
  #schedule(): void {
    const { clock } = this.#o;
    if (this.#disposed || !this.#changes.any) return;
    const now = clock.now();
    const countsAt = Math.max(this.#countedAt + (this.#visible ? COUNTS_MS : HIDDEN_MS), now + INTERVAL_MS);
    const at = this.#visible && this.#changes.urgent ? Math.max(this.#sentAt, now) + INTERVAL_MS : countsAt;
    // An earlier time replaces a later one, never the other way round: else steady changes would put it off for ever.
    if (this.#timer !== null && this.#timer.at <= at) return;
    this.#setTimer(at, now);
  }

  #setTimer(at: number, now: number): void {
    this.#timer?.cancel();
    this.#timer = { at, cancel: this.#o.clock.after(at - now, () => this.#flush()) };
  }

  #flush(): void {
    this.#timer = null;
    const message = this.#surely(() => this.#compose());
    if (message === undefined) {
      const now = this.#o.clock.now();
      return this.#setTimer(now + AFTER_TROUBLE_MS, now);
    }
    if (message !== null) {
      this.#seq = message.seq;
      this.#sentAt = this.#o.clock.now();
      this.#listeners.tell(message);
    }
    this.#schedule();
  }

  /** The next message, and what it tells is no longer a change; null when there is nothing to tell. */
  #compose(): FeedMessage | null {
    const { history, clock } = this.#o;
    const changes = this.#changes;
    const now = clock.now();
    const isCountsTurn = now - this.#countedAt >= (this.#visible ? COUNTS_MS : HIDDEN_MS);
    const looks = changes.slow && (isCountsTurn || this.#queue === null);
    const queue = looks || this.#queue === null ? this.queue() : this.#queue;
    const batches = looks ? this.#changedBatches(queue) : [];
    const rows: readonly JobRow[] = this.#visible ? history.summaries.byIds(changes.rows).map(toJobRow) : [];
    // All is read: from here on nothing fails, so that nothing is lost that was not told.
    const queueChanged = JSON.stringify(queue) !== JSON.stringify(this.#queue);
    this.#queue = queue;
    if (looks) {
      this.#countedAt = now;
      for (const row of batches) this.#sent.set(row.id, row);
      this.#forgetFinished(batches);
    }
    const told = changes.take({ slow: looks, rows: this.#visible });
    const { overflow, membership, removedBatches } = told;
    if (rows.length + batches.length + removedBatches.length === 0 && !overflow && !membership && !queueChanged) {
      return null;
    }
    return { seq: this.#seq + 1, rows, overflow, batches, removedBatches, membership, queue };
  }

  /** Rows of touched batches from SQL; of other unfinished ones only where the time left is another. */
  #changedBatches(queue: QueueState): BatchRow[] {
    const { batches } = this.#changes;
    const pace = this.#pace(queue);
    const touched = this.#o.history.batchSummaries.of(batches).map((summary) => toBatchRow(summary, pace));
    const others = [...this.#sent.values()]
      .filter(({ id }) => !batches.has(id))
      .map((row) => ({ ...row, ...timesOf(row.id, pace?.unfinished.get(row.id) ?? 0, pace) }));
    return [...touched, ...others].filter((row) => JSON.stringify(row) !== JSON.stringify(this.#sent.get(row.id)));
  }

  #forgetFinished(rows: readonly BatchRow[]): void {
    for (const { id, counts } of rows) {
      if (unfinishedOf(counts) === 0) this.#sent.delete(id);
    }
  }

  #pace(queue: QueueState): PaceAtService | null {
    const { history, clock } = this.#o;
    return this.#running && paceAt(history, this.#running.service, queue, clock.now());
  }

  /** Reads; a history that cannot be read now is read again later, and stops nothing. @returns undefined then */
  #surely<T>(read: () => T): T | undefined {
    try {
      const value = read();
      this.#troubled = false;
      return value;
    } catch (error) {
      if (!this.#troubled) this.#o.log.error('feed', { error: String(error) });
      this.#troubled = true;
      return undefined;
    }
  }
}
