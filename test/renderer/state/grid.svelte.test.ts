import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Grid } from '../../../renderer/state/grid.svelte.ts';

const HEIGHT = 600;
let now = 0;
let node: HTMLElement;
let grid: Grid;
let detach: () => void;

beforeEach(() => {
  now = 10_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  node = document.createElement('div');
  Object.defineProperties(node, { clientWidth: { value: 1_000 }, clientHeight: { value: HEIGHT } });
  grid = new Grid(
    () => 10_000,
    () => 160,
  );
  detach = grid.attach(node);
});
afterEach(() => {
  detach();
  vi.restoreAllMocks();
});

/** Scrolls by so many pixels in each of some frames. */
function scroll(pixels: number, frames = 10): void {
  for (let frame = 0; frame < frames; frame += 1) {
    now += 1_000 / 60;
    node.scrollTop += pixels;
    node.dispatchEvent(new Event('scroll'));
    flushSync();
  }
}

it('a grid that is scrolled slowly is in no hurry: its pictures are worth asking for', () => {
  scroll(20); // 2 heights a second
  expect(grid.hurried).toBe(false);
  expect(grid.settled).toBe(false);
});

it('a grid that is scrolled fast is in a hurry until it is slow enough to see anything', () => {
  scroll(60); // 6 heights a second
  expect(grid.hurried).toBe(true);
  scroll(20);
  expect(grid.hurried).toBe(true);
  scroll(12);
  expect(grid.hurried).toBe(false);
});

it('one step after a rest is no hurry, however long it is', () => {
  now += 2_000;
  scroll(HEIGHT, 1);
  expect(grid.hurried).toBe(false);
});
