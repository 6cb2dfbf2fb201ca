// What was there before watching began is left alone until it is asked for, and so is what a change of settings brings
// into sight. What is agreed to is sent, and nothing that came later.
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { jpeg, settings, WatchRig } from './rig.ts';

describe('photos that were there before', () => {
  test('are left alone, told with their price, and sent when they are asked for: each once', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    for (const name of ['1.jpg', '2.jpg', 'sub/3.jpg', 'film.mov']) rig.put(name);
    const row = await rig.watch();
    expect(row).toMatchObject({ held: null, existing: { why: 'existing', photos: 3 }, today: { queued: 0 } });
    expect(row.existing?.credits).toBeCloseTo(0.12);
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.jobs()).toEqual([]);
    rig.put('new.jpg');
    await rig.rest();
    expect(rig.jobs()).toHaveLength(1);
    expect(await rig.folders.release(row.id, 'existing', row.existing?.agreement ?? 0)).toMatchObject({ queued: 3 });
    expect(rig.row()).toMatchObject({ existing: null, held: null, today: { queued: 4 } });
    expect(await rig.folders.release(row.id, 'existing', row.existing?.agreement ?? 0)).toMatchObject({ queued: 0 });
    await rig.enhance();
    expect(rig.submits()).toBe(4);
  });

  test('are told apart when they are asked for: queued, known, and waiting', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    rig.put('sent before.jpg', 'known');
    rig.at.batch([rig.at.planFile(join(rig.dir, 'sent before.jpg'))]);
    await rig.enhance();
    for (const name of ['known 1.jpg', 'known 2.jpg']) rig.put(name, 'known');
    for (const name of ['new 1.jpg', 'new 2.jpg', 'new 3.jpg']) rig.put(name);
    const { id, existing } = await rig.watch({ photosADay: 2 });
    expect(existing).toMatchObject({ photos: 5 });
    expect(await rig.folders.release(id, 'existing', existing?.agreement ?? 0)).toEqual({
      queued: 2,
      known: 2,
      waiting: 1,
      gone: 0,
    });
    await rig.enhance();
    expect(rig.submits()).toBe(3);
  });

  test('and are gone when they are asked for are told as gone, and wait for nothing', async () => {
    for (const isPaused of [false, true]) {
      await using rig = await WatchRig.open({ service: 'https://api.example' });
      for (const name of ['1.jpg', '2.jpg', '3.jpg']) rig.put(name);
      const { id, existing } = await rig.watch();
      await rig.folders.setPaused(id, isPaused);
      for (const name of ['1.jpg', '2.jpg']) rmSync(join(rig.dir, name));
      const rest = isPaused ? { queued: 0, waiting: 1 } : { queued: 1, waiting: 0 };
      const agreement = existing?.agreement ?? 0;
      expect(await rig.folders.release(id, 'existing', agreement)).toEqual({ known: 0, gone: 2, ...rest });
      expect(Object.keys(rig.files())).toEqual(['3.jpg']);
      await rig.folders.setPaused(id, false);
      await rig.folders.settled();
      await rig.enhance();
      expect(rig.submits()).toBe(1);
    }
  });

  test('and go while their folder is away, after they were asked for, wait no more when it is back', async () => {
    await using rig = await WatchRig.open();
    for (const name of ['1.jpg', '2.jpg']) rig.put(name);
    const { id, existing } = await rig.watch();
    renameSync(rig.dir, `${rig.dir} away`);
    await rig.pass(6_000);
    const agreement = existing?.agreement ?? 0;
    expect(await rig.folders.release(id, 'existing', agreement)).toMatchObject({ waiting: 2, gone: 0 });
    rmSync(join(`${rig.dir} away`, '1.jpg'));
    renameSync(`${rig.dir} away`, rig.dir);
    await rig.pass(6_000);
    expect(rig.files()).toEqual({ '2.jpg': 'taken' });
  });

  test('are all known when copies of what was enhanced are asked for: nothing is sent', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    const path = rig.put('../elsewhere.jpg', 'known');
    rig.at.batch([rig.at.planFile(path)]);
    await rig.enhance();
    for (let n = 0; n < 6; n += 1) rig.put(`copy ${n}.jpg`, 'known');
    const { id, existing } = await rig.watch();
    const agreement = existing?.agreement ?? 0;
    expect(await rig.folders.release(id, 'existing', agreement)).toEqual({ queued: 0, known: 6, waiting: 0, gone: 0 });
    await rig.enhance();
    expect(rig.submits()).toBe(1);
  });

  test('are sent past the storm guard, since they were asked for', async () => {
    await using rig = await WatchRig.open();
    for (let n = 0; n < 12; n += 1) rig.put(`${n}.jpg`);
    const { id, existing } = await rig.watch({ stormLimit: 5 });
    await rig.pass(3_000);
    expect(await rig.folders.release(id, 'existing', existing?.agreement ?? 0)).toMatchObject({ queued: 12 });
    rig.put('new.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 13 } });
  });

  test('are sent after a restart when they were asked for before it', async () => {
    await using rig = await WatchRig.open();
    rig.put('1.jpg');
    const { id } = await rig.watch();
    rig.history.watches.release(id, 'there', 1_000); // and then the power failed
    await rig.restart();
    await rig.rest();
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
  });

  test('are still the same under another name or with another time, and new with another content', async () => {
    await using rig = await WatchRig.open();
    for (const name of ['renamed.jpg', 'touched.jpg', 'changed.jpg', 'copied.jpg']) rig.put(name);
    await rig.watch();
    renameSync(join(rig.dir, 'renamed.jpg'), join(rig.dir, 'new name.jpg'));
    utimesSync(join(rig.dir, 'touched.jpg'), new Date(), new Date(2020, 1, 1));
    rig.put(
      'changed.jpg',
      readFileSync(join(rig.dir, 'changed.jpg')).map((byte, index) => (index === 12 ? 0x21 : byte)) as Buffer,
    );
    copyFileSync(join(rig.dir, 'copied.jpg'), join(rig.dir, 'copy.jpg'));
    await rig.rest();
    expect(rig.files()).toEqual({
      'new name.jpg': 'there',
      'touched.jpg': 'there',
      'changed.jpg': 'taken',
      'copied.jpg': 'there',
      'copy.jpg': 'taken',
    });
    expect(rig.row()).toMatchObject({ existing: { photos: 3 }, today: { queued: 2 } });
  });

  test('are still the same when they are renamed before they could be read', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    for (let n = 0; n < 600; n += 1) rig.put(`a/${n}.jpg`);
    for (let n = 0; n < 10; n += 1) rig.put(`old/${n}.jpg`, `last ${n}`);
    for (let n = 0; n < 10; n += 1) utimesSync(join(rig.dir, `old/${n}.jpg`), 1e9, 1e9); // as many cards have it: all alike
    await rig.folders.start();
    await rig.folders.add(rig.dir, { settings: settings(), out: null });
    renameSync(join(rig.dir, 'old'), join(rig.dir, 'renamed'));
    await rig.folders.settled();
    for (let n = 0; n < 12; n += 1) await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 610 }, today: { queued: 0 } });
    expect(rig.files()).toMatchObject({ 'renamed/0.jpg': 'there', 'renamed/9.jpg': 'there' });
    rig.put('new.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 610 }, today: { queued: 1 } });
  });

  test('are new when they are changed in their middle alone', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    const photo = (shade: number) => {
      const bytes = jpeg('a photo', 1_000_000);
      return bytes.fill(shade, 400_000, 600_000);
    };
    const path = rig.put('changed.jpg', photo(1));
    rig.put('touched.jpg', jpeg('another', 1_000_000));
    await rig.watch();
    await rig.rest();
    writeFileSync(path, photo(2));
    for (const name of ['changed.jpg', 'touched.jpg']) utimesSync(join(rig.dir, name), 2e9, 2e9);
    await rig.rest();
    expect(rig.files()).toEqual({ 'changed.jpg': 'taken', 'touched.jpg': 'there' });
    await rig.enhance();
    expect(rig.submits()).toBe(1);
  });

  test('are new when any part of them was changed, and not when they were only touched', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    const names = ['changed', 'touched', 'renamed', 'changed and renamed'];
    for (const name of names) rig.put(`${name}.jpg`, jpeg(name, 3_000_000));
    await rig.watch();
    await rig.pass(20_000);
    const retouch = (name: string) => {
      const file = openSync(join(rig.dir, `${name}.jpg`), 'r+');
      writeSync(file, Buffer.alloc(50_000, 7), 0, 50_000, 600_000); // between two samples
      closeSync(file);
    };
    retouch('changed');
    retouch('changed and renamed');
    renameSync(join(rig.dir, 'changed and renamed.jpg'), join(rig.dir, 'new.jpg'));
    renameSync(join(rig.dir, 'renamed.jpg'), join(rig.dir, 'new name.jpg'));
    for (const name of ['changed', 'touched', 'new', 'new name']) utimesSync(join(rig.dir, `${name}.jpg`), 2e9, 2e9);
    await rig.rest();
    expect(rig.files()).toMatchObject({
      'changed.jpg': 'taken',
      'touched.jpg': 'there',
      'new name.jpg': 'there',
      'new.jpg': 'taken',
    });
    await rig.enhance();
    expect(rig.submits()).toBe(2);
  });

  test('are read whole a little at a time, while nothing else is to do, and never on a drive that is polled', async () => {
    for (const polling of ['auto', 'always'] as const) {
      await using rig = await WatchRig.open();
      for (let n = 0; n < 6; n += 1) rig.put(`${n}.jpg`, jpeg(`photo ${n}`, 6_000_000));
      const { id } = await rig.watch({ polling });
      const read = () => rig.history.watches.files(id, { after: 0, limit: 9 }).filter(({ sha256 }) => sha256).length;
      expect(read()).toBe(0);
      await rig.pass(5_000);
      expect(read()).toBe(polling === 'auto' ? 1 : 0);
      await rig.restart();
      expect(read()).toBe(polling === 'auto' ? 1 : 0);
      await rig.pass(60_000);
      expect(read()).toBe(polling === 'auto' ? 6 : 0);
    }
  });

  test('do not count a file that was still growing when watching began', async () => {
    await using rig = await WatchRig.open();
    const whole = jpeg('growing', 50_000);
    rig.put('growing.jpg', whole.subarray(0, 10_000));
    rig.put('empty.jpg', Buffer.alloc(0));
    const row = await rig.watch();
    expect(row.existing?.photos).toBe(1);
    writeFileSync(join(rig.dir, 'growing.jpg'), whole);
    rig.put('empty.jpg', 'filled');
    await rig.rest();
    expect(rig.files()).toEqual({ 'growing.jpg': 'taken', 'empty.jpg': 'taken' });
    expect(rig.row().existing).toBeNull();
  });

  test('are not offered when they are enhanced already, or are results', async () => {
    await using rig = await WatchRig.open();
    const path = rig.put('1.jpg');
    rig.put('2.jpg');
    rig.at.batch([rig.at.planFile(path, { outDir: rig.dir })]);
    await rig.enhance();
    expect((await rig.watch()).existing?.photos).toBe(1);
    expect(rig.files()).toEqual({ '1.jpg': 'same', '1_enhanced.jpg': 'own', '2.jpg': 'there' });
  });

  test('are never taken for new when the first look is cut short', async () => {
    await using rig = await WatchRig.open();
    for (let n = 0; n < 50; n += 1) rig.put(`${n}.jpg`);
    const { id } = await rig.watch();
    // As if the process had died before anything of the first look was recorded.
    rig.history.watches.move(id, 'practice');
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 50 }, today: { queued: 0 } });
  });
});

