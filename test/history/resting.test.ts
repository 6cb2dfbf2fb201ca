// The queue while watch folders rest: their photos are left where they are, those of all others are taken up past them.
import { expect, it } from 'vitest';
import { WATCH_PRIORITY } from '../../app/domain/watch.ts';
import { request, SERVICE, TestHistory } from './support.ts';

const ALL = { kind: 'all' } as const;

function queue(at: TestHistory) {
  const batchOf = (watchId: number, photos: number, day = '2026-11-22') => {
    const { batch, ids } = at.batch(photos, { priority: WATCH_PRIORITY });
    at.history.watches.noteBatch(batch.id, { watchId, folder: 'Tethered', service: SERVICE, day });
    return { batchId: batch.id, ids };
  };
  const byHand = at.batch(3);
  return {
    byHand: { batchId: byHand.batch.id, ids: byHand.ids },
    yesterday: batchOf(7, 2, '2026-11-21'),
    other: batchOf(8, 2),
    today: batchOf(7, 2),
    later: batchOf(9, 2),
  };
}

it('takes up the photos of all others in the usual order', () => {
  using at = new TestHistory();
  const { byHand, yesterday, other, today, later } = queue(at);
  const { jobs, resting } = at.history;
  const now = at.clock.now();
  const take = (ids: number[], limit = 100) => resting.claimable(SERVICE, ALL, { now, limit, resting: ids });
  expect(take([7])).toEqual([...other.ids, ...later.ids, ...byHand.ids]);
  expect(take([7], 5)).toEqual([...other.ids, ...later.ids, byHand.ids[0]]);
  expect(take([7], 1)).toEqual([other.ids[0]]);
  expect(take([8, 9])).toEqual([...yesterday.ids, ...today.ids, ...byHand.ids]);
  expect(take([7, 8, 9])).toEqual(byHand.ids);
  expect(take([12345])).toEqual(jobs.claimable(SERVICE, ALL, { now, limit: 100 }));
  expect(resting.claimable('practice', ALL, { now, limit: 9, resting: [7] })).toEqual([]);
  expect(resting.claimable(SERVICE, ALL, { now, limit: 9, resting: [7], held: ['/photos/enhanced'] })).toEqual([]);
});

it('leaves what is to wait longer, and what is owed a picture to those who fetch', () => {
  using at = new TestHistory();
  const { other, today } = queue(at);
  const { jobs, resting } = at.history;
  const now = at.clock.now();
  const [fetched = 0, put = 0] = today.ids;
  for (const event of [
    { type: 'claim' },
    { type: 'submit' },
    { type: 'accept', request: request('r') },
    { type: 'cancel' },
    { type: 'requeue' },
  ] as const)
    jobs.apply(fetched, event, now);
  expect(jobs.owed(SERVICE, { now, limit: 9 })).toEqual([fetched]);
  expect(resting.photos(SERVICE, ALL, [7])).toContainEqual({
    watchId: 7,
    batchId: today.batchId,
    day: '2026-11-22',
    photos: 1,
  });
  const scope = { kind: 'batch', batchId: other.batchId } as const;
  expect(resting.claimable(SERVICE, scope, { now: -1, limit: 9, resting: [7] })).toEqual([]);
  expect(resting.claimable(SERVICE, { kind: 'jobs', ids: [put, fetched] }, { now, limit: 9, resting: [8] })).toEqual([
    put,
  ]);
});

it('keeps to the scope of a run', () => {
  using at = new TestHistory();
  const { byHand, yesterday, other, today, later } = queue(at);
  const { resting } = at.history;
  const now = at.clock.now();
  const take = { now, limit: 100, resting: [7] };
  expect(resting.claimable(SERVICE, { kind: 'watches', watchIds: [7, 9] }, take)).toEqual(later.ids);
  expect(resting.claimable(SERVICE, { kind: 'batch', batchId: today.batchId }, take)).toEqual([]);
  expect(resting.claimable(SERVICE, { kind: 'batch', batchId: byHand.batchId }, take)).toEqual(byHand.ids);
  const ids = [...today.ids, ...other.ids, ...byHand.ids];
  expect(resting.claimable(SERVICE, { kind: 'jobs', ids }, take)).toEqual([...other.ids, ...byHand.ids]);
  const photosIn = (scope: Parameters<typeof resting.photos>[1]) =>
    resting.photos(SERVICE, scope, [7, 8]).map(({ batchId, photos }) => [batchId, photos]);
  expect(photosIn(ALL)).toEqual([
    [yesterday.batchId, 2],
    [other.batchId, 2],
    [today.batchId, 2],
  ]);
  expect(photosIn({ kind: 'watches', watchIds: [8, 9] })).toEqual([[other.batchId, 2]]);
  expect(photosIn({ kind: 'batch', batchId: today.batchId })).toEqual([[today.batchId, 2]]);
  expect(photosIn({ kind: 'jobs', ids: [today.ids[1] ?? 0, ...byHand.ids] })).toEqual([[today.batchId, 1]]);
  expect(resting.photos(SERVICE, ALL, [])).toEqual([]);
});

it('does not count photos that rest as waiting for their output folder', () => {
  using at = new TestHistory();
  queue(at);
  const waiting = (resting: number[]) => [...at.history.jobs.waitingIn(SERVICE, ALL, ['/photos/enhanced'], resting)];
  expect(waiting([])).toEqual([['/photos/enhanced', 11]]);
  expect(waiting([7])).toEqual([['/photos/enhanced', 7]]);
});
