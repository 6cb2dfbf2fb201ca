// A batch in sentences: how far it is, what it costs, what it was made with.
import type { BatchRow, Paced, RestingPhotos } from '../../app/contract/values.ts';
import type { StateCounts } from '../../app/domain/batch.ts';
import { enhancedOf, totalOf, unfinishedOf } from '../../app/domain/batch.ts';
import type { Parameters } from '../../app/domain/parameters.ts';
import { type BatchState, countOf } from './states.ts';
import { count, credits, duration, number } from './format.ts';

const NO_WAITS = { paced: null, resting: null } as const;

/**
 * How a batch is, as one line in parts: `84 of 212 enhanced`, `2 failed`, `about 20 min left`, …
 * @param waits what the queue waits for by the plan, and what of the batch waits for its watch folder
 */
export function progressParts(
  batch: BatchRow,
  state: BatchState,
  { paced, resting }: { readonly paced: Paced | null; readonly resting: RestingPhotos | null } = NO_WAITS,
): readonly string[] {
  const { counts, secondsLeft, photosPerMinute } = batch;
  const share = shareParts(counts);
  switch (state) {
    case 'running':
    case 'waiting':
      return [
        ...share,
        ...(secondsLeft === null ? [] : [`about ${duration(secondsLeft)} left`]),
        ...(photosPerMinute === null ? [] : [`${rate(photosPerMinute)} a minute`]),
        ...(paced === null ? [] : [`waits for the plan’s ${count(paced.perMinute, 'request')} a minute`]),
        ...restingPart(resting),
      ];
    case 'resting':
      return [...share, ...restingPart(resting)];
    case 'paused':
      return ['Paused', ...share, ...comingBack(counts)];
    case 'stopped':
      return ['Stopped', ...share, ...comingBack(counts)];
    case 'elsewhere':
      return [...share, batch.practice ? 'waits for the practice service' : 'waits for Segmind'];
    case 'attention':
    case 'done':
    case 'canceled':
      return [outcome(counts)];
  }
}

/** Why photos of a watch folder are not sent: the folder’s own pause or hours, which end in its place. */
function restingPart(resting: RestingPhotos | null): readonly string[] {
  if (resting === null) return [];
  const wait = `${number(resting.photos)} ${resting.photos === 1 ? 'waits' : 'wait'}`;
  const { folder, why } = resting;
  return [why === 'paused' ? `${wait}: “${folder}” is paused` : `${wait} for the hours of “${folder}”`];
}

/** What came of the photos so far: how many are enhanced, and apart from them what else became of some. */
export function shareParts(counts: StateCounts): readonly string[] {
  return [`${number(enhancedOf(counts))} of ${number(totalOf(counts))} enhanced`, ...othersOf(counts)];
}

/**
 * How many photos are in which state, for those who cannot see the bar: `80 of 212 enhanced, 8 in progress, 3 failed`.
 * @param held whether nobody works on them
 */
export function countsText(counts: StateCounts, held = false): string {
  const working = countOf(counts, 'working');
  const [share = '', ...others] = shareParts(counts);
  const told = working === 0 ? [] : [`${number(working)} ${held ? 'on hold' : 'in progress'}`];
  return [share, ...told, ...others].join(', ');
}

/** What came to an end without a picture: counted with the enhanced ones it would be taken for them. */
function othersOf({ failed, uncertain, skipped, canceled }: StateCounts): readonly string[] {
  const others = [
    [failed, 'failed'],
    [uncertain, 'uncertain'],
    [skipped, 'skipped'],
    [canceled, 'canceled'],
  ] as const;
  return others.filter(([photos]) => photos > 0).map(([photos, what]) => `${number(photos)} ${what}`);
}

/** What is at the service is paid for, so it is collected whatever holds the others back. */
function comingBack(counts: StateCounts): readonly string[] {
  const photos = counts.processing + counts.saving;
  return photos === 0 ? [] : [`${number(photos)} still come back`];
}

/** How a batch ended, as a sentence. */
export function outcome(counts: StateCounts): string {
  const total = totalOf(counts);
  const enhanced = counts.succeeded;
  if (total === 0) return 'There are no photos in this batch.';
  if (enhanced === total) return total === 1 ? 'The photo is enhanced.' : `All ${number(total)} photos are enhanced.`;
  const rest = [
    [counts.failed, 'failed'],
    [counts.uncertain, 'may have been charged without a result'],
    [counts.skipped, counts.skipped === 1 ? 'was skipped' : 'were skipped'],
    [counts.canceled, counts.canceled === 1 ? 'was canceled' : 'were canceled'],
  ] as const;
  const told = rest.filter(([photos]) => photos > 0).map(([photos, what]) => `${number(photos)} ${what}`);
  return `${number(enhanced)} of ${count(total, 'photo')} ${enhanced === 1 ? 'is' : 'are'} enhanced; ${told.join(', ')}.`;
}

function rate(photosPerMinute: number): string {
  if (photosPerMinute >= 10) return count(Math.round(photosPerMinute), 'photo');
  return `${photosPerMinute.toLocaleString(undefined, { maximumFractionDigits: 1 })} photos`;
}

/** What a batch has cost so far. Of uncertain photos nobody knows here whether they were charged: the sum is without them. */
export function costText(batch: Pick<BatchRow, 'practice' | 'credits' | 'counts'>): string {
  if (batch.practice) return 'free: practice, not Bria';
  const { uncertain } = batch.counts;
  const known = unfinishedOf(batch.counts) > 0 ? `${credits(batch.credits)} so far` : credits(batch.credits);
  return uncertain === 0 ? known : `${known}, without ${number(uncertain)} uncertain`;
}

/** Parameters in a few words each. */
export function parameterParts(parameters: Parameters): readonly string[] {
  const { resolution, steps, seed, preserveAlpha, inputModeration, outputModeration } = parameters;
  return [
    resolution.replace('MP', ' MP'),
    count(steps, 'step'),
    `seed ${seed}`,
    preserveAlpha ? 'transparency kept' : 'transparency not kept',
    moderationText(inputModeration, outputModeration),
  ];
}

/** Which sides of the service's moderation are switched on. */
export function moderationText(input: boolean, output: boolean): string {
  if (input && output) return 'moderation on';
  if (!input && !output) return 'moderation off';
  return input ? 'moderation of photos only' : 'moderation of results only';
}