describe('a change of settings', () => {
  test('sends nothing that it only brings into sight: names, sub-folders, an earlier output folder', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ include: ['*.jpg'], exclude: ['b*'], recursive: false }, join(rig.dir, 'out'));
    for (const name of ['a.jpg', 'a.png', 'b.jpg', 'sub/c.jpg', 'out/d.jpg']) rig.put(name);
    await rig.rest();
    expect(rig.files()).toEqual({ 'a.jpg': 'taken' });
    await rig.folders.change(id, settings({ exclude: ['b*'] }));
    await rig.rest();
    expect(rig.files()).toEqual({ 'a.jpg': 'taken', 'a.png': 'there', 'sub/c.jpg': 'there' });
    await rig.folders.change(id, settings());
    await rig.folders.setOut(id, null);
    await rig.rest();
    await rig.rest();
    expect(rig.files()).toMatchObject({ 'b.jpg': 'there', 'out/d.jpg': 'there' });
    for (const name of ['b2.jpg', 'new.png', 'sub/new.jpg', 'out/new.jpg']) rig.put(name);
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 4 }, today: { queued: 5 } });
  });

  test('keeps what it brought into sight from being sent when it was made while the folder was away', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ include: ['*.jpg'] });
    rig.put('a.png');
    await rig.rest();
    renameSync(rig.dir, `${rig.dir} away`);
    await rig.pass(10_000);
    expect(rig.row().state).toBe('unavailable');
    await rig.folders.change(id, settings());
    rig.put('../tethered away/b.jpg', 'came meanwhile');
    renameSync(`${rig.dir} away`, rig.dir);
    await rig.rest();
    await rig.rest();
    expect(rig.files()).toEqual({ 'a.png': 'there', 'b.jpg': 'taken' });
  });

  test('of the parameters begins another batch of the day', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    rig.put('1.jpg');
    await rig.rest();
    await rig.folders.change(id, settings({ parameters: { ...DEFAULT_PARAMETERS, steps: 11 } }));
    rig.put('2.jpg');
    await rig.rest();
    rig.put('3.jpg');
    await rig.rest();
    const batches = rig.history.batches.list();
    expect(batches.map(({ name, parameters }) => [name, parameters.steps])).toEqual([
      ['tethered · 2026-11-22 (2)', 11],
      ['tethered · 2026-11-22', 30],
    ]);
    expect(rig.row().today).toMatchObject({ queued: 3, batchId: batches[0]?.id });
    expect(rig.history.watches.ofBatch(batches[0]?.id ?? 0)).toEqual({ watchId: id, name: 'tethered' });
  });
});

