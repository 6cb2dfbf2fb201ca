// The Enter key on a terminal: it agrees to what the last line offered, once, and “n” refuses it. What was typed before that
// line could be read is no answer, and any other line leaves open what becomes of it.
import type { ReadStream } from 'node:tty';
import { type Clock, systemClock } from '../lib/clock.ts';
import { inForeground } from './foreground.ts';
import { count } from './text.ts';
import { type Offer, priceText } from './watch-teller.ts';

export interface EnterKeyOptions {
  /** Never rejects. */
  readonly agree: (offer: Offer) => Promise<void>;
  /** The user does not want what is offered. */
  readonly refuse: (offers: readonly Offer[]) => void;
  /** What is offered is not sent for now: no answer to it, or there is nobody to be asked any more. */
  readonly decline: (offers: readonly Offer[]) => void;
  readonly input?: Pick<ReadStream, 'on' | 'off' | 'resume' | 'pause'>;
  readonly clock?: Clock;
  /** Whether the terminal may be read from. */
  readonly mayRead?: () => boolean;
}

/** Nobody has read a line so soon, milliseconds: what comes by then was typed before, or for something else. */
const UNREAD_MS = 300;

export class EnterKey implements Disposable {
  readonly #o: Required<EnterKeyOptions>;
  /** By folder and kind: what is offered anew takes the place of what was offered before. */
  readonly #offers = new Map<string, Offer>();
  #cancelWait: (() => void) | null = null;
  #listens = false;
  #open = false;
  #ended = false;
  readonly #onData = (data: Buffer | string) => {
    if (!this.#open) return;
    const line = String(data);
    if (/^no?[\r\n]+$/i.test(line)) {
      this.#o.refuse(this.#taken());
      return;
    }
    if (!/^[\r\n]+$/.test(line)) {
      this.#declineAll();
      return;
    }
    for (const offer of this.#taken()) void this.#o.agree(offer);
  };
  readonly #onEnd = () => {
    this.#ended = true;
    this.#declineAll();
  };
  /** Sent to the background (Ctrl-Z, bg) with an offer open: it must not read on. */
  readonly #onContinue = () => {
    if (!this.#o.mayRead()) this.#declineAll();
  };

  constructor(options: EnterKeyOptions) {
    this.#o = { input: process.stdin, clock: systemClock, mayRead: inForeground, ...options };
  }

  /**
   * Takes Enter for the user's word to this, and to what else is still offered.
   * @returns what to tell of that at once; null where nobody can be asked
   */
  offer(offer: Offer): string | null {
    if (this.#ended || !this.#o.mayRead()) {
      this.withdraw(offer);
      return null;
    }
    this.#offers.set(keyOf(offer), offer);
    this.#listen();
    const all = [...this.#offers.values()];
    if (all.length === 1) return wayOf(offer.photos === 1 ? 'it' : 'them');
    const photos = all.reduce((sum, one) => sum + one.photos, 0);
    const price = priceText(
      offer.practice,
      all.reduce((sum, one) => sum + one.credits, 0),
      all.some(({ which }) => which === 'existing'),
    );
    return `For all that is offered by now, ${count(photos, 'photo')} (${price}): ${wayOf('them')}`;
  }

  /** What does not wait any more is not offered any more. */
  withdraw(offer: Pick<Offer, 'watchId' | 'which'>): void {
    if (this.#offers.delete(keyOf(offer)) && this.#offers.size === 0) this.#rest();
  }

  [Symbol.dispose](): void {
    this.#offers.clear();
    this.#rest();
  }

  #listen(): void {
    const { input, clock } = this.#o;
    this.#open = false;
    this.#cancelWait?.();
    // What was typed earlier is read before the immediate, however late the timer is.
    this.#cancelWait = clock.after(UNREAD_MS, () => {
      const immediate = setImmediate(() => void (this.#open = true));
      this.#cancelWait = () => clearImmediate(immediate);
    });
    if (this.#listens) return;
    this.#listens = true;
    input.on('data', this.#onData);
    input.on('end', this.#onEnd);
    input.on('error', this.#onEnd);
    process.on('SIGCONT', this.#onContinue);
    input.resume();
  }

  #declineAll(): void {
    const offers = this.#taken();
    if (offers.length > 0) this.#o.decline(offers);
  }

  #taken(): readonly Offer[] {
    const all = [...this.#offers.values()];
    this.#offers.clear();
    this.#rest();
    return all;
  }

  #rest(): void {
    this.#open = false;
    this.#cancelWait?.();
    this.#cancelWait = null;
    if (!this.#listens) return;
    this.#listens = false;
    const { input } = this.#o;
    input.off('data', this.#onData);
    input.off('end', this.#onEnd);
    input.off('error', this.#onEnd);
    process.off('SIGCONT', this.#onContinue);
    input.pause();
  }
}

function wayOf(them: string): string {
  return `Press Enter to enhance ${them}, or n and Enter to leave ${them} alone.`;
}

function keyOf({ watchId, which }: Pick<Offer, 'watchId' | 'which'>): string {
  return `${which} ${watchId}`;
}
