// The life of a job, as a total and pure function: every state against every event either gives the next job or throws.
//
//   queued -> preparing -> submitting -> processing -> saving -> succeeded
//                 |             \-> uncertain                (may have been charged: waits for the user)
//                 \-> processing | saving                    (a retry first asks for what is already paid for)
//   any active state -> queued (later) | failed | canceled; queued -> skipped; failed, canceled, uncertain -> queued
//
// The invariant behind it: a job that holds a request or an output URL is never submitted again before that request is
// known to be over, and is never skipped: a skipped job is not taken up again.
import type { Failure } from './failure.ts';

export const JOB_STATES = [
  'queued',
  'preparing',
  'submitting',
  'processing',
  'saving',
  'succeeded',
  'uncertain',
  'failed',
  'canceled',
  'skipped',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States in which the engine is at work on a job. */
export const ACTIVE_STATES = ['preparing', 'submitting', 'processing', 'saving'] as const satisfies readonly JobState[];

/** States of a job that goes on, now or later. */
export const UNFINISHED_STATES = ['queued', ...ACTIVE_STATES] as const satisfies readonly JobState[];

/** States in which nothing more happens by itself. */
export const SETTLED_STATES = [
  'succeeded',
  'uncertain',
  'failed',
  'canceled',
  'skipped',
] as const satisfies readonly JobState[];

export type SettledState = (typeof SETTLED_STATES)[number];

/** How often a job is tried before it fails for good; a 429 or a stop of the queue does not count. */
export const MAX_ATTEMPTS = 5;

/** A request that the service accepted, and so may bill. */
export interface ServiceRequest {
  readonly id: string;
  readonly statusUrl: string;
  readonly responseUrl: string;
  /** Milliseconds since the epoch, by our clock: its record lives an hour from here. */
  readonly submittedAt: number;
}

/** The part of a job that its life changes. */
export interface JobLife {
  readonly state: JobState;
  /** Attempts used up since the user last asked for it: 0 to MAX_ATTEMPTS. */
  readonly attempts: number;
  /** Not to be taken up before this time (milliseconds since the epoch); 0 is at once. */
  readonly notBefore: number;
  /** The request at the service whose end is not known yet, or whose picture is not saved yet. */
  readonly request: ServiceRequest | null;
  /** Where the finished, paid picture can be fetched. */
  readonly outputUrl: string | null;
  readonly failure: Failure | null;
}

/** Whether the service may hold a paid picture for a job. */
export function isOwed({ request, outputUrl }: Pick<JobLife, 'request' | 'outputUrl'>): boolean {
  return request !== null || outputUrl !== null;
}

export type JobEvent =
  /** Taken up: an attempt begins. */
  | { readonly type: 'claim' }
  /**
   * Given back untouched (429, stop of the queue, shutdown, an output folder that is away): the attempt does not count.
   * `failure` says what it waits for.
   */
  | { readonly type: 'release'; readonly notBefore?: number; readonly failure?: Failure }
  /** About to be sent: committed before the socket opens. */
  | { readonly type: 'submit' }
  | { readonly type: 'accept'; readonly request: ServiceRequest }
  /** Whether it was accepted cannot be known. */
  | { readonly type: 'doubt'; readonly failure: Failure }
  /** Asks again for a request that was accepted earlier. */
  | { readonly type: 'reask' }
  /** Fetches again a picture whose URL is known. */
  | { readonly type: 'refetch' }
  | { readonly type: 'complete'; readonly outputUrl: string }
  | { readonly type: 'save' }
  /** To be tried again later. `over`: the request is over at the service, so a new one may be made. */
  | { readonly type: 'retry'; readonly failure: Failure; readonly notBefore: number; readonly over?: boolean }
  | { readonly type: 'fail'; readonly failure: Failure; readonly over?: boolean }
  | { readonly type: 'cancel' }
  | { readonly type: 'skip'; readonly failure: Failure }
  /** The user's retry. `over`: what is paid for is given up. */
  | { readonly type: 'requeue'; readonly over?: boolean };

export type JobEventType = JobEvent['type'];

const ACTIVE: readonly JobState[] = ACTIVE_STATES;

/** From which states an event is legal. */
const LEGAL: Readonly<Record<JobEventType, readonly JobState[]>> = {
  claim: ['queued'],
  release: ACTIVE,
  submit: ['preparing'],
  accept: ['submitting'],
  doubt: ['submitting', 'queued'],
  reask: ['preparing'],
  refetch: ['preparing'],
  complete: ['processing'],
  save: ['saving'],
  retry: ACTIVE,
  fail: ACTIVE,
  // Not from `submitting`: what is in the air is known only when its answer is.
  cancel: ['queued', 'preparing', 'processing', 'saving'],
  skip: ['queued', 'preparing'],
  requeue: ['failed', 'canceled', 'uncertain'],
};

/** An event that the state of a job does not allow: a defect, or another process was faster. */
export class IllegalTransition extends Error {
  constructor(state: JobState, event: JobEventType, why = '') {
    super(`a job that is ${state} cannot ${event}${why}`);
    this.name = 'IllegalTransition';
  }
}

/**
 * The job after an event.
 * @throws {IllegalTransition} when the state does not allow the event, or when it would submit what is already paid for.
 */
export function transition(job: JobLife, event: JobEvent): JobLife {
  if (!LEGAL[event.type].includes(job.state)) throw new IllegalTransition(job.state, event.type);
  const over = { request: null, outputUrl: null };
  switch (event.type) {
    case 'claim':
      return { ...job, state: 'preparing', attempts: job.attempts + 1, notBefore: 0, failure: null };
    case 'release':
      return {
        ...job,
        state: 'queued',
        attempts: Math.max(0, job.attempts - 1),
        notBefore: event.notBefore ?? 0,
        failure: event.failure ?? job.failure,
      };
    case 'submit':
      if (isOwed(job)) throw new IllegalTransition(job.state, event.type, ': its last request is not over');
      return { ...job, state: 'submitting' };
    case 'accept':
      return { ...job, state: 'processing', request: event.request };
    case 'doubt':
      return { ...job, state: 'uncertain', failure: event.failure };
    case 'reask':
      if (!job.request) throw new IllegalTransition(job.state, event.type, ': it has no request');
      return { ...job, state: 'processing' };
    case 'refetch':
      if (!job.outputUrl) throw new IllegalTransition(job.state, event.type, ': it has no output URL');
      return { ...job, state: 'saving' };
    case 'complete':
      return { ...job, state: 'saving', outputUrl: event.outputUrl };
    case 'save':
      return { ...job, ...over, state: 'succeeded', failure: null };
    case 'retry':
      return {
        ...job,
        ...(event.over ? over : {}),
        state: 'queued',
        notBefore: event.notBefore,
        failure: event.failure,
      };
    case 'fail':
      return { ...job, ...(event.over ? over : {}), state: 'failed', failure: event.failure };
    case 'cancel':
      return { ...job, state: 'canceled', failure: null };
    case 'skip':
      if (isOwed(job)) throw new IllegalTransition(job.state, event.type, ': its picture may be paid for');
      return { ...job, state: 'skipped', failure: event.failure };
    case 'requeue':
      return { ...job, ...(event.over ? over : {}), state: 'queued', attempts: 0, notBefore: 0, failure: null };
  }
}

/** Whether nothing more happens by itself in a state. */
export function isSettled(state: JobState): state is SettledState {
  return (SETTLED_STATES as readonly JobState[]).includes(state);
}

/** Whether an event is legal in a state, whatever the job holds. */
export function allows(state: JobState, event: JobEventType): boolean {
  return LEGAL[event].includes(state);
}
