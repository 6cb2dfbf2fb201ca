// What is selected in a long list of which only parts are loaded, and where the keyboard is in it.

/** The list, by places and ids. */
export interface ListSource {
  readonly total: () => number;
  readonly idAt: (index: number) => number | undefined;
  /** Null when it is not loaded. */
  readonly indexOf: (id: number) => number | null;
  /** All ids in order. */
  readonly ids: () => Promise<readonly number[]>;
  /** Tells why they could not be had: what was selected before stays so. */
  readonly fail: (error: unknown) => void;
}

interface Place {
  readonly index: number;
  readonly id: number | undefined;
}

export class ListSelection {
  readonly #source: ListSource;
  ids: ReadonlySet<number> = $state.raw(new Set());
  #cursor: Place | null = $state.raw(null);
  #anchor: Place | null = null;
  /** An answer that comes after a newer choice no longer counts. */
  #choice = 0;

  constructor(source: ListSource) {
    this.#source = source;
  }

  /** Where the keyboard is; null before it was anywhere. */
  get cursor(): number | null {
    return this.#cursor?.index ?? null;
  }

  get cursorId(): number | undefined {
    return this.#cursor?.id;
  }

  /** Nothing but one line. */
  only(index: number): void {
    const place = this.#go(index);
    this.#anchor = place;
    this.#choose(place.id === undefined ? [] : [place.id]);
  }

  toggle(index: number): void {
    const place = this.#go(index);
    this.#anchor = place;
    if (place.id === undefined) return;
    const ids = new Set(this.ids);
    if (!ids.delete(place.id)) ids.add(place.id);
    this.#choose(ids);
  }

  /** For a menu: what is selected already stays so, all else gives way. A line that is not loaded is not meant. */
  point(index: number): void {
    const place = this.#place(index);
    if (place.id === undefined) return;
    if (this.ids.has(place.id)) this.#cursor = place;
    else this.only(index);
  }

  /** All lines from where the selection began to one. */
  async extend(index: number): Promise<void> {
    const from = this.#anchor ?? this.#cursor ?? this.#place(index);
    this.#anchor = from;
    const to = this.#go(index);
    await this.#chooseLater(() => this.#between(from, to));
  }

  async all(): Promise<void> {
    await this.#chooseLater(() => this.#source.ids());
  }

  clear(): void {
    this.#anchor = null;
    this.#choose([]);
  }

  /** Begins anew, for another list. */
  reset(): void {
    this.clear();
    this.#cursor = null;
  }

  /** Lets go of lines that are no more. */
  forget(gone: Iterable<number>): void {
    const ids = new Set(this.ids);
    for (const id of gone) ids.delete(id);
    this.#choose(ids);
  }

  /** Lines may have moved: the keyboard stays with its line where that is still loaded. */
  settle(): void {
    if (this.#cursor) this.#cursor = this.#settled(this.#cursor);
    if (this.#anchor) this.#anchor = this.#settled(this.#anchor);
  }

  /**
   * Does what a key does in a list; true when it was one of those.
   * @param page lines that Page Down goes
   */
  key(event: KeyboardEvent, page: number): boolean {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === 'a') {
      void this.all();
      return true;
    }
    if (event.key === ' ' && this.cursor !== null) {
      this.toggle(this.cursor);
      return true;
    }
    if (event.key === 'Escape' && this.ids.size > 0) {
      this.clear();
      return true;
    }
    const to = this.#target(event.key, page);
    if (to === null) return false;
    if (event.shiftKey) void this.extend(to);
    else if (command) this.#go(to);
    else this.only(to);
    return true;
  }

  #target(key: string, page: number): number | null {
    const last = this.#source.total() - 1;
    if (last < 0) return null;
    const at = this.cursor;
    const within = (index: number) => Math.min(last, Math.max(0, index));
    switch (key) {
      case 'ArrowDown':
        return at === null ? 0 : within(at + 1);
      case 'ArrowUp':
        return at === null ? last : within(at - 1);
      case 'PageDown':
        return within((at ?? 0) + page);
      case 'PageUp':
        return within((at ?? 0) - page);
      case 'Home':
        return 0;
      case 'End':
        return last;
      default:
        return null;
    }
  }

  async #between(from: Place, to: Place): Promise<readonly number[]> {
    const [first, last] = from.index <= to.index ? [from, to] : [to, from];
    const loaded: number[] = [];
    for (let index = first.index; index <= last.index; index += 1) {
      const id = this.#source.idAt(index);
      if (id === undefined) return this.#slice(await this.#source.ids(), first, last);
      loaded.push(id);
    }
    return loaded;
  }

  #slice(ids: readonly number[], first: Place, last: Place): readonly number[] {
    const indexIn = ({ id, index }: Place) => {
      const at = id === undefined ? -1 : ids.indexOf(id);
      return at < 0 ? index : at;
    };
    return ids.slice(indexIn(first), indexIn(last) + 1);
  }

  async #chooseLater(find: () => Promise<readonly number[]>): Promise<void> {
    this.#choice += 1;
    const choice = this.#choice;
    try {
      const ids = await find();
      if (choice === this.#choice) this.ids = new Set(ids);
    } catch (error) {
      if (choice === this.#choice) this.#source.fail(error);
    }
  }

  #choose(ids: Iterable<number>): void {
    this.#choice += 1;
    this.ids = new Set(ids);
  }

  #go(index: number): Place {
    const place = this.#place(index);
    this.#cursor = place;
    return place;
  }

  #place(index: number): Place {
    return { index, id: this.#source.idAt(index) };
  }

  #settled({ index, id }: Place): Place {
    const moved = id === undefined ? null : this.#source.indexOf(id);
    const last = Math.max(0, this.#source.total() - 1);
    return moved === null ? this.#place(Math.min(index, last)) : { index: moved, id };
  }
}
