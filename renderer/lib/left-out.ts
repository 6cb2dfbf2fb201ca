// Files that are not taken into a batch, gathered by why.
import type { LeftOutFile } from '../../app/contract/values.ts';

/** One and many of each reason, the most telling first; the number goes before. */
const REASONS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  raw: ['is a RAW file', 'are RAW files'],
  heic: ['is a HEIC photo', 'are HEIC photos'],
  not_a_photo: ['is not a photo', 'are not photos'],
  damaged: ['is damaged', 'are damaged'],
  unreadable: ['cannot be read', 'cannot be read'],
  too_large: ['is too large', 'are too large'],
  empty: ['is empty', 'are empty'],
  folder: ['is a sub-folder that was not searched', 'are sub-folders that were not searched'],
  own_output: ['was made by Lightbatch', 'were made by Lightbatch'],
  excluded: ['is an output folder or a photo library', 'are output folders or photo libraries'],
  duplicate: ['was given twice', 'were given twice'],
  broken_link: ['is a broken link', 'are broken links'],
  loop: ['is a link in a circle', 'are links in a circle'],
  junk: ['is a file of the system or unfinished', 'are files of the system or unfinished'],
  hidden: ['is hidden', 'are hidden'],
};
const ORDER = Object.keys(REASONS);

export interface LeftOutGroup {
  readonly reason: string;
  /** What follows the number: `are not photos`. */
  readonly text: string;
  readonly files: readonly LeftOutFile[];
  /** What is said of all of them alike; null where each has a sentence of its own. */
  readonly message: string | null;
}

export function groupLeftOut(files: readonly LeftOutFile[]): LeftOutGroup[] {
  const byReason = new Map<string, LeftOutFile[]>();
  for (const file of files) {
    const group = byReason.get(file.reason);
    if (group) group.push(file);
    else byReason.set(file.reason, [file]);
  }
  const rank = (reason: string) => (ORDER.includes(reason) ? ORDER.indexOf(reason) : ORDER.length);
  return [...byReason]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([reason, members]) => {
      const [one, many] = REASONS[reason] ?? ['cannot be taken', 'cannot be taken'];
      const [first] = members;
      const isAlike = members.length > 1 && members.every(({ message }) => message === first?.message);
      const message = isAlike ? (first?.message ?? null) : null;
      return { reason, text: members.length === 1 ? one : many, files: members, message };
    });
}
