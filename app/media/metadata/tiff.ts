// The metadata of a TIFF photo. Its EXIF is no block but spread over the file among the pixels (libvips gives none of
// it), so one is put together here. Pure; the bytes are not trusted.
import { type TiffDirectory, tiffDirectory, tiffHeader, tiffNumber, tiffValue } from '../../domain/tiff.ts';
import { type Blocks, dataView, type FoundBlocks, type Problem } from './blocks.ts';
import { decodeXmp } from './xmp.ts';
import { iptcAsResources, iptcResources } from './photoshop.ts';
import { ascii, startsWith } from './blocks.ts';

const TAG = {
  xmp: 700,
  iptc: 33_723,
  photoshop: 34_377,
  exifDirectory: 0x8769,
  gpsDirectory: 0x8825,
  interopDirectory: 0xa005,
  makerNote: 0x927c,
};
/**
 * What the first directory says of the photo and not of how its pixels are stored. A list of what is taken, not of what
 * is left: private tags may hold megabytes, or offsets. Source: TIFF 6.0, Exif 2.32 (4.6.4), DNG 1.7, ExifTool's table.
 */
const PHOTO_TAGS: ReadonlySet<number> = new Set([
  269, 270, 271, 272, 274, 282, 283, 285, 296, 305, 306, 315, 316, 18_246, 18_249, 33_432, 34_858, 37_393, 40_091,
  40_092, 40_093, 40_094, 40_095, 50_708, 50_735, 50_736, 50_827, 50_971,
]);
const LONG = 4;
/** Farther back a maker note would need a block larger than a JPEG takes, most of it empty. */
const FARTHEST_MAKER_NOTE = 40_000;
/** Maker notes that count offsets from their own beginning, and so may move. Source: ExifTool, MakerNotes.pm. */
const MOVABLE_NOTES = ['Nikon\0\x02', 'FUJIFILM', 'OLYMPUS\0', 'OM SYSTEM\0', 'Apple iOS\0', 'PENTAX \0'];

/** Null when it is no classic TIFF. */
export function readTiff(file: Uint8Array): FoundBlocks | null {
  const header = tiffHeader(file);
  const photo = header && tiffDirectory(file, header.first, header.littleEndian);
  if (!photo) return null;
  const problems: Problem[] = [];
  const blocks: Blocks = {
    exif: exifOf(file, photo, problems),
    xmp: xmpOf(file, photo, problems),
    iptc: iptcOf(file, photo),
  };
  return { blocks, problems };
}

function xmpOf(file: Uint8Array, photo: TiffDirectory, problems: Problem[]): string | null {
  const entry = photo.entries.get(TAG.xmp);
  if (!entry) return null;
  const value = tiffValue(file, entry);
  const xmp = value && decodeXmp(value);
  if (!xmp) problems.push({ kind: 'xmp', reason: 'it is damaged' });
  return xmp;
}

/** As records of their own, or inside Photoshop's resources, which may add the digest. */
function iptcOf(file: Uint8Array, photo: TiffDirectory): Uint8Array | null {
  const valueOf = (tag: number) => {
    const entry = photo.entries.get(tag);
    return (entry && tiffValue(file, entry)) ?? null;
  };
  const resources = valueOf(TAG.photoshop);
  const inResources = resources && iptcResources(resources);
  if (inResources) return inResources;
  const records = valueOf(TAG.iptc);
  return records && iptcAsResources(records);
}

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly value: Uint8Array;
  readonly below?: readonly Entry[];
}

function exifOf(file: Uint8Array, photo: TiffDirectory, problems: Problem[]): Uint8Array | null {
  const camera = entriesBelow(file, photo, TAG.exifDirectory);
  const gps = entriesBelow(file, photo, TAG.gpsDirectory);
  const own = entriesOf(file, photo).filter(({ tag }) => PHOTO_TAGS.has(tag));
  const pinned = pinnedNote(file, photo);
  const keptCamera = camera.filter(({ tag, value }) => tag !== TAG.makerNote || pinned || isMovable(value));
  if (keptCamera.length < camera.length) {
    problems.push({ kind: 'exif', reason: 'the camera maker’s notes cannot be moved' });
  }
  const entries = [...own, ...link(TAG.exifDirectory, keptCamera), ...link(TAG.gpsDirectory, gps)];
  // Every TIFF has a resolution and an orientation: alone they are nothing that a photographer would miss.
  const isWorthIt = entries.some(({ tag }) => ![274, 282, 283, 296].includes(tag));
  return isWorthIt ? new TiffBuilder(photo.littleEndian, pinned).build(entries) : null;
}

