// The metadata of any photo, whatever its format; and the containers that can take it.
import { HEAD_BYTES, sniff } from '../../domain/format.ts';
import type { UploadFormat } from '../../domain/picture.ts';
import { openPicture } from '../sharp.ts';
import { type Container, type FoundBlocks, type Problem, withoutExifMark } from './blocks.ts';
import { jpeg } from './jpeg.ts';
import { png } from './png.ts';
import { readTiff } from './tiff.ts';
import { webp } from './webp.ts';
import { decodeXmp } from './xmp.ts';

export const CONTAINERS: Readonly<Record<UploadFormat, Container>> = { jpeg, png, webp };

/**
 * The metadata of a photo's bytes; null when they are none of the formats that are read as photos, or damaged.
 *
 * Measured on sharp 0.35.5: of JPEG and WebP it gives no more than the first XMP packet, of PNG no IPTC, of TIFF no EXIF
 * at all. So these are read here, and only AVIF by sharp.
 */
export async function readMetadata(bytes: Uint8Array): Promise<FoundBlocks | null> {
  const format = sniff(bytes.subarray(0, HEAD_BYTES))?.format;
  switch (format) {
    case 'jpeg':
    case 'png':
    case 'webp': {
      const pieces = CONTAINERS[format].split(bytes);
      return pieces && CONTAINERS[format].read(pieces);
    }
    case 'tiff':
      return readTiff(bytes);
    case 'avif':
      return await readBySharp(bytes);
    default:
      return null;
  }
}

async function readBySharp(bytes: Uint8Array): Promise<FoundBlocks | null> {
  try {
    const { exif, xmp } = await openPicture(bytes).metadata();
    const packet = xmp ? decodeXmp(xmp) : null;
    const problems: Problem[] = xmp && packet === null ? [{ kind: 'xmp', reason: 'it is damaged' }] : [];
    return { blocks: { exif: exif ? withoutExifMark(exif) : null, xmp: packet, iptc: null }, problems };
  } catch {
    return null; // sharp says why in words of its own; that it cannot be read is what is told
  }
}
