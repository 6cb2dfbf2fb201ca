// What a watched folder takes, and when: every new photo, whole, by itself, once.
import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { WATCH_PRIORITY } from '../../app/domain/watch.ts';
import { chokidarWatcher, type WatcherFactory } from '../../app/intake/watcher.ts';
import { jpeg, WatchRig } from './rig.ts';

describe('a watched folder', () => {
  test('has a new photo enhanced by itself, once, in the batch of its day', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
    expect(rig.at.states()).toEqual({ succeeded: 1 });
    expect(rig.submits()).toBe(1);
    const [job] = rig.jobs();
    expect(job).toMatchObject({ priority: WATCH_PRIORITY, outDir: join(rig.dir, 'Enhanced (practice)') });
    expect(rig.history.batches.get(job?.batchId ?? 0)?.name).toBe('tethered · 2026-11-22');
    await rig.rest();
    expect(rig.submits()).toBe(1);
    expect(rig.row()).toMatchObject({
      state: 'watching',
      held: null,
      existing: null,
      waitingCount: 0,
      today: { queued: 1, enhanced: 1, failed: 0, batchId: job?.batchId },
      last: [{ jobId: job?.id, batchId: job?.batchId }],
    });
    expect(rig.clock.now() - (rig.row().lastAt ?? 0)).toBeLessThan(10_000);
  });

  test('hears of a photo from the system, and takes it when it was still for the settle time', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.until('it is waited for', () => rig.row().waitingCount === 1);
    expect(rig.row().waiting).toMatchObject([{ name: 'IMG_1.jpg', since: rig.clock.now() }]);
    rig.clock.advance(1_999);
    await rig.folders.settled();
    expect(rig.jobs()).toEqual([]);
    rig.clock.advance(1);
    await rig.until('it is queued', () => rig.row().today.queued === 1);
    expect(rig.jobs()).toMatchObject([{ state: 'queued', sourcePath: join(rig.dir, 'IMG_1.jpg') }]);
  });

  test('waits for a growing file however long, and shows that it does', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const whole = jpeg('a slow copy', 200_000);
    writeFileSync(join(rig.dir, 'slow.jpg'), whole.subarray(0, 1_000));
    for (let at = 1_000; at < whole.length - 1_000; at += 20_000) {
      rig.folders.reconcile();
      await rig.folders.settled();
      await rig.pass(1_000);
      rig.append('slow.jpg', whole.subarray(at, Math.min(at + 20_000, whole.length - 1_000)));
    }
    await rig.rest();
    // It stands still for hours, as a copy over a bad network does, and is not whole.
    for (let hour = 0; hour < 3; hour += 1) {
      rig.clock.advance(3_600_000);
      await rig.rest();
    }
    expect(rig.jobs()).toEqual([]);
    expect(rig.row()).toMatchObject({
      waitingCount: 1,
      waiting: [{ name: 'slow.jpg', reason: 'Its end is missing: the copy may have been cut off.' }],
    });
    rig.append('slow.jpg', whole.subarray(whole.length - 1_000));
    await rig.rest();
    await rig.enhance();
    expect(rig.submits()).toBe(1);
    expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 1, enhanced: 1 } });
  });

  test('takes a file that was empty, or full of zeros, once there is a photo in it', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('empty.jpg', Buffer.alloc(0));
    rig.put('reserved.jpg', Buffer.alloc(50_000));
    await rig.rest();
    expect(
      rig
        .row()
        .waiting.map(({ name, reason }) => `${name}: ${reason}`)
        .sort(),
    ).toEqual(['empty.jpg: It is still empty.', 'reserved.jpg: Still being written.']);
    rig.put('empty.jpg', 'no longer empty');
    rig.put('reserved.jpg', jpeg('filled', 50_000));
    await rig.rest();
    expect(rig.files()).toEqual({ 'empty.jpg': 'taken', 'reserved.jpg': 'taken' });
  });

  test('takes what is copied with cp -r, moved in, moved in as a folder, linked and saved by renaming: each once', async () => {
    await using rig = await WatchRig.open({ concurrency: 8 });
    await rig.watch();
    const card = join(rig.dir, '..', 'card');
    for (const name of [
      'a/1.jpg',
      'a/b/2.jpg',
      'a/b/c/3.jpg',
      'moved.jpg',
      'folder/4.jpg',
      'folder/5.jpg',
      'hard.jpg',
    ]) {
      mkdirSync(join(card, name, '..'), { recursive: true });
      writeFileSync(join(card, name), jpeg(name));
    }
    execFileSync('cp', ['-r', join(card, 'a'), rig.dir]);
    renameSync(join(card, 'moved.jpg'), join(rig.dir, 'moved.jpg'));
    renameSync(join(card, 'folder'), join(rig.dir, 'folder'));
    linkSync(join(card, 'hard.jpg'), join(rig.dir, 'hard.jpg'));
    rig.put('.save.tmp', 'saved by renaming');
    renameSync(join(rig.dir, '.save.tmp'), join(rig.dir, 'saved.jpg'));
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    const names = [
      'a/1.jpg',
      'a/b/2.jpg',
      'a/b/c/3.jpg',
      'folder/4.jpg',
      'folder/5.jpg',
      'hard.jpg',
      'moved.jpg',
      'saved.jpg',
    ];
    expect(rig.files()).toEqual(Object.fromEntries(names.map((name) => [name, 'taken'])));
    expect(rig.submits()).toBe(8);
    expect(rig.at.posts()).toEqual(Array(8).fill(1));
    expect(
      rig
        .jobs()
        .map(({ outDir }) => outDir.slice(rig.dir.length))
        .sort(),
    ).toContain('/Enhanced (practice)/a/b/c');
  });

  test('takes them by the system’s events alone, too', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const card = join(rig.dir, '..', 'card');
    for (const name of ['a/1.jpg', 'a/b/2.jpg', 'moved.jpg', 'folder/4.jpg']) {
      mkdirSync(join(card, name, '..'), { recursive: true });
      writeFileSync(join(card, name), jpeg(name));
    }
    execFileSync('cp', ['-r', join(card, 'a'), rig.dir]);
    renameSync(join(card, 'moved.jpg'), join(rig.dir, 'moved.jpg'));
    renameSync(join(card, 'folder'), join(rig.dir, 'folder'));
    await rig.until('all are waited for', () => rig.row().waitingCount === 4);
    await rig.pass(4_000);
    expect(rig.row().today.queued).toBe(4);
  });

  test('sends each of 120 files that come at once exactly once, after the click', async () => {
    await using rig = await WatchRig.open({ concurrency: 16, speed: 200 });
    const { id } = await rig.watch({ stormLimit: 100 });
    for (let n = 0; n < 120; n += 1) rig.put(`card-${n % 7}/IMG_${n}.jpg`);
    await rig.rest();
    const { held } = rig.row();
    expect([held?.why, held?.photos, rig.jobs().length]).toEqual(['storm', 120, 0]);
    await rig.folders.release(id, 'held', held?.agreement ?? 0);
    await rig.rest();
    await rig.enhance();
    expect(rig.submits()).toBe(120);
    expect(rig.at.posts()).toEqual(Array(120).fill(1));
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 120, enhanced: 120 } });
  });

  test('queues each of 2,000 files that come at once exactly once; sending so many takes too long for a test', async () => {
    await using rig = await WatchRig.open({ concurrency: 16, speed: 200 });
    await rig.watch({ stormLimit: 2_500 });
    for (let n = 0; n < 2_000; n += 1) rig.put(`card-${n % 7}/IMG_${n}.jpg`);
    await rig.rest();
    await rig.rest();
    expect(rig.jobs()).toHaveLength(2_000);
    expect(new Set(rig.jobs().map(({ sourceHash }) => sourceHash)).size).toBe(2_000);
    expect(new Set(rig.jobs().map(({ outDir, outStem }) => join(outDir, outStem))).size).toBe(2_000);
    expect(rig.history.batches.list()).toHaveLength(1);
    expect(rig.row().today.queued).toBe(2_000);
  });

  test('leaves out what is no photo, by name without a look and by content for as long as it stays so', async () => {
    await using rig = await WatchRig.open({
      watch: { media: { inspect: (paths) => Promise.resolve(paths.map(() => failure('not_a_photo'))) } },
    });
    await rig.watch();
    for (const name of ['film.mov', 'raw.nef', '.hidden.jpg', 'x.part', '.trash/a.jpg', 'Thumbs.db']) rig.put(name);
    rig.put('text.jpg', Buffer.from('a text, whatever its name says, and long enough to be sure of that'));
    await rig.rest();
    expect(rig.files()).toEqual({ 'text.jpg': 'refused' });
    expect(rig.row()).toMatchObject({ waitingCount: 0, held: null });
    await rig.rest();
    expect(rig.jobs()).toEqual([]);
  });

  test('takes only names that its filters let through, and no sub-folders where they are not wanted', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ include: ['img_*.JPG'], exclude: ['*bad*'], recursive: false });
    for (const name of ['IMG_1.jpg', 'DSC_1.jpg', 'IMG_bad.jpg', 'sub/IMG_2.jpg']) rig.put(name);
    await rig.rest();
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
  });

  test('takes no photo by a link to where it is left out, in whatever order they come', async () => {
    await using rig = await WatchRig.open();
    rig.put('.cache/before.jpg');
    symlinkSync(join(rig.dir, '.cache', 'before.jpg'), join(rig.dir, 'before.jpg'));
    await rig.watch();
    const photo = rig.put('.cache/sub/photo.jpg');
    symlinkSync(photo, join(rig.dir, 'link.jpg'));
    symlinkSync(join(rig.dir, '.cache', 'sub'), join(rig.dir, 'folder'));
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: null, waitingCount: 0 });
    expect([rig.files(), rig.jobs()]).toEqual([{}, []]);
  });

  test('follows no link out of the folder and ends at links that loop', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const outside = join(rig.dir, '..', 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'far.jpg'), jpeg('far'));
    rig.put('sub/near.jpg');
    symlinkSync(outside, join(rig.dir, 'link-out'));
    symlinkSync(join(outside, 'far.jpg'), join(rig.dir, 'far.jpg'));
    symlinkSync(rig.dir, join(rig.dir, 'sub', 'loop'));
    symlinkSync('itself', join(rig.dir, 'itself'));
    await rig.rest();
    await rig.rest();
    expect(rig.files()).toEqual({ 'sub/near.jpg': 'taken' });
  });

  test('looks through a folder that was set to be polled, without a watcher', async () => {
    let watchers = 0;
    const watch: WatcherFactory = (options) => {
      watchers += 1;
      return chokidarWatcher(options);
    };
    await using rig = await WatchRig.open({ watch: { watch } });
    expect(await rig.watch({ polling: 'always' })).toMatchObject({ polling: 'chosen' });
    rig.put('IMG_1.jpg');
    await rig.pass(38_000);
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
    expect(watchers).toBe(0);
  });

  test('finds by its regular look what no event told of', async () => {
    const deaf: WatcherFactory = () => ({ ready: Promise.resolve(), close: () => Promise.resolve() });
    await using rig = await WatchRig.open({ watch: { watch: deaf } });
    await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.pass(290_000);
    expect(rig.files()).toEqual({});
    await rig.pass(20_000);
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
  });

  test('takes the settle time that it is set to', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ settleMs: 60_000 });
    rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.pass(50_000);
    expect(rig.row()).toMatchObject({ waitingCount: 1, today: { queued: 0 } });
    await rig.pass(10_000);
    expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 1 } });
  });

  test('lets a file go that vanished while it was waited for', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rmSync(rig.put('IMG_1.jpg'));
    const path = rig.put('IMG_2.jpg');
    rig.folders.reconcile();
    await rig.until('it is waited for', () => rig.row().waitingCount > 0);
    rmSync(path);
    await rig.rest();
    expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 0 } });
  });

  test('goes ahead of a thousand photos of a batch, also of those that are prepared', async () => {
    await using rig = await WatchRig.open({ concurrency: 2, held: true });
    await rig.watch();
    rig.at.batch(1_000);
    await rig.at.engine.start();
    await rig.at.until('the slots are full', () => rig.at.engine.status().atService === 2);
    await rig.at.until(
      'the next are prepared',
      () => rig.at.jobs().filter(({ state, upload }) => state === 'preparing' && upload !== null).length === 2,
    );
    rig.put('urgent.jpg');
    await rig.rest();
    const urgent = () => rig.jobs().find(({ priority }) => priority === WATCH_PRIORITY);
    await rig.at.until('it is prepared, too', () => urgent()?.upload !== null && urgent()?.upload !== undefined);
    const order: string[] = [];
    rig.at.engine.onJob(({ state, priority }) => {
      if (state === 'submitting') order.push(priority === WATCH_PRIORITY ? 'watched' : 'bulk');
    });
    rig.at.letGo();
    await rig.at.until('three were sent', () => order.length >= 3);
    expect(order[0]).toBe('watched');
    await rig.at.stop();
  });
});

describe('a file whose time does not change while it grows', () => {
  test('is seen by its size', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const time = new Date(2020, 1, 1);
    const whole = jpeg('kept time', 90_000);
    const path = rig.put('IMG_1.jpg', whole.subarray(0, 40_000));
    utimesSync(path, time, time);
    rig.folders.reconcile();
    await rig.folders.settled();
    await rig.pass(1_000);
    writeFileSync(path, whole);
    utimesSync(path, time, time);
    await rig.pass(1_000);
    expect(rig.row()).toMatchObject({ waitingCount: 1, today: { queued: 0 } });
    await rig.rest();
    expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 1 } });
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rig.rest();
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken', 'copy.jpg': 'same' });
  });
});
