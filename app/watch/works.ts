// What is under way, counted: for who must wait until nothing is.
import { sleep, type Clock } from '../lib/clock.ts';

/** How long it is waited for at most by who cannot wait for ever: a drive may never answer, milliseconds. */
const PATIENCE_MS = 5_000;

export class Works {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  get busy(): boolean {
    return this.#count > 0;
  }

  /** Counts some work until it has ended. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#tell();
    }
  }

  /** Resolves when nothing is under way. What ends may begin something else at once: that is waited for, too. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when nothing is under way, or what is takes long. */
  async idleSoon(clock: Clock): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.idle(), sleep(clock, PATIENCE_MS, over.signal)]);
    over.abort();
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** So many at a time; the rest waits for its turn, in order. */
export class Limiter {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
