// How a watch folder is, in the words of the window.
import type { Preset, QueueState, ServiceKind, ServiceState } from '../../app/contract/values.ts';
import type { HeldPhotos, ReleasedPhotos, WatchRow } from '../../app/contract/watch.ts';
import { NOT_WATCHED, type WatchSettings } from '../../app/domain/watch.ts';
import { shortFolder } from './folders.ts';
import { count, credits, day, number, time } from './format.ts';
import { presetLike } from './presets.ts';

/** The kind of the service that folders can be taken up by: none also while the one that is set cannot be begun. */
export function kindAtWork(service: ServiceState | undefined): ServiceKind {
  return service === undefined || service.missing !== null ? 'none' : service.kind;
}

/** Whether nothing is taken from it only because no service is in use. @param kind of the service in use */
export function restsWithout({ state, paused }: WatchRow, kind: ServiceKind): boolean {
  return kind === 'none' && state === 'elsewhere' && !paused;
}

/**
 * Whether it goes on only when the user does something: a click for many photos, a drive to be connected, a key.
 * @param kind of the service in use
 */
export function waitsForUser(row: WatchRow, kind: ServiceKind): boolean {
  const { state, held } = row;
  return state === 'unavailable' || (held?.why === 'storm' && state !== 'elsewhere') || restsWithout(row, kind);
}

/** What the way to the watch folders says of those that wait for the user; null when none does. */
export function waitingText(folders: number): string | null {
  if (folders === 0) return null;
  return folders === 1 ? '1 watch folder waits for you' : `${number(folders)} watch folders wait for you`;
}

/** Whether new photos in it are noticed now. */
export function isActive({ state }: WatchRow): boolean {
  return state === 'starting' || state === 'watching' || state === 'resting';
}

/** A time of day as the user's clock has it. @param minutes since midnight */
export function timeOfDay(minutes: number): string {
  return time(new Date(2026, 0, 1, 0, minutes).getTime());
}

/** Whether new photos are noticed but not sent, because the whole queue is paused or stopped. */
export function isHalted({ state }: WatchRow, queue: QueueState | null): boolean {
  return state === 'watching' && queue !== null && (queue.paused || queue.stopped !== null);
}

/** @param kind of the service in use @param queue of that service; null while nothing is known of it */
export function stateText(row: WatchRow, kind: ServiceKind, queue: QueueState | null): string {
  const { state, settings, practice } = row;
  if (isHalted(row, queue)) return `Watching; the queue is ${queue?.stopped ? 'stopped' : 'paused'}`;
  switch (state) {
    case 'starting':
      return 'Looking through the folder';
    case 'watching':
      return 'Watching';
    case 'paused':
      return 'Paused';
    case 'resting':
      return settings.hours ? `Outside its hours until ${timeOfDay(settings.hours.from)}` : 'Outside its hours';
    case 'unavailable':
      return 'Not reachable: tried again every few seconds';
    case 'elsewhere':
      if (kind === 'none') return `${NOT_WATCHED[0]?.toUpperCase()}${NOT_WATCHED.slice(1)}`;
      if (practice) return 'Belongs to practice';
      return kind === 'segmind' ? 'Belongs to another service' : 'Belongs to Segmind';
  }
}

/** Why a folder is looked through again and again; null when it is not, or where its trouble tells. */
export function pollingText({ polling, trouble }: WatchRow): string | null {
  if (polling === null || trouble?.code === 'watch_limits') return null;
  const why = { chosen: 'as set', network: 'on a network drive', limits: 'the system has no room to watch it' };
  return `looked through regularly (${why[polling]})`;
}

/** What photos probably cost: “about 13.68 credits”, or that they cost nothing. What was there before may be known. */
export function priceText({ why, credits: sum }: HeldPhotos, practice: boolean): string {
  if (practice) return 'free: practice, not Bria';
  return `${why === 'existing' ? 'up to about' : 'about'} ${credits(sum)}`;
}

