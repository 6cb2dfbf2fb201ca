// What the user was shown before he starts, and so all that a start may spend: which photos, at which service, made how.
import { isDeepStrictEqual } from 'node:util';
import type { OutputSettings, PlannedJob } from '../domain/batch.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { Earlier } from '../engine/commands.ts';

/** What the numbers of a plan hold for. */
export interface Terms {
  /** Null when there was none. */
  readonly service: string | null;
  /** The output folder; null for a folder beside the photos. */
  readonly out: string | null;
  /** Whether results go where earlier ones of the same photos are. */
  readonly kept: boolean;
  readonly recursive: boolean;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
}

export interface Agreement {
  /** Given out with the plan, and given back with the start: the numbers that the user had in sight. */
  readonly token: number;
  readonly terms: Terms;
  /** Photos that would be sent, or go on in an earlier batch: by path, each as it was then. */
  readonly photos: ReadonlyMap<string, string>;
}

export function agreementOn(token: number, terms: Terms, photos: readonly PlannedJob[]): Agreement {
  return { token, terms, photos: new Map(photos.map((photo) => [photo.sourcePath, stampOf(photo)])) };
}

/** What a start would do at the moment at which it is done. */
export interface Intention {
  readonly terms: Terms;
  readonly jobs: readonly PlannedJob[];
  /** What earlier batches have of each job, in order. */
  readonly earlier: readonly Earlier[];
  /** Jobs that will be skipped, as their result is there. */
  readonly skipped: ReadonlySet<PlannedJob>;
}

/**
 * Refuses a start that could spend anything that was not agreed on. Less of it is well: a photo that is gone, one that
 * goes on in an earlier batch, one whose result is there by now.
 * @param token of the plan that the user had in sight
 * @throws {FailureError} `plan_changed`
 */
export function refuseUnlessAgreed(agreed: Agreement | null, token: number, intention: Intention): void {
  if (agreed?.token !== token) throw changed(null);
  if (agreed.terms.service !== intention.terms.service) {
    throw changed('The service in use is another one than these numbers were made for.');
  }
  if (!isDeepStrictEqual(agreed.terms, intention.terms)) throw changed(null);
  const spending = intention.jobs.filter((job, index) => {
    const earlier = intention.earlier[index];
    if (earlier?.kind === 'joined') return earlier.ended; // one that has not ended goes on in any case
    return earlier?.kind === 'fresh' && !intention.skipped.has(job);
  });
  const more = spending.filter((job) => agreed.photos.get(job.sourcePath) !== stampOf(job));
  if (more.length === 0) return;
  const found = more.filter(({ sourcePath }) => !agreed.photos.has(sourcePath)).length;
  throw changed(found > 0 ? moreFound(found) : `${photos(more.length)} changed since these numbers were made.`);
}

function changed(what: string | null): FailureError {
  if (what === null) return new FailureError(failure('plan_changed'));
  const message = `${what} Nothing was started, and nothing was charged. Check the numbers again, then start.`;
  return new FailureError(failure('plan_changed', { message }));
}

function moreFound(count: number): string {
  if (count === 1) return '1 more photo was found since these numbers were made.';
  return `${count.toLocaleString('en')} more photos were found since these numbers were made.`;
}

function photos(count: number): string {
  return count === 1 ? '1 photo' : `${count.toLocaleString('en')} photos`;
}

function stampOf({ sourceBytes, sourceMtimeMs }: PlannedJob): string {
  return `${sourceBytes} ${sourceMtimeMs}`;
}
