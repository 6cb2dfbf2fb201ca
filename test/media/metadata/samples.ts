// Metadata for the tests, made byte by byte: EXIF of either byte order with all that cameras put into it, IPTC, XMP.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { dress } from '../../../app/media/dress.ts';
import type { Blocks } from '../../../app/media/metadata/blocks.ts';
import { CONTAINERS, readMetadata } from '../../../app/media/metadata/read.ts';
import { put, tempFolder } from '../pictures.ts';

export type Tag = readonly [tag: number, type: number, value: string | Uint8Array | readonly number[] | readonly Tag[]];

const BYTE = 1;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const UNDEFINED = 7;
const DIRECTORY = 0; // here only: written as a LONG that points to it

export interface ExifBlock {
  readonly bytes: Uint8Array;
  /** Offset of an entry's 12 bytes. */
  readonly entryAt: ReadonlyMap<number, number>;
  /** Offset of the first directory's link to the second. */
  readonly linkAt: number;
  readonly thumbnailAt: number;
}

/** A TIFF structure of one directory with others below it, and at its end a second one with a thumbnail. */
export function exifBlock(littleEndian: boolean, tags: readonly Tag[], thumbnail?: Uint8Array): ExifBlock {
  const parts: Uint8Array[] = [];
  const entryAt = new Map<number, number>();
  let length = 0;
  const append = (bytes: Uint8Array) => {
    const at = length;
    parts.push(bytes, Buffer.alloc(bytes.length % 2));
    length += bytes.length + (bytes.length % 2);
    return at;
  };
  const number = (value: number, size: 2 | 4) => {
    const bytes = Buffer.alloc(size);
    if (littleEndian) bytes.writeUIntLE(value, 0, size);
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  /** Answers where its link to the next directory is. */
  const directory = (entries: readonly Tag[], linkFrom: [at: number, bytes: Buffer]): [number, Buffer] => {
    const body = Buffer.alloc(2 + entries.length * 12 + 4);
    number(append(body), 4).copy(linkFrom[1], linkFrom[0]);
    const at = length - body.length;
    number(entries.length, 2).copy(body, 0);
    for (const [index, [tag, type, value]] of entries.entries()) {
      const record = 2 + index * 12;
      entryAt.set(tag, at + record);
      number(tag, 2).copy(body, record);
      number(type === DIRECTORY ? LONG : type, 2).copy(body, record + 2);
      if (type === DIRECTORY) {
        number(1, 4).copy(body, record + 4);
        directory(value as readonly Tag[], [record + 8, body]);
        continue;
      }
      const size = type === SHORT ? 2 : 4;
      const bytes =
        typeof value === 'string'
          ? Buffer.from(`${value}\0`, 'latin1')
          : value instanceof Uint8Array
            ? Buffer.from(value)
            : Buffer.concat((value as readonly number[]).map((one) => number(one, size)));
      const count =
        type === SHORT || type === LONG ? bytes.length / size : type === RATIONAL ? bytes.length / 8 : bytes.length;
      number(count, 4).copy(body, record + 4);
      if (bytes.length <= 4) bytes.copy(body, record + 8);
      else number(append(bytes), 4).copy(body, record + 8);
    }
    return [body.length - 4, body];
  };
  const header = Buffer.concat([Buffer.from(littleEndian ? 'II' : 'MM'), number(42, 2), number(8, 4)]);
  append(header);
  const link = directory(tags, [4, header]);
  const linkAt = 8 + link[0];
  if (!thumbnail) return { bytes: Buffer.concat(parts), entryAt, linkAt, thumbnailAt: length };
  const thumbnailAt = length + 2 + 3 * 12 + 4;
  const tagsOfIt: Tag[] = [
    [0x103, SHORT, [6]],
    [0x201, LONG, [thumbnailAt]],
    [0x202, LONG, [thumbnail.length]],
  ];
  const known = new Map(entryAt);
  directory(tagsOfIt, link);
  append(thumbnail);
  return {
    bytes: Buffer.concat(parts).subarray(0, thumbnailAt + thumbnail.length),
    entryAt: known,
    linkAt,
    thumbnailAt,
  };
}

/** Looks like a maker note with offsets from the beginning of the block: any byte moved would show. */
export const MAKER_NOTE = Buffer.from('ACME\0'.padEnd(300, 'maker note '), 'latin1');

/** What a camera writes, held upright by a photographer who turned it: orientation 6, Adobe RGB, 6000 × 4000. */
export function cameraTags(makerNote: Uint8Array = MAKER_NOTE): Tag[] {
  return [
    [0x100, SHORT, [6000]],
    [0x101, LONG, [4000]],
    [0x10f, ASCII, 'ACME Cameras'],
    [0x110, ASCII, 'ACME One'],
    [0x112, SHORT, [6]],
    [0x11a, RATIONAL, [300, 1]],
    [0x11b, RATIONAL, [300, 1]],
    [0x128, SHORT, [2]],
    [0x132, ASCII, '2026:05:04 03:02:01'],
    [0x13b, ASCII, 'A. Photographer'],
    [0x8298, ASCII, '(c) A. Photographer'],
    [
      0x8769,
      DIRECTORY,
      [
        [0x829a, RATIONAL, [1, 250]],
        [0x829d, RATIONAL, [28, 10]],
        [0x8827, SHORT, [200]],
        [0x9000, UNDEFINED, Buffer.from('0232')],
        [0x9003, ASCII, '2026:05:04 03:02:01'],
        [0x9011, ASCII, '+02:00'],
        [0x927c, UNDEFINED, makerNote],
        [0xa001, SHORT, [0xffff]],
        [0xa002, SHORT, [6000]],
        [0xa003, SHORT, [4000]],
        [0xa005, DIRECTORY, [[0x0001, ASCII, 'R03']]],
        [0xa434, ASCII, 'ACME 50mm f/1.8'],
      ],
    ],
    [
      0x8825,
      DIRECTORY,
      [
        [0x0000, BYTE, Buffer.from([2, 3, 0, 0])],
        [0x0001, ASCII, 'N'],
        [0x0002, RATIONAL, [51, 1, 30, 1, 3230, 100]],
        [0x0003, ASCII, 'W'],
        [0x0004, RATIONAL, [0, 1, 7, 1, 4366, 100]],
      ],
    ],
  ];
}

/** IPTC records, in UTF-8, as Photoshop image resources with other ones around them. */
export function iptcRecords(): Buffer {
  const dataset = (record: number, id: number, text: string) => {
    const value = Buffer.from(text);
    return Buffer.concat([Buffer.from([0x1c, record, id, value.length >> 8, value.length & 0xff]), value]);
  };
  return Buffer.concat([
    dataset(1, 90, '\x1b%G'),
    dataset(2, 25, 'Ålesund'),
    dataset(2, 25, 'fjord'),
    dataset(2, 120, 'A caption, with “quotes”.'),
    dataset(2, 116, '© A. Photographer'),
  ]);
}

export function resource(id: number, data: Uint8Array, name = ''): Buffer {
  const head = Buffer.alloc(6);
  head.write('8BIM', 'latin1');
  head.writeUInt16BE(id, 4);
  const label = Buffer.concat([Buffer.from([name.length]), Buffer.from(name)]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const even = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
  return Buffer.concat([head, even(label), size, even(data)]);
}

export function xmpPacket(description: string, inner = ''): string {
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Test">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `  <rdf:Description rdf:about="" ${description}>${inner}</rdf:Description>`,
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    `${' '.repeat(99)}\n`.repeat(20),
    '<?xpacket end="w"?>',
  ].join('\n');
}

export const SPACES = [
  'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"',
  'xmlns:exif="http://ns.adobe.com/exif/1.0/"',
  'xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
  'xmlns:dc="http://purl.org/dc/elements/1.1/"',
  'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"',
].join(' ');

const TITLE = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Fjord &amp; sea</rdf:li></rdf:Alt></dc:title>';

/** Properties as attributes, as Adobe writes them. */
export const XMP_ATTRIBUTES = xmpPacket(
  `${SPACES} tiff:Orientation="6" exif:PixelXDimension='6000' exif:PixelYDimension="4000" exif:ColorSpace="65535" ` +
    'tiff:ImageWidth="6000" tiff:ImageLength="4000" photoshop:ICCProfile="Adobe RGB (1998)" xmp:Rating="5"',
  TITLE,
);

/** Properties as elements, as ExifTool writes them. */
export const XMP_ELEMENTS = xmpPacket(
  SPACES,
  '<tiff:Orientation>6</tiff:Orientation><exif:PixelXDimension>6000</exif:PixelXDimension>' +
    '<exif:PixelYDimension>4000</exif:PixelYDimension><exif:ColorSpace>2</exif:ColorSpace>' +
    '<tiff:ImageWidth>6000</tiff:ImageWidth><tiff:ImageLength>4000</tiff:ImageLength>' +
    '<photoshop:ICCProfile>Adobe RGB (1998)</photoshop:ICCProfile><xmp:Rating>5</xmp:Rating>' +
    '<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmp:x>AAAA</xmp:x></rdf:li></rdf:Alt></xmp:Thumbnails>' +
    TITLE,
);

export const FORMATS = ['jpeg', 'png', 'webp'] as const;
export type Format = (typeof FORMATS)[number];

/** A picture file with metadata put in by the app's own containers, whose layout other tests check against sharp. */
export async function fileWith(picture: Sharp, format: Format, blocks: Partial<Blocks>): Promise<Uint8Array> {
  const bytes = await picture.clone().toFormat(format).toBuffer();
  const container = CONTAINERS[format];
  const { width, height, hasAlpha } = await sharp(bytes).metadata();
  const { pieces } = container.encode({ exif: null, xmp: null, iptc: null, ...blocks });
  return container.join(container.split(bytes) ?? [], pieces, { width, height, hasAlpha });
}

/** Dresses a result in a source's metadata; what came out, read by our reader and by sharp. */
export async function dressed(source: Uint8Array, result: Uint8Array) {
  const folder = tempFolder();
  const target = join(folder, 'out');
  const paths = { source: put(folder, 'source', source), picture: put(folder, 'result', result), target };
  const answer = await dress(paths);
  const bytes = readFileSync(target);
  return { ...paths, ...answer, bytes, found: await readMetadata(bytes), bySharp: await sharp(bytes).metadata() };
}
