// Backoff, parameters, quotes and counts: the small pure values.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../app/domain/backoff.ts';
import { emptyCounts, totalOf, unfinishedOf } from '../../app/domain/batch.ts';
import { JOB_STATES } from '../../app/domain/job.ts';
import { DEFAULT_PARAMETERS, outputPixels, parameterProblems, requestBody } from '../../app/domain/parameters.ts';
import { quote } from '../../app/domain/quote.ts';

describe('the delay before another attempt', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('is a whole number of milliseconds from none up to twice as much each time, five minutes at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), random, (attempt, chance) => {
        const delay = retryDelay(attempt, chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(300_000, 2_000 * 2 ** (Math.max(1, attempt) - 1)));
      }),
    );
  });

  it('is spread over the whole range: full jitter, with no least wait', () => {
    const ceilings = [1, 2, 3, 4, 7, 8, 9, 100].map((attempt) => retryDelay(attempt, 0.999_999_999));
    expect(ceilings).toEqual([2_000, 4_000, 8_000, 16_000, 128_000, 256_000, 300_000, 300_000]);
    expect(retryDelay(3, 0)).toBe(0);
    expect(retryDelay(3, 0.5)).toBe(4_000);
  });
});

describe('the parameters', () => {
  const problems = (more: Partial<Parameters<typeof parameterProblems>[0]>) =>
    parameterProblems({ ...DEFAULT_PARAMETERS, ...more });

  it('are well as they are by default and at both ends of their ranges', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ steps: 10, seed: 1, resolution: '1MP' })).toEqual([]);
    expect(problems({ steps: 50, seed: 999_999, resolution: '2MP' })).toEqual([]);
  });

  it.each([9, 51, 30.5, Number.NaN, Infinity, -30])('name the range of the steps when they are %s', (steps) => {
    expect(problems({ steps })).toEqual([`The steps must be a whole number from 10 to 50, not ${steps}.`]);
  });

  it.each([0, 1_000_000, 1.5, Number.NaN])('name the range of the seed when it is %s', (seed) => {
    expect(problems({ seed })).toEqual([`The seed must be a whole number from 1 to 999999, not ${seed}.`]);
  });

  it.each(['8MP', '4mp', '', 'constructor'])('name the resolutions there are when it is “%s”', (resolution) => {
    expect(problems({ resolution })).toEqual([`The resolution must be one of 1MP, 2MP, 4MP, not “${resolution}”.`]);
  });

  it('tell of every problem at once', () => {
    expect(problems({ steps: 0, seed: 0, resolution: 'x' })).toHaveLength(3);
  });

  it('go to the service under its own names, and nothing else does', () => {
    const chosen = { ...DEFAULT_PARAMETERS, preserveAlpha: false, inputModeration: false };
    expect(requestBody(chosen, 'https://storage/x.jpg')).toEqual({
      image: 'https://storage/x.jpg',
      resolution: '4MP',
      steps_num: 30,
      seed: 123_456,
      preserve_alpha: false,
      visual_input_content_moderation: false,
      visual_output_content_moderation: true,
    });
  });

  it('tell how many pixels come back', () => {
    expect([outputPixels('1MP'), outputPixels('2MP'), outputPixels('4MP')]).toEqual([1e6, 2e6, 4e6]);
  });
});

describe('a quote', () => {
  const basis = { usualCost: null, usualSeconds: null, concurrency: 4, perMinute: null };
  const photos = (count: number, width = 1_000, height = 1_000) =>
    Array.from({ length: count }, () => ({ width, height }));

  it('costs nothing for no photos', () => {
    expect(quote([], DEFAULT_PARAMETERS, basis)).toEqual({
      photos: 0,
      shrinking: 0,
      credits: 0,
      fromHistory: false,
      seconds: 0,
      ahead: { photos: 0, credits: 0 },
    });
    expect(quote([], DEFAULT_PARAMETERS, { ...basis, ahead: 12 })).toMatchObject({ seconds: 0, ahead: { photos: 0 } });
  });

  it('begins with the list price and goes over to what photos really cost', () => {
    expect(quote(photos(10), DEFAULT_PARAMETERS, basis)).toMatchObject({ fromHistory: false });
    expect(quote(photos(10), DEFAULT_PARAMETERS, basis).credits).toBeCloseTo(0.4);
    const own = quote(photos(10), DEFAULT_PARAMETERS, { ...basis, usualCost: 0.1 });
    expect(own.fromHistory).toBe(true);
    expect(own.credits).toBeCloseTo(1);
    expect(quote(photos(10), DEFAULT_PARAMETERS, { ...basis, usualCost: 0 })).toMatchObject({
      credits: 0,
      fromHistory: true,
    });
  });

  it('takes as long as the slots or the requests a minute need, whichever is longer', () => {
    const usual = { ...basis, usualSeconds: 30 };
    expect(quote(photos(9), DEFAULT_PARAMETERS, usual).seconds).toBe(90);
    expect(quote(photos(9), DEFAULT_PARAMETERS, { ...usual, perMinute: 60 }).seconds).toBe(90);
    expect(quote(photos(9), DEFAULT_PARAMETERS, { ...usual, perMinute: 6 }).seconds).toBe(270);
  });

  it('takes in what goes before, and tells apart what that will cost', () => {
    const usual = { ...basis, usualSeconds: 30, usualCost: 0.1, ahead: 12 };
    const behind = quote(photos(9), DEFAULT_PARAMETERS, usual);
    expect(behind).toMatchObject({ photos: 9, seconds: 180, ahead: { photos: 12 } });
    expect(behind.credits).toBeCloseTo(0.9);
    expect(behind.ahead.credits).toBeCloseTo(1.2);
    expect(quote(photos(9), DEFAULT_PARAMETERS, { ...usual, perMinute: 6 }).seconds).toBe(630);
  });

  it('counts the photos that come back with fewer pixels, but not for a hair', () => {
    const jobs = [...photos(1, 2_000, 2_000), ...photos(1, 2_000, 2_099), ...photos(2, 2_000, 2_101)];
    expect(quote(jobs, DEFAULT_PARAMETERS, basis).shrinking).toBe(2);
    expect(quote(jobs, { ...DEFAULT_PARAMETERS, resolution: '1MP' }, basis).shrinking).toBe(4);
  });
});

describe('the counts of states', () => {
  it('begin at none for every state, and each call gives its own', () => {
    const counts = emptyCounts();
    expect(Object.keys(counts)).toEqual([...JOB_STATES]);
    counts.queued = 3;
    expect(emptyCounts().queued).toBe(0);
  });

  it('tell what is left to do by itself, which is neither settled nor uncertain', () => {
    const counts = Object.fromEntries(JOB_STATES.map((state, index) => [state, 10 ** index]));
    expect(totalOf({ ...emptyCounts(), ...counts })).toBe(1_111_111_111);
    expect(unfinishedOf({ ...emptyCounts(), ...counts })).toBe(11_111);
  });
});
