// What the window is told and when: by a clock that stands still, on a real history and a real engine that sends nothing.
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchRow, JobRow } from '../../app/contract/values.ts';
import { failure } from '../../app/domain/failure.ts';
import type { JobEvent } from '../../app/domain/job.ts';
import type { Engine } from '../../app/engine/engine.ts';
import type { Feed } from '../../app/engine/feed.ts';
import { toJobRow } from '../../app/engine/rows.ts';
import { request, SERVICE, type TestHistory } from '../history/support.ts';
import { FeedRig } from './feed-rig.ts';

let rig: FeedRig;
let at: TestHistory;
let feed: Feed;
let engine: Engine;

beforeEach(() => {
  rig = new FeedRig();
  ({ at, feed, engine } = rig);
});
afterEach(() => rig[Symbol.asyncDispose]());

const change = (id: number, event: JobEvent) => rig.change(id, event);
const addBatch = (photos: number) => rig.addBatch(photos);
const settle = () => rig.settle();
const rowsSent = () => rig.messages.flatMap(({ rows }) => rows);
const states = (rows: readonly JobRow[]) => rows.map(({ id, state }) => [id, state]);

describe('the feed', () => {
  it('sends what changed within a tenth of a second, once, as it is then', () => {
    const { batch, ids } = at.batch(2);
    const [id = 0] = ids;
    feed.watch(batch.id);
    change(id, { type: 'claim' });
    at.clock.advance(50);
    change(id, { type: 'submit' });
    change(id, { type: 'accept', request: request('r') });
    expect(rig.messages).toEqual([]);
    at.clock.advance(50);
    expect(rig.messages).toHaveLength(1);
    expect(rig.messages[0]).toMatchObject({ overflow: false, membership: false, removedBatches: [] });
    expect(rowsSent()).toEqual(at.history.summaries.byIds([id]).map(toJobRow));
    expect(rowsSent()[0]).toMatchObject({ state: 'processing', submittedAt: 42, owed: true, name: '1.jpg' });
  });

  it('says nothing while nothing changes', () => {
    feed.watch(addBatch(1));
    settle();
    at.clock.advance(60_000);
    expect(rig.messages).toEqual([]);
    expect(at.clock.pending).toBe(0);
    feed.touchQueue();
    at.clock.advance(60_000);
    expect(rig.messages).toEqual([]);
    expect(at.clock.pending).toBe(0);
  });

  it('numbers its rig.messages without a gap, at most ten a second', () => {
    const { batch, ids } = at.batch(300);
    const before = feed.watch(batch.id);
    for (const id of ids) {
      change(id, { type: 'claim' });
      at.clock.advance(7);
    }
    at.clock.advance(1_000);
    expect(rig.messages.map(({ seq }) => seq)).toEqual(rig.messages.map((_, index) => before + 1 + index));
    expect(feed.seq).toBe(rig.messages.at(-1)?.seq);
    expect(rig.messages.length).toBeGreaterThan(10);
    expect(rig.messages.length).toBeLessThanOrEqual((300 * 7 + 1_000) / 100);
    expect(states(rowsSent())).toEqual(ids.map((id) => [id, 'preparing']));
  });

  it('sends rows of the watched batch only, and counts of every batch', () => {
    const one = at.batch(1);
    const two = at.batch(1);
    feed.watch(two.batch.id);
    change(one.ids[0] ?? 0, { type: 'cancel' });
    change(two.ids[0] ?? 0, { type: 'claim' });
    at.clock.advance(1_000);
    expect(states(rowsSent())).toEqual([[two.ids[0], 'preparing']]);
    const counts = new Map(rig.messages.flatMap(({ batches }) => batches).map((row) => [row.id, row.counts]));
    expect(counts.get(one.batch.id)).toMatchObject({ canceled: 1, queued: 0 });
    expect(counts.get(two.batch.id)).toMatchObject({ preparing: 1 });
    feed.watch(null);
    rig.messages = [];
    change(two.ids[0] ?? 0, { type: 'release' });
    at.clock.advance(1_000);
    expect(rowsSent()).toEqual([]);
    expect(rig.messages.flatMap(({ batches }) => batches)).toMatchObject([{ id: two.batch.id }]);
  });

  it('drops what it gathered when another batch is watched', () => {
    const one = at.batch(1);
    const two = at.batch(1);
    feed.watch(one.batch.id);
    change(one.ids[0] ?? 0, { type: 'claim' });
    feed.watch(two.batch.id);
    at.clock.advance(1_000);
    expect(rowsSent()).toEqual([]);
  });

  it('counts at most four times a second', () => {
    const { batch, ids } = at.batch(200);
    feed.watch(batch.id);
    for (const id of ids) {
      change(id, { type: 'claim' });
      at.clock.advance(10);
    }
    const counted = rig.messages.filter(({ batches }) => batches.length > 0);
    expect(rig.messages.length).toBeGreaterThanOrEqual(19);
    expect(counted.length).toBeGreaterThanOrEqual(6);
    expect(counted.length).toBeLessThanOrEqual(9);
  });

  it('sends at most 500 rows and says that there is more', () => {
    const { batch, ids } = at.batch(501);
    feed.watch(batch.id);
    for (const id of ids.slice(0, 500)) change(id, { type: 'claim' });
    change(ids[0] ?? 0, { type: 'release' });
    at.clock.advance(100);
    expect(rig.messages).toMatchObject([{ overflow: false }]);
    expect(rowsSent()).toHaveLength(500);
    rig.messages = [];
    for (const id of ids.slice(1, 500)) change(id, { type: 'release' });
    for (const id of ids) change(id, { type: 'cancel' });
    at.clock.advance(100);
    expect(rig.messages).toMatchObject([{ overflow: true }]);
    expect(rowsSent()).toHaveLength(500);
    rig.messages = [];
    at.clock.advance(1_000);
    expect(rig.messages.some(({ overflow }) => overflow)).toBe(false);
  });

  it('ends with its listener, and one that fails disturbs no other', () => {
    const { batch, ids } = at.batch(1);
    feed.watch(batch.id);
    let heard = 0;
    const end = feed.on(() => {
      heard += 1;
      throw new Error('a window that is gone');
    });
    feed.on(() => (heard += 10));
    change(ids[0] ?? 0, { type: 'claim' });
    at.clock.advance(100);
    expect(heard).toBe(11);
    expect(rig.logged).toEqual(['listener']);
    end();
    change(ids[0] ?? 0, { type: 'release' });
    at.clock.advance(100);
    expect(heard).toBe(21);
  });
});

