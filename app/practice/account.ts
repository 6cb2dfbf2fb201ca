// The practice account: credits, free credits and the team's spend limit. Credits are kept in whole millionths, so that
// sums of 0.04 stay exact. What an accepted request will cost is reserved, so the account never goes below zero.

const MICRO = 1_000_000;
const PLENTY = 10_000 * MICRO; // shown by an account without an end: it never refuses

export interface Balance {
  readonly credits: number;
  readonly freeCredits: number;
}

export class Account {
  readonly #price: number;
  readonly #free: number;
  #credits: number | null;
  #spendLimit: number | null;
  #spent: number;
  #reserved: number;

  /** Amounts in credits; `open`: how many requests are accepted and not ended; `spent`: what was billed before. */
  constructor(start: {
    credits: number | null;
    freeCredits: number;
    price: number;
    spendLimit: number | null;
    spent: number;
    open: number;
  }) {
    this.#price = micro(start.price);
    this.#free = micro(start.freeCredits);
    this.#credits = start.credits === null ? null : micro(start.credits);
    this.#spendLimit = start.spendLimit === null ? null : micro(start.spendLimit);
    this.#spent = micro(start.spent);
    this.#reserved = start.open * this.#price;
  }

  /** Sets aside the price of one request; each needs one `charge` or one `release` later. */
  reserve(): 'ok' | 'no-credits' | 'spend-limit' {
    const after = this.#spent + this.#reserved + this.#price;
    if (this.#credits !== null && after > this.#credits + this.#free) return 'no-credits';
    if (this.#spendLimit !== null && after > this.#spendLimit) return 'spend-limit';
    this.#reserved += this.#price;
    return 'ok';
  }

  /** Bills what was reserved. */
  charge(): { cost: number; remaining: number } {
    this.release();
    this.#spent += this.#price;
    const { credits, freeCredits } = this.balance();
    return { cost: this.#price / MICRO, remaining: micro(credits + freeCredits) / MICRO };
  }

  /** Gives back what was reserved: the request failed. */
  release(): void {
    this.#reserved -= this.#price;
  }

  /** Takes a charge back that could not be recorded. */
  refund(): void {
    this.#spent -= this.#price;
  }

  balance(): Balance {
    const paid = Math.max(0, this.#spent - this.#free); // the free ones go first
    return {
      credits: ((this.#credits ?? PLENTY) - paid) / MICRO,
      freeCredits: Math.max(0, this.#free - this.#spent) / MICRO,
    };
  }

  /** From now on the account holds so many credits, besides the free ones. */
  setCredits(credits: number | null): void {
    this.#credits = credits === null ? null : micro(credits) + Math.max(0, this.#spent - this.#free);
  }

  setSpendLimit(limit: number | null): void {
    this.#spendLimit = limit === null ? null : micro(limit);
  }

  /** Billed in all, in credits. */
  get spent(): number {
    return this.#spent / MICRO;
  }
}

function micro(credits: number): number {
  return Math.round(credits * MICRO);
}
