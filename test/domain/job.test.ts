// The life of a job, state by state and event by event, against a table written by hand.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import type { JobEvent, JobEventType, JobLife, JobState } from '../../app/domain/job.ts';
import { ACTIVE_STATES, allows, IllegalTransition, JOB_STATES, SETTLED_STATES } from '../../app/domain/job.ts';
import { MAX_ATTEMPTS, transition } from '../../app/domain/job.ts';

const REQUEST = { id: 'r1', statusUrl: 'https://s/r1/status', responseUrl: 'https://s/r1', submittedAt: 5 };
const OUTPUT_URL = 'https://s/r1.jpg';
const BROKE = failure('network');

const EVENTS: { readonly [Type in JobEventType]: Extract<JobEvent, { type: Type }> } = {
  claim: { type: 'claim' },
  release: { type: 'release' },
  submit: { type: 'submit' },
  accept: { type: 'accept', request: REQUEST },
  doubt: { type: 'doubt', failure: failure('uncertain_submit') },
  reask: { type: 'reask' },
  refetch: { type: 'refetch' },
  complete: { type: 'complete', outputUrl: OUTPUT_URL },
  save: { type: 'save' },
  retry: { type: 'retry', failure: BROKE, notBefore: 77 },
  fail: { type: 'fail', failure: BROKE },
  cancel: { type: 'cancel' },
  skip: { type: 'skip', failure: failure('already_enhanced') },
  requeue: { type: 'requeue' },
};
const EVENT_TYPES = Object.keys(EVENTS) as JobEventType[];

const HOLDINGS = {
  nothing: { request: null, outputUrl: null },
  request: { request: REQUEST, outputUrl: null },
  picture: { request: REQUEST, outputUrl: OUTPUT_URL },
  onlyUrl: { request: null, outputUrl: OUTPUT_URL },
} as const;
type Holding = keyof typeof HOLDINGS;

/** Where each event leads; what is not written is illegal. */
const TABLE: Readonly<Record<JobState, Partial<Record<JobEventType, JobState>>>> = {
  queued: { claim: 'preparing', doubt: 'uncertain', cancel: 'canceled', skip: 'skipped' },
  preparing: {
    release: 'queued',
    submit: 'submitting',
    reask: 'processing',
    refetch: 'saving',
    retry: 'queued',
    fail: 'failed',
    cancel: 'canceled',
    skip: 'skipped',
  },
  submitting: { release: 'queued', accept: 'processing', doubt: 'uncertain', retry: 'queued', fail: 'failed' },
  processing: { release: 'queued', complete: 'saving', retry: 'queued', fail: 'failed', cancel: 'canceled' },
  saving: { release: 'queued', save: 'succeeded', retry: 'queued', fail: 'failed', cancel: 'canceled' },
  succeeded: {},
  uncertain: { requeue: 'queued' },
  failed: { requeue: 'queued' },
  canceled: { requeue: 'queued' },
  skipped: {},
};

/** What an event needs the job to hold; an event that is not here does not care. */
const NEEDS: Partial<Record<JobEventType, readonly Holding[]>> = {
  submit: ['nothing'],
  skip: ['nothing'],
  reask: ['request', 'picture'],
  refetch: ['picture', 'onlyUrl'],
};

function expected(state: JobState, event: JobEventType, holding: Holding): JobState | 'illegal' {
  if (!(NEEDS[event]?.includes(holding) ?? true)) return 'illegal';
  return TABLE[state][event] ?? 'illegal';
}

function job(state: JobState, holding: Holding = 'nothing', more: Partial<JobLife> = {}): JobLife {
  return { state, attempts: 2, notBefore: 9, failure: BROKE, ...HOLDINGS[holding], ...more };
}

function outcome(life: JobLife, event: JobEvent): JobState | 'illegal' {
  try {
    return transition(life, event).state;
  } catch (error) {
    if (error instanceof IllegalTransition) return 'illegal';
    throw error;
  }
}