describe('a window that is not seen', () => {
  it('is told counts and the queue now and then, and no rows', () => {
    const { batch, ids } = at.batch(100);
    feed.watch(batch.id);
    feed.visible(false);
    for (const id of ids) {
      change(id, { type: 'claim' });
      at.clock.advance(100);
    }
    expect(rig.messages.length).toBeGreaterThanOrEqual(4);
    expect(rig.messages.length).toBeLessThanOrEqual(6);
    expect(rowsSent()).toEqual([]);
    expect(rig.messages.some(({ overflow }) => overflow)).toBe(false);
    at.clock.advance(4_000);
    expect(rig.messages.at(-1)?.batches).toMatchObject([{ id: batch.id, counts: { preparing: 100 } }]);
  });

  it('is told that it missed rows when it is seen again, and the numbers go on', () => {
    const { batch, ids } = at.batch(2);
    feed.watch(batch.id);
    change(ids[0] ?? 0, { type: 'claim' });
    feed.visible(false);
    const before = feed.seq;
    feed.visible(true);
    at.clock.advance(100);
    expect(rig.messages).toMatchObject([{ seq: before + 1, overflow: true, rows: [] }]);
    rig.messages = [];
    feed.visible(false);
    change(ids[1] ?? 0, { type: 'claim' });
    at.clock.advance(10_000);
    feed.visible(true);
    at.clock.advance(100);
    expect(rig.messages.at(-1)).toMatchObject({ overflow: true, rows: [] });
    expect(rig.messages.map(({ seq }) => seq)).toEqual(rig.messages.map((_, index) => before + 2 + index));
  });

  it('misses nothing when nothing changed, or when it asks anew', () => {
    const { batch, ids } = at.batch(1);
    feed.watch(batch.id);
    feed.visible(false);
    feed.visible(true);
    at.clock.advance(1_000);
    expect(rig.messages).toEqual([]);
    feed.visible(false);
    change(ids[0] ?? 0, { type: 'claim' });
    feed.visible(true);
    feed.watch(batch.id);
    at.clock.advance(1_000);
    expect(rig.messages.some(({ overflow }) => overflow)).toBe(false);
  });
});

