// Why no new photo goes out at the moment: the user paused, the queue stopped for a reason that concerns every photo, or
// the service cannot be reached and is tried again now and then, with one photo at a time.
import type { Failure } from '../domain/failure.ts';
import { failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';

export interface BrakeOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** How long the service may stay out of reach, or its storage ask to wait, before the queue stops, milliseconds. */
  readonly patienceMs: number;
}

const FIRST_HOLD_MS = 2_000;
const LONGEST_HOLD_MS = 60_000;
const UNTOLD_WAIT_MS = 10_000; // a 429 that names no reset
const JITTER_MS = 1_000;
/** So many submits in a row whose fate is unknown stop the queue: each may cost money. */
const UNCERTAIN_IN_A_ROW = 3;

export class Brake {
  readonly #options: BrakeOptions;
  #paused = false;
  #stopped: Failure | null = null;
  #holds = 0;
  #heldUntil = 0;
  #slowUntil = 0;
  #slowSince: number | null = null;
  #outOfReachSince: number | null = null;
  #uncertain = 0;

  constructor(options: BrakeOptions) {
    this.#options = options;
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(value: boolean) {
    this.#paused = value;
  }

  /** Why the queue stopped; null while it has not. */
  get stopped(): Failure | null {
    return this.#stopped;
  }

  /** Whether finished pictures cannot be saved either, because the disk is full. */
  get holdsSaves(): boolean {
    return this.#stopped?.code === 'disk_full';
  }

  /** Until when nothing is asked of the service, because it is out of reach. */
  get heldUntil(): number | null {
    return this.#ahead(this.#heldUntil);
  }

  /** Until when no photo is uploaded, because the storage asked to slow down; what is paid for is fetched. */
  get slowUntil(): number | null {
    return this.#ahead(this.#slowUntil);
  }

  /** Until when nothing new goes out, for either reason. */
  get closedUntil(): number | null {
    return this.#ahead(Math.max(this.#heldUntil, this.#slowUntil));
  }

  /** Whether new photos may be taken up and sent. */
  get open(): boolean {
    return !this.#paused && this.#stopped === null && this.closedUntil === null;
  }

  /** Whether just one photo may go ahead, to see whether the service is back. */
  get probing(): boolean {
    return this.#holds > 0 || this.#uncertain > 0;
  }

  /** @returns whether it was running until now */
  stop(reason: Failure): boolean {
    const first = this.#stopped === null;
    this.#stopped ??= reason;
    return first;
  }

  /** Lets go: after the user mended what stopped the queue. */
  release(): void {
    this.#stopped = null;
    this.#paused = false;
    this.reached();
    this.#uncertain = 0;
    this.#slowSince = null;
    this.#slowUntil = 0;
  }

  /**
   * The storage asked to slow down: nothing new is taken up for so many milliseconds; stop when patience runs out.
   * @returns whether it ran out
   */
  slowDown(reason: Failure, waitMs: number | undefined): boolean {
    const { clock, random, patienceMs } = this.#options;
    const now = clock.now();
    // Of a wait that was over long ago nothing is known: what was to be uploaded then may have been canceled.
    if (this.#slowSince === null || now - this.#slowUntil > patienceMs) this.#slowSince = now;
    if (now - this.#slowSince >= patienceMs) {
      this.stop(reason);
      return true;
    }
    this.#slowUntil = Math.max(this.#slowUntil, now + (waitMs ?? UNTOLD_WAIT_MS) + random() * JITTER_MS);
    return false;
  }

  /** The storage took a photo. A wait that it asked another one for holds all the same. */
  uploaded(): void {
    this.#slowSince = null;
  }

  /** The service answered something. */
  reached(): void {
    this.#holds = 0;
    this.#heldUntil = 0;
    this.#outOfReachSince = null;
  }

  accepted(): void {
    this.#uncertain = 0;
    this.reached();
  }

  /**
   * The service cannot be reached: hold for a while, longer each time; stop when patience runs out.
   * @returns whether it ran out
   */
  unreached(reason: Failure): boolean {
    const now = this.#options.clock.now();
    this.#outOfReachSince ??= now;
    if (now - this.#outOfReachSince >= this.#options.patienceMs) {
      this.stop(reason);
      return true;
    }
    if (this.#heldUntil <= now) {
      const longest = Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** this.#holds);
      this.#heldUntil = now + longest * (0.5 + this.#options.random() / 2);
      this.#holds += 1;
    }
    return false;
  }

  #ahead(time: number): number | null {
    return time > this.#options.clock.now() ? time : null;
  }

  /** A submit's fate is unknown: the next one goes alone, and a few in a row stop the queue. */
  doubted(): void {
    this.#uncertain += 1;
    if (this.#uncertain < UNCERTAIN_IN_A_ROW) return;
    this.stop(
      failure('service_unavailable', {
        message:
          'The service keeps breaking off while photos are sent, and each of them may have been charged. ' +
          'The queue stopped so that no more are risked; go on when the service is well again.',
        charged: 'maybe',
      }),
    );
  }
}
