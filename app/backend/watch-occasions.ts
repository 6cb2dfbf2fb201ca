// When a watch folder is worth a notification: a start without a service, a storm that waits, a folder that went away, a cap
// that is reached. It goes by what the rows say, and remembers what it told.
import { localDay } from '../contract/local-day.ts';
import type { WatchRow } from '../contract/watch.ts';
import { type Failure, failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Occasion } from './occasions.ts';

export interface WatchOccasionsOptions {
  readonly clock: Clock;
  readonly tell: (occasion: Occasion) => void;
}

/** Photos that still come would make the number wrong: it is told when it was the same for so long, milliseconds. */
const CALM_MS = 2_000;
/** But no later than this after the first of them was held, milliseconds. */
const STORM_LIMIT_MS = 10_000;
/** A share that comes and goes is told of once in this time, milliseconds. */
const AWAY_AGAIN_MS = 3_600_000;

interface Storm {
  photos: number;
  credits: number | null;
  readonly since: number;
  /** Null once it was told. */
  cancel: (() => void) | null;
}

/** What is known of a folder. */
interface Known {
  name: string;
  /** Whether it was reached since it was last away: one that is away from the start is no news. */
  reached: boolean;
  toldAwayAt: number;
  /** The day on which its cap was told. */
  cappedOn: string | null;
  storm: Storm | null;
}

export class WatchOccasions implements Disposable {
  readonly #o: WatchOccasionsOptions;
  readonly #known = new Map<number, Known>();
  #looked = false;

  constructor(options: WatchOccasionsOptions) {
    this.#o = options;
  }

  /**
   * Takes note of how all folders are now; call it whenever one of them changed, and when it is known for the first time
   * whether there is a service.
   * @param missing why none can be had; null while one can
   */
  look(rows: readonly WatchRow[], missing: Failure | null = null): void {
    this.#lookForService(rows, missing);
    for (const row of rows) {
      const known = this.#knownOf(row);
      this.#lookForStorm(known, row);
      this.#lookForAbsence(known, row);
      this.#lookForCap(known, row);
    }
    const ids = new Set(rows.map(({ id }) => id));
    for (const [id, known] of this.#known) {
      if (ids.has(id)) continue;
      known.storm?.cancel?.();
      this.#known.delete(id);
    }
  }

  [Symbol.dispose](): void {
    for (const { storm } of this.#known.values()) storm?.cancel?.();
    this.#known.clear();
  }

  #knownOf({ id, name }: WatchRow): Known {
    const known = this.#known.get(id) ?? {
      name,
      reached: false,
      toldAwayAt: -Infinity,
      cappedOn: null,
      storm: null,
    };
    this.#known.set(id, known);
    return known;
  }

  /** Later it is the user who does without one, and sees in the window what comes of that. */
  #lookForService(rows: readonly WatchRow[], missing: Failure | null): void {
    const isFirst = !this.#looked;
    this.#looked = true;
    if (!isFirst || missing === null) return;
    const resting = restingOf(rows);
    if (resting.length === 0) return;
    const practice = resting.every((row) => row.practice);
    this.#o.tell({ kind: 'watch-no-service', folders: resting.map(({ name }) => name), practice, failure: missing });
  }

  #lookForStorm(known: Known, { held, state, practice }: WatchRow): void {
    // Nothing can be sent from there: a click is asked for once it can be made, and not again where it was asked for.
    const isOutOfReach = state === 'elsewhere' || state === 'unavailable';
    if (isOutOfReach && known.storm?.cancel === null) return;
    if (isOutOfReach || held?.why !== 'storm') {
      known.storm?.cancel?.();
      known.storm = null;
      return;
    }
    const since = this.#o.clock.now();
    const storm = (known.storm ??= { photos: 0, credits: null, since, cancel: this.#toldLater(known, CALM_MS) });
    if (storm.photos === held.photos) return;
    storm.photos = held.photos;
    storm.credits = practice ? null : held.credits;
    if (storm.cancel === null) return; // more of what was told already
    storm.cancel();
    const left = storm.since + STORM_LIMIT_MS - this.#o.clock.now();
    storm.cancel = this.#toldLater(known, Math.min(CALM_MS, left));
  }

  #toldLater(known: Known, ms: number): () => void {
    return this.#o.clock.after(ms, () => {
      const { storm, name } = known;
      if (storm === null) return;
      storm.cancel = null;
      this.#o.tell({ kind: 'watch-storm', folder: name, photos: storm.photos, credits: storm.credits });
    });
  }

  #lookForAbsence(known: Known, { state, trouble }: WatchRow): void {
    if (state === 'watching' || state === 'resting' || state === 'paused') known.reached = true;
    if (state !== 'unavailable' || !known.reached) return;
    known.reached = false;
    const now = this.#o.clock.now();
    if (now - known.toldAwayAt < AWAY_AGAIN_MS) return;
    known.toldAwayAt = now;
    const reason = trouble ?? failure('watch_unavailable');
    this.#o.tell({ kind: 'watch-unavailable', folder: known.name, failure: reason });
  }

  #lookForCap(known: Known, { held, state }: WatchRow): void {
    if (state === 'elsewhere') return; // its photos wait for its service first of all
    if (held?.why !== 'photos-a-day' && held?.why !== 'credits-a-day') return;
    const day = localDay(this.#o.clock.wall());
    if (known.cappedOn === day) return;
    known.cappedOn = day;
    this.#o.tell({ kind: 'watch-cap', folder: known.name, why: held.why, photos: held.photos });
  }
}

/** Folders from which nothing is taken while there is no service: all but those that the user paused. */
export function restingOf(rows: readonly WatchRow[]): readonly WatchRow[] {
  return rows.filter(({ state, paused }) => state === 'elsewhere' && !paused);
}
