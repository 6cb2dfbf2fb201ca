// Which watch folders rest: paused by the user, or outside their hours. Of theirs nothing is queued (see gate.ts), and nothing
// that is queued is sent; what may be paid for is fetched all the same.
import type { StoredWatch } from '../history/watches.ts';
import type { RestingWatch } from '../engine/deps.ts';
import { isWithin } from './gate.ts';

/**
 * @param watches all there are: a folder that is not watched any more does not rest, so what it queued goes on
 * @param wall what the clock on the wall says, milliseconds since the epoch
 */
export function restingOf(watches: readonly StoredWatch[], wall: number): RestingWatch[] {
  return watches.flatMap(({ id, paused, settings }): RestingWatch[] => {
    if (paused) return [{ watchId: id, why: 'paused' }];
    return isWithin(settings.hours, wall) ? [] : [{ watchId: id, why: 'hours' }];
  });
}
