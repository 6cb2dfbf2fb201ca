// What waits although it is whole: for the user's click, for the hours, for the next day; and that it goes on by itself.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { LIST_PRICE } from '../../app/domain/quote.ts';
import { settings, WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };

function put(rig: WatchRig, from: number, to: number): void {
  for (let n = from; n < to; n += 1) rig.put(`IMG_${n}.jpg`);
}

describe('more photos at once than agreed', () => {
  test('wait for one click that shows the price, and are then sent: those that were shown and no others', async () => {
    await using rig = await WatchRig.open({ ...PAID, concurrency: 8 });
    const { id } = await rig.watch({ stormLimit: 20 });
    put(rig, 0, 30);
    await rig.rest();
    expect(rig.jobs()).toEqual([]);
    const { held } = rig.row();
    expect(held).toMatchObject({ why: 'storm', photos: 30 });
    expect(held?.credits).toBeCloseTo(30 * LIST_PRICE);
    await rig.pass(120_000);
    rig.put('later.jpg');
    rig.put('IMG_3.jpg', 'another photo under a name that was shown');
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 31 });
    expect(await rig.folders.release(id, 'held', held?.agreement ?? 0)).toMatchObject({ queued: 29 });
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 2 });
    expect(rig.files()).toMatchObject({ 'later.jpg': 'held', 'IMG_3.jpg': 'held' });
    expect(await rig.folders.release(id, 'held', rig.row().held?.agreement ?? 0)).toMatchObject({ queued: 2 });
    rig.put('after the storm.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 32 } });
    await rig.enhance();
    expect(rig.submits()).toBe(32);
  });

  test('wait over a restart, and are no storm when they came one after the other', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 5 });
    put(rig, 0, 6);
    await rig.rest();
    await rig.restart();
    await rig.rest();
    const { id, held } = rig.row();
    expect(held).toMatchObject({ why: 'storm', photos: 6 });
    await rig.folders.release(id, 'held', held?.agreement ?? 0);
    for (let n = 0; n < 12; n += 1) {
      rig.put(`slow ${n}.jpg`);
      await rig.rest();
      await rig.pass(20_000);
    }
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 18 } });
  });

  test('found at a start wait, too', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 5 });
    await rig.restart(() => put(rig, 0, 6));
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 6 }, today: { queued: 0 } });
  });

  test('count those that were sent a moment before', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 5 });
    put(rig, 0, 3);
    await rig.rest();
    put(rig, 3, 6);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 3 }, today: { queued: 3 } });
  });

  test('wait no more when they are gone', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 3 });
    put(rig, 0, 4);
    await rig.rest();
    for (let n = 0; n < 4; n += 1) rmSync(join(rig.dir, `IMG_${n}.jpg`));
    await rig.rest();
    expect(rig.row().held).toBeNull();
    await rig.pass(60_000);
    rig.put('new.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 1 } });
  });

  test('are not sent when they are gone or others by the time of the click', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 3, polling: 'always' });
    put(rig, 0, 4);
    await rig.rest();
    const { id, held } = rig.row();
    rmSync(join(rig.dir, 'IMG_0.jpg'));
    rig.put('IMG_1.jpg', 'another photo');
    expect(await rig.folders.release(id, 'held', held?.agreement ?? 0)).toMatchObject({ queued: 2 });
    await rig.rest();
    expect(rig.files()).toMatchObject({ 'IMG_1.jpg': 'taken', 'IMG_2.jpg': 'taken', 'IMG_3.jpg': 'taken' });
  });
});

