import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { scan } from '../../app/intake/scan.ts';
import { openFile } from '../../app/intake/open-photo.ts';
import { lookWhole, lookWholeBy } from '../../app/intake/whole.ts';
import { inspect } from '../../app/media/inspect.ts';
import { noisy, plain, realPhotos } from '../media/pictures.ts';
import { TempTree } from './temp-tree.ts';
import { directoriesFirst, TIFF } from './tiffs.ts';

const media = { inspect };
const isWindows = process.platform === 'win32';

let tree: TempTree;
beforeAll(async () => {
  tree = await TempTree.make();
});
afterAll(() => tree.remove());

let files = 0;
/** What a look says of a file of these bytes: `whole` or why not. */
async function look(bytes: Uint8Array, name = 'photo.jpg'): Promise<string> {
  const dir = await tree.folder(`${(files += 1)}`);
  await writeFile(join(dir, name), bytes);
  const answer = await lookWhole(join(dir, name), media);
  return answer.whole ? 'whole' : answer.why;
}

/** The same for a file that was still for so many milliseconds. */
async function lookAfter(stillMs: number, bytes: Uint8Array): Promise<string> {
  const path = join(await tree.folder(`${(files += 1)}`), 'photo');
  await writeFile(path, bytes);
  const answer = await lookWhole(path, media, { stillMs });
  return answer.whole ? 'whole' : answer.why;
}

const cut = (bytes: Uint8Array, at: number) => bytes.subarray(0, Math.floor(bytes.length * at));
const zeros = (length: number) => Buffer.alloc(length);
/** As a file system gives it whose room was taken at once, and which is filled to a part. */
const preallocated = (bytes: Uint8Array, filled: number) => {
  const part = cut(bytes, filled);
  return Buffer.concat([part, zeros(bytes.length - part.length)]);
};
const CUTS = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999];

const tiff = (compression: 'none' | 'lzw' | 'deflate' | 'jpeg') => noisy().tiff({ compression }).toBuffer();
const PICTURES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a JPEG': () => noisy().jpeg().toBuffer(),
  'a progressive JPEG': () => noisy().jpeg({ progressive: true }).toBuffer(),
  'a real photograph, with EXIF, XMP and a profile': () => readFile(realPhotos()[0] ?? ''),
  'a PNG': () => noisy().png().toBuffer(),
  'a WebP': () => noisy(1200, 800).webp({ quality: 90 }).toBuffer(),
  'a lossless WebP': () => noisy().webp({ lossless: true }).toBuffer(),
  'a WebP with metadata behind the picture': () =>
    noisy(1200, 800)
      .webp({ quality: 90 })
      .withExif({ IFD0: { Artist: 'me' } })
      .toBuffer(),
  'a TIFF': () => tiff('none'),
  'a TIFF with LZW': () => tiff('lzw'),
  'a TIFF with deflate': () => tiff('deflate'),
  'a TIFF in tiles': () => noisy().tiff({ tile: true, tileWidth: 64, tileHeight: 64 }).toBuffer(),
  'a TIFF with its directory first': async () => directoriesFirst([await deflated(240, 160)]),
  'a BigTIFF': () => noisy().tiff({ compression: 'lzw', bigtiff: true }).toBuffer(),
  'a BigTIFF with its directory first': async () => directoriesFirst([await deflated(240, 160)], { big: true }),
  'a TIFF pyramid': () => pyramid(false),
  'a BigTIFF pyramid': () => pyramid(true),
  'a TIFF with a picture below the first': async () =>
    directoriesFirst([await deflated(120, 80), await deflated(240, 160)], { link: 'below' }),
  'a BigTIFF with a picture below the first': async () =>
    directoriesFirst([await deflated(120, 80), await deflated(240, 160)], { link: 'below', big: true }),
  'a TIFF of two pages, their directories first': async () =>
    directoriesFirst([await deflated(120, 80), await deflated(240, 160)]),
  'an AVIF': () => noisy(960, 640).avif({ quality: 90, effort: 0 }).toBuffer(),
};

const pyramid = (bigtiff: boolean) => {
  const tiles = { tile: true, tileWidth: 64, tileHeight: 64 };
  return noisy(600, 400)
    .tiff({ compression: 'lzw', pyramid: true, bigtiff, ...tiles })
    .toBuffer();
};
const deflated = async (width: number, height: number) => ({
  width,
  height,
  compression: TIFF.deflate,
  strip: deflateSync(await grey(width, height)),
});
const grey = (width: number, height: number) => noisy(width, height).greyscale().raw().toBuffer();

