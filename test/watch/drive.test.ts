// A drive that is unplugged and comes back is known by its volume, whatever is on it by then.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../app/domain/batch.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';
import { jpeg, WatchRig } from './rig.ts';

const noMounts = whyNoMounts();
const why = noMounts === null ? '' : ` (skipped: ${noMounts})`;

/** A drive's place: what is written to the drive itself is there as soon as it is plugged in. */
function plug(drive: TemporaryDisk, place: string): void {
  execFileSync('mount', ['--bind', drive.dir, place], { stdio: 'pipe' });
}

function unplug(place: string): void {
  execFileSync('umount', ['-l', place], { stdio: 'pipe' });
}

function putOn(drive: TemporaryDisk, from: number, photos: number): void {
  for (let n = from; n < from + photos; n += 1) writeFileSync(join(drive.dir, `${n}.jpg`), jpeg(`${drive.dir} ${n}`));
}

async function untilAway(rig: WatchRig): Promise<void> {
  await rig.pass(6_000);
  await rig.until('it is unavailable', () => rig.row().state === 'unavailable');
}

describe.skipIf(noMounts !== null)(`a drive that comes back${why}`, () => {
  test.each(['away', 'closed'] as const)(
    'was empty, and what is on it now is caught up with: %s',
    async (meanwhile) => {
      await using rig = await WatchRig.open();
      using drive = new TemporaryDisk(8);
      plug(drive, rig.dir);
      try {
        await rig.watch();
        expect(rig.row().state).toBe('watching');
      } finally {
        unplug(rig.dir);
      }
      await untilAway(rig);
      const back = () => {
        putOn(drive, 0, 5);
        plug(drive, rig.dir);
      };
      if (meanwhile === 'closed') {
        await rig.restart();
        expect(rig.row().state).toBe('unavailable');
        await rig.restart(back);
      } else {
        back();
      }
      try {
        await rig.pass(12_000);
        expect(rig.row()).toMatchObject({ state: 'watching', existing: null, trouble: null });
        await rig.enhance();
        expect(rig.submits()).toBe(5);
        await rig.folders.stop();
      } finally {
        unplug(rig.dir);
      }
    },
  );

  test('was emptied meanwhile, and what is on it now is caught up with', async () => {
    await using rig = await WatchRig.open();
    using drive = new TemporaryDisk(8);
    plug(drive, rig.dir);
    try {
      await rig.watch();
      putOn(drive, 0, 5);
      await rig.rest();
      await rig.enhance();
      for (let n = 0; n < 5; n += 1) rmSync(join(rig.dir, `${n}.jpg`));
    } finally {
      unplug(rig.dir);
    }
    await untilAway(rig);
    putOn(drive, 5, 5);
    plug(drive, rig.dir);
    try {
      await rig.pass(12_000);
      await rig.enhance();
      expect(rig.row()).toMatchObject({ state: 'watching', existing: null, trouble: null, today: { enhanced: 10 } });
      expect(rig.submits()).toBe(10);
      await rig.folders.stop();
    } finally {
      unplug(rig.dir);
    }
  });

  test('as another one sends nothing of what is on that, and says so until it is asked for', async () => {
    await using rig = await WatchRig.open();
    using first = new TemporaryDisk(8);
    using second = new TemporaryDisk(8);
    plug(first, rig.dir);
    try {
      await rig.watch();
    } finally {
      unplug(rig.dir);
    }
    await untilAway(rig);
    putOn(second, 0, 5);
    plug(second, rig.dir);
    try {
      await rig.pass(12_000);
      const { id, existing } = rig.row();
      expect(existing).toMatchObject({ photos: 5 });
      expect(rig.row()).toMatchObject({ state: 'watching', trouble: { code: 'watch_another' }, today: { queued: 0 } });
      writeFileSync(join(rig.dir, 'new.jpg'), jpeg('new'));
      await rig.rest();
      expect(rig.row().today.queued).toBe(1);
      await rig.folders.release(id, 'existing', existing?.agreement ?? 0);
      await rig.rest();
      await rig.enhance();
      expect(rig.row()).toMatchObject({ existing: null, trouble: null, today: { queued: 6 } });
      expect(rig.submits()).toBe(6);
      await rig.folders.stop();
    } finally {
      unplug(rig.dir);
    }
  });

  test('and an empty folder in which no drive lay is no drive’s place, whatever its device is', async () => {
    await using rig = await WatchRig.open();
    using drive = new TemporaryDisk(8);
    mkdirSync(join(drive.dir, 'photos'));
    plug(drive, rig.dir);
    try {
      const { id } = await rig.watch({}, null, join(rig.dir, 'photos'));
      const { identity } = rig.history.watches.get(id) ?? {};
      await rig.restart(() => rig.history.watches.setIdentity(id, `7${identity}`)); // numbered anew at the start
      expect(rig.row()).toMatchObject({ state: 'watching', trouble: null });
      await rig.folders.stop();
    } finally {
      unplug(rig.dir);
    }
  });
});

describe.skipIf(noMounts !== null)(`a drive in a watched folder${why}`, () => {
  test('has its photos wait while it is unplugged, and fails none', async () => {
    await using rig = await WatchRig.open();
    using drive = new TemporaryDisk(8);
    const place = join(rig.dir, 'card');
    mkdirSync(place);
    mkdirSync(join(drive.dir, 'DCIM'));
    plug(drive, place);
    try {
      await rig.watch();
      for (const name of ['0.jpg', 'card/1.jpg', 'card/DCIM/2.jpg']) rig.put(name);
      await rig.rest();
      expect(rig.row().today.queued).toBe(3);
    } finally {
      unplug(place);
    }
    await rig.at.engine.start();
    await rig.at.until('those of the drive wait', () => rig.jobs().filter(isWaiting).length === 2);
    expect(rig.row().today).toMatchObject({ failed: 0 });
    await rig.rest();
    plug(drive, place);
    try {
      await rig.pass(6_000);
      await rig.at.idle();
      expect(rig.at.states()).toEqual({ succeeded: 3 });
      expect(rig.submits()).toBe(3);
      rmSync(join(rig.dir, 'card', '1.jpg'));
      rig.put('card/3.jpg');
      await rig.rest();
      rmSync(join(rig.dir, 'card', '3.jpg'));
      await rig.at.idle();
      expect(rig.at.states()).toEqual({ succeeded: 3, failed: 1 }); // deleted from a drive that is there
      await rig.folders.stop();
    } finally {
      unplug(place);
    }
  });
});

function isWaiting({ state, failure }: Job): boolean {
  return state === 'queued' && failure?.code === 'watch_unavailable';
}