describe('what a day may take', () => {
  test('in photos: the rest waits for the next day and then goes by itself', async () => {
    await using rig = await WatchRig.open({ time: '23:50' });
    await rig.watch({ photosADay: 3 });
    put(rig, 0, 5);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    await rig.restart();
    await rig.rest();
    expect(rig.row().held).toMatchObject({ photos: 2 });
    await rig.pass(12 * 60_000);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 2 } });
    expect(rig.history.batches.list().map(({ name }) => name)).toEqual([
      'tethered · 2026-11-23',
      'tethered · 2026-11-22',
    ]);
  });

  test('does not begin anew when the folder is watched no more and added again', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ photosADay: 3 });
    put(rig, 0, 3);
    await rig.rest();
    await rig.folders.remove(id);
    await rig.watch({ photosADay: 3 });
    put(rig, 3, 5);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 3 } });
    expect(rig.history.batches.list()).toHaveLength(1);
    await rig.folders.remove(rig.row().id);
    const other = await rig.watch({ photosADay: 3 }, null, rig.otherDir('studio'));
    expect(rig.row(other.id).today.queued).toBe(0);
    await rig.enhance();
    expect(rig.submits()).toBe(3);
  });

  test('does not grow when jobs are removed from the history', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ photosADay: 2 });
    put(rig, 0, 2);
    await rig.rest();
    await rig.enhance();
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    put(rig, 2, 4);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'photos-a-day', photos: 2 }, today: { queued: 2 } });
  });

  test('in credits: what is queued counts as if it was paid, and what turns out free makes room', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.at.fault = ({ route, count }) =>
      route === 'submit' && count <= 2 ? { kind: 'status', status: 422 } : undefined;
    await rig.watch({ creditsADay: 4 * LIST_PRICE });
    put(rig, 0, 7);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'credits-a-day', photos: 3 }, today: { queued: 4, credits: 0 } });
    await rig.enhance();
    await rig.folders.settled();
    await rig.enhance();
    await rig.folders.settled();
    // Two were refused for nothing, so two more could go.
    expect(rig.row().today).toMatchObject({ queued: 6, enhanced: 4, failed: 2 });
    expect(rig.row().today.credits).toBeCloseTo(4 * LIST_PRICE);
    expect(rig.row().held).toMatchObject({ why: 'credits-a-day', photos: 1 });
  });

  test('in credits: what may have been charged counts as if it was paid', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch({ creditsADay: 4 * LIST_PRICE });
    put(rig, 0, 7);
    await rig.rest();
    const { jobs } = rig.history;
    for (const { id } of rig.jobs().slice(0, 2)) {
      jobs.apply(id, { type: 'claim' }, 1);
      jobs.apply(id, { type: 'submit' }, 1);
      jobs.apply(id, { type: 'doubt', failure: failure('uncertain_submit') }, 1);
    }
    await rig.rest();
    await rig.enhance();
    await rig.folders.settled();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ uncertain: 2, succeeded: 2 });
    expect(rig.row()).toMatchObject({ held: { why: 'credits-a-day', photos: 3 }, today: { queued: 4 } });
    rig.history.housekeeping.leave(
      rig.jobs().map(({ id }) => id),
      1,
    );
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'credits-a-day', photos: 3 }, today: { queued: 4 } });
  });

  test('in credits: what is left in the queue from other days counts, too', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch({ creditsADay: 2 * LIST_PRICE });
    put(rig, 0, 7);
    await rig.rest();
    for (let day = 0; day < 3; day += 1) {
      rig.clock.advance(24 * 3_600_000);
      await rig.folders.settled();
      await rig.rest();
    }
    expect(rig.jobs()).toHaveLength(2);
    await rig.enhance();
    await rig.folders.settled();
    expect(rig.jobs()).toHaveLength(4);
  });

  test('is nothing in credits where practice costs none', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ creditsADay: 0.01 });
    put(rig, 0, 3);
    await rig.rest();
    await rig.enhance();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 3, credits: 0 } });
  });
});

describe('the hours of a folder', () => {
  test('keep what comes at other times until they begin, also over midnight', async () => {
    await using rig = await WatchRig.open({ time: '21:50' });
    await rig.watch({ hours: { from: 22 * 60, to: 6 * 60 } });
    expect(rig.row().state).toBe('resting');
    put(rig, 0, 3);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'hours', photos: 3 }, today: { queued: 0 } });
    await rig.pass(11 * 60_000);
    expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 3 } });
    for (let hour = 0; hour < 9; hour += 1) {
      rig.clock.advance(3_600_000);
      await rig.folders.settled();
    }
    await rig.pass(10_000);
    rig.put('in the morning.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'resting', held: { why: 'hours', photos: 1 } });
  });

  test('do not make a storm of what came slowly', async () => {
    await using rig = await WatchRig.open({ time: '21:50' });
    await rig.watch({ hours: { from: 22 * 60, to: 6 * 60 }, stormLimit: 3 });
    for (let n = 0; n < 6; n += 1) {
      rig.put(`${n}.jpg`);
      await rig.rest();
      await rig.pass(60_000);
    }
    await rig.pass(10 * 60_000);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 6 } });
  });
});

describe('a paused folder', () => {
  test('collects what comes, and sends it when it goes on', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    expect(await rig.folders.setPaused(id, true)).toMatchObject({ state: 'paused', paused: true });
    put(rig, 0, 3);
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'paused', held: { why: 'paused', photos: 3 }, today: { queued: 0 } });
    await rig.folders.setPaused(id, false);
    await rig.folders.settled();
    expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 3 } });
  });

  test('shows a storm when it goes on, not before', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ stormLimit: 2 });
    await rig.folders.setPaused(id, true);
    put(rig, 0, 3);
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'paused', photos: 3 });
    await rig.folders.setPaused(id, false);
    await rig.folders.settled();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 3 }, today: { queued: 0 } });
    // A click while the day is full lets them go as far as the day allows.
    await rig.folders.change(id, settings({ stormLimit: 2, photosADay: 1 }));
    expect(await rig.folders.release(id, 'held', rig.row().held?.agreement ?? 0)).toMatchObject({ queued: 1 });
    expect(rig.row().held).toMatchObject({ why: 'photos-a-day', photos: 2 });
  });
});
