import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRACTICE_SERVICE } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { SERVICE, TestHistory } from './support.ts';

let at: TestHistory;
beforeEach(() => {
  at = new TestHistory();
});
afterEach(() => {
  at[Symbol.dispose]();
});

function enhance(id: number, credits: number): void {
  at.completed(id, `request-${id}`);
  const output = { path: `/out/${id}.jpg`, bytes: 9, sha256: `${id}`, width: 2_000, height: 1_000 };
  at.apply(id, { type: 'save' }, { output, metrics: { credits } });
}

describe('what all batches add up to', () => {
  it('is nothing in a new history', () => {
    const paid = { unfinished: 0, atService: 0, credits: 0 };
    expect(at.history.totals.read()).toEqual({ enhanced: 0, unfinished: 0, paid });
  });

  it('counts the photos of every batch, and the money of those that cost any', () => {
    for (let n = 0; n < 30; n += 1) enhance(at.job(), 0.5);
    enhance(at.job({ service: PRACTICE_SERVICE }), 7);
    at.batch(2, { service: PRACTICE_SERVICE });
    at.batch(3, { service: 'https://elsewhere.test' });
    const paid = { unfinished: 3, atService: 0, credits: 15 };
    expect(at.history.totals.read()).toEqual({ enhanced: 31, unfinished: 5, paid });
  });

  it('keeps what was paid for photos that were removed while their batch is there', () => {
    const { ids } = at.batch(2);
    for (const id of ids) enhance(id, 0.5);
    at.history.housekeeping.remove(ids.slice(0, 1));
    expect(at.history.totals.read()).toMatchObject({ enhanced: 1, paid: { credits: 1 } });
  });

  it('counts as unpaid what is still to be charged at one service, and no picture that is only to be fetched', () => {
    const [, submits = 0, processed = 0, late = 0, fetched = 0, waits = 0, done = 0] = at.batch(7).ids;
    at.apply(submits, { type: 'claim' });
    at.apply(submits, { type: 'submit' });
    at.accepted(processed, 'r1');
    at.accepted(late, 'r2');
    at.fail(late, failure('timeout'));
    at.apply(late, { type: 'requeue' });
    at.completed(fetched, 'r3');
    at.completed(waits, 'r4');
    at.fail(waits, failure('disk_full'));
    at.apply(waits, { type: 'requeue' });
    enhance(done, 0.5);
    at.batch(3, { service: PRACTICE_SERVICE });
    expect(at.history.jobs.get(waits)).toMatchObject({ state: 'queued', outputUrl: expect.any(String) as string });
    expect(at.history.totals.unpaid(SERVICE)).toBe(4);
    expect(at.history.totals.unpaid(PRACTICE_SERVICE)).toBe(3);
  });

  it('counts as at the service what only its account can fetch: submitted, accepted, or to be asked about again', () => {
    const [waits = 0, submits = 0, processed = 0, asked = 0, fetched = 0, failed = 0] = at.batch(6).ids;
    at.apply(submits, { type: 'claim' });
    at.apply(submits, { type: 'submit' });
    at.accepted(processed, 'r1');
    at.accepted(asked, 'r2');
    at.fail(asked, failure('timeout'));
    at.apply(asked, { type: 'requeue' });
    at.completed(fetched, 'r3'); // its address needs no account
    at.apply(failed, { type: 'claim' });
    at.fail(failed, failure('photo_damaged'));
    at.accepted(at.job({ service: PRACTICE_SERVICE }), 'p1');
    expect(at.history.jobs.get(waits)?.state).toBe('queued');
    expect(at.history.jobs.get(asked)).toMatchObject({ state: 'queued', service: SERVICE });
    expect(at.history.totals.read().paid).toMatchObject({ unfinished: 5, atService: 3 });
  });
});
