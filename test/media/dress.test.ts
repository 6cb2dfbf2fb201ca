// Results that stay the photographer's files: metadata carried whole, pixels untouched, and a sentence when it cannot be.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { FailureError } from '../../app/domain/failure.ts';
import { isComplete } from '../../app/domain/format.ts';
import { dress } from '../../app/media/dress.ts';
import { inspect } from '../../app/media/inspect.ts';
import { fitExif } from '../../app/media/metadata/exif.ts';
import { MARK } from '../../app/media/metadata/mark.ts';
import { iptcAsResources } from '../../app/media/metadata/photoshop.ts';
import { MediaPool } from '../../app/media/pool.ts';
import { withoutPadding } from '../../app/media/metadata/xmp-parts.ts';
import { CONTAINERS, readMetadata } from '../../app/media/metadata/read.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import {
  cameraTags,
  dressed,
  exifBlock,
  fileWith,
  type Format,
  FORMATS,
  iptcRecords,
  SPACES,
  XMP_ATTRIBUTES,
  XMP_ELEMENTS,
  xmpPacket,
} from './metadata/samples.ts';
import { namedPhotos, noisy, put, tempFolder, withSegment } from './pictures.ts';

const THUMBNAIL = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(500, 7), Buffer.from([0xff, 0xd9])]);
const EXIF = exifBlock(true, cameraTags(), THUMBNAIL).bytes;
const EXIF_BIG_ENDIAN = exifBlock(false, cameraTags(), THUMBNAIL).bytes;
const IPTC = iptcAsResources(iptcRecords()) ?? expect.fail();
const BARE = { exif: null, xmp: null, iptc: null };
const SIZE = { width: 301, height: 201 };

const results = new Map<Format, Buffer>();

beforeAll(async () => {
  for (const format of FORMATS) {
    results.set(format, await noisy(SIZE.width, SIZE.height).withIccProfile('srgb').toFormat(format).toBuffer());
  }
});

function result(format: Format): Buffer {
  return results.get(format) ?? expect.fail(`there is no result of ${format}`);
}

/** A packet without the mark of a result, which it has. */
function unmarked(packet: string | null | undefined): string {
  expect(packet).toContain(MARK);
  return (packet ?? '').replace(MARK, '');
}

/** All of a result is there as it was, and the mark besides: WebP counts what it holds in its header. */
function expectMarkedCopy(bytes: Uint8Array, picture: Uint8Array): void {
  const format = FORMATS.find((one) => CONTAINERS[one].split(picture) !== null) ?? expect.fail();
  const without = (file: Uint8Array) => {
    const pieces = (CONTAINERS[format].split(file) ?? expect.fail()).filter(({ kind }) => kind !== 'xmp');
    const isCount = (at: number) => format === 'webp' && (at === 0 || pieces[at]?.bytes[3] === 0x58); // VP8X
    return Buffer.concat(pieces.filter((_, at) => !isCount(at)).map((piece) => piece.bytes));
  };
  expect(without(bytes).equals(without(picture))).toBe(true);
  const { blocks } = CONTAINERS[format].read(CONTAINERS[format].split(bytes) ?? []);
  expect(unmarked(blocks.xmp)).toMatch(/<rdf:Description rdf:about=""\/>/);
}

/** Photos with everything in them, by the format of their file. */
async function source(format: Format | 'tiff' | 'avif'): Promise<Uint8Array> {
  const picture = noisy(240, 160);
  if (format === 'tiff') {
    const tags = [
      ...cameraTags(),
      [700, 1, Buffer.from(XMP_ELEMENTS)] as const,
      [33_723, 7, iptcRecords()] as const,
    ].toSorted(([a], [b]) => a - b);
    return exifBlock(false, tags).bytes;
  }
  if (format === 'avif') {
    const exif = { IFD0: { Copyright: '(c) A. Photographer', Make: 'ACME Cameras' }, IFD2: { LensModel: 'ACME 50mm' } };
    return await picture.withExif(exif).withXmp(XMP_ELEMENTS).avif().toBuffer();
  }
  return await fileWith(picture, format, {
    exif: EXIF_BIG_ENDIAN,
    xmp: XMP_ATTRIBUTES,
    iptc: format === 'webp' ? null : IPTC,
  });
}

