// How long to wait before trying again: full jitter, so that many clients do not come back at the same moment.

const BASE_MS = 2_000;
const CAP_MS = 5 * 60_000;

/**
 * The delay before the next attempt, in milliseconds: uniform in 0 … min(cap, base · 2^(attempt−1)).
 * Source of the method: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (full jitter).
 * @param attempt the attempt that just failed, from 1
 * @param random a number in [0, 1)
 */
export function retryDelay(attempt: number, random: number): number {
  return Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** (Math.max(1, attempt) - 1)));
}
