// The way out: safe at any moment, and said to be. A question when photos are at work, a moment for what is in the air,
// and no waiting for whoever asks twice.
import type { Log } from '../app/lib/log.ts';
import { photos, type Status } from './status.ts';

export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly [quit: string, keep: string, cancel: string];
}

export type QuitAnswer = 'quit' | 'keep' | 'cancel';

/** What to ask before the app ends; null when nothing is at work, and there is nothing to ask. */
export function quitQuestion(status: Status): QuitQuestion | null {
  const { queue, running, practice } = status;
  if (!running || queue === null) return null;
  const waiting = Math.max(0, queue.unfinished - queue.atService);
  const place = practice ? 'at the practice service' : 'at Segmind';
  const parts: string[] = [];
  if (queue.atService > 0) {
    const [are, results] = queue.atService === 1 ? ['is', 'its result is'] : ['are', 'their results are'];
    parts.push(
      `${photos(queue.atService)} ${are} ${place}. Start Lightbatch again within an hour, and ${results} fetched` +
        `${practice ? '' : ' without being paid for again'}.`,
    );
  }
  if (waiting > 0) parts.push(`${photos(waiting)} ${waiting === 1 ? 'waits' : 'wait'} and will go on then.`);
  if (parts.length === 0) return null;
  return {
    message: 'Quit while photos are being enhanced?',
    detail: `${parts.join(' ')} Nothing is lost.`,
    buttons: ['Quit', 'Keep Running in the Background', 'Cancel'],
  };
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
  readonly log: Log;
}

/** How long what is in the air may take, in milliseconds: a submit whose answer is heard is not uncertain later. */
export const GRACE_MS = 10_000;
/** And when the system itself is going down. */
export const SHUTDOWN_GRACE_MS = 2_000;

export class Quitter {
  readonly #options: QuitterOptions;
  #state: 'running' | 'asking' | 'stopping' | 'gone' = 'running';

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

  /** The user wants to quit. A second wish while the first is being fulfilled ends the app at once. */
  async request(): Promise<void> {
    if (this.#state === 'asking') return; // the question is on the screen
    if (this.#state === 'stopping') {
      this.#leave();
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
    if (this.#state === 'stopping' || this.#state === 'gone') return;
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
    this.#state = 'stopping';
    try {
      await this.#options.stop(graceMs);
    } catch (error) {
      this.#options.log.error('quit.stop', { error: String(error) });
    }
    this.#leave();
  }

  #leave(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#options.exit();
  }
}
