// Photos that were sent, or known, and are sorted, renamed or canceled after: their records and jobs go along, so that none
// is paid for again by itself, none is counted twice, and none fails for its new name.
import { copyFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { jpeg, settings, WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };
const OTHER = settings({ parameters: { ...DEFAULT_PARAMETERS, resolution: '2MP' } });

async function rounds(rig: WatchRig, count = 2): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await rig.rest();
    await rig.enhance();
  }
}

function rename(rig: WatchRig, from: string, to: string): void {
  renameSync(join(rig.dir, from), join(rig.dir, to));
}

/** Photos of a day, in a folder of their own. */
function shoot(rig: WatchRig, count: number): void {
  for (let n = 0; n < count; n += 1) rig.put(`day/${n}.jpg`);
}

/** The names of a folder’s files in a state. */
function named(rig: WatchRig, state: string): string[] {
  return Object.entries(rig.files())
    .filter(([, found]) => found === state)
    .map(([path]) => path)
    .sort();
}

describe('after a change of settings', () => {
  test('photos that were enhanced are not paid for again when their folder is renamed, now or while nobody watches', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    shoot(rig, 30);
    await rounds(rig);
    await rig.folders.change(id, OTHER);
    rename(rig, 'day', 'Smith wedding');
    await rounds(rig);
    await rig.restart(() => rename(rig, 'Smith wedding', 'Smith'));
    await rounds(rig);
    expect(rig.submits()).toBe(30);
    expect(rig.row()).toMatchObject({ held: null, existing: null, today: { queued: 30, enhanced: 30, failed: 0 } });
    expect(named(rig, 'taken')).toHaveLength(30);
    expect(named(rig, 'taken').every((path) => path.startsWith('Smith/'))).toBe(true);
    rig.put('day/new.jpg');
    await rounds(rig);
    expect(rig.submits()).toBe(31);
  });

  test('nor when they swap names, go round, are named in another case, or give their names to new photos', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    for (const name of ['a', 'b', '1', '2', '3', 'case', 'IMG_1']) rig.put(`${name}.jpg`);
    await rounds(rig);
    await rig.folders.change(id, OTHER);
    for (const isClosed of [false, true]) {
      const sort = () => {
        for (const [from, to] of [
          ['a', 'b'],
          ['b', 'a'],
          ['1', '2'],
          ['2', '3'],
          ['3', '1'],
        ] as const) {
          rename(rig, `${from}.jpg`, `${to}.part`);
        }
        for (const name of ['a', 'b', '1', '2', '3']) rename(rig, `${name}.part`, `${name}.jpg`);
        rename(rig, isClosed ? 'CASE.JPG' : 'case.jpg', isClosed ? 'Case.jpg' : 'CASE.JPG');
      };
      if (isClosed) await rig.restart(sort);
      else sort();
      await rounds(rig);
    }
    expect(rig.submits()).toBe(7);
    await rig.restart(() => {
      rename(rig, 'IMG_1.jpg', 'best.jpg');
      rig.put('IMG_1.jpg', 'of another card');
    });
    await rounds(rig);
    expect(rig.submits()).toBe(8);
    expect(named(rig, 'taken')).toEqual(
      ['1.jpg', '2.jpg', '3.jpg', 'Case.jpg', 'IMG_1.jpg', 'a.jpg', 'b.jpg', 'best.jpg'].sort(),
    );
  });

  test('nor when another photo had its name for a while, and it is back', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    rig.put('a.jpg', 'first');
    await rounds(rig);
    await rig.folders.change(id, OTHER);
    for (const content of ['second', 'first', 'second', 'first']) {
      rig.put('a.jpg', content);
      await rounds(rig);
    }
    expect(rig.submits()).toBe(2);
    rig.put('b.jpg', 'second');
    await rounds(rig);
    expect(rig.submits()).toBe(2);
  });

  test('nor when they counted as those of a batch by hand, nor when their jobs were removed', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    const elsewhere = rig.at.photo('by hand.jpg');
    writeFileSync(elsewhere, jpeg('by hand.jpg'));
    rig.at.batch([rig.at.planFile(elsewhere)]);
    await rig.enhance();
    rig.put('day/by hand.jpg', 'by hand.jpg');
    rig.put('day/removed.jpg');
    await rounds(rig);
    rig.history.housekeeping.remove(rig.jobs().map((job) => job.id));
    await rig.folders.change(id, OTHER);
    rename(rig, 'day', 'sorted');
    await rounds(rig);
    expect(rig.files()).toEqual({ 'sorted/by hand.jpg': 'same', 'sorted/removed.jpg': 'taken' });
    expect(rig.submits()).toBe(2);
  });

  test('nor when they were refused for nothing: they are not sent by themselves again', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    const { id } = await rig.watch();
    shoot(rig, 2);
    await rounds(rig);
    rig.at.fault = undefined;
    const before = rig.submits();
    await rig.folders.change(id, OTHER);
    rename(rig, 'day', 'sorted');
    await rounds(rig);
    expect(rig.submits()).toBe(before);
    expect(rig.at.states()).toEqual({ failed: 2 });
    // The user tries them again: under the names that they have by now.
    rig.at.engine.retry({ states: ['failed'] });
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(before + 2);
  });

  test('a copy beside the photo itself is new, and follows its own name, also when both are renamed', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    const path = rig.put('a.jpg');
    await rounds(rig);
    await rig.folders.change(id, OTHER);
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rounds(rig);
    expect(rig.submits()).toBe(2);
    await rig.folders.change(id, settings({ parameters: { ...DEFAULT_PARAMETERS, resolution: '1MP' } }));
    rename(rig, 'copy.jpg', 'copy 2.jpg');
    rename(rig, 'a.jpg', 'a 2.jpg');
    await rounds(rig);
    expect(rig.submits()).toBe(2);
  });

  test('a photo that is moved and touched at once is told from another of its size that has its name', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    utimesSync(rig.put('a.jpg', jpeg('first')), 1e9, 1e9);
    await rounds(rig);
    await rig.folders.change(id, OTHER);
    await rig.restart(() => {
      rename(rig, 'a.jpg', 'b.jpg');
      utimesSync(join(rig.dir, 'b.jpg'), 2e9, 2e9);
      utimesSync(rig.put('a.jpg', jpeg('other')), 1.5e9, 1.5e9);
    });
    await rounds(rig);
    expect(rig.submits()).toBe(2);
    expect(rig.files()).toEqual({ 'a.jpg': 'taken', 'b.jpg': 'taken' });
  });
});