describe.each(Object.entries(PICTURES))('%s', (_, make) => {
  let bytes: Buffer;
  beforeAll(async () => {
    bytes = await make();
  });

  it('is whole as it was made', async () => {
    expect(await look(bytes)).toBe('whole');
  });

  it.each(CUTS)('is not whole when only %d of it are there', async (part) => {
    expect(['no-end', 'growing']).toContain(await look(cut(bytes, part)));
  });

  it('is not whole when a single byte is missing', async () => {
    expect(['no-end', 'growing']).toContain(await look(bytes.subarray(0, -1)));
  });

  it.each([0.1, 0.5, 0.9])('grows while its room is taken and %d of it are written', async (part) => {
    expect(await look(preallocated(bytes, part))).toBe('growing');
  });
});

describe('a photo', () => {
  it('that is whole is told with its format by content, its pixels as seen, and size and time as the scan tells them, and its hash', async () => {
    const path = join(await tree.folder('as-seen'), 'named.jpg');
    await sharp(await noisy(320, 200).png().toBuffer()).withMetadata({ orientation: 6 }).webp().toFile(path); // prettier-ignore
    await utimes(path, 1_700_000_000.123, 1_700_000_000.987_654);
    const [found] = (await scan([path], { recursive: false, isExcluded: () => false })).files;
    expect(await lookWhole(path, media)).toEqual({
      whole: true,
      info: { format: 'webp', width: 200, height: 320 },
      bytes: found?.bytes,
      mtimeMs: found?.mtimeMs,
      sha256: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    });
  });

  it('of many blocks is hashed as a whole', async () => {
    const path = join(await tree.folder('large'), 'a.tif');
    const bytes = await noisy(1_500, 1_000).tiff({ compression: 'none' }).toBuffer();
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(bytes.length).toBeGreaterThan(4_000_000);
    expect(await lookWhole(path, media)).toMatchObject({ whole: true, bytes: bytes.length, sha256 });
  });

  it('with a black lower half, which in an uncompressed TIFF is all zeros, is whole when it was still for a minute', async () => {
    const upper = await grey(200, 200);
    const strip = Buffer.concat([upper, zeros(upper.length)]);
    const bytes = directoriesFirst([{ width: 200, height: 400, compression: TIFF.none, strip }]);
    expect(bytes.subarray(-4_096).every((byte) => byte === 0)).toBe(true);
    expect(await look(bytes)).toBe('whole');
    expect(await lookAfter(59_999, bytes)).toBe('blank');
    expect(await lookAfter(60_000, bytes)).toBe('whole');
    const { length } = bytes;
    expect(await lookAfter(0, Buffer.concat([bytes.subarray(0, length - 8), zeros(7), Buffer.from([1])]))).toBe(
      'whole',
    );
  });

  it.each([
    ['a WebP', () => noisy(1_200, 800).webp({ quality: 90 }).toBuffer(), 20_000],
    ['an AVIF', () => noisy(960, 640).avif({ quality: 90, effort: 0 }).toBuffer(), 2_000],
    [
      'a BigTIFF',
      async () => directoriesFirst([{ ...(await deflated(240, 160)), compression: TIFF.none }], { big: true }),
      900,
    ],
  ])(
    'whose room was taken at once is not taken for whole while its last part is zeros: %s',
    async (_, make, missing) => {
      const bytes = await make();
      const most = Buffer.concat([bytes.subarray(0, -missing), zeros(missing)]);
      expect(await lookAfter(2_000, most)).toBe('blank');
      expect(await lookAfter(2_000, bytes)).toBe('whole');
    },
  );

  it('is looked at to the end also where its TIFF directories lead in a circle, or to more than can be', async () => {
    const bytes = directoriesFirst([await deflated(120, 80), await deflated(240, 160)], { big: true });
    const next = 16 + 2 * (8 + 10 * 20 + 8) - 8;
    const circle = Buffer.from(bytes);
    circle.writeBigUInt64LE(16n, next);
    expect(await look(circle)).toBe('whole');
    const far = Buffer.from(bytes);
    far.writeBigUInt64LE(2n ** 63n, next);
    expect(await look(far)).toBe('no-end');
    const many = Buffer.from(bytes);
    many.writeBigUInt64LE(2n ** 60n, 16);
    expect(await look(many)).toBe('not-a-photo');
    const table = Buffer.from(bytes);
    table.writeBigUInt64LE(2n ** 40n, 16 + 8 + 5 * 20 + 4);
    expect(await look(table)).toBe('no-end');
  });

  it('is whole in one colour, however little code that takes', async () => {
    const flat = plain(4_000, 3_000, [0, 0, 0]);
    expect(await look(await flat.clone().webp({ lossless: true }).toBuffer())).toBe('whole');
    expect(await look(await flat.clone().webp().toBuffer())).toBe('whole');
    for (const compression of ['lzw', 'deflate', 'jpeg', 'packbits', 'none'] as const) {
      expect(await look(await flat.clone().tiff({ compression }).toBuffer())).toBe('whole');
    }
    expect(await look(await flat.clone().png().toBuffer())).toBe('whole');
    expect(await look(await flat.clone().jpeg().toBuffer())).toBe('whole');
  });
});

