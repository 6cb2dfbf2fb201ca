// Name patterns of a watch folder as one line of text, with commas between them.
import { PATTERNS } from '../../app/domain/watch.ts';

export function patternsText(patterns: readonly string[]): string {
  return patterns.join(', ');
}

/** The patterns of a line, each once. */
export function readPatterns(text: string): readonly string[] {
  const parts = text.split(/[,\n]/).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

/** What is wrong with a line of patterns, for the user; null when nothing is. */
export function patternsProblem(text: string): string | null {
  const patterns = readPatterns(text);
  if (patterns.length > PATTERNS.max) return `Give ${PATTERNS.max} patterns at most.`;
  if (patterns.some((one) => one.length > PATTERNS.length))
    return `Each pattern may have ${PATTERNS.length} characters at most. Put commas between them.`;
  if (patterns.some((one) => /[/\\]/.test(one)))
    return 'Patterns are for file names: leave out folders, slashes and backslashes.';
  return null;
}
