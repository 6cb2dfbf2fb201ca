// A run for some watch folders takes up their photos and nobody else's.
import { expect, it } from 'vitest';
import { WATCH_PRIORITY } from '../../app/domain/watch.ts';
import { SERVICE, TestHistory } from './support.ts';

it('a run for watch folders takes up their photos, of any day, and no others', () => {
  using at = new TestHistory();
  const { jobs, watches } = at.history;
  const batchOf = (watchId: number, day: string) => {
    const { batch, ids } = at.batch(2, { priority: WATCH_PRIORITY });
    watches.noteBatch(batch.id, { watchId, folder: 'Tethered', service: SERVICE, day });
    return ids;
  };
  const byHand = at.batch(3).ids;
  const yesterday = batchOf(7, '2026-11-21');
  const other = batchOf(8, '2026-11-22');
  const today = batchOf(7, '2026-11-22');
  const now = at.clock.now();
  const claimable = (watchIds: number[], held: string[] = []) =>
    jobs.claimable(SERVICE, { kind: 'watches', watchIds }, { now, limit: 100, held });
  expect(claimable([7])).toEqual([...yesterday, ...today]);
  expect(claimable([8, 7])).toEqual([...yesterday, ...other, ...today]);
  expect(claimable([])).toEqual([]);
  expect(claimable([7], ['/photos/enhanced'])).toEqual([]);
  const scope = { kind: 'watches', watchIds: [7] } as const;
  expect(jobs.unfinished(SERVICE, scope)).toBe(4);
  expect(jobs.unfinished('practice', scope)).toBe(0);
  expect([...jobs.waitingIn(SERVICE, scope, ['/photos/enhanced'])]).toEqual([['/photos/enhanced', 4]]);
  expect(byHand).toHaveLength(3);
});
