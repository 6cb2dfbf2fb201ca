// What is queued of a folder that is paused, or outside its hours: it waits, and what is paid for is fetched all the same.
import { describe, expect, test } from 'vitest';
import { settings, WatchRig } from './rig.ts';

function put(rig: WatchRig, from: number, to: number): void {
  for (let n = from; n < to; n += 1) rig.put(`IMG_${n}.jpg`);
}

/** Local time, minutes since midnight. */
const at = (hours: number, minutes = 0) => hours * 60 + minutes;

describe('a pause', () => {
  test('holds what is queued: of 14 photos those that are at the service are fetched, and no other is sent', async () => {
    await using rig = await WatchRig.open({ concurrency: 4, held: true });
    const { id } = await rig.watch();
    put(rig, 0, 14);
    await rig.rest();
    await rig.start();
    await rig.at.until('4 are at the service', () => rig.at.engine.status().atService === 4);
    await rig.folders.setPaused(id, true);
    rig.at.letGo();
    await rig.at.idle();
    expect(rig.submits()).toBe(4);
    expect(rig.at.states()).toEqual({ succeeded: 4, queued: 10 });
    expect(rig.row()).toMatchObject({ state: 'paused', resting: 10, today: { enhanced: 4, unfinished: 10 } });
    expect(rig.at.engine.status().resting).toEqual([
      { watchId: id, batchId: rig.jobs()[0]?.batchId, day: '2026-11-22', photos: 10, why: 'paused' },
    ]);
    await rig.folders.setPaused(id, false);
    await rig.at.idle();
    expect(rig.submits()).toBe(14);
    expect(rig.at.states()).toEqual({ succeeded: 14 });
  });

  test('holds from the very first photo after a restart, before the folder was looked through', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    put(rig, 0, 30);
    await rig.rest();
    await rig.folders.setPaused(id, true);
    await rig.folders.stop();
    await rig.at.engine.stop();
    rig.at.renew();
    await rig.enhance();
    expect(rig.submits()).toBe(0);
    expect(rig.at.states()).toEqual({ queued: 30 });
    await rig.restart();
    await rig.enhance();
    expect(rig.submits()).toBe(0);
    await rig.folders.setPaused(id, false);
    await rig.at.idle();
    expect(rig.submits()).toBe(30);
  });

  test('lets a batch that was started by hand go on to its end', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    put(rig, 0, 9);
    await rig.rest();
    await rig.folders.setPaused(id, true);
    rig.at.batch(5);
    await rig.enhance();
    expect(rig.submits()).toBe(5);
    expect(rig.at.states()).toEqual({ queued: 9, succeeded: 5 });
  });

  test('of one folder holds no photo of another', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    put(rig, 0, 3);
    await rig.rest();
    await rig.folders.setPaused(id, true);
    const other = await rig.watch({}, null, rig.otherDir('studio'));
    rig.put('../studio/a.jpg');
    rig.put('../studio/b.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.submits()).toBe(2);
    expect(rig.row(other.id)).toMatchObject({ resting: 0, today: { enhanced: 2 } });
    expect(rig.row(id)).toMatchObject({ resting: 3, today: { enhanced: 0 } });
  });

  test('holds a photo that the user retries, too: the folder’s Resume sends it', async () => {
    await using rig = await WatchRig.open();
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    const { id } = await rig.watch();
    put(rig, 0, 2);
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 2 });
    const before = rig.submits();
    rig.at.fault = undefined;
    await rig.folders.setPaused(id, true);
    rig.at.engine.retry({ states: ['failed'] });
    await rig.at.idle();
    expect(rig.submits()).toBe(before);
    expect(rig.row().resting).toBe(2);
    await rig.folders.setPaused(id, false);
    await rig.at.idle();
    expect(rig.at.states()).toEqual({ succeeded: 2 });
  });

  test('keeps no picture from being fetched that is paid for', async () => {
    await using rig = await WatchRig.open({ held: true });
    const { id } = await rig.watch();
    put(rig, 0, 3);
    await rig.rest();
    await rig.start();
    await rig.at.until('3 are at the service', () => rig.at.engine.status().atService === 3);
    // Let go of, and asked for again: then it waits in the queue with its request.
    rig.at.engine.cancel({}, true);
    await rig.folders.setPaused(id, true);
    rig.at.engine.retry({ states: ['canceled'] });
    rig.at.letGo();
    await rig.at.idle();
    expect(rig.submits()).toBe(3);
    expect(rig.at.states()).toEqual({ succeeded: 3 });
  });

  test('ends for what is queued when the folder is watched no more', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    put(rig, 0, 6);
    await rig.rest();
    await rig.folders.setPaused(id, true);
    await rig.enhance();
    expect(rig.submits()).toBe(0);
    await rig.folders.remove(id);
    await rig.at.idle();
    expect(rig.submits()).toBe(6);
  });
});

describe('the hours of a folder', () => {
  test('hold what is left in the queue when they end, and what is there at a start', async () => {
    await using rig = await WatchRig.open({ time: '12:00' });
    await rig.watch({ hours: { from: at(9), to: at(12, 5) } });
    put(rig, 0, 30);
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'watching', resting: 0, today: { queued: 30 } });
    await rig.restart(() => rig.clock.advance(10 * 60_000));
    await rig.enhance();
    expect(rig.submits()).toBe(0);
    expect(rig.row()).toMatchObject({ state: 'resting', resting: 30 });
    await rig.pass(5_000);
    rig.clock.advance(21 * 3_600_000);
    await rig.folders.settled();
    await rig.pass(6_000);
    await rig.at.idle();
    expect(rig.row().state).toBe('watching');
    expect(rig.submits()).toBe(30);
  });

  test('hold what is prepared when they end while photos are sent', async () => {
    await using rig = await WatchRig.open({ time: '12:00', concurrency: 2, held: true });
    await rig.watch({ hours: { from: at(9), to: at(12, 5) } });
    put(rig, 0, 8);
    await rig.rest();
    await rig.start();
    await rig.at.until('2 are at the service', () => rig.at.engine.status().atService === 2);
    rig.clock.advance(10 * 60_000);
    rig.at.letGo();
    await rig.at.idle();
    expect(rig.submits()).toBe(2);
    expect(rig.at.states()).toEqual({ succeeded: 2, queued: 6 });
  });

  test('that are changed count at once', async () => {
    await using rig = await WatchRig.open({ time: '12:00' });
    const { id } = await rig.watch();
    put(rig, 0, 5);
    await rig.rest();
    await rig.folders.change(id, settings({ hours: { from: at(13), to: at(14) } }));
    await rig.enhance();
    expect(rig.submits()).toBe(0);
    await rig.folders.change(id, settings());
    await rig.at.idle();
    expect(rig.submits()).toBe(5);
  });
});
