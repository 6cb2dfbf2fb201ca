// What is kept of each batch against what its jobs and attempts add up to, after any history: the one may not leave the
// other, or money and photos would be told wrong for good.
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateCounts } from '../../app/domain/batch.ts';
import { emptyCounts, PRACTICE_SERVICE, unfinishedOf } from '../../app/domain/batch.ts';
import type { JobState } from '../../app/domain/job.ts';
import { IllegalTransition, JOB_STATES, SETTLED_STATES } from '../../app/domain/job.ts';
import { EVENT_TYPES, Events, forwardOf } from './events.ts';
import { SERVICE, TestHistory } from './support.ts';

const SERVICES = [SERVICE, PRACTICE_SERVICE, 'https://elsewhere.example'];
/** What a request may be said to cost: nothing, parts that no binary fraction has, and nonsense. */
const CREDITS = [undefined, 0, 0.04, 0.1, 0.3, 1 / 3, 12.345678901, 1e300];

type Step =
  | { readonly kind: 'batch'; readonly service: number; readonly photos: number }
  /** Half of the events bring a job on; the others are the first of all, from this one on, that it can take. */
  | { readonly kind: 'event'; readonly job: number; readonly type: number | null; readonly credits: number }
  | { readonly kind: 'told'; readonly job: number; readonly credits: number }
  /** One job in three, as far as they can go. */
  | { readonly kind: 'removed'; readonly third: number }
  | { readonly kind: 'undone'; readonly job: number }
  | { readonly kind: 'restart' };

const nth = fc.nat(999);
const cost = fc.nat(CREDITS.length - 1);
const type = fc.option(fc.nat(EVENT_TYPES.length - 1), { freq: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('batch'), service: fc.nat(2), photos: fc.nat(4) }) },
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('event'), job: nth, type, credits: cost }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('told'), job: nth, credits: cost }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('removed'), third: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('undone'), job: nth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);

let at: TestHistory;
let events: Events;
const reached = new Set<JobState>();
const removedStates = new Set<JobState | undefined>();
beforeEach(() => {
  at = new TestHistory();
  events = new Events();
});
afterEach(() => at[Symbol.dispose]());

function apply(id: number, drawn: { readonly type: number | null; readonly credits: number }): void {
  const job = at.history.jobs.get(id);
  if (!job) throw new Error('a job is missing');
  const types =
    drawn.type === null ? [forwardOf(job)] : [...EVENT_TYPES.slice(drawn.type), ...EVENT_TYPES.slice(0, drawn.type)];
  const metrics = { credits: CREDITS[drawn.credits] };
  for (const type of types) {
    try {
      reached.add(at.apply(id, events.of(type, drawn.credits % 2 === 1, drawn.credits), { metrics }).state);
      return;
    } catch (error) {
      if (!(error instanceof IllegalTransition)) throw error;
    }
  }
}

function remove(asked: readonly number[]): void {
  const { housekeeping, jobs } = at.history;
  housekeeping.leave(asked, 1); // what is uncertain goes only when it was decided on
  const states = new Map(asked.map((id) => [id, jobs.get(id)?.state]));
  for (const id of housekeeping.remove(asked).removed) removedStates.add(states.get(id));
}

function take(one: Step): void {
  const { history } = at;
  const ids = history.summaries.ids({});
  const pick = (index: number) => ids[index % Math.max(ids.length, 1)];
  if (one.kind === 'batch') at.batch(one.photos, { service: SERVICES[one.service] ?? SERVICE });
  if (one.kind === 'removed') remove(ids.filter((_, index) => index % 3 === one.third));
  if (one.kind === 'restart') at.reopen();
  if (!('job' in one)) return;
  const id = pick(one.job);
  if (id === undefined) return;
  if (one.kind === 'event') apply(id, one);
  const job = history.jobs.get(id);
  if (one.kind === 'told' && job?.request) {
    history.attempts.addFacts(job.service, job.request.id, { credits: CREDITS[one.credits] });
  }
  if (one.kind === 'undone') {
    const failing = () =>
      history.atomically(() => {
        apply(id, { type: null, credits: 2 });
        at.batch(2);
        throw new Error('undone');
      });
    expect(failing).toThrow('undone');
  }
}

