import { describe, expect, it } from 'vitest';
import { bytes, count, credits, duration, megapixels } from '../../../renderer/lib/format.ts';

describe('what is shown of numbers', () => {
  it.each([
    [0, 'less than a second'],
    [8, '8 s'],
    [59.4, '59 s'],
    [180, '3 min'],
    [3_600, '1 h'],
    [4_800, '1 h 20 min'],
    [200_000, '2 days'],
  ])('says %s seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, 'photo', '0 photos'],
    [1, 'photo', '1 photo'],
    [12, 'batch', '12 batches'],
  ])('counts %s %s', (value, noun, text) => {
    expect(count(value, noun, noun === 'batch' ? 'batches' : undefined)).toBe(text);
  });

  it.each([
    [0, '0.00 credits'],
    [1, '1.00 credit'],
    [0.04, '0.04 credits'],
    [0.0375, '0.0375 credits'],
    [12.345, '12.35 credits'],
  ])('says %s credits as %s', (value, text) => {
    expect(credits(value)).toBe(text);
  });

  it('says sizes as photographers do', () => {
    expect(megapixels(6_000, 4_000)).toBe('24 MP');
    expect(megapixels(2_448, 1_634)).toBe('4 MP');
    expect(bytes(0)).toBe('0 byte');
    expect(bytes(17_400_000)).toBe('17.4 MB');
  });
});
