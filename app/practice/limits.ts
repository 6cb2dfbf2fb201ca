// The rate limit of the practice service: fixed windows aligned to the clock.
import type { Clock } from '../lib/clock.ts';

export class RateWindow {
  readonly #clock: Clock;
  readonly #windowMs: number;
  #number = -1; // which window since the epoch `#used` belongs to
  #used = 0;

  constructor(clock: Clock, windowMs: number) {
    if (!(windowMs > 0)) throw new RangeError(`a window must be longer than 0 ms, not ${windowMs}`);
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /**
   * Takes one request out of the window at hand.
   * @param limit requests a window; null is no limit
   * @returns null when there was room, else when the window resets (milliseconds since the epoch); a refused request
   * does not count
   */
  take(limit: number | null): number | null {
    const number = Math.floor(this.#clock.now() / this.#windowMs);
    if (number !== this.#number) {
      this.#number = number;
      this.#used = 0;
    }
    if (limit !== null && this.#used >= limit) return (number + 1) * this.#windowMs;
    this.#used += 1;
    return null;
  }
}
