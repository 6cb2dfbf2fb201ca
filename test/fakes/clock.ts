// Clocks for tests: one that stands still until it is moved, and one that runs many times as fast as the wall clock.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../app/lib/clock.ts';

export interface CountingClock extends Clock {
  /** Timers that have neither fired nor been canceled. */
  readonly pending: number;
}

/** Time stands still until the test moves it. */
export class ManualClock implements CountingClock {
  #now: number;
  /** By how much the clock on the wall was put forward. */
  #turned = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now = Date.UTC(2026, 10, 22, 12)) {
    this.#now = now;
  }

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now + this.#turned;
  }

  wall(): number {
    return this.now();
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves the time; every timer that falls due is called at its own time, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#dueBy(end); next; next = this.#dueBy(end)) this.#fire(next);
    this.#now = end;
  }

  /** Like `advance`, and lets promises that a timer resolved go on before the next timer is called. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    for (let next = this.#dueBy(end); next; next = this.#dueBy(end)) {
      this.#fire(next);
      await setImmediate();
    }
    this.#now = end;
    await setImmediate();
  }

  /** Jumps without any timer being called on the way, as when the machine slept; what is due is called after. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Somebody puts the clock on the wall forward, or back: timers go on as if nothing was. */
  turn(ms: number): void {
    this.#turned += ms;
  }

  #fire(timer: { at: number; callback: () => void }): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }

  #dueBy(end: number): { at: number; callback: () => void } | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** A clock on which `speed` milliseconds pass in each millisecond of the wall clock. */
export function fastClock(speed: number): CountingClock {
  const start = Date.now();
  const begun = performance.now();
  const now = () => Math.floor(start + (performance.now() - begun) * speed);
  const timers = new Set<NodeJS.Timeout>();
  return {
    get pending() {
      return timers.size;
    },
    now,
    wall: now,
    after: (ms, callback) => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          callback();
        },
        Math.max(0, ms) / speed,
      );
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
  };
}
