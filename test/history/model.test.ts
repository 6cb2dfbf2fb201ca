// Any order of events, crashes and restores included, on the real history, against a model of what the service bills.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyCounts } from '../../app/domain/batch.ts';
import type { JobEvent, JobEventType, JobState } from '../../app/domain/job.ts';
import { IllegalTransition, JOB_STATES } from '../../app/domain/job.ts';
import { recover } from '../../app/engine/recover.ts';
import { EVENT_TYPES, Events, forwardOf } from './events.ts';
import { TestHistory } from './support.ts';

const JOBS = 3;

interface EventStep {
  readonly kind: 'event';
  readonly job: number;
  /** Half of the events bring a job on; the others are any, legal or not. */
  readonly forward: boolean;
  readonly type: JobEventType;
  readonly over: boolean;
}
type Step = EventStep | { readonly kind: 'crash' | 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      job: fc.nat(JOBS - 1),
      forward: fc.boolean(),
      type: fc.constantFrom(...EVENT_TYPES),
      over: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'restart' as const) }) },
);

/** What the outside world knows of a job: nothing here is read from the history. */
interface Known {
  /** The request that the service accepted and that nobody has seen the end of. */
  live: string | null;
  urls: Set<string>;
  saves: number;
  requests: Set<string>;
}

let at: TestHistory;
let service = 0;
const events = new Events();
const reached = new Set<JobState>();

beforeAll(() => {
  at = new TestHistory();
});
afterAll(() => at[Symbol.dispose]());

/** The model's own reading of an event that the history accepted. */
function learn(known: Known, before: JobState, event: JobEvent): void {
  if (event.type === 'submit') {
    if (known.live !== null || known.urls.size > 0) throw new Error(`paid twice: ${String(known.live)} is not over`);
  } else if (event.type === 'accept') {
    known.live = event.request.id;
    known.requests.add(event.request.id);
  } else if (event.type === 'complete') {
    known.urls.add(event.outputUrl);
  } else if ((event.type === 'retry' || event.type === 'fail') && event.over) {
    known.live = null;
    known.urls.clear();
  } else if (event.type === 'save') {
    expect(before).toBe('saving');
    known.live = null;
    known.urls.clear();
    known.saves += 1;
  }
}

function checkHistory(name: string, ids: readonly number[], models: readonly Known[]): void {
  const { jobs, attempts, summaries } = at.history;
  const rows = ids.map((id) => jobs.get(id));
  const counts = emptyCounts();
  for (const row of rows) if (row) counts[row.state] += 1;
  expect(jobs.counts(name)).toEqual(counts);
  const active = rows.filter((row) => row && /queued|preparing|submitting|processing|saving/.test(row.state));
  expect(jobs.unfinished(name, { kind: 'all' })).toBe(active.length);
  const takenUp = [
    ...jobs.claimable(name, { kind: 'all' }, { now: 1, limit: 99 }),
    ...jobs.owed(name, { now: 1, limit: 99 }),
  ];
  expect(takenUp.sort()).toEqual(rows.flatMap((row) => (row?.state === 'queued' ? [row.id] : [])).sort());
  rows.forEach((row, index) => {
    const known = models[index];
    if (!row || !known) throw new Error('a job is missing');
    expect(row.request?.id ?? null).toBe(known.live);
    expect(row.state === 'succeeded').toBe(known.saves === 1);
    expect(known.saves).toBeLessThanOrEqual(1);
    if (row.state === 'submitting') expect([row.request, row.outputUrl]).toEqual([null, null]);
    const book = attempts.ofJob(row.id);
    // Every request that was ever accepted is in the book, once, and none of a job at work is told as free.
    expect(new Set(book.flatMap(({ requestId }) => requestId ?? []))).toEqual(known.requests);
    expect(book.map(({ number }) => number)).toEqual(book.map((_, n) => n + 1));
    const open = book.filter(({ endedAt }) => endedAt === null);
    expect(open.length).toBeLessThanOrEqual(1);
    if (/preparing|submitting|processing|saving/.test(row.state)) expect(open).toHaveLength(1);
    if (/succeeded|uncertain|failed|canceled|skipped/.test(row.state)) expect(open).toEqual([]);
    if (known.live !== null) {
      expect(book.find(({ requestId }) => requestId === known.live)?.charged).not.toBe('no');
    }
    if (row.state === 'uncertain') expect([...summaries.list({ jobIds: [row.id] })][0]?.charged).not.toBe('no');
  });
}

describe('any order of events', () => {
  it('never submits what may be paid for, loses no request and keeps counts and book right', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const name = `service ${(service += 1)}`;
        const { ids } = at.batch(JOBS, { service: name });
        const models = ids.map((): Known => ({ live: null, urls: new Set(), saves: 0, requests: new Set() }));
        steps.forEach((one, index) => {
          if (one.kind !== 'event') {
            if (one.kind === 'restart') at.reopen();
            const wereSent = ids.filter((id) => at.history.jobs.get(id)?.state === 'submitting');
            const { uncertain } = recover(at.history, at.clock.now());
            expect(uncertain.filter((id) => ids.includes(id))).toEqual(wereSent);
            return;
          }
          const id = ids[one.job] ?? 0;
          const model = models[one.job];
          const before = at.history.jobs.get(id);
          if (!model || !before) throw new Error('a job is missing');
          const event = events.of(one.forward ? forwardOf(before) : one.type, one.over, index);
          try {
            reached.add(at.apply(id, event).state);
          } catch (error) {
            if (error instanceof IllegalTransition) return;
            throw error;
          }
          learn(model, before.state, event);
        });
        checkHistory(name, ids, models);
      }),
      { numRuns: 120 },
    );
  });

  it('has reached every state on the way: most of what was drawn was not refused', () => {
    expect([...reached].sort()).toEqual([...JOB_STATES].sort());
  });
});
