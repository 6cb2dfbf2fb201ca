// Downloads of finished pictures from wherever the service says they are. The URL is data from outside: it is fetched
// from public addresses only, checked for the very connection that is made, and the key never goes along.
import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { failure, FailureError } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { urlOf } from '../lib/url.ts';
import { isLoopbackAddress, isLoopbackHost, isPublicAddress, literalAddress } from './addresses.ts';
import { shorten } from './answer.ts';
import { Deadline, type Timeouts } from './deadline.ts';
import { describeError } from './errors.ts';

interface Address {
  address: string;
  family: number;
}

/** The system's `dns.lookup`, in the one form used here. */
export type Resolve = (
  hostname: string,
  options: { all: true; family?: number },
  done: (error: NodeJS.ErrnoException | null, addresses: Address[]) => void,
) => void;

export interface DownloadOptions {
  readonly clock: Clock;
  readonly timeouts: Pick<Timeouts, 'connect' | 'idle' | 'download'>;
  /** This machine is allowed too, also without TLS: the API is here. */
  readonly loopback: boolean;
  /** For tests: how names become addresses, and which addresses count as public. */
  readonly resolve?: Resolve;
  readonly isPublic?: (address: string) => boolean;
}

export interface DownloadOrder {
  readonly url: string;
  /** Takes the bytes in order; the next are read when it is done. Its errors pass through unchanged. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly maxBytes: number;
}

const MOST_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const GONE: readonly number[] = [403, 404, 410]; // a storage bucket says 403 of what it no longer has

/**
 * Streams a file to `write`.
 * @throws {FailureError} `download_failed`, `result_unsafe`, `result_gone`, `result_too_large`
 * @throws whatever `write` throws
 */
export async function download(
  order: DownloadOrder,
  options: DownloadOptions,
  signal?: AbortSignal,
): Promise<{ bytes: number }> {
  const deadline = new Deadline(options.clock, options.timeouts.download, signal);
  const trip: Trip = { options, deadline };
  try {
    let url = safeUrl(order.url, options);
    for (let redirects = 0; ; redirects += 1) {
      const response = await get(url, trip);
      try {
        const next = REDIRECTS.includes(response.statusCode ?? 0) ? response.headers.location : undefined;
        if (next === undefined) return await receive(response, order, trip);
        if (redirects === MOST_REDIRECTS) throw failed('too many redirects');
        url = safeUrl(urlOf(next, url.href)?.href ?? next, options);
      } finally {
        response.destroy();
      }
    }
  } finally {
    deadline.stop();
  }
}

interface Trip {
  readonly options: DownloadOptions;
  readonly deadline: Deadline;
}

/** @throws {FailureError} `result_unsafe` for anything but https to a public address (or loopback, where allowed) */
function safeUrl(text: string, options: DownloadOptions): URL {
  const url = urlOf(text);
  if (url === null) throw unsafe('it is not a URL');
  if (url.username || url.password) throw unsafe('its URL holds a user name or password');
  const isLocal = options.loopback && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:')) throw unsafe(`its URL is ${url.protocol}`);
  const address = literalAddress(url.hostname);
  if (address !== undefined && !isAllowed(address, url, options)) throw unsafe(`${address} is not a public address`);
  return url;
}

function isAllowed(address: string, url: URL, { loopback, isPublic = isPublicAddress }: DownloadOptions): boolean {
  if (loopback && isLoopbackAddress(address)) return true;
  return url.protocol === 'https:' && isPublic(address);
}

/**
 * Resolves a name for one connection and refuses it when any of its addresses is not allowed. The check is made on the
 * addresses that are connected to, not on those of an earlier question: a name may resolve differently a moment later.
 */
function checkedLookup(url: URL, options: DownloadOptions): LookupFunction {
  const resolve: Resolve = options.resolve ?? systemLookup;
  return (hostname, { all, family }, done) => {
    const wanted = typeof family === 'number' ? { all: true as const, family } : { all: true as const };
    resolve(hostname, wanted, (error, addresses) => {
      const usable = error ?? checkAddresses(addresses, url, options);
      if (usable instanceof Error) done(usable, '', 0);
      else if (all) done(null, addresses);
      else done(null, usable.address, usable.family);
    });
  };
}

/** The first address when all of them are allowed, or else why not. */
function checkAddresses(addresses: readonly Address[], url: URL, options: DownloadOptions): Address | Error {
  const [first] = addresses;
  if (first === undefined) return new Error(`${url.hostname} has no address`);
  const bad = addresses.find(({ address }) => !isAllowed(address, url, options));
  return bad ? unsafe(`${url.hostname} is at ${bad.address}, which is not a public address`) : first;
}

/** The head of the answer to one request, on a connection of its own, so that its address was checked for it. */
async function get(url: URL, { options, deadline }: Trip): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  deadline.step(options.timeouts.connect, 'connecting');
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(url, {
        agent: false,
        signal: deadline.signal,
        lookup: checkedLookup(url, options),
        headers: { 'accept-encoding': 'identity', accept: 'image/*,*/*;q=0.5' },
      });
      request.once('socket', (socket: Socket) =>
        socket.once(isTls ? 'secureConnect' : 'connect', () =>
          deadline.step(options.timeouts.idle, 'waiting for data'),
        ),
      );
      request.once('response', resolve);
      request.on('error', reject);
      request.end();
    });
  } catch (error) {
    throw asFailure(error, deadline);
  }
}

async function receive(response: IncomingMessage, order: DownloadOrder, trip: Trip): Promise<{ bytes: number }> {
  const announced = checkHead(response, order.maxBytes);
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let bytes = 0;
  for (;;) {
    const chunk = await nextChunk(chunks, trip);
    if (chunk === undefined) break;
    bytes += chunk.byteLength;
    if (bytes > order.maxBytes) throw tooLarge(order.maxBytes);
    await order.write(chunk);
  }
  if (bytes === 0) throw failed('the file is empty');
  if (announced !== undefined && bytes !== announced) throw failed(`${bytes} of ${announced} bytes arrived`);
  return { bytes };
}

/** The length that the answer announces, if any. */
function checkHead({ statusCode: status = 0, headers }: IncomingMessage, maxBytes: number): number | undefined {
  if (GONE.includes(status)) throw new FailureError(failure('result_gone', { status }));
  if (status !== 200) throw failed(`HTTP ${status}`, status);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw failed(`it comes encoded as ${encoding}`);
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  return Number(length);
}

/** The idle limit runs only while the server is waited for, not while the disk is. */
async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  { options, deadline }: Trip,
): Promise<Uint8Array | undefined> {
  deadline.step(options.timeouts.idle, 'waiting for data');
  try {
    const next = await chunks.next();
    return next.done ? undefined : next.value;
  } catch (error) {
    throw asFailure(error, deadline);
  } finally {
    deadline.pause();
  }
}

function asFailure(error: unknown, deadline: Deadline): FailureError {
  if (error instanceof FailureError) return error;
  return failed(deadline.why ?? describeError(error));
}

function failed(detail: string, status?: number): FailureError {
  return new FailureError(failure('download_failed', { detail: shorten(detail), status }));
}

function unsafe(detail: string): FailureError {
  return new FailureError(failure('result_unsafe', { detail: shorten(detail) }));
}

function tooLarge(maxBytes: number): FailureError {
  return new FailureError(failure('result_too_large', { detail: `more than ${maxBytes} bytes` }));
}
