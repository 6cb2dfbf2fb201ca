// What can be wrong with the data folder as a whole: nothing can be run then, so it is thrown, not kept as a failure.

export type HistoryErrorCode = 'held' | 'newer' | 'unwritable' | 'full' | 'corrupt' | 'runtime';

export class HistoryError extends Error {
  readonly code: HistoryErrorCode;

  constructor(code: HistoryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HistoryError';
    this.code = code;
  }
}

/** A system or SQLite error as one sentence about the data folder. */
export function historyError(error: unknown, dir: string): HistoryError {
  if (error instanceof HistoryError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const cause = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    return new HistoryError(
      'full',
      `The disk of the data folder ${dir} is full. Free some space, then start again.`,
      cause,
    );
  }
  if (isCorruption(error)) {
    return new HistoryError('corrupt', `The history in ${dir} is damaged.`, cause);
  }
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|SQLITE_READONLY.*|SQLITE_CANTOPEN.*|SQLITE_PERM)$/.test(code)) {
    return new HistoryError(
      'unwritable',
      `The data folder ${dir} cannot be written to. Make it writable, or choose another with --data.`,
      cause,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new HistoryError('runtime', `The history in ${dir} cannot be opened: ${reason}`, cause);
}

/** Whether SQLite says that the file is not a sound database. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof HistoryError) return error.code === 'corrupt';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}
