// What a file is, whatever it is called.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const CHUNK = 1024 * 1024;
const EDGE = 64 * 1024;

/**
 * SHA-256 of a file's bytes, in hex.
 * @throws the system's error when it cannot be read; the signal's reason when it aborts
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, size)));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/**
 * SHA-256, in hex, of a file's size with its first and last 64 KB: tells photos apart without reading them whole.
 * @throws the system's error when it cannot be read
 */
export async function hashEdges(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(size, 2 * EDGE));
    const head = await file.read(buffer, 0, Math.min(size, EDGE), 0);
    const rest = Math.min(Math.max(0, size - EDGE), EDGE);
    const tail = await file.read(buffer, head.bytesRead, rest, size - rest);
    const bytes = buffer.subarray(0, head.bytesRead + tail.bytesRead);
    return createHash('sha256').update(`${size}:`).update(bytes).digest('hex');
  } finally {
    await file.close();
  }
}
