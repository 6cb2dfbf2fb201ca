// From photos that wait to jobs, as far as the gate lets them go: looked at once more, named, and queued in the batch of
// the day, all in one transaction with what is recorded of them. The engine is told after.
import { basename } from 'node:path';
import { PRACTICE_SERVICE, type PlannedJob } from '../domain/batch.ts';
import { LIST_PRICE } from '../domain/quote.ts';
import { WATCH_PRIORITY } from '../domain/watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import type { StoredWatch, WatchedFile } from '../history/watches.ts';
import { mapLimited } from '../intake/map-limited.ts';
import type { Clock } from '../lib/clock.ts';
import { gateOf, type Gate } from './gate.ts';
import { markOf } from './look.ts';
import { wasCalledOff } from './moved.ts';
import { Names, namesIn } from './names.ts';
import { isSameMark, type Mark } from './pending.ts';
import { admits, type Reach } from './reach.ts';
import { isOwn, isUnread, readUnread, sameJob } from './same.ts';
import { noteToday, todayOf } from './today.ts';
import { leaveOne } from './word.ts';

export interface SendDeps {
  readonly history: History;
  readonly clock: Clock;
  readonly watchId: number;
  readonly reach: Reach;
  readonly signal: AbortSignal;
  readonly engine: () => { readonly engine: Engine; readonly service: string } | null;
  /** A photo changed while it waited, or cannot be looked at: it is to be still anew. */
  readonly onChanged: (path: string, mark: Mark, stillSince?: number) => void;
}

/** Photos that are queued in one transaction: some tens of milliseconds. */
const AT_A_TIME = 128;
const FILES_AT_ONCE = 32;
/** What was looked at so short a time ago, and waited for no click, is not looked at again before it is queued, milliseconds. */
const FRESH_MS = 2_000;

/** What a photo usually costs at a service, credits; practice is free. */
export function usualCost(history: History, service: string): number {
  return service === PRACTICE_SERVICE ? 0 : (history.attempts.usualCost(service) ?? LIST_PRICE);
}

/** What may go of a folder's photos now. @param wall what the clock on the wall says, milliseconds since the epoch */
export function gateNow(history: History, watch: StoredWatch, wall: number): Gate {
  const { id, service, settings } = watch;
  const { day, since } = todayOf(history, wall);
  const today = history.watches.day(id, service, day, since);
  // What was queued on other days is still to be paid for, too.
  const unfinished =
    settings.creditsADay === null
      ? today.unfinished
      : history.jobs.unfinished(service, { kind: 'watches', watchIds: [id] });
  return gateOf({ ...watch, wall, today: { ...today, unfinished }, cost: usualCost(history, service) });
}

/**
 * Queues all that may go.
 * @returns how many photos were queued
 * @throws the signal's reason when it aborts; SQLite's errors
 */
export async function send(deps: SendDeps): Promise<number> {
  const passed = new Set<number>();
  let queued = 0;
  for (;;) {
    const rows = waiting(deps, passed);
    if (rows.length === 0) return queued;
    const ready = await unchanged(rows, { deps, passed });
    if (ready.length === 0) continue; // those that are gone, changed or not to be looked at do not go now
    const outDirs = await mapLimited(ready, FILES_AT_ONCE, ({ path }) => deps.reach.outDirOf(path));
    const there = await namesIn(outDirs);
    const watch = deps.history.watches.get(deps.watchId);
    if (watch === null) return queued;
    const bytes = ready.map((row) => row.bytes);
    const wish = { service: watch.service, parameters: watch.settings.parameters };
    const read = new Set<number>();
    await readUnread(deps.history, wish, { bytes, read, signal: deps.signal });
    deps.signal.throwIfAborted();
    queued += queue({ rows: ready, outDirs, there, read }, deps);
  }
}

