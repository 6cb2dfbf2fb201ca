// One look at a file that may be a photo: whether it is all there. That it is still over a time is for who asks to see.
import type { BigIntStats } from 'node:fs';
import { basename } from 'node:path';
import { systemCode, type Failure } from '../domain/failure.ts';
import { HEAD_BYTES, sniff } from '../domain/format.ts';
import { isFailure, type Media, type PictureInfo } from '../domain/picture.ts';
import { FileBlocks } from './file-blocks.ts';
import { fileByName } from './file-kinds.ts';
import { refused } from './intake.ts';
import { statOf } from './inputs.ts';
import type { LeftOut, LeftOutReason } from './intake-error.ts';
import { openPhoto, systemOpening, type OpenFile, type Opening } from './open-photo.ts';
import { endOf } from './picture-end.ts';
import { wholeMilliseconds } from './walk.ts';

/** Why a file is waited for. */
export type NotWhole = 'growing' | 'locked' | 'unreadable' | 'no-end' | 'blank' | 'empty';

export interface WholePicture {
  readonly whole: true;
  readonly info: PictureInfo;
  /** As `Found` of scan.ts has them: bytes, and whole milliseconds since the epoch. */
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Of exactly these bytes, in hex. */
  readonly sha256: string;
}

export type Wholeness =
  | WholePicture
  /** `reason` is a sentence for a photographer. */
  | { readonly whole: false; readonly why: NotWhole; readonly reason: string }
  | { readonly whole: false; readonly why: 'not-a-photo'; readonly leftOut: LeftOut }
  /** The picture process ended over it, which may be the photo’s doing or not; `leftOut` for one over which it always does. */
  | { readonly whole: false; readonly why: 'crashed'; readonly reason: string; readonly leftOut: LeftOut }
  | { readonly whole: false; readonly why: 'gone' };

/** What photos begin with: a file of a few bytes may become one. Bytes as the characters of their codes (latin1). */
const BEGINNINGS = ['\xff\xd8\xff', '\x89PNG', 'RIFF', 'II*\0', 'MM\0*', 'II+\0', 'MM\0+', '\0\0\0'];
const BEGINNING_BYTES = 12;
/** How long a picture must have been still whose end may be black or not written yet, milliseconds. */
const BLANK_STILL_MS = 60_000;

export interface HowToLook {
  readonly signal?: AbortSignal | undefined;
  /** For how long it is known to have been still, milliseconds; long enough when it is not given. */
  readonly stillMs?: number | undefined;
}

/**
 * Looks once whether a file is whole: it opens, begins as a photo and has the end of its format, and did not change
 * meanwhile. Links are followed. Only the head and the end are read until it is known to be whole (all of a JPEG with
 * something behind its picture), then all of it, for its hash. What is not a photo is left out with the words of intake.ts.
 * One that may be whole or have its room taken and not filled yet is waited for until it was still for a minute.
 * @throws {FailureError} `internal` when the picture process cannot work at all; never for what the disk does
 * @throws the signal's reason when it aborts
 */
export function lookWhole(path: string, media: Pick<Media, 'inspect'>, how: HowToLook = {}): Promise<Wholeness> {
  return lookWholeBy(systemOpening, { path, media, ...how });
}

interface Look extends HowToLook {
  readonly path: string;
  readonly media: Pick<Media, 'inspect'>;
}

/** `lookWhole` with another system's way to open files. */
export async function lookWholeBy(opening: Opening, look: Look): Promise<Wholeness> {
  const { path, signal } = look;
  signal?.throwIfAborted();
  const verdict = fileByName(basename(path));
  if (verdict !== null) return leftOut(path, verdict.reason, verdict.message);
  try {
    const before = await statOf(path);
    const early = byStats(path, before);
    if (early !== null) return early;
    const file = await openPhoto(path, opening);
    if (file === 'locked') return waits('locked');
    const answer = await lookInside(file, look, before);
    // The path, not the open file: a program that saves by renaming puts another file in its place.
    return isSame(before, await statOf(path)) ? answer : waits('growing');
  } catch (error) {
    signal?.throwIfAborted();
    const code = systemCode(error);
    if (code === undefined) throw error;
    return bySystemCode(path, code);
  }
}