describe.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('the metadata of a %s', (from) => {
  test.each(FORMATS)('goes into a %s, whose pixels stay as they are', async (to) => {
    const out = await dressed(await source(from), result(to));
    const hasIptc = from !== 'webp' && from !== 'avif';
    expect(out.carried).toEqual(hasIptc && to !== 'webp' ? ['exif', 'xmp', 'iptc'] : ['exif', 'xmp']);
    expect(out.note).toBe(
      hasIptc && to === 'webp'
        ? "Not all of the original's metadata was carried: IPTC (a WebP has no place for it)."
        : null,
    );
    expect(out.bySharp).toMatchObject({ format: to, ...SIZE, hasAlpha: false });
    expect([undefined, 1]).toContain(out.bySharp.orientation);
    expect(await sharp(out.bytes).raw().toBuffer()).toEqual(await sharp(result(to)).raw().toBuffer());
    expect(isComplete(to, out.bytes.subarray(-64), out.bytes.length, out.bytes.subarray(0, 64))).toBe(true);
    for (const said of [
      'ACME Cameras',
      '(c) A. Photographer',
      'ACME 50mm',
      ...(from === 'avif' ? [] : ['2026:05:04 03:02:01']),
    ]) {
      expect(Buffer.from(out.found?.blocks.exif ?? []).includes(said)).toBe(true);
    }
    expect(out.found?.blocks.xmp).toContain('Fjord &amp; sea');
    expect(out.found?.blocks.xmp).toMatch(/PixelXDimension(>|=')301/);
    if (out.carried.includes('iptc')) expect(out.found?.blocks.iptc).toEqual(IPTC);
  });
});

describe.each(FORMATS)('a %s', (format) => {
  test.each([
    ['little-endian', EXIF],
    ['big-endian', EXIF_BIG_ENDIAN],
  ])('gets EXIF, %s, byte for byte but for what is no longer true', async (_, exif) => {
    const out = await dressed(await fileWith(noisy(), 'jpeg', { exif }), result(format));
    expect(fitExif(exif, SIZE)).toEqual(new Uint8Array(out.found?.blocks.exif ?? []));
  });

  test('keeps its colour profile, and has its own metadata replaced where the photo has some', async () => {
    const own = {
      exif: exifBlock(true, [[0x10f, 2, 'the service']]).bytes,
      xmp: xmpPacket(`${SPACES} xmp:Label="theirs"`),
    };
    const theirs = await fileWith(sharp(result(format)).keepIccProfile(), format, own);
    const out = await dressed(await fileWith(noisy(), 'jpeg', { exif: EXIF }), theirs);
    expect(out.carried).toEqual(['exif']);
    expect(out.bySharp.icc).toEqual((await sharp(result(format)).metadata()).icc);
    expect(unmarked(out.found?.blocks.xmp)).toBe(own.xmp);
    expect(out.bytes.includes('the service')).toBe(false);
    expect(unmarked(out.bySharp.xmpAsString)).toBe(own.xmp);
  });

  test('is the same, byte for byte, each time', async () => {
    const [photo, picture] = [await source('jpeg'), result(format)];
    const [first, second] = [await dressed(photo, picture), await dressed(photo, picture)];
    expect(first.bytes.equals(second.bytes)).toBe(true);
  });

  test('leaves the files that it is made of alone', async () => {
    const photo = await source('jpeg');
    const out = await dressed(photo, result(format));
    expect(readFileSync(out.source).equals(photo)).toBe(true);
    expect(readFileSync(out.picture).equals(result(format))).toBe(true);
  });

  test('of a photo without metadata is a copy that says no more than that it is a result, without a note', async () => {
    const out = await dressed(await noisy().jpeg().toBuffer(), result(format));
    expect(out).toMatchObject({ carried: [], note: null, found: { blocks: { exif: null, iptc: null }, problems: [] } });
    expectMarkedCopy(out.bytes, result(format));
    expect(out.bySharp).toMatchObject({ format, ...SIZE, hasAlpha: false });
    expect(await sharp(out.bytes).raw().toBuffer()).toEqual(await sharp(result(format)).raw().toBuffer());
  });

  test('is known as a result, also when its metadata was written anew; a photo is not', async () => {
    const photo = await source('jpeg');
    const out = await dressed(photo, result(format));
    const folder = tempFolder();
    const rated = (out.found?.blocks.xmp ?? '').replace(MARK, `${MARK} xmp:Rating="5"`);
    const edited = await fileWith(sharp(out.bytes), format, { xmp: rated });
    const paths = [out.source, out.picture, out.target, put(folder, 'edited', edited)];
    const marks = (await inspect(paths)).map((answer) => 'isOurs' in answer);
    expect(marks).toEqual([false, false, true, true]);
  });

  test('made of a result is marked once', async () => {
    const first = await dressed(await source('jpeg'), result(format));
    const second = await dressed(first.bytes, result(format));
    expect(second.found?.blocks.xmp).toBe(first.found?.blocks.xmp);
  });

  test.each([0, 1, MARK.length - 1, MARK.length])(
    'has the whole packet of its photo, with %i bytes left',
    async (left) => {
      const short = withoutPadding(xmpPacket(`${SPACES} dc:format="FILL"`));
      const full = short.replace('FILL', 'x'.repeat(65_502 - left - Buffer.byteLength(short) + 4)); // in attributes: not to be split
      const out = await dressed(await fileWith(noisy(), 'png', { xmp: full }), result(format));
      expect(out).toMatchObject({ carried: ['xmp'], note: null });
      const packet = out.found?.blocks.xmp;
      expect(format === 'jpeg' && left < MARK.length ? packet : unmarked(packet)).toBe(full);
    },
  );

  test('takes a packet of a quarter of a megabyte', async () => {
    const long = Array.from(
      { length: 5 },
      (_, index) => `<dc:source${index}>${String(index).repeat(50_000)}</dc:source${index}>`,
    );
    const photo = await fileWith(noisy(), 'png', { xmp: xmpPacket(SPACES, long.join('')) });
    const out = await dressed(photo, result(format));
    expect(out).toMatchObject({ carried: ['xmp'], note: null });
    for (const property of long) expect(out.found?.blocks.xmp).toContain(property);
  });
});

test.each(namedPhotos())('a real photograph, %s, gives all its metadata to each kind of result', async (_, path) => {
  const before = await readMetadata(readFileSync(path));
  for (const format of FORMATS) {
    const out = await dressed(readFileSync(path), result(format));
    expect(out).toMatchObject({ carried: ['exif', 'xmp'], note: null });
    expect(unmarked(out.found?.blocks.xmp)).toBe(before?.blocks.xmp);
    expect(fitExif(before?.blocks.exif ?? expect.fail(), SIZE)).toEqual(new Uint8Array(out.found?.blocks.exif ?? []));
  }
});

describe('a copy with a reason is what comes', () => {
  async function noteFor(photo: Uint8Array | null, picture = result('jpeg'), sourceHash?: string, marked = true) {
    const folder = tempFolder();
    const target = join(folder, 'out');
    const path = photo ? put(folder, 'photo', photo) : join(folder, 'photo');
    const answer = await dress({ source: path, sourceHash, picture: put(folder, 'picture', picture), target });
    expect(answer.carried).toEqual([]);
    if (marked) expectMarkedCopy(readFileSync(target), picture);
    else expect(readFileSync(target).equals(picture)).toBe(true);
    return answer.note;
  }

  test('when the photo is gone', async () => {
    expect(await noteFor(null)).toBe("The original's metadata was not carried: the photo is no longer where it was.");
  });

  test('when the photo was changed since it was enhanced', async () => {
    const photo = await source('jpeg');
    const hash = createHash('sha256').update(photo).digest('hex');
    expect(await noteFor(photo, result('jpeg'), hash.replace(/^./, 'x'))).toBe(
      "The original's metadata was not carried: the photo was changed after it was enhanced.",
    );
    const out = await dressed(photo, result('jpeg'));
    expect(await dress({ ...out, sourceHash: hash })).toMatchObject({ carried: ['exif', 'xmp', 'iptc'] });
  });

  test.each([
    ['is no picture any more', 'this is a text', 'the photo’s structure is damaged or unknown'],
    ['is empty', '', 'the photo can no longer be read'],
    [
      'is cut off in its metadata',
      '\xff\xd8\xff\xe1\x40\0Exif\0\0II*\0',
      'the photo’s structure is damaged or unknown',
    ],
  ])('when the photo %s', async (_, content, reason) => {
    expect(await noteFor(Buffer.from(content, 'latin1'))).toBe(`The original's metadata was not carried: ${reason}.`);
  });

  test('when the photo is a folder', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'photo'));
    const paths = {
      source: join(folder, 'photo'),
      picture: put(folder, 'picture', result('png')),
      target: join(folder, 'out'),
    };
    expect(await dress(paths)).toEqual({
      carried: [],
      note: "The original's metadata was not carried: the photo can no longer be read.",
    });
  });

  test('when all its metadata is damaged', async () => {
    const photo = await fileWith(noisy(), 'jpeg', { exif: Buffer.from('MM*\0 is no EXIF'), xmp: '<open' });
    expect(await noteFor(photo)).toBe(
      "The original's metadata was not carried: EXIF (it is damaged), XMP (it is damaged).",
    );
  });

  test('when it is larger than the result can take', async () => {
    const tags = cameraTags(Buffer.alloc(70_000, 'maker note'));
    const photo = await fileWith(noisy(), 'png', { exif: exifBlock(true, tags).bytes });
    expect(await noteFor(photo)).toBe(
      "The original's metadata was not carried: EXIF (it is larger than a JPEG takes).",
    );
  });

  test('when the result is stored turned, which only its own metadata tells', async () => {
    const turned = await noisy().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await noteFor(await source('jpeg'), turned, undefined, false)).toBe(
      "The original's metadata was not carried: the result is stored turned.",
    );
  });

  test('when what was written reads differently to another reader than to ours', async () => {
    // Two entries for the orientation: we set one of them right, and libexif may well believe the other.
    const doubled = exifBlock(true, [
      [0x10f, 2, 'ACME Cameras'],
      [0x112, 3, [6]],
      [0x112, 3, [6]],
    ]).bytes;
    const note = await noteFor(await fileWith(noisy(), 'jpeg', { exif: doubled }));
    expect(note).toBe("The original's metadata was not carried: the file that was written did not read back the same.");
  });

  test('when the result is no picture', async () => {
    expect(await noteFor(await source('jpeg'), Buffer.from('not a picture'), undefined, false)).toBe(
      "The original's metadata was not carried: the result is built in a way that has no room for it.",
    );
  });
});

