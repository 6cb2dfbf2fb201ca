// Whether a picture on the disk is there to its end, by the structure of its format, reading as little of it as that takes:
// a still file may be a copy that stalled, or one whose room was taken at once and is filled slowly.
import { isComplete, type FileFormat } from '../domain/format.ts';
import { type FileBlocks, NO_CODE } from './file-blocks.ts';
import { reachesJpegEnd } from './jpeg-end.ts';
import { holdsTiffPicture } from './tiff-end.ts';

/**
 * `zeros`: there is nothing yet where its end will be; `blank`: its end is zeros, as it may be in a whole picture, too (a
 * black border that is not compressed, code of one colour): only time tells.
 */
export type PictureEnd = 'there' | 'missing' | 'zeros' | 'blank';

/** Padding behind the end of a picture, bytes: cameras fill up to whole blocks of the card, of half a megabyte at most. */
const MAX_PADDING = 1024 * 1024;

/**
 * The end of a picture of one of the formats that are read as photos; `there` for any other.
 * @throws the system's error when the file cannot be read; the signal's reason when it aborts
 */
export async function endOf(format: FileFormat, file: FileBlocks): Promise<PictureEnd> {
  if (format === 'jpeg') return endByMarker(file, reachesJpegEnd);
  if (format === 'png') return endByMarker(file, reachesPngEnd);
  if (format === 'webp') return unlessBlank(await webpEnd(file), file);
  if (format === 'tiff') return unlessBlank(await holdsTiffPicture(file), file);
  return format === 'avif' ? unlessBlank(await avifEnd(file), file) : 'there';
}

/** Formats without an end marker: a file whose room was taken at once, and which is not filled yet, ends in zeros. */
async function unlessBlank(end: PictureEnd, file: FileBlocks): Promise<PictureEnd> {
  return end === 'there' && (await file.endsInZeros(0, file.bytes)) ? 'blank' : end;
}

async function endByMarker(
  file: FileBlocks,
  reaches: (file: FileBlocks, lastByte: number) => Promise<'there' | 'missing' | 'blank'>,
): Promise<PictureEnd> {
  const lastByte = await lastByteOf(file);
  if (lastByte === null) return 'zeros';
  const end = await reaches(file, lastByte);
  if (end !== 'missing') return end;
  return file.bytes - lastByte >= NO_CODE ? 'zeros' : 'missing';
}

/** Offset behind the last byte that is not zero; null when more than MAX_PADDING of them are. */
async function lastByteOf(file: FileBlocks): Promise<number | null> {
  const STEP = 64 * 1024;
  for (let end = file.bytes; end > Math.max(0, file.bytes - MAX_PADDING); end -= STEP) {
    const at = Math.max(0, end - STEP);
    const last = (await file.take(at, end - at)).findLastIndex((byte) => byte !== 0);
    if (last !== -1) return at + last + 1;
  }
  return null;
}

/** Chunks of length, name, content and checksum: PNG specification, 5.3. */
async function reachesPngEnd(file: FileBlocks, lastByte: number): Promise<'there' | 'missing'> {
  const tailAt = Math.max(0, lastByte - NO_CODE);
  const tail = await file.take(tailAt, lastByte - tailAt);
  if (isComplete('png', tail, lastByte, tail)) return 'there';
  for (let at = 8; at + 12 <= file.bytes;) {
    const chunk = await file.view(at, 8);
    if (chunk.byteLength < 8) return 'missing';
    if (nameAt(chunk, 4) === 'IEND') return 'there';
    at += 12 + chunk.getUint32(0);
  }
  return 'missing';
}

/**
 * Zeros that the code of a picture may end with, by the name of its chunk; bytes. Measured with libwebp: lossy code of one
 * colour ends with 1 for 10,400 pixels, which at the largest size of WebP are 26 KB; lossless code with 2 at most.
 */
const WEBP_PICTURES: Readonly<Record<string, number>> = { 'VP8 ': 32 * 1024, VP8L: NO_CODE };

/** RIFF, Google's WebP container specification: chunks of name, length and content, to an even number of bytes. */
async function webpEnd(file: FileBlocks): Promise<PictureEnd> {
  const head = await file.view(0, 12);
  if (head.byteLength < 12) return 'missing';
  const end = 8 + head.getUint32(4, true);
  if (end > file.bytes) return 'missing';
  for (let at = 12; at + 8 <= end;) {
    const chunk = await file.view(at, 8);
    if (chunk.byteLength < 8) return 'missing';
    const name = nameAt(chunk, 0);
    const next = at + 8 + chunk.getUint32(4, true);
    if (name === '\0\0\0\0') return 'zeros';
    if (next > end) return 'missing';
    const ownZeros = WEBP_PICTURES[name];
    if (ownZeros !== undefined && (await file.endsInZeros(at + 8, next, ownZeros))) return 'zeros';
    at = next + (next % 2);
  }
  return 'there';
}

/** Boxes of length and name: ISO/IEC 14496-12, 4.2. The picture is in `mdat`, what it is in `meta`, in either order. */
async function avifEnd(file: FileBlocks): Promise<PictureEnd> {
  const missing = new Set(['meta', 'mdat']);
  for (let at = 0; at < file.bytes && missing.size > 0;) {
    const box = await file.view(at, 16);
    if (box.byteLength < 8) return 'missing';
    const name = nameAt(box, 4);
    if (name === '\0\0\0\0') return 'zeros';
    const length = boxLength(box, file.bytes - at);
    if (length === null || at + length > file.bytes) return 'missing';
    if (name === 'mdat' && (await file.endsInZeros(at + 8, at + length, 4_096))) return 'zeros';
    missing.delete(name);
    at += length;
  }
  return missing.size === 0 ? 'there' : 'missing';
}

/** 0 stands for all that is left, 1 for a length of 64 bits behind the name. */
function boxLength(box: DataView, rest: number): number | null {
  const length = box.getUint32(0);
  if (length === 0) return rest;
  if (length !== 1) return length < 8 ? null : length;
  return box.byteLength < 16 ? null : Number(box.getBigUint64(8));
}

function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
