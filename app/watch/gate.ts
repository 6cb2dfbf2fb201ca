// What may go now, by rules alone: the pause, the hours of the day, the storm guard, what a day may take.
import { MINUTES_A_DAY, type Hold, type Hours, type WatchSettings } from '../domain/watch.ts';

/** More new photos than agreed within this time are a storm, milliseconds. */
export const STORM_WINDOW_MS = 60_000;
/**
 * So are more than agreed that come in one go, however long that takes: with less than this between one and the next, as
 * a card is copied, milliseconds. Who shoots tethered pauses now and then.
 */
export const RUN_GAP_MS = 10_000;

/**
 * Whether a time is within hours of the local day; the last minute is not.
 * @param time what the clock on the wall says, milliseconds since the epoch
 */
export function isWithin(hours: Hours | null, time: number): boolean {
  if (hours === null || hours.from === hours.to) return true;
  const date = new Date(time);
  const minute = (date.getHours() * 60 + date.getMinutes()) % MINUTES_A_DAY;
  return hours.from < hours.to ? minute >= hours.from && minute < hours.to : minute >= hours.from || minute < hours.to;
}

export interface GateBasis {
  readonly settings: Pick<WatchSettings, 'hours' | 'photosADay' | 'creditsADay'>;
  readonly paused: boolean;
  /** What the clock on the wall says, milliseconds since the epoch. */
  readonly wall: number;
  readonly today: {
    readonly photos: number;
    /** Also what is left of other days. */
    readonly unfinished: number;
    /** Ended requests that may have been charged for, at a price that nobody told. */
    readonly unpriced: number;
    readonly credits: number;
  };
  /** What a photo usually costs, credits. */
  readonly cost: number;
}

export interface Gate {
  /** How many photos may go now. */
  readonly room: number;
  /** Why the others wait; null when all may go. */
  readonly why: Exclude<Hold, 'storm' | 'existing'> | null;
}

/** What may go of those that no storm holds up. */
export function gateOf({ settings, paused, wall, today, cost }: GateBasis): Gate {
  if (paused) return { room: 0, why: 'paused' };
  if (!isWithin(settings.hours, wall)) return { room: 0, why: 'hours' };
  const byPhotos = settings.photosADay === null ? Infinity : settings.photosADay - today.photos;
  const byCredits = creditsRoom(settings.creditsADay, today, cost);
  const room = Math.max(0, Math.min(byPhotos, byCredits));
  if (room === Infinity) return { room, why: null };
  return { room, why: byPhotos <= byCredits ? 'photos-a-day' : 'credits-a-day' };
}

/** What is queued and not paid for yet counts as if it was, and what may have been paid for, too. */
function creditsRoom(limit: number | null, today: GateBasis['today'], cost: number): number {
  if (limit === null || cost <= 0) return Infinity;
  const left = limit - today.credits - (today.unfinished + today.unpriced) * cost;
  return Math.floor(left / cost + 1e-9); // 0.4 / 0.04 must be ten
}

export interface StormBasis {
  readonly limit: number;
  /** New photos of the last minute, or of one go, that are known to be whole, sent or not. */
  readonly arrived: number;
  /** New files that are just being looked at. */
  readonly coming: number;
}

/** Whether more came at once than go without a word of the user. */
export function isStorm({ limit, arrived, coming }: StormBasis): boolean {
  return arrived + coming > limit;
}
