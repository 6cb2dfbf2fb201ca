// Room on the disk that is kept for one thing: to record the id of a request that was paid for when the disk is full.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 8 * 1024 * 1024;

export class DiskReserve {
  readonly #path: string;

  constructor(dir: string) {
    this.#path = join(dir, 'reserve.bin');
  }

  /** Makes sure the reserve is there; answers false when the disk has no room for it. */
  keep(): boolean {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.size === BYTES) return true;
      const file = openSync(this.#path, 'w', 0o600);
      try {
        // Random: some file systems store zeros as holes, and pack whatever repeats itself.
        const block = randomBytes(BYTES);
        for (let written = 0; written < BYTES;) written += writeSync(file, block, written);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return true;
    } catch {
      // No room is an answer here, not an error: the disk check before each submit stops the queue with its own reason.
      rmSync(this.#path, { force: true });
      return false;
    }
  }

  /** Gives the room up. */
  release(): void {
    rmSync(this.#path, { force: true });
  }
}
