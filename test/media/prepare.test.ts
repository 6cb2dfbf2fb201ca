// The upload: what must reach the model (the picture, upright, in its true colours) and what must not (all else).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../app/domain/failure.ts';
import type { PreparedPhoto } from '../../app/domain/picture.ts';
import { fitPixels, prepare } from '../../app/media/prepare.ts';
import {
  adobeRgbProfile,
  adobeToSrgb,
  bombPng,
  deepTiff,
  noisy,
  pixel,
  plain,
  profileSegment,
  put,
  quarters,
  readQuarters,
  namedPhotos,
  realPhotos,
  type Rgb,
  tempFolder,
  UPRIGHT,
  withSegment,
} from './pictures.ts';

/** Prepares bytes as a file of some name. */
async function prepared(source: Buffer | Sharp, maxMegapixels = 20): Promise<PreparedPhoto> {
  const folder = tempFolder();
  const path = put(folder, 'source', Buffer.isBuffer(source) ? source : await source.toBuffer());
  return await prepare({ source: path, target: join(folder, 'upload'), maxMegapixels });
}

/** The failure of preparing bytes, and that nothing is left behind. */
async function refused(source: Buffer | string): Promise<string> {
  const folder = tempFolder();
  const target = put(folder, 'upload', 'of an earlier attempt');
  const request = { source: put(folder, 'source', source), target, maxMegapixels: 20 };
  const error: unknown = await prepare(request).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(existsSync(target)).toBe(false);
  return error instanceof FailureError ? error.failure.code : String(error);
}

function expectNear(actual: Rgb, expected: Rgb, tolerance: number): void {
  const off = actual.map((value, index) => Math.abs(value - (expected[index] ?? 0)));
  expect({ actual, expected, near: Math.max(...off) <= tolerance }).toEqual({ actual, expected, near: true });
}

describe('format and size', () => {
  test.each(['jpeg', 'png', 'webp'] as const)('%s stays what it is', async (format) => {
    const upload = await prepared(noisy(90, 60).toFormat(format));
    expect(upload).toMatchObject({ format, width: 90, height: 60, bytes: statSync(upload.path).size });
    expect(await sharp(upload.path).metadata()).toMatchObject({ format, width: 90, height: 60 });
  });

  test('TIFF and AVIF become JPEG, with full colour resolution', async () => {
    for (const source of [noisy(90, 60).tiff(), noisy(90, 60).avif()]) {
      const upload = await prepared(source);
      expect(upload.format).toBe('jpeg');
      expect(await sharp(upload.path).metadata()).toMatchObject({ format: 'jpeg', chromaSubsampling: '4:4:4' });
    }
  });

  test('TIFF with transparency or more than 8 bits becomes PNG and keeps both', async () => {
    const clear = await prepared(noisy(90, 60).ensureAlpha(0.5).tiff({ compression: 'lzw' }));
    expect(await sharp(clear.path).metadata()).toMatchObject({ format: 'png', hasAlpha: true, depth: 'uchar' });
    const deep = await prepared(deepTiff(30, 20, [65_535, 32_896, 257]));
    expect(await sharp(deep.path).metadata()).toMatchObject({ format: 'png', hasAlpha: false, depth: 'ushort' });
  });

  test.each(['png', 'webp'] as const)('transparency of a %s is kept', async (format) => {
    const upload = await prepared(plain(40, 40, [200, 0, 0]).ensureAlpha(0.25).toFormat(format));
    const { data } = await sharp(upload.path).raw().toBuffer({ resolveWithObject: true });
    expect(Math.abs((data[3] ?? 0) - 64)).toBeLessThan(2);
  });

  test('a PNG of 16 bits stays one, grey becomes colour of the same grey', async () => {
    const deep = await prepared(plain(40, 40, [200, 100, 50]).toColourspace('rgb16').png());
    expect(await sharp(deep.path).metadata()).toMatchObject({ depth: 'ushort', channels: 3 });
    const grey = await prepared(plain(40, 40, [128, 128, 128]).toColourspace('b-w').jpeg());
    expect(await sharp(grey.path).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
    expectNear(await pixel(grey.path, 5, 5), [128, 128, 128], 1);
  });

  test('a photo above the limit is reduced to it with its aspect, one below is not enlarged', async () => {
    const large = await prepared(noisy(900, 600).jpeg(), 0.25);
    expect(large.width * large.height).toBeLessThanOrEqual(250_000);
    expect(large.width * large.height).toBeGreaterThan(247_000);
    expect(large.width / large.height).toBeCloseTo(1.5, 2);
    expect(await prepared(noisy(90, 60).jpeg(), 0.25)).toMatchObject({ width: 90, height: 60 });
  });

  test('the fitted size is never above the limit and never empty', () => {
    for (const [width, height] of [
      [1, 1],
      [9_999, 1],
      [1, 65_000],
      [8_192, 5_464],
      [14_204, 10_652],
    ] as const) {
      const fitted = fitPixels({ width, height }, 4_000_000);
      expect(fitted.width * fitted.height).toBeLessThanOrEqual(4_000_000);
      expect(Math.min(fitted.width, fitted.height)).toBeGreaterThanOrEqual(1);
    }
    expect(fitPixels({ width: 100, height: 50 }, 5_000)).toEqual({ width: 100, height: 50 });
  });
});

describe('upright', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is applied and gone from the file', async (orientation) => {
    const upload = await prepared((await quarters(120, 80)).withMetadata({ orientation }).jpeg());
    expect(await readQuarters(upload.path)).toBe(UPRIGHT[orientation - 1]);
    expect(upload).toMatchObject(orientation > 4 ? { width: 80, height: 120 } : { width: 120, height: 80 });
    expect((await sharp(upload.path).metadata()).orientation).toBeUndefined();
  });

  test('also for a photo that is reduced', async () => {
    const upload = await prepared((await quarters(1_200, 800)).withMetadata({ orientation: 6 }).jpeg(), 0.2);
    expect(await readQuarters(upload.path)).toBe('BRWG');
    expect(upload.width).toBeLessThan(upload.height);
  });
});

