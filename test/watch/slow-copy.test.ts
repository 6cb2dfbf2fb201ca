// A photo that comes slowly, with pauses longer than the settle time: taken when it is there to its end, and paid for once.
import { closeSync, openSync, renameSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../app/media/inspect.ts';
import { prepare } from '../../app/media/prepare.ts';
import { directoriesFirst, TIFF } from '../intake/tiffs.ts';
import { noisy } from '../media/pictures.ts';
import { enhancing, jpeg, WatchRig } from './rig.ts';

const PAUSE_MS = 7_000;
const LONGEST_MS = 180_000;
const TILES = { tile: true, tileWidth: 64, tileHeight: 64 } as const;

const page = async (width: number, height: number, compression: number) => {
  const pixels = await noisy(width, height).greyscale().raw().toBuffer();
  return { width, height, compression, strip: compression === TIFF.none ? pixels : deflateSync(pixels) };
};
const pages = async (compression: number) => [await page(200, 150, compression), await page(400, 300, compression)];

const PICTURES: readonly [string, () => Promise<Buffer>][] = [
  ['a JPEG', () => noisy(400, 300).jpeg().toBuffer()],
  ['a PNG', () => noisy(400, 300).png().toBuffer()],
  ['a WebP', () => noisy(1_200, 800).webp({ quality: 90 }).toBuffer()],
  ['a lossless WebP', () => noisy(400, 300).webp({ lossless: true }).toBuffer()],
  ['an AVIF', () => noisy(400, 300).avif({ quality: 90, effort: 0 }).toBuffer()],
  ['a TIFF', () => noisy(400, 300).tiff({ compression: 'lzw' }).toBuffer()],
  ['an uncompressed TIFF with its directory first', async () => directoriesFirst([await page(400, 300, TIFF.none)])],
  [
    'a TIFF pyramid',
    () =>
      noisy(400, 300)
        .tiff({ compression: 'lzw', pyramid: true, ...TILES })
        .toBuffer(),
  ],
  ['a TIFF of two pages', async () => directoriesFirst(await pages(TIFF.deflate))],
  ['a TIFF with a picture below the first', async () => directoriesFirst(await pages(TIFF.none), { link: 'below' })],
  ['a BigTIFF', () => noisy(400, 300).tiff({ compression: 'lzw', bigtiff: true }).toBuffer()],
  [
    'a BigTIFF of two pages, its directories first',
    async () => directoriesFirst(await pages(TIFF.none), { big: true }),
  ],
];

/** With pictures that are truly read. */
const open = () => WatchRig.open({ media: { ...enhancing(), inspect, prepare }, watch: { media: { inspect } } });

/** Writes a part of a file and gives it a time of its own, in whole seconds. */
function write(path: string, part: Uint8Array, { at, time }: { at: number; time: number }): void {
  const file = openSync(path, 'r+');
  writeSync(file, part, 0, part.length, at);
  closeSync(file);
  utimesSync(path, time, time);
}

/** Copies a photo into the folder in twelve pieces with pauses; what is to be sent is sent after each. */
async function copySlowly(rig: WatchRig, bytes: Buffer, isReserved: boolean): Promise<void> {
  const path = join(rig.dir, 'photo.bin');
  writeFileSync(path, Buffer.alloc(isReserved ? bytes.length : 0));
  const piece = Math.ceil(bytes.length / 12);
  for (let at = 0; at < bytes.length; at += piece) {
    write(path, bytes.subarray(at, at + piece), { at, time: 1_700_000_000 + at });
    rig.folders.reconcile();
    await rig.folders.settled();
    await rig.pass(PAUSE_MS);
    await rig.enhance();
    if (at + piece < bytes.length) expect(rig.row()).toMatchObject({ waitingCount: 1, today: { queued: 0 } });
  }
  await rig.rest();
  await rig.enhance();
}

describe.each(PICTURES)('%s that is copied slowly', (_, make) => {
  test.each([
    ['appended to', false],
    ['with its room taken at once', true],
  ])('%s is sent once', async (__, isReserved) => {
    await using rig = await open();
    await rig.watch();
    await copySlowly(rig, await make(), isReserved);
    expect(rig.submits()).toBe(1);
    expect(rig.row()).toMatchObject({ waitingCount: 0, today: { queued: 1, enhanced: 1 } });
  });
});

test('a picture whose end is black is taken when it was still for a minute, and shown as waiting until then', async () => {
  await using rig = await open();
  await rig.watch();
  const size = { width: 200, height: 200, compression: TIFF.none };
  writeFileSync(join(rig.dir, 'night.tif'), directoriesFirst([{ ...size, strip: Buffer.alloc(40_000) }]));
  await rig.rest();
  await rig.pass(50_000);
  expect(rig.row()).toMatchObject({
    waitingCount: 1,
    waiting: [{ reason: 'Its end is black, or not written yet. It is taken once it was still for a minute.' }],
  });
  await rig.pass(15_000);
  await rig.enhance();
  expect(rig.submits()).toBe(1);
});

describe('a photo that changes again soon after it was taken', () => {
  /** Whole at any moment, as some programs write. */
  const save = (rig: WatchRig, version: number) => {
    rig.put('.saving', jpeg(`version ${version}`, 1_000 + version));
    renameSync(join(rig.dir, '.saving'), join(rig.dir, 'edited.jpg'));
    rig.folders.reconcile();
    return rig.folders.settled();
  };

  test('has to be still twice as long each time, three minutes at most, and says so', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const waits: number[] = [];
    for (let version = 1; version <= 10; version += 1) {
      await save(rig, version);
      let waited = 0;
      for (; rig.row().today.queued < version; waited += 1_000) await rig.pass(1_000);
      waits.push(waited / 1_000);
      await rig.pass(1_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, LONGEST_MS / 1_000, 180, 180]);
    await save(rig, 11);
    await rig.pass(60_000);
    expect(rig.row().waiting).toMatchObject([
      { name: 'edited.jpg', reason: 'It changed soon after it was taken, so it must be still for longer this time.' },
    ]);
  });

  test('is sent a few times at most, however long it goes on', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    for (let version = 1; version <= 60; version += 1) {
      await save(rig, version);
      await rig.pass(20_000);
      await rig.enhance();
    }
    await rig.pass(LONGEST_MS);
    await rig.enhance();
    expect(rig.submits()).toBe(5); // after 2, 4, 8 and 16 seconds, and the last
  });

  test('is another photo each time that a camera writes to its name, once a minute', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    for (let shot = 1; shot <= 10; shot += 1) {
      await save(rig, shot);
      await rig.pass(60_000);
      await rig.enhance();
    }
    expect(rig.submits()).toBe(10);
  });

  test('is taken as any other when it was left alone for half a minute, and others are meanwhile', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    await save(rig, 1);
    await rig.pass(3_000);
    await save(rig, 2);
    rig.put('other.jpg');
    await rig.rest();
    expect(rig.row().today.queued).toBe(3);
    await rig.pass(45_000);
    await save(rig, 3);
    await rig.pass(2_000);
    expect(rig.row().today.queued).toBe(4);
  });
});
