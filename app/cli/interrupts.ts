// What Ctrl-C does: until there is something that wants to end cleanly it ends the command, with the summary that every
// run has; after that, at once.
import type { Output } from './output.ts';
import { noneSettled } from './tally.ts';
import { EXIT } from './usage-error.ts';

/** A terminal that is closed (SIGHUP) stops a run as cleanly as Ctrl-C does. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupts implements Disposable {
  #handler: (() => void) | null;
  readonly #onSignal = () => {
    if (this.#handler) this.#handler();
    else process.exit(EXIT.interrupted); // nothing is in the air: what was recorded is on the disk
  };

  constructor(output: Output) {
    const startedAt = Date.now();
    this.#handler = () => {
      this.#handler = null; // a second one does not wait for the output
      output.say('Stopped before anything was sent.');
      output.summary(noneSettled(), 0, (Date.now() - startedAt) / 1_000);
      void output.flushed().then(() => process.exit(EXIT.interrupted));
    };
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** From now on calls back instead; null ends that. */
  handle(handler: (() => void) | null): void {
    this.#handler = handler;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}
