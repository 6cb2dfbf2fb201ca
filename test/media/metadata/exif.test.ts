// EXIF made true of the result, in place.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tiffDirectory, tiffHeader, tiffNumber } from '../../../app/domain/tiff.ts';
import { fitExif } from '../../../app/media/metadata/exif.ts';
import { cameraTags, exifBlock, MAKER_NOTE } from './samples.ts';

const SIZE = { width: 2450, height: 1633 };
const THUMBNAIL = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(500, 7), Buffer.from([0xff, 0xd9])]);

/** The numbers of the first directory and of the one for the camera. */
function read(bytes: Uint8Array) {
  const header = tiffHeader(bytes) ?? expect.fail('no header');
  const photo = tiffDirectory(bytes, header.first, header.littleEndian) ?? expect.fail('no directory');
  const camera =
    tiffDirectory(bytes, tiffNumber(bytes, photo, 0x8769) ?? 0, header.littleEndian) ?? expect.fail('no camera');
  const of = (tag: number, directory = photo) => tiffNumber(bytes, directory, tag);
  return {
    orientation: of(0x112),
    size: [of(0x100), of(0x101)],
    pixels: [of(0xa002, camera), of(0xa003, camera)],
    colorSpace: of(0xa001, camera),
    next: photo.next,
  };
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('EXIF, %s,', (_, littleEndian) => {
  const block = exifBlock(littleEndian, cameraTags(), THUMBNAIL);

  test('says upright, the size of the result, sRGB, and links to no thumbnail', () => {
    expect(read(block.bytes)).toMatchObject({ orientation: 6, pixels: [6000, 4000], colorSpace: 0xffff });
    expect(read(fitExif(block.bytes, SIZE) ?? expect.fail())).toEqual({
      orientation: 1,
      size: [2450, 1633],
      pixels: [2450, 1633],
      colorSpace: 1,
      next: 0,
    });
  });

  test('changes no byte but those of the entries in question, so that maker notes keep their offsets', () => {
    const fitted = fitExif(block.bytes, SIZE) ?? expect.fail();
    const may = new Set([0, 1, 2, 3].map((byte) => block.linkAt + byte));
    for (const tag of [0x100, 0x101, 0x112, 0xa001, 0xa002, 0xa003]) {
      for (let byte = 2; byte < 12; byte += 1) may.add((block.entryAt.get(tag) ?? NaN) + byte);
    }
    const index = Buffer.from(block.bytes).indexOf('R03');
    may.add(index + 1).add(index + 2);
    const changed = [...fitted.keys()].filter((at) => fitted[at] !== block.bytes[at]);
    expect(changed.filter((at) => !may.has(at))).toEqual([]);
    expect(changed.length).toBeGreaterThan(8);
    const note = Buffer.from(block.bytes).indexOf(MAKER_NOTE);
    expect(Buffer.from(fitted).indexOf(MAKER_NOTE)).toBe(note);
  });

  test('loses the thumbnail at its end', () => {
    const fitted = fitExif(block.bytes, SIZE) ?? expect.fail();
    expect(fitted.length).toBe(block.thumbnailAt);
  });

  test('keeps what only looks like a thumbnail at its end when an entry reaches into it', () => {
    const tags = cameraTags();
    const bytes = Buffer.from(exifBlock(littleEndian, tags, THUMBNAIL).bytes);
    const copyright = block.entryAt.get(0x8298) ?? NaN;
    if (littleEndian) bytes.writeUInt32LE(block.thumbnailAt + 10, copyright + 8);
    else bytes.writeUInt32BE(block.thumbnailAt + 10, copyright + 8);
    expect(fitExif(bytes, SIZE)?.length).toBe(bytes.length);
  });

  test('no longer calls itself Adobe RGB by its interoperability index', () => {
    const fitted = Buffer.from(fitExif(block.bytes, SIZE) ?? expect.fail());
    expect([fitted.includes('R03\0'), fitted.includes('R98\0')]).toEqual([false, true]);
  });

  test('takes a size that is too large for 16 bits', () => {
    const fitted = fitExif(block.bytes, { width: 70_000, height: 1 }) ?? expect.fail();
    expect(read(fitted)).toMatchObject({ size: [70_000, 1], pixels: [70_000, 1] });
  });

  test('does not gain what it did not say', () => {
    const tags = cameraTags().filter(([tag]) => ![0x100, 0x101, 0x112].includes(tag));
    const { bytes } = exifBlock(littleEndian, tags);
    expect(read(fitExif(bytes, SIZE) ?? expect.fail())).toMatchObject({ orientation: null, size: [null, null] });
  });
});

test('the original’s bytes are not touched', () => {
  const { bytes } = exifBlock(true, cameraTags(), THUMBNAIL);
  const before = Buffer.from(bytes);
  fitExif(bytes, SIZE);
  expect(before.equals(bytes)).toBe(true);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['another kind of data', Buffer.from('Exif is not what this is')],
  ['a directory behind the end', Buffer.from('II*\0\xff\xff\0\0', 'latin1')],
  ['an empty directory', Buffer.concat([Buffer.from('II*\0\x08\0\0\0', 'latin1'), Buffer.alloc(6)])],
])('of %s there is no EXIF to fit', (_, bytes) => {
  expect(fitExif(bytes, SIZE)).toBeNull();
});

describe('hostile EXIF', () => {
  const valid = exifBlock(true, cameraTags(), THUMBNAIL).bytes;

  test('never makes it crash or hang, and never grows', () => {
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 30 });
    fc.assert(
      fc.property(edits, fc.nat(valid.length), (changes, length) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        const fitted = fitExif(bytes.subarray(0, length), SIZE);
        expect(fitted?.length ?? 0).toBeLessThanOrEqual(length);
      }),
      { numRuns: 3_000 },
    );
  });

  test('of any bytes at all', () => {
    const header = fc.constantFrom('II*\0', 'MM\0*', '');
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
        const fitted = fitExif(bytes, SIZE);
        expect(fitted === null || fitted.length <= bytes.length).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('that leads in a circle is fitted like any other', () => {
    const bytes = Buffer.from(valid);
    const { entryAt, linkAt } = exifBlock(true, cameraTags(), THUMBNAIL);
    bytes.writeUInt32LE(8, (entryAt.get(0x8769) ?? NaN) + 8); // the camera's directory is the first one
    bytes.writeUInt32LE(8, linkAt); // and so is the next one
    const fitted = fitExif(bytes, SIZE) ?? expect.fail();
    expect(tiffDirectory(fitted, 8, true)?.next).toBe(0);
  });
});