function link(tag: number, below: readonly Entry[]): Entry[] {
  if (below.length === 0) return [];
  return [{ tag, type: LONG, count: 1, value: new Uint8Array(4), below }];
}

function entriesBelow(file: Uint8Array, parent: TiffDirectory, tag: number): Entry[] {
  const directory = directoryBelow(file, parent, tag);
  if (!directory) return [];
  const entries = entriesOf(file, directory).filter((entry) => entry.tag !== TAG.interopDirectory);
  const interop = tag === TAG.exifDirectory ? directoryBelow(file, directory, TAG.interopDirectory) : null;
  return interop ? [...entries, ...link(TAG.interopDirectory, entriesOf(file, interop))] : entries;
}

function directoryBelow(file: Uint8Array, parent: TiffDirectory, tag: number): TiffDirectory | null {
  const offset = tiffNumber(file, parent, tag);
  return offset === null ? null : tiffDirectory(file, offset, parent.littleEndian);
}

/** The entries whose values are there. */
function entriesOf(file: Uint8Array, directory: TiffDirectory): Entry[] {
  return [...directory.entries].flatMap(([tag, entry]) => {
    const value = tiffValue(file, entry);
    return value ? [{ tag, type: entry.type, count: entry.count, value }] : [];
  });
}

interface Pinned {
  readonly from: number;
  readonly value: Uint8Array;
}

/** A maker note that has to stay where it is because it points into the file by offset; null when it cannot. */
function pinnedNote(file: Uint8Array, photo: TiffDirectory): Pinned | null {
  const entry = directoryBelow(file, photo, TAG.exifDirectory)?.entries.get(TAG.makerNote);
  const value = entry && tiffValue(file, entry);
  if (!value || value.length <= 4 || isMovable(value)) return null;
  return entry.at >= 8 && entry.at <= FARTHEST_MAKER_NOTE ? { from: entry.at, value } : null;
}

function isMovable(note: Uint8Array): boolean {
  return note.length <= 4 || MOVABLE_NOTES.some((mark) => startsWith(note, mark));
}

/** Lays directories and values out one after another, around the one value whose place is given. */
class TiffBuilder {
  readonly #littleEndian: boolean;
  readonly #pinned: Pinned | null;
  readonly #parts: [at: number, bytes: Uint8Array][] = [];
  #end = 8;

  constructor(littleEndian: boolean, pinned: Pinned | null) {
    this.#littleEndian = littleEndian;
    this.#pinned = pinned;
  }

  build(entries: readonly Entry[]): Uint8Array {
    const first = this.#directory(entries);
    const header = new Uint8Array(8);
    header.set(ascii(this.#littleEndian ? 'II' : 'MM'));
    dataView(header).setUint16(2, 42, this.#littleEndian);
    dataView(header).setUint32(4, first, this.#littleEndian);
    this.#parts.push([0, header]);
    const whole = new Uint8Array(Math.max(...this.#parts.map(([at, bytes]) => at + bytes.length)));
    for (const [at, bytes] of this.#parts) whole.set(bytes, at);
    return whole;
  }

  /** @returns its offset */
  #directory(entries: readonly Entry[]): number {
    const sorted = entries.toSorted((a, b) => a.tag - b.tag); // TIFF 6.0 wants them in this order
    const bytes = new Uint8Array(2 + sorted.length * 12 + 4);
    const at = this.#place(bytes);
    const view = dataView(bytes);
    view.setUint16(0, sorted.length, this.#littleEndian);
    for (const [index, entry] of sorted.entries()) {
      const record = 2 + index * 12;
      view.setUint16(record, entry.tag, this.#littleEndian);
      view.setUint16(record + 2, entry.type, this.#littleEndian);
      view.setUint32(record + 4, entry.count, this.#littleEndian);
      if (entry.below) view.setUint32(record + 8, this.#directory(entry.below), this.#littleEndian);
      else if (entry.value.length <= 4) bytes.set(entry.value, record + 8);
      else view.setUint32(record + 8, this.#value(entry), this.#littleEndian);
    }
    return at;
  }

  #value({ tag, value }: Entry): number {
    if (tag !== TAG.makerNote || !this.#pinned) return this.#place(value);
    this.#parts.push([this.#pinned.from, value]);
    return this.#pinned.from;
  }

  #place(bytes: Uint8Array): number {
    let at = this.#end;
    if (this.#pinned) {
      const { from, value } = this.#pinned;
      const to = from + value.length;
      if (at < to && at + bytes.length > from) at = to + (to % 2);
    }
    this.#end = at + bytes.length + (bytes.length % 2);
    this.#parts.push([at, bytes]);
    return at;
  }
}
