// One budget of requests a minute for submits, results and polls together. What goes out is counted over a sliding
// window, so that no window of the service, wherever it begins, holds more than the plan allows; a 429 teaches that the
// plan allows less, and closes the gate until the service's own reset.
import type { Clock } from '../lib/clock.ts';

/** In order of precedence: what is paid for comes first, then what keeps the slots full. */
export const REQUEST_KINDS = ['result', 'submit', 'poll'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export interface PacingOptions {
  readonly clock: Clock;
  /** Requests a minute; null for no limit. */
  readonly perMinute: number | null;
  /** Whether polls and results count, too. */
  readonly pollsCount?: boolean;
  /** Length of the service's window, milliseconds. */
  readonly windowMs?: number;
  /** A number in [0, 1), for the jitter after a 429. */
  readonly random?: () => number;
}

/** Leave for one request. `giveBack` returns it unused. */
export interface Grant {
  giveBack(): void;
}

/** Requests wait because the budget of the window is used up, not because of a 429. */
export interface Paced {
  /** Requests a window that the plan allows. */
  readonly perMinute: number;
  /** When the last of those that wait now can go, milliseconds since the epoch. */
  readonly until: number;
}

interface Waiter {
  readonly kind: RequestKind;
  readonly resolve: (grant: Grant | null) => void;
}

const UNTOLD_WAIT_MS = 5_000; // a 429 that names no reset: this, doubling
const LONGEST_UNTOLD_WAIT_MS = 5 * 60_000;
const CLEAN_WINDOWS_TO_RISE = 10; // windows without a 429 before the learned limit is raised again
const SHORT_WAIT_MS = 2_000; // not worth telling: steady work at the limit waits so between any two requests
const MARGIN = 0.005; // of the window: what a request may be delayed on its way

export class Pacing {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #pollsCount: boolean;
  readonly #random: () => number;
  readonly #since: number;
  #limit: number | null;
  #learned: number | null = null;
  #learnedAt = 0;
  #sent: number[] = [];
  #waiting: Waiter[] = [];
  #closedUntil = 0;
  #untold = 0;
  /** After a 429 one request goes ahead and the others wait for how it fares. */
  #probe: 'none' | 'due' | 'out' = 'none';
  #cancelTimer: (() => void) | null = null;
  #wasPaced = false;
  #onPaced: (() => void) | null = null;

  constructor(options: PacingOptions) {
    this.#clock = options.clock;
    this.#limit = options.perMinute;
    this.#windowMs = options.windowMs ?? 60_000;
    this.#pollsCount = options.pollsCount ?? true;
    this.#random = options.random ?? Math.random;
    this.#since = options.clock.now();
  }

  /** The requests a window that are used now; null for no limit. */
  get limit(): number | null {
    if (this.#learned === null) return this.#limit;
    return this.#limit === null ? this.#learned : Math.min(this.#limit, this.#learned);
  }

  setLimit(perMinute: number | null): void {
    this.#limit = perMinute;
    this.#learned = null;
    this.#serve();
  }

  /** Until when the gate is closed by a 429 (milliseconds since the epoch); null when it is open. */
  get closedUntil(): number | null {
    return this.#closedUntil > this.#clock.now() ? this.#closedUntil : null;
  }

  /** What requests wait for by the plan's own budget; null when none waits for it long. */
  get paced(): Paced | null {
    const { limit } = this;
    const now = this.#clock.now();
    if (limit === null || this.#waiting.length === 0 || now < this.#closedUntil || this.#probe !== 'none') return null;
    const last = Math.min(this.#waiting.length, this.#sent.length);
    const until = this.#leavesAt(this.#sent[last - 1] ?? now);
    return until - now < SHORT_WAIT_MS ? null : { perMinute: limit, until };
  }

  /** Calls back when `paced` has become something or nothing; one listener. */
  onPaced(listener: () => void): void {
    this.#onPaced = listener;
  }

  /** How much of the window's budget is unused, 0 to 1: polls are made earlier while there is plenty. */
  get room(): number {
    const limit = this.limit;
    if (limit === null) return 1;
    if (this.closedUntil !== null || this.#waiting.length > 0) return 0;
    this.#forgetOld();
    return Math.max(0, 1 - this.#sent.length / limit);
  }

  /** Waits for leave to send one request; answers null when `signal` aborts first. */
  take(kind: RequestKind, signal?: AbortSignal): Promise<Grant | null> {
    if (signal?.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        kind,
        resolve: (grant) => {
          signal?.removeEventListener('abort', abort);
          resolve(grant);
        },
      };
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        waiter.resolve(null);
        this.#tellPaced();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiter);
      this.#serve();
    });
  }

  /** Tells that the service answered a request with anything but 429. */
  answered(): void {
    if (this.#probe === 'due') return; // sent before the 429: it says nothing about the time after
    this.#untold = 0;
    if (this.#probe === 'none') return;
    this.#probe = 'none';
    this.#serve();
  }

  /**
   * Tells that the service answered 429.
   * @param waitMs how long until its window resets, by its own clock; undefined when it did not say
   */
  limited(waitMs: number | undefined): void {
    const now = this.#clock.now();
    this.#learn(now);
    const told = waitMs ?? Math.min(LONGEST_UNTOLD_WAIT_MS, UNTOLD_WAIT_MS * 2 ** this.#untold);
    if (waitMs === undefined) this.#untold += 1;
    const jitter = this.#random() * Math.min(1_000, this.#windowMs / 60);
    this.#closedUntil = Math.max(this.#closedUntil, now + told + jitter);
    this.#probe = 'due';
    this.#serve();
  }

  /**
   * What was let through in the last window before the 429 is what the plan allows. Only a whole window of our own tells:
   * in the first one, requests of an earlier run may have used the budget.
   */
  #learn(now: number): void {
    if (now - this.#since < this.#windowMs) return;
    if (this.#closedUntil > now && this.#learned !== null) {
      this.#learned = Math.max(1, this.#learned - 1); // one more of the same burst was too many
    } else {
      this.#forgetOld();
      this.#learned = Math.max(1, Math.min(this.limit ?? Infinity, this.#sent.length) - 1);
    }
    this.#learnedAt = now;
  }

  /** Time without a 429 lets the learned limit rise again, a tenth a window. */
  #rise(now: number): void {
    if (this.#learned === null) return;
    const clean = Math.floor((now - this.#learnedAt) / this.#windowMs);
    if (clean < CLEAN_WINDOWS_TO_RISE) return;
    this.#learned = Math.ceil(this.#learned * 1.1);
    this.#learnedAt = now - (CLEAN_WINDOWS_TO_RISE - 1) * this.#windowMs;
    if (this.#limit !== null && this.#learned >= this.#limit) this.#learned = null;
  }

  #forgetOld(): void {
    const from = this.#clock.now() - this.#windowMs * (1 + MARGIN);
    let old = 0;
    while (old < this.#sent.length && (this.#sent[old] ?? 0) <= from) old += 1;
    if (old > 0) this.#sent.splice(0, old);
  }

  #counts(kind: RequestKind): boolean {
    return this.#pollsCount || kind === 'submit';
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const now = this.#clock.now();
    this.#rise(now);
    while (this.#waiting.length > 0) {
      const waiter = this.#next(now);
      if (!waiter) break;
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      waiter.resolve(this.#grant(waiter.kind, now));
    }
    const wakeAt = this.#waiting.length > 0 ? this.#wakeAt(now) : null;
    if (wakeAt !== null) this.#cancelTimer = this.#clock.after(wakeAt - now, () => this.#serve());
    this.#tellPaced();
  }

  #tellPaced(): void {
    const isPaced = this.paced !== null;
    if (isPaced === this.#wasPaced) return;
    this.#wasPaced = isPaced;
    this.#onPaced?.();
  }

  /** The waiter that may go now, if any. */
  #next(now: number): Waiter | undefined {
    if (now < this.#closedUntil || this.#probe === 'out') return undefined;
    this.#forgetOld();
    const limit = this.limit;
    const full = limit !== null && this.#sent.length >= limit;
    for (const kind of REQUEST_KINDS) {
      const waiter = this.#waiting.find((candidate) => candidate.kind === kind);
      if (waiter && !(full && this.#counts(kind))) return waiter;
    }
    return undefined;
  }

  #grant(kind: RequestKind, now: number): Grant {
    const isProbe = this.#probe === 'due';
    if (isProbe) this.#probe = 'out';
    if (this.#counts(kind)) this.#sent.push(now);
    let open = true;
    return {
      giveBack: () => {
        if (!open) return;
        open = false;
        const at = this.#sent.lastIndexOf(now);
        if (this.#counts(kind) && at >= 0) this.#sent.splice(at, 1);
        if (isProbe && this.#probe === 'out') this.#probe = 'due';
        this.#serve();
      },
    };
  }

  #wakeAt(now: number): number | null {
    if (now < this.#closedUntil) return this.#closedUntil;
    if (this.#probe === 'out') return null; // its answer wakes the others
    const first = this.#sent[0];
    return first === undefined ? now + this.#windowMs : this.#leavesAt(first);
  }

  /** When a request that was sent then no longer counts. */
  #leavesAt(sentAt: number): number {
    return sentAt + Math.ceil(this.#windowMs * (1 + MARGIN)) + 1;
  }

  /** Lets go of the timer; whoever still waits gets no leave. */
  [Symbol.dispose](): void {
    this.#cancelTimer?.();
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(null);
  }
}
