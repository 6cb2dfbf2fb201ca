import { describe, expect, it } from 'vitest';
import { FAILURE_CODES, failure, stopsQueue } from '../../../app/domain/failure.ts';
import { time } from '../../../renderer/lib/format.ts';
import { isLow, photosFor, queueSummary, remedyFor } from '../../../renderer/lib/queue-text.ts';
import { AT, queueState } from '../samples.ts';

const resting = [
  { batchId: 1, folder: 'Tethered', photos: 7, why: 'paused' },
  { batchId: 2, folder: 'Card', photos: 3, why: 'hours' },
] as const;
const paced = { perMinute: 5, until: AT };

describe('the queue in one line', () => {
  it.each([
    [{}, 'idle', 'Idle'],
    [{ unfinished: 42, waiting: 23, atService: 8 }, 'running', '19 in progress, 23 waiting'],
    [{ unfinished: 2, waiting: 0, atService: 2 }, 'running', '2 in progress'],
    [{ unfinished: 3 }, 'running', '3 waiting'],
    [{ unfinished: 10, resting }, 'idle', '10 wait for their watch folder'],
    [{ unfinished: 18, waiting: 10, atService: 8, resting }, 'running', '8 in progress'],
    [{ unfinished: 13, resting }, 'running', '3 waiting'],
    [{ unfinished: 10, resting, paused: true }, 'paused', 'Paused: 10 waiting'],
    [{ unfinished: 14, waiting: 12, paused: true }, 'paused', 'Paused: 2 in progress, 12 waiting'],
    [{ unfinished: 3, paused: true }, 'paused', 'Paused: 3 waiting'],
    [{ unfinished: 128, atService: 8, paused: true }, 'paused', 'Paused: 8 still come back'],
    [{ paused: true }, 'paused', 'Paused'],
    [{ unfinished: 3, heldUntil: AT }, 'held', `No connection: next try at ${time(AT)}`],
    [{ unfinished: 3, limitedUntil: AT }, 'limited', `Slowed down by the plan until ${time(AT)}`],
    [
      { unfinished: 128, waiting: 112, atService: 8, paced },
      'paced',
      '16 in progress, 112 waiting for the plan’s 5 requests a minute',
    ],
    [{ unfinished: 8, waiting: 0, paced }, 'paced', '8 in progress, waiting for the plan’s 5 requests a minute'],
    [{ unfinished: 3, paced }, 'paced', '3 waiting for the plan’s 5 requests a minute'],
    [{ unfinished: 3, paced, paused: true }, 'paused', 'Paused: 3 waiting'],
    [{ unfinished: 3, paused: true, stopped: failure('no_credits') }, 'stopped', 'Stopped: out of credits'],
    [{ heldUntil: AT, limitedUntil: AT }, 'idle', 'Idle'],
  ] as const)('is for %o: %s, “%s”', (queue, mood, text) => {
    expect(queueSummary(queueState(queue), 'segmind')).toEqual({ mood, text });
  });

  it('says shortly why it stopped, for every reason there is', () => {
    for (const code of FAILURE_CODES.filter(stopsQueue)) {
      expect(queueSummary(queueState({ stopped: failure(code) }), 'segmind')?.text).toMatch(/^Stopped: .{5,30}$/);
    }
  });

  it('is not there without a service, and before the queue is known', () => {
    expect(queueSummary(queueState({ unfinished: 3 }), 'none')).toBeNull();
    expect(queueSummary(null, 'segmind')).toBeNull();
  });
});

describe('what mends a stop', () => {
  it('is a new key, credits or the account at Segmind, as the reason wants it', () => {
    expect(remedyFor('bad_key', 'segmind')).toEqual({ kind: 'key' });
    expect(remedyFor('no_credits', 'segmind')).toMatchObject({ link: 'segmind-credits' });
    expect(remedyFor('spend_limit', 'segmind')).toMatchObject({ link: 'segmind' });
    expect(remedyFor('disk_full', 'segmind')).toBeNull();
  });

  it('never sends someone to Segmind who practises', () => {
    for (const code of FAILURE_CODES) expect(remedyFor(code, 'practice')).toBeNull();
  });
});

describe('a balance', () => {
  it('is low below 25 photos, and below what waits', () => {
    expect(isLow({ credits: 0.99, at: AT }, queueState())).toBe(true);
    expect(isLow({ credits: 1, at: AT }, null)).toBe(false);
    expect(isLow({ credits: 3.99, at: AT }, queueState({ unfinished: 100 }))).toBe(true);
    expect(isLow({ credits: 4, at: AT }, queueState({ unfinished: 100 }))).toBe(false);
  });

  it('is low by what this user’s photos cost, and by what goes on now', () => {
    const photoPrice = { credits: 0.08, fromHistory: true };
    expect(isLow({ credits: 4, at: AT }, queueState({ unfinished: 60, photoPrice }))).toBe(true);
    expect(isLow({ credits: 4, at: AT }, queueState({ unfinished: 60, photoPrice, resting }))).toBe(false);
  });

  it.each([
    [0, 0],
    [0.03, 0],
    [0.04, 1],
    [0.12, 3],
    [12.5, 312],
  ])('of %s is enough for %s photos', (credits, photos) => {
    expect(photosFor(credits, 0.04)).toBe(photos);
  });
});