function byStats(path: string, stats: BigIntStats): Wholeness | null {
  if (stats.isDirectory()) return leftOut(path, 'not_a_photo', 'This is a folder, not a photo.');
  if (!stats.isFile()) return leftOut(path, 'not_a_photo', 'This is a device or a connection, not a file.');
  return stats.size === 0n ? waits('empty') : null;
}

async function lookInside(file: OpenFile, look: Look, { size, mtimeNs }: BigIntStats): Promise<Wholeness> {
  const { path, media, signal, stillMs = Infinity } = look;
  try {
    const bytes = Number(size);
    const blocks = new FileBlocks(file, bytes, signal);
    const early = await byContent(blocks, stillMs);
    if (early !== null) return early;
    signal?.throwIfAborted();
    const [info] = await media.inspect([path]);
    if (info === undefined) throw new TypeError(`no answer from inspect for ${path}`);
    if (isFailure(info)) return refusedPicture(path, info);
    return { whole: true, info, bytes, mtimeMs: wholeMilliseconds(mtimeNs), sha256: await blocks.hash() };
  } finally {
    await file.close();
  }
}

/** Why a file is waited for, by what is in it; null when it is there to its end, or is of no kind that has one. */
async function byContent(blocks: FileBlocks, stillMs: number): Promise<Wholeness | null> {
  const head = await blocks.take(0, HEAD_BYTES);
  if (isBeginning(head)) return waits('no-end');
  const sniffed = sniff(head);
  if (sniffed === null) return null;
  if (sniffed.format === 'zeros') return waits('growing');
  const end = await endOf(sniffed.format, blocks);
  if (end === 'there' || (end === 'blank' && stillMs >= BLANK_STILL_MS)) return null;
  return waits(END_MISSING[end]);
}

const END_MISSING = { zeros: 'growing', missing: 'no-end', blank: 'blank' } as const;

function refusedPicture(path: string, failure: Failure): Wholeness {
  if (failure.code === 'source_missing') return { whole: false, why: 'gone' };
  if (failure.code === 'source_unreadable') return waits('unreadable');
  if (failure.code === 'photo_crashed') {
    return { whole: false, why: 'crashed', reason: CRASHED, leftOut: { path, reason: 'damaged', message: CRASHES } };
  }
  return { whole: false, why: 'not-a-photo', leftOut: refused({ path, name: basename(path) }, failure) };
}

function isBeginning(head: Uint8Array): boolean {
  if (head.length >= BEGINNING_BYTES) return false;
  const text = Buffer.from(head).toString('latin1');
  return BEGINNINGS.some((beginning) => beginning.startsWith(text) || text.startsWith(beginning));
}

function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}

function bySystemCode(path: string, code: string): Wholeness {
  if (code === 'ENOENT' || code === 'ENOTDIR') return { whole: false, why: 'gone' };
  if (code === 'ELOOP') return leftOut(path, 'loop', 'A link that leads in a circle.');
  return { ...waits('unreadable'), reason: `It cannot be read (${code}). Check its permissions and its drive.` };
}

const CRASHED = 'Reading it failed. It is tried again.';
const CRASHES =
  'Reading this photo makes the picture process crash, so it may be damaged. Copy it again from its source. It is looked at once more when Lightbatch starts.';

const REASONS: Readonly<Record<NotWhole, string>> = {
  growing: 'Still being written.',
  locked: 'Another program is still using it.',
  unreadable: 'It cannot be read. Check its permissions and its drive.',
  'no-end': 'Its end is missing: the copy may have been cut off.',
  blank: 'Its end is black, or not written yet. It is taken once it was still for a minute.',
  empty: 'It is still empty.',
};

function waits(why: NotWhole): { readonly whole: false; readonly why: NotWhole; readonly reason: string } {
  return { whole: false, why, reason: REASONS[why] };
}

function leftOut(path: string, reason: LeftOutReason, message: string): Wholeness {
  return { whole: false, why: 'not-a-photo', leftOut: { path, reason, message } };
}
