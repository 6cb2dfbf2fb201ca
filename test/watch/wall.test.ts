// The clock on the wall is put right, a laptop travels: hours and days are those of the wall, soon and without a restart,
// and no day's limit is given twice for it. What waits goes on waiting as long as it should.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { localDay } from '../../app/contract/local-day.ts';
import { WatchRig } from './rig.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Within so long a change of the wall clock is noticed, milliseconds. */
const SOON = 10_000;

afterEach(() => vi.unstubAllEnvs());

function put(rig: WatchRig, from: number, to: number): void {
  for (let n = from; n < to; n += 1) rig.put(`IMG_${n}.jpg`);
}

/** Time goes by in large steps. */
async function wait(rig: WatchRig, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= HOUR) {
    rig.clock.advance(Math.min(left, HOUR));
    await rig.folders.settled();
  }
  await rig.pass(SOON);
}

const names = (rig: WatchRig) => rig.history.batches.list().map(({ name }) => name);

describe('the hours of a folder', () => {
  test('are those of a clock that was ahead and is put right: what came waits until they begin', async () => {
    await using rig = await WatchRig.open({ time: '20:00' });
    await rig.watch({ hours: { from: 18 * 60, to: 22 * 60 } });
    expect(rig.row().state).toBe('watching');
    rig.clock.turn(-6 * HOUR);
    await rig.pass(SOON);
    put(rig, 0, 2);
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'resting', held: { why: 'hours', photos: 2 }, today: { queued: 0 } });
    await wait(rig, 4 * HOUR);
    expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 2 } });
  });

  test('begin soon after a clock that was ahead is put right into them', async () => {
    await using rig = await WatchRig.open({ time: '18:00' });
    await rig.watch({ hours: { from: 8 * 60, to: 16 * 60 } });
    put(rig, 0, 2);
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'resting', held: { why: 'hours', photos: 2 } });
    rig.clock.turn(-6 * HOUR);
    await rig.pass(SOON);
    expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 2 } });
  });

  test('are those of the place to which a laptop travels', async () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    await using rig = await WatchRig.open({ time: '18:00' });
    await rig.watch({ hours: { from: 8 * 60, to: 16 * 60 } });
    put(rig, 0, 2);
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'resting', held: { why: 'hours', photos: 2 } });
    vi.stubEnv('TZ', 'America/New_York');
    await rig.pass(SOON);
    expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 2 } });
  });
});

test('what waits to be still waits no longer for a clock that is put back', async () => {
  await using rig = await WatchRig.open();
  await rig.watch();
  put(rig, 0, 2);
  rig.folders.reconcile();
  await rig.until('both are waited for', () => rig.row().waitingCount === 2);
  rig.clock.turn(-DAY);
  await rig.pass(3_000);
  expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 2 } });
});

describe('what a day may take', () => {
  test('is not given once more when a clock that was ahead over midnight is put right', async () => {
    await using rig = await WatchRig.open({ time: '02:00' }); // it is 20:00 on the day before
    await rig.watch({ photosADay: 3 });
    put(rig, 0, 5);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    rig.clock.turn(-6 * HOUR);
    await rig.pass(SOON);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    // The date on which they were booked has its limits once.
    await wait(rig, 4 * HOUR);
    expect(localDay(rig.clock.wall())).toBe('2026-11-22');
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    await wait(rig, DAY);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 2 } });
  });

  test('counts all that was queued since it began, after a clock is put forward by a day and back', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ photosADay: 3 });
    put(rig, 0, 2);
    await rig.rest();
    rig.clock.turn(DAY);
    await rig.pass(SOON);
    put(rig, 2, 4);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 2 } });
    rig.clock.turn(-DAY);
    await rig.pass(SOON);
    put(rig, 4, 6);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 4 } });
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 4 } });
  });

  test('is full on the day on which a clock is put right that was a year ahead, and on no other', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ photosADay: 3 });
    rig.clock.turn(365 * DAY);
    put(rig, 0, 5);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { photos: 2 }, today: { queued: 3 } });
    rig.clock.turn(-365 * DAY);
    await rig.pass(SOON);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { photos: 2 }, today: { queued: 3 } });
    await wait(rig, DAY);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 2 } });
  });

  test('is what it was after a start at which the clock had lost the time', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ photosADay: 3 });
    put(rig, 0, 3);
    await rig.rest();
    const lost = 20 * 365 * DAY;
    await rig.restart(() => {
      rig.clock.turn(-lost);
      put(rig, 3, 5);
    });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    rig.clock.turn(lost);
    await rig.pass(SOON);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    await wait(rig, DAY);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 2 } });
  });

  test('is given once for a date that a traveller lives twice', async () => {
    vi.stubEnv('TZ', 'Pacific/Auckland');
    await using rig = await WatchRig.open({ time: '09:00' });
    await rig.watch({ photosADay: 3 });
    put(rig, 0, 2);
    await rig.rest();
    vi.stubEnv('TZ', 'Pacific/Honolulu'); // 10:00 on the day before
    await rig.pass(SOON);
    put(rig, 2, 5);
    await rig.rest();
    expect(localDay(rig.clock.wall())).toBe('2026-11-21');
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    await wait(rig, DAY);
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 1 }, today: { queued: 3 } });
  });
});

test('a batch has the day of the wall as soon as that is right', async () => {
  await using rig = await WatchRig.open();
  await rig.watch();
  put(rig, 0, 1);
  await rig.rest();
  rig.clock.turn(-DAY);
  await rig.pass(SOON);
  put(rig, 1, 2);
  await rig.rest();
  expect(names(rig)).toEqual(['tethered · 2026-11-21', 'tethered · 2026-11-22']);
});
