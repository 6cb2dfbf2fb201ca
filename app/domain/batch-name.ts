// Names that tell batches of the same photos apart, in lists as well as in the names of results.
import { foldName, TELLS_APART } from './naming.ts';

const WITHOUT_MODERATION = ', without moderation';
const LONGEST = 200; // UTF-16 units, as the contract takes names
const NUMBER = / \(\d{1,4}\)$/;

export interface AnotherName {
  /** Whether what sets the new batch apart is that moderation is off. */
  readonly unmoderated: boolean;
  /** The names that batches have. */
  readonly taken: readonly string[];
}

/**
 * A name for another batch of the same photos, which no batch has: `Wedding, without moderation`, `Wedding (2)`.
 * @param name of the batch that they were in; a long one is shortened, so that what sets it apart is kept
 */
export function nameAgain(name: string, { unmoderated, taken }: AnotherName): string {
  const known = new Set(taken.map(foldName));
  const unnumbered = name.replace(NUMBER, '');
  // A number is ours only where there is a batch without it: `Lofoten (2026)` is a name of the user's own.
  const base = known.has(foldName(unnumbered)) ? unnumbered : name;
  const given = unmoderated ? withEnd(base.replace(TELLS_APART, ''), WITHOUT_MODERATION) : base;
  for (let number = unmoderated ? 1 : 2; ; number += 1) {
    const candidate = number === 1 ? given : withEnd(given, ` (${number})`);
    if (!known.has(foldName(candidate))) return candidate;
  }
}

function withEnd(text: string, end: string): string {
  // Half a character would be left where a pair of units is cut in two.
  return text.slice(0, LONGEST - end.length).replace(/[\uD800-\uDBFF]$/, '') + end;
}
