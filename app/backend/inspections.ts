// What files were found to be, remembered by path, size and time of change: planning again with other settings looks at
// nothing twice.
import type { Failure, FailureCode } from '../domain/failure.ts';
import { isFailure, type Media, type PictureInfo } from '../domain/picture.ts';
import { statOf } from '../intake/inputs.ts';

interface Seen {
  /** Size and time of change, to the nanosecond. */
  readonly mark: string;
  readonly found: PictureInfo | Failure;
}

/** What a file's content is to blame for, and so stays so; a drive that did not answer is asked again. */
const LASTING: readonly FailureCode[] = ['not_a_photo', 'photo_damaged', 'photo_too_large'];

/** The picture process, asked only about what is new or has changed. */
export class Inspections implements Pick<Media, 'inspect'> {
  readonly #media: Pick<Media, 'inspect'>;
  readonly #seen = new Map<string, Seen>();

  constructor(media: Pick<Media, 'inspect'>) {
    this.#media = media;
  }

  async inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
    const marks = await Promise.all(paths.map(markOf));
    const known = paths.map((path, index) => {
      const seen = this.#seen.get(path);
      return seen !== undefined && seen.mark === marks[index] ? seen.found : null;
    });
    const unknown = paths.filter((_, index) => known[index] === null);
    const answers = unknown.length === 0 ? [] : await this.#media.inspect(unknown);
    const answerOf = new Map(unknown.map((path, index) => [path, answers[index]]));
    return paths.map((path, index) => {
      const found = known[index] ?? answerOf.get(path);
      if (!found) throw new TypeError(`no answer from inspect for ${path}`);
      const mark = marks[index];
      if (mark && (!isFailure(found) || LASTING.includes(found.code))) this.#seen.set(path, { mark, found });
      return found;
    });
  }
}

/** Null for a file that cannot be asked about: what is wrong with it is told by who looks at it. */
async function markOf(path: string): Promise<string | null> {
  try {
    const { size, mtimeNs } = await statOf(path);
    return `${size}:${mtimeNs}`;
  } catch {
    return null;
  }
}
