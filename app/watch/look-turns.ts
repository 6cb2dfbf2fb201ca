// When a folder is looked through: soon after something was the occasion, one look at a time, and never too often.
import type { Clock } from '../lib/clock.ts';
import type { Works } from './works.ts';

/** Looks for which something was the occasion are at least so far apart, milliseconds. */
const APART_MS = 1_000;

export interface LookTurnsOptions {
  readonly clock: Clock;
  readonly works: Works;
  /** Ends them for good when it aborts. */
  readonly signal: AbortSignal;
  readonly look: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class LookTurns {
  readonly #o: LookTurnsOptions;
  #looking = false;
  #again = false;
  #endedAt = -Infinity;
  #cancelNext: (() => void) | null = null;

  constructor(options: LookTurnsOptions) {
    this.#o = options;
    options.signal.addEventListener('abort', () => {
      this.#cancelNext?.();
      this.#cancelNext = null;
    });
  }

  /** Whether no look goes on, and none ended within so many milliseconds. */
  isDue(everyMs: number): boolean {
    return !this.#looking && this.#o.clock.now() - this.#endedAt >= everyMs;
  }

  /** Looks soon; what is asked while it is done is done once more after. */
  request(): void {
    if (this.#o.signal.aborted || this.#cancelNext !== null) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    const wait = this.#endedAt + APART_MS - this.#o.clock.now();
    if (wait <= 0) {
      this.#look();
      return;
    }
    this.#cancelNext = this.#o.clock.after(wait, () => {
      this.#cancelNext = null;
      this.#look();
    });
  }

  #look(): void {
    const { clock, works, look, onError } = this.#o;
    this.#looking = true;
    void works.run(async () => {
      try {
        await look();
      } catch (error) {
        onError(error);
      } finally {
        this.#looking = false;
        this.#endedAt = clock.now();
        if (this.#again) {
          this.#again = false;
          this.request();
        }
      }
    });
  }
}