describe('the life of a job', () => {
  it('has ten states and fourteen events, each state either settled, active or queued', () => {
    expect(JOB_STATES).toHaveLength(10);
    expect(EVENT_TYPES).toHaveLength(14);
    expect([...ACTIVE_STATES, ...SETTLED_STATES, 'queued'].sort()).toEqual([...JOB_STATES].sort());
  });

  for (const holding of Object.keys(HOLDINGS) as Holding[]) {
    for (const state of JOB_STATES) {
      it(`leads a ${state} job that holds ${holding} where the table says, for every event`, () => {
        const found = Object.fromEntries(EVENT_TYPES.map((t) => [t, outcome(job(state, holding), EVENTS[t])]));
        const wanted = Object.fromEntries(EVENT_TYPES.map((t) => [t, expected(state, t, holding)]));
        expect(found).toEqual(wanted);
      });
    }
  }

  it('answers beforehand whether a state allows an event, whatever the job holds', () => {
    for (const state of JOB_STATES) {
      for (const event of EVENT_TYPES) expect(allows(state, event)).toBe(TABLE[state][event] !== undefined);
    }
  });

  it('never submits or skips a job that holds a request or an output URL', () => {
    const states = fc.constantFrom(...JOB_STATES);
    fc.assert(
      fc.property(states, fc.constantFrom<Holding>('request', 'picture', 'onlyUrl'), (state, holding) => {
        expect(outcome(job(state, holding), EVENTS.submit)).toBe('illegal');
        expect(outcome(job(state, holding), EVENTS.skip)).toBe('illegal');
      }),
    );
  });

  it('names the state and the event of an illegal transition', () => {
    expect(() => transition(job('succeeded'), EVENTS.submit)).toThrow('a job that is succeeded cannot submit');
    expect(() => transition(job('preparing', 'request'), EVENTS.submit)).toThrow('its last request is not over');
  });

  it('leaves the job that it is given as it is', () => {
    const before = Object.freeze(job('saving', 'picture'));
    expect(transition(before, EVENTS.save)).not.toBe(before);
    expect(before.state).toBe('saving');
  });
});

describe('what an event does to the rest of the job', () => {
  it('counts a claim as an attempt and takes a release back, never below none', () => {
    expect(transition(job('queued'), EVENTS.claim)).toMatchObject({ attempts: 3, notBefore: 0, failure: null });
    expect(transition(job('submitting'), EVENTS.release)).toMatchObject({ attempts: 1, notBefore: 0 });
    expect(transition(job('saving', 'picture', { attempts: 0 }), EVENTS.release).attempts).toBe(0);
  });

  it('tells of a released job why it waits, if there is a reason', () => {
    const why = failure('output_unwritable');
    expect(transition(job('saving', 'picture'), { type: 'release', failure: why }).failure).toEqual(why);
    expect(transition(job('preparing'), EVENTS.release).failure).toBe(job('preparing').failure);
  });

  it('holds a released job back until the time it is given', () => {
    expect(transition(job('preparing'), { type: 'release', notBefore: 1234 }).notBefore).toBe(1234);
  });

  it('keeps the request and the URL of a paid picture through release, retry, failure and cancel', () => {
    for (const event of [EVENTS.release, EVENTS.retry, EVENTS.fail, EVENTS.cancel]) {
      expect(transition(job('saving', 'picture'), event)).toMatchObject(HOLDINGS.picture);
    }
  });

  it('lets go of the request only when it is said to be over, or the picture is saved', () => {
    expect(transition(job('processing', 'request'), { ...EVENTS.retry, over: true })).toMatchObject(HOLDINGS.nothing);
    expect(transition(job('processing', 'request'), { ...EVENTS.fail, over: true })).toMatchObject(HOLDINGS.nothing);
    expect(transition(job('saving', 'picture'), EVENTS.save)).toMatchObject({ ...HOLDINGS.nothing, failure: null });
  });

  it('keeps why a job waits, failed, is uncertain or was skipped', () => {
    expect(transition(job('processing'), EVENTS.retry)).toMatchObject({ failure: BROKE, notBefore: 77, attempts: 2 });
    expect(transition(job('processing'), EVENTS.fail).failure).toEqual(BROKE);
    expect(transition(job('submitting'), EVENTS.doubt).failure?.code).toBe('uncertain_submit');
    expect(transition(job('preparing'), EVENTS.skip).failure?.code).toBe('already_enhanced');
    expect(transition(job('processing'), EVENTS.cancel).failure).toBeNull();
  });

  it('gives a job that the user retries all its attempts back, and first asks for what it holds', () => {
    const again = transition(job('failed', 'request', { attempts: MAX_ATTEMPTS }), EVENTS.requeue);
    expect(again).toMatchObject({ state: 'queued', attempts: 0, notBefore: 0, failure: null, request: REQUEST });
  });
});