/** What may go now, the oldest first, up to what fits one transaction. @param passed ids of those that cannot go now */
function waiting({ history, watchId, engine, clock }: SendDeps, passed: ReadonlySet<number>): WatchedFile[] {
  const { watches } = history;
  const watch = watches.get(watchId);
  if (watch === null || engine()?.service !== watch.service) return [];
  if (watch.stormAt !== null && watches.count(watchId, 'held', false).files === 0) watches.setStorm(watchId, null);
  const isStorm = watches.get(watchId)?.stormAt !== null;
  const released = firstHeld(true, { history, watchId, passed });
  const others = isStorm ? [] : firstHeld(false, { history, watchId, passed });
  const rows = [...released, ...others].sort((a, b) => a.id - b.id);
  if (rows.length === 0) return [];
  return rows.slice(0, Math.min(AT_A_TIME, gateNow(history, watch, clock.wall()).room));
}

function firstHeld(
  released: boolean,
  { history, watchId, passed }: Pick<SendDeps, 'history' | 'watchId'> & { readonly passed: ReadonlySet<number> },
): WatchedFile[] {
  const rows: WatchedFile[] = [];
  for (const row of history.watches.inState(watchId, 'held', released, AT_A_TIME)) {
    if (!passed.has(row.id)) rows.push(row);
    if (rows.length === AT_A_TIME) break;
  }
  return rows;
}

/**
 * Those that are as they were. What is gone, or left out by what is set now, is forgotten; what changed is to be still
 * anew; and what cannot be looked at is passed over and waited for, so that it holds up no other photo.
 */
async function unchanged(
  rows: readonly WatchedFile[],
  { deps, passed }: { readonly deps: SendDeps; readonly passed: Set<number> },
): Promise<WatchedFile[]> {
  const { history, clock, reach, signal, onChanged } = deps;
  const isFresh = (row: WatchedFile) => !row.released && clock.now() - row.seenAt < FRESH_MS;
  const marks = await mapLimited(rows, FILES_AT_ONCE, async (row) => {
    if (!reach.wants(row.path)) return null;
    return isFresh(row) ? row : markOf(reach.fileOf(row.path)).catch(() => 'unknown' as const);
  });
  signal.throwIfAborted();
  return rows.filter((row, index) => {
    const mark = marks[index] ?? null;
    if (mark === 'unknown') {
      passed.add(row.id);
      onChanged(row.path, row, row.seenAt); // it is held, and shown as one that waits to be read
      return false;
    }
    if (mark !== null && mark !== 'folder' && isSameMark(mark, row)) return true;
    history.watches.drop(row.id);
    if (mark !== null && mark !== 'folder') onChanged(row.path, mark);
    return false;
  });
}

interface Group {
  readonly rows: readonly WatchedFile[];
  readonly outDirs: readonly string[];
  readonly there: ReadonlyMap<string, ReadonlySet<string>>;
  /** Unfinished jobs whose photos were read, so that `sameJob` knows of them. */
  readonly read: ReadonlySet<number>;
}

/** The step that decides: all is looked at once more, now that nothing else can come in between. */
function queue(group: Group, deps: SendDeps): number {
  const { history, watchId, clock } = deps;
  const running = deps.engine();
  const { batchId, photos } = history.atomically(() => {
    const watch = history.watches.get(watchId);
    if (watch === null || running?.service !== watch.service) return { batchId: 0, photos: 0 };
    const { service, settings } = watch;
    if (isUnread(history, { service, parameters: settings.parameters }, { bytes: null, read: group.read }))
      return { batchId: 0, photos: 0 }; // put back into the queue a moment ago: it is read first
    const wall = clock.wall();
    const { day: date } = noteToday(history, wall);
    const { room } = gateNow(history, watch, wall);
    const day = new DayBatch(watch, history, { day: date, now: clock.now() });
    const names = namesOf(watch, { day, there: group.there }, deps);
    const isAdmitted = admits(watch.settings);
    for (const [index, { id }] of group.rows.entries()) {
      if (day.photos >= room) break;
      const row = history.watches.byId(id);
      if (row?.state !== 'held' || (watch.stormAt !== null && !row.released)) continue;
      // The settings may have changed a moment ago.
      if (!isAdmitted(row.path)) history.watches.drop(id);
      else queueOne(row, { watch, day, names, outDir: group.outDirs[index] ?? '', read: group.read }, deps);
    }
    return { batchId: day.close(), photos: day.photos };
  });
  if (photos > 0) running?.engine.announceAdded(batchId);
  return photos;
}

