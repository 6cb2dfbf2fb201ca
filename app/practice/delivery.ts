// Puts an answer on the wire, whole or broken as a fault says.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { html, json, PRACTICE_HEADER } from './answers.ts';
import type { Answer } from './answers.ts';
import type { Fault } from './options.ts';

/** What a fault does to the connection itself, besides the answers it changes. */
export type Breakage = 'mid-answer' | 'truncate' | null;

/** The answer that a fault gives instead of the service. */
export function faultAnswer(fault: Extract<Fault, { kind: 'status' }>): Answer {
  const { status, body, contentType = 'application/json', headers = {} } = fault;
  if (body === undefined) {
    return contentType.includes('html')
      ? html(status, `${status} practice fault`, headers)
      : json(status, { error: `practice fault ${status}` }, { 'content-type': contentType, ...headers });
  }
  return { status, headers: { 'content-type': contentType, ...headers }, body: Buffer.from(body) };
}

/** Ends the connection with a TCP reset. */
export function resetConnection(response: ServerResponse): void {
  response.req.socket.resetAndDestroy();
}

/**
 * Sends an answer. Resolves when it is handed over, or when the client is gone.
 * @param options.now for the `Date` header, milliseconds since the epoch
 */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  options: { readonly now: number; readonly breakage: Breakage },
): Promise<void> {
  const { now, breakage } = options;
  const whole = Buffer.isBuffer(answer.body) ? answer.body.length : answer.body.bytes;
  const half = Math.floor(whole / 2);
  response.writeHead(answer.status, {
    ...PRACTICE_HEADER,
    ...answer.headers,
    date: new Date(now).toUTCString(), // a client reckons the reset of the limit by it: it must be of the same clock
    'content-length': String(breakage === 'truncate' ? half : whole),
  });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    if (breakage) await sendHalf(response, await wholeBody(answer), breakage);
    else if (Buffer.isBuffer(answer.body)) response.end(answer.body);
    else await pipeline(createReadStream(answer.body.path), response);
  } catch {
    // The headers are out, so a broken connection is the only way left to say it: the client or the file is gone.
    response.destroy();
  }
}

async function wholeBody(answer: Answer): Promise<Buffer> {
  return Buffer.isBuffer(answer.body) ? answer.body : await readFile(answer.body.path);
}

async function sendHalf(response: ServerResponse, body: Buffer, breakage: 'mid-answer' | 'truncate'): Promise<void> {
  const half = body.subarray(0, Math.floor(body.length / 2));
  if (breakage === 'truncate') {
    response.end(half);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    response.write(half, (error) => (error ? reject(error) : resolve()));
  });
  resetConnection(response);
}
