// What Enter agrees to: offers that could be read, and no others.
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EnterKey } from '../../app/cli/enter-key.ts';
import type { Offer } from '../../app/cli/watch-teller.ts';
import { ManualClock } from '../fakes/clock.ts';

const A: Offer = { watchId: 1, which: 'held', agreement: 7, photos: 3, credits: 0.12, practice: false };
const ASKED = 'Press Enter to enhance them, or n and Enter to leave them alone.';
const B: Offer = { ...A, watchId: 2, agreement: 11, photos: 4, credits: 0.16 };

function open() {
  const clock = new ManualClock();
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;
  const agreed: Offer[] = [];
  const refused: Offer[] = [];
  const declined: Offer[] = [];
  const may = { read: true };
  const key = new EnterKey({
    agree: (offer) => Promise.resolve(void agreed.push(offer)),
    refuse: (offers) => refused.push(...offers),
    decline: (offers) => declined.push(...offers),
    input,
    clock,
    mayRead: () => may.read,
  });
  const type = async (text: string) => {
    input.write(text);
    await setImmediate();
    await setImmediate();
  };
  const read = async () => {
    clock.advance(300);
    await setImmediate();
    await setImmediate();
  };
  return { key, input, agreed, refused, declined, may, type, read };
}

describe('Enter', () => {
  it('agrees once to what was offered, when that could be read', async () => {
    const { key, agreed, type, read } = open();
    expect(key.offer(A)).toBe(ASKED);
    await type('\n');
    expect(agreed).toEqual([]);
    await read();
    await type('\n');
    await type('\n');
    expect(agreed).toEqual([A]);
  });

  it('agrees to several offers together only after their sum was told', async () => {
    const { key, agreed, type, read } = open();
    key.offer(A);
    await read();
    expect(key.offer(B)).toBe(`For all that is offered by now, 7 photos (about 0.28 credits): ${ASKED}`);
    await type('\n'); // meant for the first one alone
    expect(agreed).toEqual([]);
    await read();
    await type('\n');
    expect(agreed).toEqual([A, B]);
  });

  it('does not agree to what does not wait any more', async () => {
    const { key, agreed, type, read } = open();
    key.offer(A);
    key.offer(B);
    key.withdraw(A);
    await read();
    await type('\n');
    expect(agreed).toEqual([B]);
  });

  it.each(['n\n', 'no\r', 'N\n'])('is not %j, which refuses all that is offered', async (text) => {
    const { key, agreed, refused, declined, type, read } = open();
    key.offer(A);
    key.offer(B);
    await type(text);
    expect(refused).toEqual([]); // nobody has read it yet
    await read();
    await type(text);
    await type('\n');
    expect([agreed, refused, declined]).toEqual([[], [A, B], []]);
  });

  it.each(['yes\n', 'y\n', ' \n', 'n', 'not yet\n'])('is nothing else: %j leaves it open', async (text) => {
    const { key, agreed, refused, declined, type, read } = open();
    key.offer(A);
    await read();
    await type(text);
    await type('\n');
    expect([agreed, refused, declined]).toEqual([[], [], [A]]);
  });

  it('is not waited for in the background, also when that comes later', async () => {
    const { key, input, agreed, declined, may, type, read } = open();
    key.offer(A);
    await read();
    may.read = false;
    process.emit('SIGCONT', 'SIGCONT');
    expect([declined, input.isPaused()]).toEqual([[A], true]);
    expect(key.offer(B)).toBeNull();
    may.read = true;
    expect(key.offer(B)).toBe(ASKED);
    await read();
    await type('\n');
    expect(agreed).toEqual([B]);
  });
});
