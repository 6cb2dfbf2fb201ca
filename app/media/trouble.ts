// What sharp throws about a picture, as a failure of that picture.
import { FailureError, failure, systemCode } from '../domain/failure.ts';
import { MAX_PIXELS } from './sharp.ts';

/**
 * Runs work on a picture, and gives what it throws as a FailureError: photo_too_large, photo_too_slow, photo_damaged, ….
 * Errors of the system (a full disk) and failures pass unchanged.
 */
export async function onPicture<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FailureError || systemCode(error) !== undefined || !(error instanceof Error)) throw error;
    throw pictureFailure(error);
  }
}

/** sharp gives no codes: its own two limits and libvips' timeout are told by their fixed texts, and the rest is damage. */
function pictureFailure(error: Error): FailureError {
  const [detail = ''] = error.message.split('\n');
  if (detail.includes('exceeds pixel limit')) {
    const limit = `more than ${MAX_PIXELS / 1e6} megapixels`;
    return new FailureError(failure('photo_too_large', { detail: limit }), { cause: error });
  }
  if (detail.includes('exceeds channel limit')) {
    return new FailureError(failure('not_a_photo', { detail: 'a picture of more than five channels' }), {
      cause: error,
    });
  }
  if (detail.startsWith('Input file is missing')) {
    return new FailureError(failure('source_missing', { detail }), { cause: error }); // gone since its head was read
  }
  if (/out of memory|unable to allocate/i.test(detail)) {
    return new FailureError(failure('photo_too_large', { detail }), { cause: error });
  }
  const code = detail.startsWith('timeout: ') ? 'photo_too_slow' : 'photo_damaged';
  return new FailureError(failure(code, { detail }), { cause: error });
}
