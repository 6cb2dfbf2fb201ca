// The time of day for what counts down. It ticks only while something on screen reads it.
import { createSubscriber } from 'svelte/reactivity';

export class Ticker {
  readonly #subscribe: () => void;

  /** @param periodMs how often what reads `now` is drawn anew */
  constructor(periodMs = 1_000) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, periodMs);
      return () => clearInterval(timer);
    });
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}