describe('photos that were canceled', () => {
  test('wait for the click when they are renamed, with the price, and then are paid for once', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    shoot(rig, 3);
    await rig.rest();
    rig.at.engine.cancel({});
    await rounds(rig);
    rename(rig, 'day', 'sorted');
    await rounds(rig);
    rig.put('sorted/unchanged.jpg', 'day/0.jpg'); // a copy, too
    await rounds(rig);
    expect(rig.submits()).toBe(0);
    const { held, existing } = rig.row();
    expect({ held, existing }).toMatchObject({ held: null, existing: { photos: 4 } });
    await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
    await rounds(rig);
    expect(rig.submits()).toBe(3);
    expect(rig.row().existing).toBeNull();
  });

  test('are sent when the user tries their jobs again, also under new names', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    shoot(rig, 2);
    await rig.rest();
    rig.at.engine.cancel({});
    rename(rig, 'day', 'sorted');
    await rounds(rig);
    rig.at.engine.retry({ states: ['canceled'] });
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(2);
  });

  test('by hand, while they waited in the watch folder, wait for the click and not for the end of its pause', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    await rig.folders.setPaused(id, true);
    rig.put('a.jpg');
    await rig.rest();
    const copy = join(rig.at.photoDir, 'a.jpg');
    copyFileSync(join(rig.dir, 'a.jpg'), copy);
    const batch = rig.at.batch([{ ...rig.at.planFile(copy), sourceHash: sha256Of(rig, 'a.jpg') }]);
    rig.at.engine.cancel({ batchId: batch.id });
    await rig.folders.setPaused(id, false);
    await rounds(rig);
    expect(rig.submits()).toBe(0);
    expect(rig.row()).toMatchObject({ held: null, existing: { photos: 1 } });
  });
});

function sha256Of(rig: WatchRig, key: string): string | null {
  return rig.history.watches.file(rig.row().id, key)?.sha256 ?? null;
}

