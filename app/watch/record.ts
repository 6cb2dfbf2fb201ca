// What becomes of files that were looked at: compared with the history and recorded, all of a group in one transaction.
// Nothing is sent here; what is new is held until the gate lets it go.
import type { History } from '../history/history.ts';
import type { WatchedFile } from '../history/watches.ts';
import type { Look, WholePhoto } from './look.ts';
import { isAsBefore } from './look.ts';
import type { Reach } from './reach.ts';
import { isCalledOff, moveJob, movedStill, wasCalledOff } from './moved.ts';
import { isMissed } from './revive.ts';
import { isOwn, sameJob, type Content } from './same.ts';
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
  readonly presence: {
    /** Looks through the folder soon: a photo is there again whose job missed it. */
    request(): void;
    /** Learns to know photos that count as there before. */
    readEdges(): void;
  };
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
  const isUnread = looks.some((look) => look.kind === 'photo' && look.edges === null);
  if (isUnread && history.watches.hasThere(watchId)) deps.presence.readEdges();
}

type Wish = Pick<NonNullable<ReturnType<History['watches']['get']>>, 'service' | 'settings'>;

/** @returns whether it is a new photo that comes without the user's word */
function recordOne(look: Settled, wish: Wish, deps: RecordDeps): boolean {
  const { history, watchId, now } = deps;
  const { watches } = history;
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
    tellIfMissed(was, deps);
    return false;
  }
  return recordPhoto(look, was, { ...deps, wish });
}

function tellIfMissed({ jobId }: WatchedFile, { history, presence }: RecordDeps): void {
  const job = history.jobs.get(jobId ?? 0);
  if (job !== null && isMissed(job)) presence.request();
}

type PhotoDeps = RecordDeps & { readonly wish: Wish };

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
  const moved = before === null ? movedStill(history, look.moved, sha256) : null;
  if (moved !== null) {
    takeAlong(look, { was, moved }, deps);
    return false;
  }
  const content = contentOf(look, reach);
  const jobId = sameJob(history, { service, parameters }, content);
  if (jobId !== null) {
    watches.put(watchId, { ...place, state: 'same', sha256, jobId, parameters }, now);
    return false;
  }
  const isToWait = () =>
    watches.wasThere(watchId, { edges, sha256, ...mark }) || wasCalledOff(history, { service, parameters }, sha256);
  if (before === null && isToWait()) {
    leaveAlone(look, { was, before }, deps);
    return false;
  }
  const { format, width, height } = info;
  const detail = { kind: 'photo', format, width, height, changed: isChanged(was), existing: before !== null } as const;
  watches.put(watchId, { ...place, state: 'held', released: before !== null, sha256, detail }, now);
  return before === null;
}

function contentOf({ path, mark, sha256 }: WholePhoto, reach: Reach): Content {
  return { sourcePath: reach.fileOf(path), sourceBytes: mark.bytes, sourceMtimeMs: mark.mtimeMs, sha256 };
}

/**
 * Records that a photo which was sent, or known, has another name by now, and has its job go on with it. One whose job the
 * user canceled waits for his word from then on.
 */
function takeAlong(
  look: WholePhoto,
  { was, moved }: { readonly was: WatchedFile | null; readonly moved: WatchedFile },
  deps: PhotoDeps,
): void {
  const { history, watchId, reach } = deps;
  const { watches, jobs } = history;
  const { path, key, mark, sha256 } = look;
  const job = jobs.get(moved.jobId ?? 0);
  const isOurs = moved.state === 'taken';
  if (isOurs && isCalledOff(history, job)) {
    leaveAlone(look, { was, before: null }, deps);
    watches.drop(moved.id);
  } else {
    watches.rename({ id: moved.id, watchId }, { key, path, ...mark, sha256 });
    tellIfMissed(moved, deps);
  }
  if (isOurs && job !== null) moveJob(history, job, reach.fileOf(moved.path), contentOf(look, reach));
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
