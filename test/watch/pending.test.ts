// Waiting for files: each until it is still, all with one timer, those that do not become whole more and more rarely.
import { beforeEach, describe, expect, it } from 'vitest';
import { PendingFiles } from '../../app/watch/pending.ts';
import { ManualClock } from '../fakes/clock.ts';

const MARK = { bytes: 10, mtimeMs: 5 };
let clock: ManualClock;
let due: string[][];
let pending: PendingFiles;

beforeEach(() => {
  clock = new ManualClock();
  due = [];
  pending = new PendingFiles({ clock, settleMs: () => 2_000, onDue: (paths) => due.push([...paths]) });
});

describe('a file that is waited for', () => {
  it('is due when it was still for the settle time, counted from its last change', () => {
    pending.note('a', MARK);
    clock.advance(1_500);
    pending.note('a', MARK);
    clock.advance(400);
    pending.note('a', { ...MARK, bytes: 11 });
    clock.advance(1_999);
    expect(due).toEqual([]);
    expect(pending.list(9)).toMatchObject([{ path: 'a', bytes: 11, reason: 'Still being written.' }]);
    clock.advance(1);
    expect(due).toEqual([['a']]);
  });

  it('is due at once when it is known to have been still', () => {
    pending.note('a', MARK, clock.now() - 2_000);
    expect(due).toEqual([['a']]);
  });

  it('is looked at again when it changes while it is looked at, and what was found of it then does not count', () => {
    pending.note('a', MARK);
    clock.advance(2_000);
    pending.note('a', { ...MARK, mtimeMs: 6 });
    expect(pending.done('a', MARK)).toBe(false);
    pending.wait('a', MARK, 'Its end is missing.');
    expect(pending.list(1)[0]?.reason).toBe('Still being written.');
    clock.advance(2_000);
    expect(due).toEqual([['a'], ['a']]);
    expect(pending.done('a', { ...MARK, mtimeMs: 6 })).toBe(true);
    expect(pending.size).toBe(0);
  });

  it('that is not whole is looked at more and more rarely, but every minute', () => {
    pending.note('a', MARK);
    const times: number[] = [];
    const start = clock.now();
    for (let second = 0; second < 400; second += 1) {
      clock.advance(1_000);
      if (due.length === 0) continue;
      due.length = 0;
      times.push((clock.now() - start) / 1_000);
      pending.wait('a', MARK, 'Its end is missing.');
    }
    expect(times).toEqual([2, 4, 8, 16, 32, 64, 124, 184, 244, 304, 364]);
    expect(pending.coming).toBe(0);
    pending.note('a', MARK);
    clock.advance(2_000);
    expect(due).toEqual([['a']]);
  });
});

describe('ten thousand files that are waited for', () => {
  it('have one timer, and are due together', () => {
    for (let n = 0; n < 10_000; n += 1) {
      if (n % 100 === 0) clock.advance(1);
      pending.note(`${n}`, MARK);
    }
    expect(clock.pending).toBe(1);
    expect(pending.coming).toBe(10_000);
    clock.advance(2_100);
    expect(due.flat()).toHaveLength(10_000);
    expect(due.length).toBeLessThan(4);
    for (const path of due.flat()) pending.done(path);
    expect(clock.pending).toBe(0);
  });

  it('leave nothing behind when they are let go of', () => {
    pending.note('a', MARK);
    pending.clear();
    expect([pending.size, clock.pending]).toEqual([0, 0]);
  });
});