describe('behind the picture of a JPEG', () => {
  let picture: Buffer;
  beforeAll(async () => {
    picture = await noisy(600, 400).jpeg().toBuffer();
  });
  /** Puts segments behind the two bytes that begin a JPEG. */
  const withSegments = (...segments: Buffer[]) =>
    Buffer.concat([picture.subarray(0, 2), ...segments, picture.subarray(2)]);
  const segment = (code: number, content: Buffer) => {
    const head = Buffer.from([0xff, code, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  };
  const xmp = (text: string) => segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${text}`));
  /** An index of two pictures, the second `distance` bytes behind the index's own header. CIPA DC-007, 5.2. */
  const mpf = (distance: number, bytes: number) => {
    const index = Buffer.alloc(4 + 8 + 2 + 12 + 4 + 32);
    index.write('MPF\0II*\0', 'latin1');
    index.writeUInt32LE(8, 8);
    index.writeUInt16LE(1, 12);
    index.writeUInt16LE(0xb002, 14);
    index.writeUInt16LE(7, 16);
    index.writeUInt32LE(32, 18);
    index.writeUInt32LE(26, 22);
    index.writeUInt32LE(bytes, 4 + 26 + 16 + 4);
    index.writeUInt32LE(distance, 4 + 26 + 16 + 8);
    return segment(0xe2, index);
  };
  const film = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42'), Buffer.alloc(90_000, 7)]);

  it('the zeros that a camera fills its card with do no harm', async () => {
    for (const bytes of [1, 63, 512, 32_768, 300_000]) {
      expect(await look(Buffer.concat([picture, zeros(bytes)]))).toBe('whole');
    }
  });

  it('a trailer of the maker’s own does no harm, nor do line ends', async () => {
    expect(await look(Buffer.concat([picture, Buffer.from('Image_UTC_Data1700000000000SEFH\0SEFT')]))).toBe('whole');
    expect(await look(Buffer.concat([picture, Buffer.from('\r\n')]))).toBe('whole');
    expect(await look(Buffer.concat([picture, Buffer.alloc(400_000, 0x20)]))).toBe('whole');
  });

  it('the film of a motion photo is waited for, to the length that the photo tells', async () => {
    const container = `<Container:Item Item:Semantic="Primary" Item:Length="0"/><Container:Item Item:Semantic="MotionPhoto" Item:Length="${film.length}"/>`;
    for (const text of [container, `GCamera:MicroVideoOffset="${film.length}"`]) {
      const photo = withSegments(xmp(text));
      expect(await look(Buffer.concat([photo, film]))).toBe('whole');
      expect(await look(Buffer.concat([photo, cut(film, 0.5)]))).toBe('no-end');
      expect(await look(Buffer.concat([photo, preallocated(film, 0.5)]))).toBe('growing');
      expect(await lookAfter(2_000, Buffer.concat([photo, film.subarray(0, -1_000), zeros(1_000)]))).toBe('blank');
    }
  });

  it('a further picture is waited for, to the length that the index tells', async () => {
    const preview = await noisy(300, 200).jpeg().toBuffer();
    const photoOf = (distance: number) => withSegments(mpf(distance, preview.length));
    // The index's own header begins behind its marker, length and name: 2 + 2 + 4 + 4 bytes into the file.
    const photo = photoOf(photoOf(1).length - 10);
    expect(await look(Buffer.concat([photo, preview]))).toBe('whole');
    expect(await look(Buffer.concat([photo, preview, Buffer.from('SEFT')]))).toBe('whole');
    expect(await look(Buffer.concat([photo, cut(preview, 0.5)]))).toBe('no-end');
  });

  it('an index that promises more is not believed when the file ends with its picture: programs drop what follows', async () => {
    expect(await look(withSegments(mpf(5_000_000, 100_000)))).toBe('whole');
    expect(await look(withSegments(xmp('Item:Length="5000000"')))).toBe('whole');
  });

  it('the end of the preview in the header is no end', async () => {
    const preview = await noisy(60, 40).jpeg().toBuffer();
    const photo = withSegments(segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), preview])));
    const headEnd = 2 + 4 + 6 + preview.length;
    expect(photo.subarray(headEnd - 2, headEnd)).toEqual(Buffer.from([0xff, 0xd9]));
    expect(await look(photo.subarray(0, headEnd))).toBe('no-end');
    expect(await look(Buffer.concat([photo.subarray(0, headEnd), zeros(picture.length)]))).toBe('growing');
    expect(await look(photo)).toBe('whole');
  });
});

describe('a file that is not whole', () => {
  it.each([
    ['empty', Buffer.alloc(0), 'It is still empty.'],
    ['zeros', zeros(100_000), 'Still being written.'],
    ['a few bytes', Buffer.from([0xff, 0xd8]), 'Its end is missing: the copy may have been cut off.'],
  ])('says why in a sentence: %s', async (name, bytes, reason) => {
    const path = join(await tree.folder(`why-${name}`), 'a.jpg');
    await writeFile(path, bytes);
    expect(await lookWhole(path, media)).toMatchObject({ whole: false, reason });
  });

  it('is one that grows while it is looked at, also when it is whole for an instant', async () => {
    const path = join(await tree.folder('grows'), 'a.jpg');
    await writeFile(path, await noisy().jpeg().toBuffer());
    const growing = {
      async inspect(paths: readonly string[]) {
        const file = await open(path, 'a');
        await file.write('more');
        await file.close();
        return inspect(paths);
      },
    };
    expect(await lookWhole(path, growing)).toMatchObject({ whole: false, why: 'growing' });
    expect(await lookWhole(path, media)).toMatchObject({ whole: true });
  });

  it('is one that another takes the place of while it is looked at', async () => {
    const path = join(await tree.folder('replaced'), 'a.jpg');
    await writeFile(path, await noisy().jpeg().toBuffer());
    const replacing = {
      async inspect(paths: readonly string[]) {
        const answer = await inspect(paths);
        await writeFile(path, 'other');
        return answer;
      },
    };
    expect(await lookWhole(path, replacing)).toMatchObject({ whole: false, why: 'growing' });
  });

  it('is gone when it vanishes before or while it is looked at', async () => {
    const path = join(await tree.folder('vanishes'), 'a.jpg');
    expect(await lookWhole(path, media)).toEqual({ whole: false, why: 'gone' });
    await writeFile(path, await noisy().jpeg().toBuffer());
    const removing = {
      async inspect(paths: readonly string[]) {
        await rm(path);
        return inspect(paths);
      },
    };
    expect(await lookWhole(path, removing)).toEqual({ whole: false, why: 'gone' });
    expect(await lookWhole(join(path, 'below-a-file.jpg'), media)).toEqual({ whole: false, why: 'gone' });
  });
});

describe('what is no photo', () => {
  it.each(['.hidden.jpg', 'a.jpg.part', 'Thumbs.db', 'film.mp4', 'IMG_1.CR3', '._a.jpg'])(
    'by its name is not even opened: %s',
    async (name) => {
      const dir = await tree.folder('by-name');
      const [left] = (await scan([dir], { recursive: false, isExcluded: () => false })).leftOut;
      expect(left).toBeUndefined();
      expect(await lookWhole(join(dir, name), media)).toMatchObject({ why: 'not-a-photo', leftOut: { path: join(dir, name) } }); // prettier-ignore
    },
  );

  it('by its content is left out with the words of a batch, as is a damaged and a too large picture', async () => {
    const dir = await tree.folder('by-content');
    const path = join(dir, 'report.jpg');
    await writeFile(path, '%PDF-1.7 and so on');
    const answer = await lookWhole(path, media);
    expect(answer).toMatchObject({ whole: false, why: 'not-a-photo', leftOut: { path, reason: 'not_a_photo' } });
    expect(JSON.stringify(answer)).toContain('a PDF document named .jpg');
    const refusing = (code: 'photo_damaged' | 'photo_too_large') => ({
      inspect: () => Promise.resolve([failure(code)]),
    });
    const photo = join(dir, 'photo.jpg');
    await writeFile(photo, await noisy().jpeg().toBuffer());
    expect(await lookWhole(photo, refusing('photo_damaged'))).toMatchObject({ leftOut: { reason: 'damaged' } });
    expect(await lookWhole(photo, refusing('photo_too_large'))).toMatchObject({ leftOut: { reason: 'too_large' } });
  });

  it('can be a folder, or a link in a circle', async () => {
    const dir = await tree.folder('by-kind');
    await mkdir(join(dir, 'folder.jpg'));
    await symlink('loop.jpg', join(dir, 'loop.jpg'));
    expect(await lookWhole(join(dir, 'folder.jpg'), media)).toMatchObject({ why: 'not-a-photo' });
    expect(await lookWhole(join(dir, 'loop.jpg'), media)).toMatchObject({ leftOut: { reason: 'loop' } });
  });

  it.skipIf(isWindows)('can be a named pipe, whose writer is not waited for', async () => {
    const path = join(await tree.folder('pipe'), 'pipe.jpg');
    execFileSync('mkfifo', [path]);
    expect(await lookWhole(path, media)).toMatchObject({ why: 'not-a-photo' });
  });

  it('is not said when the picture process cannot work at all: that is thrown', async () => {
    const path = join(await tree.folder('broken'), 'a.jpg');
    await writeFile(path, await noisy().jpeg().toBuffer());
    const broken = { inspect: () => Promise.resolve([failure('internal')]) };
    await expect(lookWhole(path, broken)).rejects.toBeInstanceOf(FailureError);
  });
});

describe('a file of another program', () => {
  const refusing = (code: string, onlyToWrite: boolean) => ({
    platform: 'win32' as const,
    open(path: string, flags: string | number) {
      if (onlyToWrite && flags !== 'r+') return openFile(path, flags);
      return Promise.reject(Object.assign(new Error(code), { code }));
    },
  });
  let path: string;
  beforeAll(async () => {
    path = join(await tree.folder('another'), 'a.jpg');
    await writeFile(path, await noisy().jpeg().toBuffer());
  });
  const lookBy = (code: string, onlyToWrite: boolean) =>
    lookWholeBy(refusing(code, onlyToWrite), { path, media, signal: undefined });

  it('is in use on Windows when it cannot be opened, or not for writing', async () => {
    const locked = { why: 'locked', reason: 'Another program is still using it.' };
    expect(await lookBy('EBUSY', false)).toMatchObject(locked);
    expect(await lookBy('EBUSY', true)).toMatchObject(locked);
  });

  it('is whole though it may not be written: the camera protected it, or its share is for reading only', async () => {
    for (const code of ['EPERM', 'EACCES', 'EROFS']) expect(await lookBy(code, true)).toMatchObject({ whole: true });
  });

  it('cannot be read when the system refuses, which is said with the system’s word', async () => {
    const reason = 'It cannot be read (EACCES). Check its permissions and its drive.';
    expect(await lookBy('EACCES', false)).toEqual({ whole: false, why: 'unreadable', reason });
    expect(await lookBy('EIO', false)).toMatchObject({ why: 'unreadable' });
  });

  it('is not changed by looking', async () => {
    const before = await readFile(path);
    const opened: (string | number)[] = [];
    const opening = {
      platform: 'win32' as const,
      open: (file: string, flags: string | number) => {
        opened.push(flags);
        return openFile(file, flags);
      },
    };
    expect(await lookWholeBy(opening, { path, media, signal: undefined })).toMatchObject({ whole: true });
    expect(opened[0]).toBe('r+');
    expect(await readFile(path)).toEqual(before);
  });
});

it('can be given up', async () => {
  const path = join(await tree.folder('given-up'), 'a.jpg');
  await writeFile(path, await noisy().jpeg().toBuffer());
  const reason = new Error('given up');
  await expect(lookWhole(path, media, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const stop = new AbortController();
  const opening = {
    platform: process.platform,
    open: (file: string, flags: string | number) => {
      stop.abort(reason);
      return openFile(file, flags);
    },
  };
  await expect(lookWholeBy(opening, { path, media, signal: stop.signal })).rejects.toBe(reason);
});
