// What waits for the page: wishes from menus, notifications and other starts of the app, kept until the page listens, and
// files, kept until the history is open as well. Nothing that a user asked for gets lost on the way.
import type { Intent } from '../app/contract/values.ts';

export interface PostOptions {
  readonly send: (intent: Intent) => void;
  /** Makes an intake of files; only called while the history is open. */
  readonly intakeOf: (paths: readonly string[]) => number;
}

export class Post {
  readonly #options: PostOptions;
  readonly #intents: Intent[] = [];
  readonly #files: string[] = [];
  #pageListens = false;
  #historyOpen = false;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  intent(intent: Intent): void {
    this.#intents.push(intent);
    this.#deliver();
  }

  /** Files given together become one intake. */
  files(paths: readonly string[]): void {
    this.#files.push(...paths);
    this.#deliver();
  }

  /** The page has asked its first question, and so hears what is sent. */
  pageListens(): void {
    this.#pageListens = true;
    this.#deliver();
  }

  pageGone(): void {
    this.#pageListens = false;
  }

  historyOpen(open: boolean): void {
    this.#historyOpen = open;
    this.#deliver();
  }

  #deliver(): void {
    if (!this.#pageListens) return;
    for (const intent of this.#intents.splice(0)) this.#options.send(intent);
    if (!this.#historyOpen || this.#files.length === 0) return;
    this.#options.send({ kind: 'intake', id: this.#options.intakeOf(this.#files.splice(0)) });
  }
}
