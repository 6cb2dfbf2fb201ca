// What a window is told of anything that is thrown behind it.
import { describe, expect, it } from 'vitest';
import { asFailureError, inDataFolder } from '../../app/backend/trouble.ts';
import type { FailureCode } from '../../app/domain/failure.ts';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { HistoryError } from '../../app/history/errors.ts';
import { IntakeError } from '../../app/intake/intake-error.ts';

const coded = (code: string) => Object.assign(new Error(`${code}: it did not work`), { code });

describe('what is thrown', () => {
  const cases: readonly (readonly [string, unknown, FailureCode])[] = [
    ['a failure', new FailureError(failure('moderated')), 'moderated'],
    ['an intake without photos', new IntakeError('no_photos', 'None.'), 'no_photos'],
    ['an intake that would overwrite', new IntakeError('would_overwrite', 'No.'), 'would_overwrite'],
    ['a missing input', new IntakeError('missing', 'Gone.'), 'source_missing'],
    ['a history that is held', new HistoryError('held', 'Held.'), 'not_open'],
    ['a full disk under the history', coded('SQLITE_FULL'), 'disk_full'],
    ['a read-only history', coded('SQLITE_READONLY_DBMOVED'), 'data_unwritable'],
    ['an I/O error of the history', coded('SQLITE_IOERR_WRITE'), 'data_unwritable'],
    ['a damaged history', coded('SQLITE_CORRUPT'), 'data_unwritable'],
    ['a history closed meanwhile', new TypeError('The database connection is not open'), 'not_open'],
    ['a defect', new TypeError('x is undefined'), 'internal'],
    ['no error at all', 'a text', 'internal'],
  ];

  it.each(cases)('is told as one failure: %s', (_, thrown, code) => {
    const { failure: told, cause } = asFailureError(thrown);
    expect(told.code).toBe(code);
    if (!(thrown instanceof FailureError)) expect(cause).toBe(thrown);
  });

  it('keeps the sentence of an intake and of the history', () => {
    expect(asFailureError(new IntakeError('bad_output', 'A file is there.')).failure.message).toBe('A file is there.');
    expect(asFailureError(new HistoryError('newer', 'It is newer.')).failure.message).toBe('It is newer.');
  });

  it('in the data folder is not told as the trouble of an output folder', async () => {
    const told = async (code: string) => {
      const error: unknown = await inDataFolder(() => Promise.reject(coded(code))).catch((reason: unknown) => reason);
      return error instanceof FailureError ? error.failure.code : null;
    };
    expect(await told('EACCES')).toBe('data_unwritable');
    expect(await told('ENOSPC')).toBe('disk_full');
    expect(await inDataFolder(() => Promise.resolve(7))).toBe(7);
  });
});
