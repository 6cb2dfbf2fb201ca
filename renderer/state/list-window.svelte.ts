// A scrolling list of which only what is in sight is drawn: where it is scrolled to, and which rows that makes.
import { type RowRange, listHeight, rowsAPage, rowsInSight, scrollToShow } from '../lib/window-list.ts';

const OVERSCAN = 8;

export interface ListMeasures {
  /** Height of a row, pixels. */
  readonly rowHeight: number;
  /** Height of a header that stays at the top of what scrolls, pixels. */
  readonly header: number;
  readonly total: () => number;
}

export class ListWindow {
  readonly #measures: ListMeasures;
  #node: HTMLElement | null = null;
  #scrollTop = $state(0);
  #clientHeight = $state(0);

  readonly height = $derived.by(() => listHeight(this.#geometry()));
  readonly range: RowRange = $derived.by(() => rowsInSight(this.#geometry(), this.#scrollTop, OVERSCAN));

  constructor(measures: ListMeasures) {
    this.#measures = measures;
  }

  /** For `{@attach}` on the element that scrolls. */
  readonly attach = (node: HTMLElement): (() => void) => {
    this.#node = node;
    let frame = 0;
    const take = () => {
      frame = 0;
      this.#scrollTop = node.scrollTop;
    };
    const scrolled = () => {
      if (frame === 0) frame = requestAnimationFrame(take);
    };
    const observer = new ResizeObserver(() => (this.#clientHeight = node.clientHeight));
    observer.observe(node);
    this.#clientHeight = node.clientHeight;
    node.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      node.removeEventListener('scroll', scrolled);
      observer.disconnect();
      this.#node = null;
    };
  };

  get page(): number {
    return rowsAPage(this.#geometry());
  }

  /** Scrolls as little as brings a row into sight. */
  show(index: number): void {
    if (!this.#node) return;
    const top = scrollToShow(this.#geometry(), this.#node.scrollTop, index);
    if (top !== this.#node.scrollTop) this.#node.scrollTop = top;
    this.#scrollTop = top;
  }

  toTop(): void {
    if (this.#node) this.#node.scrollTop = 0;
    this.#scrollTop = 0;
  }

  #geometry() {
    const { rowHeight, header, total } = this.#measures;
    return { total: total(), rowHeight, viewport: Math.max(0, this.#clientHeight - header) };
  }
}
