// Reads photos that were there before whole, a little at a time while nothing else is to do, so that one that is changed
// in place later is told from one that was only touched. Until a photo’s turn has come, samples of it have to do.
import type { History } from '../history/history.ts';
import type { WatchedFile } from '../history/watches.ts';
import type { Clock } from '../lib/clock.ts';
import { hashFile } from './hash.ts';
import { asRecorded } from './look.ts';
import type { Reach } from './reach.ts';
import { readEdges } from './reconcile.ts';
import type { Works } from './works.ts';

export interface WholeHashesDeps {
  readonly history: History;
  readonly watchId: number;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly works: Works;
  readonly signal: AbortSignal;
  /** Whether the drive tells of changes itself; one that is polled is not read for what may never be asked. */
  readonly isWatched: () => boolean;
  /** Whether nothing else is to do. */
  readonly isIdle: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** From one step to the next at least, milliseconds. */
const APART_MS = 4_000;
/** So much in a step, or one photo; no more files than that, and recorded together. */
const STEP = { bytes: 8e6, files: 16 } as const;
/** On average no more than that, bytes a millisecond: few hundredths of what a hard disk does, or a processor. */
const PACE = 2_000;

export class WholeHashes {
  readonly #o: WholeHashesDeps;
  #after = 0;
  #cancel: (() => void) | null = null;
  #running = false;

  constructor(deps: WholeHashesDeps) {
    this.#o = deps;
  }

  /** Begins, with their beginnings and ends, which are soon read. */
  async begin(): Promise<void> {
    try {
      await readEdges(this.#o);
    } catch (error) {
      if (!this.#o.signal.aborted) this.#o.onError(error);
    }
    this.start();
  }

  /** Goes on with what came since it was done. */
  start(): void {
    if (this.#running || !this.#o.isWatched()) return;
    this.#running = true;
    this.#after = 0;
    this.#wait(APART_MS);
  }

  /** What is under way ends with the signal. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(ms: number): void {
    if (this.#o.signal.aborted) return;
    this.#cancel = this.#o.clock.after(ms, () => {
      this.#cancel = null;
      if (!this.#o.isWatched()) this.#running = false;
      else if (!this.#o.isIdle()) this.#wait(APART_MS);
      else void this.#o.works.run(() => this.#step());
    });
  }

  async #step(): Promise<void> {
    try {
      const bytes = await this.#read();
      if (bytes === null) this.#running = false;
      else this.#wait(Math.max(APART_MS, bytes / PACE));
    } catch (error) {
      this.#running = false;
      if (!this.#o.signal.aborted) this.#o.onError(error);
    }
  }

  /** @returns how much was read; null when there is nothing more to read */
  async #read(): Promise<number | null> {
    const { history, watchId, signal } = this.#o;
    const page = history.watches.unhashed(watchId, { after: this.#after, limit: STEP.files });
    if (page.length === 0) return null;
    const found: { id: number; sha256: string }[] = [];
    let bytes = 0;
    for (const row of page) {
      if (bytes > 0 && bytes + row.bytes > STEP.bytes) break;
      const sha256 = await this.#hashOf(row);
      signal.throwIfAborted();
      this.#after = row.id;
      if (sha256 === null) continue;
      found.push({ id: row.id, sha256 });
      bytes += row.bytes;
    }
    history.atomically(() => {
      for (const { id, sha256 } of found) history.watches.setHash(id, sha256);
    });
    return bytes;
  }

  /** Null when it is not as it was recorded, or cannot be read. */
  #hashOf(row: WatchedFile): Promise<string | null> {
    const file = this.#o.reach.fileOf(row.path);
    return asRecorded(row, file, () => hashFile(file, row.bytes, this.#o.signal));
  }
}
