// The scrolling grid: how large it is, where it is scrolled to, and which rows that puts in sight.
import type { GridMove, GridShape, Sight } from '../lib/window-grid.ts';
import {
  firstInSight,
  moveInGrid,
  rowsInSight,
  rowTop,
  scrollTopOfRow,
  scrollTopToShow,
  shapeGrid,
} from '../lib/window-grid.ts';

const PADDING = 16;
/** Beside the rows, left and right together: on the right is the gutter of the scroll bar, of 12 pixels. */
const SIDES = PADDING + 4;
const GAP = 12;
/** Height of the two lines below a picture, pixels. */
const CAPTION = 46;
/** The picture's area: wide enough for landscapes, high enough for portraits. */
const RATIO = 0.8;
/** After so long without scrolling, sharp pictures are worth asking for. */
const SETTLED_MS = 120;
/**
 * Heights of the view a second above which a tile is in sight too shortly for its picture to be worth asking for, and below
 * which it is again. Pictures are most of what scrolling costs: without them it keeps pace with the screen.
 */
const HURRIED = { above: 3, below: 1.5 } as const;

export class Grid {
  readonly #count: () => number;
  readonly #tileSize: () => number;
  #node: HTMLElement | null = null;
  #width = $state(0);
  #viewport = $state(0);
  #scrollTop = $state(0);
  #settled = $state(true);
  #hurried = $state(false);
  /** When it was scrolled last, milliseconds. */
  #scrolledAt = 0;
  /** The tile that stays at the top when tiles change their size. */
  #anchor = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly shape: GridShape = $derived.by(() =>
    shapeGrid({
      count: this.#count(),
      width: this.#width - SIDES,
      tileSize: this.#tileSize(),
      gap: GAP,
      padding: PADDING,
      caption: CAPTION,
      ratio: RATIO,
    }),
  );
  readonly #range = $derived.by(() => rowsInSight(this.shape, this.#sight, Math.max(160, this.#viewport / 2)));
  readonly #from = $derived(this.#range.from);
  readonly #to = $derived(this.#range.to);
  /** Numbers of the rows that are drawn. */
  readonly rows: readonly number[] = $derived.by(() =>
    Array.from({ length: Math.max(0, this.#to - this.#from) }, (_, index) => this.#from + index),
  );

  /**
   * @param count tiles in all
   * @param tileSize about how wide a tile is, pixels
   */
  constructor(count: () => number, tileSize: () => number) {
    this.#count = count;
    this.#tileSize = tileSize;
  }

  get #sight(): Sight {
    return { scrollTop: this.#scrollTop, viewport: this.#viewport };
  }

  /** Whether scrolling has come to rest. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether rows pass faster than pictures could be seen. */
  get hurried(): boolean {
    return this.#hurried;
  }

  /** The indexes of the tiles in some rows, the end left out. */
  get drawn(): { readonly from: number; readonly to: number } {
    const { columns, count } = this.shape;
    return { from: this.#from * columns, to: Math.min(count, this.#to * columns) };
  }

  /** Index of the first tile in sight. */
  get firstInSight(): number {
    return firstInSight(this.shape, this.#sight);
  }

  /** Where a row is, pixels from the top of what is scrolled. */
  top(row: number): number {
    // Read only where it matters: rows of a grid of usual height stay where they are while it is scrolled.
    const { height, scrollHeight } = this.shape;
    return rowTop(this.shape, height === scrollHeight ? { scrollTop: 0, viewport: 0 } : this.#sight, row);
  }

  /** For `{@attach}` on the element that scrolls. */
  readonly attach = (node: HTMLElement): (() => void) => {
    this.#node = node;
    const measure = () => {
      this.#width = node.clientWidth;
      this.#viewport = node.clientHeight;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    node.addEventListener('scroll', this.#scrolled, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', this.#scrolled);
      clearTimeout(this.#timer);
      this.#node = null;
    };
  };

  /** Scrolls as little as brings a tile into sight. */
  show(index: number): void {
    if (index >= 0) this.#scrollTo(scrollTopToShow(this.shape, this.#sight, index));
  }

  toTop(): void {
    this.#scrollTo(0);
  }

  /** After tiles changed their size or the width theirs: what was at the top is there again. */
  keepPlace(): void {
    if (this.#anchor > 0) this.#scrollTo(scrollTopOfRow(this.shape, this.#anchor, this.#viewport));
  }

  /** The index that a key leads to. */
  move(from: number, move: GridMove): number {
    return moveInGrid(this.shape, from, move, this.#viewport);
  }

  /** Once a frame, before anything is drawn: reading where the element is costs nothing then. */
  readonly #scrolled = (): void => {
    const top = this.#node?.scrollTop ?? this.#scrollTop;
    if (top === this.#scrollTop) return;
    this.#hurried = this.#heightsASecond(top) > (this.#hurried ? HURRIED.below : HURRIED.above);
    this.#scrollTop = top;
    this.#anchor = firstInSight(this.shape, this.#sight);
    this.#settled = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#settled = true;
      this.#hurried = false;
    }, SETTLED_MS);
  };

  /** How fast it is being scrolled; the first step after a rest is none that lasts. */
  #heightsASecond(top: number): number {
    const now = performance.now();
    const seconds = Math.max(1, now - this.#scrolledAt) / 1_000;
    this.#scrolledAt = now;
    return Math.abs(top - this.#scrollTop) / seconds / Math.max(1, this.#viewport);
  }

  #scrollTo(top: number): void {
    if (this.#node === null || top === this.#scrollTop) return;
    this.#node.scrollTop = top;
    this.#scrollTop = this.#node.scrollTop;
  }
}
