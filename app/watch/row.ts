// A watch folder as the window sees it: what the history says of it, and how it is at the moment.
import { basename } from 'node:path';
import { localMidnight } from '../contract/local-day.ts';
import type { HeldPhotos, WatchRow } from '../contract/watch.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { type Hold, restingPhotos, type WatchState } from '../domain/watch.ts';
import type { History } from '../history/history.ts';
import type { RestingPhotos } from '../history/resting.ts';
import type { FileCount, StoredWatch } from '../history/watches.ts';
import { isWithin } from './gate.ts';
import type { Waiting } from './pending.ts';
import type { Polling } from './polling.ts';
import { outputOf } from './reach.ts';
import { restingOf } from './resting.ts';
import { folderName, gateNow, usualCost } from './send.ts';
import { todayOf } from './today.ts';

const LAST = 12;
const LEFT_OUT = 20;

/** How a folder is at the moment, beside what the history says of it. */
export interface FolderNow {
  readonly phase: 'starting' | 'there' | 'away';
  readonly trouble: Failure | null;
  /** Whether what is in it was taken for another drive's or folder's since it is there. */
  readonly another: boolean;
  readonly polling: Polling | null;
  readonly waitingCount: number;
  readonly waiting: readonly Waiting[];
  /** RAW files in it. */
  readonly raw: number;
}

/**
 * @param live how it is at the moment; null when its service is not in use
 * @param wall what the clock on the wall says, milliseconds since the epoch
 */
export function rowOf(watch: StoredWatch, live: FolderNow | null, basis: { history: History; wall: number }): WatchRow {
  const { history, wall } = basis;
  const { watches } = history;
  const { id, path, service, settings, out, paused } = watch;
  const { day, since } = todayOf(history, wall);
  const { photos, enhanced, failed, unfinished, credits, batchId } = watches.day(id, service, day, since);
  const known = watches.known(id, localMidnight(wall));
  const practice = service === PRACTICE_SERVICE;
  const resting = restingIn(watch, basis);
  const restingToday = restingPhotos(resting.filter((those) => those.day === day));
  const existing = watches.count(id, 'there', false);
  return {
    id,
    name: folderName(path),
    path,
    practice,
    settings,
    usualCost: usualCost(history, service),
    outputFolder: outputOf(watch),
    outputFolderChosen: out !== null,
    state: stateOf(watch, live, wall),
    paused,
    trouble: live?.trouble ?? (live?.another === true && existing.files > 0 ? failure('watch_another') : null),
    polling: live?.polling ?? null,
    held: heldOf(watch, basis),
    resting: restingPhotos(resting),
    existing: photosOf('existing', [existing], usualCost(history, service)),
    waitingCount: live?.waitingCount ?? 0,
    leftOut: { ...watches.leftOut(id, LEFT_OUT), raw: live?.raw ?? 0 },
    waiting: (live?.waiting ?? []).map(({ path: file, reason, since }) => ({ name: basename(file), reason, since })),
    today: {
      queued: photos,
      enhanced,
      failed,
      unfinished,
      resting: restingToday,
      known,
      credits: practice ? 0 : credits,
      batchId,
    },
    last: watches.lastTaken(id, LAST),
    lastAt: watches.lastAt(id),
  };
}

function stateOf(watch: StoredWatch, live: FolderNow | null, wall: number): WatchState {
  if (live === null) return 'elsewhere';
  if (live.phase === 'away') return 'unavailable';
  if (watch.paused) return 'paused';
  if (live.phase === 'starting') return 'starting';
  return isWithin(watch.settings.hours, wall) ? 'watching' : 'resting';
}

/** Photos that are queued and wait while the folder rests, by their days. */
function restingIn(
  watch: StoredWatch,
  { history, wall }: { history: History; wall: number },
): readonly RestingPhotos[] {
  if (restingOf([watch], wall).length === 0) return [];
  return history.resting.photos(watch.service, { kind: 'all' }, [watch.id]);
}

/**
 * What waits, by what the user can do about it: a storm goes before the hours and the day's limits, since it waits for a
 * click in any case; and what is let go of is counted apart from what is not.
 */
function heldOf(watch: StoredWatch, { history, wall }: { history: History; wall: number }): HeldPhotos | null {
  const { watches } = history;
  const released = watches.count(watch.id, 'held', true);
  const others = watches.count(watch.id, 'held', false);
  if (released.files + others.files === 0) return null;
  const cost = usualCost(history, watch.service);
  if (!watch.paused && watch.stormAt !== null && others.files > 0) return photosOf('storm', [others], cost);
  const { room, why } = gateNow(history, watch, wall);
  // With room for them they are being sent this very moment.
  return why === null || room >= released.files + others.files ? null : photosOf(why, [released, others], cost);
}

function photosOf(why: Hold, counts: readonly FileCount[], cost: number): HeldPhotos | null {
  const photos = counts.reduce((sum, { files }) => sum + files, 0);
  const agreement = Math.max(...counts.map(({ lastId }) => lastId));
  return photos === 0 ? null : { why, photos, credits: photos * cost, agreement };
}
