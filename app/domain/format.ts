// What a file is, by its bytes and never by its name; and whether a picture is there to its end.
import type { UploadFormat } from './picture.ts';
import { BRANDS, type FileFormat, RIFF_KINDS, SIGNATURES, type Sniffed } from './signatures.ts';
import { type TiffDirectory, tiffDirectory, tiffHeader, tiffNumber, tiffNumbers } from './tiff.ts';

export type { FileFormat, Sniffed } from './signatures.ts';

/** How much of a file's beginning `sniff` wants to see, in bytes. */
export const HEAD_BYTES = 4_096;
const EXTENSIONS: Readonly<Record<UploadFormat, string>> = { jpeg: 'jpg', png: 'png', webp: 'webp' };

/** The usual extension of a format, without a dot. */
export function extensionOf(format: UploadFormat): string {
  return EXTENSIONS[format];
}

/**
 * What a file is, by its first HEAD_BYTES (fewer only when the file is shorter); null when nothing is known of it.
 * A RAW file that is built like TIFF counts as `raw`: read as TIFF it would give its small preview as the photo.
 */
export function sniff(head: Uint8Array): Sniffed | null {
  const known = SIGNATURES.find(({ magic, at = 0 }) => latin1(head, at, magic.length) === magic);
  if (known?.format === 'tiff' && isRawTiff(head)) return { format: 'raw', label: 'a camera RAW file' };
  if (known) return { format: known.format, label: known.label };
  if (latin1(head, 0, 4) === 'RIFF') return RIFF_KINDS[latin1(head, 8, 4)] ?? null;
  if (latin1(head, 4, 4) === 'ftyp') return sniffIsoMedia(head);
  if (isBmp(head)) return { format: 'bmp', label: 'a BMP picture' };
  if (head.length > 0 && head.every((byte) => byte === 0)) {
    return { format: 'zeros', label: 'a file of zeros, as an unfinished copy leaves behind' };
  }
  return sniffText(head);
}

/** HEIF names a generic main brand at times (`mif1`); the list of compatible ones then tells. ISO/IEC 14496-12, 4.3. */
function sniffIsoMedia(head: Uint8Array): Sniffed {
  const end = Math.min(head.length, uint32(head, 0) ?? 0, 256);
  for (let at = 8; at + 4 <= end; at += at === 8 ? 8 : 4) {
    const kind = BRANDS[latin1(head, at, 4)];
    if (kind) return kind;
  }
  const isImage = ['mif1', 'msf1'].includes(latin1(head, 8, 4));
  return isImage ? { format: 'heic', label: 'a HEIF picture' } : { format: 'video', label: 'a video' };
}

/** 'BM' alone begins too many texts: the reserved bytes and the header's size are looked at as well. */
function isBmp(head: Uint8Array): boolean {
  return latin1(head, 0, 2) === 'BM' && latin1(head, 6, 4) === '\0\0\0\0' && latin1(head, 15, 3) === '\0\0\0';
}

const TAG = {
  subfileType: 254,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
  subDirectories: 330,
  dngVersion: 50_706,
};
const RAW_COMPRESSIONS: readonly number[] = [34_713, 32_767, 32_769, 32_770, 65_000, 65_535]; // Nikon, Sony, Epson, Samsung, Kodak, Pentax
const RAW_PHOTOMETRICS: readonly number[] = [32_803, 34_892]; // colour filter array, linear raw: DNG specification

/** RAW built like TIFF: sensor data in the first directory, or a preview there and the sensor data below it. */
function isRawTiff(head: Uint8Array): boolean {
  const directory = firstDirectory(head);
  if (!directory) return false;
  const isOneOf = (tag: number, values: readonly number[]) => values.includes(tiffNumber(head, directory, tag) ?? -1);
  return (
    directory.entries.has(TAG.dngVersion) ||
    (isOneOf(TAG.subfileType, [1]) && directory.entries.has(TAG.subDirectories)) ||
    isOneOf(TAG.compression, RAW_COMPRESSIONS) ||
    isOneOf(TAG.photometric, RAW_PHOTOMETRICS)
  );
}

function firstDirectory(bytes: Uint8Array): TiffDirectory | null {
  const header = tiffHeader(bytes);
  return header && tiffDirectory(bytes, header.first, header.littleEndian);
}

