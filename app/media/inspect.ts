// What files are, by their first bytes and their header, without decoding: thousands a second.
import { type Failure, FailureError, failure } from '../domain/failure.ts';
import type { PictureInfo } from '../domain/picture.ts';
import { isMarked } from './metadata/mark.ts';
import { decodeXmp } from './metadata/xmp.ts';
import { MAX_PIXELS, openPicture, READABLE } from './sharp.ts';
import { notAPhoto, pictureInput, readHead, sniffSource } from './source.ts';
import { onPicture } from './trouble.ts';

/** One answer for each path, in order: not_a_photo, source_missing, source_unreadable, photo_too_large, photo_damaged. */
export function inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
  return Promise.all(paths.map(inspectOne));
}

async function inspectOne(path: string): Promise<PictureInfo | Failure> {
  try {
    const { format } = await readPhotoKind(path);
    const input = await pictureInput(path);
    const { autoOrient, xmp } = await onPicture(() => openPicture(input).metadata());
    const { width, height } = autoOrient;
    if (width * height > MAX_PIXELS) {
      return failure('photo_too_large', { detail: `${Math.round((width * height) / 1e6)} megapixels` });
    }
    const isOurs = xmp !== undefined && isMarked(decodeXmp(xmp) ?? '');
    return { format, width, height, ...(isOurs && { isOurs }) };
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

async function readPhotoKind(path: string) {
  const sniffed = sniffSource(path, await readHead(path));
  if (!READABLE.includes(sniffed.format)) throw new FailureError(notAPhoto(path, sniffed));
  return sniffed;
}
