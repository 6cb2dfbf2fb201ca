// The Enter key on a terminal: it agrees to what was offered last, once.
import type { Offer } from './watch-teller.ts';

export class EnterKey implements Disposable {
  readonly #agree: (offer: Offer) => Promise<void>;
  /** By folder and kind: what is offered anew takes the place of what was offered before. */
  readonly #offers = new Map<string, Offer>();
  #listens = false;
  readonly #onLine = () => {
    const all = [...this.#offers.values()];
    this.#offers.clear();
    this.#rest();
    for (const offer of all) void this.#agree(offer);
  };

  /** @param agree never rejects */
  constructor(agree: (offer: Offer) => Promise<void>) {
    this.#agree = agree;
  }

  /** Takes Enter for the user's word to this, and to what else is offered. */
  offer(offer: Offer): void {
    this.#offers.set(`${offer.which} ${offer.watchId}`, offer);
    if (this.#listens) return;
    this.#listens = true; // only now: a program in the background that reads from the terminal is stopped by the system
    process.stdin.on('data', this.#onLine);
    process.stdin.resume();
  }

  [Symbol.dispose](): void {
    this.#offers.clear();
    this.#rest();
  }

  #rest(): void {
    if (!this.#listens) return;
    this.#listens = false;
    process.stdin.off('data', this.#onLine);
    process.stdin.pause();
  }
}
