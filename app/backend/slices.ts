// Work on many jobs, a slice at a time: between two slices the process does what else there is to do.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Jobs in one transaction: some ten milliseconds of work. */
const SLICE = 100;

/** Calls `work` for slices of the list, in order; what one throws ends it, and what was done before stays done. */
export async function inSlices<T>(
  items: readonly T[],
  work: (slice: readonly T[]) => void | Promise<void>,
  size = SLICE,
): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    if (at > 0) await nextTurn();
    await work(items.slice(at, at + size));
  }
}
