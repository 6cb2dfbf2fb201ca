// The small preview that cameras put into a JPEG's EXIF block: found in untrusted bytes, without a library. Pure.
import { tiffDirectory, tiffHeader, tiffNumber } from '../domain/tiff.ts';

export interface ExifPreview {
  readonly jpeg: Uint8Array;
  /** EXIF orientation of the photo, 1–8: the preview lies the same way. */
  readonly orientation: number;
}

/** The EXIF block is a segment of at most 64 KB, with little before it. */
export const PREVIEW_HEAD_BYTES = 128 * 1024;

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
const EXIF_MARK = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif", two zeros
const TAG = { orientation: 0x112, previewOffset: 0x201, previewLength: 0x202 };

/** @param head the first PREVIEW_HEAD_BYTES of a JPEG file. Source: Exif 2.32, 4.5 and 4.7. */
export function exifPreview(head: Uint8Array): ExifPreview | null {
  const tiff = exifBlock(head);
  const header = tiff && tiffHeader(tiff);
  if (!header) return null;
  const photo = tiffDirectory(tiff, header.first, header.littleEndian);
  const preview = photo && tiffDirectory(tiff, photo.next, header.littleEndian);
  if (!preview) return null;
  const offset = tiffNumber(tiff, preview, TAG.previewOffset) ?? 0;
  const length = tiffNumber(tiff, preview, TAG.previewLength) ?? 0;
  const jpeg = tiff.subarray(offset, offset + length);
  if (offset === 0 || length === 0 || jpeg.length !== length || jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return null;
  const orientation = tiffNumber(tiff, photo, TAG.orientation) ?? 1;
  return { jpeg, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 };
}

/** The TIFF structure inside the first EXIF segment. */
function exifBlock(head: Uint8Array): Uint8Array | null {
  if (head[0] !== 0xff || head[1] !== 0xd8) return null;
  for (let at = 2; at + 4 <= head.length;) {
    const marker = head[at + 1] ?? 0;
    if (head[at] !== 0xff || marker === START_OF_SCAN) return null;
    if (marker === 0xff) {
      at += 1; // fill bytes may stand before any marker
      continue;
    }
    const length = ((head[at + 2] ?? 0) << 8) | (head[at + 3] ?? 0);
    if (length < 2) return null;
    const content = head.subarray(at + 4, at + 2 + length);
    if (marker === APP1 && EXIF_MARK.every((byte, index) => content[index] === byte)) {
      return content.subarray(EXIF_MARK.length);
    }
    at += 2 + length;
  }
  return null;
}

/** The same JPEG with an EXIF block that says how it lies, so that opening it turns it upright. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]; // tag, type SHORT, one value, in place
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, ...entry, 0, 0, 0, 0];
  const content = [...EXIF_MARK, ...tiff];
  const segment = [0xff, APP1, 0, content.length + 2, ...content];
  const result = new Uint8Array(jpeg.length + segment.length);
  result.set(jpeg.subarray(0, 2));
  result.set(segment, 2);
  result.set(jpeg.subarray(2), 2 + segment.length);
  return result;
}
