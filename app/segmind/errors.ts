// What an answer or a broken connection means: the contract's error table as one function, moderation by its words, and
// which network errors prove that nothing was sent.
import { failure, FailureError, stopsQueue, type Failure, type FailureCode } from '../domain/failure.ts';
import type { Answer } from './answer.ts';
import { isOwnError, readReport } from './bodies.ts';

/** A 429, thrown by upload and credits. */
export class RateLimited extends FailureError {
  /** Milliseconds until the window resets; undefined when the service does not say. */
  readonly waitMs: number | undefined;

  constructor(value: Failure, waitMs: number | undefined) {
    super(value);
    this.name = 'RateLimited';
    this.waitMs = waitMs;
  }
}

const BY_STATUS: Readonly<Record<number, FailureCode>> = {
  401: 'bad_key',
  402: 'no_credits',
  403: 'forbidden',
  404: 'model_gone',
  405: 'client_defect',
  408: 'service_unavailable',
  410: 'model_gone',
  415: 'client_defect',
  421: 'service_unavailable',
  425: 'service_unavailable',
  429: 'rate_limited',
  500: 'service_error',
};

/** The failure behind an HTTP answer that is not a success, as the API's error table has it. */
export function httpFailure(answer: Answer): Failure {
  return failure(httpCode(answer), { status: answer.status, detail: answer.reason });
}

/** Whether an HTTP answer concerns the account as a whole, or asks to slow down: no photo fails for it. */
export function isRefusal(value: Failure): boolean {
  return stopsQueue(value.code) || value.code === 'rate_limited';
}

/** The failure of a request that the service reports as FAILED; such a request is not billed. */
export function modelFailure(answer: Answer): Failure {
  const code = isModeration(answer.reason) ? 'moderated' : 'service_failed';
  return failure(code, { status: answer.status, detail: answer.reason });
}

/**
 * Whether the answer to a submit proves that no job was made: any 4xx, or a 500 in the API's own words. 408 and 499 are
 * what a gateway says when it gave up on either side, and a 500 that names a request id has made one: those prove nothing.
 */
export function provesRefusal(answer: Answer): boolean {
  const { status, body } = answer;
  if (status === 408 || status === 499) return isOwnError(body);
  if (status === 500) return isOwnError(body) && readReport(body).id === undefined;
  return status >= 400 && status < 500;
}

/**
 * Whether an error's code proves that the connection was never made, so that no byte of the request was sent. An error
 * of routing (EHOSTUNREACH, …) counts only when `connect` reported it: an established connection can die of it too. TLS
 * protocol errors do not count for the same reason, certificate errors do: they come before the first byte.
 */
export function isUnsent(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every((one) => isUnsent(one));
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return isUnsent(error.cause);
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return UNSENT.has(code) || code.startsWith('EAI_') || code.startsWith('CERT_');
}

/** Codes that only a connection attempt gives. The certificate codes are OpenSSL's (`X509_V_ERR_…`), by Node's names. */
const UNSENT: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
]);

/** What an error says, with the codes of what caused it: `fetch failed` alone tells nobody anything. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const inner = at instanceof AggregateError ? (at.errors as unknown[])[0] : undefined;
    const { message } = inner instanceof Error && !at.message ? inner : at;
    const code = (at as NodeJS.ErrnoException).code;
    parts.push(code === undefined || message.includes(code) ? message : `${message} (${code})`);
  }
  const told = parts.filter((part) => part !== '' && part !== 'fetch failed');
  return told.length === 0 ? 'the connection failed' : told.join(': ');
}

function httpCode({ status, whole, reason }: Answer): FailureCode {
  if (status < 400) return whole ? 'bad_answer' : 'network';
  if (status === 406) return notAcceptable(reason);
  if ((status === 400 || status === 422) && isModeration(reason)) return 'moderated';
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  return status >= 500 ? 'service_unavailable' : 'rejected';
}

/** The three 406s differ in their message alone. One that says neither of the others is read as lack of credits. */
function notAcceptable(reason: string): FailureCode {
  if (/content.?type/i.test(reason)) return 'client_defect';
  if (/spend\w*.{0,20}limit|limit.{0,20}spend/i.test(reason)) return 'spend_limit';
  return /limit/i.test(reason) && !/insufficient|credit|balance/i.test(reason) ? 'spend_limit' : 'no_credits';
}

/** A complaint about the moderation switches themselves names moderation without being one. */
const ABOUT_THE_SWITCH =
  /visual_(?:in|out)put_content_moderation\W{1,3}(?:must|should|is not|has to|expected|invalid)/i;

function isModeration(reason: string): boolean {
  if (ABOUT_THE_SWITCH.test(reason)) return false;
  return (
    /moderat|content.?(?:policy|filter|block|violat)|policy.?violation|nsfw|blocked|safety|unsafe|inappropriate|responsible.?ai/i.test(
      reason,
    ) || /\bRAI\b/.test(reason)
  );
}
