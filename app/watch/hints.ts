// What a watcher hinted at and was not followed yet: each path once, however often it is told.
import { mapLimited } from '../intake/map-limited.ts';
import type { Works } from './works.ts';

export interface HintsOptions {
  readonly works: Works;
  /** Looks what is under a path. */
  readonly follow: (path: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const AT_ONCE = 64;

export class Hints {
  readonly #o: HintsOptions;
  readonly #paths = new Set<string>();
  #open = false;
  #draining = false;

  constructor(options: HintsOptions) {
    this.#o = options;
  }

  add(path: string): void {
    this.#paths.add(path);
    this.#drain();
  }

  /** From now on hints are followed at once; until then they wait. */
  open(): void {
    this.#open = true;
    this.#drain();
  }

  clear(): void {
    this.#paths.clear();
  }

  #drain(): void {
    if (this.#draining || !this.#open || this.#paths.size === 0) return;
    this.#draining = true;
    void this.#o.works.run(async () => {
      try {
        while (this.#paths.size > 0) {
          const paths = [...this.#paths];
          this.#paths.clear();
          await mapLimited(paths, AT_ONCE, this.#o.follow);
        }
      } catch (error) {
        this.#o.onError(error);
      } finally {
        this.#draining = false;
      }
    });
  }
}
