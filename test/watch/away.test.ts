// A folder that is not there, or cannot be watched: nothing is lost, nothing fails, and what came is caught up with.
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { chokidarWatcher, type WatcherFactory, type WatchOptions } from '../../app/intake/watcher.ts';
import { whyNoMounts } from '../lib/mount.ts';
import { jpeg, settings, WatchRig } from './rig.ts';

/** The watcher, with a hand on it. */
function handOn(): { watch: WatcherFactory; made: WatchOptions[]; closed: number } {
  const hand = { watch: chokidarWatcher, made: [] as WatchOptions[], closed: 0 };
  hand.watch = (options) => {
    hand.made.push(options);
    const watcher = chokidarWatcher(options);
    return {
      ready: watcher.ready,
      close: async () => {
        hand.closed += 1;
        await watcher.close();
      },
    };
  };
  return hand;
}

describe('a folder that goes away', () => {
  test('is unavailable, fails and drops nothing, and is caught up with when it returns', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 2 });
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) rig.put(name);
    await rig.rest();
    rig.put('half.jpg', jpeg('half', 50_000).subarray(0, 20_000));
    await rig.rest();
    renameSync(rig.dir, `${rig.dir} away`);
    await rig.pass(6_000);
    await rig.until('it is unavailable', () => rig.row().state === 'unavailable');
    expect(rig.row()).toMatchObject({
      trouble: { code: 'watch_unavailable' },
      held: { why: 'storm', photos: 3 },
      waitingCount: 0,
    });
    await rig.pass(60_000);
    expect(rig.row().state).toBe('unavailable');
    expect(Object.keys(rig.files())).toHaveLength(3);
    const { id, held } = rig.row();
    expect(await rig.folders.release(id, 'held', held?.agreement ?? 0)).toMatchObject({ queued: 0 }); // there is nothing to be sent from
    writeFileSync(join(`${rig.dir} away`, 'meanwhile.jpg'), jpeg('came meanwhile'));
    writeFileSync(join(`${rig.dir} away`, 'half.jpg'), jpeg('half', 50_000));
    renameSync(`${rig.dir} away`, rig.dir);
    await rig.pass(10_000);
    await rig.enhance();
    expect(rig.row()).toMatchObject({
      state: 'watching',
      trouble: null,
      held: null,
      today: { queued: 5, enhanced: 5 },
    });
    expect(rig.submits()).toBe(5);
  });

  test('is watched again after it was deleted and made anew', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('1.jpg');
    await rig.rest();
    await rig.enhance();
    rmSync(rig.dir, { recursive: true });
    mkdirSync(rig.dir);
    await rig.pass(6_000);
    rig.put('1.jpg');
    rig.put('2.jpg');
    await rig.until('the new folder is watched', () => rig.row().state === 'watching' && rig.row().waitingCount > 0);
    await rig.rest();
    await rig.enhance();
    expect(rig.submits()).toBe(2);
  });

  test('and in whose place another one lies sends nothing of what was in that before', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    const link = join(rig.at.dir, 'card');
    rig.put('a/IMG_1.jpg', 'first card 1');
    for (let n = 0; n < 30; n += 1) rig.put(`b/IMG_${n}.jpg`, jpeg(`second card ${n}`, 64)); // of another size, as on any card
    symlinkSync(join(rig.dir, 'a'), link);
    await rig.watch({}, null, link);
    rig.put('a/IMG_2.jpg', 'first card 2');
    await rig.rest();
    expect(rig.row().today.queued).toBe(1);
    rmSync(link);
    symlinkSync(join(rig.dir, 'b'), link);
    await rig.pass(10_000);
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'watching', existing: { photos: 30 }, today: { queued: 1 } });
    rig.put('b/new.jpg');
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 30 }, today: { queued: 2 } });
  });

  test('and that is another one by its number, but not by its photos, is caught up with', async () => {
    await using rig = await WatchRig.open();
    rig.put('old.jpg');
    await rig.watch();
    await rig.restart(() => {
      renameSync(rig.dir, `${rig.dir} was`);
      mkdirSync(rig.dir);
      renameSync(join(`${rig.dir} was`, 'old.jpg'), join(rig.dir, 'old.jpg'));
      for (const name of ['1.jpg', '2.jpg', '3.jpg']) rig.put(name);
    });
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 1 }, today: { queued: 3 } });
  });

  test('is told when it is away at the start, and taken up when it comes', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    await rig.restart(() => renameSync(rig.dir, `${rig.dir} away`));
    expect(rig.row()).toMatchObject({ state: 'unavailable' });
    renameSync(`${rig.dir} away`, rig.dir);
    rig.put('1.jpg');
    await rig.pass(10_000);
    expect(rig.row()).toMatchObject({ state: 'watching', today: { queued: 1 } });
  });

  test('counts as away while a file is in its place', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    renameSync(rig.dir, `${rig.dir} away`);
    writeFileSync(rig.dir, '');
    await rig.pass(6_000);
    await rig.until('it is unavailable', () => rig.row().state === 'unavailable');
    expect(rig.row().trouble?.message).toMatch(/^There is a file where the folder was\./);
    rmSync(rig.dir);
    renameSync(`${rig.dir} away`, rig.dir);
    await rig.pass(6_000);
    expect(rig.row().state).toBe('watching');
  });

  test('cannot make its output folder where a file is in the way, and says so', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    await rig.restart(() => void rig.put('Enhanced (practice)', Buffer.from('a file')));
    expect(rig.row()).toMatchObject({ state: 'unavailable', trouble: { code: 'bad_output' } });
    rmSync(join(rig.dir, 'Enhanced (practice)'));
    await rig.pass(6_000);
    expect(rig.row()).toMatchObject({ state: 'watching', trouble: null });
  });
});

