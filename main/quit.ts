// The way out: safe at any moment, and said to be. A question when photos are at work, a moment for what is in the air
// and no more than that, and no waiting for a user who means it and asks again.
import { type Clock, sleep } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import type { Status } from '../app/backend/backend.ts';
import { restingPhotos } from '../app/domain/watch.ts';
import { photos } from './status.ts';

export type QuitAnswer = 'quit' | 'keep' | 'cancel';

export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly [quit: string, keep: string, cancel: string];
  /** The answer that the Enter key gives. */
  readonly advised: QuitAnswer;
}

/**
 * What to ask before the app ends; null when nothing is at work and nothing that may be paid for is still to come, also
 * while the queue is paused or stopped, and while another service or none is in use.
 */
export function quitQuestion(status: Status): QuitQuestion | null {
  const { running, owed } = status;
  if (!running && owed.here + owed.elsewhere === 0) return null;
  const parts = [sentPart(status), heldPart(status), waitingPart(status), elsewherePart(status)];
  const isSafe = parts[1] === null && parts[3] === null;
  return {
    message: running ? 'Quit while photos are being enhanced?' : 'Quit while photos are at Segmind?',
    detail: [...parts, isSafe ? 'Nothing is lost.' : null].filter((part) => part !== null).join(' '),
    buttons: ['Quit', 'Keep Running in the Background', 'Cancel'],
    advised: running || owed.here > 0 ? 'keep' : 'cancel', // what nobody fetches is not fetched in the background either
  };
}

/** Photos that an answer or a picture is awaited of. */
function sentOf({ queue, practice, owed }: Status): number {
  return practice ? (queue?.atService ?? 0) : owed.here;
}

function sentPart(status: Status): string | null {
  const sent = sentOf(status);
  if (sent === 0) return null;
  const [are, results] = sent === 1 ? ['is', 'its result is'] : ['are', 'their results are'];
  const place = status.practice ? 'at the practice service' : 'at Segmind';
  const free = status.practice ? '' : ' without being paid for again';
  return `${photos(sent)} ${are} ${place}. Start Lightbatch again within an hour, and ${results} fetched${free}.`;
}

/** What else it takes for paid pictures to be fetched. */
function heldPart({ queue, owed }: Status): string | null {
  if (queue === null || owed.here === 0) return null;
  if (queue.stopped !== null) return 'The queue stopped: what stopped it must be mended by then.';
  if (queue.heldFolders.length === 0) return null;
  return 'Pictures for an output folder that cannot be written to are fetched when it can be.';
}

function waitingPart(status: Status): string | null {
  const { queue } = status;
  const waiting = queue === null ? 0 : queue.unfinished - restingPhotos(queue.resting) - sentOf(status);
  if (queue === null || waiting <= 0) return null;
  const [wait, go] = waiting === 1 ? ['waits', 'goes'] : ['wait', 'go'];
  if (queue.paused) return `${photos(waiting)} ${wait}, and ${go} on when you resume.`;
  return `${photos(waiting)} ${wait} and will go on then.`;
}

function elsewherePart({ running, owed: { here, elsewhere } }: Status): string | null {
  if (elsewhere === 0) return null;
  const [are, results, them] = elsewhere === 1 ? ['is', 'its result', 'it'] : ['are', 'their results', 'them'];
  const told =
    `${photos(elsewhere)} ${are} at Segmind, and may be paid for: ${results} can be fetched only for an hour after` +
    ' sending, and only while Segmind is in use.';
  return running || here > 0 ? told : `${told} To fetch ${them} first, choose Cancel, and use Segmind.`;
}

