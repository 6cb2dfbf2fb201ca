// What the account holds: asked for when the user wants to know or is about to decide by it, when a batch ends or the queue
// stops, and else once a minute at most.
import type { ServiceState } from '../contract/values.ts';
import { classify, type Failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Segmind } from '../segmind/client.ts';

const MINUTE_MS = 60_000;

export interface BalanceOptions {
  readonly clock: Clock;
  readonly onChange: () => void;
}

interface Asking {
  readonly segmind: Pick<Segmind, 'credits'>;
  readonly answer: Promise<void>;
}

export class Balance {
  readonly #o: BalanceOptions;
  #segmind: Pick<Segmind, 'credits'> | null = null;
  #value: ServiceState['balance'] = null;
  #trouble: Failure | null = null;
  #askedAt = -Infinity;
  #asking: Asking | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(options: BalanceOptions) {
    this.#o = options;
  }

  /** Null while it is not known. */
  get value(): ServiceState['balance'] {
    return this.#value;
  }

  /** Why it could not be asked for last; null when it could. */
  get trouble(): Failure | null {
    return this.#trouble;
  }

  /** Whether it was not asked for in the last minute. */
  get isOld(): boolean {
    return this.#o.clock.now() - this.#askedAt >= MINUTE_MS;
  }

  /** From now on the balance is that of this service; it is asked for at once, unless it is known. */
  follow(segmind: Pick<Segmind, 'credits'>, known?: number): void {
    this.leave();
    this.#segmind = segmind;
    if (known === undefined) void this.ask();
    else this.tell(known);
  }

  /** There is no service any more whose balance could be known. */
  leave(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#segmind = null;
    this.#value = null;
    this.#trouble = null;
    this.#askedAt = -Infinity;
  }

  /** Takes what the service told otherwise. */
  tell(credits: number): void {
    this.#askedAt = this.#o.clock.now();
    this.#value = { credits, at: this.#askedAt };
    this.#trouble = null;
    this.#o.onChange();
  }

  /** Asks now; resolves when it is answered. Never rejects: `trouble` tells what was wrong. */
  ask(): Promise<void> {
    const segmind = this.#segmind;
    if (segmind === null) return Promise.resolve();
    if (this.#asking?.segmind === segmind) return this.#asking.answer;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#askedAt = this.#o.clock.now();
    const asking: Asking = { segmind, answer: this.#ask(segmind) };
    this.#asking = asking;
    return asking.answer.finally(() => {
      if (this.#asking === asking) this.#asking = null;
    });
  }

  /** Asks now, unless it was asked less than so many milliseconds ago. */
  askIfOlder(ageMs: number): void {
    if (this.#o.clock.now() - this.#askedAt >= ageMs) void this.ask();
  }

  /** Asks as soon as a minute has passed since it was asked last. */
  askSoon(): void {
    if (this.#segmind === null || this.#cancelTimer !== null) return;
    const wait = this.#askedAt + MINUTE_MS - this.#o.clock.now();
    if (wait <= 0) void this.ask();
    else this.#cancelTimer = this.#o.clock.after(wait, () => void this.ask());
  }

  async #ask(segmind: Pick<Segmind, 'credits'>): Promise<void> {
    try {
      const { credits, freeCredits } = await segmind.credits();
      if (this.#segmind === segmind) this.tell(credits + freeCredits);
    } catch (error) {
      if (this.#segmind !== segmind) return;
      this.#trouble = classify(error);
      this.#o.onChange();
    }
  }
}
