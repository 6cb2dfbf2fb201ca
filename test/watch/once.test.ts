// What a photo is: its content and what is to be made of it, never its name. Nothing is paid for twice, and what is new
// is never missed for what it is called.
import { copyFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { jpeg, settings, WatchRig } from './rig.ts';

describe('a photo that is known', () => {
  test('is not paid for again as a copy, under another name, in another folder, or touched', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    rig.put('sub/other name.jpeg', 'IMG_1.jpg');
    await rig.rest();
    renameSync(path, join(rig.dir, 'renamed.jpg'));
    utimesSync(join(rig.dir, 'copy.jpg'), new Date(), new Date(2020, 1, 1));
    await rig.rest();
    await rig.enhance();
    expect(rig.files()).toEqual({
      'renamed.jpg': 'taken',
      'copy.jpg': 'same',
      'sub/other name.jpeg': 'same',
    });
    expect(rig.submits()).toBe(1);
    expect(rig.row()).toMatchObject({ waitingCount: 0, held: null, today: { queued: 1, enhanced: 1, known: 2 } });
  });

  test('is sent once when it comes twice at once, also in two folders', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const second = join(rig.dir, '..', 'second');
    rig.put('../second/.keep');
    const other = await rig.watch({}, null, second);
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) rig.put(name, 'one and the same');
    writeFileSync(join(second, 'd.jpg'), jpeg('one and the same'));
    await rig.rest();
    await rig.enhance();
    expect(rig.jobs()).toHaveLength(1);
    expect(rig.submits()).toBe(1);
    const states = [...Object.values(rig.files()), ...Object.values(rig.files(other.id))];
    expect(states.sort()).toEqual(['same', 'same', 'same', 'taken']);
  });

  test('is not sent when a batch that was started by hand has it: enhanced, queued and read, or queued and not read', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const output = { onExists: 'number' } as const;
    const planned = (name: string) => {
      const path = rig.at.photo(name);
      writeFileSync(path, jpeg(name));
      return rig.at.planFile(path);
    };
    rig.at.batch([planned('done.jpg')], output);
    await rig.enhance();
    await rig.at.stop();
    rig.at.renew();
    rig.at.batch([planned('unread.jpg'), planned('gone.jpg')], output);
    rmSync(join(rig.at.photoDir, 'gone.jpg'));
    for (const name of ['done.jpg', 'unread.jpg', 'gone.jpg']) rig.put(`card/${name}`, name);
    await rig.rest();
    // What is gone cannot be compared, and will never be sent from there.
    expect(rig.files()).toEqual({ 'card/done.jpg': 'same', 'card/unread.jpg': 'same', 'card/gone.jpg': 'taken' });
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 3, failed: 1 });
    expect(rig.submits()).toBe(3);
  });

  test('that a batch by hand has queued from the very folder is left to that batch', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('IMG_1.jpg');
    rig.at.batch([rig.at.planFile(path)]);
    await rig.rest();
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'same' });
    expect(rig.jobs()).toHaveLength(1);
  });

  test('is new where something else is to be made of it', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.folders.change(id, settings({ parameters: { ...DEFAULT_PARAMETERS, seed: 7 } }));
    await rig.rest();
    expect(rig.jobs()).toHaveLength(1); // not by itself: it was there
    rig.put('again.jpg', 'IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.submits()).toBe(2);
    expect(rig.history.batches.list().map(({ name }) => name)).toEqual([
      'tethered · 2026-11-22 (2)',
      'tethered · 2026-11-22',
    ]);
  });

  test('is not sent again by itself after it failed, but is when it comes again', async () => {
    await using rig = await WatchRig.open();
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    await rig.watch();
    const path = rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1 });
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.jobs()).toHaveLength(1);
    expect(rig.row().today).toMatchObject({ queued: 1, enhanced: 0, failed: 1 });
    rig.at.fault = undefined;
    copyFileSync(path, join(rig.dir, 'again.jpg'));
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1, succeeded: 1 });
  });

  test('is never sent again while it may have been charged', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('IMG_1.jpg');
    await rig.rest();
    const [job] = rig.jobs();
    const { jobs } = rig.history;
    jobs.apply(job?.id ?? 0, { type: 'claim' }, 1);
    jobs.apply(job?.id ?? 0, { type: 'submit' }, 1);
    jobs.apply(job?.id ?? 0, { type: 'doubt', failure: failure('uncertain_submit') }, 1);
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rig.rest();
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken', 'copy.jpg': 'same' });
    expect(rig.jobs()).toHaveLength(1);
  });

  test('stays known after its job was removed from the history', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    renameSync(path, join(rig.dir, 'renamed.jpg'));
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.jobs()).toEqual([]);
    expect(rig.files()).toEqual({ 'renamed.jpg': 'taken' });
    expect(rig.row().today).toMatchObject({ queued: 1, enhanced: 0, batchId: null });
  });

  test('stays known after its job was removed, also when another photo has its name, or its folder was forgotten', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    const { id } = await rig.watch();
    for (const content of ['first', 'second']) {
      rig.put('IMG_1.jpg', content);
      await rig.rest();
      await rig.enhance();
    }
    rig.history.housekeeping.remove(rig.jobs().map((job) => job.id));
    rig.put('backup.jpg', 'first');
    await rig.rest();
    expect(rig.files()).toMatchObject({ 'IMG_1.jpg': 'taken', 'backup.jpg': 'taken' });
    await rig.folders.remove(id);
    const { id: again } = await rig.watch();
    rig.put('back again.jpg', 'second');
    await rig.rest();
    expect(rig.files(again)).toMatchObject({ 'back again.jpg': 'same' });
    expect(rig.submits()).toBe(2);
  });

  test('is new again after its job was removed that failed for nothing', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    await rig.watch();
    rig.put('a.jpg', 'a photo');
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1 });
    rig.at.fault = undefined;
    rig.history.housekeeping.remove(rig.jobs().map((job) => job.id));
    rig.put('b.jpg', 'a photo');
    await rig.rest();
    expect(rig.files()).toMatchObject({ 'b.jpg': 'taken' });
  });
});

