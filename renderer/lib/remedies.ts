// The action that helps a photo that is not enhanced, by what went wrong with it, and what else there is to be tried.
import type { JobRow } from '../../app/contract/values.ts';
import type { FailureCode } from '../../app/domain/failure.ts';
import { isGone } from './job-menu.ts';

export type RemedyKind =
  /** Try again; what is paid for is fetched for nothing. */
  | 'retry'
  /** It is somewhere else now: the user shows where. */
  | 'locate'
  /** The same photo with moderation switched off, as a batch of its own. */
  | 'unmoderated'
  /** The same photo with other parameters, as a batch of its own. */
  | 'again'
  /** It may have been charged: the user decides. */
  | 'decide'
  /** It was charged and its picture is not to be had: made again, it is charged again. */
  | 'anew'
  | 'reveal-original'
  | 'reveal-enhanced'
  /** Everything that is known, for a question to the service or to us. */
  | 'copy';

export interface Remedy {
  readonly kind: RemedyKind;
  /** What its button says. */
  readonly label: string;
}

const retry: Remedy = { kind: 'retry', label: 'Retry' };
const fetch: Remedy = { kind: 'retry', label: 'Fetch again' };
const decide: Remedy = { kind: 'decide', label: 'Decide…' };
const anew: Remedy = { kind: 'anew', label: 'Make it anew (charged again)…' };
const copy: Remedy = { kind: 'copy', label: 'Copy details' };
const showPhoto: Remedy = { kind: 'reveal-original', label: 'Show in folder' };

const BY_CODE: Partial<Record<FailureCode, Remedy>> = {
  moderated: { kind: 'unmoderated', label: 'Retry without moderation' },
  rejected: { kind: 'again', label: 'Change settings…' },
  source_missing: { kind: 'locate', label: 'Locate…' },
  result_missing: copy,
  result_unsafe: copy,
  client_defect: copy,
  internal: copy,
  photo_damaged: showPhoto,
  photo_crashed: showPhoto,
  photo_too_slow: showPhoto,
  photo_too_large: showPhoto,
  not_a_photo: showPhoto,
};

/** Null for photos that need nothing: those that wait, are at work, are enhanced. */
export function remedyOf({ state, failure, charged, owed, output }: JobRow): Remedy | null {
  switch (state) {
    case 'uncertain':
      return decide;
    case 'canceled':
      return owed ? fetch : retry;
    case 'skipped':
      return { kind: output === null ? 'reveal-original' : 'reveal-enhanced', label: 'Show in folder' };
    case 'failed': {
      const special = failure ? BY_CODE[failure.code] : undefined;
      if (special) return special;
      if (owed) return fetch;
      return (failure?.charged ?? charged) === 'no' ? retry : decide;
    }
    case 'queued':
    case 'preparing':
    case 'submitting':
    case 'processing':
    case 'saving':
    case 'succeeded':
      return null;
  }
}

/** All actions that help, the one to be tried first ahead. */
export function remediesOf(row: JobRow): readonly Remedy[] {
  const first = remedyOf(row);
  if (first === null) return [];
  return isGone(row) ? [first, anew] : [first];
}
