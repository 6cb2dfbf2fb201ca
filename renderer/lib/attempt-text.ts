// The runs of a photo in words: how each ended, how long it took, what it cost.
import type { Attempt, AttemptOutcome } from '../../app/domain/batch.ts';
import type { Charged } from '../../app/domain/failure.ts';
import { credits, duration } from './format.ts';

const OUTCOMES: Readonly<Record<AttemptOutcome, string>> = {
  succeeded: 'Enhanced',
  retried: 'To be tried again',
  failed: 'Failed',
  uncertain: 'Uncertain',
  canceled: 'Canceled',
  skipped: 'Skipped',
};

export function outcomeText(outcome: AttemptOutcome | null): string {
  return outcome === null ? 'Under way' : OUTCOMES[outcome];
}

/** How long its parts took, as far as they are known; nothing for what took less than a tenth of a second. */
export function durationParts(attempt: Attempt): readonly string[] {
  const { startedAt, submittedAt, acceptedAt, endedAt, queueSeconds, inferenceSeconds } = attempt;
  const span = (from: number | null, to: number | null) => (from === null || to === null ? null : (to - from) / 1_000);
  const parts = [
    ['prepared in', span(startedAt, submittedAt)],
    ['sent in', span(submittedAt, acceptedAt)],
    ['queued at the service', queueSeconds],
    ['enhanced in', inferenceSeconds],
    ['in all', span(startedAt, endedAt)],
  ] as const;
  return parts.flatMap(([what, seconds]) => (seconds === null || seconds < 0.1 ? [] : `${what} ${fine(seconds)}`));
}

/** Short spans with a tenth, longer ones as `duration` says them. */
function fine(seconds: number): string {
  if (seconds >= 60) return duration(seconds);
  return `${seconds.toLocaleString(undefined, { maximumFractionDigits: seconds < 10 ? 1 : 0 })} s`;
}

/** Whether money was spent, and how much. */
export function chargedText(charged: Charged, amount: number | null, practice: boolean): string {
  if (practice) return 'free: practice, not Bria';
  const known = amount !== null && amount > 0;
  switch (charged) {
    case 'no':
      return known ? credits(amount) : 'not charged';
    case 'maybe':
      return 'may have been charged';
    case 'yes':
      return known ? credits(amount) : 'charged, amount not known';
  }
}
