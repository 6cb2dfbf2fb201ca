// Looks into SQLite's write-ahead log before SQLite does: where it is damaged, SQLite silently goes back to the commit
// before, and a job that was submitted would wait again as if it never had been. Format: sqlite.org/fileformat2.html, 4.
import { readFileSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682; // the lowest bit tells the byte order of the checksums
const VERSION = 3_007_000;

type Sums = readonly [number, number];

/**
 * Whether a write-ahead log has lost commits that were already on the disk. A torn last transaction is no damage: every
 * commit is flushed before it counts, so at most the one that was being written can be torn.
 * @throws system errors of reading it, except that it is not there
 */
export function isWalDamaged(path: string): boolean {
  const wal = readIfThere(path);
  if (!wal || wal.length <= HEADER_BYTES) return false; // the header is flushed before the first frame
  const bigEndian = wal.readUInt32BE(0) === MAGIC + 1;
  if (!bigEndian && wal.readUInt32BE(0) !== MAGIC) return true;
  if (wal.readUInt32BE(4) !== VERSION) return true;
  let sums = checksum(wal.subarray(0, 24), bigEndian, [0, 0]);
  if (!matches(wal, 24, sums)) return true;
  const frame = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
  let at = HEADER_BYTES;
  for (; at + frame <= wal.length && isOfThisLog(wal, at); at += frame) {
    const head = checksum(wal.subarray(at, at + 8), bigEndian, sums);
    const whole = checksum(wal.subarray(at + FRAME_HEADER_BYTES, at + frame), bigEndian, head);
    if (!matches(wal, at + 16, whole)) break;
    sums = whole;
  }
  // Behind the last good frame: frames of an older log, which a reset leaves there, or what SQLite will not read.
  let commits = 0;
  for (; at + frame <= wal.length; at += frame) {
    if (isOfThisLog(wal, at) && wal.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits > 1;
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A frame belongs to the log when it repeats both salts of its header. */
function isOfThisLog(wal: Buffer, at: number): boolean {
  return wal.readUInt32BE(at + 8) === wal.readUInt32BE(16) && wal.readUInt32BE(at + 12) === wal.readUInt32BE(20);
}

function matches(wal: Buffer, at: number, [first, second]: Sums): boolean {
  return wal.readUInt32BE(at) === first && wal.readUInt32BE(at + 4) === second;
}

/** The Fibonacci-weighted sums of a multiple of eight bytes, each modulo 2^32. */
function checksum(bytes: Buffer, bigEndian: boolean, [first, second]: Sums): Sums {
  let a = first;
  let b = second;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + view.getUint32(at, !bigEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, !bigEndian) + a) >>> 0;
  }
  return [a, b];
}