describe('a photo that is queued', () => {
  test('is enhanced under the name it was given meanwhile, once', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('1.jpg');
    rig.put('2.jpg');
    await rig.rest();
    mkdirSync(join(rig.dir, 'sorted'));
    renameSync(join(rig.dir, '1.jpg'), join(rig.dir, 'sorted', 'renamed.jpg'));
    await rig.rest();
    expect(rig.files()).toEqual({ 'sorted/renamed.jpg': 'taken', '2.jpg': 'taken' });
    await rig.enhance();
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 2 });
    expect(rig.submits()).toBe(2);
  });

  test('is enhanced after all when it was away for a while', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('1.jpg');
    await rig.rest();
    renameSync(path, join(rig.dir, '..', 'elsewhere.jpg'));
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1 });
    await rig.rest();
    expect(rig.at.states()).toEqual({ failed: 1 });
    renameSync(join(rig.dir, '..', 'elsewhere.jpg'), path);
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 1 });
    expect(rig.submits()).toBe(1);
  });

  test('is enhanced though its time was changed after it was queued', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('1.jpg');
    await rig.rest();
    utimesSync(path, new Date(), new Date(2020, 1, 1));
    await rig.enhance();
    expect(rig.at.states()).toEqual({ failed: 1 });
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 1 });
    expect(rig.submits()).toBe(1);
  });

  test('is found again in another watched folder', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('../second/.keep');
    const other = await rig.watch({}, null, join(rig.dir, '..', 'second'));
    const path = rig.put('1.jpg');
    await rig.rest();
    renameSync(path, join(rig.dir, '..', 'second', 'moved.jpg'));
    await rig.rest();
    expect(rig.files(other.id)).toEqual({ 'moved.jpg': 'same' });
    await rig.enhance();
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    expect(rig.files(other.id)).toEqual({ 'moved.jpg': 'taken' });
    expect(rig.submits()).toBe(1);
  });

  test('waits while its folder is away, and fails no more than anything else of it', async () => {
    await using rig = await WatchRig.open({ speed: 1 });
    await rig.watch();
    for (let n = 0; n < 6; n += 1) rig.put(`${n}.jpg`);
    await rig.rest();
    renameSync(rig.dir, `${rig.dir} away`);
    await rig.at.engine.start();
    await rig.at.until('all wait', () =>
      rig.jobs().every(({ state, failure: found }) => state === 'queued' && found?.code === 'watch_unavailable'),
    );
    expect(rig.row()).toMatchObject({ state: 'unavailable', today: { queued: 6, failed: 0 } });
    expect(rig.jobs().map(({ attempts }) => attempts)).toEqual(Array(6).fill(0));
    renameSync(`${rig.dir} away`, rig.dir);
    await rig.pass(10_000);
    await rig.at.idle();
    expect(rig.at.states()).toEqual({ succeeded: 6 });
    expect(rig.submits()).toBe(6);
  });
});