describe('what is told besides rows', () => {
  it('is a new batch', () => {
    const id = addBatch(3);
    at.clock.advance(300);
    expect(rig.messages.flatMap(({ batches }) => batches)).toMatchObject([
      { id, name: 'Wedding', counts: { queued: 3 } },
    ]);
  });

  it('is what a command did to many', () => {
    const id = addBatch(3);
    settle();
    feed.watch(id);
    engine.cancel({ batchId: id });
    at.clock.advance(300);
    expect(states(rowsSent())).toEqual([1, 2, 3].map((job) => [job, 'canceled']));
    engine.retry({ batchId: id, states: ['canceled'] });
    at.clock.advance(300);
    expect(rig.messages.at(-1)?.batches).toMatchObject([{ counts: { queued: 3, canceled: 0 } }]);
  });

  it('is what was removed', () => {
    const { batch, ids } = at.batch(2);
    const other = at.batch(1);
    for (const id of [...ids, ...other.ids]) at.apply(id, { type: 'cancel' });
    feed.watch(batch.id);
    const [first = 0, second = 0] = ids;
    const remove = (...wanted: number[]) => {
      rig.messages = [];
      const { batches, removedBatches } = at.history.housekeeping.remove(wanted);
      feed.removed(batches, removedBatches);
      at.clock.advance(1_000);
    };
    remove(first);
    expect(rig.messages.map(({ membership }) => membership)).toContain(true);
    expect(rig.messages.flatMap(({ batches }) => batches)).toMatchObject([{ id: batch.id, counts: { canceled: 1 } }]);
    remove(...other.ids);
    expect(rig.messages.some(({ membership }) => membership)).toBe(false);
    expect(rig.messages.flatMap(({ removedBatches }) => removedBatches)).toEqual([other.batch.id]);
    remove(second);
    expect(rig.messages.map(({ membership }) => membership)).toContain(true);
    expect(rig.messages.flatMap(({ removedBatches }) => removedBatches)).toEqual([batch.id]);
    expect(rig.messages.flatMap(({ batches }) => batches)).toEqual([]);
  });

  it('is the queue when it changed, and only then', async () => {
    engine.pause();
    await at.clock.run(1_000);
    expect(rig.messages).toMatchObject([{ queue: { paused: true, concurrency: 4 }, rows: [], batches: [] }]);
    rig.messages = [];
    engine.pause();
    await at.clock.run(1_000);
    expect(rig.messages).toEqual([]);
  });

  it('is that another service is in use', () => {
    const { batch } = at.batch(2);
    feed.watch(batch.id);
    feed.detach();
    at.clock.advance(1_000);
    expect(rig.messages).toMatchObject([{ overflow: true, queue: { concurrency: 0, unfinished: 0 } }]);
    rig.messages = [];
    feed.attach({ service: SERVICE, engine });
    at.clock.advance(1_000);
    expect(rig.messages.at(-1)).toMatchObject({ queue: { concurrency: 4, unfinished: 2 } });
    feed.detach();
    feed.detach();
    rig.messages = [];
    addBatch(1);
    at.clock.advance(1_000);
    expect(rig.messages.flatMap(({ batches }) => batches)).toEqual([]);
  });

  it('is how the queue is, with what waits for the user', () => {
    const { ids } = at.batch(3);
    for (const id of ids.slice(0, 2)) {
      at.apply(id, { type: 'claim' });
      at.apply(id, { type: 'submit' });
      at.apply(id, { type: 'doubt', failure: failure('uncertain_submit') });
    }
    expect(feed.queue()).toMatchObject({ uncertain: 2, failed: 0, unfinished: 1, typicalMs: 36_000 });
    at.history.housekeeping.leave(ids.slice(0, 1), 1);
    expect(feed.queue()).toMatchObject({ uncertain: 1 });
    feed.detach();
    expect(feed.queue()).toMatchObject({ uncertain: 0, unfinished: 0 });
  });
});

