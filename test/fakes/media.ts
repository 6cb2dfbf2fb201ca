// A stand-in for the picture process: prepares by copying and verifies by the first bytes, so that tests of the engine
// spend their time on the engine.
import { createHash } from 'node:crypto';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { FailureError, failure, systemCode } from '../../app/domain/failure.ts';
import { isComplete, sniff } from '../../app/domain/format.ts';
import type { Media, UploadFormat } from '../../app/domain/picture.ts';

const SIZE = { width: 6000, height: 4000 };

export interface MediaDouble extends Media {
  /** Sources that were prepared, in order. */
  readonly prepared: string[];
  /** The most preparations at the same time. */
  readonly atOnce: number;
}

/** @param before called at the start of each preparation; the preparation waits for it */
export function mediaDouble(before: (source: string) => Promise<void> | void = () => undefined): MediaDouble {
  const prepared: string[] = [];
  let running = 0;
  let atOnce = 0;
  return {
    prepared,
    get atOnce() {
      return atOnce;
    },
    inspect: (paths) => Promise.resolve(paths.map(() => ({ format: 'jpeg', ...SIZE }))),
    async prepare({ source, target }) {
      running += 1;
      atOnce = Math.max(atOnce, running);
      try {
        await before(source);
        const bytes = await readSource(source);
        prepared.push(source);
        await writeFile(target, bytes);
        const sourceHash = createHash('sha256').update(bytes).digest('hex');
        return { path: target, format: pictureFormat(bytes, 'not_a_photo'), ...SIZE, bytes: bytes.length, sourceHash };
      } finally {
        running -= 1;
      }
    },
    async verify(path) {
      const bytes = await readFile(path);
      const format = pictureFormat(bytes, 'result_damaged');
      if (!isComplete(format, bytes, bytes.length, bytes)) throw new FailureError(failure('result_damaged'));
      await stat(path);
      return { format, ...SIZE };
    },
    async dress({ picture, target }) {
      await copyFile(picture, target);
      return { carried: [], note: null };
    },
  };
}

async function readSource(source: string): Promise<Buffer> {
  try {
    return await readFile(source);
  } catch (error) {
    throw new FailureError(failure('source_unreadable', { detail: systemCode(error) }), { cause: error });
  }
}

function pictureFormat(bytes: Buffer, otherwise: 'not_a_photo' | 'result_damaged'): UploadFormat {
  const format = sniff(bytes.subarray(0, 4_096))?.format;
  if (format === 'jpeg' || format === 'png' || format === 'webp') return format;
  throw new FailureError(failure(otherwise));
}

/** The bytes of something that begins and ends as a JPEG does. */
export function tinyJpeg(mark: string): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    Buffer.from(mark.padEnd(64, '.')),
    Buffer.from([0xff, 0xd9]),
  ]);
}
