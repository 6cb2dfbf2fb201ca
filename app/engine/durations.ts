// When a request has probably finished, learned from how long others took. Pure: time goes in and comes out as numbers.

const SAMPLES_KEPT = 200;
const ENOUGH = 12; // samples from which their own spread is trusted
const ASSUMED_SPREAD = [0.88, 0.96, 1.04, 1.12]; // around each of fewer samples
const SCOUT_FIRST_MS = 250;
const SCOUT_GROWTH = 1.3;
const BLIND_FIRST_MS = 60_000; // the others wait for what the scout learns, unless it is stuck itself
const LONGEST_GAP_MS = 30_000;
const SHORTEST_GAP_MS = 40;

export class Durations {
  #latest: number[] = [];
  #sorted: readonly number[] = [];

  /** @param known durations of earlier requests, milliseconds, newest first */
  constructor(known: readonly number[] = []) {
    this.#latest = known.slice(0, SAMPLES_KEPT).reverse();
    this.#sort();
  }

  /** Learns how long one request took, milliseconds from its submit to its end. */
  learn(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) return;
    this.#latest.push(ms);
    if (this.#latest.length > SAMPLES_KEPT) this.#latest.shift();
    this.#sort();
  }

  /** The median of what was learned, milliseconds; null before the first. */
  get typical(): number | null {
    return this.#latest.length === 0 ? null : ([...this.#latest].sort(ascending)[this.#latest.length >> 1] ?? null);
  }

  /**
   * The age at which a request is worth the next poll.
   * @param seenRunning the age at which it was last seen unfinished, milliseconds; 0 before the first poll
   * @param patience the share of requests that have finished by the poll: 0.3 polls early, 0.9 only when nearly sure
   * @param scout whether it is the one request that finds out how long they take, while nothing is known
   */
  nextPoll(seenRunning: number, patience: number, scout: boolean): number {
    if (this.#sorted.length === 0) {
      const next = Math.min(seenRunning * SCOUT_GROWTH, seenRunning + LONGEST_GAP_MS);
      return Math.max(scout ? SCOUT_FIRST_MS : BLIND_FIRST_MS, next);
    }
    const from = firstAbove(this.#sorted, seenRunning);
    const left = this.#sorted.length - from;
    if (left === 0) return seenRunning + clamp(seenRunning * 0.15, SHORTEST_GAP_MS, LONGEST_GAP_MS);
    const at = this.#sorted[from + Math.min(left - 1, Math.floor(left * patience))] ?? 0;
    return Math.max(at, seenRunning + SHORTEST_GAP_MS);
  }

  /** The share of requests finished by an age, of those unfinished at an earlier one: how likely a poll finds it done. */
  chance(seenRunning: number, age: number): number {
    const from = firstAbove(this.#sorted, seenRunning);
    const left = this.#sorted.length - from;
    if (left === 0) return 0.5;
    return (firstAbove(this.#sorted, age) - from) / left;
  }

  #sort(): void {
    const few = this.#latest.length < ENOUGH;
    const values = few ? this.#latest.flatMap((ms) => ASSUMED_SPREAD.map((factor) => ms * factor)) : [...this.#latest];
    this.#sorted = values.sort(ascending);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Index of the first value above a limit, in a sorted list. */
function firstAbove(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
