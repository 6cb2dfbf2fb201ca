// The storm guard of a folder: when more new photos came at once than go without a word of the user, all wait for it.
import type { History } from '../history/history.ts';
import { isStorm, STORM_WINDOW_MS } from './gate.ts';

export interface StormNow {
  /** New files that are still being looked at. */
  readonly coming: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export class StormGuard {
  readonly #history: History;
  readonly #watchId: number;
  /** Since when photos wait for files that were only coming, and may be no new photos; null when that is settled. */
  #doubtfulSince: number | null = null;
  /** When photos came that the user left alone: they are of one storm with what else came in that minute. */
  #left: readonly number[] = [];

  constructor(history: History, watchId: number) {
    this.#history = history;
    this.#watchId = watchId;
  }

  /** New photos came: are they too many? To be asked inside the transaction that records them. */
  check(limit: number, { coming, now }: StormNow): void {
    const { watches } = this.#history;
    const arrived = this.#arrivedSince(now - STORM_WINDOW_MS, now);
    if (!isStorm({ limit, arrived, coming })) return;
    watches.setStorm(this.#watchId, now);
    this.#doubtfulSince = arrived > limit ? null : now;
  }

  /** Photos of a storm were left alone: the rest of it, which may still come, is not sent unasked. @param seen when they came */
  noteLeft(seen: readonly number[], now: number): void {
    this.#left = [...this.#left, ...seen].filter((at) => at > now - STORM_WINDOW_MS);
  }

  /**
   * Ends a storm that was none: a minute later what was coming turns out to have been known, or no photos. One in which
   * too many came is never ended here, however many of them are gone by then.
   * @returns whether it ended
   */
  settle({ coming, now }: StormNow): boolean {
    const since = this.#doubtfulSince;
    if (since === null) return false;
    const { watches } = this.#history;
    const watch = watches.get(this.#watchId);
    const arrived = this.#arrivedSince(since - STORM_WINDOW_MS, now);
    const isSettled = watch?.stormAt !== since || arrived > watch.settings.stormLimit;
    if (isSettled) this.#doubtfulSince = null;
    if (isSettled || now < since + STORM_WINDOW_MS || arrived + coming > watch.settings.stormLimit) return false;
    this.#doubtfulSince = null;
    watches.setStorm(this.#watchId, null);
    return true;
  }

  #arrivedSince(time: number, now: number): number {
    const left = this.#left.filter((at) => at > time).length;
    return left + this.#history.watches.arrivedSince(this.#watchId, time, now);
  }
}
