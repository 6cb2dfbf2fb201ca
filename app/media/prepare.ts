// A photo made ready for the upload: upright, sRGB, no larger than wanted, without metadata (where it was taken and by
// whom is nobody's business), in a format that the model reads.
import { FailureError, failure } from '../domain/failure.ts';
import { type FileFormat, hasWholePicture } from '../domain/format.ts';
import type { PreparedPhoto, PrepareRequest, UploadFormat } from '../domain/picture.ts';
import { isDeep, type Metadata, openPicture, READABLE, runWhole, type Sharp, toSrgb } from './sharp.ts';
import { notAPhoto, readSource, sniffSource } from './source.ts';
import { clearTarget, writeNew } from './target.ts';
import { onPicture } from './trouble.ts';

const JPEG_MAX_SIDE = 65_500; // pixels; libjpeg's own limit

/**
 * Reads the source once, so that the bytes hashed are the bytes decoded, and writes the upload to the target anew.
 * @throws {FailureError} source_*, not_a_photo, photo_*; or a system error of writing the target, which is then gone
 */
export async function prepare({ source, target, maxMegapixels }: PrepareRequest): Promise<PreparedPhoto> {
  await clearTarget(target, source);
  const { bytes, hash } = await readSource(source);
  const sniffed = sniffSource(source, bytes);
  if (!READABLE.includes(sniffed.format)) throw new FailureError(notAPhoto(source, sniffed));
  if (!hasWholePicture(sniffed.format, bytes)) {
    throw new FailureError(failure('photo_damaged', { detail: 'the file ends inside the picture' }));
  }
  const upload = await onPicture(() => render(bytes, sniffed.format, maxMegapixels * 1e6));
  await writeNew(target, upload.data);
  const { format, width, height } = upload;
  return { path: target, format, width, height, bytes: upload.data.length, sourceHash: hash };
}

async function render(bytes: Uint8Array, source: FileFormat, maxPixels: number) {
  const metadata = await openPicture(bytes).metadata();
  const { width, height } = fitPixels(metadata.autoOrient, maxPixels);
  const format = uploadFormat(source, metadata, Math.max(width, height));
  const picture = toSrgb(openPicture(bytes), metadata, format === 'png' && isDeep(metadata) ? 16 : 8);
  if (width !== metadata.autoOrient.width || height !== metadata.autoOrient.height) {
    picture.resize({ width, height, fit: 'fill', kernel: 'lanczos3' });
  }
  const { data } = await runWhole(encode(picture, format));
  return { data, format, width, height };
}

/**
 * The size of at most `maxPixels` with the same aspect; never enlarged, never without a pixel.
 * A very long strip keeps its length if its width cannot go below one pixel.
 */
export function fitPixels(
  size: { readonly width: number; readonly height: number },
  maxPixels: number,
): { width: number; height: number } {
  const scale = Math.min(1, Math.sqrt(maxPixels / (size.width * size.height)));
  return {
    width: Math.max(1, Math.floor(size.width * scale)),
    height: Math.max(1, Math.floor(size.height * scale)),
  };
}

/** What the model reads stays as it is; the rest becomes JPEG, or PNG where JPEG would lose transparency or depth. */
function uploadFormat(source: FileFormat, metadata: Metadata, longestSide: number): UploadFormat {
  if (isUploadFormat(source)) return source;
  return metadata.hasAlpha || isDeep(metadata) || longestSide > JPEG_MAX_SIDE ? 'png' : 'jpeg';
}

function isUploadFormat(format: FileFormat): format is UploadFormat {
  return format === 'jpeg' || format === 'png' || format === 'webp';
}

/** sharp writes no metadata unless asked to. */
function encode(picture: Sharp, format: UploadFormat): Sharp {
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4' });
    case 'png':
      return picture.png({ compressionLevel: 6 });
    case 'webp':
      return picture.webp({ quality: 95, alphaQuality: 100, smartSubsample: true });
  }
}
