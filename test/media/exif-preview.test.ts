// The camera's preview, out of bytes that anybody may have written.
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { exifPreview, withOrientation } from '../../app/media/exif-preview.ts';
import { exifWithPreview, noisy, realPhotos, withSegment } from './pictures.ts';

const preview = await noisy(32, 24).jpeg().toBuffer();
const photo = await noisy(240, 160).jpeg().toBuffer();
const APP1 = 0xe1;

test.each([true, false])('finds the preview and the orientation (little-endian: %s)', (littleEndian) => {
  const found = exifPreview(withSegment(photo, APP1, exifWithPreview(preview, 6, littleEndian)));
  expect(found?.orientation).toBe(6);
  expect(Buffer.from(found?.jpeg ?? []).equals(preview)).toBe(true);
});

test('finds it behind other segments and fill bytes', () => {
  const withExif = withSegment(photo, APP1, exifWithPreview(preview, 1, true));
  const filled = Buffer.concat([withExif.subarray(0, 2), Buffer.from([0xff, 0xff]), withExif.subarray(2)]);
  expect(exifPreview(withSegment(filled, 0xe0, Buffer.alloc(20)))).not.toBeNull();
});

test('an orientation that does not exist counts as upright', () => {
  expect(exifPreview(withSegment(photo, APP1, exifWithPreview(preview, 9, true)))?.orientation).toBe(1);
});

test('there is none in a file without EXIF, without a preview, or that is no JPEG', async () => {
  const { readFile } = await import('node:fs/promises');
  for (const path of realPhotos()) expect(exifPreview(await readFile(path))).toBeNull();
  expect(exifPreview(photo)).toBeNull();
  expect(exifPreview(await noisy().png().toBuffer())).toBeNull();
  expect(exifPreview(new Uint8Array())).toBeNull();
});

test('a preview that reaches out of the block is none', () => {
  const whole = withSegment(photo, APP1, exifWithPreview(preview, 1, true));
  expect(exifPreview(whole.subarray(0, 200))).toBeNull();
});

test('no bytes make it throw or answer with anything but a JPEG from inside the file', () => {
  const whole = withSegment(photo, APP1, exifWithPreview(preview, 3, false)).subarray(0, 300);
  const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.nat({ max: whole.length }), (changes, length) => {
      const mutated = Buffer.from(whole);
      for (const [at, value] of changes) mutated[at] = value;
      const found = exifPreview(mutated.subarray(0, length));
      if (!found) return true;
      return found.jpeg[0] === 0xff && found.jpeg[1] === 0xd8 && found.jpeg.length <= length && found.orientation <= 8;
    }),
    { numRuns: 5_000 },
  );
});

test('a JPEG told how it lies is turned by its reader', async () => {
  const { orientation, width, height } = await sharp(withOrientation(preview, 8)).metadata();
  expect({ orientation, width, height }).toEqual({ orientation: 8, width: 32, height: 24 });
});
