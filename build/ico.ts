// The container of a Windows icon. Entries are PNG, which Windows has read at every size since Vista.

/** One picture of an icon: a square PNG and the length of its side in pixels. */
export interface IconImage {
  readonly size: number;
  readonly png: Buffer;
}

const HEADER = 6;
const ENTRY = 16;

/**
 * Writes an .ico file (ICONDIR, one ICONDIRENTRY each, then the pictures).
 * @param images sides of 1 to 256 px; the file keeps their order
 * @throws RangeError for a side that the format cannot say
 */
export function packIco(images: readonly IconImage[]): Buffer {
  const directory = Buffer.alloc(HEADER + ENTRY * images.length);
  directory.writeUInt16LE(1, 2); // type: icon
  directory.writeUInt16LE(images.length, 4);
  let offset = directory.length;
  for (const [index, { size, png }] of images.entries()) {
    if (!Number.isInteger(size) || size < 1 || size > 256) throw new RangeError(`An .ico holds no side of ${size} px`);
    const at = HEADER + ENTRY * index;
    directory.writeUInt8(size % 256, at); // 256 is written as 0
    directory.writeUInt8(size % 256, at + 1);
    directory.writeUInt16LE(1, at + 4); // planes
    directory.writeUInt16LE(32, at + 6); // bits per pixel
    directory.writeUInt32LE(png.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([directory, ...images.map(({ png }) => png)]);
}

/**
 * Reads an .ico file whose entries are PNG.
 * @throws Error when it is not one, or when an entry lies outside the file
 */
export function unpackIco(file: Buffer): IconImage[] {
  if (file.readUInt16LE(0) !== 0 || file.readUInt16LE(2) !== 1) throw new Error('This is not an .ico file');
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const at = HEADER + ENTRY * index;
    const offset = file.readUInt32LE(at + 12);
    const end = offset + file.readUInt32LE(at + 8);
    if (end > file.length) throw new Error(`Entry ${index} of the .ico file lies outside it`);
    return { size: file.readUInt8(at) || 256, png: file.subarray(offset, end) };
  });
}
