// The practice model's enhancement: visible, repeatable, and with nothing of the source but the picture.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { RetouchSettings } from '../../app/domain/picture.ts';
import { grade, lumaOf } from '../../app/media/grade.ts';
import { retouch } from '../../app/media/retouch.ts';
import { noisy, plain, put, quarters, readQuarters, namedPhotos, realPhotos, tempFolder } from './pictures.ts';

const SETTINGS: RetouchSettings = {
  maxPixels: 200_000,
  clarity: 0.5,
  sharpen: 0.5,
  noise: 0.3,
  seed: 123_456,
  keepAlpha: true,
  format: 'png',
};

async function retouched(source: string, settings: Partial<RetouchSettings> = {}): Promise<string> {
  const target = join(tempFolder(), 'result');
  await retouch({ source, target, settings: { ...SETTINGS, ...settings } });
  return target;
}

/** Root mean square of the differences of neighbouring pixels: how much fine detail there is. */
async function detail(path: string): Promise<number> {
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  for (let at = info.channels; at < data.length; at += info.channels) {
    sum += ((data[at] ?? 0) - (data[at - info.channels] ?? 0)) ** 2;
  }
  return Math.sqrt(sum / data.length);
}

describe.each(namedPhotos())('%s', (_, photo) => {
  test('comes back in the size asked for, larger or smaller, with its aspect', async () => {
    const { width, height } = await sharp(photo).metadata();
    for (const maxPixels of [100_000, 1_500_000]) {
      const result = await sharp(await retouched(photo, { maxPixels })).metadata();
      expect(Math.abs((result.width * result.height) / maxPixels - 1)).toBeLessThan(0.01);
      expect(Math.abs(result.width / result.height / (width / height) - 1)).toBeLessThan(0.01);
    }
  });

  test('has more detail than before, and is still the same picture', async () => {
    const neutral = await retouched(photo, { clarity: 0, sharpen: 0, noise: 0 });
    const enhanced = await retouched(photo, { clarity: 0.5, sharpen: 0.6, noise: 0.2 });
    expect(await detail(enhanced)).toBeGreaterThan(1.15 * (await detail(neutral)));
    const [before, after] = await Promise.all([neutral, enhanced].map((path) => sharp(path).stats()));
    before?.channels.forEach(({ mean }, index) =>
      expect(Math.abs(mean - (after?.channels[index]?.mean ?? Infinity))).toBeLessThan(12),
    );
  });

  test('carries no metadata', async () => {
    const { exif, icc, xmp, iptc } = await sharp(await retouched(photo, { format: 'jpeg' })).metadata();
    expect({ exif, icc, xmp, iptc }).toEqual({});
  });
});

test('the same seed gives the same bytes, another seed others', async () => {
  const [photo = ''] = realPhotos();
  const [once, again, other] = await Promise.all([{}, {}, { seed: 7 }].map((settings) => retouched(photo, settings)));
  expect(readFileSync(once ?? '').equals(readFileSync(again ?? ''))).toBe(true);
  expect(readFileSync(once ?? '').equals(readFileSync(other ?? ''))).toBe(false);
});

test('alpha is kept when it is wanted and the format can, else the ground is white', async () => {
  const source = put(tempFolder(), 'a.png', await plain(60, 60, [0, 0, 0]).ensureAlpha(0).png().toBuffer());
  const kept = await sharp(await retouched(source)).metadata();
  expect(kept).toMatchObject({ format: 'png', hasAlpha: true });
  for (const settings of [{ keepAlpha: false }, { format: 'jpeg' as const }]) {
    const path = await retouched(source, settings);
    expect((await sharp(path).metadata()).hasAlpha).toBe(false);
    expect((await sharp(path).stats()).channels[0]?.mean).toBeGreaterThan(250);
  }
});

test('grey, turned and tiny pictures are taken', async () => {
  const folder = tempFolder();
  const grey = await noisy(60, 40).toColourspace('b-w').jpeg().toBuffer();
  expect((await sharp(await retouched(put(folder, 'grey', grey))).metadata()).channels).toBe(3);
  const turned = await (await quarters(120, 80)).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await readQuarters(await retouched(put(folder, 'turned', turned)))).toBe('BRWG');
  const tiny = await plain(1, 1, [9, 9, 9]).png().toBuffer();
  expect(await sharp(await retouched(put(folder, 'tiny', tiny), { maxPixels: 4 })).metadata()).toMatchObject({
    width: 2,
  });
});

test('a damaged picture gives none', async () => {
  const folder = tempFolder();
  const source = put(folder, 'a.jpg', (await noisy().jpeg().toBuffer()).subarray(0, -500));
  const target = join(folder, 'result');
  await expect(retouch({ source, target, settings: SETTINGS })).rejects.toMatchObject({
    failure: { code: 'photo_damaged' },
  });
  expect(existsSync(target)).toBe(false);
});

test('grading leaves alpha alone and black black', () => {
  const pixels = Uint8Array.from([0, 0, 0, 77, 120, 120, 120, 200]);
  const luma = lumaOf(pixels, 4);
  expect([...luma]).toEqual([0, 120]);
  grade(pixels, 4, { luma, soft: luma, wide: luma }, { clarity: 1, sharpen: 1, noise: 0, seed: 1 });
  expect([pixels[3], pixels[7]]).toEqual([77, 200]);
  expect(pixels[0]).toBeLessThan(3);
});
