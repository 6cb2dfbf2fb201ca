// Time as an argument, so that tests can hold it.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back after `ms` milliseconds, at once when that is not positive; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer setTimeout fires at once

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/**
 * A clock that never goes back: were the wall clock set back by an hour, every wait would grow by an hour, past the life
 * of paid requests. (A monotonic clock would not do: it stands still while the machine sleeps.)
 */
export function unreturning(wall: Clock): Clock {
  let last = 0;
  let ahead = 0;
  return {
    now: () => {
      const now = wall.now();
      ahead = Math.max(ahead, last - now);
      last = now + ahead;
      return last;
    },
    after: (ms, callback) => wall.after(ms, callback),
  };
}

/** Waits `ms` milliseconds by a clock; resolves early, with false, when `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve(false);
      return;
    }
    const finish = (whole: boolean) => {
      cancel();
      signal?.removeEventListener('abort', abort);
      resolve(whole);
    };
    const abort = () => finish(false);
    const cancel = clock.after(ms, () => finish(true));
    signal?.addEventListener('abort', abort, { once: true });
  });
}
