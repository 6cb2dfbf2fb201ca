// Photos that were there before watching began and are given each other’s names, or those of others: nothing of that is
// new, and nothing of it is paid for unasked.
import { copyFileSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jpeg, settings, WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };

async function rounds(rig: WatchRig, count = 2): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await rig.rest();
    await rig.enhance();
  }
}

/** Gives each of the files the name of the next, and the last that of the first. */
function turn(rig: WatchRig, names: readonly string[]): void {
  for (const name of names) renameSync(join(rig.dir, name), join(rig.dir, `${name}.part`));
  for (const [index, name] of names.entries()) {
    renameSync(join(rig.dir, `${name}.part`), join(rig.dir, names[(index + 1) % names.length] ?? ''));
  }
}

describe('photos that were there before', () => {
  test('are not new when each takes the name of another: shifted by one after one was deleted', async () => {
    await using rig = await WatchRig.open(PAID);
    for (let n = 0; n < 100; n += 1) rig.put(`IMG_${n}.jpg`, jpeg(`old ${n}`, 300 + n));
    await rig.watch();
    await rig.rest();
    rmSync(join(rig.dir, 'IMG_0.jpg'));
    for (let n = 1; n < 100; n += 1) renameSync(join(rig.dir, `IMG_${n}.jpg`), join(rig.dir, `IMG_${n - 1}.jpg`));
    await rounds(rig);
    expect(rig.jobs()).toEqual([]);
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 99 } });
  });

  test('are not new when they swap names, or go round, while nobody watches', async () => {
    await using rig = await WatchRig.open(PAID);
    for (const name of ['a', 'b', '1', '2', '3']) rig.put(`${name}.jpg`, jpeg(name, 200 + name.charCodeAt(0)));
    await rig.watch();
    await rig.rest();
    await rig.restart(() => {
      turn(rig, ['a.jpg', 'b.jpg']);
      turn(rig, ['1.jpg', '2.jpg', '3.jpg']);
    });
    await rounds(rig);
    turn(rig, ['3.jpg', '2.jpg', '1.jpg', 'a.jpg']);
    await rounds(rig);
    expect(rig.jobs()).toEqual([]);
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 5 } });
    expect(await rig.folders.release(rig.row().id, 'existing', rig.row().existing?.agreement ?? 0)).toMatchObject({
      queued: 5,
    });
    await rounds(rig);
    expect(rig.submits()).toBe(5);
    expect(rig.row().existing).toBeNull();
  });

  test('are not new when they swap names before they could be read', async () => {
    await using rig = await WatchRig.open(PAID);
    for (const [index, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries()) {
      utimesSync(rig.put(name, jpeg(name, 200 + index)), 1e9, 1e9);
    }
    await rig.folders.start();
    const { id } = await rig.folders.add(rig.dir, { settings: settings(), out: null });
    await rig.folders.settled();
    // As if the process had ended right after the first look.
    await rig.restart(() => {
      for (const { key, path, bytes, mtimeMs } of rig.history.watches.files(id, { after: 0, limit: 9 })) {
        rig.history.watches.put(id, { key, path, bytes, mtimeMs, state: 'there' }, 1);
      }
      turn(rig, ['a.jpg', 'b.jpg', 'c.jpg']);
    });
    await rounds(rig);
    expect(rig.jobs()).toEqual([]);
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 3 } });
  });

  test('are not new under the name of a photo that was sent and moved away, nor of one that waits', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.put('old 1.jpg');
    rig.put('old 2.jpg');
    const { id } = await rig.watch();
    rig.put('sent.jpg');
    await rounds(rig);
    await rig.folders.setPaused(id, true);
    rig.put('waits.jpg');
    await rig.rest();
    renameSync(join(rig.dir, 'sent.jpg'), join(rig.at.dir, 'sent.jpg'));
    renameSync(join(rig.dir, 'waits.jpg'), join(rig.dir, 'waits elsewhere.jpg'));
    renameSync(join(rig.dir, 'old 1.jpg'), join(rig.dir, 'sent.jpg'));
    renameSync(join(rig.dir, 'old 2.jpg'), join(rig.dir, 'waits.jpg'));
    await rounds(rig);
    expect(rig.files()).toEqual({ 'sent.jpg': 'there', 'waits.jpg': 'there', 'waits elsewhere.jpg': 'held' });
    await rig.folders.setPaused(id, false);
    await rounds(rig);
    expect(rig.submits()).toBe(2);
    // Asked for, the result of the one does not pass for that of the other.
    expect(await rig.folders.release(id, 'existing', rig.row().existing?.agreement ?? 0)).toMatchObject({ queued: 2 });
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 4 });
    expect(rig.submits()).toBe(4);
  });

  test('that another photo took the name of are still known when they come back', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.put('a.jpg');
    rig.put('b.jpg', 'old b');
    await rig.watch();
    await rig.rest();
    renameSync(join(rig.dir, 'a.jpg'), join(rig.at.dir, 'a.jpg'));
    rig.put('a.jpg', 'a new one');
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    await rig.restart(() => {
      mkdirSync(join(rig.dir, 'sub'));
      renameSync(join(rig.at.dir, 'a.jpg'), join(rig.dir, 'sub/a.jpg'));
    });
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.files()).toEqual({ 'a.jpg': 'taken', 'b.jpg': 'there', 'sub/a.jpg': 'there' });
  });

  test('go when they were asked for, whatever names they have by then', async () => {
    await using rig = await WatchRig.open(PAID);
    for (const name of ['a', 'b']) rig.put(`${name}.jpg`, jpeg(name, 200 + name.charCodeAt(0)));
    const { id } = await rig.watch();
    await rig.rest();
    await rig.restart(() => {
      rig.history.watches.release(id, 'there', 1_000);
      turn(rig, ['a.jpg', 'b.jpg']);
    });
    await rounds(rig);
    expect(rig.submits()).toBe(2);
    expect(rig.row()).toMatchObject({ held: null, existing: null });
  });

  test('and are copied are new as that copy, also when the photo itself is touched', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.put('a.jpg');
    await rig.watch();
    await rig.rest();
    await rig.restart(() => {
      copyFileSync(join(rig.dir, 'a.jpg'), join(rig.dir, 'copy.jpg'));
      utimesSync(join(rig.dir, 'a.jpg'), 2e9, 2e9);
    });
    await rounds(rig);
    expect(rig.files()).toEqual({ 'a.jpg': 'there', 'copy.jpg': 'taken' });
    expect(rig.submits()).toBe(1);
  });
});
