// What the poller knows of one request that it follows, and how that can end.
import type { Failure } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import type { Metrics } from '../segmind/client.ts';

/** How the following of a request ends. */
export type Ending =
  | { readonly kind: 'completed'; readonly outputUrl: string; readonly metrics: Metrics }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly metrics: Metrics }
  /** The service does not know it; `over`: its hour is past, so it never will again. */
  | { readonly kind: 'expired'; readonly over: boolean }
  /** Seen unfinished after the deadline, or nothing but faults when its record must be gone. */
  | { readonly kind: 'timeout' }
  /** The poller was stopped first. */
  | { readonly kind: 'stopped' };

export interface Following {
  /** Resolves as soon as the service is done with the request (its slot is free), before its result is fetched. */
  readonly over: Promise<void>;
  readonly ending: Promise<Ending>;
}

export interface Followed {
  readonly request: ServiceRequest;
  readonly followedSince: number;
  phase: 'status' | 'result';
  inAir: boolean;
  /** Age at which it was last seen unfinished, milliseconds. */
  seenRunning: number;
  notBefore: number;
  faults: number;
  missing: number;
  metrics: Metrics;
  /**
   * Worth a poll. Once so, it stays so until it is polled: what is worth one depends on the room in the budget, which the
   * leave for the poll itself makes smaller, and to change one's mind then would be to ask for leave for ever.
   */
  due: boolean;
  readonly following: Following;
  readonly overNow: () => void;
  readonly end: (ending: Ending) => void;
}

/**
 * The following of a request, from now.
 * @param onEnd called when it ends, before anybody hears of it
 */
export function followedFrom(request: ServiceRequest, now: number, onEnd: () => void): Followed {
  const over = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<Ending>();
  return {
    // A clock that was ahead when it was recorded must not keep it from being asked for until its record is gone.
    request: { ...request, submittedAt: Math.min(request.submittedAt, now) },
    followedSince: now,
    phase: 'status',
    inAir: false,
    seenRunning: 0,
    notBefore: 0,
    faults: 0,
    missing: 0,
    metrics: {},
    due: false,
    following: { over: over.promise, ending: ending.promise },
    overNow: over.resolve,
    end: (value) => {
      onEnd();
      over.resolve();
      ending.resolve(value);
    },
  };
}
