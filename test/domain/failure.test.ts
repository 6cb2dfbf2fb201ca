// The closed list of failures: what each says, and what any thrown value is taken for.
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import { classify, failure, FailureError, FAILURE_CODES, isFailureCode } from '../../app/domain/failure.ts';
import { stopsQueue, systemCode } from '../../app/domain/failure.ts';

function systemError(code: string, message = `${code}: it did not work`, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** Verbs that tell a photographer what to do. */
const ADVICE =
  /\b(retry|check|ask|top it up|have it raised|update|free some|make it|try other|submit it again|report|put it back|copy it|convert|scale it|move it|go on|add|choose|correct|remove|mend)\b/i;

describe('a failure', () => {
  it.each(FAILURE_CODES)('of code %s says in whole sentences what happened and what to do', (code) => {
    const { message } = failure(code);
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(message).toMatch(ADVICE);
    expect(message).not.toMatch(/[\n\t]| {2}|undefined|null/);
  });

  it('has a message of its own for every code', () => {
    expect(new Set(FAILURE_CODES.map((code) => failure(code).message)).size).toBe(FAILURE_CODES.length);
  });

  it('stops the queue for exactly the reasons that every photo would meet', () => {
    const stopping: FailureCode[] = [
      'bad_key',
      'forbidden',
      'no_credits',
      'spend_limit',
      'model_gone',
      'disk_full',
      'data_unwritable',
    ];
    expect(FAILURE_CODES.filter(stopsQueue)).toEqual(stopping);
  });

  it('is tried again by itself only where that costs nothing or is known not to be charged', () => {
    const retryable = FAILURE_CODES.filter((code) => failure(code).retryable);
    expect(retryable.filter((code) => failure(code).charged === 'maybe')).toEqual([]);
    expect(retryable.filter((code) => failure(code).charged === 'yes')).toEqual([
      'result_damaged',
      'download_failed',
      'save_failed',
    ]);
  });

  it('admits a charge wherever the service may hold a request', () => {
    const charged = FAILURE_CODES.filter((code) => failure(code).charged !== 'no');
    expect(charged).toEqual([
      'timeout',
      'expired',
      'uncertain_submit',
      'history_restored',
      'result_missing',
      'result_unsafe',
      'result_gone',
      'result_too_large',
      'result_damaged',
      'download_failed',
      'save_failed',
    ]);
  });

  it('is told in words that hold in the window and in a terminal: none names a switch of the command line', () => {
    expect(FAILURE_CODES.filter((code) => /--\w|“retry/.test(failure(code).message))).toEqual([]);
  });

  it('takes details over the defaults of its code', () => {
    const details = { status: 502, detail: 'why', charged: 'maybe', retryable: false, message: 'So.' } as const;
    expect(failure('network', details)).toEqual({ code: 'network', ...details });
  });

  it('has no empty detail and no status that it was not given', () => {
    expect(Object.keys(failure('network', { detail: ' \n ', status: undefined })).sort()).toEqual([
      'charged',
      'code',
      'message',
      'retryable',
    ]);
  });

  it('shortens a page of HTML to one line of at most 500 characters', () => {
    const { detail = '' } = failure('bad_answer', { detail: ` <p>\n\tx</p>\n${'long '.repeat(500)}` });
    expect(detail).toHaveLength(500);
    expect(detail).toMatch(/^<p> x<\/p> long long/);
  });

  it('never repeats a key, even when the service does', () => {
    expect(failure('bad_key', { detail: 'no such key: SG_0123456789abcdef.' }).detail).toBe('no such key: SG_….');
  });

  it('knows its own codes and no others, not even what every object has', () => {
    expect(FAILURE_CODES.every(isFailureCode)).toBe(true);
    expect(['', 'nonsense', 'constructor', '__proto__', 'toString'].some(isFailureCode)).toBe(false);
  });

  it('as an error carries its failure, its cause and both its texts', () => {
    const cause = new Error('root');
    const error = new FailureError(failure('rejected', { detail: 'bad seed' }), { cause });
    expect(error.message).toBe('Segmind refused the request. Try other settings for this photo. (bad seed)');
    expect(error).toMatchObject({ name: 'FailureError', cause, failure: { code: 'rejected' } });
    expect(new FailureError(failure('rejected')).message).not.toContain('(');
  });
});

describe('classifying what was thrown', () => {
  const table: readonly (readonly [string, FailureCode])[] = [
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['SQLITE_FULL', 'disk_full'],
    ['EROFS', 'output_unwritable'],
    ['EACCES', 'output_unwritable'],
    ['EPERM', 'output_unwritable'],
    ['ENOTDIR', 'output_unwritable'],
    ['ENOENT', 'output_unwritable'],
    ['EISDIR', 'output_unwritable'],
    ['EEXIST', 'output_unwritable'],
    ['ELOOP', 'output_unwritable'],
    ['ENAMETOOLONG', 'output_unwritable'],
    ['ENODEV', 'output_unwritable'],
    ['ENXIO', 'output_unwritable'],
    ['ESTALE', 'output_unwritable'],
    ['EHOSTDOWN', 'output_unwritable'],
    ['EBUSY', 'save_failed'],
    ['EIO', 'save_failed'],
    ['SQLITE_CORRUPT', 'internal'],
    ['ERR_SOMETHING', 'internal'],
    ['constructor', 'internal'],
  ];

  it.each(table)('takes a system error %s for %s', (code, expected) => {
    expect(classify(systemError(code))).toMatchObject({ code: expected, detail: `${code}: it did not work` });
  });

  it('leaves a FailureError as it is', () => {
    const value = failure('moderated', { status: 422, detail: 'no' });
    expect(classify(new FailureError(value, { cause: systemError('ENOSPC') }))).toBe(value);
  });

  it('finds a failure and a system error that are wrapped as a cause, also below an unknown code', () => {
    const value = failure('source_missing');
    expect(classify(new Error('worker', { cause: new FailureError(value) }))).toBe(value);
    expect(classify(new Error('save', { cause: systemError('ENOSPC') })).code).toBe('disk_full');
    expect(classify(systemError('ERR_STREAM', 'stream', systemError('EROFS'))).code).toBe('output_unwritable');
  });

  it('takes anything else for a defect, with its text as the detail', () => {
    expect(classify(new TypeError('x is not a function'))).toMatchObject({
      code: 'internal',
      detail: 'x is not a function',
    });
    expect(classify('boom')).toMatchObject({ code: 'internal', detail: 'boom' });
    expect(classify(undefined)).toMatchObject({ code: 'internal', detail: 'undefined' });
    expect(classify(Object.assign(new Error('odd'), { code: 42 })).code).toBe('internal');
  });

  it('comes to an end with causes that go in a circle', () => {
    const circle = new Error('a');
    circle.cause = new Error('b', { cause: circle });
    expect(classify(circle).code).toBe('internal');
    expect(systemCode(circle)).toBeUndefined();
  });

  it('finds the system code of an error or its cause', () => {
    expect(systemCode(new Error('outer', { cause: systemError('ENOENT') }))).toBe('ENOENT');
    expect(systemCode({ code: 'ENOENT' })).toBeUndefined();
  });
});
