// The directory structure of TIFF, which EXIF and most camera RAW formats share: reading it out of untrusted bytes.
// Every read is bounds-checked; a directory that is cut off gives the entries that are there.

export interface TiffHeader {
  readonly littleEndian: boolean;
  /** Offset of the first directory. */
  readonly first: number;
}

export interface TiffEntry {
  readonly type: number;
  readonly count: number;
  /** Offset of the values, in the entry itself or elsewhere; may lie outside of what is there. */
  readonly at: number;
  /** Offset of the entry's own 12 bytes, which are all there: tag, type, count, value or its offset. */
  readonly record: number;
}

export interface TiffDirectory {
  readonly littleEndian: boolean;
  readonly entries: ReadonlyMap<number, TiffEntry>;
  /** Offset of the next directory; 0 when there is none. */
  readonly next: number;
  /** Offset of the 4 bytes that say so; null when they are not there. */
  readonly nextAt: number | null;
}

const ENTRY_BYTES = 12;
const MAX_ENTRIES = 1_000; // real directories hold up to about a hundred
const UNKNOWN_SIZE = 8;
/** Bytes a value, by type: BYTE, ASCII, SHORT, LONG, RATIONAL, … Source: TIFF 6.0, section 2. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const BYTE = 1;
const SHORT = 3;
const LONG = 4;
const IFD = 13;

/** The header of a classic TIFF (not BigTIFF), or null. Source: TIFF 6.0, section 2. */
export function tiffHeader(bytes: Uint8Array): TiffHeader | null {
  if (bytes.length < 8) return null;
  const littleEndian = bytes[0] === 0x49 && bytes[1] === 0x49;
  if (!littleEndian && !(bytes[0] === 0x4d && bytes[1] === 0x4d)) return null;
  const view = viewOf(bytes);
  if (view.getUint16(2, littleEndian) !== 42) return null;
  return { littleEndian, first: view.getUint32(4, littleEndian) };
}

/** The directory at an offset, or null when it does not begin inside `bytes`. */
export function tiffDirectory(bytes: Uint8Array, offset: number, littleEndian: boolean): TiffDirectory | null {
  if (offset < 8 || offset + 2 > bytes.length) return null;
  const view = viewOf(bytes);
  const total = view.getUint16(offset, littleEndian);
  const entries = new Map<number, TiffEntry>();
  for (let index = 0; index < Math.min(total, MAX_ENTRIES); index += 1) {
    const entry = offset + 2 + index * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > bytes.length) break;
    const type = view.getUint16(entry + 2, littleEndian);
    const count = view.getUint32(entry + 4, littleEndian);
    const inPlace = count * (TYPE_BYTES[type] ?? UNKNOWN_SIZE) <= 4;
    const at = inPlace ? entry + 8 : view.getUint32(entry + 8, littleEndian);
    entries.set(view.getUint16(entry, littleEndian), { type, count, at, record: entry });
  }
  const nextAt = offset + 2 + total * ENTRY_BYTES;
  const hasNext = nextAt + 4 <= bytes.length;
  const next = hasNext ? view.getUint32(nextAt, littleEndian) : 0;
  return { littleEndian, entries, next, nextAt: hasNext ? nextAt : null };
}

/** The whole numbers of an entry; null when it is missing, of another type, or not all there. */
export function tiffNumbers(bytes: Uint8Array, directory: TiffDirectory, tag: number): number[] | null {
  const entry = directory.entries.get(tag);
  const size = entry && [BYTE, SHORT, LONG, IFD].includes(entry.type) ? TYPE_BYTES[entry.type] : undefined;
  if (!entry || !size || entry.at + entry.count * size > bytes.length) return null;
  const view = viewOf(bytes);
  const { littleEndian } = directory;
  return Array.from({ length: entry.count }, (_, index) => {
    const at = entry.at + index * size;
    if (size === 1) return view.getUint8(at);
    return size === 2 ? view.getUint16(at, littleEndian) : view.getUint32(at, littleEndian);
  });
}

/** Bytes of one value of a type; null for an unknown type. */
export function tiffTypeBytes(type: number): number | null {
  return TYPE_BYTES[type] || null;
}

/** The values of an entry as they stand in the file; null when it is of an unknown type or not all there. */
export function tiffValue(bytes: Uint8Array, entry: TiffEntry): Uint8Array | null {
  const size = TYPE_BYTES[entry.type];
  if (!size || entry.at + entry.count * size > bytes.length) return null;
  return bytes.subarray(entry.at, entry.at + entry.count * size);
}

/** The first of `tiffNumbers`, or null. */
export function tiffNumber(bytes: Uint8Array, directory: TiffDirectory, tag: number): number | null {
  return tiffNumbers(bytes, directory, tag)?.[0] ?? null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
