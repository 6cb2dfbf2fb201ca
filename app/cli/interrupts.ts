// What Ctrl-C does: it ends the command at once until there is something that wants to end cleanly.
import { EXIT } from './usage-error.ts';

/** A terminal that is closed (SIGHUP) stops a run as cleanly as Ctrl-C does. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupts implements Disposable {
  #handler: (() => void) | null = null;
  readonly #onSignal = () => {
    if (this.#handler) this.#handler();
    else process.exit(EXIT.interrupted); // nothing is in the air: what was recorded is on the disk
  };

  constructor() {
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
