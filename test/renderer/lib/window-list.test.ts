import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { listHeight, MAX_HEIGHT, rowsAPage, rowsInSight, scrollToShow } from '../../../renderer/lib/window-list.ts';

const geometry = { total: 1_000, rowHeight: 44, viewport: 440 };

test('draws the rows in sight and a few more on both sides', () => {
  expect(rowsInSight(geometry, 0, 2)).toEqual({ first: 0, end: 12, offset: 0 });
  expect(rowsInSight(geometry, 4_400, 2)).toEqual({ first: 98, end: 112, offset: 98 * 44 });
});

test('draws a row of which only a part is in sight', () => {
  expect(rowsInSight(geometry, 43, 0)).toEqual({ first: 0, end: 11, offset: 0 });
});

test('draws nothing of an empty list, and all of a short one', () => {
  expect(rowsInSight({ ...geometry, total: 0 }, 0, 5)).toEqual({ first: 0, end: 0, offset: 0 });
  expect(rowsInSight({ ...geometry, total: 3 }, 0, 5)).toMatchObject({ first: 0, end: 3 });
});

test('ends at the last row however far it is scrolled', () => {
  expect(rowsInSight(geometry, 1e9, 0).end).toBe(1_000);
});

test('scrolls no further than needed to show a row, and not at all when it is in sight', () => {
  expect(scrollToShow(geometry, 0, 3)).toBe(0);
  expect(scrollToShow(geometry, 0, 10)).toBe(44);
  expect(scrollToShow(geometry, 4_400, 99)).toBe(99 * 44);
});

test('a page is at least one row', () => {
  expect(rowsAPage(geometry)).toBe(10);
  expect(rowsAPage({ rowHeight: 44, viewport: 10 })).toBe(1);
});

test('a list that is too tall for a browser is compressed, and its last row can still be reached', () => {
  const tall = { total: 1_000_000, rowHeight: 44, viewport: 600 };
  expect(listHeight(tall)).toBe(MAX_HEIGHT);
  const end = rowsInSight(tall, MAX_HEIGHT - 600, 0);
  expect(end.end).toBe(1_000_000);
  expect(end.offset + (end.end - end.first) * 44).toBeCloseTo(MAX_HEIGHT);
});

test('a row that was scrolled to is drawn, wherever it is and however tall the list', () => {
  const list = fc.record({
    total: fc.integer({ min: 1, max: 2_000_000 }),
    rowHeight: fc.integer({ min: 20, max: 120 }),
    viewport: fc.integer({ min: 120, max: 2_000 }),
  });
  fc.assert(
    fc.property(
      list,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, from, to) => {
        const index = Math.min(of.total - 1, Math.floor(to * of.total));
        const scrolled = scrollToShow(of, from * Math.max(0, listHeight(of) - of.viewport), index);
        const { first, end } = rowsInSight(of, scrolled, 1); // one more row: fractions of pixels
        expect(index).toBeGreaterThanOrEqual(first);
        expect(index).toBeLessThan(end);
      },
    ),
  );
});
