// The day at this place, wherever that is: whatever zone the tests run in, they look at others as well.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localDay, localMidnight, nextMidnight } from '../../app/contract/local-day.ts';

const MINUTE = 60_000;

afterEach(() => vi.unstubAllEnvs());

it('lasts from midnight to midnight by the clock on the wall', () => {
  expect(localDay(new Date(2026, 10, 22).getTime() - 1)).toBe('2026-11-21');
  expect(localDay(new Date(2026, 10, 22).getTime())).toBe('2026-11-22');
  expect(localDay(new Date(2026, 10, 22, 23, 59, 59, 999).getTime())).toBe('2026-11-22');
});

it('has months and days of two digits', () => {
  expect(localDay(new Date(2027, 0, 1).getTime())).toBe('2027-01-01');
  expect(localDay(new Date(2028, 1, 29).getTime())).toBe('2028-02-29');
});

it.each([
  ['Pacific/Auckland', '2026-11-23'],
  ['Pacific/Honolulu', '2026-11-22'],
])('in %s at noon in Greenwich is %s', (zone, day) => {
  vi.stubEnv('TZ', zone);
  expect(localDay(Date.UTC(2026, 10, 22, 12))).toBe(day);
});

describe('where clocks are put forward and back', () => {
  beforeEach(() => vi.stubEnv('TZ', 'Europe/Berlin'));

  it.each([
    ['23 hours', '2026-03-29', Date.UTC(2026, 2, 28, 23), 23 * 60],
    ['25 hours', '2026-10-25', Date.UTC(2026, 9, 24, 22), 25 * 60],
  ])('a day of %s is one day', (_, day, from, minutes) => {
    const days = Array.from({ length: minutes }, (_, minute) => localDay(from + minute * MINUTE));
    expect(new Set(days)).toEqual(new Set([day]));
    expect(localDay(from - 1)).not.toBe(day);
    expect(localDay(from + minutes * MINUTE)).not.toBe(day);
    for (const time of [from, from + 3 * 60 * MINUTE, from + minutes * MINUTE - 1]) {
      expect([localMidnight(time), nextMidnight(time)]).toEqual([from, from + minutes * MINUTE]);
    }
  });
});

it('begins after midnight where the clocks are put forward over that', () => {
  vi.stubEnv('TZ', 'Africa/Cairo'); // from 24:00 on April 23 to 01:00
  const begins = Date.UTC(2026, 3, 23, 22);
  expect([localDay(begins - 1), localDay(begins)]).toEqual(['2026-04-23', '2026-04-24']);
  expect(localMidnight(begins + 5 * 60 * MINUTE)).toBe(begins);
  expect(nextMidnight(begins - 1)).toBe(begins);
});
