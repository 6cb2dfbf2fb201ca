import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  depthOf,
  firstInSight,
  MAX_HEIGHT,
  moveInGrid,
  rowsInSight,
  rowTop,
  scrollTopAt,
  scrollTopOfRow,
  scrollTopToShow,
  shapeGrid,
} from '../../../renderer/lib/window-grid.ts';

const measure = { count: 100, width: 640, tileSize: 200, gap: 10, padding: 16, caption: 40, ratio: 0.8 };
const shape = shapeGrid(measure);

describe('a grid of tiles', () => {
  it('has as many columns as fit, and its tiles fill the width', () => {
    expect(shape).toMatchObject({ columns: 3, rows: 34, tileWidth: 206, pictureHeight: 165, tileHeight: 205 });
    expect(shapeGrid({ ...measure, width: 529 }).columns).toBe(2);
    expect(shapeGrid({ ...measure, width: 530 })).toMatchObject({ columns: 3, tileWidth: 170 });
  });

  it('has one column in a window narrower than a tile, and no height without tiles', () => {
    expect(shapeGrid({ ...measure, width: 90 })).toMatchObject({ columns: 1, tileWidth: 90 });
    expect(shapeGrid({ ...measure, width: -20 })).toMatchObject({ columns: 1, tileWidth: 1 });
    expect(shapeGrid({ ...measure, count: 0 })).toMatchObject({ rows: 0, height: 0, scrollHeight: 0 });
  });

  it('draws the rows in sight and some around them, never more than there are', () => {
    const sight = { scrollTop: 0, viewport: 600 };
    expect(rowsInSight(shape, sight, 0)).toEqual({ from: 0, to: 3 });
    expect(rowsInSight(shape, { ...sight, scrollTop: 215 * 4 + 16 }, 0)).toEqual({ from: 4, to: 7 });
    expect(rowsInSight(shape, { ...sight, scrollTop: 215 * 4 + 16 }, 215)).toEqual({ from: 3, to: 8 });
    expect(rowsInSight(shape, { ...sight, scrollTop: 1e9 }, 500)).toEqual({ from: 34, to: 34 });
  });

  it('draws every pixel that is in sight, wherever it is scrolled to', () => {
    fc.assert(
      fc.property(
        fc.record({
          count: fc.integer({ min: 1, max: 400_000 }),
          width: fc.integer({ min: 1, max: 3_840 }),
          tileSize: fc.integer({ min: 96, max: 480 }),
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (changes, share) => {
          const grid = shapeGrid({ ...measure, ...changes });
          const viewport = 700;
          const sight = { scrollTop: share * Math.max(0, grid.scrollHeight - viewport), viewport };
          const { from, to } = rowsInSight(grid, sight, 0);
          const first = rowTop(grid, sight, from) - sight.scrollTop;
          const end = rowTop(grid, sight, to) - sight.scrollTop;
          expect(first <= grid.padding + 0.5 || from === 0).toBe(true);
          expect(end >= viewport - 0.5 || to === grid.rows).toBe(true);
          expect(to - from).toBeLessThanOrEqual(viewport / (grid.tileHeight + grid.gap) + 2);
        },
      ),
    );
  });

  it('is cut where browsers would cut it, and its last row can still be reached', () => {
    const long = shapeGrid({ ...measure, count: 400_000, width: 200 });
    expect(long.height).toBeGreaterThan(MAX_HEIGHT);
    expect(long.scrollHeight).toBe(MAX_HEIGHT);
    const bottom = { scrollTop: MAX_HEIGHT - 700, viewport: 700 };
    expect(depthOf(long, bottom)).toBeCloseTo(long.height - 700, 3);
    expect(rowsInSight(long, bottom, 0).to).toBe(long.rows);
    expect(rowTop(long, bottom, long.rows - 1) + long.tileHeight).toBeCloseTo(MAX_HEIGHT - long.padding, 3);
    expect(depthOf(long, { scrollTop: scrollTopAt(long, 9_000_000, 700), viewport: 700 })).toBeCloseTo(9_000_000, 3);
  });

  it('scrolls by the shortest way to show a tile, and not at all when it is in sight', () => {
    const sight = { scrollTop: 1_000, viewport: 600 };
    expect(scrollTopToShow(shape, sight, 15)).toBe(1_000); // row 5, 1091 to 1296
    expect(scrollTopToShow(shape, sight, 0)).toBe(0);
    expect(scrollTopToShow(shape, sight, 30)).toBe(16 + 10 * 215 + 205 + 16 - 600);
    expect(scrollTopToShow(shape, { scrollTop: 0, viewport: 100 }, 30)).toBe(10 * 215); // higher than the window: its top
    expect(scrollTopToShow(shape, sight, 99)).toBe(shape.height - 600);
  });

  it('finds the row at the top again after tiles changed their size', () => {
    const sight = { scrollTop: scrollTopOfRow(shape, 30, 600), viewport: 600 };
    expect(firstInSight(shape, sight)).toBe(30);
    const larger = shapeGrid({ ...measure, tileSize: 300 });
    const there = { scrollTop: scrollTopOfRow(larger, 30, 600), viewport: 600 };
    expect(firstInSight(larger, there)).toBe(30);
  });

  it.each([
    ['left', 4, 3],
    ['left', 0, 0],
    ['right', 4, 5],
    ['right', 99, 99],
    ['up', 4, 1],
    ['up', 1, 1],
    ['down', 4, 7],
    ['down', 97, 99],
    ['down', 99, 99],
    ['home', 50, 0],
    ['end', 50, 99],
    ['pageDown', 4, 4 + 2 * 3],
    ['pageUp', 10, 4],
    ['pageUp', 4, 1],
  ] as const)('goes %s from tile %i to tile %i', (move, from, to) => {
    expect(moveInGrid(shape, from, move, 600)).toBe(to);
  });

  it('goes down to the last tile from the row above it where the last row is not full', () => {
    const grid = shapeGrid({ ...measure, count: 8 }); // 3 + 3 + 2
    expect(moveInGrid(grid, 5, 'down', 600)).toBe(7);
    expect(moveInGrid(grid, 2, 'pageDown', 600)).toBe(7);
    expect(moveInGrid(grid, 6, 'down', 600)).toBe(6);
  });
});