describe('photos that are queued', () => {
  test('go on under the name that their folder has by now, and count once against the day’s limit', async () => {
    for (const photosADay of [8, 6, null]) {
      // Missed by the engine before they are found again, or not.
      for (const isMissed of [false, true]) {
        await using rig = await WatchRig.open(PAID);
        await rig.watch({ photosADay });
        shoot(rig, 6);
        await rig.rest();
        rename(rig, 'day', 'day 1');
        if (isMissed) {
          await rig.enhance();
          expect(rig.at.states()).toEqual({ failed: 6 });
        }
        await rounds(rig);
        expect(rig.submits()).toBe(6);
        expect(rig.at.states()).toEqual({ succeeded: 6 });
        expect(rig.row()).toMatchObject({ held: null, today: { queued: 6, enhanced: 6, failed: 0 } });
        const paths = rig.jobs().map(({ sourcePath }) => sourcePath);
        expect(paths.sort()).toEqual([0, 1, 2, 3, 4, 5].map((n) => join(rig.dir, 'day 1', `${n}.jpg`)));
      }
    }
  });

  test('and are copied, and gone after, go on as the copy', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    shoot(rig, 3);
    await rig.rest();
    for (let n = 0; n < 3; n += 1) rig.put(`copies/${n}.jpg`, `day/${n}.jpg`);
    rig.put('copies/again.jpg', 'day/0.jpg');
    await rig.rest();
    rmSync(join(rig.dir, 'day'), { recursive: true });
    await rounds(rig, 3);
    expect(rig.at.states()).toEqual({ succeeded: 3 });
    expect(rig.submits()).toBe(3);
    expect(rig.row().today).toMatchObject({ queued: 3, enhanced: 3, failed: 0 });
  });

  test('and swap names are each enhanced once, with a result of its own', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    rig.put('a.jpg');
    rig.put('b.jpg');
    await rig.rest();
    rename(rig, 'a.jpg', 'c.part');
    rename(rig, 'b.jpg', 'a.jpg');
    rename(rig, 'c.part', 'b.jpg');
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(2);
    expect(new Set(rig.jobs().map(({ outputPath }) => outputPath)).size).toBe(2);
  });

  test('are left to a batch by hand that has them under their new name', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    rig.put('a.jpg');
    await rig.rest();
    rename(rig, 'a.jpg', 'b.jpg');
    rig.at.batch([rig.at.planFile(join(rig.dir, 'b.jpg'))]);
    await rounds(rig, 3);
    expect(rig.submits()).toBe(1);
  });

  test('and move into each other’s folders are each enhanced once, with a result of its own', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    // Of one size and time, too.
    utimesSync(rig.put('day/a.jpg', 'one'), 1e9, 1e9);
    utimesSync(rig.put('night/a.jpg', 'two'), 1e9, 1e9);
    await rig.rest();
    rename(rig, 'day/a.jpg', 'night/b.jpg');
    rename(rig, 'night/a.jpg', 'day/a.jpg');
    await rounds(rig, 3);
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(2);
    expect(new Set(rig.jobs().map(({ outputPath }) => outputPath)).size).toBe(2);
  });

  test('are at the service while they are renamed: fetched, and not sent again', async () => {
    await using rig = await WatchRig.open({ ...PAID, held: true });
    const { id } = await rig.watch();
    shoot(rig, 2);
    await rig.rest();
    await rig.at.engine.start();
    await rig.at.until('both are at the service', () => rig.at.states().processing === 2);
    await rig.folders.change(id, OTHER);
    rename(rig, 'day', 'sorted');
    await rig.rest();
    rig.at.letGo();
    await rig.at.idle();
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(2);
    const paths = rig.jobs().map(({ sourcePath }) => sourcePath);
    expect(paths.sort()).toEqual([0, 1].map((n) => join(rig.dir, 'sorted', `${n}.jpg`)));
  });

  test('are not found again where a folder has their name, or they are gone', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    rig.put('a.jpg');
    await rig.rest();
    rename(rig, 'a.jpg', 'b.jpg');
    mkdirSync(join(rig.dir, 'a.jpg'));
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    rmSync(join(rig.dir, 'b.jpg'));
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.files()).toEqual({ 'b.jpg': 'taken' });
  });
});