describe('the time left', () => {
  const finish = (id: number) => {
    at.completed(id, `r${id}`);
    at.apply(id, { type: 'save' }, { metrics: { totalSeconds: 8 } });
    const job = at.history.jobs.get(id);
    if (job) feed.touch([job]);
  };
  const timesOf = (rows: readonly BatchRow[]) =>
    rows.map(({ id, secondsLeft, photosPerMinute }) => [id, secondsLeft, photosPerMinute]);

  it('counts photos of earlier batches, and is told for batches that wait behind', () => {
    const one = at.batch(20);
    const two = at.batch(10);
    for (const id of one.ids.slice(0, 10)) {
      finish(id);
      at.clock.advance(2_000 - 5); // five changes a photo, a millisecond each
    }
    const rows = feed.batchRows({ newest: 9 });
    const [behind, first] = rows;
    expect(first?.photosPerMinute).toBeGreaterThan(26);
    expect(first?.secondsLeft).toBeGreaterThanOrEqual(20);
    expect(first?.secondsLeft).toBeLessThan(24);
    expect(behind).toMatchObject({ id: two.batch.id, photosPerMinute: null });
    expect(behind?.secondsLeft).toBeGreaterThanOrEqual(40);
    expect(behind?.secondsLeft).toBeLessThan(46);
    engine.pause();
    expect(timesOf(feed.batchRows({ newest: 9 }))).toEqual([
      [two.batch.id, null, null],
      [one.batch.id, null, null],
    ]);
  });

  it('of a batch that waits is told anew when only the batch before it goes on', () => {
    const one = at.batch(6);
    const two = at.batch(1);
    feed.touchBatch(two.batch.id);
    for (const id of one.ids) {
      finish(id);
      at.clock.advance(1_000);
    }
    const told = rig.messages.flatMap(({ batches }) => batches).filter(({ id }) => id === two.batch.id);
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(({ counts }) => counts.queued)).toEqual(told.map(() => 1));
    at.apply(two.ids[0] ?? 0, { type: 'cancel' });
    feed.touchBatch(two.batch.id);
    at.clock.advance(1_000);
    expect(rig.messages.at(-1)?.batches).toMatchObject([{ id: two.batch.id, secondsLeft: null }]);
  });

  it('of a batch that was removed is not told any more', () => {
    const one = at.batch(6);
    for (const id of one.ids.slice(0, 5)) {
      finish(id);
      at.clock.advance(1_000);
    }
    expect(rig.messages.at(-1)?.batches).toMatchObject([{ id: one.batch.id }]);
    expect(rig.messages.at(-1)?.batches[0]?.secondsLeft).not.toBeNull();
    settle();
    change(one.ids[5] ?? 0, { type: 'cancel' });
    const { batches, removedBatches } = at.history.housekeeping.remove(one.ids);
    feed.removed(batches, removedBatches);
    at.clock.advance(5_000);
    expect(rig.messages.flatMap((message) => message.removedBatches)).toEqual([one.batch.id]);
    expect(rig.messages.flatMap((message) => message.batches)).toEqual([]);
  });

  it('is not known before a photo was finished', () => {
    at.batch(3);
    expect(feed.batchRows({ newest: 1 })).toMatchObject([{ secondsLeft: null, photosPerMinute: null }]);
  });
});

describe('a history that cannot be read', () => {
  it('is told in the log once, and what changed is sent when it can be read again', () => {
    const { batch, ids } = at.batch(1);
    feed.watch(batch.id);
    const before = feed.seq;
    const other = new Sqlite(join(at.dir, 'history.sqlite'));
    change(ids[0] ?? 0, { type: 'claim' });
    other.exec('ALTER TABLE job RENAME TO elsewhere');
    at.clock.advance(5_000);
    expect(rig.messages).toEqual([]);
    expect(rig.logged).toEqual(['feed']);
    other.exec('ALTER TABLE elsewhere RENAME TO job');
    other.close();
    at.clock.advance(1_000);
    expect(rig.messages.map(({ seq }) => seq)).toEqual(rig.messages.map((_, index) => before + 1 + index));
    expect(states(rowsSent())).toEqual([[ids[0], 'preparing']]);
    expect(rig.messages.flatMap(({ batches }) => batches)).toMatchObject([{ counts: { preparing: 1 } }]);
  });
});
