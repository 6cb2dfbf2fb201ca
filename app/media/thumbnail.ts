// Thumbnails, in two tiers: the camera's own preview at once, the real one when there is time.
import { FailureError } from '../domain/failure.ts';
import type { Thumbnail, ThumbnailRequest } from '../domain/picture.ts';
import { exifPreview, PREVIEW_HEAD_BYTES, withOrientation } from './exif-preview.ts';
import { openPicture, READABLE, type Sharp, toSrgb } from './sharp.ts';
import { notAPhoto, pictureInput, readHead, sniffSource } from './source.ts';
import { replaceFile } from './target.ts';
import { onPicture } from './trouble.ts';

/**
 * Writes a thumbnail as JPEG, upright, sRGB, within size × size pixels.
 * @throws {FailureError} source_*, not_a_photo, photo_*; or a system error of writing the target
 */
export async function thumbnail({ source, target, size, quick }: ThumbnailRequest): Promise<Thumbnail> {
  const head = await readHead(source, quick ? PREVIEW_HEAD_BYTES : undefined);
  const sniffed = sniffSource(source, head);
  if (!READABLE.includes(sniffed.format)) throw new FailureError(notAPhoto(source, sniffed));
  const input = await pictureInput(source);
  const made = quick ? await fromPreview(input, head, size) : await fromPhoto(input, size);
  if (!made) return { made: false };
  await replaceFile(target, made.data);
  return { made: true, width: made.info.width, height: made.info.height };
}

function fromPhoto(input: string | Uint8Array, size: number) {
  return onPicture(async () => {
    const metadata = await openPicture(input).metadata();
    return await write(toSrgb(openPicture(input), metadata), size);
  });
}

const PREVIEW_MAX_PIXELS = 4_000_000; // a preview inside 64 KB is far smaller
/** Ratio of the two aspects. 16:9 in a frame of 4:3 is 1.33; what differs more belongs to another crop of the photo. */
const MAX_FRAMING = 1.4;

/** Null when there is no preview, or none that shows this photo: an editor may have cropped or turned the photo only. */
async function fromPreview(input: string | Uint8Array, head: Uint8Array, size: number) {
  const preview = exifPreview(head);
  if (!preview) return null;
  const photo = await onPicture(() => openPicture(input).metadata());
  try {
    const jpeg = withOrientation(preview.jpeg, preview.orientation);
    const metadata = await openPicture(jpeg, PREVIEW_MAX_PIXELS).metadata();
    const frame = inside(metadata.autoOrient, photo.autoOrient.width / photo.autoOrient.height);
    if (!frame) return null;
    return await write(toSrgb(openPicture(jpeg, PREVIEW_MAX_PIXELS), metadata).extract(frame), size);
  } catch {
    return null; // a damaged preview is as good as none: the photo itself will be looked at
  }
}

/** The middle of a preview that has the photo's aspect: cameras fill the rest of the frame with black bars. */
function inside({ width, height }: { width: number; height: number }, aspect: number) {
  const framing = width / height / aspect;
  if (framing > MAX_FRAMING || framing < 1 / MAX_FRAMING) return null;
  const inner = {
    width: Math.max(1, Math.round(framing > 1 ? width / framing : width)),
    height: Math.max(1, Math.round(framing < 1 ? height * framing : height)),
  };
  return { ...inner, left: Math.floor((width - inner.width) / 2), top: Math.floor((height - inner.height) / 2) };
}

const THUMBNAIL_PIXELS = 1_024; // above that a picture is made to be looked at closely

function write(picture: Sharp, size: number) {
  return picture
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: size <= THUMBNAIL_PIXELS ? 80 : 94 })
    .toBuffer({ resolveWithObject: true });
}
