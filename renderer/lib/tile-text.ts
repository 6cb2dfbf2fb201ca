// What a tile says of its photo.
import type { JobRow } from '../../app/contract/values.ts';
import { time } from './format.ts';
import { type Elsewhere, stateLabel, stateTone } from './states.ts';

/** The end of a file name that stays in sight when the rest has to be cut: the number that cameras count with. */
const TAIL = 10;

/** A file name in two parts, of which only the first is ever cut. */
export function splitName(name: string): { readonly head: string; readonly tail: string } {
  const letters = Array.from(name);
  if (letters.length <= TAIL + 4) return { head: name, tail: '' };
  return { head: letters.slice(0, -TAIL).join(''), tail: letters.slice(-TAIL).join('') };
}

/**
 * The state in a few words; for photos that wait, for what.
 * @param now milliseconds since the epoch
 * @param elsewhere the photo's service when that is not the one in use
 */
export function stateText(row: JobRow, now: number, elsewhere: Elsewhere | null = null): string {
  const { state, notBefore, failure, owed, left } = row;
  const waits = elsewhereText(row, elsewhere);
  if (waits !== null) return waits;
  if (state === 'uncertain') return left ? 'Uncertain, left as it is' : stateLabel(state);
  if (state === 'failed' && owed) return 'Failed, paid for';
  if (state !== 'queued') return stateLabel(state);
  if (notBefore > now) return `Tries again at ${time(notBefore)}`;
  if (owed) return 'Waiting, paid for';
  return failure === null ? stateLabel(state) : 'Waiting to try again';
}

/** What a photo that is not finished waits for when nobody works on it; null for all others. */
export function elsewhereText({ state, owed }: JobRow, elsewhere: Elsewhere | null): string | null {
  if (elsewhere === null || stateTone(state, elsewhere) !== 'waiting') return null;
  if (elsewhere === 'practice') return 'Waits for the practice service';
  // What is there may be paid for, and its record expires.
  return owed || state === 'processing' || state === 'saving' ? 'At Segmind, not fetched' : 'Waits for Segmind';
}

/** The sentence that a tile shows over its picture; null when there is nothing to explain. */
export function reasonOf({ state, failure }: JobRow): string | null {
  if (failure === null || state === 'succeeded') return null;
  return failure.message;
}