interface Counted {
  readonly id: number;
  readonly service: string;
  readonly counts: StateCounts;
  readonly credits: number;
}

/** Every batch as its own rows have it, newest first. */
function counted(): Counted[] {
  using db = new OpenedBeside(at.dir);
  const batches = db.rows<{ id: number; service: string }>('SELECT id, service FROM batch ORDER BY id DESC');
  const jobs = db.rows<{ batch_id: number; state: JobState }>('SELECT batch_id, state FROM job');
  const costs = db.rows<{ batch_id: number; credits: number | null }>('SELECT batch_id, credits FROM attempt');
  return batches.map(({ id, service }) => {
    const counts = emptyCounts();
    for (const job of jobs) if (job.batch_id === id) counts[job.state] += 1;
    let billionths = 0;
    for (const one of costs) if (one.batch_id === id) billionths += billionthsOf(one.credits);
    return { id, service, counts, credits: billionths / 1e9 };
  });
}

function billionthsOf(credits: number | null): number {
  return Math.round(Math.min(credits ?? 0, 1e5) * 1e9);
}

class OpenedBeside implements Disposable {
  readonly #db: Sqlite.Database;

  constructor(dir: string) {
    this.#db = new Sqlite(join(dir, 'history.sqlite'), { readonly: true });
  }

  rows<T>(sql: string): T[] {
    return this.#db.prepare(sql).all() as T[];
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);

function check(): void {
  const { batchSummaries, batches, jobs, totals } = at.history;
  const all = counted();
  const told = batchSummaries.newest(9_999);
  expect(told.map(({ batch, counts, credits }) => ({ ...pickOf(batch), counts, credits }))).toEqual(all);
  for (const { id, counts, credits } of all) {
    expect(jobs.countsOfBatch(id)).toEqual(counts);
    expect(batches.credits(id)).toBe(credits);
  }
  for (const service of SERVICES) {
    const here = all.filter((batch) => batch.service === service);
    const counts = emptyCounts();
    for (const state of JOB_STATES) counts[state] = sumOf(here.map((batch) => batch.counts[state]));
    expect(jobs.counts(service)).toEqual(counts);
    expect(jobs.unfinished(service, { kind: 'all' })).toBe(unfinishedOf(counts));
    const waiting = here.filter((batch) => unfinishedOf(batch.counts) > 0).reverse();
    expect([...batchSummaries.unfinished(service)]).toEqual(
      waiting.map((batch) => [batch.id, unfinishedOf(batch.counts)]),
    );
  }
  const paid = all.filter(({ service }) => service !== PRACTICE_SERVICE);
  expect(totals.read()).toMatchObject({
    enhanced: sumOf(all.map(({ counts }) => counts.succeeded)),
    unfinished: sumOf(all.map(({ counts }) => unfinishedOf(counts))),
    paid: { unfinished: sumOf(paid.map(({ counts }) => unfinishedOf(counts))) },
  });
  const billionths = paid.map(({ credits }) => Math.round(credits * 1e9));
  expect(totals.read().paid.credits).toBeCloseTo(sumOf(billionths) / 1e9, 6);
  using db = new OpenedBeside(at.dir);
  expect(db.rows('SELECT batch_id FROM batch_sums')).toHaveLength(all.length);
}

function pickOf({ id, service }: { readonly id: number; readonly service: string }) {
  return { id, service };
}

describe('what is kept of each batch', () => {
  it('is what its jobs and attempts add up to, whatever happened', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        at.batch(3);
        for (const one of steps) take(one);
        check();
      }),
      { numRuns: 60 },
    );
    // Else it would not tell.
    expect([...reached].sort()).toEqual([...JOB_STATES].sort());
    expect([...removedStates].sort()).toEqual([...SETTLED_STATES].sort());
  }, 120_000);

  it('gives back exactly what was taken: the same cost told as another one and back leaves no rest', () => {
    const ids = at.batch(3).ids;
    ids.forEach((id, index) => at.completed(id, `r${index}`));
    const tell = (credits: number) => {
      for (const [index] of ids.entries()) at.history.attempts.addFacts(SERVICE, `r${index}`, { credits });
    };
    tell(0.1);
    tell(1e300);
    tell(0.1);
    expect(at.history.totals.read().paid.credits).toBe(0.3); // in parts of two, it would be 0.30000000000000004
  });
});
