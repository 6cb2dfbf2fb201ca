// Name filters of a watch folder: which file names are taken at all.
import { foldName } from '../domain/naming.ts';

export interface NameFilters {
  /** All names when it is empty. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * Whether a file name passes the filters. In a pattern `*` stands for any characters, also none, and `?` for one; upper
 * and lower case, and the two ways to write an accent, are the same.
 */
export function nameFilter({ include, exclude }: NameFilters): (name: string) => boolean {
  const included = include.map(matcherOf);
  const excluded = exclude.map(matcherOf);
  return (name) => {
    const folded = foldName(name);
    return (
      (included.length === 0 || included.some((matches) => matches(folded))) &&
      !excluded.some((matches) => matches(folded))
    );
  };
}

/**
 * Compares from star to star, so that no pattern, however many stars it has, costs more than the length of the name each.
 * (As a regular expression `*a*a*a*a*b` would take hours over a long name.)
 */
function matcherOf(pattern: string): (folded: string) => boolean {
  const pieces = foldName(pattern)
    .split('*')
    .map((piece) => Array.from(piece));
  const [first = [], ...rest] = pieces;
  const last = rest.pop();
  return (folded) => {
    const name = Array.from(folded);
    if (last === undefined) return name.length === first.length && fits(name, first, 0);
    if (name.length < first.length + last.length || !fits(name, first, 0)) return false;
    const end = name.length - last.length;
    if (!fits(name, last, end)) return false;
    let at = first.length;
    for (const piece of rest) {
      while (at + piece.length <= end && !fits(name, piece, at)) at += 1;
      at += piece.length;
      if (at > end) return false;
    }
    return true;
  };
}

function fits(name: readonly string[], piece: readonly string[], at: number): boolean {
  return piece.every((char, index) => (char === '?' ? name[at + index] !== undefined : char === name[at + index]));
}
