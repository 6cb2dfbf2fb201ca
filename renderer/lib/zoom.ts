// How a picture is looked at: its scale and where it is in its box. Pure, so that two boxes can share one look.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** CSS pixels for each pixel of the picture, and where the picture's top left corner is in the box. */
export interface Look {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const ZOOM_STEP = 1.25;
const MOST = 8; // CSS pixels for a picture's pixel

/** The whole picture in the middle of the box; small ones are not blown up. `one` is the scale of 1:1. */
export function fit(picture: Size, box: Size, one: number): Look {
  const scale = fitScale(picture, box, one);
  return centre(picture, box, scale);
}

function fitScale(picture: Size, box: Size, one: number): number {
  if (picture.width <= 0 || picture.height <= 0) return one;
  return Math.min(one, box.width / picture.width, box.height / picture.height);
}

function centre(picture: Size, box: Size, scale: number): Look {
  return { scale, x: (box.width - picture.width * scale) / 2, y: (box.height - picture.height * scale) / 2 };
}

/** Whether the look shows the whole picture, as `fit` does. */
export function isFit(look: Look, picture: Size, box: Size, one: number): boolean {
  return look.scale <= fitScale(picture, box, one) * 1.001;
}

/**
 * The same look at another scale, with one point of the box staying where it is. It goes no farther out than the whole
 * picture, and no edge of the picture comes away from the edge of the box.
 */
export function zoomTo(look: Look, scale: number, at: Point, frame: Frame): Look {
  const { picture, box, one } = frame;
  const least = fitScale(picture, box, one);
  const next = Math.min(Math.max(scale, least), Math.max(MOST * one, least));
  const ratio = next / look.scale;
  return hold({ scale: next, x: at.x - (at.x - look.x) * ratio, y: at.y - (at.y - look.y) * ratio }, frame);
}

export interface Frame {
  readonly picture: Size;
  readonly box: Size;
  /** The scale at which a picture's pixel is a pixel of the screen. */
  readonly one: number;
}

export function pan(look: Look, by: Point, frame: Frame): Look {
  return hold({ scale: look.scale, x: look.x + by.x, y: look.y + by.y }, frame);
}

/** Keeps a look within its box: centred where the picture is smaller, without a gap at an edge where it is larger. */
export function hold(look: Look, { picture, box }: Frame): Look {
  const along = (at: number, size: number, room: number) =>
    size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at));
  return {
    scale: look.scale,
    x: along(look.x, picture.width * look.scale, box.width),
    y: along(look.y, picture.height * look.scale, box.height),
  };
}

/** How far a wheel zooms: a notch of a mouse is about a step, a pinch follows the fingers. */
export function wheelFactor(deltaY: number, deltaMode: number, pinch: boolean): number {
  const pixels = deltaMode === 1 ? deltaY * 16 : deltaMode === 2 ? deltaY * 400 : deltaY;
  return Math.exp(-Math.min(240, Math.max(-240, pixels)) * (pinch ? 0.01 : 0.0022));
}

/** Width and height at which one picture covers another pixel by pixel. */
export function sameSize(of: Size, other: Size | null): Size {
  return other !== null && other.width > 0 && other.height > 0 ? other : of;
}
