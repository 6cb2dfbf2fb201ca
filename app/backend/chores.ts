// What is done beside all else and never makes anyone wait: the daily backup of the history, the bound of the thumbnails.
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Pictures } from './pictures.ts';

export interface ChoresOptions {
  readonly history: History;
  readonly pictures: Pictures;
  readonly clock: Clock;
  readonly log: Log;
}

/** The start belongs to the window: chores begin when it has long been drawn. */
const FIRST_AFTER_MS = 20_000;
const EVERY_MS = 3_600_000;

export class Chores {
  readonly #o: ChoresOptions;
  #cancel: () => void;
  #atWork: Promise<void> = Promise.resolve();

  constructor(options: ChoresOptions) {
    this.#o = options;
    this.#cancel = options.clock.after(FIRST_AFTER_MS, () => this.#begin());
  }

  /** Begins no more, and waits for what is under way; call it before the history is closed. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#atWork;
  }

  #begin(): void {
    const { clock } = this.#o;
    this.#cancel = clock.after(EVERY_MS, () => this.#begin());
    this.#atWork = Promise.all([this.#o.pictures.tidy(), this.#backUp()]).then(() => undefined);
  }

  async #backUp(): Promise<void> {
    const { history, clock, log } = this.#o;
    try {
      if (await history.backUpIfDue(clock.now())) log.info('backup');
    } catch (error) {
      log.warn('backup', { error: String(error) }); // as on a full disk: the next hour tries again
    }
  }
}
