import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobRow } from '../../../app/contract/values.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { BatchJobs } from '../../../renderer/state/jobs.svelte.ts';
import { FakeBridge, Refusal } from '../fake-bridge.ts';
import { appState, batchRow, feedMessage, jobRow, queueState } from '../samples.ts';

const FRAME = 20; // milliseconds in which a frame comes for certain

/** The core as the tests change it: ids, rows, and the sequence number that answers carry. */
async function open({ count = 10, batches = [batchRow()] } = {}) {
  const core = {
    seq: 0,
    ids: Array.from({ length: count }, (_, index) => index + 1),
    rows: new Map<number, JobRow>(),
    row: (id: number) => core.rows.get(id) ?? jobRow({ id }),
  };
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => batches,
    'batches.get': () => null,
    'queue.state': () => queueState(),
    'feed.watch': () => ({ seq: core.seq }),
    'jobs.ids': () => ({ ids: core.ids, seq: core.seq }),
    'jobs.rows': ({ ids }) => ({ rows: ids.filter((id) => core.ids.includes(id)).map(core.row), seq: core.seq }),
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  store.showBatch(1);
  const jobs = new BatchJobs(store, 1);
  await jobs.start();
  const look = async (ids: readonly number[]) => {
    jobs.look(ids);
    await vi.advanceTimersByTimeAsync(FRAME);
  };
  return { bridge, core, store, jobs, look };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the photos of a batch', () => {
  it('are watched before they are asked for, and only those in sight are asked for', async () => {
    const { bridge, jobs, look } = await open();
    expect(jobs.ids).toHaveLength(10);
    expect(jobs.loaded).toBe(true);
    expect(bridge.calls.map(({ name }) => name).indexOf('feed.watch')).toBeLessThan(
      bridge.calls.map(({ name }) => name).indexOf('jobs.ids'),
    );
    await look([2, 3]);
    expect(jobs.row(2)?.name).toBe('IMG_0001.jpg');
    expect(jobs.row(4)).toBeUndefined();
    await look([2, 3, 4]);
    expect(bridge.inputsOf('jobs.rows')).toEqual([{ ids: [2, 3] }, { ids: [4] }]);
  });

  it('are asked for once a frame however often the view looks, at most five hundred at a time', async () => {
    const { bridge, jobs, look } = await open({ count: 1_200 });
    jobs.look([1]);
    jobs.look([1, 2]);
    await look(jobs.ids);
    await vi.advanceTimersByTimeAsync(5 * FRAME);
    expect(bridge.inputsOf('jobs.rows').map(({ ids }) => ids.length)).toEqual([500, 500, 200]);
  });

  it('are not all held: far ones are forgotten, those in sight are not', async () => {
    const { jobs, look } = await open({ count: 4_000 });
    for (let at = 0; at < 4_000; at += 400) await look(jobs.ids.slice(at, at + 400));
    const held = jobs.known(jobs.ids);
    expect(held.length).toBeLessThanOrEqual(2_000);
    expect(jobs.known(jobs.ids.slice(3_600))).toHaveLength(400);
    await look([1]);
    expect(jobs.row(1)?.id).toBe(1); // asked for again
  });

  it('follow the feed, and leave out what nobody looks at', async () => {
    const { bridge, jobs, look } = await open();
    await look([1]);
    bridge.send('feed', feedMessage({ seq: 1, rows: [jobRow({ id: 1, state: 'preparing' }), jobRow({ id: 9 })] }));
    expect(jobs.row(1)?.state).toBe('preparing');
    expect(jobs.row(9)).toBeUndefined();
  });

  it('keep the newer row, whichever of an answer and a message comes first', async () => {
    const { bridge, core, jobs, look } = await open();
    core.seq = 5;
    core.rows.set(1, jobRow({ id: 1, state: 'processing' }));
    await look([1]);
    bridge.send('feed', feedMessage({ seq: 5, rows: [jobRow({ id: 1, state: 'preparing' })] }));
    expect(jobs.row(1)?.state).toBe('processing'); // the answer was read after message 5

    const late = Promise.withResolvers<{ rows: JobRow[]; seq: number }>();
    bridge.answer('jobs.rows', () => late.promise);
    await look([1, 2]);
    bridge.send('feed', feedMessage({ seq: 6, rows: [jobRow({ id: 2, state: 'succeeded' })] }));
    late.resolve({ rows: [jobRow({ id: 2, state: 'saving' })], seq: 5 });
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(jobs.row(2)?.state).toBe('succeeded'); // the message came while its answer was under way
  });

  it('are read anew when the feed had a gap or said too little', async () => {
    const { bridge, core, jobs, look } = await open();
    await look([1, 2]);
    await look([2]);
    bridge.send('feed', feedMessage({ seq: 1 }));
    core.rows.set(2, jobRow({ id: 2, state: 'failed' }));
    core.ids = [2, 3];
    core.seq = 3;
    await vi.advanceTimersByTimeAsync(1_000);
    bridge.send('feed', feedMessage({ seq: 3 })); // 2 is missing
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(jobs.row(2)?.state).toBe('failed');
    expect(jobs.row(1)).toBeUndefined(); // out of sight: it may be old
    expect(jobs.ids).toEqual([2, 3]);

    core.rows.set(2, jobRow({ id: 2, state: 'queued' }));
    core.seq = 4;
    bridge.send('feed', feedMessage({ seq: 4, overflow: true }));
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(jobs.row(2)?.state).toBe('queued');
  });

  it('are listed anew when photos were added or removed, and once more when that was too early', async () => {
    const { bridge, core, jobs } = await open();
    await vi.advanceTimersByTimeAsync(1_000);
    core.ids = [1, 2];
    bridge.send('feed', feedMessage({ seq: 1, membership: true })); // the answer was read before it: seq 0
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(jobs.ids).toEqual([1, 2]);
    core.ids = [1];
    core.seq = 1;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(jobs.ids).toEqual([1]);
    expect(bridge.inputsOf('jobs.ids')).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(bridge.inputsOf('jobs.ids')).toHaveLength(3);
  });

  it('are listed at most once a second while a filter is on and states change, and not at all without one', async () => {
    const { bridge, core, jobs } = await open();
    const change = () => {
      core.seq += 1;
      bridge.send('feed', feedMessage({ seq: core.seq, rows: [jobRow({ state: 'saving' })] }));
    };
    change();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bridge.inputsOf('jobs.ids')).toHaveLength(1);
    jobs.arrange({ group: 'working' });
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(bridge.inputsOf('jobs.ids').at(-1)).toEqual({
      batchId: 1,
      states: ['preparing', 'submitting', 'processing', 'saving'],
      order: 'added',
      descending: false,
    });
    for (let at = 0; at < 30; at += 1) {
      change();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(bridge.inputsOf('jobs.ids').length).toBeGreaterThanOrEqual(4);
    expect(bridge.inputsOf('jobs.ids').length).toBeLessThanOrEqual(6);
  });

  it('show what the last choice of order gives, even when an earlier answer comes later', async () => {
    const { bridge, jobs } = await open();
    const slow = Promise.withResolvers<{ ids: number[]; seq: number }>();
    bridge.answer('jobs.ids', () => slow.promise);
    jobs.arrange({ order: 'name' });
    bridge.answer('jobs.ids', () => ({ ids: [3], seq: 0 }));
    jobs.arrange({ order: 'finished', descending: true });
    await vi.advanceTimersByTimeAsync(FRAME);
    slow.resolve({ ids: [9, 9], seq: 0 });
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(jobs.ids).toEqual([3]);
  });

  it('are watched and read again when the window was hidden', async () => {
    const { bridge, core, jobs, look } = await open();
    await look([1]);
    core.rows.set(1, jobRow({ id: 1, state: 'succeeded' }));
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(bridge.inputsOf('feed.watch')).toHaveLength(2);
    expect(jobs.row(1)?.state).toBe('succeeded');
  });

  it('say why they cannot be shown, and try again', async () => {
    const { bridge, jobs } = await open();
    bridge.answer('jobs.ids', () => {
      throw new Refusal('internal', 'It broke.');
    });
    const other = new BatchJobs(await storeOn(bridge), 1);
    await other.start();
    expect(other.trouble).toBe('It broke.');
    expect(other.loaded).toBe(false);
    bridge.answer('jobs.ids', () => ({ ids: [7], seq: 0 }));
    other.retry();
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(other.trouble).toBeNull();
    expect(other.ids).toEqual([7]);
    expect(jobs.ids).toHaveLength(10);
  });

  it('tell a refusal of rows in passing, and ask again with the next look', async () => {
    const { bridge, core, store, jobs, look } = await open();
    bridge.answer('jobs.rows', () => {
      throw new Refusal('internal', 'It broke.');
    });
    await look([1]);
    expect(store.toasts.list[0]?.text).toBe('It broke.');
    bridge.answer('jobs.rows', ({ ids }) => ({ rows: ids.map(core.row), seq: 0 }));
    await look([1]);
    expect(jobs.row(1)?.id).toBe(1);
  });

  it('know their batch also when it is too old for the sidebar, and when it was removed', async () => {
    const { bridge, store, jobs } = await open({ batches: [] });
    expect(jobs.removed).toBe(true);
    bridge.answer('batches.get', () => batchRow({ name: 'Old', counts: emptyCounts() }));
    const other = new BatchJobs(store, 1);
    await other.start();
    expect(other.batch?.name).toBe('Old');
    bridge.send('feed', feedMessage({ seq: 0, batches: [batchRow({ name: 'Renamed' })] }));
    await store.refresh(); // leaves it out of the list again
    expect([store.batches, other.batch?.name]).toEqual([[], 'Renamed']);
    bridge.send('feed', feedMessage({ seq: 1, removedBatches: [1] }));
    expect(other.removed).toBe(true);
  });

  it('are not watched any more once the view is left, unless another batch is', async () => {
    const { bridge, store, jobs, look } = await open();
    await look([1]);
    store.showBatch(2);
    jobs.stop();
    expect(bridge.inputsOf('feed.watch')).toEqual([{ batchId: 1 }]);
    bridge.send('feed', feedMessage({ seq: 1, rows: [jobRow({ id: 1, state: 'failed' })], membership: true }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(jobs.row(1)?.state).toBe('queued');
    expect(bridge.inputsOf('jobs.ids')).toHaveLength(1);

    const other = new BatchJobs(store, 2);
    await other.start();
    store.show({ kind: 'home' });
    other.stop();
    expect(bridge.inputsOf('feed.watch').at(-1)).toEqual({ batchId: null });
  });
});

async function storeOn(bridge: FakeBridge): Promise<AppStore> {
  const store = new AppStore(new Client(bridge));
  await store.open();
  return store;
}
