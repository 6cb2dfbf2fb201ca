// The picture of a tile: what is seen stays until the next one is there and decoded, and nothing is asked for in a hurry.
import { render } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchPage } from '../../../../renderer/state/batch-page.svelte.ts';
import TilePicture from '../../../../renderer/views/batch/TilePicture.svelte';
import { Movement } from './movement.svelte.ts';

const ORIGINAL = 'thumb://job/1/original/small?v=3';
const ENHANCED = 'thumb://job/1/enhanced/small?v=9';
const QUICK = 'thumb://job/1/original/quick?v=0';
const original = { id: 1, which: 'original', version: 3, alt: 'Original', occasion: 'processing' } as const;
const enhanced = { id: 1, which: 'enhanced', version: 9, alt: 'Enhanced', occasion: 'succeeded' } as const;

let grid: Movement;
let seenSharp: Set<number>;
/** Ends the decoding under way. */
let decoding: PromiseWithResolvers<void>[];

beforeEach(() => {
  grid = new Movement();
  seenSharp = new Set();
  decoding = [];
  vi.spyOn(HTMLImageElement.prototype, 'decode').mockImplementation(() => {
    const one = Promise.withResolvers<void>();
    decoding.push(one);
    return one.promise;
  });
});
afterEach(() => vi.restoreAllMocks());

function show() {
  const page = { grid, seenSharp } as unknown as BatchPage;
  const { container, rerender } = render(TilePicture, { page, ...original });
  const images = () => [...container.querySelectorAll('img')];
  return {
    images,
    /** What is asked for, from below to above. */
    sources: () => images().map((image) => image.getAttribute('src')),
    /** What can be seen. */
    seen: () => images().flatMap((image) => (image.classList.contains('coming') ? [] : [image.getAttribute('src')])),
    named: () => images().map(({ alt }) => alt),
    load: async (src: string) => {
      images()
        .find((image) => image.getAttribute('src') === src)
        ?.dispatchEvent(new Event('load'));
      await tick();
    },
    fail: async (src: string) => {
      images()
        .find((image) => image.getAttribute('src') === src)
        ?.dispatchEvent(new Event('error'));
      await tick();
    },
    become: (props: typeof original | typeof enhanced) => rerender({ page, ...props }),
    decoded: async () => {
      decoding.shift()?.resolve();
      await tick();
      await tick();
    },
    text: () => container.textContent,
  };
}

describe('a tile whose photo was enhanced', () => {
  it('shows the original until the enhanced picture is loaded and decoded, then that alone', async () => {
    const tile = show();
    await tile.load(ORIGINAL);
    const [before] = tile.images();
    await tile.become(enhanced);
    expect(tile.sources()).toEqual([ORIGINAL, ENHANCED]);
    expect(tile.seen()).toEqual([ORIGINAL]);
    expect(tile.images()[0]).toBe(before); // not asked for again
    await tile.load(ENHANCED);
    expect(tile.seen()).toEqual([ORIGINAL]);
    const [, after] = tile.images();
    await tile.decoded();
    expect(tile.seen()).toEqual([ENHANCED]);
    expect(tile.images()).toEqual([after]); // the same one, which needs no other look
  });

  it('has one name all the while', async () => {
    const tile = show();
    await tile.load(ORIGINAL);
    await tile.become(enhanced);
    expect(tile.named()).toEqual(['', 'Enhanced']);
    await tile.load(ENHANCED);
    await tile.decoded();
    expect(tile.named()).toEqual(['Enhanced']);
  });

  it('waits for no decoding where nothing is seen yet', async () => {
    const tile = show();
    await tile.become(enhanced);
    expect(tile.sources()).toEqual([ENHANCED]);
    expect(tile.seen()).toEqual([ENHANCED]);
    await tile.load(ENHANCED);
    expect(decoding).toEqual([]);
    expect(seenSharp.has(1)).toBe(true);
  });

  it('does not show its original in the place of an enhanced picture that is not there', async () => {
    const tile = show();
    await tile.load(ORIGINAL);
    await tile.become(enhanced);
    await tile.fail(ENHANCED);
    expect(tile.sources()).toEqual([]);
    expect(tile.text()).toContain('Enhanced: no preview');
  });

  it('shows it although it could not be decoded ahead, and not when it was put off', async () => {
    const tile = show();
    await tile.load(ORIGINAL);
    await tile.become(enhanced);
    await tile.load(ENHANCED);
    decoding.shift()?.reject(new Error('EncodingError'));
    await tick();
    await tick();
    expect(tile.seen()).toEqual([ORIGINAL]); // there is nothing of it: it comes again with its next load
    const upper = tile.images()[1];
    if (!upper) throw new Error('it is not asked for');
    Object.defineProperties(upper, { complete: { value: true }, naturalWidth: { value: 512 } });
    await tile.load(ENHANCED);
    decoding.shift()?.reject(new Error('EncodingError'));
    await tick();
    await tick();
    expect(tile.seen()).toEqual([ENHANCED]);
  });
});

describe('a tile that is scrolled past', () => {
  it('asks for nothing in a hurry, and keeps what is seen', async () => {
    grid.settled = false;
    grid.hurried = true;
    const tile = show();
    expect(tile.sources()).toEqual([null]);
    grid.hurried = false;
    await tick();
    expect(tile.sources()).toEqual([QUICK]);
    await tile.load(QUICK);
    grid.hurried = true;
    await tile.become(enhanced);
    expect(tile.sources()).toEqual([QUICK]);
  });

  it('lets go of what it waits for when a hurry begins, and asks again after it', async () => {
    const tile = show();
    await tile.load(ORIGINAL);
    await tile.become(enhanced);
    grid.hurried = true;
    await tick();
    expect(tile.sources()).toEqual([ORIGINAL, null]);
    expect(tile.seen()).toEqual([ORIGINAL]);
    grid.hurried = false;
    await tick();
    expect(tile.sources()).toEqual([ORIGINAL, ENHANCED]);
  });

  it('shows the camera’s preview until the sharp picture is there', async () => {
    grid.settled = false;
    const tile = show();
    await tile.load(QUICK);
    grid.settled = true;
    await tick();
    expect(tile.sources()).toEqual([QUICK, ORIGINAL]);
    expect(tile.seen()).toEqual([QUICK]);
    await tile.load(ORIGINAL);
    await tile.decoded();
    expect(tile.sources()).toEqual([ORIGINAL]);
  });
});

it('a photo that was missing is asked for again when something became of it', async () => {
  const tile = show();
  await tile.fail(ORIGINAL);
  expect(tile.sources()).toEqual([]);
  expect(tile.text()).toContain('Original: no preview');
  await tile.become({ ...original, occasion: 'queued' } as unknown as typeof original);
  expect(tile.sources()).toEqual([ORIGINAL]);
});
