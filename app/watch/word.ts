// The user's word about photos that wait: they are looked at and go, or they are left alone and hold up nothing any more.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReleasedPhotos } from '../contract/watch.ts';
import type { History } from '../history/history.ts';
import type { WatchedFile, Watches } from '../history/watches.ts';
import { mapLimited } from '../intake/map-limited.ts';
import type { Log } from '../lib/log.ts';
import type { Presence } from './presence.ts';
import { isGone } from './unread.ts';

/** Which file is meant. */
type Place = Pick<WatchedFile, 'key' | 'path'>;

const PAGE = 1_000;
const FILES_AT_ONCE = 32;

/** Has photos looked at that were there before and that the user let go: they are not known to be whole photos yet. */
export function lookAtReleased(watches: Watches, watchId: number, presence: Presence): void {
  // They were there before, and are looked at whole: they need not be seen to be still.
  for (const row of watches.inState(watchId, 'there', true)) presence.note(row.path, row, 0);
  presence.pending.lookNow();
}

interface GoneDeps {
  readonly history: History;
  readonly log: Log;
  readonly folder: { readonly id: number; readonly whichAreAway: () => Promise<(photo: string) => Promise<boolean>> };
  /** Null while the folder is not there: then nothing of it is known to be gone. */
  readonly presence: Presence | null;
}

/**
 * Photos that the user let go and that are gone wait no more: one that comes back is new. Never rejects: what was not
 * found out is found out by the next look through the folder.
 * @param gone the keys of those that are gone are added to it
 */
export async function forgetGone(photos: readonly Place[], gone: Set<string>, deps: GoneDeps): Promise<void> {
  const { history, log, folder, presence } = deps;
  if (presence === null) return;
  try {
    const areGone = await mapLimited(photos, FILES_AT_ONCE, ({ path }) => isGone(path, presence.reach));
    if (!areGone.includes(true)) return;
    const isAway = await folder.whichAreAway();
    const missing: Place[] = [];
    for (const photo of photos.filter((_, index) => areGone[index])) {
      if (!(await isAway(presence.reach.fileOf(photo.path)))) missing.push(photo);
    }
    if (missing.length === 0 || presence.signal.aborted) return;
    history.atomically(() => {
      for (const { key } of missing) forget(history.watches, history.watches.file(folder.id, key));
    });
    for (const { key } of missing) gone.add(key);
  } catch (error) {
    log.error('watch', { folder: folder.id, error: String(error) });
  }
}

function forget(watches: Watches, row: WatchedFile | null): void {
  if (row?.released === true && (row.state === 'held' || row.state === 'there')) watches.drop(row.id);
}

/** What became of photos of a folder that the user let go. @param gone the keys of those that were found to be gone */
export async function whatBecame(
  photos: readonly Place[],
  gone: ReadonlySet<string>,
  { history: { watches }, watchId }: { readonly history: History; readonly watchId: number },
): Promise<ReleasedPhotos> {
  const count = { queued: 0, known: 0, waiting: 0, gone: gone.size };
  for (const [index, { key }] of photos.entries()) {
    if (index % PAGE === 0) await nextTurn();
    if (gone.has(key)) continue;
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
    for (const row of watches.inState(watchId, 'held', false)) {
      if (row.id > agreement) break;
      leaveOne(history, row);
      seen.push(row.seenAt);
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
