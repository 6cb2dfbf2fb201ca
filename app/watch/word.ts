// The user's word about photos that wait: they are looked at and go, or they are left alone and hold up nothing any more.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReleasedPhotos } from '../contract/watch.ts';
import type { History } from '../history/history.ts';
import type { Watches } from '../history/watches.ts';
import type { Presence } from './presence.ts';

const PAGE = 1_000;

/** Has photos looked at that were there before and that the user let go: they are not known to be whole photos yet. */
export function lookAtReleased(watches: Watches, watchId: number, presence: Presence): void {
  // They were there before, and are looked at whole: they need not be seen to be still.
  for (const row of watches.inState(watchId, 'there', true)) presence.note(row.path, row, 0);
  presence.pending.lookNow();
}

/** What became of files of a folder that the user let go. @param keys of these files */
export async function whatBecame(
  keys: readonly string[],
  { watches }: Pick<History, 'watches'>,
  watchId: number,
): Promise<ReleasedPhotos> {
  const count = { queued: 0, known: 0, waiting: 0 };
  for (const [index, key] of keys.entries()) {
    if (index % PAGE === 0) await nextTurn();
    const state = watches.file(watchId, key)?.state;
    if (state === 'taken') count.queued += 1;
    else if (state === 'same' || state === 'own') count.known += 1;
    else if (state === 'held' || state === 'there') count.waiting += 1;
  }
  return count;
}

/**
 * Leaves photos alone that wait for the user's word, in one transaction; with the last of them the storm is over.
 * @param agreement the highest id among those that the user had in sight
 * @returns when each of them came, milliseconds since the epoch
 */
export function leaveAlone(history: History, watchId: number, agreement: number): readonly number[] {
  const { watches } = history;
  return history.atomically(() => {
    const seen: number[] = [];
    for (const { id, key, path, bytes, mtimeMs, sha256, detail, seenAt } of watches.inState(watchId, 'held', false)) {
      if (id > agreement) break;
      // Under a new id: who agreed to what was there before did not mean these. That another photo had this name is kept.
      watches.put(watchId, { key, path, bytes, mtimeMs, state: 'there', sha256, detail }, seenAt);
      seen.push(seenAt);
    }
    if (watches.count(watchId, 'held', false).files === 0) watches.setStorm(watchId, null);
    return seen;
  });
}
