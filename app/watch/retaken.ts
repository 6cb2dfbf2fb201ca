// Files that change again soon after they were taken: each time their content was paid for, so they have to be still for
// longer the next time. Nothing of this is kept over a restart.

/**
 * A change so soon after a file was taken, or after its last change, may be one of the same writing: milliseconds, and times
 * that a file has to be still. No more: what a camera writes to one name again and again is another photo each time.
 */
const SOON_MS = 30_000;
const SOON_TIMES = 4;
/** Nothing is kept for longer, milliseconds. */
const KEPT_MS = 300_000;
/** No file has to be still for longer for this reason alone, milliseconds. */
const LONGEST_MS = 180_000;

interface Taken {
  /** When it was taken or changed last, milliseconds since the epoch. */
  readonly at: number;
  readonly sha256: string;
  /** How often it had been another a short while before. */
  readonly changes: number;
}

export class Retaken {
  readonly #now: () => number;
  /** By path; the one of which nothing was heard for the longest time comes first. */
  readonly #taken = new Map<string, Taken>();

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A photo was found whole, and is recorded as such. */
  note(path: string, sha256: string): void {
    this.#forget();
    const before = this.#taken.get(path);
    const changes = before === undefined ? 0 : before.changes + (before.sha256 === sha256 ? 0 : 1);
    this.#put(path, { at: this.#now(), sha256, changes });
  }

  /**
   * A file is another than it was a moment ago, or not taken yet. @returns how long it has to be still: after it was taken
   * once twice as long as others, and twice as long again with every time that it was taken as another.
   * @param settleMs how long others have to be
   */
  settleMs(path: string, settleMs: number): number {
    this.#forget();
    const before = this.#taken.get(path);
    if (before === undefined) return settleMs;
    const still = Math.max(settleMs, Math.min(LONGEST_MS, settleMs * 2 ** Math.min(before.changes + 1, 20)));
    // While it is waited for, that is no time without a change.
    if (this.#now() - before.at > Math.max(SOON_MS, SOON_TIMES * settleMs) + still) {
      this.#taken.delete(path);
      return settleMs;
    }
    // It is still being written: however long that takes, it is the same writing.
    this.#put(path, { ...before, at: this.#now() });
    return still;
  }

  clear(): void {
    this.#taken.clear();
  }

  #put(path: string, taken: Taken): void {
    this.#taken.delete(path);
    this.#taken.set(path, taken);
  }

  #forget(): void {
    for (const [path, { at }] of this.#taken) {
      if (this.#now() - at <= KEPT_MS) return;
      this.#taken.delete(path);
    }
  }
}
