import { describe, expect, test } from 'vitest';
import { retryWaitMs } from '../../app/segmind/rate-limit.ts';

const SERVER_NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const DATE = 'Sun, 22 Nov 2026 10:00:00 GMT';
const OUR_CLOCK = SERVER_NOW + 10 * 60_000; // ten minutes ahead: it must not matter

function wait(headers: Record<string, string>): number | undefined {
  return retryWaitMs(new Headers({ date: DATE, ...headers }), OUR_CLOCK);
}

describe('the reset header is read', () => {
  test.each([
    '2026-11-22T10:00:30Z',
    '2026-11-22T10:00:30',
    '2026-11-22 10:00:30',
    '2026-11-22 10:00:30 UTC',
    '2026-11-22T10:00:30+00:00',
    '2026-11-22T11:00:30+0100',
    '2026-11-22T10:00:30.000000',
    String((SERVER_NOW + 30_000) / 1000),
    String(SERVER_NOW + 30_000),
    'Sun, 22 Nov 2026 10:00:30 GMT',
  ])('as %s', (value) => {
    expect(wait({ 'x-rate-limit-reset-at-utc': value })).toBe(30_000);
  });

  test.each(['', 'soon', '30', '-5', '2026-13-45T99:99:99Z', 'NaN', '1'.repeat(400)])(
    'and %j says nothing',
    (value) => {
      expect(wait({ 'x-rate-limit-reset-at-utc': value })).toBeUndefined();
    },
  );
});

describe('the wait', () => {
  test('is at least a second, also when the reset has passed', () => {
    expect(wait({ 'x-rate-limit-reset-at-utc': '2026-11-22T09:59:00Z' })).toBe(1_000);
  });

  test('is at most fifteen minutes', () => {
    expect(wait({ 'x-rate-limit-reset-at-utc': '2026-11-23T10:00:00Z' })).toBe(15 * 60_000);
  });

  test('is measured by our clock when the server does not say its time', () => {
    const headers = new Headers({ 'x-rate-limit-reset-at-utc': '2026-11-22T10:00:30Z' });
    expect(retryWaitMs(headers, SERVER_NOW)).toBe(30_000);
  });

  test('is not known when no header names it', () => {
    expect(wait({})).toBeUndefined();
  });

  test.each([
    ['7', 7_000],
    ['Sun, 22 Nov 2026 10:00:07 GMT', 7_000],
    ['0', 1_000],
    ['later', undefined],
  ])('is read from Retry-After: %s', (value, expected) => {
    expect(wait({ 'retry-after': value })).toBe(expected);
  });

  test('is the longer one when both headers come', () => {
    expect(wait({ 'retry-after': '7', 'x-rate-limit-reset-at-utc': '2026-11-22T10:00:30Z' })).toBe(30_000);
    expect(wait({ 'retry-after': '70', 'x-rate-limit-reset-at-utc': '2026-11-22T10:00:30Z' })).toBe(70_000);
  });
});
