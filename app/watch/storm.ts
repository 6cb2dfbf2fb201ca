// The storm guard of a folder: when more new photos came at once than go without a word of the user, all wait for it.
import type { History } from '../history/history.ts';
import type { Came } from '../history/watches.ts';
import { isStorm, RUN_GAP_MS, STORM_WINDOW_MS } from './gate.ts';

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
  /** When photos came that the user left alone: they are of one storm with what else came in that minute, or in one go. */
  #left: readonly number[] = [];
  /** When it began to look: over the time before that, in which nobody looked, a run goes on for as long as a minute. */
  readonly #beganAt: number;
  /** How far apart photos of one run may be, milliseconds. */
  #gapMs = RUN_GAP_MS;

  /** @param now milliseconds since the epoch */
  constructor(history: History, watchId: number, now: number) {
    this.#history = history;
    this.#watchId = watchId;
    this.#beganAt = now;
  }

  /** @param ms how often photos are seen where the folder is looked through again and again; 0 where they are at once */
  seenEvery(ms: number): this {
    this.#gapMs = RUN_GAP_MS + ms;
    return this;
  }

  /** New photos came: are they too many? To be asked inside the transaction that records them. */
  check(limit: number, { coming, now }: StormNow): void {
    const { watches } = this.#history;
    const arrived = this.#arrived({ until: now, now, limit });
    if (!isStorm({ limit, arrived, coming })) return;
    watches.setStorm(this.#watchId, now);
    this.#doubtfulSince = arrived > limit ? null : now;
  }

  /** Photos of a storm were left alone: the rest of it, which may still come, is not sent unasked. @param seen when they came */
  noteLeft(seen: readonly number[], now: number): void {
    this.#left = [...this.#left, ...seen];
    const since = Math.min(now - STORM_WINDOW_MS, this.#runBefore(now));
    this.#left = this.#left.filter((at) => at > since);
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
    const limit = watch?.settings.stormLimit ?? 0;
    const arrived = this.#arrived({ until: since, now, limit });
    const isSettled = watch?.stormAt !== since || arrived > watch.settings.stormLimit;
    if (isSettled) this.#doubtfulSince = null;
    if (isSettled || now < since + STORM_WINDOW_MS || arrived + coming > watch.settings.stormLimit) return false;
    this.#doubtfulSince = null;
    watches.setStorm(this.#watchId, null);
    return true;
  }

  /** Photos that came within a minute before a time and since, or if they are more, in the run that lasted until then. */
  #arrived({ until, now, limit }: { readonly until: number; readonly now: number; readonly limit: number }): number {
    const ofMinute = this.#arrivedSince(until - STORM_WINDOW_MS, now);
    return ofMinute > limit ? ofMinute : Math.max(ofMinute, this.#arrivedSince(this.#runBefore(until, limit), now));
  }

  /**
   * Since when photos come one soon after the other, milliseconds since the epoch, exclusive. What the user let go of ended
   * a run: those that follow are another. Looks no further back than it takes to be too many.
   */
  #runBefore(until: number, limit = Infinity): number {
    let photos = 0;
    for (let first = until + 1; ;) {
      const before = this.#before(first);
      if (before.releasedAt !== null) return before.releasedAt;
      if (before.first === null) return first - 1;
      photos += before.photos;
      first = before.first;
      if (photos > limit) return first - 1;
    }
  }

  /** What came so soon before a time that it is of one run with what came then. */
  #before(time: number): Came {
    const before = this.#came(time - this.#gapMs, time);
    const isNone = before.first === null && before.releasedAt === null;
    return isNone && time > this.#beganAt ? this.#came(time - STORM_WINDOW_MS, this.#beganAt) : before;
  }

  #came(from: number, to: number): Came {
    const { photos, first, releasedAt } = this.#history.watches.cameBetween(this.#watchId, from, to);
    const left = this.#left.filter((at) => at >= from && at < to);
    return {
      photos: photos + left.length,
      first: left.reduce<number | null>((a, b) => Math.min(a ?? b, b), first),
      releasedAt,
    };
  }

  #arrivedSince(time: number, now: number): number {
    const left = this.#left.filter((at) => at > time).length;
    return left + this.#history.watches.arrivedSince(this.#watchId, time, now);
  }
}
