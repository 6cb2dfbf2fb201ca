// Anything that is thrown behind the window as a FailureError: what was asked for and could not be done, in one sentence.
import { classify, failure, FailureError, type FailureCode, systemCode } from '../domain/failure.ts';
import { HistoryError, isCorruption } from '../history/errors.ts';
import { IntakeError, type IntakeErrorCode } from '../intake/intake-error.ts';

const INTAKE_CODES: Readonly<Record<IntakeErrorCode, FailureCode>> = {
  missing: 'source_missing',
  unreadable: 'source_unreadable',
  no_photos: 'no_photos',
  would_overwrite: 'would_overwrite',
  bad_template: 'bad_template',
  bad_output: 'bad_output',
};

const DAMAGED = 'The history is damaged. Quit Lightbatch and start it again: it is mended from its backup then.';

export function asFailureError(error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const cause = { cause: error };
  if (error instanceof IntakeError) {
    return new FailureError(failure(INTAKE_CODES[error.code], { message: error.message }), cause);
  }
  if (error instanceof HistoryError) return new FailureError(failure('not_open', { message: error.message }), cause);
  if (isCorruption(error)) return new FailureError(failure('data_unwritable', { message: DAMAGED }), cause);
  if (/^SQLITE_(READONLY|IOERR|CANTOPEN|PERM|BUSY|LOCKED)/.test(systemCode(error) ?? '')) {
    return new FailureError(failure('data_unwritable', { detail: systemCode(error) }), cause);
  }
  // better-sqlite3 has no code for it: the history was closed while something was still being read.
  if (error instanceof TypeError && error.message.includes('connection is not open')) {
    return new FailureError(failure('not_open'), cause);
  }
  return new FailureError(classify(error), cause);
}

/**
 * Work in the data folder: what the system says of a folder there is not about an output folder.
 * @throws {FailureError}
 */
export async function inDataFolder<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const found = asFailureError(error);
    if (found.failure.code !== 'output_unwritable') throw found;
    throw new FailureError(failure('data_unwritable', { detail: found.failure.detail }), { cause: error });
  }
}
