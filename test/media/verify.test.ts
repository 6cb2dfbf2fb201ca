// A result that is paid for is saved only when it is a whole picture.
import { describe, expect, test } from 'vitest';
import { verify } from '../../app/media/verify.ts';
import { bombPng, noisy, put, realPhotos, tempFolder } from './pictures.ts';

const FORMATS = ['jpeg', 'png', 'webp'] as const;
const damaged = { failure: { code: 'result_damaged', charged: 'yes', retryable: true } };
const file = (content: Uint8Array | string) => put(tempFolder(), 'result.part', content);

test.each(FORMATS)('a whole %s is told with its size', async (format) => {
  const path = file(await noisy(90, 60).toFormat(format).toBuffer());
  expect(await verify(path)).toEqual({ format, width: 90, height: 60 });
});

test('a real photograph is whole, and its size is the upright one', async () => {
  const [photo = ''] = realPhotos();
  expect(await verify(photo)).toEqual({ format: 'jpeg', width: 1024, height: 717 });
  const turned = file(await noisy(90, 60).withMetadata({ orientation: 6 }).jpeg().toBuffer());
  expect(await verify(turned)).toEqual({ format: 'jpeg', width: 60, height: 90 });
});

describe('what is damaged', () => {
  test.each(FORMATS)('a %s cut at many lengths', async (format) => {
    const whole = await noisy(120, 80).toFormat(format).toBuffer();
    for (let part = 0; part < 24; part += 1) {
      const length = Math.floor((whole.length * part) / 24);
      await expect(verify(file(whole.subarray(0, length))), `${length} bytes`).rejects.toMatchObject(damaged);
    }
    await expect(verify(file(whole.subarray(0, -1)))).rejects.toMatchObject(damaged);
  });

  test.each(FORMATS)('a %s with a hole, whose end is there', async (format) => {
    const holed = await noisy(240, 160).toFormat(format).toBuffer();
    const middle = Math.floor(holed.length / 2);
    holed.fill(0, middle, middle + 3_000);
    // A lossy WebP has no checksums: any bytes decode to something. Its transport is guarded by TLS and the length.
    if (format === 'webp') await expect(verify(file(holed))).resolves.toMatchObject({ format });
    else await expect(verify(file(holed))).rejects.toMatchObject(damaged);
  });

  test('an error page, a picture of a kind that was not asked for, nothing, and no file at all', async () => {
    await expect(verify(file('<!doctype html><title>502'))).rejects.toMatchObject({
      failure: { code: 'result_damaged', detail: 'not a picture but a web page' },
    });
    await expect(verify(file(await noisy(9, 9).gif().toBuffer()))).rejects.toMatchObject(damaged);
    await expect(verify(file(await noisy(9, 9).tiff().toBuffer()))).rejects.toMatchObject(damaged);
    await expect(verify(file(''))).rejects.toMatchObject(damaged);
    await expect(verify(`${tempFolder()}/none`)).rejects.toMatchObject(damaged);
  });

  test('a picture bomb', async () => {
    await expect(verify(file(bombPng()))).rejects.toMatchObject(damaged);
  });
});
