// Reads the body of an HTTP request, up to a limit.
import type { IncomingMessage } from 'node:http';

/** The client went away before its request was whole. */
export class ClientGone extends Error {
  constructor() {
    super('the client went away before its request was whole');
    this.name = 'ClientGone';
  }
}

/**
 * The whole body, or `too-large` as soon as that is known; what comes after is read and dropped, so that the client gets
 * to the answer.
 * @throws ClientGone
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = Number(request.headers['content-length'] ?? 0) > maxBytes ? Infinity : 0;
    if (bytes > maxBytes) resolve('too-large');
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      resolve('too-large');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new ClientGone()));
    request.on('close', () => reject(new ClientGone())); // after `end` it changes nothing
  });
}

/** The JSON object of a body; null when it is not one. */
export function readObject(body: Buffer): Record<string, unknown> | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null; // the caller answers 400
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
