// The only import of sharp: which loaders it may use, with what limits, and how a picture becomes sRGB. Runs in the media
// process only.
import sharp, { type Metadata, type OutputInfo, type Sharp } from 'sharp';
import type { FileFormat } from '../domain/format.ts';

/** Formats that are read as photos: those whose loader is allowed below. */
export const READABLE: readonly FileFormat[] = ['jpeg', 'png', 'webp', 'tiff', 'avif'];

// By name and not by exclusion, so that no loader comes in with a new libvips: never SVG, GIF, PDF or Magick. The Heif
// loader of sharp's own build decodes AVIF only; HEIC needs a licence and is turned away by its brand before.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
  ],
});
// Each process works on one picture at a time: the cache only doubles memory, and a second thread gains nothing.
sharp.cache(false);
sharp.concurrency(1);

/** Pixels, not megapixels: more than any camera takes (a 250 MP sensor exists), less than memory bears. */
export const MAX_PIXELS = 300_000_000;
const TIMEOUT_SECONDS = 60;

/**
 * Opens an untrusted picture, upright by its EXIF orientation. Nothing is decoded yet.
 * @param input a path, or the whole file's bytes
 * @param maxPixels decoding refuses more than this
 */
export function openPicture(input: string | Uint8Array, maxPixels = MAX_PIXELS): Sharp {
  return sharp(input, {
    autoOrient: true,
    limitInputPixels: maxPixels,
    failOn: 'truncated',
    sequentialRead: true,
  }).timeout({ seconds: TIMEOUT_SECONDS });
}

/** Pixels in memory as a picture. */
export function fromPixels(pixels: Uint8Array, size: { width: number; height: number; channels: 1 | 3 | 4 }): Sharp {
  return sharp(pixels, { raw: size, limitInputPixels: MAX_PIXELS }).timeout({ seconds: TIMEOUT_SECONDS });
}

/** Whether a picture has more than 8 bits a channel. */
export function isDeep(metadata: Metadata): boolean {
  return metadata.depth !== 'uchar' && metadata.depth !== 'char';
}

/**
 * Colours as sRGB, by the embedded profile if there is one. The output carries no profile.
 *
 * Measured on sharp 0.35.5: pictures of 16 bits with a profile are converted to Display P3 and left there (its working
 * space for them), so that without the second conversion each would be submitted with wrong colours. Pictures of 16 bits
 * without a profile must not be converted: sharp would take them for Display P3.
 */
export function toSrgb(picture: Sharp, metadata: Metadata, depth: 8 | 16 = 8): Sharp {
  const leftInP3 = metadata.space === 'rgb16' && metadata.hasProfile;
  const converted = leftInP3 ? picture.withIccProfile('srgb', { attach: false }) : picture;
  return converted.toColourspace(depth === 16 ? 'rgb16' : 'srgb');
}

/**
 * What libvips only warns of although the picture is not whole: a hole in the middle of a JPEG, whose end is there, and
 * TIFF tags behind the end of the file. Measured on sharp 0.35.5: `failOn: 'truncated'` lets both pass, and a higher
 * level refuses sound photos too (libtiff warns of every tag it does not know).
 */
const DAMAGE = /Corrupt JPEG data: (?!.*extraneous)|IO error during reading/;

/** Runs a pipeline to its end. @throws Error when the picture it reads is damaged */
export async function runWhole(picture: Sharp): Promise<{ data: Buffer; info: OutputInfo }> {
  const damage: string[] = [];
  picture.on('warning', (warning: string) => {
    if (DAMAGE.test(warning)) damage.push(warning.trim());
  });
  const result = await picture.toBuffer({ resolveWithObject: true });
  if (damage[0] !== undefined) throw new Error(damage[0]);
  return result;
}

export type { Metadata, Sharp };