describe('another photo under the same name', () => {
  test('is new also when nothing but a result is left of the first; what was there before is not made anew', async () => {
    await using rig = await WatchRig.open();
    const out = join(rig.at.dir, 'results');
    await rig.watch({}, out);
    rig.put('IMG_1.jpg', 'first');
    rig.put('IMG_2.jpg', 'stays');
    await rig.rest();
    await rig.enhance();
    rmSync(join(rig.dir, 'IMG_1.jpg'));
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    await rig.folders.remove(rig.row().id);
    // With the same parameters it would be known by its content.
    const { id, existing } = await rig.watch({ parameters: { ...DEFAULT_PARAMETERS, steps: 11 } }, out);
    rig.put('IMG_1.jpg', 'second');
    await rig.rest();
    await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
    await rig.rest();
    await rig.enhance();
    expect(rig.jobs().map(({ outStem, state }) => [outStem, state])).toEqual([
      ['IMG_1_enhanced (2)', 'succeeded'],
      ['IMG_2_enhanced', 'skipped'],
    ]);
    expect(rig.submits()).toBe(3);
  });

  test('is new, and its result takes no other’s place and is not skipped for it', async () => {
    for (const onExists of ['skip', 'number'] as const) {
      await using rig = await WatchRig.open();
      await rig.watch({ output: { ...settings().output, onExists } });
      for (const content of ['first', 'second', 'third']) {
        rig.put('IMG_1.jpg', content);
        await rig.rest();
        await rig.pass(4_000); // one that changes again soon has to be still for longer
        await rig.enhance();
      }
      expect(rig.at.states()).toEqual({ succeeded: 3 });
      expect(rig.submits()).toBe(3);
      expect(new Set(rig.jobs().map(({ outputPath }) => outputPath)).size).toBe(3);
      expect(rig.jobs().map(({ outStem }) => outStem)).toEqual([
        'IMG_1_enhanced',
        'IMG_1_enhanced (2)',
        'IMG_1_enhanced (3)',
      ]);
      rig.put('IMG_1.jpg', 'first'); // back to what it was
      await rig.rest();
      await rig.pass(12_000);
      await rig.enhance();
      expect(rig.submits()).toBe(3);
      expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
    }
  });

  test('takes the place of the earlier result where that was asked for', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ output: { ...settings().output, onExists: 'overwrite' } });
    for (const content of ['first', 'second']) {
      rig.put('IMG_1.jpg', content);
      await rig.rest();
      await rig.enhance();
    }
    expect(rig.submits()).toBe(2);
    expect(new Set(rig.jobs().map(({ outputPath }) => outputPath)).size).toBe(1);
  });

  test('is told apart from one that differs only in kind or case, and from a result that lies there', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('a.jpg');
    rig.put('a.png', 'of another kind');
    rig.put('A.jpg', 'of another case');
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 3 });
    expect(new Set(rig.jobs().map(({ outStem }) => outStem.toLowerCase())).size).toBe(3);
  });

  test('is not sent where a result of its name is there and the user wants those skipped', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('Enhanced (practice)/IMG_1_enhanced.jpg', 'from another machine');
    rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ skipped: 1 });
    expect(rig.submits()).toBe(0);
  });

  test('is sent once though it changes while it is queued', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('IMG_1.jpg', 'first');
    await rig.rest();
    rig.put('IMG_1.jpg', 'a second one');
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1, succeeded: 1 });
    expect(rig.jobs().map(({ failure: found }) => found?.code ?? null)).toEqual(['source_changed', null]);
    expect(rig.submits()).toBe(1);
  });
});

