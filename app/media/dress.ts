// A result dressed in its original's metadata, so that it stays the photographer's file. The picture itself is copied
// byte for byte, and what was written is read again before it counts.
import { readFile, rm } from 'node:fs/promises';
import { type FailureCode, FailureError } from '../domain/failure.ts';
import { HEAD_BYTES, sniff } from '../domain/format.ts';
import type { DressedPicture, DressRequest, MetadataKind, UploadFormat } from '../domain/picture.ts';
import type { Blocks, Container, FoundBlocks, Problem } from './metadata/blocks.ts';
import { fitExif } from './metadata/exif.ts';
import { withMark } from './metadata/mark.ts';
import { metadataBySharp, type Outfit, readsBack } from './metadata/proof.ts';
import { CONTAINERS, readMetadata } from './metadata/read.ts';
import { fitXmp } from './metadata/xmp.ts';
import { readSource } from './source.ts';
import { clearTarget, writeNew } from './target.ts';

/**
 * Writes the target anew: the result with the EXIF, XMP and IPTC of the photo in place of its own, and with the mark that
 * it is a result; with the mark alone, and a note, when they cannot be carried; a plain copy when that cannot be either.
 * The same files always give the same bytes.
 * @throws {FailureError} internal, when the target is one of the files read; or a system error of reading the result or
 * writing the target, which is then gone
 */
export async function dress(request: DressRequest): Promise<DressedPicture> {
  const { source, picture, target } = request;
  await clearTarget(target, source, picture);
  const result = await readFile(picture);
  try {
    return await put(target, await tailor(request, result).catch(notCarried));
  } catch (error) {
    if (!(error instanceof NotCarried)) throw error;
    await putMarked(target, result);
    return { carried: [], note: error.reason && `The original's metadata was not carried: ${error.reason}.` };
  }
}

async function put(target: string, outfit: Made): Promise<DressedPicture> {
  await writeNew(target, outfit.bytes);
  await prove(target, outfit);
  return { carried: outfit.fromPhoto, note: noteOf(outfit.problems) };
}

/** A picture that is paid for is saved, with or without the mark. */
async function putMarked(target: string, result: Uint8Array): Promise<void> {
  try {
    await put(target, await fitted(NOTHING, result).catch(notCarried));
  } catch (error) {
    if (!(error instanceof NotCarried)) throw error;
    await writeNew(target, result);
  }
}

/** Why the result stays as it is; without a reason there was nothing to carry. */
class NotCarried extends Error {
  readonly reason: string | null;

  constructor(reason: string | null, options?: ErrorOptions) {
    super(reason ?? 'there is nothing to carry', options);
    this.name = 'NotCarried';
    this.reason = reason;
  }
}

/** Making ready writes nothing, so that whatever goes wrong there, a defect of ours too, costs no more than the metadata. */
function notCarried(error: unknown): never {
  if (error instanceof NotCarried) throw error;
  const detail = error instanceof Error ? error.message : String(error);
  throw new NotCarried(`it could not be put together (${detail})`, { cause: error });
}

const KINDS: readonly MetadataKind[] = ['exif', 'xmp', 'iptc'];

const NOTHING: FoundBlocks = { blocks: { exif: null, xmp: null, iptc: null }, problems: [] };

interface Made extends Outfit {
  readonly bytes: Uint8Array;
  /** What of it is the photo's. */
  readonly fromPhoto: readonly MetadataKind[];
  readonly problems: readonly Problem[];
}

async function tailor(request: DressRequest, result: Uint8Array): Promise<Made> {
  const found = await metadataOf(request);
  if (KINDS.every((kind) => found.blocks[kind] === null)) throw new NotCarried(reasonOf(found.problems));
  const made = await fitted(found, result);
  if (made.fromPhoto.length === 0) throw new NotCarried(reasonOf(made.problems));
  return made;
}

