// A file under examination, read in blocks from wherever it is asked: headers and ends cost a block or two, also where
// their pieces lie a few bytes apart.
import { createHash } from 'node:crypto';
import type { OpenFile } from './open-photo.ts';

const BLOCK_BYTES = 256 * 1024;
/** Read at a time where all of a file is wanted. */
const HASHED_BYTES = 1024 * 1024;

/** More zeros than these no coded picture ends with, but for formats where another number stands; bytes. */
export const NO_CODE = 64;

export class FileBlocks {
  /** Size when it was opened; what was added since is not looked at. */
  readonly bytes: number;
  readonly #file: OpenFile;
  readonly #signal: AbortSignal | undefined;
  #at = 0;
  #block = new Uint8Array();

  constructor(file: OpenFile, bytes: number, signal?: AbortSignal) {
    this.#file = file;
    this.bytes = bytes;
    this.#signal = signal;
  }

  /**
   * The bytes from an offset on: at least `wanted` of them unless the file ends before, and more where they are at hand.
   * @throws the system's error; the signal's reason when it aborts
   */
  async from(at: number, wanted: number): Promise<Uint8Array> {
    const isAtHand = at >= this.#at && at + wanted <= this.#at + this.#block.length;
    if (!isAtHand) await this.#read(at, Math.min(Math.max(wanted, BLOCK_BYTES), Math.max(this.bytes - at, 0)));
    return this.#block.subarray(at - this.#at);
  }

  /** Exactly the bytes asked for; fewer when the file ends before. Throws as `from`. */
  async take(at: number, length: number): Promise<Uint8Array> {
    return (await this.from(at, length)).subarray(0, length);
  }

  /** As `take`, for reading numbers. */
  async view(at: number, length: number): Promise<DataView> {
    const bytes = await this.take(at, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether the last bytes of a part, `most` of them, are zeros: what is there before a picture is written to its end. */
  async endsInZeros(from: number, end: number, most = NO_CODE): Promise<boolean> {
    const at = Math.max(from, end - most);
    return end > at && (await this.take(at, end - at)).every((byte) => byte === 0);
  }

  /** SHA-256 of the whole file, in hex; what is at hand is not read again. Throws as `from`. */
  async hash(): Promise<string> {
    const hash = createHash('sha256');
    for (let at = 0; at < this.bytes;) {
      const bytes = await this.from(at, Math.min(HASHED_BYTES, this.bytes - at));
      if (bytes.length === 0) break; // cut since it was opened: whoever looks will see
      hash.update(bytes);
      at += bytes.length;
    }
    return hash.digest('hex');
  }

  async #read(at: number, length: number): Promise<void> {
    this.#signal?.throwIfAborted();
    const block = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const bytes = await this.#file.read(block.subarray(filled), at + filled);
      if (bytes === 0) break; // cut since it was opened
      filled += bytes;
    }
    this.#at = at;
    this.#block = block.subarray(0, filled);
  }
}
