// How the pictures of a comparison are looked at: one look, shared by all panes, that follows the wheel, the keys and the
// pointer.
import type { Frame, Look, Point, Size } from '../lib/zoom.ts';
import { fit, hold, isFit, pan, zoomTo } from '../lib/zoom.ts';

export class Looker {
  /** Null while the whole picture is shown, however large the window is. */
  #look: Look | null = $state.raw(null);
  #picture: Size = $state.raw({ width: 1, height: 1 });
  #box: Size = $state.raw({ width: 0, height: 0 });
  #one = $state(1);

  readonly #frame: Frame = $derived({ picture: this.#picture, box: this.#box, one: this.#one });
  readonly look: Look = $derived(
    this.#look === null ? fit(this.#picture, this.#box, this.#one) : hold(this.#look, this.#frame),
  );

  /** Size of the pictures in their own pixels. */
  get picture(): Size {
    return this.#picture;
  }

  get box(): Size {
    return this.#box;
  }

  get whole(): boolean {
    return isFit(this.look, this.#picture, this.#box, this.#one);
  }

  /** Pixels of the screen for a pixel of the picture: 1 is 1:1. */
  get zoom(): number {
    return this.look.scale / this.#one;
  }

  /** Another picture. One of the same size is looked at in the same way: so details can be compared from photo to photo. */
  show(picture: Size): void {
    if (picture.width === this.#picture.width && picture.height === this.#picture.height) return;
    this.#picture = picture;
    this.#look = null;
  }

  /** @param pixelRatio pixels of the screen for a CSS pixel */
  measure(box: Size, pixelRatio: number): void {
    this.#box = box;
    this.#one = 1 / pixelRatio;
  }

  fit(): void {
    this.#look = null;
  }

  /** @param at the point that stays where it is; the middle when it is left out */
  actualSize(at: Point = this.#middle): void {
    this.#zoom(this.#one, at);
  }

  zoomBy(factor: number, at: Point = this.#middle): void {
    this.#zoom(this.look.scale * factor, at);
  }

  /** Between the whole picture and 1:1. */
  flip(at: Point = this.#middle): void {
    if (this.whole && this.zoom < 0.999) this.actualSize(at);
    else this.fit();
  }

  pan(by: Point): void {
    if (!this.whole) this.#look = pan(this.look, by, this.#frame);
  }

  get #middle(): Point {
    return { x: this.#box.width / 2, y: this.#box.height / 2 };
  }

  #zoom(scale: number, at: Point): void {
    const next = zoomTo(this.look, scale, at, this.#frame);
    this.#look = isFit(next, this.#picture, this.#box, this.#one) ? null : next;
  }
}
