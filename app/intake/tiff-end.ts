// Whether the picture of a TIFF file is all there: its directory may stand anywhere, and its strips or tiles, too.
import {
  tiffDirectory,
  tiffHeader,
  tiffNumbers,
  tiffTypeBytes,
  type TiffDirectory,
  type TiffEntry,
} from '../domain/tiff.ts';
import type { FileBlocks } from './file-blocks.ts';

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const TAG = { compression: 259, stripOffsets: 273, stripBytes: 279, tileOffsets: 324, tileBytes: 325 };
/** LZW, JPEG, deflate and its old number: code that does not end in zeros, as what is not compressed may. */
const CODED: readonly number[] = [5, 7, 8, 32_946];
/** A table of more strips than this is none, bytes. */
const MAX_TABLE = 16 * 1024 * 1024;

/**
 * The first directory and all that it names: TIFF 6.0, section 2. Further pages are not looked at; neither is BigTIFF,
 * of which decoding tells.
 * @throws as FileBlocks
 */
export async function holdsTiffPicture(file: FileBlocks): Promise<'there' | 'missing' | 'zeros'> {
  const header = tiffHeader(await file.take(0, HEADER_BYTES));
  if (header === null) return 'there';
  const { first, littleEndian } = header;
  const count = await file.view(first, 2);
  if (count.byteLength < 2) return 'missing';
  const entries = count.getUint16(0, littleEndian);
  if (entries === 0) return 'zeros'; // a directory is written last, by most
  const bytes = await file.take(first, 2 + entries * ENTRY_BYTES);
  if (bytes.length < 2 + entries * ENTRY_BYTES) return 'missing';
  // As a file of its own, in which the directory follows right behind the header.
  const own = Buffer.concat([Buffer.alloc(HEADER_BYTES), bytes]);
  const directory = tiffDirectory(own, HEADER_BYTES, littleEndian);
  if (directory === null || [...directory.entries.values()].some((entry) => endOfValue(entry) > file.bytes)) {
    return 'missing'; // decoding takes tags that lead nowhere for damage, too
  }
  const numbers = numbersOf(file, own, directory);
  const offsets = [...(await numbers(TAG.stripOffsets)), ...(await numbers(TAG.tileOffsets))];
  const lengths = [...(await numbers(TAG.stripBytes)), ...(await numbers(TAG.tileBytes))];
  let last = { at: 0, end: 0 };
  for (const [index, at] of offsets.entries()) {
    const end = at + (lengths[index] ?? 1); // some old writers leave the lengths out
    if (end > last.end) last = { at, end };
  }
  if (last.end > file.bytes) return 'missing';
  const [compression = 1] = await numbers(TAG.compression);
  return CODED.includes(compression) && (await file.endsInZeros(last.at, last.end)) ? 'zeros' : 'there';
}

/** Reads the numbers of a tag, in its entry or elsewhere in the file; what are no numbers counts as behind its end. */
function numbersOf(file: FileBlocks, own: Uint8Array, directory: TiffDirectory) {
  return async (tag: number): Promise<readonly number[]> => {
    const entry = directory.entries.get(tag);
    if (entry === undefined) return [];
    const end = endOfValue(entry);
    if (end === 0) return tiffNumbers(own, directory, tag) ?? [Infinity];
    if (end - entry.at > MAX_TABLE) return [Infinity];
    const moved = { ...directory, entries: new Map([[tag, { ...entry, at: 0 }]]) };
    return tiffNumbers(await file.take(entry.at, end - entry.at), moved, tag) ?? [Infinity];
  };
}

/** Where the value of an entry ends in the file; 0 when it is in the entry itself or of an unknown type. */
function endOfValue({ type, count, at, record }: TiffEntry): number {
  const bytes = count * (tiffTypeBytes(type) ?? 0);
  return bytes === 0 || at === record + 8 ? 0 : at + bytes;
}
