import { describe, expect, test } from 'vitest';
import { scrubber, shorten } from '../../app/segmind/answer.ts';
import { describeError, isUnsent } from '../../app/segmind/errors.ts';

function coded(code: string, syscall?: string): Error {
  return Object.assign(new Error(`it says ${code}`), { code, ...(syscall === undefined ? {} : { syscall }) });
}

const wrapped = (cause: unknown) => new TypeError('fetch failed', { cause });

describe('nothing was sent when', () => {
  test.each([
    coded('ENOTFOUND', 'getaddrinfo'),
    coded('EAI_AGAIN', 'getaddrinfo'),
    coded('EAI_NODATA'),
    coded('ECONNREFUSED', 'connect'),
    coded('EHOSTUNREACH', 'connect'),
    coded('ENETUNREACH', 'connect'),
    coded('ETIMEDOUT', 'connect'),
    coded('UND_ERR_CONNECT_TIMEOUT'),
    coded('ERR_TLS_CERT_ALTNAME_INVALID'),
    coded('CERT_HAS_EXPIRED'),
    coded('DEPTH_ZERO_SELF_SIGNED_CERT'),
    coded('SELF_SIGNED_CERT_IN_CHAIN'),
    coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    new AggregateError([coded('ECONNREFUSED', 'connect'), coded('ENETUNREACH', 'connect')]),
  ])('fetch fails with $message', (cause) => {
    expect(isUnsent(wrapped(cause))).toBe(true);
    expect(isUnsent(cause)).toBe(true);
  });
});

describe('something may have been sent when', () => {
  test.each([
    coded('ECONNRESET', 'read'),
    coded('EPIPE', 'write'),
    coded('ETIMEDOUT', 'read'),
    coded('EHOSTUNREACH', 'read'),
    coded('ENETUNREACH', 'write'),
    coded('UND_ERR_SOCKET'),
    coded('UND_ERR_HEADERS_TIMEOUT'),
    coded('UND_ERR_BODY_TIMEOUT'),
    coded('EPROTO', 'write'),
    coded('ERR_SSL_WRONG_VERSION_NUMBER'),
    coded('HPE_INVALID_CONSTANT'),
    new AggregateError([coded('ECONNREFUSED', 'connect'), coded('ECONNRESET', 'read')]),
    new AggregateError([]),
    new Error('no code'),
    'not even an error',
    undefined,
  ])('fetch fails with %s', (cause) => {
    expect(isUnsent(wrapped(cause))).toBe(false);
    expect(isUnsent(cause)).toBe(false);
  });
});

describe('the description of an error', () => {
  test('names the cause and its code rather than “fetch failed”', () => {
    expect(describeError(wrapped(coded('ECONNRESET')))).toBe('it says ECONNRESET');
    expect(describeError(wrapped(Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })))).toBe(
      'other side closed (UND_ERR_SOCKET)',
    );
  });

  test('takes the first of several attempts', () => {
    expect(describeError(wrapped(new AggregateError([new Error('connect refused')])))).toContain('connect refused');
  });

  test('is never empty', () => {
    expect(describeError(new TypeError('fetch failed'))).toBe('the connection failed');
    expect(describeError(undefined)).toBe('the connection failed');
  });
});

describe('a detail', () => {
  test('holds neither this key nor another', () => {
    const scrub = scrubber('SG_0123456789abcdef');
    expect(scrub('key SG_0123456789abcdef, not SG_fedcba9876543210!')).toBe('key [key], not [key]!');
    expect(scrubber('my-secret')('Bearer my-secret')).toBe('Bearer [key]');
  });

  test('is left alone when the key is empty or too short to tell from a word', () => {
    expect(scrubber('')('as it was')).toBe('as it was');
    expect(scrubber('a')('as it was')).toBe('as it was');
  });

  test('is one line without what a terminal obeys', () => {
    expect(shorten(' a\n\tb\u001b[31mc\u202Ed ')).toBe('a b [31mc d');
    expect(shorten('x'.repeat(1000))).toHaveLength(300);
  });
});
