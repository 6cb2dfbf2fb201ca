// Too many at once may be declined: they count as having been there before, nothing is paid for, and watching goes on.
import { copyFileSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };

/** A folder in which five photos wait because they came at once. */
async function stormy(): Promise<WatchRig> {
  const rig = await WatchRig.open(PAID);
  await rig.watch({ stormLimit: 3 });
  for (let n = 0; n < 5; n += 1) rig.put(`${n}.jpg`);
  await rig.rest();
  expect(rig.row().held).toMatchObject({ why: 'storm', photos: 5 });
  return rig;
}

function leave(rig: WatchRig): number {
  const { id, held } = rig.row();
  return rig.folders.leave(id, held?.agreement ?? 0);
}

describe('photos of a storm that are left alone', () => {
  test('count as there before, cost nothing, and hold up no photo that comes later', async () => {
    await using rig = await stormy();
    await rig.pass(75_000);
    expect(leave(rig)).toBe(5);
    expect(rig.row()).toMatchObject({ held: null, existing: { why: 'existing', photos: 5 } });
    rig.put('single.jpg');
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 5 }, today: { queued: 1 } });
    await rig.enhance();
    expect(rig.submits()).toBe(1);
  });

  test('are sent when they are asked for after all, each once', async () => {
    await using rig = await stormy();
    leave(rig);
    await rig.folders.settled();
    const { id, existing } = rig.row();
    await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
    await rig.enhance();
    expect(rig.row()).toMatchObject({ held: null, existing: null, today: { queued: 5, enhanced: 5 } });
    expect(rig.submits()).toBe(5);
  });

  test('are still left alone under another name or with another time', async () => {
    await using rig = await stormy();
    await rig.pass(75_000);
    leave(rig);
    await rig.folders.settled();
    renameSync(join(rig.dir, '0.jpg'), join(rig.dir, 'renamed.jpg'));
    utimesSync(join(rig.dir, '1.jpg'), new Date(), new Date(2020, 1, 1));
    await rig.rest();
    expect(rig.files()).toMatchObject({ 'renamed.jpg': 'there', '1.jpg': 'there' });
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 5 }, today: { queued: 0 } });
  });

  test('are those that were in sight: what came later still waits, and is asked about by itself', async () => {
    await using rig = await stormy();
    const seen = rig.row();
    rig.put('later.jpg');
    await rig.rest();
    expect(rig.folders.leave(seen.id, seen.held?.agreement ?? 0)).toBe(5);
    await rig.pass(75_000);
    expect(rig.row()).toMatchObject({
      held: { why: 'storm', photos: 1 },
      existing: { photos: 5 },
      today: { queued: 0 },
    });
    expect(leave(rig)).toBe(1);
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 6 } });
  });

  test('are not sent by an agreement to what was there before, which was given before they were left alone', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.put('old.jpg');
    const { id } = await rig.watch({ stormLimit: 1, include: ['*.jpg'] });
    for (const name of ['a.jpg', 'b.jpg']) rig.put(name);
    await rig.rest();
    rig.put('shown.png');
    await rig.rest();
    await rig.folders.change(id, { ...rig.row().settings, include: [] }); // a higher id than the two that wait
    await rig.rest();
    const { existing } = rig.row();
    expect(existing).toMatchObject({ photos: 2 });
    leave(rig);
    await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
    await rig.folders.settled();
    expect(rig.files()).toEqual({ 'old.jpg': 'taken', 'shown.png': 'taken', 'a.jpg': 'there', 'b.jpg': 'there' });
  });

  test('do not let the rest of their storm pass, which comes a moment later', async () => {
    await using rig = await stormy();
    leave(rig);
    for (const name of ['late 1.jpg', 'late 2.jpg']) rig.put(name);
    await rig.rest();
    await rig.pass(120_000);
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 2 }, today: { queued: 0 } });
    leave(rig);
    await rig.pass(60_000);
    rig.put('single.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 7 }, today: { queued: 1 } });
  });

  test('are new when their content changes, and a copy of one that was sent is known', async () => {
    await using rig = await stormy();
    await rig.pass(75_000);
    leave(rig);
    await rig.folders.settled();
    rig.put('0.jpg', 'another picture');
    await rig.rest();
    copyFileSync(join(rig.dir, '0.jpg'), join(rig.dir, 'copy.jpg'));
    await rig.rest();
    await rig.enhance();
    expect(rig.files()).toMatchObject({ '0.jpg': 'taken', 'copy.jpg': 'same', '1.jpg': 'there' });
    expect(rig.submits()).toBe(1);
  });
});
