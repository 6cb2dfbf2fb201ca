// The Segmind API as the engine sees it: upload, submit, status, result, download, credits. Each method asks once; when
// to ask again is the engine's business.
import { failure, FailureError } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import type { Clock } from '../lib/clock.ts';
import { isLoopbackHost, serviceOrigin, urlOnOrigin } from './addresses.ts';
import { scrubber } from './answer.ts';
import { readCredits } from './bodies.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './deadline.ts';
import { download } from './download.ts';
import { httpFailure, RateLimited } from './errors.ts';
import { retryWaitMs } from './rate-limit.ts';
import { upload, type UploadFile } from './storage.ts';
import {
  brokenFailure,
  isSuccess,
  pollVerdict,
  resultPath,
  statusPath,
  submitVerdict,
  type PollAnswer,
  type SubmitAnswer,
} from './verdicts.ts';
import { createWire, type Wire } from './wire.ts';

export type { Metrics } from './bodies.ts';
export type { Timeouts } from './deadline.ts';
export { RateLimited } from './errors.ts';
export type { PollAnswer } from './verdicts.ts';

export const SEGMIND_API_URL = 'https://api.segmind.com';
export const SEGMIND_STORAGE_URL = 'https://workflows-api.segmind.com';

export interface SegmindOptions {
  /** Origins: https, or http on this machine (the practice service). The key is sent to these two only. */
  readonly apiUrl: string;
  readonly storageUrl: string;
  readonly key: string;
  readonly clock: Clock;
  readonly timeouts?: Partial<Timeouts>;
}

export interface Segmind {
  /**
   * Puts a file into the service's storage; free, so it may be repeated.
   * @throws {RateLimited} on a 429
   * @throws {FailureError} a code that stops the queue, `client_defect`, `offline`, `upload_failed`
   */
  upload(file: UploadFile, signal?: AbortSignal): Promise<string>;
  /** Asks for a picture, which is what costs money; sends exactly one request and never throws. */
  submit(body: Record<string, unknown>, signal?: AbortSignal): Promise<SubmitAnswer>;
  /** How far a request is; never throws. */
  status(request: ServiceRequest, signal?: AbortSignal): Promise<PollAnswer>;
  /** Where the picture of a request is; never throws. */
  result(request: ServiceRequest, signal?: AbortSignal): Promise<PollAnswer>;
  /**
   * Streams a finished picture to `write`, chunk by chunk, each after the last was written.
   * @throws {FailureError} `download_failed`, `result_unsafe`, `result_gone`, `result_too_large`
   * @throws whatever `write` throws, unchanged
   */
  download(
    url: string,
    write: (chunk: Uint8Array) => Promise<void>,
    limits: { maxBytes: number },
    signal?: AbortSignal,
  ): Promise<{ bytes: number }>;
  /**
   * The balance, in credits (1 is about a dollar); also how a key is verified.
   * @throws {RateLimited} on a 429
   * @throws {FailureError} `bad_key` and the like, `offline`, `network`, `service_unavailable`, `bad_answer`
   */
  credits(signal?: AbortSignal): Promise<{ credits: number; freeCredits: number }>;
}

interface Context {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly wire: Wire;
}

/**
 * A client for one key.
 * @throws {Error} when a base URL is not one that a key may be sent to
 * @throws {FailureError} `bad_key` when the key has characters that no key has (they could not go into a header)
 */
export function createSegmind(options: SegmindOptions): Segmind {
  const apiUrl = serviceOrigin(options.apiUrl, 'API URL');
  const storageUrl = serviceOrigin(options.storageUrl, 'storage URL');
  const key = options.key.trim();
  if (!/^[\x21-\x7e]*$/.test(key)) {
    throw new FailureError(failure('bad_key', { detail: 'the key holds characters that no key has' }));
  }
  const { clock } = options;
  const timeouts: Timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const scrub = scrubber(key);
  const context: Context = { apiUrl, clock, timeouts, wire: createWire({ key, clock, scrub }) };
  const loopback = isLoopbackHost(new URL(apiUrl).hostname);
  const storage = { storageUrl, key, clock, scrub, loopback, timeoutMs: timeouts.upload };
  return {
    upload: (file, signal) => upload(file, storage, signal),
    submit: (body, signal) => submit(body, context, signal),
    status: (request, signal) => poll('status', request, context, signal),
    result: (request, signal) => poll('result', request, context, signal),
    download: (url, write, { maxBytes }, signal) =>
      download({ url, write, maxBytes }, { clock, timeouts, loopback }, signal),
    credits: (signal) => credits(context, signal),
  };
}

async function submit(
  body: Record<string, unknown>,
  { apiUrl, clock, timeouts, wire }: Context,
  signal?: AbortSignal,
): Promise<SubmitAnswer> {
  let post: string;
  try {
    post = JSON.stringify(body);
  } catch (error) {
    return { kind: 'refused', failure: failure('client_defect', { detail: String(error) }) };
  }
  const answer = await wire({ url: `${apiUrl}/v2/bria-enhance-image`, post, timeoutMs: timeouts.submit, signal });
  return submitVerdict(answer, apiUrl, clock.now());
}

/** The stored URL is checked again: the history may have been written with another service in use, or by another hand. */
async function poll(
  wants: 'status' | 'result',
  request: ServiceRequest,
  { apiUrl, clock, timeouts, wire }: Context,
  signal?: AbortSignal,
): Promise<PollAnswer> {
  const { id } = request;
  const url =
    wants === 'status'
      ? urlOnOrigin(request.statusUrl, apiUrl, statusPath(id))
      : urlOnOrigin(request.responseUrl, apiUrl, resultPath(id));
  const answer = await wire({ url, timeoutMs: timeouts.get, signal });
  return pollVerdict(answer, { id, wants, now: clock.now() });
}

async function credits(
  { apiUrl, clock, timeouts, wire }: Context,
  signal?: AbortSignal,
): Promise<{ credits: number; freeCredits: number }> {
  const answer = await wire({ url: `${apiUrl}/v1/get-user-credits`, timeoutMs: timeouts.get, signal });
  if (answer.kind === 'broken') throw new FailureError(brokenFailure(answer));
  const { status } = answer;
  const balance = isSuccess(answer) ? readCredits(answer.body) : undefined;
  if (balance !== undefined) return balance;
  const told = httpFailure(answer);
  if (told.code === 'model_gone') throw new FailureError(failure('bad_answer', { status, detail: answer.reason }));
  throw told.code === 'rate_limited'
    ? new RateLimited(told, retryWaitMs(answer.headers, clock.now()))
    : new FailureError(told);
}