function namesOf(
  { settings }: StoredWatch,
  { day, there }: { readonly day: DayBatch } & Pick<Group, 'there'>,
  { history, reach }: SendDeps,
): Names {
  const fields = { ...settings.parameters, date: day.day, batch: day.name };
  const { jobs } = history;
  return new Names({ jobs, output: settings.output, fields, isAmongPhotos: reach.isAmongPhotos, there });
}

interface Place {
  readonly watch: StoredWatch;
  readonly day: DayBatch;
  readonly names: Names;
  readonly outDir: string;
  readonly read: ReadonlySet<number>;
}

function queueOne(row: WatchedFile, { watch, day, names, outDir, read }: Place, deps: SendDeps): void {
  const { history, reach, clock } = deps;
  const { watches } = history;
  const { service, settings } = watch;
  const { parameters } = settings;
  const { path, bytes, mtimeMs, sha256, detail } = row;
  if (sha256 === null || detail?.kind !== 'photo' || isOwn(history, reach, { path, sha256 })) {
    watches.disown(row.id);
    return;
  }
  const sourcePath = reach.fileOf(path);
  const same = sameJob(
    history,
    { service, parameters },
    { sourcePath, sourceBytes: bytes, sourceMtimeMs: mtimeMs, sha256 },
  );
  if (same !== null) {
    watches.settle(row.id, { state: 'same', jobId: same, parameters }, clock.now());
    return;
  }
  // Somebody canceled it elsewhere while it waited here.
  if (!row.released && wasCalledOff(history, { service, parameters }, sha256)) {
    leaveOne(history, row);
    return;
  }
  // Queued a moment ago, of a photo of this size: it is read first, and this one's turn comes again.
  if (isUnread(history, { service, parameters }, { bytes, read })) return;
  const { format, width, height, changed, existing } = detail;
  const outStem = names.stemOf({ sourcePath, outDir, changed, existing });
  const source = { sourcePath, sourceBytes: bytes, sourceMtimeMs: mtimeMs, sourceHash: sha256 };
  const jobId = day.add({ ...source, format, width, height, outDir, outStem });
  watches.settle(row.id, { state: 'taken', jobId, parameters }, clock.now());
}

/** The batch of a folder's day and settings: made with its first photo. */
class DayBatch {
  readonly day: string;
  readonly name: string;
  /** Photos added so far. */
  photos = 0;
  readonly #watch: StoredWatch;
  readonly #history: History;
  readonly #now: number;
  #id: number | null;

  constructor(watch: StoredWatch, history: History, { day, now }: { readonly day: string; readonly now: number }) {
    this.#watch = watch;
    this.#history = history;
    this.#now = now;
    this.day = day;
    this.#id = history.watches.findBatch(watch.id, this.day, { service: watch.service, ...watch.settings });
    const earlier = this.#id === null ? history.watches.batchesOn(watch.id, this.day) : 0;
    const plain = `${folderName(watch.path)} · ${this.day}`;
    const known = this.#id === null ? null : history.batches.get(this.#id);
    this.name = known?.name ?? (earlier === 0 ? plain : `${plain} (${earlier + 1})`);
  }

  /** @returns the job's id */
  add(photo: PlannedJob): number {
    this.#id ??= this.#create();
    const { service } = this.#watch;
    const [id = 0] = this.#history.jobs.insert({ id: this.#id, service }, [photo], WATCH_PRIORITY, this.#now);
    this.photos += 1;
    return id;
  }

  /** @returns the batch's id; 0 when none was made */
  close(): number {
    if (this.#id !== null && this.photos > 0) this.#history.watches.addPhotos(this.#id, this.photos);
    return this.#id ?? 0;
  }

  #create(): number {
    const { id: watchId, path, service, settings } = this.#watch;
    const { parameters, output } = settings;
    const batch = { name: this.name, service, parameters, output, jobs: [], priority: WATCH_PRIORITY };
    const { id } = this.#history.batches.create(batch, this.#now);
    this.#history.watches.noteBatch(id, { watchId, folder: folderName(path), service, day: this.day });
    return id;
  }
}

/** A folder's name for people; a whole drive has none but its path. */
export function folderName(path: string): string {
  return basename(path) || path;
}
