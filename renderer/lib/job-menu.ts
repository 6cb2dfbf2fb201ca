// What can be done with some photos, and why not with these: the same for the context menu, the bar of the selection and
// the comparison.
import type { JobRow, JobTally } from '../../app/contract/values.ts';
import { emptyCounts } from '../../app/domain/batch.ts';
import type { JobState } from '../../app/domain/job.ts';
import { number } from './format.ts';

export type JobAction =
  | 'compare'
  | 'open-original'
  | 'open-enhanced'
  | 'reveal-original'
  | 'reveal-enhanced'
  | 'retry'
  | 'locate'
  | 'unmoderated'
  | 'decide'
  | 'anew'
  | 'again'
  | 'cancel'
  | 'copy';

export interface MenuEntry {
  readonly action: JobAction;
  readonly label: string;
  /** The key that does the same. */
  readonly shortcut?: string;
  /** Why it cannot be done with these photos; null when it can. */
  readonly reason: string | null;
}

/** Photos that are chosen: how many, and the rows of those that are at hand. */
export interface Chosen {
  readonly count: number;
  readonly rows: readonly JobRow[];
  /** What is among all of them; null while it is not known. */
  readonly tally: JobTally | null;
}

/** Details go to the clipboard for so many photos at most. */
export const COPY_LIMIT = 1_000;

/** States from which a retry costs nothing twice, or asks first. */
const RETRYABLE: readonly JobState[] = ['failed', 'canceled'];
/** Photos that are simply not sent when they are canceled, and those that can no longer be stopped. */
export const NOT_SENT: readonly JobState[] = ['queued', 'preparing'];
export const AT_SERVICE: readonly JobState[] = ['submitting', 'processing', 'saving'];

/** Groups of entries, to be parted by a line. */
export function menuOf(chosen: Chosen): readonly (readonly MenuEntry[])[] {
  const { count, rows, tally } = chosen;
  const single = count === 1 ? (rows[0] ?? null) : null;
  const alone = count === 1 ? null : 'one photo at a time';
  const enhanced = alone ?? (single === null || single.output ? null : 'not enhanced yet');
  const retryable = sumOf(tally, RETRYABLE);
  const cancelable = sumOf(tally, [...NOT_SENT, ...AT_SERVICE]);
  return [
    [{ action: 'compare', label: 'Compare', shortcut: 'Enter', reason: null }],
    [
      { action: 'open-enhanced', label: 'Open enhanced picture', reason: enhanced },
      { action: 'open-original', label: 'Open original', reason: alone },
      { action: 'reveal-enhanced', label: 'Show enhanced picture in folder', reason: enhanced },
      { action: 'reveal-original', label: 'Show original in folder', reason: alone },
    ],
    [
      ...offer('locate', single && isMissing(single) ? 1 : 0, 'Locate the missing photo…'),
      { action: 'retry', label: retryLabel(retryable, count), reason: none(retryable, 'nothing failed here') },
      ...offer('unmoderated', tally?.moderated, `Retry${some(tally?.moderated, count)} without moderation`),
      ...offer('decide', tally?.counts.uncertain, `Decide${about(tally?.counts.uncertain, count)}…`),
      ...offer('anew', tally?.gone, `Make${some(tally?.gone, count) || ' it'} anew (charged again)…`),
      { action: 'again', label: `Enhance${some(count, count)} with other settings…`, reason: null },
      { action: 'cancel', label: `Cancel${some(cancelable, count)}…`, reason: none(cancelable, 'nothing waits here') },
    ],
    [{ action: 'copy', label: 'Copy details', reason: count > COPY_LIMIT ? `${number(COPY_LIMIT)} at most` : null }],
  ];
}

/** Of several photos the user is asked first, with the price. */
function retryLabel(retryable: number | undefined, count: number): string {
  return `Retry${some(retryable, count)}${(retryable ?? count) > 1 ? '…' : ''}`;
}

/** An entry that is there only when some of the photos, or what is known of them so far, allow it. */
function offer(action: JobAction, photos: number | undefined, label: string): MenuEntry[] {
  return photos === undefined || photos === 0 ? [] : [{ action, label, reason: null }];
}

/** How many an entry is about, where that is known and not plain: “ 12 of 10,000 photos”. */
export function some(photos: number | undefined, count: number): string {
  if (count === 1 || photos === undefined || photos === 0) return '';
  if (photos === count) return ` ${number(count)} photos`;
  return ` ${number(photos)} of ${number(count)} photos`;
}

function about(photos: number | undefined, count: number): string {
  if (count === 1 || photos === undefined) return '';
  return ` about ${number(photos)} uncertain ${photos === 1 ? 'photo' : 'photos'}`;
}

/** Undefined while it is not known. */
function sumOf(tally: JobTally | null, states: readonly JobState[]): number | undefined {
  return tally === null ? undefined : states.reduce((sum, state) => sum + tally.counts[state], 0);
}

/** A reason when no photo can; while nothing is known of them, some might. */
function none(photos: number | undefined, reason: string): string | null {
  return photos === 0 ? reason : null;
}

/** One entry of the menu. */
export function entryOf(chosen: Chosen, action: JobAction): MenuEntry | null {
  return (
    menuOf(chosen)
      .flat()
      .find((entry) => entry.action === action) ?? null
  );
}

export function isUncertain({ state }: JobRow): boolean {
  return state === 'uncertain';
}

export function isMissing({ state, failure }: JobRow): boolean {
  return state === 'failed' && failure?.code === 'source_missing';
}

export function isModerated({ state, failure }: JobRow): boolean {
  return state === 'failed' && failure?.code === 'moderated';
}

export function isGone({ state, failure }: JobRow): boolean {
  return state === 'failed' && failure?.code === 'result_gone';
}

/** What is among photos whose rows are all at hand. */
export function tallyOf(rows: readonly JobRow[]): JobTally {
  const counts = emptyCounts();
  for (const { state } of rows) counts[state] += 1;
  const batchId = rows[0]?.batchId ?? null;
  const isOne = rows.every((row) => row.batchId === batchId);
  const [moderated, gone] = [rows.filter(isModerated).length, rows.filter(isGone).length];
  return { counts, moderated, gone, batchId: isOne ? batchId : null };
}

/** Photos with all their rows. */
export function chosenOf(rows: readonly JobRow[]): Chosen {
  return { count: rows.length, rows, tally: tallyOf(rows) };
}
