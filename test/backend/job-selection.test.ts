// What the core finds and counts among selected jobs, most of which the window never saw.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyCounts } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(() => (desk = new Desk()));
afterEach(() => desk[Symbol.asyncDispose]());

function block(id: number): void {
  desk.at.accepted(id, `request-${id}`);
  desk.at.fail(id, failure('moderated'), true);
}

describe('among selected jobs', () => {
  it('those in some states are found, and those that failed for one reason', async () => {
    const { ids } = desk.at.batch(5);
    const [blocked = 0, damaged = 0, doubtful = 0] = ids;
    block(blocked);
    desk.fail(damaged);
    desk.doubt(doubtful);
    const select = desk.call['jobs.select'];
    expect(await select({ ids, states: ['failed'], failureCode: null })).toEqual([blocked, damaged]);
    expect(await select({ ids, states: ['failed'], failureCode: 'moderated' })).toEqual([blocked]);
    expect(await select({ ids, states: ['uncertain'], failureCode: null })).toEqual([doubtful]);
    expect(await select({ ids: [damaged, 999], states: ['failed'], failureCode: 'moderated' })).toEqual([]);
    expect(await select({ ids: [], states: ['failed'], failureCode: null })).toEqual([]);
  });

  it('each is counted once by its state, and told is the one batch that all are of', async () => {
    const one = desk.at.batch(5);
    const two = desk.at.batch(1);
    const [blocked = 0, damaged = 0, done = 0, lost = 0] = one.ids;
    block(blocked);
    desk.at.completed(lost, `request-${lost}`);
    desk.at.fail(lost, failure('result_gone'));
    desk.fail(damaged);
    desk.finish(done);
    const counts = { ...emptyCounts(), failed: 3, succeeded: 1, queued: 1 };
    const tally = desk.call['jobs.tally'];
    expect(await tally({ ids: [...one.ids, ...one.ids, 999] })).toEqual({
      counts,
      moderated: 1,
      gone: 1,
      batchId: one.batch.id,
    });
    expect(await tally({ ids: [...one.ids, ...two.ids] })).toEqual({
      counts: { ...counts, queued: 2 },
      moderated: 1,
      gone: 1,
      batchId: null,
    });
    expect(await tally({ ids: [999] })).toEqual({ counts: emptyCounts(), moderated: 0, gone: 0, batchId: null });
  });

  it('not one of ten thousand is missed', async () => {
    const { batch, ids } = desk.at.batch(10_000);
    const far = ids.filter((_, index) => index % 100 === 99);
    desk.at.history.atomically(() => far.forEach((id, index) => (index < 60 ? block(id) : desk.doubt(id))));
    const select = desk.call['jobs.select'];
    expect(await select({ ids, states: ['failed'], failureCode: 'moderated' })).toEqual(far.slice(0, 60));
    expect(await select({ ids, states: ['uncertain'], failureCode: null })).toEqual(far.slice(60));
    expect(await desk.call['jobs.tally']({ ids })).toEqual({
      counts: { ...emptyCounts(), queued: 9_900, failed: 60, uncertain: 40 },
      moderated: 60,
      gone: 0,
      batchId: batch.id,
    });
  });
});