/** Why new photos wait, and when they go on. */
export function heldText({ why, photos }: HeldPhotos, { photosADay, creditsADay, hours }: WatchSettings): string {
  const some = photos === 1 ? '1 new photo' : `${number(photos)} new photos`;
  const wait = photos === 1 ? 'waits' : 'wait';
  const [they, go] = photos === 1 ? ['It', 'goes'] : ['They', 'go'];
  switch (why) {
    case 'storm':
      return `${some} came at once.`;
    case 'existing':
      return photos === 1 ? '1 photo was already there.' : `${number(photos)} photos were already there.`;
    case 'photos-a-day': {
      const limit = photosADay === null ? 'the limit' : `the limit of ${count(photosADay, 'photo')}`;
      return `${some} ${wait}: ${limit} a day is reached. ${they} ${go} on tomorrow.`;
    }
    case 'credits-a-day': {
      const limit = creditsADay === null ? 'the limit' : `the limit of ${credits(creditsADay)}`;
      return `${some} ${wait}: ${limit} a day is reached. ${they} ${go} on tomorrow.`;
    }
    case 'hours':
      return hours ? `${some} ${wait} until ${timeOfDay(hours.from)}.` : `${some} ${wait} for the folder’s hours.`;
    case 'paused':
      return `${some} ${wait} until you resume.`;
  }
}

/** What photos wait for that are queued: “until you resume”, … */
export function restText({ paused, settings: { hours } }: Pick<WatchRow, 'paused' | 'settings'>): string {
  if (paused) return 'until you resume';
  return hours ? `until ${timeOfDay(hours.from)}` : 'for the folder’s hours';
}

/** `about 0.04 credits a photo`; null where nothing is charged. */
export function eachText({ practice, usualCost }: Pick<WatchRow, 'practice' | 'usualCost'>): string | null {
  return practice ? null : `about ${credits(usualCost)} a photo`;
}

/** What a folder is set to, in a few words each, and what a photo costs; nothing of what is usual. */
export function settingsTexts(row: WatchRow, presets: readonly Preset[]): readonly string[] {
  const { parameters, recursive, include, exclude, hours, photosADay, creditsADay } = row.settings;
  const preset = presetLike(presets, row.settings);
  const ways = [parameters.resolution.replace('MP', ' MP'), count(parameters.steps, 'step')];
  const texts = preset ? [`preset “${preset.name}”`] : ways;
  if (row.outputFolderChosen) texts.push(`results in ${shortFolder(row.outputFolder)}`);
  if (recursive) texts.push('with sub-folders');
  if (include.length > 0) texts.push(`only ${include.join(', ')}`);
  if (exclude.length > 0) texts.push(`not ${exclude.join(', ')}`);
  if (hours) texts.push(`${timeOfDay(hours.from)} to ${timeOfDay(hours.to)}`);
  if (photosADay !== null) texts.push(`at most ${count(photosADay, 'photo')} a day`);
  if (creditsADay !== null) texts.push(`at most ${credits(creditsADay)} a day`);
  const each = eachText(row);
  if (each !== null) texts.push(each);
  return texts;
}

/** When the last photo came: by the clock on the same day, else by its day. */
export function lastText(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? `the last at ${time(at)}` : `the last on ${day(at)}`;
}

/** What is said after the user let photos go. @param asked how many it was about */
export function releasedText({ queued, known, waiting, gone }: ReleasedPhotos, asked: number): string {
  const areGone = gone > 0 && `${number(gone)} ${gone === 1 ? 'is' : 'are'} not there any more`;
  if (known > 0 && queued + waiting === 0) return `${allKnownText(known, asked)}${areGone ? ` ${areGone}.` : ''}`;
  if (queued + waiting === 0 && gone > 0 && gone === asked) return allGoneText(gone);
  if (queued + waiting === 0) return 'None of these photos waits any more: nothing was sent.';
  const parts = [
    queued > 0 && `${count(queued, 'photo')} ${queued === 1 ? 'is' : 'are'} queued`,
    known > 0 && `${number(known)} ${known === 1 ? 'is' : 'are'} known and not paid for again`,
    waiting > 0 && `${number(waiting)} ${waiting === 1 ? 'waits' : 'wait'}, as is shown with the folder`,
    areGone,
  ].filter((part) => part !== false);
  return `${parts.join('; ')}.`;
}

function allKnownText(known: number, asked: number): string {
  const what = known === 1 ? 'The photo was' : `${known < asked ? '' : 'All '}${count(known, 'photo')} were`;
  return `${what} enhanced before, or ${known === 1 ? 'is' : 'are'} about to be: nothing was sent, nothing was charged.`;
}

function allGoneText(gone: number): string {
  return `${gone === 1 ? 'The photo is not' : 'None of these photos is'} there any more: nothing was sent.`;
}

/** What is said after the user left photos alone that came at once. */
export function leftText(photos: number): string {
  if (photos === 0) return 'None of these photos waits any more.';
  const [counts, is] = photos === 1 ? ['counts', 'it is'] : ['count', 'they are'];
  return `${count(photos, 'photo')} ${counts} as already there: ${is} left alone until you ask for ${photos === 1 ? 'it' : 'them'}.`;
}
