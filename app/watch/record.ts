// What becomes of files that were looked at: compared with the history and recorded, all of a group in one transaction.
// Nothing is sent here; what is new is held until the gate lets it go.
import type { History } from '../history/history.ts';
import type { WatchedFile } from '../history/watches.ts';
import type { Look, WholePhoto } from './look.ts';
import { isSameMark } from './pending.ts';
import type { Reach } from './reach.ts';
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
function recordOne(look: Settled, wish: Wish, { history, watchId, reach, now }: RecordDeps): boolean {
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
    watches.put(watchId, { ...place, state: 'refused', detail: { kind: 'left-out', reason, message } }, now);
    return false;
  }
  if (was?.sha256 === look.sha256) {
    watches.touch(was.id, place);
    return false;
  }
  return recordPhoto(look, was, { wish, history, watchId, reach, now });
}

function recordPhoto(
  look: WholePhoto,
  was: WatchedFile | null,
  { wish, history, watchId, reach, now }: Omit<RecordDeps, 'coming' | 'storm'> & { readonly wish: Wish },
): boolean {
  const { watches } = history;
  const { path, key, mark, sha256, info } = look;
  const place = { key, path, ...mark };
  const before = was ?? (look.renamed === null ? null : thereStill(watches.byId(look.renamed.id)));
  // Another one that is like it by size and time was taken for that one a moment ago: this one is found again.
  if (was === null && before !== null && before.key !== look.renamed?.key) return false;
  const isAsBefore =
    before?.state === 'there' && (isSameMark(before, mark) || (before.edges !== null && before.edges === look.edges));
  if (isAsBefore && !before.released) {
    watches.touch(before.id, place);
    if (before.edges === null && look.edges !== null) watches.setEdges(before.id, look.edges);
    return false;
  }
  if (before !== null && before !== was) watches.drop(before.id);
  const released = isAsBefore;
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
  const changed = was !== null && (isSent(was) || (was.detail?.kind === 'photo' && was.detail.changed));
  const { format, width, height } = info;
  const detail = { kind: 'photo', format, width, height, changed, existing: isAsBefore } as const;
  watches.put(watchId, { ...place, state: 'held', released, sha256, detail }, now);
  return !released;
}

function thereStill(file: WatchedFile | null): WatchedFile | null {
  return file?.state === 'there' ? file : null;
}

function isSent({ state }: WatchedFile): boolean {
  return state === 'taken' || state === 'same';
}
