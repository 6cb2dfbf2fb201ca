// Photos that were given and not started yet, each with a sheet of its own: one is open, the others wait for it. What the
// user has set in the open one is never taken from him by more photos that arrive.
import type { Preferences } from '../../app/contract/values.ts';

/** The core holds the last twenty that were given: those that wait must not push out the one that is open. */
const WAITING_AT_MOST = 10;

/** What a sheet begins with, in place of what is set for all batches. */
export type Beginning = Pick<Preferences, 'parameters' | 'output'>;

export class Sheets {
  #open: number | null = $state(null);
  #waiting: readonly number[] = $state.raw([]);
  /** What the sheet of an intake begins with, in place of the preferences. */
  readonly #beginsWith = new Map<number, Beginning>();
  readonly #giveUp: (intake: number) => void;

  /** @param giveUp lets go of an intake that will have no sheet any more */
  constructor(giveUp: (intake: number) => void) {
    this.#giveUp = giveUp;
  }

  /** The intake whose sheet is open. */
  get open(): number | null {
    return this.#open;
  }

  /** How many come after it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @returns whether there was room for it; without, it is given up */
  add(intake: number, beginning: Beginning | null): boolean {
    if (intake === this.#open || this.#waiting.includes(intake)) return true;
    if (this.#waiting.length >= WAITING_AT_MOST) {
      this.#giveUp(intake);
      return false;
    }
    if (beginning) this.#beginsWith.set(intake, beginning);
    if (this.#open === null) this.#open = intake;
    else this.#waiting = [...this.#waiting, intake];
    return true;
  }

  /** The one that is open is done with, by its own sheet: the next one opens. */
  next(): void {
    if (this.#open !== null) this.#beginsWith.delete(this.#open);
    const [next, ...others] = this.#waiting;
    this.#open = next ?? null;
    this.#waiting = others;
  }

  beginsWith(intake: number): Beginning | undefined {
    return this.#beginsWith.get(intake);
  }

  /** Lets go of all of them. */
  clear(): void {
    for (const intake of [this.#open, ...this.#waiting]) if (intake !== null) this.#giveUp(intake);
    this.#open = null;
    this.#waiting = [];
    this.#beginsWith.clear();
  }
}
