// Why nothing new goes out, and when it does again.
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { Brake } from '../../app/engine/brake.ts';
import { ManualClock } from '../fakes/clock.ts';

const OFFLINE = failure('offline');
const BUSY = failure('rate_limited');

function setup(patienceMs = 600_000) {
  const clock = new ManualClock();
  return { clock, brake: new Brake({ clock, random: () => 0, patienceMs }) };
}

describe('the brake', () => {
  test('is open at first, and closed while paused', () => {
    const { brake } = setup();
    expect(brake).toMatchObject({ open: true, paused: false, stopped: null, heldUntil: null, probing: false });
    brake.paused = true;
    expect(brake.open).toBe(false);
    brake.release();
    expect(brake.open).toBe(true);
  });

  test('keeps the first reason that it was stopped for', () => {
    const { brake } = setup();
    expect(brake.stop(failure('no_credits'))).toBe(true);
    expect(brake.stop(failure('disk_full'))).toBe(false);
    expect(brake.stopped?.code).toBe('no_credits');
    expect(brake.holdsSaves).toBe(false);
    brake.release();
    expect(brake.stopped).toBeNull();
  });

  test('holds saves, too, when the disk is full', () => {
    const { brake } = setup();
    brake.stop(failure('disk_full'));
    expect(brake.holdsSaves).toBe(true);
  });

  test('holds for longer each time while the service is out of reach, and then lets one go ahead', () => {
    const { brake, clock } = setup();
    const holds: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      expect(brake.unreached(OFFLINE)).toBe(false);
      brake.unreached(OFFLINE); // of the same moment: it does not count twice
      expect(brake.open).toBe(false);
      holds.push((brake.heldUntil ?? 0) - clock.now());
      clock.advance(holds.at(-1) ?? 0);
      expect(brake).toMatchObject({ open: true, probing: true });
    }
    expect(holds).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1_000));
    brake.reached();
    expect(brake).toMatchObject({ open: true, probing: false, heldUntil: null });
  });

  test('stops when patience runs out, which begins anew whenever the service was reached', () => {
    const { brake, clock } = setup(60_000);
    brake.unreached(OFFLINE);
    clock.advance(59_999);
    brake.reached();
    expect(brake.unreached(OFFLINE)).toBe(false);
    clock.advance(59_999);
    expect(brake.unreached(OFFLINE)).toBe(false);
    clock.advance(1);
    expect(brake.unreached(OFFLINE)).toBe(true);
    expect(brake.stopped).toEqual(OFFLINE);
  });

  test('a third doubt in a row stops the queue; an accepted submit between them begins the count anew', () => {
    const { brake } = setup();
    brake.doubted();
    brake.doubted();
    expect(brake).toMatchObject({ probing: true, stopped: null });
    brake.accepted();
    expect(brake.probing).toBe(false);
    brake.doubted();
    brake.reached(); // an answer to a poll says nothing about submits
    brake.doubted();
    expect(brake.stopped).toBeNull();
    brake.doubted();
    expect(brake.stopped).toMatchObject({ code: 'service_unavailable', charged: 'maybe' });
  });

  test('waits as long as the storage asks for, whatever else is answered meanwhile', () => {
    const { brake, clock } = setup();
    expect(brake.slowDown(BUSY, 20_000)).toBe(false);
    expect(brake.slowDown(BUSY, 5_000)).toBe(false);
    brake.reached();
    brake.uploaded(); // another photo, that was on its way already
    expect(brake).toMatchObject({ slowUntil: clock.now() + 20_000, heldUntil: null, open: false });
    clock.advance(20_000);
    expect(brake).toMatchObject({ open: true, probing: false });
    brake.slowDown(BUSY, undefined);
    expect(brake.open).toBe(false);
    brake.release();
    expect(brake.open).toBe(true);
  });

  test('is out of patience with a storage that keeps asking to wait; each photo that it takes begins it anew', () => {
    const { brake, clock } = setup(60_000);
    const askedToWait = () => {
      const stops = brake.slowDown(BUSY, 20_000);
      clock.advance(20_000);
      return stops;
    };
    expect([askedToWait(), askedToWait(), askedToWait()]).toEqual([false, false, false]);
    brake.uploaded();
    expect([askedToWait(), askedToWait(), askedToWait()]).toEqual([false, false, false]);
    expect(brake.stopped).toBeNull();
    expect(askedToWait()).toBe(true);
    expect(brake.stopped).toEqual(BUSY);
  });

  test('knows nothing of a storage that asked to wait long ago', () => {
    const { brake, clock } = setup(60_000);
    brake.slowDown(BUSY, 1_000);
    clock.advance(3_600_000);
    expect(brake.slowDown(BUSY, 1_000)).toBe(false);
    expect(brake.stopped).toBeNull();
  });
});