const noMounts = whyNoMounts();
describe.skipIf(noMounts !== null)(
  `a drive that is unplugged${noMounts === null ? '' : ` (skipped: ${noMounts})`}`,
  () => {
    const mount = (dir: string) =>
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', dir], { stdio: 'pipe' });
    const unmount = (dir: string) => execFileSync('umount', ['-l', dir], { stdio: 'pipe' });
    /** As on a drive that keeps its files and their times. */
    const putAsBefore = (rig: WatchRig, name: string) => utimesSync(rig.put(name), 1e9, 1e9);

    test('leaves an empty folder behind that is not taken for it; back again, what came is caught up with', async () => {
      await using rig = await WatchRig.open();
      mount(rig.dir);
      try {
        putAsBefore(rig, '1.jpg');
        await rig.watch();
        putAsBefore(rig, '2.jpg');
        await rig.rest();
        expect(rig.files()).toEqual({ '1.jpg': 'there', '2.jpg': 'taken' });
      } finally {
        unmount(rig.dir);
      }
      await rig.pass(6_000);
      await rig.until('it is unavailable', () => rig.row().state === 'unavailable');
      await rig.restart();
      expect(rig.row()).toMatchObject({ state: 'unavailable', existing: { photos: 1 } });
      mount(rig.dir);
      try {
        for (const name of ['1.jpg', '2.jpg', '3.jpg']) putAsBefore(rig, name);
        await rig.pass(12_000);
        expect(rig.row()).toMatchObject({ state: 'watching', today: { queued: 2 } });
        expect(rig.files()).toEqual({ '1.jpg': 'there', '2.jpg': 'taken', '3.jpg': 'taken' });
        await rig.folders.stop();
      } finally {
        unmount(rig.dir);
      }
    });

    test('and in whose place another card is put sends nothing of what is on that, whatever its numbers are', async () => {
      for (const meanwhile of ['away', 'closed'] as const) {
        await using rig = await WatchRig.open({ service: 'https://api.example' });
        const out = join(rig.at.dir, 'results');
        mount(rig.dir);
        try {
          for (let n = 0; n < 20; n += 1) rig.put(`IMG_${n}.jpg`, `first card ${n}`);
          await rig.watch({}, out);
        } finally {
          unmount(rig.dir);
        }
        const change = () => {
          mount(rig.dir);
          for (let n = 0; n < 30; n += 1) rig.put(`IMG_${n + 15}.jpg`, `second card ${n}`);
        };
        try {
          if (meanwhile === 'closed') {
            await rig.restart(change);
          } else {
            await rig.pass(6_000);
            await rig.until('it is unavailable', () => rig.row().state === 'unavailable');
            change();
          }
          await rig.pass(12_000);
          expect(rig.row()).toMatchObject({ state: 'watching', held: null, today: { queued: 0 } });
          expect(rig.row().existing?.photos).toBeGreaterThanOrEqual(30);
          rig.put('new.jpg');
          await rig.rest();
          expect(rig.row().today.queued).toBe(1);
          await rig.folders.stop();
        } finally {
          unmount(rig.dir);
        }
      }
    });
  },
);

describe('a watcher that fails', () => {
  test('for want of room is given up for looks every few seconds, and that is told', async () => {
    const hand = handOn();
    await using rig = await WatchRig.open({ watch: { watch: hand.watch } });
    await rig.watch();
    hand.made[0]?.onTrouble({ kind: 'limits', error: new Error('ENOSPC') });
    await rig.folders.settled();
    expect(rig.row()).toMatchObject({ state: 'watching', polling: 'limits', trouble: { code: 'watch_limits' } });
    expect(hand.closed).toBe(1);
    rig.put('1.jpg');
    await rig.pass(18_000);
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
    expect(hand.made).toHaveLength(1);
  });

  test('because its folder is not what it was is made anew, but not without end', async () => {
    const hand = handOn();
    await using rig = await WatchRig.open({ watch: { watch: hand.watch } });
    await rig.watch();
    for (let n = 0; n < 20; n += 1) {
      hand.made.at(-1)?.onTrouble({ kind: 'lost', error: new Error('ESTALE') });
      await rig.folders.settled();
    }
    expect(hand.made).toHaveLength(2);
    await rig.pass(6_000);
    expect(hand.made).toHaveLength(3);
    rig.put('1.jpg');
    await rig.rest();
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
  });

  test('at one place is looked after once a second at most', async () => {
    const hand = handOn();
    await using rig = await WatchRig.open({ watch: { watch: hand.watch } });
    await rig.watch();
    rig.put('1.jpg');
    for (let n = 0; n < 20; n += 1) hand.made[0]?.onTrouble({ kind: 'other', error: new Error('EACCES') });
    await rig.pass(4_000);
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
    expect(hand.made).toHaveLength(1);
  });
});

describe('a history that cannot be written for a moment', () => {
  test('loses nothing that was looked at meanwhile', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const { watches } = rig.history;
    const put = vi.spyOn(watches, 'put').mockImplementationOnce(() => {
      throw new Error('SQLITE_FULL');
    });
    rig.put('1.jpg');
    await rig.rest();
    expect(put).toHaveBeenCalledTimes(1);
    expect(rig.jobs()).toEqual([]);
    await rig.pass(10_000);
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
  });
});

describe('letting go', () => {
  test('of all folders while there is no service ends everything that is under way', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    for (let n = 0; n < 50; n += 1) rig.put(`${n}.jpg`);
    rig.folders.reconcile();
    rig.connected = false;
    await rig.folders.start();
    expect(rig.row()).toMatchObject({ id, state: 'elsewhere', waitingCount: 0 });
    await rig.pass(60_000);
    expect(rig.jobs()).toEqual([]);
    rig.connected = true;
    await rig.folders.start();
    await rig.folders.settled();
    await rig.rest();
    expect(rig.row()).toMatchObject({ state: 'watching', today: { queued: 50 } });
  });

  test('of folders that this process is not to take up leaves them alone', async () => {
    await using rig = await WatchRig.open({ watch: { only: () => false } });
    const id = rig.history.watches.add({ path: rig.dir, service: 'practice', settings: settings(), out: null }, 1);
    await rig.folders.start();
    rig.put('1.jpg');
    await rig.rest();
    expect(rig.row(id)).toMatchObject({ state: 'elsewhere' });
    expect(rig.files(id)).toEqual({});
  });
});
