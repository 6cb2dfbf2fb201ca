// Whether the pictures of a TIFF or BigTIFF file are all there: its directories may stand anywhere, and so may the strips
// and tiles that they name. Read out of untrusted bytes: what a file can ask to be read is bounded.
import { tiffTypeBytes } from '../domain/tiff.ts';
import type { FileBlocks } from './file-blocks.ts';

type TiffEnd = 'there' | 'missing' | 'zeros';

/** How the two kinds are laid out, in bytes. Sources: TIFF 6.0, section 2; the BigTIFF design (libtiff). */
interface Kind {
  readonly header: number;
  /** The number of entries of a directory. */
  readonly count: number;
  readonly entry: number;
  /** Where the value of an entry, or its offset, begins in it. */
  readonly value: number;
  readonly offset: 4 | 8;
}

const CLASSIC: Kind = { header: 8, count: 2, entry: 12, value: 8, offset: 4 };
const BIG: Kind = { header: 16, count: 8, entry: 20, value: 12, offset: 8 };

interface Tiff {
  readonly file: FileBlocks;
  readonly kind: Kind;
  readonly littleEndian: boolean;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  readonly at: number;
  /** Where its value ends; behind the end of the file for one that is not there. */
  readonly end: number;
}

type Entries = ReadonlyMap<number, Entry>;

const TAG = {
  compression: 259,
  stripOffsets: 273,
  stripBytes: 279,
  tileOffsets: 324,
  tileBytes: 325,
  subDirectories: 330,
};
/** LZW, JPEG, deflate and its old number: code that does not end in zeros, as what is not compressed may. */
const CODED: readonly number[] = [5, 7, 8, 32_946];
/** Types of BigTIFF, all of 8 bytes: LONG8, SLONG8, IFD8. */
const BIG_TYPES: readonly number[] = [16, 17, 18];
/** BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const WHOLE_NUMBERS: readonly number[] = [1, 3, 4, 13, 16, 18];
/** Entries of a directory: more are none, to libtiff as well. */
const MAX_ENTRIES = 4_096;
/** Pages, levels and sub-directories that are looked at; of what follows decoding tells. */
const MAX_DIRECTORIES = 1_000;
/** Tables of strips and tiles of all directories together, bytes: more are none. */
const MAX_TABLES = 32 * 1024 * 1024;

/**
 * All directories that follow each other or hang below one (tag 330), and all that they name.
 * @throws as FileBlocks
 */
export async function holdsTiffPicture(file: FileBlocks): Promise<TiffEnd> {
  const head = await file.view(0, BIG.header);
  if (head.byteLength < BIG.header) return 'missing';
  const header = headerIn(head, file);
  if (header === null) return 'there';
  const { tiff, first } = header;
  const seen = new Set<number>([first]);
  let tables = MAX_TABLES;
  let end: TiffEnd = 'there';
  for (const at of seen) {
    const directory = await directoryAt(tiff, at);
    if (typeof directory === 'string') return directory;
    if (directory === null) continue;
    const { entries, next } = directory;
    if ([...entries.values()].some((entry) => entry.end > file.bytes)) return 'missing'; // decoding takes it for damage, too
    tables -= tableBytes(entries);
    if (tables < 0) return 'missing';
    const found = await picturesOf(tiff, entries);
    if (found === 'missing') return found;
    if (found === 'zeros') end = found;
    const below = await numbers(tiff, entries.get(TAG.subDirectories));
    for (const offset of [next, ...below]) if (offset > 0 && seen.size < MAX_DIRECTORIES) seen.add(offset);
  }
  return end;
}

/** null for what is neither kind: decoding tells what it is. */
function headerIn(view: DataView, file: FileBlocks): { readonly tiff: Tiff; readonly first: number } | null {
  const littleEndian = view.getUint16(0) === 0x4949;
  const version = view.getUint16(2, littleEndian);
  if (version === 42) return { tiff: { file, kind: CLASSIC, littleEndian }, first: view.getUint32(4, littleEndian) };
  const isBig = version === 43 && view.getUint16(4, littleEndian) === 8 && view.getUint16(6, littleEndian) === 0;
  return isBig
    ? { tiff: { file, kind: BIG, littleEndian }, first: numberAt(view, 8, { bytes: 8, littleEndian }) }
    : null;
}

