// What a file is, whatever it is called.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const CHUNK = 1024 * 1024;
const EDGE = 64 * 1024;
/** From the middle of a file so many samples, of so many bytes. */
const SAMPLES = 12;
const SAMPLE = 8 * 1024;

/**
 * SHA-256 of a file's bytes, in hex. What was appended to it since `bytes` was asked is not read: who needs to know looks
 * at its size again.
 * @throws the system's error when it cannot be read; the signal's reason when it aborts
 */
export async function hashFile(path: string, bytes: number, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, bytes)));
    for (let left = bytes; left > 0;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, left), null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/**
 * SHA-256, in hex, of a file's size with its first and last 64 KB and samples from all over its middle: tells photos
 * apart, also from what an editor made of them in place, without reading them whole.
 * @throws the system's error when it cannot be read
 */
export async function hashEdges(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256').update(`${size}:`);
    const buffer = Buffer.allocUnsafe(EDGE);
    for (const { at, length } of samplesOf(size)) {
      const { bytesRead } = await file.read(buffer, 0, length, at);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/** What is read of a file of a size: its beginning, samples at equal distances, and its end. */
function samplesOf(size: number): { at: number; length: number }[] {
  const head = { at: 0, length: Math.min(size, EDGE) };
  const tail = Math.min(size - head.length, EDGE);
  const middle = size - head.length - tail;
  const step = Math.max(SAMPLE, Math.ceil(middle / SAMPLES));
  const samples = [head];
  for (let at = 0; at < middle; at += step) {
    samples.push({ at: head.length + at, length: Math.min(SAMPLE, middle - at) });
  }
  return [...samples, { at: size - tail, length: tail }];
}
