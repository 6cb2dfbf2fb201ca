// How long one exchange may take: one limit on the whole, one on the step it is at, and the caller's own signal, joined
// into a single AbortSignal that also knows why it fired.
import type { Clock } from '../lib/clock.ts';

/** Time limits, in milliseconds. */
export interface Timeouts {
  readonly submit: number;
  /** Status, result and credits. */
  readonly get: number;
  /** A floor: a large upload is given more, see storage.ts. */
  readonly upload: number;
  /** Until a download is connected, per redirect. */
  readonly connect: number;
  /** Without a byte of a download. */
  readonly idle: number;
  /** A whole download. */
  readonly download: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  submit: 60_000,
  get: 30_000,
  upload: 5 * 60_000,
  connect: 10_000,
  idle: 30_000,
  download: 10 * 60_000,
};

/** Must be stopped, or its timers outlive the exchange. */
export class Deadline {
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #cancelWhole: () => void;
  #cancelStep: () => void = () => undefined;
  #why: string | undefined;

  /** @param ms the limit on the whole */
  constructor(clock: Clock, ms: number, caller?: AbortSignal) {
    this.#clock = clock;
    this.#caller = caller;
    this.#cancelWhole = clock.after(ms, () => this.#expire(`not finished within ${ms / 1000} s`));
    caller?.addEventListener('abort', this.#stopped, { once: true });
    if (caller?.aborted) this.#stopped();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the signal fired, as a short text; undefined while it has not. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Replaces the limit on the step at hand. */
  step(ms: number, doing: string): void {
    this.#cancelStep();
    this.#cancelStep = this.#clock.after(ms, () => this.#expire(`${doing} took longer than ${ms / 1000} s`));
  }

  /** No limit on what comes now, other than that on the whole. */
  pause(): void {
    this.#cancelStep();
  }

  stop(): void {
    this.#cancelWhole();
    this.#cancelStep();
    this.#caller?.removeEventListener('abort', this.#stopped);
  }

  readonly #stopped = (): void => this.#expire('stopped');

  #expire(why: string): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#controller.abort(new Error(why));
  }
}
