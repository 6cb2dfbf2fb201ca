// A watcher under test with what it told, and waiting for what it will tell.
import { relative, sep } from 'node:path';
import type { Watcher, WatcherFactory, WatchTrouble } from '../../app/intake/watcher.ts';

export class Watched implements AsyncDisposable {
  readonly root: string;
  /** Paths below the root with slashes, '' for the root itself; in the order told. */
  readonly hints: string[] = [];
  readonly troubles: WatchTrouble[] = [];
  readonly watcher: Watcher;
  readonly #waiting = new Set<() => void>();

  private constructor(make: WatcherFactory, options: { root: string; recursive: boolean; excluded: string[] }) {
    this.root = options.root;
    this.watcher = make({
      root: options.root,
      recursive: options.recursive,
      isExcluded: (path) => options.excluded.includes(path),
      onHint: (path) => {
        this.hints.push(relative(this.root, path).split(sep).join('/'));
        this.#wake();
      },
      onTrouble: (trouble) => {
        this.troubles.push(trouble);
        this.#wake();
      },
    });
  }

  /** A watcher that is ready. */
  static async on(
    make: WatcherFactory,
    root: string,
    { recursive = true, excluded = [] }: { recursive?: boolean; excluded?: string[] } = {},
  ): Promise<Watched> {
    const watched = new Watched(make, { root, recursive, excluded });
    await watched.watcher.ready;
    return watched;
  }

  /** Resolves as soon as a condition holds, asked again after everything that is told; for ever otherwise. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const ask = () => {
        if (!holds()) return;
        this.#waiting.delete(ask);
        resolve();
      };
      this.#waiting.add(ask);
      ask();
    });
  }

  /** Resolves when each of these paths was told. */
  hinted(...paths: readonly string[]): Promise<void> {
    return this.until(() => paths.every((path) => this.hints.includes(path)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watcher.close();
  }

  #wake(): void {
    for (const ask of [...this.#waiting]) ask();
  }
}
