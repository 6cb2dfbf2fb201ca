// What files are, by content: names lie.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../app/domain/picture.ts';
import { inspect } from '../../app/media/inspect.ts';
import { MAX_SOURCE_BYTES } from '../../app/media/source.ts';
import { bombPng, noisy, put, realPhotos, tempFolder, tiffHead } from './pictures.ts';

/** The answer for one file, shortened to what a test looks at. */
async function look(path: string): Promise<unknown> {
  const [answer] = await inspect([path]);
  if (!answer) throw new Error('no answer');
  return isFailure(answer) ? { code: answer.code, detail: answer.detail } : answer;
}

describe('photos', () => {
  test('real photographs are told with their sizes, in the order of asking', async () => {
    expect(await inspect(realPhotos())).toEqual([
      { format: 'jpeg', width: 1024, height: 717 },
      { format: 'jpeg', width: 807, height: 1024 },
      { format: 'jpeg', width: 1024, height: 484 },
      { format: 'jpeg', width: 1024, height: 510 },
    ]);
  });

  test.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('%s is taken, whatever its name says', async (format) => {
    const path = put(tempFolder(), 'photo.txt', await noisy(90, 60).toFormat(format).toBuffer());
    expect(await look(path)).toEqual({ format, width: 90, height: 60 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'the size is that of the upright picture (orientation %i)',
    async (orientation) => {
      const path = put(tempFolder(), 'a.jpg', await noisy(90, 60).withMetadata({ orientation }).jpeg().toBuffer());
      const [width, height] = orientation > 4 ? [60, 90] : [90, 60];
      expect(await look(path)).toEqual({ format: 'jpeg', width, height });
    },
  );

  test.each(['a[1].jpg', 'photo.jpg[page=1]', '%s.jpg', 'é 図\u202e.jpg', ' .jpg', '-rf'])(
    'the name %j is only a name',
    async (name) => {
      const path = put(tempFolder(), name, await noisy(90, 60).jpeg().toBuffer());
      expect(await look(path)).toEqual({ format: 'jpeg', width: 90, height: 60 });
    },
  );
});

describe('what is not a photo', () => {
  test.each([
    ['invoice.jpg', '%PDF-1.7\n%âãÏÓ', 'a PDF document named .jpg'],
    ['invoice.pdf', '%PDF-1.7\n', 'a PDF document'],
    ['logo.jpg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'an SVG drawing named .jpg'],
    ['page.JPEG', '<!doctype html><p>Not found', 'a web page named .jpeg'],
    ['empty.jpg', '', 'an empty file'],
    ['noise.png', '\x01\x02\x03\x90', 'content of an unknown kind named .png'],
  ])('%s', async (name, content, detail) => {
    const path = put(tempFolder(), name, Buffer.from(content, 'latin1'));
    expect(await look(path)).toEqual({ code: 'not_a_photo', detail });
  });

  test('a GIF, which sharp could read but may not', async () => {
    const path = put(tempFolder(), 'anim.jpg', await noisy(9, 9).gif().toBuffer());
    expect(await look(path)).toEqual({ code: 'not_a_photo', detail: 'a GIF picture named .jpg' });
  });

  test('a RAW file is answered with what to do', async () => {
    const [answer] = await inspect([put(tempFolder(), 'a.tif', tiffHead([[50_706, 1]]))]);
    expect(answer).toMatchObject({ code: 'not_a_photo', message: expect.stringContaining('Export it') as string });
  });

  test('a folder', async () => {
    const path = join(tempFolder(), 'folder.jpg');
    mkdirSync(path);
    expect(await look(path)).toEqual({ code: 'not_a_photo', detail: 'a folder' });
  });

  test.skipIf(process.platform === 'win32')('a named pipe, without waiting for a writer', async () => {
    const path = join(tempFolder(), 'pipe.jpg');
    execFileSync('mkfifo', [path]);
    expect(await look(path)).toEqual({ code: 'not_a_photo', detail: 'not a plain file' });
  });
});

describe('what cannot be taken', () => {
  test('a file that is gone, or whose folder is a file', async () => {
    const folder = tempFolder();
    const file = put(folder, 'a.jpg', await noisy(9, 9).jpeg().toBuffer());
    expect(await look(join(folder, 'gone.jpg'))).toMatchObject({ code: 'source_missing' });
    expect(await look(join(file, 'below.jpg'))).toMatchObject({ code: 'source_missing' });
  });

  // The superuser may read everything, so there is nothing to refuse.
  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a file without permission', async () => {
    const path = put(tempFolder(), 'a.jpg', await noisy(9, 9).jpeg().toBuffer());
    chmodSync(path, 0o000);
    expect(await look(path)).toMatchObject({ code: 'source_unreadable' });
  });

  test('a path that no file can have', async () => {
    expect(await look('a\0b.jpg')).toMatchObject({ code: 'source_unreadable' });
  });

  test('a picture bomb: many pixels in few bytes', async () => {
    const bomb = bombPng();
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await look(put(tempFolder(), 'a.png', bomb))).toMatchObject({ code: 'photo_too_large' });
  });

  test('a file of too many bytes, without reading it', async () => {
    const path = put(tempFolder(), 'a.jpg', await noisy(9, 9).jpeg().toBuffer());
    truncateSync(path, MAX_SOURCE_BYTES + 1);
    expect(await look(path)).toMatchObject({ code: 'photo_too_large' });
  });

  test('a photo cut off in its header', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'tiff', 'avif'] as const) {
      const whole = await noisy(90, 60).toFormat(format).toBuffer();
      const path = put(tempFolder(), `a.${format}`, whole.subarray(0, 20));
      expect({ format, answer: await look(path) }).toMatchObject({ format, answer: { code: 'photo_damaged' } });
    }
  });

  test('one bad file among good ones spoils only its own answer', async () => {
    const [first = '', second = ''] = realPhotos();
    const bad = put(tempFolder(), 'bad.jpg', 'text');
    const answers = await inspect([first, bad, second]);
    expect(answers.map((answer) => (isFailure(answer) ? answer.code : answer.width))).toEqual([
      1024,
      'not_a_photo',
      807,
    ]);
  });
});
