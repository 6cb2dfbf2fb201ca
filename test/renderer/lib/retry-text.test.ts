// What a retry will do, in sentences.
import { expect, test } from 'vitest';
import { planText } from '../../../renderer/lib/retry-text.ts';

const price = { credits: 0.4, fromHistory: true };

test('names the price of what is sent alone, and what becomes of each of the others', () => {
  const plan = { sent: 10, fetched: 2, withheld: 1, mended: 3, underWay: 1, elsewhere: 4 };
  expect(planText(plan, price, false)).toEqual([
    '10 photos are sent again, which costs about 0.40 credits by your past costs.',
    '2 photos may be paid for already: the service is asked for them first, for nothing.',
    '1 photo may have been charged: it is held back, and you are asked about it.',
    '3 photos are left alone: enhanced in a later batch.',
    '1 photo is left alone: another job of it goes on, or may have been charged.',
    '4 photos are left alone: of another service.',
  ]);
});

test('tells no price where nothing is sent, and none in practice', () => {
  expect(planText({ sent: 0, fetched: 1, withheld: 0 }, price, false)).toEqual([
    '1 photo may be paid for already: the service is asked for it first, for nothing.',
  ]);
  expect(planText({ sent: 2, fetched: 0, withheld: 0 }, price, true)).toEqual([
    '2 photos are sent again, which costs nothing: this is practice, not Bria.',
  ]);
});
