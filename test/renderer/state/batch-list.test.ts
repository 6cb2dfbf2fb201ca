import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchRow } from '../../../app/contract/values.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { Client } from '../../../renderer/bridge.ts';
import { BatchList } from '../../../renderer/state/batch-list.svelte.ts';
import { FakeBridge, Refusal } from '../fake-bridge.ts';
import { batchRow, doneBatches, feedMessage, totalsOf } from '../samples.ts';

/** A history of batches, answered as the core does: the newest, and all that are not finished. */
async function open(all: readonly BatchRow[]) {
  const core = { all };
  const bridge = new FakeBridge({
    'batches.list': ({ limit }) => core.all.filter(({ counts }, index) => index < limit || counts.queued > 0),
    'batches.older': ({ before, limit }) => core.all.filter(({ id }) => id < before).slice(0, limit),
    'batches.totals': () => totalsOf(core.all),
  });
  const failed: unknown[] = [];
  const list = new BatchList(new Client(bridge), (error) => failed.push(error));
  await list.load();
  return { bridge, core, list, failed, ids: () => list.rows.map(({ id }) => id) };
}

const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the batches that are listed', () => {
  it.each([0, 1, 200])('are all of %s, and nothing older is offered', async (count) => {
    const { list, ids } = await open(doneBatches(count));
    expect(ids()).toHaveLength(count);
    expect(list.hasOlder).toBe(false);
  });

  it('are the newest 200 and what is not finished; the others follow when they are asked for, each once', async () => {
    const unfinished = batchRow({ id: 7, counts: { ...emptyCounts(), queued: 1 } });
    const { list, ids } = await open(doneBatches(401).map((row) => (row.id === 7 ? unfinished : row)));
    expect(ids()).toEqual([...down(401, 202), 7]);
    expect(list.hasOlder).toBe(true);
    await list.loadOlder();
    expect(ids()).toEqual(down(401, 2));
    expect(list.hasOlder).toBe(true);
    await list.loadOlder();
    expect(ids()).toEqual(down(401, 1));
    expect(list.hasOlder).toBe(false);
  });

  it('stay as far back as they were asked for when all is asked for anew', async () => {
    const { core, list, ids } = await open(doneBatches(450));
    await list.loadOlder();
    core.all = core.all.filter(({ id }) => id !== 449);
    await list.load();
    expect(ids()).toEqual([450, ...down(448, 50)]);
    expect(list.hasOlder).toBe(true);
    await list.loadOlder();
    expect(ids()).toEqual([450, ...down(448, 1)]);
  });

  it('take no answer for older ones that was overtaken by a list anew', async () => {
    const { bridge, core, list, ids } = await open(doneBatches(450));
    const { promise, resolve } = Promise.withResolvers<readonly BatchRow[]>();
    bridge.answer('batches.older', () => promise);
    const asked = list.loadOlder();
    core.all = doneBatches(460);
    await list.load();
    resolve(doneBatches(250).slice(0, 201));
    await asked;
    expect(ids()).toEqual(down(460, 261));
  });

  it('add up again when something about one changed, twice a second at most, and when it fails, tell it', async () => {
    const { bridge, core, list, failed } = await open(doneBatches(300));
    expect(list.totals).toMatchObject({ enhanced: 300, paid: { credits: 150 } });
    core.all = doneBatches(302);
    for (let seq = 1; seq <= 20; seq += 1) {
      list.take(feedMessage({ seq, batches: doneBatches(302).slice(0, 2) }));
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(list.totals).toMatchObject({ enhanced: 302 });
    expect(bridge.inputsOf('batches.totals').length).toBeLessThanOrEqual(4);
    list.take(feedMessage({ seq: 21 }));
    await vi.advanceTimersByTimeAsync(5_000);
    const asked = bridge.inputsOf('batches.totals').length;
    bridge.answer('batches.totals', () => {
      throw new Refusal('internal');
    });
    list.take(feedMessage({ seq: 22, removedBatches: [301] }));
    list.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(bridge.inputsOf('batches.totals')).toHaveLength(asked);
    list.take(feedMessage({ seq: 23, removedBatches: [302] }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed).toHaveLength(1);
    expect(list.totals).toMatchObject({ enhanced: 302 });
  });
});