/** A result in the metadata of its photo, as far as it has room for it, and with the mark. */
async function fitted(found: FoundBlocks, result: Uint8Array): Promise<Made> {
  const before = await metadataBySharp(result);
  const format = uploadFormatOf(result);
  const pieces = format && CONTAINERS[format].split(result);
  if (!pieces || !before) throw new NotCarried('the result is built in a way that has no room for it');
  // Its own metadata says how to turn it; the original's would say that it is upright.
  if ((before.orientation ?? 1) !== 1) throw new NotCarried('the result is stored turned');
  const container = CONTAINERS[format];
  const { blocks: wanted, problems: unfit } = fit(found, before);
  const { blocks, encoded } = encodeMarked(container, wanted, container.read(pieces).blocks.xmp);
  const problems = [...unfit, ...encoded.problems];
  const carried = KINDS.filter((kind) => encoded.pieces.some((piece) => piece.kind === kind));
  const picture = pieces.filter(({ kind }) => kind === 'picture');
  const own = pieces.filter(({ kind }) => kind !== 'picture' && !carried.includes(kind));
  const metadata = KINDS.flatMap((kind) => [...own, ...encoded.pieces].filter((piece) => piece.kind === kind));
  const bytes = container.join(picture, metadata, before);
  const fromPhoto = carried.filter((kind) => wanted[kind] !== null);
  return { bytes, format, carried, fromPhoto, problems, blocks, metadata, picture, before };
}

/** With the mark in the photo's XMP, or else in the result's own; without it where the packet has no room for it. */
function encodeMarked(container: Container, blocks: Blocks, own: string | null) {
  const marked = { ...blocks, xmp: withMark(blocks.xmp ?? own) };
  const encoded = container.encode(marked);
  if (marked.xmp !== null && encoded.pieces.some(({ kind }) => kind === 'xmp')) return { blocks: marked, encoded };
  return { blocks, encoded: container.encode(blocks) };
}

function uploadFormatOf(bytes: Uint8Array): UploadFormat | null {
  const format = sniff(bytes.subarray(0, HEAD_BYTES))?.format;
  return format === 'jpeg' || format === 'png' || format === 'webp' ? format : null;
}

const SOURCE_REASONS: Partial<Record<FailureCode, string>> = {
  source_missing: 'the photo is no longer where it was',
  source_changed: 'the photo is being changed',
  photo_too_large: 'the photo is too large to be read again',
};

async function metadataOf({ source, sourceHash }: DressRequest): Promise<FoundBlocks> {
  const { bytes, hash } = await readSource(source).catch((error: unknown) => {
    if (!(error instanceof FailureError)) throw error;
    throw new NotCarried(SOURCE_REASONS[error.failure.code] ?? 'the photo can no longer be read');
  });
  if (sourceHash !== undefined && sourceHash !== hash) {
    throw new NotCarried('the photo was changed after it was enhanced'); // it may be another photo by now
  }
  const found = await readMetadata(bytes);
  if (!found) throw new NotCarried('the photo’s structure is damaged or unknown');
  return found;
}

/** The blocks as they are true of the result. */
function fit({ blocks, problems }: FoundBlocks, size: { width: number; height: number }): FoundBlocks {
  const exif = blocks.exif && fitExif(blocks.exif, size);
  const xmp = blocks.xmp === null ? null : fitXmp(blocks.xmp, size);
  const damaged = (kind: MetadataKind) => ({ kind, reason: 'it is damaged' });
  return {
    blocks: { exif, xmp, iptc: blocks.iptc },
    problems: [
      ...problems,
      ...(blocks.exif && !exif ? [damaged('exif')] : []),
      ...(blocks.xmp !== null && xmp === null ? [damaged('xmp')] : []),
    ],
  };
}

/** @throws {NotCarried} at a difference, or an error of reading; the written file is then gone */
async function prove(target: string, outfit: Outfit): Promise<void> {
  try {
    if (await readsBack(await readFile(target), outfit)) return;
    throw new NotCarried('the file that was written did not read back the same');
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

function noteOf(problems: readonly Problem[]): string | null {
  const reason = reasonOf(problems);
  return reason && `Not all of the original's metadata was carried: ${reason}.`;
}

function reasonOf(problems: readonly Problem[]): string | null {
  if (problems.length === 0) return null;
  return problems.map(({ kind, reason }) => `${kind.toUpperCase()} (${reason})`).join(', ');
}
