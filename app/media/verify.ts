// Whether a downloaded result is a whole picture. TLS and the length guard its bytes; this guards against an error page,
// a cut connection and a picture that no viewer opens.
import { readFile } from 'node:fs/promises';
import { FailureError, failure } from '../domain/failure.ts';
import { HEAD_BYTES, isComplete, sniff } from '../domain/format.ts';
import type { VerifiedPicture } from '../domain/picture.ts';
import { openPicture, runWhole } from './sharp.ts';

/**
 * Decodes a result once, whole.
 * @throws {FailureError} result_damaged, with the reason as its detail
 */
export async function verify(path: string): Promise<VerifiedPicture> {
  const bytes = await orDamaged(() => readFile(path));
  const sniffed = sniff(bytes.subarray(0, HEAD_BYTES));
  const format = sniffed?.format;
  if (format !== 'jpeg' && format !== 'png' && format !== 'webp') {
    throw damaged(`not a picture but ${sniffed?.label ?? (bytes.length === 0 ? 'an empty file' : 'something else')}`);
  }
  if (!isComplete(format, bytes, bytes.length, bytes)) throw damaged('the file ends inside the picture');
  const { autoOrient } = await orDamaged(() => openPicture(bytes).metadata());
  // Every channel is decoded; one is kept, so that checking costs a third of the memory.
  await orDamaged(() => runWhole(openPicture(bytes).extractChannel(0).raw()));
  return { format, width: autoOrient.width, height: autoOrient.height };
}

async function orDamaged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw damaged(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error);
  }
}

function damaged(detail: string, cause?: unknown): FailureError {
  return new FailureError(failure('result_damaged', { detail }), { cause });
}
