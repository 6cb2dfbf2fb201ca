// A name, a decision, and removal: what goes, what stays, and what is known all the same.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { SERVICE, TestHistory } from './support.ts';

let at: TestHistory;
beforeEach(() => (at = new TestHistory()));
afterEach(() => at[Symbol.dispose]());

const house = () => at.history.housekeeping;

/** Enhances a job to its end, at a cost. */
function finish(id: number, credits = 0.5): void {
  at.completed(id, `r${id}`);
  at.apply(
    id,
    { type: 'save' },
    {
      output: { path: `/photos/enhanced/${id}.jpg`, bytes: 9, sha256: 'h', width: 1, height: 1 },
      metrics: { credits },
    },
  );
}

function doubt(id: number): void {
  at.apply(id, { type: 'claim' });
  at.apply(id, { type: 'submit' });
  at.apply(id, { type: 'doubt', failure: failure('uncertain_submit') });
}

describe('the name of a batch', () => {
  it('can be another', () => {
    const { batch } = at.batch(1);
    expect(house().rename(batch.id, 'Anna & Ben')).toBe(true);
    expect(at.history.batches.get(batch.id)?.name).toBe('Anna & Ben');
    expect(house().rename(99, 'x')).toBe(false);
  });
});

describe('an uncertain job that is left', () => {
  it('stays uncertain and waits for no decision any more', () => {
    const { ids } = at.batch(3);
    const [first = 0, second = 0, third = 0] = ids;
    doubt(first);
    doubt(second);
    expect(at.history.listing.undecided(SERVICE)).toBe(2);
    expect(house().leave([first, third, 99], 77)).toEqual([{ id: first, batchId: 1 }]);
    expect(at.history.jobs.get(first)).toMatchObject({ state: 'uncertain', leftAt: 77, updatedAt: 77 });
    expect(at.history.listing.undecided(SERVICE)).toBe(1);
    expect(house().leave([first], 88)).toEqual([]);
    expect(at.history.jobs.get(first)?.leftAt).toBe(77);
    expect(at.history.jobs.get(third)).toMatchObject({ state: 'queued', leftAt: null });
  });

  it('is decided on anew after a retry', () => {
    const id = at.job();
    doubt(id);
    house().leave([id], 77);
    expect(at.apply(id, { type: 'requeue' }).leftAt).toBeNull();
    doubt(id);
    expect(at.history.listing.undecided(SERVICE)).toBe(1);
  });
});

describe('removal', () => {
  it('takes settled jobs, and keeps what is at work, owed or undecided', () => {
    const { ids } = at.batch(9);
    const [done = 0, failed = 0, canceled = 0, open = 0, left = 0, owed = 0, url = 0, waits = 0, works = 0] = ids;
    finish(done);
    at.apply(failed, { type: 'claim' });
    at.fail(failed, failure('photo_damaged'));
    at.apply(canceled, { type: 'cancel' });
    doubt(open);
    doubt(left);
    house().leave([left], 1);
    at.accepted(owed, 'r-owed');
    at.fail(owed, failure('timeout'));
    at.completed(url, 'r-url');
    at.apply(url, { type: 'cancel' });
    at.apply(works, { type: 'claim' });
    const result = house().remove([...ids, 99]);
    expect(result).toEqual({
      removed: [done, failed, canceled, left],
      kept: [open, owed, url, waits, works],
      batches: [1],
      removedBatches: [],
    });
    expect(at.history.summaries.ids({})).toEqual(result.kept);
  });

  it('takes a batch with its last job', () => {
    const { batch, ids } = at.batch(2);
    const other = at.batch(1);
    for (const id of [...ids, ...other.ids]) at.apply(id, { type: 'cancel' });
    const [first = 0, second = 0] = ids;
    expect(house().remove([first])).toMatchObject({ batches: [batch.id], removedBatches: [] });
    expect(house().remove([second])).toMatchObject({ batches: [], removedBatches: [batch.id] });
    expect(at.history.batches.list().map(({ id }) => id)).toEqual([other.batch.id]);
    expect(house().remove([])).toEqual({ removed: [], kept: [], batches: [], removedBatches: [] });
  });

  it('gives no id a second time', () => {
    const first = at.job();
    at.apply(first, { type: 'cancel' });
    house().remove([first]);
    const { batch, ids } = at.batch(1);
    expect(batch.id).toBe(2);
    expect(ids).toEqual([first + 1]);
  });

  it('leaves what was paid in the books', () => {
    const { batch, ids } = at.batch(3);
    for (const id of ids) finish(id, 0.25);
    const since = at.clock.now() - 1_000;
    const [first = 0, ...rest] = ids;
    house().remove([first]);
    expect(at.history.batches.credits(batch.id)).toBe(0.75);
    expect(at.history.batchSummaries.of([batch.id])).toMatchObject([{ credits: 0.75, counts: { succeeded: 2 } }]);
    house().remove(rest);
    at.reopen();
    expect(at.history.attempts.creditsSince(SERVICE, since)).toBe(0.75);
    expect(at.history.attempts.usualCost(SERVICE)).toBe(0.25);
    expect(at.history.attempts.ofJob(first)).toMatchObject([{ requestId: `r${first}`, charged: 'yes', credits: 0.25 }]);
  });

  it('lets no result be taken for a photo, and no photo be written to', () => {
    const id = at.job();
    finish(id);
    house().remove([id]);
    at.reopen();
    const { jobs } = at.history;
    expect(jobs.isSource('/photos/1.jpg')).toBe(true);
    expect(jobs.isOutput('/photos/enhanced/1.jpg')).toBe(true);
    expect(jobs.sourcesNamed('1.JPG')).toEqual(['/photos/1.jpg']);
    expect(jobs.isSource('/photos/enhanced/1.jpg')).toBe(false);
    expect(jobs.isOutput('/photos/1.jpg')).toBe(false);
    expect(jobs.sourcesNamed('2.jpg')).toEqual([]);
  });

  it('of the same photo twice is nothing new', () => {
    for (let round = 0; round < 2; round += 1) {
      const id = at.job();
      at.apply(id, { type: 'cancel' });
      house().remove([id]);
    }
    expect(at.history.jobs.sourcesNamed('1.jpg')).toEqual(['/photos/1.jpg']);
  });

  it('is all or nothing', () => {
    const { ids } = at.batch(2);
    for (const id of ids) at.apply(id, { type: 'cancel' });
    expect(() =>
      at.history.atomically(() => {
        house().remove(ids);
        throw new Error('the power went out');
      }),
    ).toThrow('power');
    expect(at.history.summaries.ids({})).toEqual(ids);
    expect(at.history.batches.list()).toHaveLength(1);
  });
});
