// Names and places that go wrong elsewhere: spaces, quotes, newlines, emoji, accents in two spellings, cases, depth, number.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jpeg, WatchRig } from './rig.ts';

const ODD = [
  'with spaces  and  more.jpg',
  '"quoted" and \'apostrophes\'.jpg',
  'new\nline.jpg',
  'tab\tand\\backslash.jpg',
  '🏔️ mountain 👩‍👩‍👧.jpg',
  '%41{name}$1.jpg',
  'ünï/cödé/日本語.jpg',
  'dash/-rf *.jpg',
  '[a]/(b)/#c?.jpg',
];

describe.skipIf(process.platform === 'win32')('odd names', () => {
  test('are taken like any other, by events and by looks, and enhanced once', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    for (const name of ODD) rig.put(name);
    await rig.until('events told of all', () => rig.row().waitingCount === ODD.length);
    await rig.rest();
    await rig.restart();
    await rig.rest();
    await rig.enhance();
    expect(Object.keys(rig.files()).sort()).toEqual([...ODD].sort());
    expect(rig.at.states()).toEqual({ succeeded: ODD.length });
    expect(rig.submits()).toBe(ODD.length);
  });
});

describe.runIf(process.platform === 'linux')('two spellings of one name', () => {
  const NFC = 'caf\u00e9.jpg';
  const NFD = 'cafe\u0301.jpg';

  test('are two photos where the disk tells them apart', async () => {
    for (const platform of ['linux', 'darwin'] as const) {
      await using rig = await WatchRig.open({ watch: { platform } });
      await rig.watch();
      rig.put(NFC, 'composed');
      rig.put(NFD, 'decomposed');
      rig.put('IMG.jpg', 'upper case');
      rig.put('img.jpg', 'lower case');
      for (let round = 0; round < 3; round += 1) await rig.rest();
      await rig.restart();
      for (let round = 0; round < 3; round += 1) await rig.rest();
      await rig.enhance();
      expect(rig.at.states()).toEqual({ succeeded: 4 });
      expect(rig.submits()).toBe(4);
      expect(Object.keys(rig.files()).sort()).toEqual([NFC, NFD, 'IMG.jpg', 'img.jpg'].sort());
    }
  });

  test('are one photo where one takes the other’s place', async () => {
    for (const platform of ['linux', 'darwin'] as const) {
      await using rig = await WatchRig.open({ watch: { platform } });
      rig.put(NFC, 'was there before');
      await rig.watch();
      rig.put('IMG.JPG', 'new');
      await rig.rest();
      await rig.enhance();
      renameSync(join(rig.dir, 'IMG.JPG'), join(rig.dir, 'img.jpg'));
      renameSync(join(rig.dir, NFC), join(rig.dir, NFD));
      await rig.rest();
      await rig.enhance();
      expect(rig.submits()).toBe(1);
      expect(rig.row().existing?.photos).toBe(1);
    }
  });
});

describe('many files', () => {
  test('in deep trees are found however deep', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const deep = Array.from({ length: 60 }, (_, n) => `d${n}`).join('/');
    rig.put(`${deep}/photo.jpg`);
    await rig.rest();
    await rig.rest();
    await rig.enhance();
    expect(rig.at.states()).toEqual({ succeeded: 1 });
  });

  test('10,000 of them that were there cost nothing, and one more is found among them', async () => {
    await using rig = await WatchRig.open();
    const bytes = jpeg('there before');
    for (let n = 0; n < 100; n += 1) {
      mkdirSync(join(rig.dir, `folder ${n}`));
      for (let m = 0; m < 100; m += 1) writeFileSync(join(rig.dir, `folder ${n}`, `IMG_${m}.jpg`), bytes);
    }
    expect((await rig.watch()).existing?.photos).toBe(10_000);
    expect(rig.clock.pending).toBe(2); // no timer a file: one for the folder, one for what is read of it
    rig.put('folder 50/new.jpg');
    await rig.rest();
    await rig.restart();
    await rig.rest();
    expect(rig.row()).toMatchObject({ existing: { photos: 10_000 }, today: { queued: 1 } });
  });
});
