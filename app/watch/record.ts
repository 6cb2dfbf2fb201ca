// What becomes of files that were looked at: compared with the history and recorded, all of a group in one transaction.
// Nothing is sent here; what is new is held until the gate lets it go.
import type { History } from '../history/history.ts';
import type { WatchedFile } from '../history/watches.ts';
import type { Look, WholePhoto } from './look.ts';
import { isAsBefore } from './look.ts';
import type { Reach } from './reach.ts';
import { isMissed } from './revive.ts';
import { isOwn, sameJob } from './same.ts';
import type { StormGuard } from './storm.ts';

export type Settled = Extract<Look, { kind: 'photo' | 'own' | 'refused' }>;

export interface RecordDeps {
  readonly history: History;
  readonly watchId: number;
  readonly reach: Reach;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** New files that are still being looked at: they count for the storm guard. */
  readonly coming: number;
  readonly storm: StormGuard;
  /** A photo is there again whose job missed it. */
  readonly onBack: () => void;
}

/** Records files; with the last of too many at once all that wait are held for the user. */
export function record(looks: readonly Settled[], deps: RecordDeps): void {
  const { history, watchId } = deps;
  history.atomically(() => {
    const watch = history.watches.get(watchId);
    if (watch === null) return;
    const isStormy = watch.stormAt !== null && history.watches.count(watchId, 'held', false).files > 0;
    if (watch.stormAt !== null && !isStormy) history.watches.setStorm(watchId, null);
    let isNew = false;
    for (const look of looks) isNew = recordOne(look, watch, deps) || isNew;
    if (isStormy) deps.storm.settle(deps);
    else if (isNew) deps.storm.check(watch.settings.stormLimit, deps);
  });
}

type Wish = Pick<NonNullable<ReturnType<History['watches']['get']>>, 'service' | 'settings'>;

/** @returns whether it is a new photo that comes without the user's word */
function recordOne(look: Settled, wish: Wish, { history, watchId, reach, now, onBack }: RecordDeps): boolean {
  const { watches, jobs } = history;
  const { path, key, mark } = look;
  const was = watches.file(watchId, key);
  const place = { key, path, ...mark };
  if (look.kind === 'own') {
    if (was?.state === 'own') watches.touch(was.id, place);
    else watches.put(watchId, { ...place, state: 'own' }, now);
    return false;
  }
  if (look.kind === 'refused') {
    const { reason, message } = look.leftOut;
    const detail = { kind: 'left-out', reason, message, ...(look.crashed && { crashed: true as const }) } as const;
    watches.put(watchId, { ...place, state: 'refused', detail }, now);
    return false;
  }
  // A photo that was there before goes its own way: it may have been let go of since.
  if (was?.sha256 === look.sha256 && was.state !== 'there') {
    watches.touch(was.id, place);
    const job = jobs.get(was.jobId ?? 0);
    if (job !== null && isMissed(job)) onBack();
    return false;
  }
  return recordPhoto(look, was, { wish, history, watchId, reach, now });
}

type PhotoDeps = Omit<RecordDeps, 'coming' | 'storm' | 'onBack'> & { readonly wish: Wish };

function recordPhoto(look: WholePhoto, was: WatchedFile | null, deps: PhotoDeps): boolean {
  const { history, watchId, reach, now, wish } = deps;
  const { watches } = history;
  const { path, key, mark, sha256, edges, info } = look;
  const place = { key, path, ...mark };
  const before = isAsBefore(was, look) ? was : renamedStill(look, history);
  // Another one that is like it by size and time was taken for that one a moment ago: this one is found again.
  if (before !== null && before !== was && before.key !== look.renamed?.key) return false;
  if (before !== null && !before.released) {
    leaveAlone(look, { was, before }, deps);
    return false;
  }
  if (before !== null && before !== was && look.renamed?.gone === true) watches.drop(before.id);
  const { service, settings } = wish;
  const { parameters } = settings;
  if (isOwn(history, reach, look)) {
    watches.put(watchId, { ...place, state: 'own', sha256 }, now);
    return false;
  }
  const content = { sourcePath: reach.fileOf(path), sourceBytes: mark.bytes, sourceMtimeMs: mark.mtimeMs, sha256 };
  const jobId = sameJob(history, { service, parameters }, content);
  if (jobId !== null) {
    watches.put(watchId, { ...place, state: 'same', sha256, jobId, parameters }, now);
    return false;
  }
  if (before === null && watches.wasThere(watchId, { edges, sha256, ...mark })) {
    leaveAlone(look, { was, before }, deps);
    return false;
  }
  const { format, width, height } = info;
  const detail = { kind: 'photo', format, width, height, changed: isChanged(was), existing: before !== null } as const;
  watches.put(watchId, { ...place, state: 'held', released: before !== null, sha256, detail }, now);
  return before === null;
}

/** The photo that was there before, as it is recorded now. */
function renamedStill({ renamed }: WholePhoto, { watches }: History): WatchedFile | null {
  const row = renamed === null ? null : watches.byId(renamed.id);
  return row?.state === 'there' ? row : null;
}

/**
 * Records a photo that was there before as one, under the name that it has by now.
 * @param of.before as it was recorded; null when it lost that record to another photo
 */
function leaveAlone(
  look: WholePhoto,
  { was, before }: { readonly was: WatchedFile | null; readonly before: WatchedFile | null },
  { history, watchId, now }: PhotoDeps,
): void {
  const { watches } = history;
  const { path, key, mark, edges, sha256, renamed, info } = look;
  const place = { key, path, ...mark };
  if (before !== null && (before === was || (was === null && renamed?.gone === true))) {
    watches.touch(before.id, place);
    watches.setContent(before.id, { edges, sha256 });
    return;
  }
  const { format, width, height } = info;
  const detail = { kind: 'photo', format, width, height, changed: true, existing: true } as const;
  watches.put(watchId, { ...place, state: 'there', sha256, edges, detail: isChanged(was) ? detail : null }, now);
  // What is under its name by now, if anything, is told apart from it there.
  if (before !== null && renamed?.gone === true) watches.drop(before.id);
}

/** Whether another photo was sent under a name before. */
function isChanged(was: WatchedFile | null): boolean {
  return was !== null && (isSent(was) || (was.detail?.kind === 'photo' && was.detail.changed));
}

function isSent({ state }: WatchedFile): boolean {
  return state === 'taken' || state === 'same';
}
