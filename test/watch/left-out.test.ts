// Files of a watched folder that are no photos: never sent, but told of while they are there.
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import { settings, WatchRig } from './rig.ts';

const PHOTO = { format: 'jpeg', width: 6000, height: 4000 } as const;
/** Takes what is called a text for none. */
const media = {
  inspect: (paths: readonly string[]) =>
    Promise.resolve(paths.map((path) => (basename(path).startsWith('text') ? failure('not_a_photo') : PHOTO))),
};

describe('a file that is no photo', () => {
  test('is named with its reason while it is there, the last first', async () => {
    await using rig = await WatchRig.open({ watch: { media } });
    writeFileSync(join(rig.dir, 'empty before.jpg'), '');
    const { id } = await rig.watch();
    expect(rig.row().leftOut).toEqual({ count: 0, files: [], raw: 0 });
    rig.put('text 1.jpg');
    await rig.rest();
    rig.put('sub/text 2.jpg');
    rig.put('IMG_1.jpg');
    await rig.rest();
    const { message: reason } = failure('not_a_photo');
    expect(rig.row().leftOut).toMatchObject({
      count: 2,
      files: [
        { name: 'text 2.jpg', reason },
        { name: 'text 1.jpg', reason },
      ],
    });
    expect(rig.row().today.queued).toBe(1);
    await rig.restart();
    expect(rig.row().leftOut.count).toBe(2);
    rmSync(join(rig.dir, 'text 1.jpg'));
    await rig.rest();
    expect(rig.row().leftOut).toMatchObject({ count: 1, files: [{ name: 'text 2.jpg' }] });
    await rig.folders.change(id, settings({ exclude: ['text*'] }));
    await rig.rest();
    expect(rig.row().leftOut).toEqual({ count: 0, files: [], raw: 0 });
    expect(rig.files()).toMatchObject({ 'empty before.jpg': 'refused' });
  });

  test('is counted beyond the twenty that are named', async () => {
    await using rig = await WatchRig.open({ watch: { media } });
    await rig.watch();
    for (let n = 1; n <= 23; n += 1) rig.put(`text ${n}.jpg`);
    await rig.rest();
    const { count, files } = rig.row().leftOut;
    expect([count, files.length]).toEqual([23, 20]);
  });

  test('is counted by its name alone when it is RAW, if its name is wanted', async () => {
    await using rig = await WatchRig.open();
    for (const name of ['there before.CR3', 'sub/DSC_1.nef', 'test.nef', '.hidden.nef', 'film.mov']) rig.put(name);
    await rig.watch({ exclude: ['test*'] });
    expect(rig.row().leftOut).toEqual({ count: 0, files: [], raw: 2 });
    rmSync(join(rig.dir, 'there before.CR3'));
    await rig.rest();
    expect(rig.row().leftOut.raw).toBe(1);
  });

  test('is counted as soon as it comes or goes when it is RAW, and not only by a look through the folder', async () => {
    await using rig = await WatchRig.open();
    rig.put('sub/there before.CR3');
    await rig.watch({ exclude: ['test*'] });
    for (const name of ['test.nef', '.hidden.nef', '.trash/a.nef', 'Enhanced (practice)/a.nef']) rig.put(name);
    for (const name of ['sub/DSC_1.nef', 'DSC_2.NEF']) rig.put(name);
    await rig.until('both are counted', () => rig.row().leftOut.raw === 3);
    rmSync(join(rig.dir, 'sub', 'there before.CR3'));
    await rig.until('it is not counted any more', () => rig.row().leftOut.raw === 2);
    await rig.rest();
    expect(rig.row()).toMatchObject({ leftOut: { count: 0, files: [], raw: 2 }, today: { queued: 0 } });
  });
});

describe('a photo over which the picture process ends', () => {
  /** A picture process that ends so often over any photo. */
  const crashing = (times: number) => {
    const process = {
      times,
      inspect: (paths: readonly string[]) =>
        Promise.resolve(paths.map(() => (process.times-- > 0 ? failure('photo_crashed') : PHOTO))),
    };
    return process;
  };

  test('is tried again, and sent when it was not its doing', async () => {
    await using rig = await WatchRig.open({ watch: { media: crashing(2) } });
    await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.rest();
    expect(rig.row().waiting).toMatchObject([{ name: 'IMG_1.jpg', reason: 'Reading it failed. It is tried again.' }]);
    await rig.pass(10_000);
    expect(rig.row()).toMatchObject({ waitingCount: 0, leftOut: { count: 0 }, today: { queued: 1 } });
  });

  test('is left out after three times, and looked at once more at each start', async () => {
    const process = crashing(5);
    await using rig = await WatchRig.open({ service: 'https://api.example', watch: { media: process } });
    await rig.watch();
    rig.put('IMG_1.jpg');
    await rig.rest();
    await rig.pass(60_000);
    expect([process.times, rig.files()]).toEqual([2, { 'IMG_1.jpg': 'refused' }]);
    expect(rig.row().leftOut.files[0]?.reason).toMatch(/looked at once more when Lightbatch starts/);
    await rig.rest();
    await rig.pass(400_000);
    expect(process.times).toBe(2);
    await rig.restart();
    await rig.rest();
    await rig.pass(60_000);
    expect([process.times, rig.row().leftOut.count, rig.jobs()]).toEqual([1, 1, []]);
    await rig.restart();
    await rig.rest();
    await rig.restart();
    await rig.rest();
    await rig.enhance();
    expect(rig.row().leftOut.count).toBe(0);
    expect(rig.submits()).toBe(1);
  });
});
