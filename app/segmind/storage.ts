// Uploads: a file becomes a URL in the service's storage. The file is sent as a data URL while it is read, so memory does
// not grow with it. Uploading is free, so every failure here may simply be tried again.
import { open, type FileHandle } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure, FailureError, systemCode, type FailureCode } from '../domain/failure.ts';
import type { UploadFormat } from '../domain/picture.ts';
import type { Clock } from '../lib/clock.ts';
import { isLoopbackHost } from './addresses.ts';
import { readAnswer, shorten, type Answer, type Scrub } from './answer.ts';
import { readUpload } from './bodies.ts';
import { Deadline } from './deadline.ts';
import { describeError, httpFailure, isRefusal, isUnsent, RateLimited } from './errors.ts';
import { retryWaitMs } from './rate-limit.ts';
import { isSuccess } from './verdicts.ts';
import { serviceHeaders } from './wire.ts';

export interface StorageOptions {
  /** An origin that the key may go to. */
  readonly storageUrl: string;
  readonly key: string;
  readonly clock: Clock;
  readonly scrub: Scrub;
  readonly timeoutMs: number;
  /** Accept an http URL of this machine as the answer: the API is here too. */
  readonly loopback: boolean;
}

export interface UploadFile {
  readonly path: string;
  readonly format: UploadFormat;
}

const SLOWEST_LINE = 32; // bytes a millisecond: a quarter of a megabit a second
const READ_BYTES = 256 * 1024; // no multiple of three, so that every upload of some size carries a rest over

/**
 * Uploads a file and answers with its URL.
 * @throws {RateLimited} on a 429
 * @throws {FailureError} `bad_key`, `forbidden`, `no_credits`, `spend_limit`, `client_defect`, `offline`, `upload_failed`
 */
export async function upload(file: UploadFile, options: StorageOptions, signal?: AbortSignal): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path);
    const { size } = await handle.stat();
    if (size === 0) throw uploadFailed('the file to upload is empty');
    const answer = await post({ handle, size, format: file.format }, options, signal);
    return storedUrl(answer, options);
  } catch (error) {
    throw asUploadFailure(error, options.scrub);
  } finally {
    await handle?.close();
  }
}

interface Body {
  readonly handle: FileHandle;
  readonly size: number;
  readonly format: UploadFormat;
}

/** Sends the file on a connection of its own: an idle one from a pool may be dead, and an upload is long. */
async function post(body: Body, options: StorageOptions, signal?: AbortSignal): Promise<Answer> {
  const [head, tail] = [`{"data_urls":["data:image/${body.format};base64,`, '"]}'];
  const length = head.length + 4 * Math.ceil(body.size / 3) + tail.length;
  const deadline = new Deadline(options.clock, options.timeoutMs + length / SLOWEST_LINE, signal);
  try {
    const url = new URL('/upload-asset', options.storageUrl);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      signal: deadline.signal,
      headers: { ...serviceHeaders(options.key), 'content-length': length },
    });
    const answer = await exchange(request, Readable.from(parts(head, body, tail)), options.scrub);
    if (deadline.why !== undefined && !answer.whole) throw uploadFailed(deadline.why);
    return answer;
  } catch (error) {
    throw deadline.why === undefined ? error : uploadFailed(deadline.why);
  } finally {
    deadline.stop();
  }
}

/** Sends a body and reads the answer. When it is done, the body is not read any more. */
async function exchange(request: ClientRequest, body: Readable, scrub: Scrub): Promise<Answer> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject); // stays: an error after the answer must find a listener
  });
  // A server may answer before it has read all; then the rest fails to be sent, and that says nothing.
  const sendingError = pipeline(body, request).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    const response = await answered.catch(async (error: unknown) => {
      throw moreTelling(error, await sendingError);
    });
    return await readAnswer({ status: response.statusCode ?? 0, headers: headersOf(response) }, response, scrub);
  } finally {
    request.destroy();
    await sendingError;
  }
}

/** When the file cannot be read, the request says no more than that it was given up. */
function moreTelling(ofRequest: unknown, ofSending: unknown): unknown {
  return ofSending === undefined || systemCode(ofSending) === 'ERR_STREAM_PREMATURE_CLOSE' ? ofRequest : ofSending;
}

/** The JSON body in pieces. Base64 turns three bytes into four characters, so pieces are cut at multiples of three. */
async function* parts(head: string, { handle, size }: Body, tail: string): AsyncGenerator<Buffer> {
  yield Buffer.from(head);
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of handle.createReadStream({
    start: 0,
    end: size - 1,
    highWaterMark: READ_BYTES,
    autoClose: false,
  })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    read += (chunk as Buffer).length;
    const cut = bytes.length - (bytes.length % 3);
    rest = bytes.subarray(cut);
    yield Buffer.from(bytes.toString('base64', 0, cut), 'latin1');
  }
  if (read !== size) throw new Error('the file became shorter while it was sent');
  yield Buffer.from(rest.toString('base64') + tail, 'latin1');
}

function storedUrl(answer: Answer, options: StorageOptions): string {
  if (!isSuccess(answer)) throw refused(answer, options.clock.now());
  const url = readUpload(answer.body);
  if (url === undefined) throw uploadFailed('the answer names no URL', answer.status);
  const { protocol, hostname, username, password } = new URL(url);
  const safe = protocol === 'https:' || (options.loopback && isLoopbackHost(hostname));
  if (!safe || username || password) throw uploadFailed(`the answer names an unsafe URL on ${hostname}`, answer.status);
  return url;
}

function refused(answer: Answer, now: number): FailureError {
  const told = httpFailure(answer);
  if (told.code === 'rate_limited') return new RateLimited(told, retryWaitMs(answer.headers, now));
  // A 404 or 410 of the storage is not about the model, and a file too large stays so.
  const isKept = (isRefusal(told) && told.code !== 'model_gone') || told.code === 'client_defect';
  if (isKept) return new FailureError(told);
  const retryable = answer.status !== 413;
  return new FailureError(failure('upload_failed', { status: answer.status, detail: answer.reason, retryable }));
}

function asUploadFailure(error: unknown, scrub: Scrub): FailureError {
  if (error instanceof FailureError) return error;
  const code: FailureCode = isUnsent(error) ? 'offline' : 'upload_failed';
  return new FailureError(failure(code, { detail: shorten(scrub(describeError(error))) }));
}

function uploadFailed(detail: string, status?: number): FailureError {
  return new FailureError(failure('upload_failed', { detail, status }));
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}
