import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { Comparison } from '../../../renderer/state/compare.svelte.ts';
import { FakeBridge } from '../fake-bridge.ts';
import { appState, batchRow, jobDetail, jobRow, queueState } from '../samples.ts';

/** A picture that comes when the test says so. */
class FakeImage extends EventTarget {
  static readonly all: FakeImage[] = [];
  src = '';
  fetchPriority = '';
  complete = false;

  constructor() {
    super();
    FakeImage.all.push(this);
  }

  removeAttribute(): void {
    this.src = '';
  }
}

/** What is being fetched or held, without the version. */
const fetched = () => FakeImage.all.flatMap(({ src }) => (src === '' ? [] : (src.slice(12).split('?')[0] ?? '')));
const come = (part: string) => {
  for (const image of FakeImage.all.filter(({ src }) => src.includes(part))) image.dispatchEvent(new Event('load'));
};

beforeEach(() => void vi.stubGlobal('Image', FakeImage));
afterEach(() => {
  vi.unstubAllGlobals();
  FakeImage.all.length = 0;
});

async function open(ids: readonly number[], id: number) {
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => [batchRow()],
    'queue.state': () => queueState(),
    'jobs.detail': ({ id: asked }) => jobDetail({ row: jobRow({ id: asked }) }),
    'jobs.rows': ({ ids: asked }) => ({ rows: asked.map((one) => jobRow({ id: one })), seq: 0 }),
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  const comparison = new Comparison(store, () => ids, id);
  comparison.start();
  return comparison;
}

describe('pictures that are fetched ahead', () => {
  it('are small until the full one that is looked at has come', async () => {
    const comparison = await open([1, 2, 3], 2);
    const first = ['2/original/full', '3/original/small', '1/original/small'];
    await expect.poll(fetched).toEqual(first);
    come('2/original/full');
    await expect.poll(fetched).toEqual([...first, '3/original/full', '1/original/full']);
    comparison.stop();
    expect(fetched()).toEqual([]);
  });

  it('are let go of when the user goes on, but for those that are wanted again', async () => {
    const comparison = await open([1, 2, 3, 4], 2);
    await expect.poll(fetched).toHaveLength(3);
    come('2/original/full');
    await expect.poll(fetched).toHaveLength(5);
    comparison.go(1);
    await expect.poll(fetched).toEqual(['3/original/full', '4/original/small', '2/original/small']);
    comparison.stop();
  });
});
