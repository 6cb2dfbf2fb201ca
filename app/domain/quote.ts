// What a batch will probably take, before it costs anything.
import type { PlannedJob } from './batch.ts';
import type { Parameters } from './parameters.ts';
import { outputPixels } from './parameters.ts';

export interface Quote {
  readonly photos: number;
  /** Photos with more pixels than the service delivers: they come back smaller. */
  readonly shrinking: number;
  /** Credits in all. */
  readonly credits: number;
  /** Whether `credits` comes from this user's own past costs, and not from the list price. */
  readonly fromHistory: boolean;
  /** Until all are done, those ahead of them among them. */
  readonly seconds: number;
  /** What waits already, goes before these and is still to be paid for; not part of `photos` and `credits`. */
  readonly ahead: { readonly photos: number; readonly credits: number };
}

/** What one photo will probably cost. */
export interface PhotoPrice {
  readonly credits: number;
  /** Whether it comes from this user's own past costs, and not from the list price. */
  readonly fromHistory: boolean;
}

export interface QuoteBasis {
  /** What a photo cost lately, in credits; null before the first. */
  readonly usualCost: number | null;
  /** How long a photo took lately at the service, in seconds; null before the first. */
  readonly usualSeconds: number | null;
  /** Photos at the service at a time. */
  readonly concurrency: number;
  /** Requests a minute; null for no limit. */
  readonly perMinute: number | null;
  /** Photos that go before these and are not paid for yet; none when it is left out. */
  readonly ahead?: number;
}

/** Source: the model's page at Segmind, about $0.04 and 25–36 s a photo. */
export const LIST_PRICE = 0.04;
export const LIST_SECONDS = 36;
const REQUESTS_A_PHOTO = 3; // submit, one poll, result

/** @param usualCost what a photo cost lately, in credits; null before the first */
export function photoPrice(usualCost: number | null): PhotoPrice {
  return { credits: usualCost ?? LIST_PRICE, fromHistory: usualCost !== null };
}

export function quote(
  jobs: readonly Pick<PlannedJob, 'width' | 'height'>[],
  parameters: Parameters,
  basis: QuoteBasis,
): Quote {
  const limit = outputPixels(parameters.resolution);
  const photos = jobs.length;
  const price = photoPrice(basis.usualCost);
  const ahead = photos === 0 ? 0 : (basis.ahead ?? 0);
  const all = photos + ahead;
  const bySlots = Math.ceil(all / basis.concurrency) * (basis.usualSeconds ?? LIST_SECONDS);
  const byRequests = basis.perMinute === null ? 0 : (all * REQUESTS_A_PHOTO * 60) / basis.perMinute;
  return {
    photos,
    shrinking: jobs.filter((job) => job.width * job.height > limit * 1.05).length,
    credits: photos * price.credits,
    fromHistory: price.fromHistory,
    seconds: Math.max(bySlots, byRequests),
    ahead: { photos: ahead, credits: ahead * price.credits },
  };
}
