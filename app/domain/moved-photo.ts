// Whether a file is a photo that is missed: by its content where that is known, else by what is known instead.
import { foldName } from './naming.ts';
import type { PictureInfo } from './picture.ts';

/** What the history knows of a photo. */
export interface MissedPhoto extends PictureInfo {
  readonly name: string;
  /** What it was when it was queued, time in milliseconds since the epoch; null when that was given up by a retry. */
  readonly mark: { readonly bytes: number; readonly mtimeMs: number } | null;
  /** SHA-256 in hex; null when it was never read. */
  readonly sha256: string | null;
}

/** A file that may be it. */
export interface CandidatePhoto extends PictureInfo {
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Known wherever that of the missed photo is. */
  readonly sha256: string | null;
}

/**
 * `same`: it is that photo. `size`: it has as many bytes and pixels, but too little else tells; `name`: so its name and
 * pixels, and of its bytes nothing is known. All others: it is another one, and by what that is seen.
 */
export type Likeness = 'same' | 'size' | 'name' | 'other-content' | 'other-size' | 'other-picture' | 'other-name';

/** FAT keeps times to two seconds: so a copy on a card or stick may differ from its original. */
const TIME_STEP_MS = 2_000;

export function likenessOf(missed: MissedPhoto, found: CandidatePhoto): Likeness {
  const { mark } = missed;
  if (mark !== null && mark.bytes !== found.bytes) return 'other-size';
  if (missed.sha256 !== null) return missed.sha256 === found.sha256 ? 'same' : 'other-content';
  const isPicture = (['format', 'width', 'height'] as const).every((part) => missed[part] === found[part]);
  if (!isPicture) return 'other-picture';
  const isName = foldName(missed.name) === foldName(found.name);
  if (mark === null) return isName ? 'name' : 'other-name';
  const isTime = Math.abs(mark.mtimeMs - found.mtimeMs) <= TIME_STEP_MS;
  // Without compression all photos of a camera have as many bytes.
  const isEnough = missed.format === 'tiff' ? isName && isTime : isName || isTime;
  return isEnough ? 'same' : 'size';
}
