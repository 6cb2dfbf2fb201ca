// Watch folders as values: what a folder is set to, and what follows from that by rules alone.
import type { OutputSettings } from './batch.ts';
import type { Parameters } from './parameters.ts';

/** How many new photos may come at once before a click is asked for; photos. */
export const STORM_LIMIT = { min: 1, max: 100_000, usual: 200 } as const;
/** How long a file must be still before it is taken for whole, milliseconds. */
export const SETTLE_MS = { min: 500, max: 600_000, usual: 2_000, network: 10_000 } as const;
export const PHOTOS_A_DAY = { min: 1, max: 100_000 } as const;
export const CREDITS_A_DAY = { min: 0.01, max: 100_000 } as const;
/** Name patterns of one kind, and characters of one of them. */
export const PATTERNS = { max: 50, length: 200 } as const;
export const MINUTES_A_DAY = 1_440;

/** Jobs of watch folders go ahead of those of batches that were started by hand, which have 0. */
export const WATCH_PRIORITY = 1;

/** A part of the day in local time, minutes since midnight; `from` may be after `to`: then it lasts over midnight. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

export interface WatchSettings {
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  readonly recursive: boolean;
  /** File names that are taken, with `*` and `?`, in any case; all when it is empty. */
  readonly include: readonly string[];
  /** File names that are not taken, whatever `include` says. */
  readonly exclude: readonly string[];
  /** When photos are sent; null for at any time. What comes at other times waits. */
  readonly hours: Hours | null;
  /**
   * Photos queued a day at most, by dates of the clock on the wall; null for no limit. The rest waits for the next day. Each
   * date has its limits once; what was queued since a day began counts on it, also under the later date of a clock that
   * was ahead.
   */
  readonly photosADay: number | null;
  /**
   * Credits spent and expected a day at most; null for no limit. A photo counts on the day when it is queued, and on any
   * day while it is not finished; so what a stopped queue left of earlier days comes on top of the day when it runs again.
   */
  readonly creditsADay: number | null;
  /** More new photos than this within a minute, or in one go without a pause, wait for a click. */
  readonly stormLimit: number;
  /** Milliseconds; null for what suits the drive. */
  readonly settleMs: number | null;
  /** `always` looks again and again instead of relying on the system's word: for network drives. */
  readonly polling: 'auto' | 'always';
}

/** What a folder is set to until something else is said. */
export function usualWatchSettings({
  parameters,
  output,
  recursive,
}: Pick<WatchSettings, 'parameters' | 'output' | 'recursive'>): WatchSettings {
  return {
    parameters,
    output,
    recursive,
    include: [],
    exclude: [],
    hours: null,
    photosADay: null,
    creditsADay: null,
    stormLimit: STORM_LIMIT.usual,
    settleMs: null,
    polling: 'auto',
  };
}

export interface WatchFolder {
  readonly id: number;
  /** Absolute, as chosen. */
  readonly path: string;
  /** Which service its photos go to: a folder that was set up for practice never spends credits by itself. */
  readonly service: string;
  readonly settings: WatchSettings;
  /** The output folder; null for the folder `Enhanced` in it. */
  readonly out: string | null;
  readonly paused: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * How a watch folder is:
 * `starting` is looked through for the first time since the start; `watching`; `paused` by the user; `resting` outside its
 * hours; `unavailable` cannot be reached and is tried again; `elsewhere` belongs to another service than the one in use.
 */
export type WatchState = 'starting' | 'watching' | 'paused' | 'resting' | 'unavailable' | 'elsewhere';

/** Photos that are queued, and wait because their watch folder is paused or outside its hours. */
export interface Resting {
  readonly watchId: number;
  readonly batchId: number;
  /** When they were queued: local, YYYY-MM-DD. */
  readonly day: string;
  readonly photos: number;
  readonly why: 'paused' | 'hours';
}

/** How many photos rest, in all. */
export function restingPhotos(resting: readonly Pick<Resting, 'photos'>[]): number {
  return resting.reduce((sum, { photos }) => sum + photos, 0);
}

/** What is said of folders from which nothing is taken since no service can be had, after their name or number. */
export const NOT_WATCHED = 'not watched: no service is in use';

/** What has such folders watched again. @param practice whether all of them are set up for practice */
export function watchedAgain(practice: boolean): string {
  return `${practice ? 'Use practice' : 'Enter your API key'}, and new photos are picked up.`;
}

/** Why new photos of a folder wait. The first two ask for the user; the others end by themselves or with the pause. */
export type Hold = 'storm' | 'existing' | 'photos-a-day' | 'credits-a-day' | 'hours' | 'paused';
