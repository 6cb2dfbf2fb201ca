// What changed since the last message of the feed: ids only, each once however often it changed.

/** Rows in a message at most: with more, the window does better to ask anew. */
const MOST_ROWS = 500;

/** What a message tells besides rows. */
export interface Told {
  readonly overflow: boolean;
  readonly membership: boolean;
  readonly removedBatches: readonly number[];
}

export class FeedChanges {
  /** Batches whose counts may be others. */
  readonly batches = new Set<number>();
  queue = false;
  readonly #rows = new Set<number>();
  readonly #removed = new Set<number>();
  #watched: number | null = null;
  #visible = true;
  /** Whether the window misses rows: too many changed, or some while it was not seen. */
  #overflow = false;
  #membership = false;

  /** Ids of changed jobs of the watched batch, at most as many as fit. */
  get rows(): readonly number[] {
    return [...this.#rows];
  }

  /** Whether something is to be told at once. */
  get urgent(): boolean {
    return this.#rows.size > 0 || this.#overflow || this.#membership || this.#removed.size > 0;
  }

  /** Whether something is to be told when the counts have their turn. */
  get slow(): boolean {
    return this.queue || this.batches.size > 0;
  }

  get any(): boolean {
    return this.slow || (this.#visible && this.urgent) || this.#removed.size > 0;
  }

  /** What was gathered of another batch is of no interest any more. */
  watch(batchId: number | null): void {
    this.#watched = batchId;
    this.#rows.clear();
    this.#overflow = false;
    this.#membership = false;
  }

  visible(isVisible: boolean): void {
    this.#visible = isVisible;
    if (isVisible) return;
    this.#overflow ||= this.#rows.size > 0;
    this.#rows.clear();
  }

  job(id: number, batchId: number): void {
    this.batches.add(batchId);
    if (batchId !== this.#watched) return;
    if (this.#visible && (this.#rows.size < MOST_ROWS || this.#rows.has(id))) this.#rows.add(id);
    else this.#overflow = true;
  }

  /** Any row of the watched batch may be another. */
  everything(): void {
    if (this.#watched !== null) this.#overflow = true;
  }

  removed(from: Iterable<number>, removedBatches: Iterable<number>): void {
    for (const id of from) {
      this.batches.add(id);
      this.#membership ||= id === this.#watched;
    }
    for (const id of removedBatches) {
      this.batches.delete(id);
      this.#removed.add(id);
      this.#membership ||= id === this.#watched;
    }
  }

  /**
   * Takes what a message tells.
   * @param parts.slow also batches and the queue
   * @param parts.rows also rows, and what concerns them
   */
  take(parts: { readonly slow: boolean; readonly rows: boolean }): Told {
    const removedBatches = [...this.#removed];
    this.#removed.clear();
    if (parts.slow) {
      this.batches.clear();
      this.queue = false;
    }
    if (!parts.rows) return { overflow: false, membership: false, removedBatches };
    const told = { overflow: this.#overflow, membership: this.#membership, removedBatches };
    this.#rows.clear();
    this.#overflow = false;
    this.#membership = false;
    return told;
  }
}
