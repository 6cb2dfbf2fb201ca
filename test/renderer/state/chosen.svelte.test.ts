import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobRow } from '../../../app/contract/values.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { ChosenPhotos } from '../../../renderer/state/chosen.svelte.ts';
import { FakeBridge } from '../fake-bridge.ts';
import { appState, batchRow, feedMessage, jobRow, queueState } from '../samples.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

async function open(given: { readonly ids: readonly number[]; readonly rows?: readonly JobRow[] }) {
  let failed = 700;
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => [batchRow()],
    'queue.state': () => queueState(),
    'jobs.tally': ({ ids }) => ({
      counts: { ...emptyCounts(), failed, succeeded: ids.length - failed },
      moderated: 4,
      gone: 0,
      batchId: 1,
    }),
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  const state = $state({ ids: given.ids, rows: given.rows ?? [] });
  const chosen = new ChosenPhotos(store, { ids: () => state.ids, rows: () => state.rows });
  const end = chosen.start();
  flushSync();
  const change = () => {
    failed = 9;
    bridge.send('feed', feedMessage({ batches: [batchRow()] }));
  };
  return { bridge, state, chosen, end, change };
}

const ids = Array.from({ length: 10_000 }, (_, index) => index + 1);

describe('the selected photos', () => {
  it('are counted here while all their rows are at hand', async () => {
    const rows = [jobRow({ id: 1, state: 'failed', failure: failure('moderated') }), jobRow({ id: 2, batchId: 2 })];
    const { bridge, chosen, end } = await open({ ids: [1, 2], rows });
    expect(chosen.all).toMatchObject({
      count: 2,
      tally: { counts: { failed: 1, queued: 1 }, moderated: 1, gone: 0, batchId: null },
    });
    expect(bridge.inputsOf('jobs.tally')).toEqual([]);
    end();
  });

  it('are counted by the core where most are far away, and counted anew when photos change', async () => {
    const { bridge, chosen, end, change } = await open({ ids, rows: [jobRow({ id: 3 })] });
    expect(chosen.all.tally).toBeNull();
    await vi.advanceTimersByTimeAsync(0);
    expect(chosen.all.tally?.counts.failed).toBe(700);
    expect(bridge.inputsOf('jobs.tally')).toEqual([{ ids }]);
    change();
    change();
    await vi.advanceTimersByTimeAsync(999);
    expect(bridge.inputsOf('jobs.tally')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(chosen.all.tally?.counts.failed).toBe(9);
    expect(bridge.inputsOf('jobs.tally')).toHaveLength(2);
    end();
  });

  it('are never shown the count of another selection, but keep theirs in another order', async () => {
    const { state, chosen, end } = await open({ ids });
    await vi.advanceTimersByTimeAsync(0);
    expect(chosen.all.tally).not.toBeNull();
    state.ids = [...ids].reverse();
    expect(chosen.all.tally?.counts.failed).toBe(700);
    state.ids = ids.slice(0, 5_000);
    expect(chosen.all.tally).toBeNull();
    flushSync();
    await vi.advanceTimersByTimeAsync(0);
    expect(chosen.all.tally?.counts.succeeded).toBe(4_300);
    end();
  });

  it('are not asked about any more once nobody looks', async () => {
    const { bridge, chosen, end, change } = await open({ ids });
    await vi.advanceTimersByTimeAsync(0);
    expect(chosen.all.tally).not.toBeNull();
    change();
    end();
    change();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(bridge.inputsOf('jobs.tally')).toHaveLength(1);
  });
});
