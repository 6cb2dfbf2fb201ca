// Photos whose jobs ended for nothing: they are sent after all when they are there again, once, and as the folder's rules
// let them go.
import { copyFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../fakes/harness.ts';
import { settings, jpeg, WatchRig } from './rig.ts';

const PAID = { service: 'https://api.example' };

/** Time for the folder to see what is there, and for the engine to do it, again and again. */
async function rounds(rig: WatchRig, count = 3): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await rig.rest();
    await rig.enhance();
  }
}

/** A photo outside of all watched folders. */
function outside(rig: WatchRig, name: string): string {
  const path = join(rig.at.photoDir, name);
  writeFileSync(path, jpeg(name));
  return path;
}

describe('a photo whose job missed it', () => {
  test('is paid for once when it was enhanced in another watch folder meanwhile', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = await rig.watch();
    rig.put('../second/.keep');
    const second = join(rig.dir, '..', 'second');
    await rig.watch({}, null, second);
    const path = rig.put('X.jpg');
    await rig.rest();
    renameSync(path, join(second, 'X.jpg'));
    await rounds(rig);
    expect(rig.at.states()).toEqual({ failed: 1, succeeded: 1 });
    renameSync(join(second, 'X.jpg'), path);
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.files(id)).toEqual({ 'X.jpg': 'same' });
  });

  test('is paid for once when a batch by hand took it elsewhere, enhanced or still queued', async () => {
    // Back with its time, or with another one, as from a drive that keeps times by the second.
    for (const [isDone, time] of [
      [true, 1e9],
      [false, 1e9],
      [true, 2e9],
      [false, 2e9],
    ] as const) {
      await using rig = await WatchRig.open(PAID);
      await rig.watch();
      const path = rig.put('X.jpg');
      utimesSync(path, 1e9, 1e9);
      await rig.rest();
      const away = join(rig.at.photoDir, 'away.jpg');
      renameSync(path, away);
      await rounds(rig, 1);
      if (!isDone) rig.at.engine.pause();
      rig.at.batch([rig.at.planFile(away)]);
      if (isDone) await rounds(rig, 1);
      copyFileSync(away, path);
      utimesSync(path, time, time);
      await rig.rest();
      expect(rig.files()).toEqual({ 'X.jpg': 'same' });
      rig.at.engine.resume();
      await rounds(rig);
      expect(rig.submits()).toBe(1);
    }
  });

  test('is sent soon when it is back with another time, however long nothing else happens', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    const path = rig.put('X.jpg');
    await rig.rest();
    const away = join(rig.at.photoDir, 'away.jpg');
    renameSync(path, away);
    await rounds(rig, 2);
    expect(rig.at.states()).toEqual({ failed: 1 });
    utimesSync(away, 2e9, 2e9);
    renameSync(away, path);
    await rig.rest();
    await rig.pass(3_000);
    expect(rig.at.states().failed).toBeUndefined();
    await rig.enhance();
    expect({ states: rig.at.states(), submits: rig.submits() }).toEqual({ states: { succeeded: 1 }, submits: 1 });
  });

  test('waits for the end of a pause, for the hours and for the day’s limit as any other', async () => {
    const resting = { hours: { from: 60, to: 61 } };
    for (const rule of ['pause', 'hours', 'limit'] as const) {
      await using rig = await WatchRig.open(PAID);
      const { id } = await rig.watch();
      const path = rig.put('X.jpg');
      await rig.rest();
      const away = join(rig.at.photoDir, 'away.jpg');
      renameSync(path, away);
      await rounds(rig, 2);
      if (rule === 'pause') await rig.folders.setPaused(id, true);
      else await rig.folders.change(id, settings(rule === 'hours' ? resting : { creditsADay: 0.01 }));
      renameSync(away, path);
      await rounds(rig, 2);
      expect(rig.submits()).toBe(0);
      if (rule === 'pause') await rig.folders.setPaused(id, false);
      else await rig.folders.change(id, settings());
      await rig.pass(2_000);
      await rounds(rig, 1);
      expect(rig.submits()).toBe(1);
      expect(rig.at.states()).toEqual({ succeeded: 1 });
    }
  });
});

