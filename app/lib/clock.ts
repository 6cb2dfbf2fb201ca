// Time as an argument, so that tests can hold it.

export interface Clock {
  /** Milliseconds since the epoch: what waits goes by it. */
  now(): number;
  /**
   * What the clock on the wall says, milliseconds since the epoch: what a user reads there goes by it, as hours of the day
   * and the calendar day. It may be put forward or back at any time.
   */
  wall(): number;
  /** Calls back after `ms` milliseconds, at once when that is not positive; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer setTimeout fires at once

export const systemClock: Clock = {
  now: () => Date.now(),
  wall: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/**
 * A clock that never goes back: were the wall clock set back by an hour, every wait would grow by an hour, past the life
 * of paid requests. (A monotonic clock would not do: it stands still while the machine sleeps.) Where the wall clock was
 * ahead, it stays ahead until the end.
 * @param followZone called before the wall clock is read: see `timeZoneFollower`
 */
export function unreturning(wall: Clock, followZone: () => void = () => undefined): Clock {
  let last = 0;
  let ahead = 0;
  return {
    now: () => {
      const now = wall.now();
      ahead = Math.max(ahead, last - now);
      last = now + ahead;
      return last;
    },
    wall: () => {
      followZone();
      return wall.wall();
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
