// What a watch folder is set to beyond the usual, in words: a filter or a limit of months ago is otherwise forgotten.
import { type Hours, STORM_LIMIT, type WatchSettings } from '../domain/watch.ts';
import { count, credits } from './text.ts';

/** Filters and limits that are not the usual ones, in one sentence; null when there are none. */
export function limitsText(settings: WatchSettings): string | null {
  const { include, exclude, hours, photosADay, creditsADay, stormLimit, settleMs, polling } = settings;
  const parts = [
    include.length > 0 && `only ${include.join(', ')} (--include)`,
    exclude.length > 0 && `not ${exclude.join(', ')} (--exclude)`,
    hours !== null && `sent from ${clockTime(hours.from)} to ${clockTime(hours.to)} (--hours)`,
    photosADay !== null && `at most ${count(photosADay, 'photo')} a day (--photos-a-day)`,
    creditsADay !== null && `at most ${credits(creditsADay)} a day (--credits-a-day)`,
    stormLimit !== STORM_LIMIT.usual && `more than ${stormLimit} at once wait (--storm-limit)`,
    settleMs !== null && `still for ${settleMs / 1_000} s (--settle)`,
    polling !== 'auto' && 'looked through again and again (--polling)',
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : `Set for this folder: ${parts.join('; ')}.`;
}

/** `08:00`. */
export function clockTime(minutes: Hours['from']): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
