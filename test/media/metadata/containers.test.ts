// The file formats that take metadata, taken apart and put together, and their oddities.
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { iptcAsResources, iptcResources } from '../../../app/media/metadata/photoshop.ts';
import { CONTAINERS, readMetadata } from '../../../app/media/metadata/read.ts';
import { noisy, withSegment } from '../pictures.ts';
import {
  cameraTags,
  exifBlock,
  fileWith,
  FORMATS,
  iptcRecords,
  resource,
  SPACES,
  XMP_ATTRIBUTES,
  xmpPacket,
} from './samples.ts';

const EXIF = exifBlock(true, cameraTags()).bytes;
const IPTC = iptcAsResources(iptcRecords()) ?? expect.fail();

describe.each(FORMATS)('a %s', (format) => {
  const blocks = { exif: EXIF, xmp: XMP_ATTRIBUTES, iptc: format === 'webp' ? null : IPTC };

  test('gives back what was put in, to our reader and to sharp', async () => {
    const file = await fileWith(noisy(), format, blocks);
    expect(await readMetadata(file)).toEqual({ blocks: { ...blocks, exif: new Uint8Array(EXIF) }, problems: [] });
    const bySharp = await sharp(file).metadata();
    expect(bySharp.orientation).toBe(6);
    expect(bySharp.exif?.includes(Buffer.from(EXIF))).toBe(true);
    expect(bySharp.xmpAsString).toBe(XMP_ATTRIBUTES);
    if (format === 'jpeg') expect(bySharp.iptc?.includes(iptcRecords())).toBe(true);
  });

  test('is put together of its pieces as it was', async () => {
    const file = await fileWith(noisy(), format, blocks);
    const pieces = CONTAINERS[format].split(file) ?? expect.fail();
    expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(file)).toBe(true);
  });

  test('that is cut off anywhere before its end is refused', async () => {
    const file = await fileWith(noisy(40, 30), format, blocks);
    const end = format === 'jpeg' ? Buffer.from(file).indexOf('ffda', 'hex') : file.length - 1;
    for (let length = 0; length <= end; length += 7)
      expect(CONTAINERS[format].split(file.subarray(0, length))).toBeNull();
  });

  test('with any bytes changed never makes it crash', async () => {
    const file = await fileWith(noisy(16, 16), format, { ...blocks, xmp: xmpPacket(SPACES).replace(/ {20,}/g, '') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 20 }), async (changes) => {
        const bytes = Buffer.from(file);
        for (const [at, value] of changes) bytes[at] = value;
        const found = await readMetadata(bytes);
        expect(found === null || Array.isArray(found.problems)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a JPEG', () => {
  test('has its metadata right behind JFIF, and EXIF first', async () => {
    const jfif = Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0');
    const picture = CONTAINERS.jpeg.split(withSegment(await noisy().jpeg().toBuffer(), 0xe0, jfif)) ?? [];
    const { pieces } = CONTAINERS.jpeg.encode({ exif: EXIF, xmp: XMP_ATTRIBUTES, iptc: IPTC });
    const file = CONTAINERS.jpeg.join(picture, pieces, { width: 240, height: 160, hasAlpha: false });
    const markers = (CONTAINERS.jpeg.split(file) ?? []).map(({ bytes }) => (bytes[1] ?? 0).toString(16));
    expect(markers.slice(0, 6)).toEqual(['d8', 'e0', 'e1', 'e1', 'ed', 'db']);
  });

  test('takes a packet that is longer than a segment in parts, and gives it back', async () => {
    const sources = Array.from(
      { length: 5 },
      (_, index) => `<dc:source${index}>${String(index).repeat(50_000)}</dc:source${index}>`,
    );
    const file = await fileWith(noisy(), 'jpeg', { xmp: xmpPacket(`${SPACES} xmp:Rating="4"`, sources.join('')) });
    const found = await readMetadata(file);
    expect(found?.problems).toEqual([]);
    for (const part of [...sources, 'xmp:Rating="4"']) expect(found?.blocks.xmp).toContain(part);
    expect((CONTAINERS.jpeg.split(file) ?? []).filter(({ kind }) => kind === 'xmp').length).toBeGreaterThan(3);
    expect((await sharp(file).metadata()).xmpAsString).toContain('HasExtendedXMP');
  });

  test('keeps the first part of a packet whose second one is damaged, and says so', async () => {
    const file = Buffer.from(
      await fileWith(noisy(), 'jpeg', {
        xmp: xmpPacket(`${SPACES} xmp:Rating="4"`, `<dc:source>${'long '.repeat(20_000)}</dc:source>`),
      }),
    );
    file[file.lastIndexOf('long ')] = 0x4c;
    const found = await readMetadata(file);
    expect(found?.problems).toEqual([{ kind: 'xmp', reason: 'its second part is damaged' }]);
    expect(found?.blocks.xmp).toContain('xmp:Rating="4"');
    expect(found?.blocks.xmp).not.toContain('HasExtendedXMP');
  });

  test('says what is too large for it', () => {
    const blocks = {
      exif: new Uint8Array(65_528),
      xmp: xmpPacket(`${SPACES} dc:source="${'long '.repeat(20_000)}"`),
      iptc: new Uint8Array(65_520),
    };
    expect(CONTAINERS.jpeg.encode(blocks)).toEqual({
      pieces: [],
      problems: (['exif', 'xmp', 'iptc'] as const).map((kind) => ({ kind, reason: 'it is larger than a JPEG takes' })),
    });
    const fits = { exif: new Uint8Array(65_527), xmp: null, iptc: new Uint8Array(65_519) };
    expect(CONTAINERS.jpeg.encode(fits).problems).toEqual([]);
  });

  test('has its IPTC found although it goes on from one segment to the next', async () => {
    const resources = Buffer.concat([resource(0x03ed, Buffer.alloc(16), 'a name'), resource(0x0404, iptcRecords())]);
    const mark = Buffer.from('Photoshop 3.0\0');
    const plain = await noisy().jpeg().toBuffer();
    const second = withSegment(plain, 0xed, Buffer.concat([mark, resources.subarray(50)]));
    const file = withSegment(second, 0xed, Buffer.concat([mark, resources.subarray(0, 50)]));
    expect((await readMetadata(file))?.blocks.iptc).toEqual(IPTC);
  });

  test('may have fill bytes before its markers', async () => {
    const file = await fileWith(noisy(), 'jpeg', { exif: EXIF });
    const at = Buffer.from(file).indexOf('ffe1', 'hex');
    const filled = Buffer.concat([file.subarray(0, at), Buffer.from([0xff, 0xff, 0xff]), file.subarray(at)]);
    expect(EXIF).toEqual((await readMetadata(filled))?.blocks.exif);
  });
});

describe('a PNG', () => {
  const chunk = (type: string, content: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const withChunk = async (type: string, content: Uint8Array) => {
    const plain = await noisy(20, 20).png().toBuffer();
    return Buffer.concat([plain.subarray(0, 33), chunk(type, content), plain.subarray(33)]);
  };
  const profile = (name: string, bytes: Uint8Array) => {
    const hex = Buffer.from(bytes)
      .toString('hex')
      .replace(/(.{72})/g, '$1\n');
    return Buffer.from(`\n${name}\n    ${bytes.length}\n${hex}\n`);
  };

  test('has checksums that hold and its metadata in front of the pixels', async () => {
    const file = await fileWith(noisy(), 'png', { exif: EXIF, xmp: XMP_ATTRIBUTES, iptc: IPTC });
    const chunks = (CONTAINERS.png.split(file) ?? []).slice(1, -1).map(({ bytes }) => Buffer.from(bytes));
    const types = chunks.map((bytes) => bytes.toString('latin1', 4, 8));
    expect(types.indexOf('IDAT')).toBeGreaterThan(
      Math.max(types.indexOf('eXIf'), types.indexOf('iTXt'), types.indexOf('zTXt')),
    );
    for (const bytes of chunks) expect(bytes.readUInt32BE(bytes.length - 4)).toBe(crc32(bytes.subarray(4, -4)));
  });

  test('without pixels is none', () => {
    const file = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IEND', Buffer.alloc(0))]);
    expect(CONTAINERS.png.split(file)).toBeNull();
  });

  test('has a compressed packet read', async () => {
    const head = Buffer.from('XML:com.adobe.xmp\0\x01\0en\0titre\0');
    const file = await withChunk('iTXt', Buffer.concat([head, deflateSync(XMP_ATTRIBUTES)]));
    expect((await readMetadata(file))?.blocks.xmp).toBe(XMP_ATTRIBUTES);
  });

  test.each([
    ['zTXt', 'exif', Buffer.concat([Buffer.from('Exif\0\0'), EXIF]), 'exif'],
    ['tEXt', 'APP1', Buffer.concat([Buffer.from('Exif\0\0'), EXIF]), 'exif'],
    ['zTXt', 'APP1', Buffer.from(`http://ns.adobe.com/xap/1.0/\0${XMP_ATTRIBUTES}`), 'xmp'],
    ['zTXt', 'xmp', Buffer.from(XMP_ATTRIBUTES), 'xmp'],
    ['zTXt', 'iptc', IPTC, 'iptc'],
    ['zTXt', 'iptc', iptcRecords(), 'iptc'],
  ] as const)('has a %s profile in hex read as ImageMagick writes it: %s', async (type, name, bytes, kind) => {
    const text = profile(name, bytes);
    const content = type === 'zTXt' ? Buffer.concat([Buffer.from('\0'), deflateSync(text)]) : text;
    const file = await withChunk(type, Buffer.concat([Buffer.from(`Raw profile type ${name}\0`), content]));
    const expected = { exif: Buffer.from(EXIF), xmp: XMP_ATTRIBUTES, iptc: IPTC };
    const found = (await readMetadata(file))?.blocks[kind] ?? null;
    expect(typeof found === 'string' ? found : Buffer.from(found ?? [])).toEqual(
      kind === 'iptc' ? Buffer.from(IPTC) : expected[kind],
    );
  });

  test('whose profile lies about its length, or inflates without end, has none, and says so', async () => {
    const lying = Buffer.from('Raw profile type iptc\0\niptc\n   99\n1c02\n');
    const bomb = Buffer.concat([Buffer.from('Raw profile type iptc\0\0'), deflateSync(Buffer.alloc(80 * 1024 * 1024))]);
    for (const [type, content] of [
      ['tEXt', lying],
      ['zTXt', bomb],
    ] as const) {
      const found = await readMetadata(await withChunk(type, content));
      expect(found).toEqual({
        blocks: { exif: null, xmp: null, iptc: null },
        problems: [{ kind: 'iptc', reason: 'it is damaged' }],
      });
    }
  });
});

describe('a WebP', () => {
  const flagsOf = (file: Uint8Array) => file[20] ?? 0;

  test.each([
    ['lossy', { quality: 80 }, 3],
    ['lossless', { lossless: true }, 3],
    ['lossy with transparency', { quality: 80 }, 4],
    ['lossless with transparency', { lossless: true }, 4],
  ] as const)('%s announces what it has, with its size', async (_, options, channels) => {
    const picture = sharp({
      create: { width: 301, height: 77, channels, background: { r: 9, g: 99, b: 199, alpha: 0.5 } },
    });
    const bytes = await picture.webp(options).toBuffer();
    const { width, height, hasAlpha } = await sharp(bytes).metadata();
    const { pieces } = CONTAINERS.webp.encode({ exif: EXIF, xmp: XMP_ATTRIBUTES, iptc: null });
    const file = Buffer.from(
      CONTAINERS.webp.join(CONTAINERS.webp.split(bytes) ?? [], pieces, { width, height, hasAlpha }),
    );
    expect(file.toString('latin1', 12, 16)).toBe('VP8X');
    expect([file.readUIntLE(24, 3) + 1, file.readUIntLE(27, 3) + 1]).toEqual([301, 77]);
    expect(flagsOf(file)).toBe(0x0c | (channels === 4 ? 0x10 : 0));
    expect(file.readUInt32LE(4) + 8).toBe(file.length);
    expect(file.length % 2).toBe(0);
    expect(await sharp(file).raw().toBuffer()).toEqual(await sharp(bytes).raw().toBuffer());
  });

  test('that moves goes on moving', async () => {
    const frames = await Promise.all([noisy(40, 30), noisy(40, 30)].map((frame) => frame.png().toBuffer()));
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp({ loop: 3, delay: [100, 200] })
      .toBuffer();
    const file = CONTAINERS.webp.join(
      CONTAINERS.webp.split(bytes) ?? [],
      CONTAINERS.webp.encode({ exif: EXIF, xmp: null, iptc: null }).pieces,
      {
        width: 40,
        height: 30,
        hasAlpha: false,
      },
    );
    expect(flagsOf(file) & 0x0e).toBe(0x0a);
    const { pages, loop, delay, orientation } = await sharp(file).metadata();
    expect({ pages, loop, delay, orientation }).toEqual({ pages: 2, loop: 3, delay: [100, 200], orientation: 6 });
  });

  test('keeps its profile announced', async () => {
    const bytes = await noisy().withIccProfile('p3').webp().toBuffer();
    const file = CONTAINERS.webp.join(
      CONTAINERS.webp.split(bytes) ?? [],
      CONTAINERS.webp.encode({ exif: EXIF, xmp: null, iptc: null }).pieces,
      {
        width: 240,
        height: 160,
        hasAlpha: false,
      },
    );
    expect(flagsOf(file)).toBe(0x28);
    expect((await sharp(file).metadata()).icc).toEqual((await sharp(bytes).metadata()).icc);
  });

  test('no longer announces what it lost', async () => {
    const before = await fileWith(noisy(), 'webp', { exif: EXIF, xmp: XMP_ATTRIBUTES });
    expect(flagsOf(before)).toBe(0x0c);
    const pieces = CONTAINERS.webp.split(before) ?? expect.fail();
    const left = pieces.filter(({ kind }) => kind === 'picture');
    const file = CONTAINERS.webp.join(left, [], { width: 240, height: 160, hasAlpha: false });
    expect(flagsOf(file)).toBe(0);
    expect(flagsOf(before)).toBe(0x0c);
  });

  test('has no place for IPTC, and says so', () => {
    expect(CONTAINERS.webp.encode({ exif: null, xmp: null, iptc: IPTC })).toEqual({
      pieces: [],
      problems: [{ kind: 'iptc', reason: 'a WebP has no place for it' }],
    });
  });

  test('with the mark of JPEG before its EXIF, as some programs write it, has it read', async () => {
    const file = await fileWith(noisy(), 'webp', { exif: Buffer.concat([Buffer.from('Exif\0\0'), EXIF]) });
    expect((await readMetadata(file))?.blocks.exif).toEqual(new Uint8Array(EXIF));
  });
});

describe('Photoshop’s image resources', () => {
  const digest = createHash('md5').update(iptcRecords()).digest();

  test('are reduced to IPTC, its digest and the copyright, whatever their names', () => {
    const own = [resource(0x0404, iptcRecords()), resource(0x040a, Buffer.from([1])), resource(0x0425, digest)];
    const all = Buffer.concat([
      resource(0x03ed, Buffer.alloc(16), 'odd'),
      resource(0x0425, digest),
      resource(0x040c, Buffer.alloc(501), 'thumbnail'),
      resource(0x0404, iptcRecords(), 'even'),
      resource(0x040a, Buffer.from([1])),
    ]);
    expect(Buffer.from(iptcResources(all) ?? [])).toEqual(
      Buffer.concat([own[0], own[1], own[2]].map((part) => part ?? Buffer.alloc(0))),
    );
  });

  test('without IPTC are nothing to carry', () => {
    expect(iptcResources(resource(0x0425, digest))).toBeNull();
    expect(iptcResources(resource(0x0404, Buffer.from('not IPTC')))).toBeNull();
  });

  test('that claim to be longer than they are are left where they begin to', () => {
    const lying = Buffer.concat([resource(0x0404, iptcRecords()), resource(0x040a, Buffer.from([1]))]);
    lying.writeUInt32BE(0xffffffff, lying.length - 6);
    expect(iptcResources(lying)).toEqual(iptcAsResources(iptcRecords()));
  });
});