describe('a photo that was located elsewhere', () => {
  /** Missed in its folder, then located outside of it. */
  async function located(rig: WatchRig): Promise<{ path: string; away: string }> {
    await rig.watch();
    const path = rig.put('X.jpg');
    await rig.rest();
    const away = join(rig.at.photoDir, 'away.jpg');
    renameSync(path, away);
    await rounds(rig, 1);
    expect(rig.jobs()).toMatchObject([{ id: 1, failure: { code: 'source_missing' } }]);
    const { sourceBytes, sourceMtimeMs, outDir } = rig.at.planFile(away, { outDir: rig.jobs()[0]?.outDir ?? '' });
    rig.at.engine.pause();
    const place = {
      sourcePath: away,
      sourceBytes,
      sourceMtimeMs,
      sourceHash: rig.jobs()[0]?.sourceHash ?? null,
      outDir,
    };
    expect(rig.at.engine.relocate([{ id: 1, ...place }])).toEqual(['queued']);
    return { path, away };
  }

  test('is paid for once, also when it is copied back into its folder', async () => {
    await using rig = await WatchRig.open(PAID);
    const { path, away } = await located(rig);
    copyFileSync(away, path);
    rig.at.engine.resume();
    await rounds(rig);
    copyFileSync(away, join(rig.dir, 'copy.jpg'));
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.at.states()).toEqual({ succeeded: 1 });
  });

  test('and was missed there, too, is taken up in its folder when it is back, once', async () => {
    await using rig = await WatchRig.open(PAID);
    const { path, away } = await located(rig);
    renameSync(away, path);
    rig.at.engine.resume();
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.jobs()).toMatchObject([{ id: 1, state: 'succeeded', sourcePath: path }]);
    expect(rig.history.attempts.ofJob(1).length).toBeLessThanOrEqual(3);
  });
});

describe('a photo that counted as that of a batch by hand', () => {
  test('waits for the click when that batch is canceled: as one that was there before', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    const photos = ['1.jpg', '2.jpg', '3.jpg', '4.jpg'].map((name) => outside(rig, name));
    const { id } = rig.at.batch(photos.map((path) => rig.at.planFile(path)));
    for (const [n, path] of photos.entries()) {
      copyFileSync(path, join(rig.dir, `${n}.jpg`));
      await rig.rest();
    }
    expect(Object.values(rig.files())).toEqual(Array(4).fill('same'));
    rig.at.engine.cancel({ batchId: id });
    await rounds(rig);
    expect(rig.submits()).toBe(0);
    const { id: watchId, held, existing } = rig.row();
    expect({ held, existing }).toMatchObject({ held: null, existing: { photos: 4 } });
    renameSync(join(rig.dir, '0.jpg'), join(rig.dir, 'renamed.jpg'));
    utimesSync(join(rig.dir, 'renamed.jpg'), 1e9, 1e9);
    await rounds(rig);
    expect(rig.submits()).toBe(0);
    await rig.folders.release(watchId, 'existing', rig.row().existing?.agreement ?? 0);
    await rounds(rig);
    expect(rig.submits()).toBe(4);
  });

  test('and was there before watching began, is still left alone when that batch is canceled', async () => {
    await using rig = await WatchRig.open(PAID);
    const { id } = rig.at.batch([rig.at.planFile(rig.put('old.jpg'))]);
    await rig.watch();
    expect(rig.files()).toEqual({ 'old.jpg': 'same' });
    rig.at.engine.cancel({ batchId: id });
    await rounds(rig);
    expect(rig.files()).toEqual({ 'old.jpg': 'there' });
    expect(rig.row().existing).toMatchObject({ photos: 1 });
    expect(rig.submits()).toBe(0);
  });

  test('is not sent as a copy of a watched one that was canceled', async () => {
    await using rig = await WatchRig.open(PAID);
    await rig.watch();
    const path = rig.put('1.jpg');
    await rig.rest();
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rig.rest();
    rig.at.engine.cancel({});
    await rounds(rig);
    expect(rig.files()).toEqual({ '1.jpg': 'taken', 'copy.jpg': 'same' });
    expect(rig.submits()).toBe(0);
  });
});

