// What becomes of a page that died or does not answer: it is loaded again, unless it dies over and over. The queue does
// not notice: it runs elsewhere.
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly reload: () => void;
  /** Ends the page's process, which comes back as its death. */
  readonly crash: () => void;
  /** Called when loading again does not help; true when the user wants it tried once more. */
  readonly ask: () => Promise<boolean>;
}

/** A second death within this time is not answered by loading the page a second time. */
const CALM_MS = 60_000;
/** How long a page may be silent: it may be at something long, or its machine asleep. */
const PATIENCE_MS = 20_000;

export class Recovery {
  readonly #options: RecoveryOptions;
  #lastReload = Number.NEGATIVE_INFINITY;
  #giveUp: (() => void) | null = null;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** @param reason as Electron names it; `clean-exit` is the window's own end */
  async died(reason: string, exitCode: number): Promise<void> {
    this.answered();
    if (reason === 'clean-exit') return;
    const { clock, log, reload, ask } = this.#options;
    log.error('page.died', { reason, exitCode });
    const again = clock.now() - this.#lastReload < CALM_MS;
    if (again && !(await ask())) return;
    this.#lastReload = clock.now();
    reload();
  }

  silent(): void {
    if (this.#giveUp !== null) return;
    const { clock, log, crash } = this.#options;
    log.warn('page.silent');
    this.#giveUp = clock.after(PATIENCE_MS, () => {
      this.#giveUp = null;
      crash();
    });
  }

  answered(): void {
    this.#giveUp?.();
    this.#giveUp = null;
  }
}
