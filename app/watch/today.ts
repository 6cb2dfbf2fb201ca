// Which day it is for the limits of a day, and what counts as of it. A clock is put right over midnight, a laptop crosses
// the date line: so each date has its limits once, and what was queued since a day began counts on it, on whichever date
// it was booked. A clock that is put back gives no second day's limit, and one that was a year ahead blocks no folder for
// a year.
import { localDay } from '../contract/local-day.ts';
import type { History } from '../history/history.ts';

export interface Today {
  /** Local, YYYY-MM-DD. */
  readonly day: string;
  /** The last batch of a watch folder when it began: later ones count on it, though they are booked on a later date. */
  readonly since: number;
}

const KEY = 'watch.day';

/** @param wall what the clock on the wall says, milliseconds since the epoch */
export function todayOf(history: History, wall: number): Today {
  const day = localDay(wall);
  const noted = history.settings.get(KEY, read);
  if (noted?.day === day) return noted;
  if (noted === null) return { day, since: 0 };
  return { day, since: day > noted.day ? history.watches.lastBatch() : noted.since };
}

/**
 * Remembers which day it is and when it began. To be called before anything is queued on it, and now and then: what counts
 * after the clock is put back goes by it.
 */
export function noteToday(history: History, wall: number): Today {
  const today = todayOf(history, wall);
  if (history.settings.get(KEY, read)?.day !== today.day) history.settings.set(KEY, today);
  return today;
}

function read(value: unknown): Today | null {
  const { day, since } = (value ?? {}) as Partial<Record<keyof Today, unknown>>;
  return typeof day === 'string' && typeof since === 'number' ? { day, since } : null;
}
