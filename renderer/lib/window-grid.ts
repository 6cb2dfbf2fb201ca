// Which tiles of a long grid are in sight, and where they are: arithmetic alone, so that ten thousand photos cost no more
// than those that can be seen.

/** Browsers cut elements off near 16.7 million pixels; above this the scroll bar moves by more than a pixel a pixel. */
export const MAX_HEIGHT = 15_000_000;

export interface GridMeasure {
  /** Tiles in all. */
  readonly count: number;
  /** Pixels that there are across, padding left out. */
  readonly width: number;
  /** About how wide a tile is, pixels: it may be a little narrower, so that one more fits. */
  readonly tileSize: number;
  readonly gap: number;
  /** Space above the first and below the last row. */
  readonly padding: number;
  /** Height of the lines below a picture. */
  readonly caption: number;
  /** Height of the picture's area as a share of the tile's width. */
  readonly ratio: number;
}

export interface GridShape {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly pictureHeight: number;
  readonly gap: number;
  readonly padding: number;
  /** Height of all rows, pixels. */
  readonly height: number;
  /** Height of the element that is scrolled: the same, or `MAX_HEIGHT`. */
  readonly scrollHeight: number;
}

/** A tile is at least this share of the width that was asked for. */
const NARROWEST = 0.85;

/** Tiles fill the width, in as many columns as fit. */
export function shapeGrid(measure: GridMeasure): GridShape {
  const { count, tileSize, gap, padding, caption, ratio } = measure;
  const width = Math.max(1, measure.width);
  const columns = Math.max(1, Math.floor((width + gap) / (tileSize * NARROWEST + gap)));
  const tileWidth = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const pictureHeight = Math.round(tileWidth * ratio);
  const tileHeight = pictureHeight + caption;
  const rows = Math.ceil(count / columns);
  const height = rows === 0 ? 0 : 2 * padding + rows * (tileHeight + gap) - gap;
  const scrollHeight = Math.min(height, MAX_HEIGHT);
  return { count, columns, rows, tileWidth, tileHeight, pictureHeight, gap, padding, height, scrollHeight };
}

/** What of the grid is looked at. */
export interface Sight {
  /** The scrolled element's `scrollTop`. */
  readonly scrollTop: number;
  /** Height of what can be seen, pixels. */
  readonly viewport: number;
}

/** How far down the rows are, in their own pixels: not the same as `scrollTop` when the height had to be cut. */
export function depthOf({ height, scrollHeight }: GridShape, { scrollTop, viewport }: Sight): number {
  if (height === scrollHeight) return scrollTop;
  return (scrollTop * (height - viewport)) / (scrollHeight - viewport);
}

/** The `scrollTop` at which the rows are so far down. */
export function scrollTopAt({ height, scrollHeight }: GridShape, depth: number, viewport: number): number {
  const within = Math.min(Math.max(0, depth), Math.max(0, height - viewport));
  if (height === scrollHeight) return within;
  return (within * (scrollHeight - viewport)) / (height - viewport);
}

/** Rows from … up to, the end left out. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** @param overscan pixels above and below what can be seen, so that scrolling meets rows that are there already */
export function rowsInSight(shape: GridShape, sight: Sight, overscan: number): RowRange {
  const pitch = shape.tileHeight + shape.gap;
  const top = depthOf(shape, sight) - shape.padding;
  const from = Math.floor((top - overscan) / pitch);
  const to = Math.ceil((top + sight.viewport + overscan) / pitch);
  const clamp = (row: number) => Math.min(shape.rows, Math.max(0, row));
  return { from: clamp(from), to: clamp(to) };
}

/** Where a row is in the scrolled element, pixels from its top. */
export function rowTop(shape: GridShape, sight: Sight, row: number): number {
  const natural = shape.padding + row * (shape.tileHeight + shape.gap);
  return shape.height === shape.scrollHeight ? natural : natural - depthOf(shape, sight) + sight.scrollTop;
}

/** The `scrollTop` that brings a tile into sight by the shortest way; the present one when it is in sight. */
export function scrollTopToShow(shape: GridShape, sight: Sight, index: number): number {
  const pitch = shape.tileHeight + shape.gap;
  const top = shape.padding + Math.floor(index / shape.columns) * pitch;
  const depth = depthOf(shape, sight);
  const least = top + shape.tileHeight + shape.padding - sight.viewport;
  const most = top - shape.padding;
  if (depth > most) return scrollTopAt(shape, most, sight.viewport);
  return depth < least ? scrollTopAt(shape, Math.min(least, most), sight.viewport) : sight.scrollTop;
}

/** The `scrollTop` at which a tile's row is the first in sight. */
export function scrollTopOfRow(shape: GridShape, index: number, viewport: number): number {
  const row = Math.floor(index / shape.columns);
  return scrollTopAt(shape, row * (shape.tileHeight + shape.gap), viewport);
}

/** The first tile of the first row that is wholly in sight. */
export function firstInSight(shape: GridShape, sight: Sight): number {
  const row = Math.ceil((depthOf(shape, sight) - shape.padding - 1) / (shape.tileHeight + shape.gap));
  return Math.min(Math.max(0, row), Math.max(0, shape.rows - 1)) * shape.columns;
}

export type GridMove = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'pageUp' | 'pageDown';

/** The tile that a key leads to from another, both by index. */
export function moveInGrid(shape: GridShape, from: number, move: GridMove, viewport: number): number {
  const last = shape.count - 1;
  const page = Math.max(1, Math.floor(viewport / (shape.tileHeight + shape.gap))) * shape.columns;
  const down = (by: number) => {
    if (from + by <= last) return from + by;
    // A last row that is not full: its last tile is below every column that it lacks.
    const lastRow = Math.floor(last / shape.columns);
    return Math.floor(from / shape.columns) < lastRow
      ? Math.min(last, lastRow * shape.columns + (from % shape.columns))
      : from;
  };
  const up = (by: number) => (from - by >= 0 ? from - by : from % shape.columns);
  switch (move) {
    case 'left':
      return Math.max(0, from - 1);
    case 'right':
      return Math.min(last, from + 1);
    case 'up':
      return up(shape.columns);
    case 'down':
      return down(shape.columns);
    case 'pageUp':
      return up(page);
    case 'pageDown':
      return down(page);
    case 'home':
      return 0;
    case 'end':
      return last;
  }
}
