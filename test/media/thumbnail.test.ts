// Thumbnails: the camera's preview when it shows this photo, and the real one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { thumbnail } from '../../app/media/thumbnail.ts';
import {
  deepTiff,
  exifWithPreview,
  noisy,
  pixel,
  plain,
  put,
  quarters,
  readQuarters,
  namedPhotos,
  type Rgb,
  tempFolder,
  UPRIGHT,
  withSegment,
} from './pictures.ts';

/** Makes a thumbnail of bytes; answers what was said and where it is. */
async function thumb(source: Buffer, { size = 64, quick = false } = {}) {
  const folder = tempFolder();
  const target = join(folder, 'thumb.jpg');
  const answer = await thumbnail({ source: put(folder, 'source', source), target, size, quick });
  expect(existsSync(target)).toBe(answer.made);
  expect(readdirSync(folder).length).toBe(answer.made ? 2 : 1); // no temporary file is left
  return { answer, target };
}

describe('the real one', () => {
  test.each(namedPhotos())(
    'fits into the square and carries nothing of the photo’s metadata: %s',
    async (_, source) => {
      const target = join(tempFolder(), 'thumb.jpg');
      const answer = await thumbnail({ source, target, size: 200, quick: false });
      const { format, width, height, exif, icc, xmp } = await sharp(target).metadata();
      expect({ format, longest: Math.max(width, height) }).toEqual({ format: 'jpeg', longest: 200 });
      expect(answer).toEqual({ made: true, width, height });
      expect({ exif, icc, xmp }).toEqual({});
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright (orientation %i)', async (orientation) => {
    const photo = await (await quarters(480, 320)).withMetadata({ orientation }).jpeg().toBuffer();
    const { answer, target } = await thumb(photo);
    expect(await readQuarters(target)).toBe(UPRIGHT[orientation - 1]);
    expect(answer).toMatchObject(orientation > 4 ? { height: 64 } : { width: 64 });
  });

  test('a small picture is not enlarged', async () => {
    expect((await thumb(await noisy(20, 10).png().toBuffer())).answer).toEqual({ made: true, width: 20, height: 10 });
  });

  test('wide-gamut pictures keep their colours, also those of 16 bits', async () => {
    const colour: Rgb = [60, 170, 40];
    const p3 = await plain(80, 80, colour).withIccProfile('p3').png().toBuffer();
    const { icc } = await sharp(p3).metadata();
    const [r, g, b] = await pixel(p3, 9, 9);
    for (const source of [p3, deepTiff(80, 80, [r * 257, g * 257, b * 257], icc)]) {
      const shown = await pixel((await thumb(source)).target, 9, 9);
      expect(Math.max(...shown.map((value, index) => Math.abs(value - (colour[index] ?? 0))))).toBeLessThan(6);
    }
  });

  test('what is transparent is shown on white', async () => {
    const clear = await plain(80, 80, [0, 0, 0]).ensureAlpha(0).png().toBuffer();
    expect(await pixel((await thumb(clear)).target, 9, 9)).toEqual([255, 255, 255]);
  });

  test('an older thumbnail is replaced, and stays when the photo is damaged', async () => {
    const folder = tempFolder();
    const target = put(folder, 'thumb.jpg', 'older');
    const photo = await noisy(120, 80).jpeg().toBuffer();
    const cut = put(folder, 'cut.jpg', photo.subarray(0, -400));
    await expect(thumbnail({ source: cut, target, size: 64, quick: false })).rejects.toMatchObject({
      failure: { code: 'photo_damaged' },
    });
    expect(readFileSync(target, 'utf8')).toBe('older');
    await thumbnail({ source: put(folder, 'whole.jpg', photo), target, size: 64, quick: false });
    expect((await sharp(target).metadata()).width).toBe(64);
  });

  test('what is no photo has none', async () => {
    const source = put(tempFolder(), 'a.jpg', '%PDF-1.7');
    const request = { source, target: join(tempFolder(), 't.jpg'), size: 64, quick: false };
    await expect(thumbnail(request)).rejects.toMatchObject({ failure: { code: 'not_a_photo' } });
  });
});

describe('the quick one', () => {
  /** A photo of plain grey with another picture as its preview, so that one is not mistaken for the other. */
  async function photoWith(preview: Buffer, { width = 480, height = 360, orientation = 1 } = {}): Promise<Buffer> {
    const photo = await plain(width, height, [128, 128, 128]).jpeg().toBuffer();
    return withSegment(photo, 0xe1, exifWithPreview(preview, orientation, true));
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is the preview, upright (orientation %i)', async (orientation) => {
    const preview = await (await quarters(160, 120)).jpeg().toBuffer();
    const { answer, target } = await thumb(await photoWith(preview, { orientation }), { size: 100, quick: true });
    expect(await readQuarters(target)).toBe(UPRIGHT[orientation - 1]);
    expect(answer).toMatchObject(orientation > 4 ? { width: 75, height: 100 } : { width: 100, height: 75 });
    expect((await sharp(target).metadata()).exif).toBeUndefined();
  });

  test('the black bars around the preview of a wider photo are cut away', async () => {
    const bars = { top: 7, bottom: 7, background: '#000' };
    const preview = await plain(160, 106, [250, 250, 250]).extend(bars).jpeg().toBuffer();
    const photo = await photoWith(preview, { width: 480, height: 320 });
    const { answer, target } = await thumb(photo, { size: 160, quick: true });
    expect(answer).toEqual({ made: true, width: 160, height: 107 });
    expect((await pixel(target, 80, 2))[0]).toBeGreaterThan(200);
    expect((await pixel(target, 80, 104))[0]).toBeGreaterThan(200);
  });

  test('there is none without a preview, and none is written', async () => {
    expect((await thumb(await noisy().jpeg().toBuffer(), { quick: true })).answer).toEqual({ made: false });
    expect((await thumb(await noisy().png().toBuffer(), { quick: true })).answer).toEqual({ made: false });
  });

  test('a preview of another crop, or a damaged one, counts as none', async () => {
    const preview = await noisy(160, 120).jpeg().toBuffer();
    const turned = await photoWith(preview, { width: 300, height: 480 });
    expect((await thumb(turned, { quick: true })).answer).toEqual({ made: false });
    const damaged = await photoWith(preview.subarray(0, preview.length >> 1));
    expect((await thumb(damaged, { quick: true })).answer).toEqual({ made: false });
  });
});
