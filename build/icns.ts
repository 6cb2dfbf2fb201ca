// The container of a macOS icon: a list of typed chunks. Only types that hold PNG are written; the two oldest sizes for
// screens of single density (ic04, ic05) want raw pixels, and macOS scales the others down for those.
import type { IconImage } from './ico.ts';

/** Side in pixels by type of chunk; ic11 to ic14 are 16, 32, 128 and 256 points at double density. */
export const ICNS_SIZES = {
  ic07: 128,
  ic08: 256,
  ic09: 512,
  ic10: 1024,
  ic11: 32,
  ic12: 64,
  ic13: 256,
  ic14: 512,
} as const;

const HEADER = 8;

/**
 * Writes an .icns file with one chunk for each type above.
 * @throws Error when a side is missing
 */
export function packIcns(images: readonly IconImage[]): Buffer {
  const chunks = Object.entries(ICNS_SIZES).flatMap(([type, size]) => {
    const image = images.find((one) => one.size === size);
    if (image === undefined) throw new Error(`The .icns file needs a side of ${size} px`);
    return [header(type, image.png.length), image.png];
  });
  const body = Buffer.concat(chunks);
  return Buffer.concat([header('icns', body.length), body]);
}

/**
 * Reads an .icns file.
 * @returns the PNG of each chunk by its type
 * @throws Error when it is not one, or when a length does not add up
 */
export function unpackIcns(file: Buffer): Map<string, Buffer> {
  if (file.toString('latin1', 0, 4) !== 'icns' || file.readUInt32BE(4) !== file.length)
    throw new Error('This is not a whole .icns file');
  const chunks = new Map<string, Buffer>();
  for (let at = HEADER; at < file.length;) {
    const length = file.readUInt32BE(at + 4);
    if (length < HEADER || at + length > file.length)
      throw new Error(`A chunk of the .icns file is not ${length} bytes`);
    chunks.set(file.toString('latin1', at, at + 4), file.subarray(at + HEADER, at + length));
    at += length;
  }
  return chunks;
}

function header(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(HEADER + length, 4);
  return bytes;
}
