// The user's word about photos that wait: they are looked at and go, or they are left alone and hold up nothing any more.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReleasedPhotos } from '../contract/watch.ts';
import type { History } from '../history/history.ts';
import type { WatchedFile, Watches } from '../history/watches.ts';
import type { Presence } from './presence.ts';

const PAGE = 1_000;

/** Has photos looked at that were there before and that the user let go: they are not known to be whole photos yet. */
export function lookAtReleased(watches: Watches, watchId: number, presence: Presence): void {
  for (let after = 0; ;) {
    const page = watches.inState(watchId, 'there', true, { after, limit: PAGE });
    // It was there before, and is looked at whole: it need not be seen to be still.
    for (const row of page) presence.note(row.path, row, 0);
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? after;
  }
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
    for (
      let page = unsaid(history, watchId, 0);
      page.length > 0;
      page = unsaid(history, watchId, page.at(-1)?.id ?? 0)
    ) {
      for (const row of page) {
        if (row.id > agreement) continue;
        leaveOne(history, row);
        seen.push(row.seenAt);
      }
    }
    if (watches.count(watchId, 'held', false).files === 0) watches.setStorm(watchId, null);
    return seen;
  });
}

/** A photo that waits counts as one that was there before. */
export function leaveOne({ watches }: History, row: WatchedFile): void {
  const { watchId, key, path, bytes, mtimeMs, sha256, detail, seenAt } = row;
  // Under a new id: who agreed to what was there before did not mean this one. That another photo had this name is kept.
  watches.put(watchId, { key, path, bytes, mtimeMs, state: 'there', sha256, detail }, seenAt);
}

/** Photos that wait, and about which the user did not say anything. */
function unsaid({ watches }: History, watchId: number, after: number): readonly WatchedFile[] {
  return watches.inState(watchId, 'held', false, { after, limit: PAGE });
}
