// What the core knows of a picture file, and the port through which it has pictures worked on. The work itself is in
// app/media, in a process of its own.
import type { Failure } from './failure.ts';

export interface PictureInfo {
  /** Format by content, whatever the name says: `jpeg`, `png`, `webp`, `tiff`, … */
  readonly format: string;
  /** Pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** Given where its metadata says that it is a result of ours: true also of what was made of one since. */
  readonly isOurs?: true;
}

/** Formats that the model accepts, and so the formats of an upload. */
export type UploadFormat = 'jpeg' | 'png' | 'webp';

export interface PrepareRequest {
  readonly source: string;
  /** File to write the upload to; made anew. */
  readonly target: string;
  /** Larger photos are scaled down to this many megapixels. */
  readonly maxMegapixels: number;
}

/** A photo made ready for the upload: upright, sRGB, without metadata. */
export interface PreparedPhoto {
  readonly path: string;
  readonly format: UploadFormat;
  readonly width: number;
  readonly height: number;
  /** Size of the file at `path`. */
  readonly bytes: number;
  /** SHA-256 of the source file's bytes, in hex: what the photo is, whatever it is called. */
  readonly sourceHash: string;
}

/** A decoded, complete picture. */
export interface VerifiedPicture extends PictureInfo {
  readonly format: UploadFormat;
}

/** The three kinds of metadata that photographs carry. */
export type MetadataKind = 'exif' | 'xmp' | 'iptc';

export interface DressRequest {
  /** The photographer's file, only read. */
  readonly source: string;
  /** SHA-256 of the source as it was enhanced, in hex: the metadata of a file that changed since is not taken. */
  readonly sourceHash?: string | undefined;
  /** The result as it was downloaded; stays as it is. */
  readonly picture: string;
  /** File to write; made anew. */
  readonly target: string;
}

/** A result with its original's metadata. The same files give the same bytes. */
export interface DressedPicture {
  readonly carried: readonly MetadataKind[];
  /** One sentence about what the original has and the result could not be given, for a photographer. */
  readonly note: string | null;
}

/** Work on pictures, done elsewhere; all of it rejects with a FailureError that concerns one photo. */
export interface Media {
  /** What the files are, by their headers alone; one answer for each path, in order. */
  inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]>;
  prepare(request: PrepareRequest): Promise<PreparedPhoto>;
  /** Decodes a result once, whole. @throws FailureError `result_damaged` */
  verify(path: string): Promise<VerifiedPicture>;
  /**
   * Writes a result with its original's EXIF, XMP and IPTC, pixels untouched; without them when they cannot be carried.
   * Its XMP says that it is a result; see `isOurs`.
   * @throws FailureError only when the target cannot be written: the want of metadata is told in the answer
   */
  dress(request: DressRequest): Promise<DressedPicture>;
}

export interface ThumbnailRequest {
  readonly source: string;
  /** JPEG file to write; replaced whole. */
  readonly target: string;
  /** Longest side, in pixels; smaller pictures are not enlarged. */
  readonly size: number;
  /** Only from the preview that a camera put into the file: a thousand a second, but not every photo has one. */
  readonly quick: boolean;
}

/** `made` is false only for a quick thumbnail of a photo without a usable preview. */
export type Thumbnail =
  { readonly made: true; readonly width: number; readonly height: number } | { readonly made: false };

/** How the practice service enhances. Strengths are 0 (nothing) to 1 (strong but tasteful). */
export interface RetouchSettings {
  /** Pixels of the result, about: smaller pictures are enlarged, larger ones reduced. */
  readonly maxPixels: number;
  readonly clarity: number;
  readonly sharpen: number;
  /** Strength of the noise reduction. */
  readonly noise: number;
  /** The same seed gives the same picture. */
  readonly seed: number;
  /** Without it, transparency becomes white. */
  readonly keepAlpha: boolean;
  readonly format: UploadFormat;
}

export interface RetouchRequest {
  readonly source: string;
  readonly target: string;
  readonly settings: RetouchSettings;
}

/** Whether an answer of `inspect` is a failure. */
export function isFailure(value: PictureInfo | Failure): value is Failure {
  return 'code' in value;
}
