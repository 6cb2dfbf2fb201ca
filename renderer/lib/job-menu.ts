// What can be done with some photos, and why not with these: the same for the context menu, the bar of the selection and
// the comparison.
import type { JobRow } from '../../app/contract/values.ts';
import type { JobState } from '../../app/domain/job.ts';
import { number } from './format.ts';

export type JobAction =
  | 'compare'
  | 'open-original'
  | 'open-enhanced'
  | 'reveal-original'
  | 'reveal-enhanced'
  | 'retry'
  | 'unmoderated'
  | 'decide'
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
}

/** Details go to the clipboard for so many photos at most. */
export const COPY_LIMIT = 1_000;

const RETRYABLE: readonly JobState[] = ['failed', 'canceled'];
const CANCELABLE: readonly JobState[] = ['queued', 'preparing', 'submitting', 'processing', 'saving'];

/** Groups of entries, to be parted by a line. */
export function menuOf(chosen: Chosen): readonly (readonly MenuEntry[])[] {
  const { count, rows } = chosen;
  const single = count === 1 ? (rows[0] ?? null) : null;
  const alone = count === 1 ? null : 'one photo at a time';
  const enhanced = alone ?? (single === null || single.output ? null : 'not enhanced yet');
  const photos = count > 1 ? ` ${number(count)} photos` : '';
  return [
    [{ action: 'compare', label: 'Compare', shortcut: 'Enter', reason: null }],
    [
      { action: 'open-enhanced', label: 'Open enhanced picture', reason: enhanced },
      { action: 'open-original', label: 'Open original', reason: alone },
      { action: 'reveal-enhanced', label: 'Show enhanced picture in folder', reason: enhanced },
      { action: 'reveal-original', label: 'Show original in folder', reason: alone },
    ],
    [
      { action: 'retry', label: `Retry${photos}`, reason: unless(chosen, canRetry, 'nothing failed here') },
      ...(rows.some(isModerated) ? [offer('unmoderated', 'Retry without moderation')] : []),
      ...(rows.some(isUncertain) ? [offer('decide', count > 1 ? 'Decide about uncertain photos…' : 'Decide…')] : []),
      { action: 'again', label: `Enhance${photos} with other settings…`, reason: null },
      { action: 'cancel', label: `Cancel${photos}…`, reason: unless(chosen, canCancel, 'nothing waits here') },
    ],
    [{ action: 'copy', label: 'Copy details', reason: count > COPY_LIMIT ? `${number(COPY_LIMIT)} at most` : null }],
  ];
}

/** An entry that is there only when it can be done. */
function offer(action: JobAction, label: string): MenuEntry {
  return { action, label, reason: null };
}

/** One entry of the menu. */
export function entryOf(chosen: Chosen, action: JobAction): MenuEntry | null {
  return (
    menuOf(chosen)
      .flat()
      .find((entry) => entry.action === action) ?? null
  );
}

export function canRetry({ state }: JobRow): boolean {
  return RETRYABLE.includes(state);
}

export function canCancel({ state }: JobRow): boolean {
  return CANCELABLE.includes(state);
}

export function isUncertain({ state }: JobRow): boolean {
  return state === 'uncertain';
}

export function isModerated({ state, failure }: JobRow): boolean {
  return state === 'failed' && failure?.code === 'moderated';
}

/** A reason when no photo can; photos whose rows are not at hand might. */
function unless({ count, rows }: Chosen, can: (row: JobRow) => boolean, reason: string): string | null {
  return rows.length < count || rows.some(can) ? null : reason;
}
