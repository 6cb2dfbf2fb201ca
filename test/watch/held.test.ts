// Photos that wait: one that is left out by now, gone, or not to be looked at does not go, and holds up no other.
import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jpeg, settings, WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };

/** A file whose name is no text; false where the disk has no such names. */
function putNameless(rig: WatchRig): boolean {
  const name = Buffer.concat([Buffer.from(join(rig.dir, 'bad')), Buffer.from([0xff, 0xfe]), Buffer.from('.jpg')]);
  try {
    writeFileSync(name, jpeg('bad'));
    return true;
  } catch {
    return false;
  }
}

describe('photos that wait', () => {
  test('are not sent when the settings leave them out by now, whatever else cannot be read', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    putNameless(rig);
    await rig.folders.setPaused(id, true);
    for (const name of ['private 1.jpg', 'private 2.jpg', 'public.jpg']) rig.put(name);
    await rig.rest();
    await rig.folders.change(id, settings({ exclude: ['private*'] }));
    await rig.folders.setPaused(id, false);
    await rig.rest();
    await rig.enhance();
    expect(rig.files()).toEqual({ 'public.jpg': 'taken' });
    expect(rig.submits()).toBe(1);
  });

  test('are no storm any more when all are gone, whatever else has a name that is no text', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch({ stormLimit: 5 });
    putNameless(rig);
    for (let n = 0; n < 30; n += 1) rig.put(`s/${n}.jpg`);
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 30 });
    rmSync(join(rig.dir, 's'), { recursive: true });
    await rig.rest();
    expect(rig.row().held).toBeNull();
    await rig.pass(60_000);
    rig.put('single.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 1 } });
  });

  test('and cannot be looked at are passed over, shown, and sent when they can be; the others go', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch({ stormLimit: 1_000 });
    await rig.folders.setPaused(id, true);
    for (let n = 0; n < 130; n += 1) rig.put(`sub/${n}.jpg`);
    await rig.rest();
    rig.put('after them.jpg');
    await rig.rest();
    await rig.pass(10_000);
    const sub = join(rig.dir, 'sub');
    renameSync(sub, `${rig.dir} sub`);
    symlinkSync('sub', sub); // leads to itself
    await rig.folders.setPaused(id, false);
    await rig.rest();
    expect(rig.jobs()).toHaveLength(1);
    expect(rig.row()).toMatchObject({ state: 'watching', waitingCount: 130 });
    await rig.restart();
    rig.put('new.jpg');
    await rig.rest();
    await rig.pass(20_000);
    expect(rig.row().state).toBe('watching');
    expect(rig.jobs()).toHaveLength(2);
    rmSync(sub);
    renameSync(`${rig.dir} sub`, sub);
    await rig.rest();
    await rig.pass(60_000);
    expect(rig.jobs()).toHaveLength(132);
    expect(rig.row()).toMatchObject({ held: null, waitingCount: 0 });
  });
});

describe('a single new photo', () => {
  test('is sent at once while hundreds of known ones are touched', async () => {
    await using rig = await WatchRig.open(PAID);
    for (let n = 0; n < 30; n += 1) rig.put(`old ${n}.jpg`);
    await rig.watch({ stormLimit: 5 });
    rig.put('aaa new.jpg');
    for (let n = 0; n < 30; n += 1) utimesSync(join(rig.dir, `old ${n}.jpg`), new Date(), new Date(2030, 1, n + 1));
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 1 }, existing: { photos: 30 } });
  });

  test('waits for a minute while hundreds come that turn out to be known, and goes by itself', async () => {
    await using rig = await WatchRig.open(PAID);
    for (let n = 0; n < 300; n += 1) rig.put(`old/${n}.jpg`);
    await rig.watch({ stormLimit: 5, polling: 'always' }); // they come in the order in which a look finds them
    renameSync(join(rig.dir, 'old'), join(rig.dir, 'renamed'));
    rig.put('aaa new.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 1 }, existing: { photos: 300 } });
    await rig.pass(70_000);
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 1 }, existing: { photos: 300 } });
  });
});

describe('a storm', () => {
  test('waits for the click though most of it is gone a minute later', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch({ stormLimit: 200 });
    for (let n = 0; n < 300; n += 1) rig.put(`${n}.jpg`);
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 300 });
    for (let n = 3; n < 300; n += 1) rmSync(join(rig.dir, `${n}.jpg`));
    await rig.rest();
    await rig.pass(70_000);
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 3 }, today: { queued: 0 } });
  });

  test('of which some were deleted since it was offered waits for nothing that is gone', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch({ stormLimit: 3, photosADay: 2 });
    for (let n = 0; n < 5; n += 1) rig.put(`${n}.jpg`);
    await rig.rest();
    const { id, held } = rig.row();
    expect(held).toMatchObject({ why: 'storm', photos: 5 });
    for (const name of ['3.jpg', '4.jpg']) rmSync(join(rig.dir, name));
    const became = await rig.folders.release(id, 'held', held?.agreement ?? 0);
    expect(became).toEqual({ queued: 2, known: 0, waiting: 1, gone: 2 });
    expect(rig.row().held).toMatchObject({ why: 'photos-a-day', photos: 1 });
  });
});
