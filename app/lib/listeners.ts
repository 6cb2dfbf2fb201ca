// Those who want to hear of something. None of them can disturb another, or the work that they are told of: what they are
// told has happened already, and an error of theirs must not look like one of it.
import type { Log, LogFields } from './log.ts';

export class Listeners<Value = void> {
  readonly #all = new Set<(value: Value) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Calls back whenever something is told; the answer ends it. */
  add(listener: (value: Value) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Calls all of them. Never throws: an error of one is noted in the log. @param about what is noted with an error */
  tell(value: Value, about: LogFields = {}): void {
    for (const listener of this.#all) {
      try {
        listener(value);
      } catch (error) {
        this.#log.error('listener', { ...about, error: String(error) });
      }
    }
  }

  /** Lets go of all of them. */
  clear(): void {
    this.#all.clear();
  }
}