export interface QuitterOptions {
  readonly status: () => Status;
  readonly ask: (question: QuitQuestion) => Promise<QuitAnswer>;
  /** Puts the window away, and goes on. */
  readonly keepRunning: () => void;
  /** Stops the core; the answer is awaited, whatever it is. */
  readonly stop: (graceMs: number) => Promise<void>;
  /** Ends the process at once. */
  readonly exit: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long what is in the air may take, in milliseconds: a submit whose answer is heard is not uncertain later. */
export const GRACE_MS = 10_000;
/** And when the system itself is going down. */
export const SHUTDOWN_GRACE_MS = 2_000;
/** How much longer than its grace a stop may take before the process ends without it, in milliseconds. */
export const STOP_LIMIT_MS = 3_000;
/** A wish that comes sooner after the first is the same one: systems and impatient keys send it more than once. */
export const SECOND_WISH_MS = 2_000;

/** Whether the window's close button only puts the window away; otherwise it is a wish to quit. */
export function closeHides(platform: NodeJS.Platform, keepInTray: boolean): boolean {
  return platform === 'darwin' || keepInTray; // on macOS a program without windows stays in the Dock
}

export class Quitter {
  readonly #options: QuitterOptions;
  #state: 'running' | 'asking' | 'stopping' | 'gone' = 'running';
  /** Whether the system wants the end, be it as the first or after the user. */
  #bySystem = false;
  #since = 0;

  constructor(options: QuitterOptions) {
    this.#options = options;
  }

  /** Whether the process may end now; otherwise it will, in its time. */
  get isGone(): boolean {
    return this.#state === 'gone';
  }

  /** Whether the app is on its way out, and takes up nothing new. */
  get isEnding(): boolean {
    return this.#state === 'stopping' || this.#state === 'gone';
  }

  /** Whether the system goes down, or the user logs out. */
  get isBySystem(): boolean {
    return this.#bySystem;
  }

  /**
   * The user wants to quit. A second wish, two seconds or more after the first began to be fulfilled, ends the app at
   * once; but not when the system goes down, which on macOS asks every program to quit, and means no hurry by it.
   */
  async request(): Promise<void> {
    if (this.#state === 'asking' || this.#state === 'gone') return; // the question is on the screen
    if (this.#state === 'stopping') {
      const { clock } = this.#options;
      if (!this.#bySystem && clock.now() - this.#since >= SECOND_WISH_MS) this.#leave();
      return;
    }
    const question = quitQuestion(this.#options.status());
    if (question !== null) {
      this.#state = 'asking';
      const answer = await this.#ask(question);
      if (this.isEnding) return; // the system went down meanwhile
      this.#state = 'running';
      if (answer === 'keep') this.#options.keepRunning();
      if (answer !== 'quit') return;
    }
    await this.#stop(GRACE_MS);
  }

  /** The system is going down, or the user logs out: no question, and little time. */
  async now(): Promise<void> {
    this.#bySystem = true;
    if (this.isEnding) return;
    await this.#stop(SHUTDOWN_GRACE_MS);
  }

  async #ask(question: QuitQuestion): Promise<QuitAnswer> {
    try {
      return await this.#options.ask(question);
    } catch (error) {
      this.#options.log.error('quit.ask', { error: String(error) });
      return 'quit'; // it is safe, and an app that cannot be quit is not
    }
  }

  async #stop(graceMs: number): Promise<void> {
    const { clock, log, stop } = this.#options;
    this.#state = 'stopping';
    this.#since = clock.now();
    const stopped = new AbortController(); // of the limit's timer
    const limit = sleep(clock, graceMs + STOP_LIMIT_MS, stopped.signal);
    const late = await Promise.race([limit, this.#stopCore(stop, graceMs)]);
    stopped.abort();
    if (late) log.error('quit.late', { graceMs });
    this.#leave();
  }

  /** @returns false: it was not late */
  async #stopCore(stop: QuitterOptions['stop'], graceMs: number): Promise<boolean> {
    try {
      await stop(graceMs);
    } catch (error) {
      this.#options.log.error('quit.stop', { error: String(error) });
    }
    return false;
  }

  #leave(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#options.exit();
  }
}
