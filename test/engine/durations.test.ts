// When a request has probably finished: what was learned decides, and few polls are spent on finding out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Durations } from '../../app/engine/durations.ts';

/** How many polls a request of a length costs, and how late its end is seen, by the ages that are proposed. */
function pollsFor(durations: Durations, ms: number, eagerness: number, scout = false): { polls: number; late: number } {
  let seen = 0;
  for (let polls = 1; ; polls += 1) {
    const at = durations.nextPoll(seen, eagerness, scout);
    if (at >= ms) return { polls, late: at - ms };
    seen = at;
  }
}

describe('durations', () => {
  test.each([0.3, 0.45, 0.92])(
    'once learned, a photo of about 36 s costs one to three polls on average (eagerness %f)',
    (eagerness) => {
      const durations = new Durations();
      for (let n = 0; n < 40; n += 1) durations.learn(34_000 + 100 * n);
      const polls = Array.from({ length: 40 }, (_, n) => pollsFor(durations, 34_000 + 100 * n, eagerness).polls);
      expect(polls.reduce((sum, count) => sum + count, 0) / polls.length).toBeLessThanOrEqual(3);
      expect(Math.max(...polls)).toBeLessThanOrEqual(eagerness > 0.9 ? 3 : 10);
    },
  );

  test('a single sample is enough to poll seldom', () => {
    const durations = new Durations([36_000]);
    for (const ms of [33_000, 36_000, 39_000]) expect(pollsFor(durations, ms, 0.45).polls).toBeLessThanOrEqual(4);
  });

  test('while nothing is known one scout finds out, and the others wait for it', () => {
    const durations = new Durations();
    expect(durations.typical).toBeNull();
    expect(pollsFor(durations, 36_000, 0.5, true).polls).toBeLessThan(30);
    expect(pollsFor(durations, 300, 0.5, true).late).toBeLessThan(300);
    expect(durations.nextPoll(0, 0.5, false)).toBeGreaterThan(durations.nextPoll(0, 0.5, true));
  });

  test('a request that takes longer than any before is polled at growing distances, never more than 30 s apart', () => {
    const durations = new Durations([1_000, 1_100, 1_200]);
    let seen = 2_000;
    for (let n = 0; n < 60; n += 1) {
      const next = durations.nextPoll(seen, 0.5, false);
      expect(next - seen).toBeLessThanOrEqual(30_000);
      seen = next;
    }
    expect(seen).toBeGreaterThan(600_000);
  });

  test('the next poll always lies ahead of the last, whatever was learned', () => {
    const some = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(
        some,
        fc.double({ min: 1, max: 4e6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (known, seen, eager, scout) => {
          const durations = new Durations(known);
          expect(durations.nextPoll(seen, eager, scout)).toBeGreaterThan(seen);
        },
      ),
    );
  });

  test('the chance grows with the age, and is between none and certain', () => {
    const durations = new Durations([10_000, 20_000, 30_000, 40_000]);
    const chances = [0, 10_000, 20_000, 35_000, 60_000].map((age) => durations.chance(0, age));
    expect(chances).toEqual(chances.toSorted((a, b) => a - b));
    expect(chances[0]).toBe(0);
    expect(chances.at(-1)).toBe(1);
    expect(durations.chance(90_000, 99_000)).toBe(0.5); // older than all: nothing is known
  });

  test('follows the latest when the service becomes slower, and forgets what is long ago', () => {
    const durations = new Durations();
    for (let n = 0; n < 300; n += 1) durations.learn(1_000);
    for (let n = 0; n < 200; n += 1) durations.learn(9_000);
    expect(durations.typical).toBe(9_000);
    expect(durations.nextPoll(0, 0.5, false)).toBe(9_000);
  });

  test('keeps the newest of those that are known from before', () => {
    const durations = new Durations([...Array<number>(200).fill(5_000), ...Array<number>(100).fill(90_000)]);
    expect(durations.typical).toBe(5_000);
    expect(durations.nextPoll(0, 0.9, false)).toBe(5_000);
  });

  test('learns nothing from what is no duration', () => {
    const durations = new Durations();
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1]) durations.learn(ms);
    expect(durations.typical).toBeNull();
  });
});