describe('after a restart', () => {
  test('what came meanwhile is taken, what was done is not, and what was half copied is waited for', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('done.jpg');
    rig.put('queued.jpg');
    await rig.rest();
    const whole = jpeg('half', 50_000);
    rig.put('half.jpg', whole.subarray(0, 20_000));
    await rig.rest();
    await rig.restart(() => {
      rig.put('new.jpg');
      rig.put('deep/new.jpg', 'another');
      rig.put('changed later.jpg', 'done.jpg');
      rmSync(join(rig.dir, 'queued.jpg'));
    });
    await rig.rest();
    rig.append('half.jpg', whole.subarray(20_000));
    await rig.rest();
    expect(rig.files()).toEqual({
      'done.jpg': 'taken',
      'queued.jpg': 'taken',
      'new.jpg': 'taken',
      'deep/new.jpg': 'taken',
      'changed later.jpg': 'same',
      'half.jpg': 'taken',
    });
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 4, failed: 1 });
    expect(rig.submits()).toBe(4);
  });

  test('in the middle of many, each is sent once', async () => {
    await using rig = await WatchRig.open({ concurrency: 16, speed: 100 });
    await rig.watch({ stormLimit: 1_000 });
    for (let n = 0; n < 300; n += 1) rig.put(`IMG_${n}.jpg`);
    rig.folders.reconcile();
    await rig.until('all are waited for', () => rig.row().waitingCount === 300);
    rig.clock.advance(2_000);
    await rig.until('some are queued', () => rig.row().today.queued > 0);
    await rig.restart();
    expect(rig.row().today.queued).toBeLessThan(301);
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 300 });
    expect(rig.at.posts()).toEqual(Array(300).fill(1));
  });

  test('between the record of a job and the word of it to the engine, it is taken up', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.at.engine.announceAdded = () => {
      throw new Error('killed');
    };
    rig.put('IMG_1.jpg');
    await rig.rest();
    expect(rig.jobs()).toMatchObject([{ state: 'queued' }]);
    await rig.restart();
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 1 });
    expect(rig.submits()).toBe(1);
  });
});
