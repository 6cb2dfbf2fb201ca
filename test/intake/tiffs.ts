// Grey TIFFs by their bytes, laid out as sharp does not write them: directories in front, BigTIFF, directories below others.

export const TIFF = { none: 1, deflate: 8 } as const;

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly compression: number;
  readonly strip: Uint8Array;
}

export interface TiffLayout {
  readonly big?: boolean;
  /** How a page leads to the one after it: as the next one, or as one below it (tag 330). */
  readonly link?: 'next' | 'below';
}

/** A TIFF of pages of one strip each: the header, all directories, all strips, as cameras and scanners write them. */
export function directoriesFirst(pages: readonly TiffPage[], { big = false, link = 'next' }: TiffLayout = {}): Buffer {
  const offset = big ? 8 : 4;
  const [header, entry] = big ? [16, 20] : [8, 12];
  const tags = 10;
  const directory = (big ? 8 : 2) + tags * entry + offset;
  const head = Buffer.alloc(header + pages.length * directory);
  const write = (value: number, at: number) =>
    big ? head.writeBigUInt64LE(BigInt(value), at) : head.writeUInt32LE(value, at);
  head.write(big ? 'II+\0\x08\0\0\0\x10' : 'II*\0\x08', 'latin1');
  let strip = head.length;
  for (const [index, page] of pages.entries()) {
    const begin = header + index * directory;
    const after = index + 1 < pages.length ? begin + directory : 0;
    if (big) head.writeBigUInt64LE(BigInt(tags), begin);
    else head.writeUInt16LE(tags, begin);
    const values: [tag: number, value: number][] = [
      [256, page.width],
      [257, page.height],
      [258, 8],
      [259, page.compression],
      [262, 1],
      [273, strip],
      [277, 1],
      [278, page.height],
      [279, page.strip.length],
      link === 'below' ? [330, after] : [339, 1],
    ];
    for (const [place, [tag, value]] of values.entries()) {
      const at = begin + (big ? 8 : 2) + place * entry;
      head.writeUInt16LE(tag, at);
      head.writeUInt16LE(big && [273, 279, 330].includes(tag) ? 16 : 4, at + 2);
      write(1, at + 4);
      if (big && ![273, 279, 330].includes(tag)) head.writeUInt32LE(value, at + 12);
      else write(value, at + 4 + offset);
    }
    if (link === 'next') write(after, begin + directory - offset);
    strip += page.strip.length;
  }
  return Buffer.concat([head, ...pages.map((page) => page.strip)]);
}
