// What is not taken into a batch, and why; and the error for a batch that cannot be made at all.

export type LeftOutReason =
  | 'hidden'
  | 'junk'
  | 'empty'
  | 'not_a_photo'
  /** A photo, but one that must be exported first. */
  | 'raw'
  | 'heic'
  | 'damaged'
  | 'too_large'
  | 'own_output'
  | 'excluded'
  | 'loop'
  | 'broken_link'
  | 'unreadable'
  | 'duplicate'
  /** A sub-folder, where sub-folders are not searched: one entry for all that is in it. */
  | 'folder';

export interface LeftOut {
  /** Absolute, as it was found. */
  readonly path: string;
  readonly reason: LeftOutReason;
  /** Why, and what can be done, in one or two sentences; does not repeat the path. */
  readonly message: string;
  /** Given for a sub-folder that cannot be read. */
  readonly folder?: true;
}

export type IntakeErrorCode =
  'missing' | 'unreadable' | 'no_photos' | 'would_overwrite' | 'bad_template' | 'bad_output';

/** A batch that cannot be made; nothing was queued. The message is for a photographer. */
export class IntakeError extends Error {
  readonly code: IntakeErrorCode;
  /** The input or output at fault, when it is one. */
  readonly path: string | null;
  readonly leftOut: readonly LeftOut[];

  constructor(
    code: IntakeErrorCode,
    message: string,
    details: { path?: string; leftOut?: readonly LeftOut[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'IntakeError';
    this.code = code;
    this.path = details.path ?? null;
    this.leftOut = details.leftOut ?? [];
  }
}

/** A path for a sentence. Control characters do not reach a terminal: a file name can hold escape sequences. */
export function quoted(path: string): string {
  return `“${path.replace(/\p{Cc}/gu, '\u{FFFD}')}”`;
}

/** One and many of each reason; the number goes before. */
const COUNTED: Readonly<Record<LeftOutReason, readonly [string, string]>> = {
  raw: ['is a RAW file', 'are RAW files'],
  heic: ['is a HEIC photo', 'are HEIC photos'],
  not_a_photo: ['is not a photo', 'are not photos'],
  own_output: ['was made by Lightbatch', 'were made by Lightbatch'],
  folder: ['is a sub-folder that was not searched', 'are sub-folders that were not searched'],
  excluded: ['is left out as an output folder or a library', 'are left out as output folders or libraries'],
  empty: ['is empty', 'are empty'],
  damaged: ['is damaged', 'are damaged'],
  too_large: ['is too large', 'are too large'],
  unreadable: ['cannot be read', 'cannot be read'],
  broken_link: ['is a broken link', 'are broken links'],
  loop: ['is a link in a circle', 'are links in a circle'],
  duplicate: ['was given twice', 'were given twice'],
  hidden: ['is hidden', 'are hidden'],
  junk: ['is a file of the system or unfinished', 'are files of the system or unfinished'],
};

/** The error for a batch without photos; its sentences say what was found instead, and what the first such file is. */
export function noPhotos(leftOut: readonly LeftOut[]): IntakeError {
  if (leftOut.length === 0) return new IntakeError('no_photos', 'No photos were found: there are no files.');
  const counts = new Map<LeftOutReason, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = (Object.keys(COUNTED) as LeftOutReason[]).flatMap((reason) => {
    const count = counts.get(reason) ?? 0;
    const [one, many] = COUNTED[reason];
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  // The most telling reason comes first in COUNTED; its first file serves as the example.
  const telling = (Object.keys(COUNTED) as LeftOutReason[]).find((reason) => counts.has(reason));
  const example = leftOut.find(({ reason }) => reason === telling);
  const hint = example === undefined ? '' : ` ${quoted(example.path)}: ${example.message}`;
  return new IntakeError('no_photos', `No photos were found: ${parts.join(', ')}.${hint}`, { leftOut });
}