function sniffText(head: Uint8Array): Sniffed | null {
  const isText = head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  if (head.length === 0 || !isText) return null;
  const text = latin1(head, 0, head.length)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('<')) {
    if (text.includes('<svg')) return { format: 'svg', label: 'an SVG drawing' };
    if (text.includes('<html') || text.startsWith('<!doctype html')) return { format: 'html', label: 'a web page' };
    if (text.startsWith('<?xml')) return { format: 'xml', label: 'an XML file' };
  }
  return { format: 'text', label: 'a text file' };
}

const PNG_END = '\0\0\0\0IEND\xaeB`\x82'; // an empty chunk and its checksum: PNG specification, 11.2.5
const JPEG_END = '\xff\xd9';

/**
 * Whether a picture that we may refuse (a download) is there to its end, by the end marker of its format: JPEG EOI,
 * PNG IEND (zeros may follow either), the length that RIFF announces. Costs nothing and catches every truncation.
 * @param tail the last bytes of the file, 64 or more (zeros that follow the end count against it)
 * @param head the first bytes of the file, 12 or more
 */
export function isComplete(format: UploadFormat, tail: Uint8Array, totalBytes: number, head: Uint8Array): boolean {
  if (format === 'webp') return totalBytes >= 12 && totalBytes >= riffEnd(head);
  const marker = format === 'jpeg' ? JPEG_END : PNG_END;
  const end = tail.findLastIndex((byte) => byte !== 0) + 1;
  return totalBytes > marker.length + 2 && latin1(tail, end - marker.length, marker.length) === marker;
}

/**
 * Whether a user's photo holds its whole picture, by walking its structure: unlike `isComplete`, what phones append
 * behind it (a motion photo's video, vendor trailers) does no harm, and the end of an embedded preview is no end.
 * Of formats that this cannot tell of (AVIF, BigTIFF) it answers true: decoding tells.
 */
export function hasWholePicture(format: FileFormat, bytes: Uint8Array): boolean {
  if (format === 'jpeg') return reachesJpegEnd(bytes);
  if (format === 'png') return reachesPngEnd(bytes);
  if (format === 'webp') return bytes.length >= 12 && bytes.length >= riffEnd(bytes);
  if (format === 'tiff') return holdsAllStrips(bytes);
  return true;
}

/** Markers by ITU-T T.81, table B.1: those without a length are skipped alone, entropy-coded data up to the next one. */
function reachesJpegEnd(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xff, 2); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xd9) return true;
    if (marker === 0xff) at += 1;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (at + 4 <= bytes.length) at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    else return false;
  }
  return false;
}

function reachesPngEnd(bytes: Uint8Array): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + (uint32(bytes, at) ?? 0)) {
    if (latin1(bytes, at + 4, 4) === 'IEND') return true;
  }
  return false;
}

/** Measured: libtiff reads strips behind the end of the file as black, with no more than a warning. */
function holdsAllStrips(bytes: Uint8Array): boolean {
  const directory = firstDirectory(bytes);
  if (!directory) return tiffHeader(bytes) === null;
  return [
    [TAG.stripOffsets, TAG.stripBytes],
    [TAG.tileOffsets, TAG.tileBytes],
  ].every(([offsetTag = 0, bytesTag = 0]) => {
    if (!directory.entries.has(offsetTag)) return true;
    const offsets = tiffNumbers(bytes, directory, offsetTag);
    const lengths = tiffNumbers(bytes, directory, bytesTag) ?? []; // some old writers leave them out
    return offsets?.every((offset, index) => offset + (lengths[index] ?? 1) <= bytes.length) ?? false;
  });
}

/** The length that a RIFF file announces, in bytes; its field is little-endian and does not count its own 8 bytes. */
function riffEnd(head: Uint8Array): number {
  const [a, b, c, d] = head.subarray(4, 8);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return Infinity;
  return 8 + a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
}

function uint32(bytes: Uint8Array, at: number): number | undefined {
  const [a, b, c, d] = bytes.subarray(at, at + 4);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return at < 0 ? '' : String.fromCharCode(...bytes.subarray(at, at + length));
}
