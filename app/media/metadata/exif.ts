// The few things in a photo's EXIF that are not true of its result, put right in place: no byte moves, so that camera
// makers' notes, which point into the block by offset, stay whole. Pure; the bytes are not trusted.
import {
  type TiffDirectory,
  type TiffEntry,
  tiffDirectory,
  tiffHeader,
  tiffNumber,
  tiffValue,
} from '../../domain/tiff.ts';
import { dataView } from './blocks.ts';

/** Source: Exif 2.32, 4.6; DCF 2.0, 3.2 for the interoperability index. */
const TAG = {
  interopIndex: 0x0001,
  imageWidth: 0x0100,
  imageLength: 0x0101,
  orientation: 0x0112,
  previewOffset: 0x0201,
  previewLength: 0x0202,
  exifDirectory: 0x8769,
  gpsDirectory: 0x8825,
  colorSpace: 0xa001,
  pixelWidth: 0xa002,
  pixelHeight: 0xa003,
  interopDirectory: 0xa005,
};
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const UPRIGHT = 1;
const SRGB = 1;
const THUMBNAIL_PADDING = 64; // bytes that may follow a thumbnail and still count as its own

/**
 * A copy that says: upright, of this size, sRGB, without the camera's thumbnail of how the photo looked before. Entries
 * are only changed, never added; all others stay as they are.
 * @returns null when it is no EXIF, or its first directory is empty or cut off
 */
export function fitExif(exif: Uint8Array, size: { width: number; height: number }): Uint8Array | null {
  const bytes = new Uint8Array(exif); // not slice(): of a Buffer that is no copy
  const header = tiffHeader(bytes);
  const photo = header && tiffDirectory(bytes, header.first, header.littleEndian);
  if (!photo || photo.entries.size === 0) return null;
  const camera = directoryAt(bytes, photo, TAG.exifDirectory);
  const interop = camera && directoryAt(bytes, camera, TAG.interopDirectory);
  const end = endWithoutThumbnail(bytes, photo, [camera, interop, directoryAt(bytes, photo, TAG.gpsDirectory)]);
  setNumber(bytes, photo, TAG.orientation, UPRIGHT);
  setNumber(bytes, photo, TAG.imageWidth, size.width);
  setNumber(bytes, photo, TAG.imageLength, size.height);
  if (camera) {
    setNumber(bytes, camera, TAG.pixelWidth, size.width);
    setNumber(bytes, camera, TAG.pixelHeight, size.height);
    setNumber(bytes, camera, TAG.colorSpace, SRGB);
  }
  if (interop) forgetAdobeRgb(bytes, interop);
  if (photo.nextAt !== null) dataView(bytes).setUint32(photo.nextAt, 0);
  return bytes.subarray(0, end);
}

function directoryAt(bytes: Uint8Array, parent: TiffDirectory, tag: number): TiffDirectory | null {
  const offset = tiffNumber(bytes, parent, tag);
  return offset === null ? null : tiffDirectory(bytes, offset, parent.littleEndian);
}

/** Rewrites an entry's own 12 bytes, so that even a value that was stored elsewhere, or was damaged, is right after. */
function setNumber(bytes: Uint8Array, { entries, littleEndian }: TiffDirectory, tag: number, value: number): void {
  const entry = entries.get(tag);
  if (!entry) return;
  const view = dataView(bytes);
  const isShort = entry.type !== LONG && value <= 0xffff;
  view.setUint16(entry.record + 2, isShort ? SHORT : LONG, littleEndian);
  view.setUint32(entry.record + 4, 1, littleEndian);
  view.setUint32(entry.record + 8, 0);
  if (isShort) view.setUint16(entry.record + 8, value, littleEndian);
  else view.setUint32(entry.record + 8, value, littleEndian);
}

/** `R03` says that a picture without a profile is Adobe RGB; `R98` that it is sRGB. */
function forgetAdobeRgb(bytes: Uint8Array, interop: TiffDirectory): void {
  const index = interop.entries.get(TAG.interopIndex);
  if (index?.type !== ASCII || index.count !== 4 || bytes[index.at + 2] !== 0x33) return;
  bytes.set([0x39, 0x38], index.at + 1); // "R98"
}

/**
 * Where the block ends once the thumbnail is cut off; only when it is the last thing in it, as cameras write it, so that
 * no offset changes its meaning.
 */
function endWithoutThumbnail(bytes: Uint8Array, photo: TiffDirectory, others: (TiffDirectory | null)[]): number {
  const thumbnail = tiffDirectory(bytes, photo.next, photo.littleEndian);
  const from = thumbnail && tiffNumber(bytes, thumbnail, TAG.previewOffset);
  const length = thumbnail && tiffNumber(bytes, thumbnail, TAG.previewLength);
  if (!from || !length || bytes[from] !== 0xff || bytes[from + 1] !== 0xd8) return bytes.length;
  const end = from + length;
  const isLast = end <= bytes.length && bytes.length - end <= THUMBNAIL_PADDING;
  const directories = [photo, ...others].filter((directory) => directory !== null);
  const isBehindAll = directories.every(({ entries, nextAt }) =>
    [...entries.values()].every((entry) => valueEnd(bytes, entry) <= from && (nextAt ?? 0) + 4 <= from),
  );
  return isLast && isBehindAll ? from : bytes.length;
}

function valueEnd(bytes: Uint8Array, entry: TiffEntry): number {
  const value = tiffValue(bytes, entry);
  return value ? entry.at + value.length : Infinity; // what cannot be placed may be anywhere
}
