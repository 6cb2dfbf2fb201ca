// RAW files of a folder: they cannot be sent, and are counted by their names.

export class RawFiles {
  #paths = new Set<string>();
  /** What was heard of since the last look through the folder began. */
  #heard = new Map<string, boolean>();

  get count(): number {
    return this.#paths.size;
  }

  hear(path: string, isThere: boolean): void {
    this.#heard.set(path, isThere);
    this.#put(path, isThere);
  }

  /** A look through the folder begins: what is heard of from now on, it may miss. */
  beginLook(): void {
    this.#heard = new Map();
  }

  /** @param paths what the look found */
  endLook(paths: readonly string[]): void {
    this.#paths = new Set(paths);
    for (const [path, isThere] of this.#heard) this.#put(path, isThere);
  }

  #put(path: string, isThere: boolean): void {
    if (isThere) this.#paths.add(path);
    else this.#paths.delete(path);
  }
}