test('what is sound is carried although the rest is damaged', async () => {
  const photo = await fileWith(noisy(), 'jpeg', { exif: EXIF, xmp: '<open', iptc: IPTC });
  expect(await dressed(photo, result('png'))).toMatchObject({
    carried: ['exif', 'iptc'],
    note: "Not all of the original's metadata was carried: XMP (it is damaged).",
  });
});

test('what phones append to a photo does no harm', async () => {
  const photo = Buffer.concat([await fileWith(noisy(), 'jpeg', { exif: EXIF }), Buffer.from('ftypmp42 and a video')]);
  expect(await dressed(photo, result('jpeg'))).toMatchObject({ carried: ['exif'], note: null });
});

test('other segments of a result stay', async () => {
  const picture = withSegment(result('jpeg'), 0xfe, Buffer.from('a comment'));
  const out = await dressed(await source('jpeg'), picture);
  expect(out.bytes.includes('a comment')).toBe(true);
});

test('a target that is there is replaced, unless it is one of the files that are read', async () => {
  const folder = tempFolder();
  const photo = put(folder, 'photo', await source('jpeg'));
  const picture = put(folder, 'picture', result('jpeg'));
  const target = put(folder, 'out', 'an earlier attempt');
  await dress({ source: photo, picture, target });
  expect((await readMetadata(readFileSync(target)))?.blocks).not.toEqual(BARE);
  for (const read of [photo, picture]) {
    const before = readFileSync(read);
    await expect(dress({ source: photo, picture, target: read })).rejects.toThrow(FailureError);
    expect(readFileSync(read).equals(before)).toBe(true);
  }
});

test('a folder that does not take the target is an error of the disk, not of the metadata', async () => {
  const folder = tempFolder();
  const paths = { source: put(folder, 'photo', await source('jpeg')), picture: put(folder, 'picture', result('jpeg')) };
  await expect(dress({ ...paths, target: join(folder, 'missing', 'out') })).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the media process does it as well', async () => {
  using pool = new MediaPool({ spawn: () => spawnNodeWorker(), size: 1 });
  const folder = tempFolder();
  const [, path] = namedPhotos()[0] ?? expect.fail();
  const photo = join(folder, 'photo.jpg');
  copyFileSync(path, photo);
  const target = join(folder, 'out');
  const picture = put(folder, 'picture', result('webp'));
  expect(await pool.dress({ source: photo, picture, target })).toEqual({ carried: ['exif', 'xmp'], note: null });
  expect(await pool.inspect([photo, target])).toEqual([
    { format: 'jpeg', width: expect.any(Number) as number, height: expect.any(Number) as number },
    { format: 'webp', ...SIZE, isOurs: true },
  ]);
  await expect(pool.dress({ source: photo, picture, target: join(folder, 'missing', 'out') })).rejects.toMatchObject({
    failure: { code: 'output_unwritable' },
  });
});
