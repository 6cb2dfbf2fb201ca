// The times that a row of a batch tells.
import { expect, it } from 'vitest';
import { type PaceAtService, timesOf, toBatchRow } from '../../app/engine/rows.ts';
import { SERVICE, TestHistory } from '../history/support.ts';

const NOW = 1_000_000;
const pace: PaceAtService = {
  service: 'https://api.test',
  now: NOW,
  sends: true,
  notBefore: 0,
  concurrency: 2,
  typicalMs: 4_000,
  finished: [],
  unfinished: new Map([[1, 1]]),
};

it('are the same in a list as in the feed, which leaves out what waits for its watch folder', () => {
  using at = new TestHistory();
  const { batch } = at.batch(400);
  const [row] = at.history.batchSummaries.newest(1);
  const going = { ...pace, service: SERVICE, unfinished: new Map([[batch.id, 1]]) };
  expect(row && toBatchRow(row, going).secondsLeft).toBe(timesOf(batch.id, 1, going).secondsLeft);
});

it('are never shorter than the wait for the plan or for the service', () => {
  expect(timesOf(1, 1, pace).secondsLeft).toBe(2);
  expect(timesOf(1, 1, { ...pace, notBefore: NOW + 40_000 }).secondsLeft).toBe(40);
  expect(timesOf(1, 30, { ...pace, notBefore: NOW + 40_000 }).secondsLeft).toBe(60);
  expect(timesOf(1, 1, { ...pace, typicalMs: null, notBefore: NOW + 40_000 }).secondsLeft).toBeNull();
});
