// How fast it goes and how long it takes, from when photos were finished.
import { describe, expect, it } from 'vitest';
import type { PaceFacts } from '../../app/domain/pace.ts';
import { PACE_SAMPLES, photosPerMinute, photosPerMs, secondsFor } from '../../app/domain/pace.ts';

const NOW = 10_000_000;
/** Photos finished every so many milliseconds until now, newest first. */
const every = (ms: number, count: number, last = NOW) => Array.from({ length: count }, (_, n) => last - n * ms);
const facts = (more: Partial<PaceFacts>): PaceFacts => ({
  now: NOW,
  finishedAt: [],
  typicalMs: null,
  concurrency: 4,
  ...more,
});

describe('the pace', () => {
  it.each<[string, Partial<PaceFacts>, number | null]>([
    ['is not known before anything is', {}, null],
    ['is what the slots give before photos were finished', { typicalMs: 20_000 }, 4 / 20_000],
    ['is not told by three photos', { finishedAt: every(1_000, 3), typicalMs: 20_000 }, 4 / 20_000],
    ['is that of the latest photos', { finishedAt: every(2_000, 10) }, 9 / 18_000],
    ['slows down while nothing is finished', { finishedAt: every(2_000, 10, NOW - 18_000) }, 9 / 36_000],
    [
      'leaves out what was before a pause',
      { finishedAt: [...every(1_000, 5), ...every(10, 50, NOW - 90_000)] },
      1 / 1_000,
    ],
    [
      'is what the slots give after a pause',
      { finishedAt: every(10, 50, NOW - 90_000), typicalMs: 20_000 },
      4 / 20_000,
    ],
    ['counts slow photos without a break', { finishedAt: every(70_000, 4), typicalMs: 30_000 }, 3 / 210_000],
    ['forgets what is five minutes old', { finishedAt: every(59_000, 20) }, 5 / 295_000],
    ['looks at no more than it needs', { finishedAt: every(100, 5_000) }, 1 / 100],
    ['is not infinite when all came at once', { finishedAt: every(0, 9), typicalMs: 20_000 }, 4 / 20_000],
    ['is never far above what the slots can do', { finishedAt: every(90, 100), typicalMs: 20_000 }, 8 / 20_000],
  ])('%s', (_, more, expected) => {
    const found = photosPerMs(facts(more));
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 10);
  });

  it('takes no more photos than the limit into account', () => {
    const quick = every(100, PACE_SAMPLES);
    expect(photosPerMs(facts({ finishedAt: [...quick, ...every(9_000, 20, NOW - 11_000)] }))).toBeCloseTo(1 / 100, 10);
  });
});

describe('the time left', () => {
  it.each<[string, number, Partial<PaceFacts>, number | null]>([
    ['is nothing without photos', 0, {}, 0],
    ['is not known without a pace', 5, {}, null],
    ['is that of all photos at the pace', 100, { finishedAt: every(2_000, 10), typicalMs: 8_000 }, 200],
    ['is never less than the last photo takes', 1, { finishedAt: every(100, 50), typicalMs: 20_000 }, 10],
    ['grows with how many are under way at the end', 4, { finishedAt: every(100, 50), typicalMs: 20_000 }, 16],
    ['is in whole seconds', 3, { finishedAt: every(1_500, 10) }, 5],
  ])('%s', (_, photos, more, expected) => {
    expect(secondsFor(photos, facts(more))).toBe(expected);
  });
});

describe('photos a minute', () => {
  it('are those of the batch, with one decimal', () => {
    expect(photosPerMinute(every(7_000, 10), facts({ finishedAt: every(1_000, 70) }))).toBe(8.6);
  });

  it('are no more than the slots can do, however many were only fetched', () => {
    expect(photosPerMinute(every(90, 60), facts({ typicalMs: 20_000 }))).toBe(24);
  });

  it('are not told by too few, or by old ones', () => {
    expect(photosPerMinute(every(1_000, 3), facts({}))).toBeNull();
    expect(photosPerMinute(every(1_000, 30, NOW - 61_000), facts({}))).toBeNull();
    expect(photosPerMinute(every(0, 30), facts({}))).toBeNull();
  });
});