describe('a folder that is moved to another service', () => {
  test('begins anew: what is in it was there before', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    await rig.folders.start();
    const id = rig.history.watches.add({ path: rig.dir, service: 'practice', settings: settings(), out: null }, 1);
    rig.put('1.jpg');
    await rig.folders.start();
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'elsewhere', practice: true });
    expect(rig.jobs()).toEqual([]);
    expect(await rig.folders.move(id)).toMatchObject({ state: 'watching', practice: false, existing: { photos: 1 } });
    rig.put('2.jpg');
    await rig.rest();
    expect(rig.files()).toEqual({ '1.jpg': 'there', '2.jpg': 'taken' });
    expect(rig.jobs().map(({ service }) => service)).toEqual(['https://api.example']);
  });
});

describe('a history that was restored from a backup', () => {
  test('takes nothing for new that may have been sent since', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 2 });
    rig.put('1.jpg');
    await rig.rest();
    for (const name of ['held 1.jpg', 'held 2.jpg', 'held 3.jpg']) rig.put(name);
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 3 });
    await rig.restart(() => {
      rig.history.atomically(() => rig.history.watches.distrust());
      rig.put('sent since.jpg');
    });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 4 }, today: { queued: 1 } });
    rig.put('new.jpg');
    await rig.rest();
    expect(rig.row().today.queued).toBe(2);
  });

  test('sends what waited when it is asked for, and never again what was sent', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    rig.put('asked for and sent.jpg');
    const { id, existing } = await rig.watch();
    await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
    await rig.enhance();
    await rig.folders.setPaused(id, true);
    for (const name of ['a.jpg', 'b.jpg']) rig.put(name);
    await rig.rest();
    await rig.restart(() => rig.history.atomically(() => rig.history.watches.distrust()));
    await rig.folders.setPaused(id, false);
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 2 } });
    expect(await rig.folders.release(id, 'existing', rig.row().existing?.agreement ?? 0)).toMatchObject({ queued: 2 });
    await rig.enhance();
    expect(rig.row().existing).toBeNull();
    expect(rig.files()).toEqual({ 'asked for and sent.jpg': 'taken', 'a.jpg': 'taken', 'b.jpg': 'taken' });
    expect(rig.submits()).toBe(3);
  });
});