interface Directory {
  readonly entries: Entries;
  /** 0 when there is none. */
  readonly next: number;
}

/** null for what can be no directory. */
async function directoryAt(tiff: Tiff, offset: number): Promise<Directory | TiffEnd | null> {
  const { file, kind, littleEndian } = tiff;
  const head = await file.view(offset, kind.count);
  if (head.byteLength < kind.count) return 'missing';
  const total = numberAt(head, 0, { bytes: kind.count, littleEndian });
  if (total === 0) return 'zeros'; // a directory is written last, by most
  if (total > MAX_ENTRIES) return null;
  const at = offset + kind.count;
  const records = await file.view(at, total * kind.entry);
  if (records.byteLength < total * kind.entry) return 'missing';
  const entries = new Map<number, Entry>();
  for (let index = 0; index < total; index += 1) {
    const record = index * kind.entry;
    entries.set(records.getUint16(record, littleEndian), entryAt(tiff, { records, record, at: at + record }));
  }
  const nextAt = at + total * kind.entry;
  if (nextAt >= file.bytes) return { entries, next: 0 }; // some writers leave it out
  const tail = await file.view(nextAt, kind.offset);
  if (tail.byteLength < kind.offset) return 'missing';
  return { entries, next: numberAt(tail, 0, { bytes: kind.offset, littleEndian }) };
}

/** @param from.at where the record stands in the file */
function entryAt(
  { kind, littleEndian }: Tiff,
  { records, record, at }: { readonly records: DataView; readonly record: number; readonly at: number },
): Entry {
  const type = records.getUint16(record + 2, littleEndian);
  const count = numberAt(records, record + 4, { bytes: kind.offset, littleEndian });
  const bytes = count * typeBytes(type);
  if (bytes <= kind.offset) return { type, count, at: at + kind.value, end: at + kind.entry };
  const start = numberAt(records, record + kind.value, { bytes: kind.offset, littleEndian });
  return { type, count, at: start, end: start + bytes };
}

/** 0 for an unknown type, whose values are not looked at. */
function typeBytes(type: number): number {
  return BIG_TYPES.includes(type) ? 8 : (tiffTypeBytes(type) ?? 0);
}

function tableBytes(entries: Entries): number {
  return Object.values(TAG).reduce((sum, tag) => sum + (entries.get(tag)?.count ?? 0) * 8, 0);
}

/** Whether the strips and tiles of one directory are there. */
async function picturesOf(tiff: Tiff, entries: Entries): Promise<TiffEnd> {
  const { file } = tiff;
  let last = { at: 0, end: 0 };
  for (const [offsetTag, bytesTag] of [
    [TAG.stripOffsets, TAG.stripBytes],
    [TAG.tileOffsets, TAG.tileBytes],
  ] as const) {
    const lengths = await numbers(tiff, entries.get(bytesTag));
    for (const [index, at] of (await numbers(tiff, entries.get(offsetTag))).entries()) {
      const end = at + (lengths[index] ?? 1); // some old writers leave the lengths out
      if (end > last.end) last = { at, end };
    }
  }
  if (last.end > file.bytes) return 'missing';
  const [compression = 1] = await numbers(tiff, entries.get(TAG.compression));
  return CODED.includes(compression) && (await file.endsInZeros(last.at, last.end)) ? 'zeros' : 'there';
}

/** The numbers of an entry that is all there; what are no whole numbers counts as behind the end of the file. */
async function numbers({ file, littleEndian }: Tiff, entry: Entry | undefined): Promise<readonly number[]> {
  if (entry === undefined) return [];
  if (!WHOLE_NUMBERS.includes(entry.type)) return [Infinity];
  const bytes = typeBytes(entry.type);
  const values = await file.view(entry.at, entry.count * bytes);
  if (values.byteLength < entry.count * bytes) return [Infinity]; // cut since it was opened
  return Array.from({ length: entry.count }, (_, index) => numberAt(values, index * bytes, { bytes, littleEndian }));
}

function numberAt(
  view: DataView,
  at: number,
  { bytes, littleEndian }: { readonly bytes: number; readonly littleEndian: boolean },
): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, littleEndian);
  return bytes === 4 ? view.getUint32(at, littleEndian) : Number(view.getBigUint64(at, littleEndian));
}
