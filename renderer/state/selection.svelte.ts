// Which photos of a list are chosen and which one the keys act on, as file managers have it: click, toggle, extend. It
// knows ids alone, so it outlives changes of order, of filter and of rows.

export interface Choosing {
  /** From where the selection began up to here (shift). */
  readonly extend?: boolean;
  /** Adds it, or takes it away (ctrl, cmd). */
  readonly toggle?: boolean;
}

const NONE: ReadonlySet<number> = new Set();

export class Selection {
  readonly #ids: () => readonly number[];
  #chosen: ReadonlySet<number> = $state.raw(NONE);
  /** Where the keys are; null before the first. */
  #focus: number | null = $state(null);
  /** From where shift extends. */
  #anchor: number | null = null;
  /** What was chosen before shift began to extend: that stays. */
  #before: ReadonlySet<number> = NONE;
  readonly #index = $derived.by(() => new Map(this.#ids().map((id, index) => [id, index])));
  readonly #list = $derived.by(() => this.#ids().filter((id) => this.#chosen.has(id)));

  /** @param ids the list as it is at the moment, in its order */
  constructor(ids: () => readonly number[]) {
    this.#ids = ids;
  }

  get focus(): number | null {
    return this.#focus;
  }

  /** How many are chosen of those in the list. */
  get size(): number {
    return this.#list.length;
  }

  /** Those that are chosen, in the order of the list. What a filter hides is not among them. */
  get list(): readonly number[] {
    return this.#list;
  }

  has(id: number): boolean {
    return this.#chosen.has(id);
  }

  /** Where an id is in the list; -1 when it is not in it. */
  indexOf(id: number | null): number {
    return id === null ? -1 : (this.#index.get(id) ?? -1);
  }

  /** A click or a key led to an id. */
  choose(id: number, { extend = false, toggle = false }: Choosing = {}): void {
    if (extend && this.indexOf(this.#anchor) < 0) this.#anchor = this.#focus;
    this.#focus = id;
    if (extend && this.indexOf(this.#anchor) >= 0) {
      this.#chosen = new Set([...this.#before, ...this.#between(this.#anchor, id)]);
      return;
    }
    this.#anchor = id;
    if (toggle) {
      const chosen = new Set(this.#chosen);
      if (!chosen.delete(id)) chosen.add(id);
      this.#chosen = chosen;
      this.#before = chosen.has(id) ? chosen : NONE;
      return;
    }
    this.#before = NONE;
    this.#chosen = new Set([id]);
  }

  /** The keys are there now, and nothing is chosen by that. */
  moveTo(id: number): void {
    this.#focus = id;
  }

  /** For a menu: what is chosen already stays so, all else gives way. */
  point(id: number): void {
    if (this.#chosen.has(id)) this.#focus = id;
    else this.choose(id);
  }

  all(): void {
    this.#chosen = new Set(this.#ids());
    this.#before = NONE;
    this.#focus ??= this.#ids()[0] ?? null;
    this.#anchor = this.#focus;
  }

  clear(): void {
    this.#chosen = NONE;
    this.#before = NONE;
  }

  #between(from: number | null, to: number): readonly number[] {
    const [a, b] = [this.indexOf(from), this.indexOf(to)];
    return this.#ids().slice(Math.min(a, b), Math.max(a, b) + 1);
  }
}
