// Whether a dressed picture is what it should be: the proof that nothing was lost or changed on the way.
import { isComplete } from '../../domain/format.ts';
import type { MetadataKind, UploadFormat } from '../../domain/picture.ts';
import { type Metadata, openPicture } from '../sharp.ts';
import { type Blocks, type FoundBlocks, type Piece, sameBytes, withoutExifMark } from './blocks.ts';
import { CONTAINERS } from './read.ts';

/** A picture and the metadata that it is to have. */
export interface Outfit {
  readonly format: UploadFormat;
  readonly carried: readonly MetadataKind[];
  /** The metadata as it went in. */
  readonly blocks: Blocks;
  readonly metadata: readonly Piece[];
  /** The result's own pieces, and what sharp says of it. */
  readonly picture: readonly Piece[];
  readonly before: Metadata;
}

/** Whether a written file, read by our reader and by sharp, holds the picture that was and the metadata that was to be. */
export async function readsBack(written: Uint8Array, outfit: Outfit): Promise<boolean> {
  const { format } = outfit;
  const pieces = CONTAINERS[format].split(written);
  const isWhole = isComplete(format, written.subarray(-64), written.length, written.subarray(0, 64));
  return (
    pieces !== null &&
    isWhole &&
    samePieces(
      pieces.filter(({ kind }) => kind !== 'picture'),
      outfit.metadata,
    ) &&
    samePieces(pixelsOf(format, pieces), pixelsOf(format, outfit.picture)) &&
    sameBlocks(CONTAINERS[format].read(pieces), outfit) &&
    sharpAgrees(await metadataBySharp(written), outfit)
  );
}

/** All that makes the picture: everything but WebP's header and its announcement, which hold lengths and flags. */
function pixelsOf(format: UploadFormat, pieces: readonly Piece[]): Piece[] {
  const picture = pieces.filter(({ kind }) => kind === 'picture');
  if (format !== 'webp') return picture;
  return picture.slice(1).filter(({ bytes }) => Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'VP8X');
}

function samePieces(a: readonly Piece[], b: readonly Piece[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ kind, bytes }, index) => {
      const other = b[index];
      return other?.kind === kind && sameBytes(bytes, other.bytes);
    })
  );
}

function sameBlocks({ blocks, problems }: FoundBlocks, { blocks: wanted, carried }: Outfit): boolean {
  if (problems.some(({ kind }) => carried.includes(kind))) return false;
  return carried.every((kind) => {
    // In a JPEG a long packet comes back joined from its parts: its pieces were compared already.
    if (kind === 'xmp') return blocks.xmp !== null;
    const [is, should] = [blocks[kind], wanted[kind]];
    return is !== null && should !== null && sameBytes(is, should);
  });
}

function sharpAgrees(after: Metadata | null, { before, blocks, carried, format }: Outfit): boolean {
  if (!after || after.format !== before.format || (after.orientation ?? 1) !== 1) return false;
  const isSamePicture =
    after.width === before.width &&
    after.height === before.height &&
    after.hasAlpha === before.hasAlpha &&
    sameOptional(after.icc, before.icc);
  const exif = after.exif && withoutExifMark(after.exif);
  return (
    isSamePicture &&
    (!carried.includes('exif') || sameOptional(exif, blocks.exif ?? undefined)) &&
    (!carried.includes('xmp') || after.xmp !== undefined) &&
    (!carried.includes('iptc') || format !== 'jpeg' || after.iptc !== undefined)
  );
}

function sameOptional(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? sameBytes(a, b) : a === b;
}

/** What sharp says of a picture by its header; null when it cannot be opened. */
export async function metadataBySharp(bytes: Uint8Array): Promise<Metadata | null> {
  try {
    return await openPicture(bytes).metadata();
  } catch {
    return null; // whoever asks treats it as a picture that cannot be dressed
  }
}
