// A picture's metadata on its way from one file to another: the three blocks, free of what their container puts around
// them, and the pieces that a file is made of. Pure.
import type { MetadataKind } from '../../domain/picture.ts';

export interface Blocks {
  /** A TIFF structure, without the mark `Exif`. */
  readonly exif: Uint8Array | null;
  /** One XMP packet, joined from its parts. */
  readonly xmp: string | null;
  /** Photoshop image resources: the IPTC records and, if there is one, their digest. See photoshop.ts. */
  readonly iptc: Uint8Array | null;
}

/** Why a block, or a part of one, stays behind; `reason` continues “the XMP was not carried: …”. */
export interface Problem {
  readonly kind: MetadataKind;
  readonly reason: string;
}

export interface FoundBlocks {
  readonly blocks: Blocks;
  readonly problems: readonly Problem[];
}

/** What a file consists of, in order: nothing of it is in no piece. */
export interface Piece {
  readonly kind: MetadataKind | 'picture';
  /** As it stands in the file, with its marker, length and checksum. */
  readonly bytes: Uint8Array;
}

/** What is known of the picture that the metadata goes to. */
export interface PictureFacts {
  /** Pixels, as stored and, since it lies upright, as shown. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

export interface EncodedBlocks {
  readonly pieces: readonly Piece[];
  readonly problems: readonly Problem[];
}

/** A file format that carries metadata. */
export interface Container {
  /** The pieces of a file; null when it is not built as the format wants. */
  split(bytes: Uint8Array): Piece[] | null;
  /** The metadata in a file's pieces. */
  read(pieces: readonly Piece[]): FoundBlocks;
  /** Metadata as pieces of this format; a problem for each block that it has no room for. */
  encode(blocks: Blocks): EncodedBlocks;
  /** A whole file of the pieces of a picture and those of its metadata. */
  join(picture: readonly Piece[], metadata: readonly Piece[], facts: PictureFacts): Uint8Array;
}

export const MAX_XMP_BYTES = 32 * 1024 * 1024; // depth maps are the largest thing ever put into one

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes of a text whose characters stand for bytes (latin1). */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Whether the bytes at an offset are those of a latin1 text. */
export function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0; // results have megabytes
}

export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const EXIF_MARK = 'Exif\0\0';

/** The TIFF structure of an EXIF block, with which some writers put the mark that only JPEG needs. */
export function withoutExifMark(block: Uint8Array): Uint8Array {
  return startsWith(block, EXIF_MARK) ? block.subarray(EXIF_MARK.length) : block;
}
