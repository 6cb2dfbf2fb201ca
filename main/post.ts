// What waits for the page: wishes from menus, notifications and other starts of the app, kept until the page listens, and
// files, kept until the history is open as well. Nothing that a user asked for gets lost on the way.
import type { Intent } from '../app/contract/values.ts';
import type { Clock } from '../app/lib/clock.ts';

export interface PostOptions {
  readonly send: (intent: Intent) => void;
  /** Makes an intake of files; only called while the history is open. */
  readonly intakeOf: (paths: readonly string[]) => number;
  readonly clock: Clock;
}

/**
 * After so long without another one, the files that came are all of them: macOS gives the files of one selection one by
 * one, and Windows starts the app once for each.
 */
export const GATHER_MS = 300;
/** So long after the first of them, they wait for no more. */
export const GATHER_LIMIT_MS = 2_000;

export class Post {
  readonly #options: PostOptions;
  readonly #intents: Intent[] = [];
  readonly #files: string[] = [];
  #pageListens = false;
  #historyOpen = false;
  /** While more files may come: when the first came, and what ends the wait for the next. */
  #gathering: { readonly since: number; readonly cancel: () => void } | null = null;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  intent(intent: Intent): void {
    this.#intents.push(intent);
    this.#deliver();
  }

  /** Files given together, or shortly after each other, become one intake. */
  files(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#files.push(...paths);
    const { clock } = this.#options;
    const since = this.#gathering?.since ?? clock.now();
    this.#gathering?.cancel();
    const wait = Math.min(GATHER_MS, since + GATHER_LIMIT_MS - clock.now());
    this.#gathering = { since, cancel: clock.after(wait, () => this.#gathered()) };
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

  #gathered(): void {
    this.#gathering = null;
    this.#deliver();
  }

  #deliver(): void {
    if (!this.#pageListens) return;
    for (const intent of this.#intents.splice(0)) this.#options.send(intent);
    if (!this.#historyOpen || this.#gathering !== null || this.#files.length === 0) return;
    this.#options.send({ kind: 'intake', id: this.#options.intakeOf(this.#files.splice(0)) });
  }
}
