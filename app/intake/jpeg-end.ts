// Whether a JPEG file is there to its end, with what cameras and phones write behind the picture: further pictures (MPF),
// the film of a motion photo, trailers of their own.
import { tiffDirectory, tiffHeader, tiffValue } from '../domain/tiff.ts';
import { type FileBlocks, NO_CODE } from './file-blocks.ts';

const END = 0xd9;
const SCAN = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** Zeros that a film or a further picture may well end with, bytes; with more than NO_CODE only time tells. */
const OWN_ZEROS = 4_096;

interface Marker {
  readonly code: number;
  /** Where it begins, and where its segment ends (right behind it when it has none). */
  readonly at: number;
  readonly end: number;
}

/**
 * Whether the picture is there to its end, and what it says to follow it, too: were it taken when a copy stalls between
 * the two, it would be another file afterwards, and be paid for again.
 * @param lastByte offset behind the last byte that is not zero: what follows it is padding
 * @throws as FileBlocks
 */
export async function reachesJpegEnd(file: FileBlocks, lastByte: number): Promise<'there' | 'missing' | 'blank'> {
  const endsWithMarker = await isEndMarker(file, lastByte - 2);
  const present = Math.min(file.bytes, lastByte + OWN_ZEROS);
  let needed = 0;
  let promised = 0;
  let at = 2;
  for (;;) {
    const marker = await nextMarker(file, at);
    if (marker === null || needed > present) return 'missing';
    if (marker.code === END) {
      needed = Math.max(needed, marker.end + promised);
      if (needed > present) return 'missing';
      return needed > lastByte + NO_CODE ? 'blank' : 'there';
    }
    // The usual case, without reading it all. An end marker before the first scan is that of the preview in the header.
    if (marker.code === SCAN && endsWithMarker && lastByte - 2 >= marker.end) return 'there';
    if (marker.code === APP1) promised += filmBytes(await file.take(marker.at, marker.end - marker.at));
    if (marker.code === APP2 && !endsWithMarker) {
      const end = furthestPicture(await file.take(marker.at, marker.end - marker.at));
      if (end !== null) needed = Math.max(needed, marker.at + end);
    }
    at = marker.end;
  }
}

async function isEndMarker(file: FileBlocks, at: number): Promise<boolean> {
  if (at < 0) return false;
  const [first, second] = await file.take(at, 2);
  return first === 0xff && second === END;
}

/** Markers by ITU-T T.81, table B.1; bytes of coded data (0xff 0x00) and restart markers in it are passed over. */
async function nextMarker(file: FileBlocks, from: number): Promise<Marker | null> {
  for (let at = from; at < file.bytes - 1;) {
    const bytes = await file.from(at, 2);
    if (bytes.length < 2) return null;
    let index = bytes.indexOf(0xff);
    while (index !== -1 && index + 1 < bytes.length && isPassedOver(bytes[index + 1] ?? 0)) {
      index = bytes.indexOf(0xff, index + (bytes[index + 1] === 0xff ? 1 : 2));
    }
    if (index === -1) at += bytes.length;
    else if (index + 1 >= bytes.length) at += index;
    else return segment(file, at + index, bytes[index + 1] ?? 0);
  }
  return null;
}

/** Stuffing, filling, TEM, RST0 to RST7, and SOI. */
function isPassedOver(code: number): boolean {
  return code <= 0x01 || code === 0xff || (code >= 0xd0 && code <= 0xd8);
}

async function segment(file: FileBlocks, at: number, code: number): Promise<Marker | null> {
  if (code === END) return { code, at, end: at + 2 };
  const [, , high, low] = await file.take(at, 4);
  if (high === undefined || low === undefined) return null;
  const end = at + 2 + Math.max(2, (high << 8) | low);
  return end > file.bytes ? null : { code, at, end };
}

const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/**
 * Bytes of what an APP1 segment says to follow the picture: a gain map, the film of a motion photo; 0 when nothing.
 * Source: Android, Motion Photo format 1.0 (Item:Length) and its forerunner (MicroVideoOffset, counted from the end).
 */
function filmBytes(segmentBytes: Uint8Array): number {
  const text = Buffer.from(segmentBytes.subarray(4)).toString('latin1');
  if (!text.startsWith(XMP)) return 0;
  const numbers = (name: string) =>
    Array.from(text.matchAll(new RegExp(`${name}\\s*(?:=\\s*["']|>)\\s*(\\d{1,10})\\b`, 'g')), ([, digits]) =>
      Number(digits),
    );
  const items = numbers('Item:Length').reduce((sum, bytes) => sum + bytes, 0);
  return Math.max(items, ...numbers('MicroVideoOffset'));
}

const MPF = 'MPF\0';
const MP_ENTRIES = 0xb002;
const MP_ENTRY_BYTES = 16;

/**
 * Where the last picture ends that an APP2 segment announces, from the beginning of the segment; null when it announces
 * none. Source: CIPA DC-007, 5.2.
 */
function furthestPicture(segmentBytes: Uint8Array): number | null {
  const HEADER = 8; // marker, length and name: offsets count from behind them
  if (Buffer.from(segmentBytes.subarray(4, HEADER)).toString('latin1') !== MPF) return null;
  const bytes = segmentBytes.subarray(HEADER);
  const header = tiffHeader(bytes);
  const directory = header && tiffDirectory(bytes, header.first, header.littleEndian);
  const entry = directory?.entries.get(MP_ENTRIES);
  const values = entry && tiffValue(bytes, entry);
  if (!header || !values) return null;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const ends: number[] = [];
  // The first is the picture itself, whose end is seen.
  for (let at = MP_ENTRY_BYTES; at + MP_ENTRY_BYTES <= values.length; at += MP_ENTRY_BYTES) {
    const size = view.getUint32(at + 4, header.littleEndian);
    const offset = view.getUint32(at + 8, header.littleEndian);
    if (offset > 0) ends.push(HEADER + offset + size);
  }
  return ends.length === 0 ? null : Math.max(...ends);
}