describe('a photo of a removed job', () => {
  test('that failed for nothing is new when it comes again, and one that may have been charged is not', async () => {
    await using rig = await WatchRig.open(PAID);
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    await rig.watch();
    const path = rig.put('1.jpg');
    await rounds(rig, 1);
    expect(rig.at.states()).toEqual({ failed: 1 });
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    rig.at.fault = undefined;
    const before = rig.submits();
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rounds(rig, 1);
    expect(rig.submits()).toBe(before + 1);
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    copyFileSync(path, join(rig.dir, 'another copy.jpg'));
    await rounds(rig, 1);
    expect(rig.submits()).toBe(before + 1);
  });
});

describe('a job that was put back into the queue', () => {
  test('is known by what its photo is by then: a copy of that is not paid for again', async () => {
    for (const isChanged of [false, true]) {
      await using rig = await WatchRig.open(PAID);
      await rig.watch();
      const path = outside(rig, 'bulk.jpg');
      rig.at.batch([rig.at.planFile(path)]);
      if (isChanged) {
        // Read, and refused for nothing; then it becomes another photo.
        rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
        await rounds(rig, 1);
        rig.at.fault = undefined;
        writeFileSync(path, jpeg('another photo'));
      } else {
        renameSync(path, `${path}.away`);
        await rounds(rig, 1);
        renameSync(`${path}.away`, path);
      }
      expect(rig.at.states()).toEqual({ failed: 1 });
      const before = rig.submits();
      rig.at.engine.pause();
      rig.at.engine.retry({ states: ['failed'] });
      copyFileSync(path, join(rig.dir, 'copy.jpg'));
      await rig.rest();
      expect(rig.files()).toEqual({ 'copy.jpg': 'same' });
      rig.at.engine.resume();
      await rounds(rig);
      expect(rig.submits()).toBe(before + 1);
    }
  });

  /** A job by hand that failed for nothing and was retried, read for a copy of its photo before its turn. */
  async function readBeforeItsTurn(rig: WatchRig): Promise<string> {
    await rig.watch();
    const path = outside(rig, 'bulk.jpg');
    rig.at.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 422 } : undefined);
    rig.at.batch([rig.at.planFile(path)]);
    await rounds(rig, 1);
    rig.at.fault = undefined;
    rig.at.engine.pause();
    rig.at.engine.retry({ states: ['failed'] });
    copyFileSync(path, join(rig.dir, 'copy.jpg'));
    await rig.rest();
    expect(rig.files()).toEqual({ 'copy.jpg': 'same' });
    return path;
  }

  test('and read for a watch folder goes on with its photo as it is edited then; the copy is sent by itself', async () => {
    await using rig = await WatchRig.open(PAID);
    const path = await readBeforeItsTurn(rig);
    const before = rig.submits();
    writeFileSync(path, jpeg('edited'));
    rig.at.engine.resume();
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.jobs()[0]?.sourceHash).toBe(hashOf(path));
    expect(rig.files()).toEqual({ 'copy.jpg': 'taken' });
    expect(rig.submits()).toBe(before + 2);
  });

  test('and read for a watch folder is not sent when it is by then what another job enhanced', async () => {
    await using rig = await WatchRig.open(PAID);
    const known = outside(rig, 'known.jpg');
    rig.at.batch([rig.at.planFile(known)]);
    await rig.enhance();
    const path = await readBeforeItsTurn(rig);
    const before = rig.submits();
    copyFileSync(known, path);
    rig.at.engine.resume();
    await rounds(rig);
    expect(rig.at.states()).toEqual({ succeeded: 2, failed: 1 });
    expect(rig.jobs()[1]).toMatchObject({ failure: { code: 'source_changed', charged: 'no' } });
    expect(rig.submits()).toBe(before + 1); // the copy, which waited for it
  });
});
