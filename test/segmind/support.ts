// What the tests of the client share: servers on loopback, a clock that is moved by hand, and a client for both.
import { once } from 'node:events';
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type Server as TcpServer, type Socket } from 'node:net';
import { FailureError, type Failure } from '../../app/domain/failure.ts';
import type { ServiceRequest } from '../../app/domain/job.ts';
import { systemClock, type Clock } from '../../app/lib/clock.ts';
import { createSegmind, type Segmind, type SegmindOptions } from '../../app/segmind/client.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';

export const KEY = 'SG_0123456789abcdef';

/** A request as a test server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Every request that arrived whole, in order. */
  readonly seen: Seen[];
}

export type Respond = (response: ServerResponse, seen: Seen) => void;

export async function serve(respond: Respond, { tls = false } = {}): Promise<TestServer> {
  const seen: Seen[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(parts).toString() };
      seen.push(one);
      respond(response, one);
    });
  };
  const server: HttpServer = tls
    ? createHttps({ key: TEST_KEY, cert: TEST_CERTIFICATE }, onRequest)
    : createHttp(onRequest);
  server.on('tlsClientError', () => undefined); // a client that does not trust us is what some tests are about
  const port = await listen(server);
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await closed(server);
    },
  };
}

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  connections(): number;
}

/** A server of bare sockets, for answers that no HTTP library would give. */
export async function serveRaw(onSocket: (socket: Socket, index: number) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // resets are the point of it
    onSocket(socket, connections++);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcp();
  const port = await listen(server);
  await closed(server);
  return port;
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function client(url: string, options: Partial<SegmindOptions> = {}): Segmind {
  return createSegmind({ apiUrl: url, storageUrl: url, key: KEY, clock: systemClock, ...options });
}

export function requestOf(url: string, id = 'r-1'): ServiceRequest {
  return { id, statusUrl: `${url}/v2/requests/${id}/status`, responseUrl: `${url}/v2/requests/${id}`, submittedAt: 0 };
}

/** The failure that a promise rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  return (await errorOf(work)).failure;
}

export async function errorOf(work: Promise<unknown>): Promise<FailureError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FailureError) return error;
  throw new Error('expected a FailureError', { cause: error });
}

/** Time stands still until the test moves it. */
export class HandClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now = 0) {
    this.#now = now;
  }

  /** Timers that have neither fired nor been canceled. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback();
    }
  }
}

async function listen(server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function closed(server: TcpServer): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
