// What the window does to jobs: retry, cancel, leave, pause; never a second payment without consent.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../app/domain/failure.ts';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { PRACTICE_SERVICE } from '../../app/domain/batch.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { queueState } from '../../app/engine/queue-state.ts';
import { SERVICE } from '../history/support.ts';
import { planned } from '../history/support.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(() => (desk = new Desk()));
afterEach(() => desk[Symbol.asyncDispose]());

/** The failure that a command answers with. */
async function refusal(action: () => unknown): Promise<Failure> {
  try {
    await action();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('it was not refused');
}

/** One job each: failed for nothing, timed out with its request, expired, uncertain, canceled, done, waiting. */
function oneOfEach(from = 1): { batchId: number; ids: number[] } {
  const { batch, ids } = desk.at.batch(7, { jobs: Array.from({ length: 7 }, (_, n) => planned(from + n)) });
  const [failed = 0, timedOut = 0, expired = 0, uncertain = 0, canceled = 0, done = 0] = ids;
  desk.fail(failed);
  desk.timeOut(timedOut);
  desk.expire(expired);
  desk.doubt(uncertain);
  desk.at.apply(canceled, { type: 'cancel' });
  desk.finish(done);
  return { batchId: batch.id, ids };
}

describe('the plan of a retry', () => {
  it('tells what is sent, fetched and held back, as the retry then does it, and changes nothing', async () => {
    const { ids } = oneOfEach();
    const [failed, timedOut, expired, uncertain, canceled] = ids;
    const plan = () => desk.call['jobs.retryPlan']({ jobs: { ids }, consent: false });
    const before = desk.states();
    expect(await plan()).toEqual({
      sent: 2,
      fetched: 1,
      withheld: 2,
      ids: [canceled, uncertain, expired, timedOut, failed],
    });
    expect(desk.states()).toEqual(before);
    expect(await desk.call['jobs.retry']({ jobs: { ids }, consent: false })).toEqual({ retried: 3, withheld: 2 });
    expect(await plan()).toEqual({ sent: 0, fetched: 0, withheld: 2, ids: [uncertain, expired] });
  });

  it('counts a photo once that failed in several batches, and leaves out what a later batch enhanced', async () => {
    const twice = [1, 2].map(() => desk.at.job());
    const mended = desk.at.job({ jobs: [planned(9)] });
    for (const id of [...twice, mended]) desk.fail(id);
    desk.finish(desk.at.job({ jobs: [planned(9)], parameters: { ...DEFAULT_PARAMETERS, inputModeration: false } }));
    const jobs = { ids: [...twice, mended] };
    expect(await desk.call['jobs.retryPlan']({ jobs, consent: false })).toEqual({
      sent: 1,
      fetched: 0,
      withheld: 0,
      mended: 1,
      underWay: 1,
      ids: twice.slice(1),
    });
    const done = await desk.call['jobs.retry']({ jobs, consent: false });
    expect(done).toEqual({ retried: 1, withheld: 0, mended: 1, underWay: 1 });
  });

  it('with consent tells just what is sent then: nothing of another service, nothing mended, no photo twice', async () => {
    const { ids } = desk.at.batch(5);
    const [failed = 0, doubted = 0, expired = 0, mended = 0, atService = 0] = ids;
    desk.fail(failed);
    desk.doubt(doubted);
    desk.expire(expired);
    desk.doubt(mended);
    desk.timeOut(atService);
    desk.finish(desk.at.job({ jobs: [planned(4)], parameters: { ...DEFAULT_PARAMETERS, inputModeration: false } }));
    const twin = desk.at.job({ jobs: [{ ...planned(2), sourceMtimeMs: 9_000 }] }); // as it was saved anew
    desk.doubt(twin);
    const gone = desk.at.job({ jobs: [planned(8)] });
    desk.at.completed(gone, `request-${gone}`);
    desk.at.fail(gone, failure('result_gone'));
    const practice = desk.at.batch(1, { service: PRACTICE_SERVICE });
    for (const id of practice.ids) desk.doubt(id);
    const jobs = { ids: [...ids, twin, gone, ...practice.ids] };
    const plan = await desk.call['jobs.retryPlan']({ jobs, consent: true });
    expect(plan).toEqual({
      sent: 4,
      paid: 1,
      fetched: 1,
      withheld: 0,
      elsewhere: 1,
      mended: 1,
      underWay: 1,
      ids: [gone, twin, atService, expired, failed],
    });
    const done = await desk.call['jobs.retry']({ jobs, consent: true });
    expect(done).toEqual({ retried: 5, withheld: 0, elsewhere: 1, mended: 1, underWay: 1 });
    const anew = plan.ids.filter((id) => desk.at.history.jobs.get(id)?.request === null);
    expect(anew).toEqual([gone, twin, expired, failed]);
  });

  it('is refused as the retry itself is', async () => {
    const { ids } = oneOfEach();
    desk.running = { service: PRACTICE_SERVICE, engine: desk.engine };
    expect((await refusal(() => desk.call['jobs.retryPlan']({ jobs: { ids }, consent: false }))).code).toBe(
      'other_service',
    );
    desk.running = null;
    expect((await refusal(() => desk.call['jobs.retryPlan']({ jobs: { ids }, consent: false }))).code).toBe(
      'no_service',
    );
  });
});

describe('retry', () => {
  it('without consent puts back only what costs nothing twice, and says what it withheld', async () => {
    const { ids } = oneOfEach();
    expect(await desk.call['jobs.retry']({ jobs: { ids }, consent: false })).toEqual({ retried: 3, withheld: 2 });
    expect(desk.states()).toEqual(['queued', 'queued', 'failed', 'uncertain', 'queued', 'succeeded', 'queued']);
    const again = await desk.call['jobs.retry']({ jobs: { ids }, consent: false });
    expect(again).toEqual({ retried: 0, withheld: 2 });
  });

  it('with consent puts back what may be charged twice, too; what can be asked for is asked for', async () => {
    const { ids } = oneOfEach();
    const [, timedOut = 0, expired = 0] = ids;
    expect(await desk.call['jobs.retry']({ jobs: { ids }, consent: true })).toEqual({ retried: 5, withheld: 0 });
    expect(desk.states().filter((state) => state === 'queued')).toHaveLength(6);
    expect(desk.at.history.jobs.get(timedOut)?.request).toMatchObject({ id: `request-${timedOut}` });
    expect(desk.at.history.jobs.get(expired)?.request).toBeNull();
  });

  it('keeps to a batch, to states, and to both', async () => {
    const one = oneOfEach();
    const two = oneOfEach(11); // of other photos
    const retry = desk.call['jobs.retry'];
    expect(await retry({ jobs: { batchId: one.batchId, states: ['failed'] }, consent: false })).toEqual({
      retried: 2,
      withheld: 1,
    });
    expect(await retry({ jobs: { states: ['canceled'] }, consent: false })).toEqual({ retried: 2, withheld: 0 });
    expect(await retry({ jobs: { batchId: two.batchId, states: [] }, consent: true })).toEqual({
      retried: 4,
      withheld: 0,
    });
    expect(await retry({ jobs: { ids: [] }, consent: true })).toEqual({ retried: 0, withheld: 0 });
    expect(await retry({ jobs: { batchId: one.batchId, states: ['queued', 'succeeded'] }, consent: true })).toEqual({
      retried: 0,
      withheld: 0,
    });
  });

  it('leaves alone what a later batch enhanced, also with consent, and counts it', async () => {
    const { batch, ids } = desk.at.batch(3);
    const [mended = 0, doubted = 0, failed = 0] = ids;
    desk.fail(mended);
    desk.doubt(doubted);
    desk.fail(failed);
    const later = desk.at.batch(3, { parameters: { ...DEFAULT_PARAMETERS, inputModeration: false } });
    desk.finish(later.ids[0] ?? 0);
    desk.finish(later.ids[1] ?? 0);
    desk.fail(later.ids[2] ?? 0);
    const retry = (consent: boolean) => desk.call['jobs.retry']({ jobs: { batchId: batch.id, states: [] }, consent });
    expect(await retry(false)).toEqual({ retried: 1, withheld: 0, mended: 2 });
    expect(await retry(true)).toEqual({ retried: 0, withheld: 0, mended: 2 });
    expect(desk.states().slice(0, 3)).toEqual(['failed', 'uncertain', 'queued']);
  });

  it('puts back one job of a photo, and counts the others as under way', async () => {
    const ids = [1, 2, 3].map(() => desk.at.job());
    for (const id of ids) desk.fail(id);
    const retry = () => desk.call['jobs.retry']({ jobs: { ids }, consent: false });
    expect(await retry()).toEqual({ retried: 1, withheld: 0, underWay: 2 });
    expect(await retry()).toEqual({ retried: 0, withheld: 0, underWay: 2 });
    expect(desk.states()).toEqual(['failed', 'failed', 'queued']);
  });

  it('with consent has made anew what is paid for and not found, and without asks for it again', async () => {
    const id = desk.at.job();
    desk.at.completed(id, `request-${id}`);
    desk.at.fail(id, failure('result_gone'));
    const retry = (consent: boolean) => desk.call['jobs.retry']({ jobs: { ids: [id] }, consent });
    expect(await desk.call['jobs.retryPlan']({ jobs: { ids: [id] }, consent: false })).toEqual({
      sent: 0,
      fetched: 1,
      withheld: 0,
      ids: [id],
    });
    expect(await retry(false)).toEqual({ retried: 1, withheld: 0 });
    expect(desk.at.history.jobs.get(id)?.outputUrl).not.toBeNull();
    desk.at.apply(id, { type: 'claim' });
    desk.at.apply(id, { type: 'refetch' });
    desk.at.fail(id, failure('result_gone'));
    expect(await retry(true)).toEqual({ retried: 1, withheld: 0 });
    expect(desk.at.history.jobs.get(id)).toMatchObject({ state: 'queued', outputUrl: null, request: null });
  });

  it('of many is done in slices, and every one of them is told', async () => {
    const { batch, ids } = desk.at.batch(450);
    for (const id of ids) desk.at.apply(id, { type: 'cancel' });
    desk.feed.watch(batch.id);
    desk.settle();
    expect(await desk.call['jobs.retry']({ jobs: { ids }, consent: false })).toEqual({ retried: 450, withheld: 0 });
    desk.at.clock.advance(1_000);
    expect(new Set(desk.messages.flatMap(({ rows }) => rows).map(({ id }) => id)).size).toBe(450);
    expect(desk.messages.at(-1)?.queue.unfinished).toBe(450);
  });

  it('needs a service', async () => {
    const { ids } = oneOfEach();
    desk.running = null;
    expect(await refusal(() => desk.call['jobs.retry']({ jobs: { ids }, consent: true }))).toMatchObject({
      code: 'no_service',
    });
    expect(desk.states().filter((state) => state === 'queued')).toHaveLength(1);
  });

  it('is refused for photos of another service, in words that say which', async () => {
    const practice = desk.at.batch(1, { service: PRACTICE_SERVICE });
    for (const id of practice.ids) desk.fail(id);
    const ask = () => desk.call['jobs.retry']({ jobs: { ids: practice.ids }, consent: false });
    expect((await refusal(ask)).message).toMatch(/belong to the practice service, and Segmind is in use/);
    const own = desk.at.batch(1);
    for (const id of own.ids) desk.fail(id);
    desk.running = { service: PRACTICE_SERVICE, engine: desk.engine };
    const theirs = await refusal(() => desk.call['jobs.retry']({ jobs: { ids: own.ids }, consent: false }));
    expect(theirs).toMatchObject({ code: 'other_service' });
    expect(theirs.message).toMatch(/belong to Segmind, and the practice service is in use/);
    expect(desk.states()).toEqual(['failed', 'failed']);
  });

  it('ends between two slices when the service is changed', async () => {
    const { ids } = desk.at.batch(150);
    for (const id of ids) desk.at.apply(id, { type: 'cancel' });
    const answer = refusal(() => desk.call['jobs.retry']({ jobs: { ids }, consent: false }));
    desk.running = null;
    expect(await answer).toMatchObject({ code: 'no_service' });
    expect(desk.states().filter((state) => state === 'queued')).toHaveLength(100);
  });

  it('of photos of several services takes those of the one in use, and counts the others', async () => {
    const own = desk.at.batch(2);
    const other = desk.at.batch(1, { service: PRACTICE_SERVICE });
    for (const id of [...own.ids, ...other.ids]) desk.fail(id);
    const answer = await desk.call['jobs.retry']({ jobs: { states: ['failed'] }, consent: false });
    expect(answer).toEqual({ retried: 2, withheld: 0, elsewhere: 1 });
    expect(desk.states()).toEqual(['queued', 'queued', 'failed']);
  });
});

describe('cancel', () => {
  it('stops what waits, and says what can no longer be stopped', async () => {
    const { batch, ids } = desk.at.batch(5);
    const [, prepared = 0, sent = 0, accepted = 0, done = 0] = ids;
    desk.at.apply(prepared, { type: 'claim' });
    desk.at.apply(sent, { type: 'claim' });
    desk.at.apply(sent, { type: 'submit' });
    desk.at.accepted(accepted, 'r');
    desk.finish(done);
    const jobs = { batchId: batch.id, states: [] };
    expect(await desk.call['jobs.cancel']({ jobs, abandon: false })).toEqual({ canceled: 2, goingOn: 2 });
    expect(desk.states()).toEqual(['canceled', 'canceled', 'submitting', 'processing', 'succeeded']);
    expect(await desk.call['jobs.cancel']({ jobs, abandon: true })).toEqual({ canceled: 1, goingOn: 1 });
    expect(desk.at.history.jobs.get(accepted)).toMatchObject({ state: 'canceled', request: { id: 'r' } });
  });

  it('reaches photos of a service that is not in use, and tells of them', async () => {
    const { batch, ids } = desk.at.batch(3, { service: PRACTICE_SERVICE });
    desk.feed.watch(batch.id);
    desk.settle();
    expect(await desk.call['jobs.cancel']({ jobs: { ids }, abandon: false })).toEqual({ canceled: 3, goingOn: 0 });
    desk.at.clock.advance(1_000);
    expect(desk.messages.flatMap(({ rows }) => rows).map(({ state }) => state)).toEqual(Array(3).fill('canceled'));
    desk.running = null;
    const more = desk.at.batch(1);
    expect(await desk.call['jobs.cancel']({ jobs: { ids: more.ids }, abandon: false })).toMatchObject({ canceled: 1 });
  });

  it('of many leaves the rest of the process its turn', async () => {
    const { ids } = desk.at.batch(600);
    let turns = 0;
    let isAtIt = true;
    const turn = () => {
      turns += 1;
      if (isAtIt) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await desk.call['jobs.cancel']({ jobs: { ids }, abandon: false })).toEqual({ canceled: 600, goingOn: 0 });
    isAtIt = false;
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

describe('uncertain photos', () => {
  it('are left as they are, and are not counted among the undecided any more', async () => {
    const { batch, ids } = desk.at.batch(3);
    const [one = 0, two = 0] = ids;
    desk.doubt(one);
    desk.doubt(two);
    desk.feed.watch(batch.id);
    desk.settle();
    expect(await desk.call['queue.state'](undefined)).toMatchObject({ uncertain: 2 });
    expect(await desk.call['jobs.leave']({ ids: [one, ...ids.slice(2), 999] })).toBe(1);
    desk.at.clock.advance(1_000);
    expect(desk.messages.flatMap(({ rows }) => rows)).toMatchObject([{ id: one, state: 'uncertain', left: true }]);
    expect(desk.messages.at(-1)?.queue.uncertain).toBe(1);
    expect(await desk.call['jobs.leave']({ ids: [one] })).toBe(0);
  });

  it('are not sent again without consent after they were left', async () => {
    const id = desk.at.job();
    desk.doubt(id);
    await desk.call['jobs.leave']({ ids: [id] });
    const retry = (consent: boolean) => desk.call['jobs.retry']({ jobs: { ids: [id] }, consent });
    expect(await retry(false)).toEqual({ retried: 0, withheld: 1 });
    expect(await retry(true)).toEqual({ retried: 1, withheld: 0 });
    expect(desk.at.history.jobs.get(id)).toMatchObject({ state: 'queued', leftAt: null });
  });
});

describe('the queue', () => {
  it('is paused and resumed, and answers how it is then', async () => {
    expect(await desk.call['queue.pause'](undefined)).toMatchObject({ paused: true, concurrency: 4 });
    expect(await desk.call['queue.state'](undefined)).toMatchObject({ paused: true });
    expect(await desk.call['queue.resume'](undefined)).toMatchObject({ paused: false });
  });

  it('rests while there is no service', async () => {
    desk.running = null;
    expect(await desk.call['queue.state'](undefined)).toMatchObject({ unfinished: 0, concurrency: 0, stopped: null });
    for (const name of ['queue.pause', 'queue.resume'] as const) {
      expect(await refusal(() => desk.call[name](undefined))).toMatchObject({ code: 'no_service' });
    }
  });

  it('tells what is owed at a service that is not in use, also while none is', async () => {
    const { at } = desk;
    const id = at.job({ service: 'https://elsewhere.test' });
    at.accepted(id, 'r1');
    const owedElsewhere = { photos: 1, oldestSubmittedAt: at.history.jobs.get(id)?.request?.submittedAt };
    expect(await desk.call['queue.state'](undefined)).toMatchObject({ owedElsewhere });
    desk.running = null;
    expect(await desk.call['queue.state'](undefined)).toMatchObject({ owedElsewhere });
  });

  it.each([
    [null, null, null],
    [5, null, 5],
    [null, 7, 7],
    [5, 7, 7],
    [9, 7, 9],
  ])('waits as long as the service (%s) and its storage (%s) ask for', (limitedUntil, storageSlowUntil, expected) => {
    const { engine, at } = desk;
    const status = () => ({ ...engine.status(), limitedUntil, storageSlowUntil });
    const talking = { onJob: () => () => undefined, onBatch: () => () => undefined, onQueue: () => () => undefined };
    const state = queueState(at.history, { service: SERVICE, engine: { status, ...talking } });
    expect(state.limitedUntil).toBe(expected);
  });
});

describe('batches', () => {
  it('are listed newest first, with those that are not finished', async () => {
    const old = desk.at.batch(1);
    for (let n = 0; n < 3; n += 1) desk.finish(desk.at.job());
    const practice = desk.at.batch(1, { service: PRACTICE_SERVICE, name: 'Try' });
    const rows = await desk.call['batches.list']({ limit: 2 });
    expect(rows.map(({ id }) => id)).toEqual([practice.batch.id, 4, old.batch.id]);
    expect(rows[0]).toMatchObject({ name: 'Try', practice: true, secondsLeft: null, counts: { queued: 1 } });
    expect(rows[1]).toMatchObject({ practice: false, service: SERVICE, credits: 0.5, counts: { succeeded: 1 } });
  });

  it('are listed further back, told by name, and added up, however old they are', async () => {
    const old = desk.at.batch(2, { name: 'Old' });
    desk.finish(old.ids[0] ?? 0);
    for (let n = 0; n < 3; n += 1) desk.finish(desk.at.job());
    const older = await desk.call['batches.older']({ before: 3, limit: 9 });
    expect(older.map(({ id, credits }) => [id, credits])).toEqual([
      [2, 0.5],
      [1, 0.5],
    ]);
    expect((await desk.call['batches.names'](undefined)).at(-1)).toMatchObject({ id: 1, name: 'Old' });
    const totals = { enhanced: 4, unfinished: 1, paid: { unfinished: 1, atService: 0, credits: 2 } };
    expect(await desk.call['batches.totals'](undefined)).toEqual(totals);
  });

  it('are read and renamed one by one, and the new name is told', async () => {
    const { batch } = desk.at.batch(1);
    expect(await desk.call['batches.get']({ id: batch.id })).toMatchObject({ name: 'Wedding' });
    expect(await desk.call['batches.rename']({ id: batch.id, name: 'Anna & Ben' })).toMatchObject({
      name: 'Anna & Ben',
    });
    desk.at.clock.advance(1_000);
    expect(desk.messages.flatMap(({ batches }) => batches)).toMatchObject([{ name: 'Anna & Ben' }]);
    expect(await desk.call['batches.get']({ id: 99 })).toBeNull();
    expect(await desk.call['batches.rename']({ id: 99, name: 'x' })).toBeNull();
  });
});
