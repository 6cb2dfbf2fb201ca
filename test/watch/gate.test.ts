// The rules of what may go, without a folder: the pause, the hours, the limits of a day, the storm guard.
import { describe, expect, it, vi } from 'vitest';
import { gateOf, isStorm, isWithin, type GateBasis } from '../../app/watch/gate.ts';

const at = (hours: number, minutes = 0) => new Date(2026, 10, 22, hours, minutes).getTime();

function gate(
  more: Partial<Omit<GateBasis, 'settings' | 'today'>> & {
    settings?: Partial<GateBasis['settings']>;
    today?: Partial<GateBasis['today']>;
  },
) {
  return gateOf({
    paused: false,
    wall: at(12),
    cost: 0.04,
    ...more,
    settings: { hours: null, photosADay: null, creditsADay: null, ...more.settings },
    today: { photos: 0, unfinished: 0, unpriced: 0, credits: 0, ...more.today },
  });
}

describe('hours', () => {
  it.each([
    [{ from: 8 * 60, to: 20 * 60 }, at(7, 59), false],
    [{ from: 8 * 60, to: 20 * 60 }, at(8), true],
    [{ from: 8 * 60, to: 20 * 60 }, at(19, 59), true],
    [{ from: 8 * 60, to: 20 * 60 }, at(20), false],
    [{ from: 22 * 60, to: 6 * 60 }, at(23), true],
    [{ from: 22 * 60, to: 6 * 60 }, at(0), true],
    [{ from: 22 * 60, to: 6 * 60 }, at(6), false],
    [{ from: 22 * 60, to: 6 * 60 }, at(12), false],
    [{ from: 600, to: 600 }, at(3), true],
    [null, at(3), true],
  ])('%j at %d: %s', (hours, time, expected) => {
    expect(isWithin(hours, time)).toBe(expected);
  });
});

describe('hours where clocks are put forward and back', () => {
  const night = { from: 90, to: 150 }; // 01:30 to 02:30
  const minutesWithin = (midnight: number) => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const minutes = Array.from({ length: 6 * 60 }, (_, minute) => isWithin(night, midnight + minute * 60_000));
    vi.unstubAllEnvs();
    return minutes.filter(Boolean).length;
  };

  it.each([
    ['that are left out do not come, and the others do', Date.UTC(2026, 2, 28, 23), 30],
    ['that come twice count twice', Date.UTC(2026, 9, 24, 22), 90],
    ['are as they are on any other day', Date.UTC(2026, 5, 24, 22), 60],
  ])('%s', (_, midnight, minutes) => {
    expect(minutesWithin(midnight)).toBe(minutes);
  });
});

describe('the gate', () => {
  it('is open when nothing is set', () => {
    expect(gate({})).toEqual({ room: Infinity, why: null });
  });

  it('names the first of its reasons: the pause, the hours, the day', () => {
    const settings = { hours: { from: 0, to: 60 }, photosADay: 1, creditsADay: 0.01 };
    expect(gate({ paused: true, settings })).toEqual({ room: 0, why: 'paused' });
    expect(gate({ settings })).toEqual({ room: 0, why: 'hours' });
    expect(gate({ settings: { ...settings, hours: null } })).toEqual({ room: 0, why: 'credits-a-day' });
  });

  it('counts what is queued today', () => {
    expect(gate({ settings: { photosADay: 5 }, today: { photos: 3 } })).toEqual({ room: 2, why: 'photos-a-day' });
    expect(gate({ settings: { photosADay: 5 }, today: { photos: 9 } })).toEqual({ room: 0, why: 'photos-a-day' });
  });

  it('counts what was paid, and what is under way as if it was', () => {
    expect(gate({ settings: { creditsADay: 0.4 } })).toEqual({ room: 10, why: 'credits-a-day' });
    expect(gate({ settings: { creditsADay: 0.4 }, today: { credits: 0.2, unfinished: 3 } }).room).toBe(2);
    expect(gate({ settings: { creditsADay: 0.4 }, today: { credits: 0.2, unfinished: 2, unpriced: 2 } }).room).toBe(1);
    expect(gate({ settings: { creditsADay: 0.4 }, today: { credits: 0.39 } }).room).toBe(0);
    expect(gate({ settings: { creditsADay: 0.01 }, cost: 0 })).toEqual({ room: Infinity, why: null });
  });

  it('takes the narrower of two limits', () => {
    expect(gate({ settings: { photosADay: 3, creditsADay: 0.4 } })).toEqual({ room: 3, why: 'photos-a-day' });
    expect(gate({ settings: { photosADay: 30, creditsADay: 0.4 } })).toEqual({ room: 10, why: 'credits-a-day' });
  });
});

describe('a storm', () => {
  it('is more than agreed, counting what is just coming', () => {
    expect(isStorm({ limit: 200, arrived: 200, coming: 0 })).toBe(false);
    expect(isStorm({ limit: 200, arrived: 201, coming: 0 })).toBe(true);
    expect(isStorm({ limit: 200, arrived: 1, coming: 200 })).toBe(true);
  });
});
