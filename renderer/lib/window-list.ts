// Which rows of a long list are in sight, by arithmetic: rows have one height, so nothing is measured.

/** Browsers lose precision with taller elements and cap them near 16 million pixels; a longer list is compressed. */
export const MAX_HEIGHT = 15_000_000;

export interface ListGeometry {
  readonly total: number;
  /** Pixels. */
  readonly rowHeight: number;
  /** Height of what is in sight, pixels. */
  readonly viewport: number;
}

export interface RowRange {
  /** The first row to be drawn. */
  readonly first: number;
  /** One behind the last row to be drawn. */
  readonly end: number;
  /** Where the first row is drawn, pixels from the list's start. */
  readonly offset: number;
}

/** The height of the whole list, pixels. */
export function listHeight({ total, rowHeight }: Pick<ListGeometry, 'total' | 'rowHeight'>): number {
  return Math.min(MAX_HEIGHT, total * rowHeight);
}

/** The rows in sight at a scroll position, with `overscan` rows more on both sides. */
export function rowsInSight(geometry: ListGeometry, scrollTop: number, overscan: number): RowRange {
  const { total, rowHeight, viewport } = geometry;
  const top = toRows(geometry, scrollTop);
  const first = clamp(Math.floor(top / rowHeight) - overscan, 0, total);
  const end = clamp(Math.ceil((top + viewport) / rowHeight) + overscan, first, total);
  return { first, end, offset: scrollTop - top + first * rowHeight };
}

/** The scroll position that brings a row into sight with the least movement; the present one if it is there already. */
export function scrollToShow(geometry: ListGeometry, scrollTop: number, index: number): number {
  const { rowHeight, viewport } = geometry;
  const top = toRows(geometry, scrollTop);
  const start = index * rowHeight;
  if (start < top) return toScroll(geometry, start);
  if (start + rowHeight > top + viewport) return toScroll(geometry, start + rowHeight - viewport);
  return scrollTop;
}

/** Rows that fit into what is in sight: how far Page Down goes. At least one. */
export function rowsAPage({ rowHeight, viewport }: Pick<ListGeometry, 'rowHeight' | 'viewport'>): number {
  return Math.max(1, Math.floor(viewport / rowHeight));
}

/** A scroll position as a distance in a list of full height: the same, unless the list is compressed. */
function toRows(geometry: ListGeometry, scrollTop: number): number {
  const { full, range } = ranges(geometry);
  const within = clamp(scrollTop, 0, range);
  return range === 0 ? 0 : (within / range) * full;
}

function toScroll(geometry: ListGeometry, distance: number): number {
  const { full, range } = ranges(geometry);
  return full === 0 ? 0 : (clamp(distance, 0, full) / full) * range;
}

/** How far one can scroll: in a list of full height, and in the one that is drawn. */
function ranges(geometry: ListGeometry): { readonly full: number; readonly range: number } {
  const { total, rowHeight, viewport } = geometry;
  return {
    full: Math.max(0, total * rowHeight - viewport),
    range: Math.max(0, listHeight(geometry) - viewport),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
