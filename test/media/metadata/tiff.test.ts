// The metadata of TIFF photos, whose EXIF is put together from all over the file.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tiffDirectory, tiffHeader, tiffNumber, tiffValue } from '../../../app/domain/tiff.ts';
import { readTiff } from '../../../app/media/metadata/tiff.ts';
import { cameraTags, exifBlock, iptcRecords, MAKER_NOTE, resource, type Tag, XMP_ATTRIBUTES } from './samples.ts';

const SHORT = 3;
const LONG = 4;
const BYTE = 1;

/** A TIFF as far as its metadata goes: the tags of a camera among those that describe pixels. */
function tiff(littleEndian: boolean, more: readonly Tag[] = [], makerNote?: Uint8Array) {
  const pixels: Tag[] = [
    [0x102, SHORT, [8, 8, 8]],
    [0x103, SHORT, [1]],
    [0x111, LONG, [9_000]],
    [0x117, LONG, [100]],
  ];
  const tags = [...pixels, ...cameraTags(makerNote), ...more];
  return exifBlock(
    littleEndian,
    tags.toSorted(([a], [b]) => a - b),
  ).bytes;
}

/** Tags with their values as they stand in the block, those of the directories below too. */
function valuesOf(block: Uint8Array) {
  const header = tiffHeader(block) ?? expect.fail('no header');
  const read = (offset: number) => tiffDirectory(block, offset, header.littleEndian) ?? expect.fail('no directory');
  const below = (parent: ReturnType<typeof read>, tag: number) => read(tiffNumber(block, parent, tag) ?? 0);
  const list = (directory: ReturnType<typeof read>) =>
    [...directory.entries]
      .filter(([tag]) => ![0x8769, 0x8825, 0xa005].includes(tag))
      .map(([tag, entry]) => [tag, entry.type, Buffer.from(tiffValue(block, entry) ?? []).toString('latin1')]);
  const photo = read(header.first);
  const camera = below(photo, 0x8769);
  return {
    photo: list(photo),
    camera: list(camera),
    gps: list(below(photo, 0x8825)),
    interop: list(below(camera, 0xa005)),
  };
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('a TIFF, %s,', (_, littleEndian) => {
  test('gives all that the camera and the photographer wrote, and nothing about its pixels', () => {
    const file = tiff(littleEndian);
    const found = readTiff(file);
    expect(found?.problems).toEqual([]);
    const before = valuesOf(file);
    const after = valuesOf(found?.blocks.exif ?? expect.fail());
    const isOfPixels = (tag: number | string | undefined) =>
      [0x100, 0x101, 0x102, 0x103, 0x111, 0x117].includes(Number(tag));
    expect(after).toEqual({ ...before, photo: before.photo.filter(([tag]) => !isOfPixels(tag)) });
    expect(after.photo.length).toBeGreaterThan(7);
  });

  test('keeps a maker note with offsets where it was', () => {
    const file = Buffer.from(tiff(littleEndian));
    const exif = Buffer.from(readTiff(file)?.blocks.exif ?? []);
    expect(exif.indexOf(MAKER_NOTE)).toBe(file.indexOf(MAKER_NOTE));
  });
});

test('a maker note too far back is left out, and told of, unless it counts from its own beginning', () => {
  const inFront: Tag = [0x8000, BYTE, Buffer.alloc(100_000)]; // a private tag, whose value lies in front of the note
  const note = (mark: string) => readTiff(tiff(true, [inFront], Buffer.from(mark.padEnd(200, 'n'), 'latin1')));
  const fixed = note('ACME\0');
  expect(fixed?.problems).toEqual([{ kind: 'exif', reason: 'the camera maker’s notes cannot be moved' }]);
  const movable = note('Nikon\0\x02');
  expect(movable?.problems).toEqual([]);
  const tagsOf = (block?: Uint8Array | null) => valuesOf(block ?? expect.fail()).camera.map(([tag]) => tag);
  expect(tagsOf(fixed?.blocks.exif)).not.toContain(0x927c);
  expect(tagsOf(movable?.blocks.exif)).toContain(0x927c);
});

test('XMP and IPTC are found in their tags, and IPTC with its digest in Photoshop’s resources', () => {
  const xmp: Tag = [700, BYTE, Buffer.from(XMP_ATTRIBUTES)];
  const own = resource(0x0404, iptcRecords());
  const digest = resource(0x0425, Buffer.alloc(16, 5));
  const records: Tag = [33_723, 7, iptcRecords()];
  const plain = readTiff(tiff(true, [xmp, records]));
  expect(plain?.blocks.xmp).toBe(XMP_ATTRIBUTES);
  expect(Buffer.from(plain?.blocks.iptc ?? [])).toEqual(own);
  const withDigest = readTiff(tiff(true, [records, [34_377, BYTE, Buffer.concat([digest, own])]]));
  expect(Buffer.from(withDigest?.blocks.iptc ?? [])).toEqual(Buffer.concat([own, digest]));
});

test('damaged XMP is told of', () => {
  const found = readTiff(tiff(true, [[700, BYTE, Buffer.from([0x3c, 0xff, 0xff, 0xff, 0x3e])]]));
  expect(found).toMatchObject({ blocks: { xmp: null }, problems: [{ kind: 'xmp', reason: 'it is damaged' }] });
});

test('a resolution alone is not worth carrying', () => {
  const { bytes } = exifBlock(
    true,
    cameraTags().filter(([tag]) => [0x112, 0x11a, 0x11b, 0x128].includes(tag)),
  );
  expect(readTiff(bytes)).toEqual({ blocks: { exif: null, xmp: null, iptc: null }, problems: [] });
});

test('a BigTIFF and what is no TIFF have none', () => {
  expect(readTiff(Buffer.from('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0', 'latin1'))).toBeNull();
});

test('hostile TIFF never makes it crash or hang, or grow beyond what was there', () => {
  const valid = tiff(true, [[700, BYTE, Buffer.from(XMP_ATTRIBUTES)]]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1_200), fc.nat(255)), { maxLength: 30 }),
      fc.nat(valid.length),
      (changes, length) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        const exif = readTiff(bytes.subarray(0, length))?.blocks.exif;
        expect(exif?.length ?? 0).toBeLessThan(500_000);
      },
    ),
    { numRuns: 3_000 },
  );
});