describe('privacy', () => {
  const withEverything = (picture: Sharp) =>
    picture
      .withExif({ IFD0: { Artist: 'Jane Doe', Copyright: 'Jane Doe' }, IFD3: { GPSLatitude: '48/1 51/1 29/1' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>Jane Doe</creator></x:xmpmeta>')
      .withIccProfile('p3');

  test.each(['jpeg', 'png', 'webp', 'tiff'] as const)('nothing but the picture leaves with a %s', async (format) => {
    const source = await withEverything(noisy(90, 60)).toFormat(format).toBuffer();
    expect(source.includes('Jane Doe')).toBe(true);
    const upload = await prepared(source);
    const { exif, xmp, icc, iptc, comments } = await sharp(upload.path).metadata();
    expect({ exif, xmp, icc, iptc, comments }).toEqual({});
    expect(readFileSync(upload.path).includes('Jane Doe')).toBe(false);
  });

  test.each(namedPhotos())('nothing of the metadata of a real photograph leaves: %s', async (_, path) => {
    const upload = await prepare({ source: path, target: join(tempFolder(), 'upload'), maxMegapixels: 20 });
    const { exif, xmp, icc, iptc, comments } = await sharp(upload.path).metadata();
    expect({ exif, xmp, icc, iptc, comments }).toEqual({});
    expect(readFileSync(upload.path).includes('Getty')).toBe(false);
  });
});

describe('colour', () => {
  const RED: Rgb = [255, 0, 0];
  const GRASS: Rgb = [60, 170, 40];

  test.each([
    ['jpeg', RED],
    ['jpeg', GRASS],
    ['png', GRASS],
    ['webp', GRASS],
    ['tiff', GRASS],
  ] as const)('Display P3 in a %s becomes the same colour in sRGB (%j)', async (format, colour) => {
    const options = format === 'tiff' ? {} : { quality: 100 };
    const source = await plain(40, 40, colour).withIccProfile('p3').toFormat(format, options).toBuffer();
    const stored = await pixel(source, 9, 9);
    expect(Math.max(...stored.map((value, index) => Math.abs(value - (colour[index] ?? 0))))).toBeGreaterThan(20);
    expectNear(await pixel((await prepared(source)).path, 9, 9), colour, 5);
  });

  test('Display P3 of 16 bits too, which sharp alone would leave in P3', async () => {
    const inP3 = await plain(40, 40, GRASS).toColourspace('rgb16').withIccProfile('p3').png().toBuffer();
    const { icc } = await sharp(inP3).metadata();
    const [r, g, b] = await pixel(inP3, 9, 9);
    for (const source of [inP3, deepTiff(40, 40, [r * 257, g * 257, b * 257], icc)]) {
      const upload = await prepared(source);
      expect(await sharp(upload.path).metadata()).toMatchObject({ depth: 'ushort', hasProfile: false });
      expectNear(await pixel(upload.path, 9, 9), GRASS, 3);
    }
  });

  test('16 bits without a profile are sRGB already and stay as they are', async () => {
    const upload = await prepared(deepTiff(40, 40, [60 * 257, 170 * 257, 40 * 257]));
    expectNear(await pixel(upload.path, 9, 9), GRASS, 1);
  });

  test('Adobe RGB becomes the same colour in sRGB', async () => {
    const stored: Rgb = [180, 140, 110];
    const jpeg = await plain(40, 40, stored).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const source = withSegment(jpeg, 0xe2, profileSegment(adobeRgbProfile()));
    const expected = adobeToSrgb(stored);
    expect(Math.abs(expected[0] - stored[0])).toBeGreaterThan(5);
    expectNear(await pixel((await prepared(source)).path, 9, 9), expected, 3);
  });

  test('CMYK becomes sRGB, with a profile and without', async () => {
    const colour: Rgb = [170, 130, 110];
    for (const source of [
      await plain(40, 40, colour).withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer(),
      await plain(40, 40, colour).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    ]) {
      expect((await sharp(source).metadata()).space).toBe('cmyk');
      const upload = await prepared(source);
      expect(await sharp(upload.path).metadata()).toMatchObject({ format: 'jpeg', space: 'srgb', channels: 3 });
      expectNear(await pixel(upload.path, 9, 9), colour, 16); // inks reach fewer colours
    }
  });

  test('a damaged profile costs nothing but itself', async () => {
    const jpeg = await plain(40, 40, GRASS).jpeg({ quality: 100 }).toBuffer();
    const upload = await prepared(withSegment(jpeg, 0xe2, profileSegment(Buffer.alloc(300, 7))));
    expectNear(await pixel(upload.path, 9, 9), GRASS, 3);
  });
});

describe('identity and safety', () => {
  test('the hash is that of the source file, and the source is as it was', async () => {
    const [source = ''] = realPhotos();
    const before = { bytes: readFileSync(source), changed: statSync(source).mtimeMs };
    const upload = await prepare({ source, target: join(tempFolder(), 'upload'), maxMegapixels: 20 });
    expect(upload.sourceHash).toBe(createHash('sha256').update(before.bytes).digest('hex'));
    expect(readFileSync(source).equals(before.bytes)).toBe(true);
    expect(statSync(source).mtimeMs).toBe(before.changed);
  });

  test('a target that is the photo itself is refused, by any of its names', async () => {
    const folder = tempFolder();
    const source = put(folder, 'a.jpg', await noisy(90, 60).jpeg().toBuffer());
    linkSync(source, join(folder, 'b.jpg'));
    for (const target of [source, join(folder, '.', 'b.jpg')]) {
      await expect(prepare({ source, target, maxMegapixels: 20 })).rejects.toMatchObject({
        failure: { code: 'internal' },
      });
    }
    expect((await sharp(source).metadata()).width).toBe(90);
  });

  test('a target that cannot be written is the disk’s failure, not the photo’s', async () => {
    const source = put(tempFolder(), 'a.jpg', await noisy(90, 60).jpeg().toBuffer());
    const target = join(tempFolder(), 'no', 'such', 'folder');
    await expect(prepare({ source, target, maxMegapixels: 20 })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what is refused, leaving no upload behind', () => {
  test.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('a %s cut at many lengths', async (format) => {
    const whole = await noisy(120, 80).toFormat(format).toBuffer();
    for (const part of [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]) {
      const length = Math.floor(whole.length * part);
      expect([length, await refused(whole.subarray(0, length))]).toEqual([length, 'photo_damaged']);
    }
    // The last byte of this TIFF belongs to no picture: it ends the list of further ones.
    if (format !== 'tiff') expect(await refused(whole.subarray(0, -1))).toBe('photo_damaged');
  });

  test('a TIFF whose directory stands first, cut at any length', async () => {
    const whole = deepTiff(30, 20, [9_000, 20_000, 40_000]);
    for (let length = 8; length < whole.length; length += 97) {
      expect([length, await refused(whole.subarray(0, length))]).toEqual([length, 'photo_damaged']);
    }
  });

  test('a JPEG whose middle is gone though its end is there', async () => {
    const whole = await noisy(240, 160).jpeg().toBuffer();
    const middle = Math.floor(whole.length / 2);
    expect(await refused(Buffer.concat([whole.subarray(0, middle), whole.subarray(-2)]))).toBe('photo_damaged');
  });

  test('what is no photo, by its content', async () => {
    expect(await refused('%PDF-1.7\n')).toBe('not_a_photo');
    expect(await refused('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).toBe('not_a_photo');
    expect(await refused('')).toBe('not_a_photo');
    expect(await refused(await noisy(9, 9).gif().toBuffer())).toBe('not_a_photo');
  });

  test('a picture bomb', async () => {
    expect(await refused(bombPng())).toBe('photo_too_large');
  });

  test('a photo that is gone', async () => {
    const folder = tempFolder();
    const request = { source: join(folder, 'gone'), target: join(folder, 'upload'), maxMegapixels: 20 };
    await expect(prepare(request)).rejects.toMatchObject({ failure: { code: 'source_missing' } });
  });
});

test('a motion photo, with a video behind the picture, is prepared', async () => {
  const motion = Buffer.concat([
    await noisy(90, 60).jpeg().toBuffer(),
    Buffer.from('....ftypmp42'),
    Buffer.alloc(900, 1),
  ]);
  expect(await prepared(motion)).toMatchObject({ format: 'jpeg', width: 90, height: 60 });
});
