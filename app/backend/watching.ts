// Watch folders behind the window: taken up with the service in use, let go of before it ends, told to the window a few times
// a second at most, and to the tray.
import { localDay, nextMidnight } from '../contract/local-day.ts';
import type { WatchRow } from '../contract/watch.ts';
import type { Failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { WatchOptions } from '../watch/watch-folders.ts';
import { WatchFolders } from '../watch/watch-folders.ts';
import type { Occasion, WatchStatus } from './occasions.ts';
import { restingOf, WatchOccasions } from './watch-occasions.ts';

export interface WatchingOptions extends WatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Why no service can be had; null while one is in use, or is being changed. Call `touch` when it changed. */
  readonly missing: () => Failure | null;
  /** All folders, as they are now. */
  readonly onRows: (rows: readonly WatchRow[]) => void;
  /** What `status` says may have changed. */
  readonly onStatus: () => void;
  readonly onOccasion: (occasion: Occasion) => void;
}

const TELL_EVERY_MS = 250;
/** The clock on the wall may be put forward at any time: how often it is looked whether a new day began, milliseconds. */
const DAY_LOOK_MS = 60_000;

export class Watching {
  readonly folders: WatchFolders;
  readonly #o: WatchingOptions;
  readonly #occasions: WatchOccasions;
  #status: WatchStatus;
  #visible = true;
  /** Whether something was not told to the window because nobody saw it. */
  #untold = false;
  #cancelTimer: (() => void) | null = null;
  #cancelMidnight: (() => void) | null = null;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: WatchingOptions) {
    this.#o = options;
    this.folders = new WatchFolders(options);
    this.#occasions = new WatchOccasions({ clock: options.clock, tell: options.onOccasion });
    this.folders.onChange(() => this.touch());
    this.#status = statusOf([], null);
  }

  get status(): WatchStatus {
    return this.#status;
  }

  /**
   * Takes up the folders of the service in use, and lets go of all others: of all when none is in use. Call it when that
   * changed; it is done when nothing works for the service before any more. What is wrong is told by the rows, or logged.
   */
  follow(): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#stopped) return;
      try {
        await this.folders.start();
      } catch (error) {
        this.#o.log.error('watch', { error: String(error) }); // the queue, which may hold paid work, goes on without
      }
      this.touch();
    });
    return this.#last;
  }

  /** A window that nobody sees is told nothing; when it is seen again it is told all. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#untold) this.touch();
  }

  /** The machine woke up or the network is back: what came meanwhile is looked for. */
  wake(): void {
    this.folders.reconcile();
  }

  /** Something about a folder changed. */
  touch(): void {
    if (this.#stopped) return;
    this.#cancelTimer ??= this.#o.clock.after(TELL_EVERY_MS, () => {
      this.#cancelTimer = null;
      this.#tell();
    });
  }

  /** Ends for good. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelMidnight?.();
    this.#occasions[Symbol.dispose]();
    await Promise.all([this.folders.stop(), this.#last]);
  }

  /** Nothing of this may end the work it tells of. */
  #tell(): void {
    try {
      const rows = this.folders.rows();
      const missing = this.#o.missing();
      this.#status = statusOf(rows, missing);
      this.#awaitMidnight(rows.length > 0);
      this.#occasions.look(rows, missing);
      this.#untold = !this.#visible;
      if (this.#visible) this.#o.onRows(rows);
      this.#o.onStatus();
    } catch (error) {
      this.#o.log.warn('watch', { error: String(error) });
    }
  }

  /** What came “today” is nothing when a new day begins, though no photo tells of that. */
  #awaitMidnight(wanted: boolean): void {
    this.#cancelMidnight?.();
    this.#cancelMidnight = wanted ? this.#lookForMidnight(localDay(this.#o.clock.wall())) : null;
  }

  #lookForMidnight(day: string): () => void {
    const { clock } = this.#o;
    const wall = clock.wall();
    return clock.after(Math.min(nextMidnight(wall) - wall, DAY_LOOK_MS), () => {
      if (localDay(clock.wall()) !== day) this.touch();
      else this.#cancelMidnight = this.#lookForMidnight(day);
    });
  }
}

/** What belongs to another service is neither at work nor can it be clicked for, and what is out of reach cannot be sent. */
function statusOf(rows: readonly WatchRow[], missing: Failure | null): WatchStatus {
  const here = rows.filter(({ state }) => state !== 'elsewhere');
  const reached = here.filter(({ state }) => state !== 'unavailable');
  const asked = reached.filter(({ held }) => held?.why === 'storm');
  return {
    folders: reached.filter(({ paused }) => !paused).length,
    photosToday: here.reduce((sum, { today }) => sum + today.queued, 0),
    waiting: asked.reduce((sum, { held }) => sum + (held?.photos ?? 0), 0),
    away: here.filter(({ state, paused }) => state === 'unavailable' && !paused).length,
    resting: missing === null ? 0 : restingOf(rows).length,
  };
}
