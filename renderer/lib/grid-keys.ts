// What the keys of the keyboard mean in a grid of tiles.
import type { GridMove } from './window-grid.ts';

export type GridKey =
  | { readonly kind: 'move'; readonly move: GridMove; readonly extend: boolean; readonly keep: boolean }
  /** Takes the tile that the keys are at into the selection, or out of it. */
  | { readonly kind: 'toggle' }
  | { readonly kind: 'all' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'open' }
  | { readonly kind: 'menu' };

export type PressedKey = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

const MOVES: Readonly<Record<string, GridMove>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'home',
  End: 'end',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
};

const MIRRORED: Partial<Record<GridMove, GridMove>> = { left: 'right', right: 'left' };

/** Null for keys that mean nothing here. @param rtl whether the first tile of a row is at its right */
export function gridKey({ key, shiftKey, ctrlKey, metaKey, altKey }: PressedKey, rtl: boolean): GridKey | null {
  if (altKey) return null;
  const command = ctrlKey || metaKey;
  const move = MOVES[key];
  if (move !== undefined) {
    return { kind: 'move', move: (rtl ? MIRRORED[move] : undefined) ?? move, extend: shiftKey, keep: command };
  }
  if (command) {
    if (key.toLowerCase() === 'a' && !shiftKey) return { kind: 'all' };
    return key === ' ' ? { kind: 'toggle' } : null;
  }
  if (key === 'F10') return shiftKey ? { kind: 'menu' } : null;
  if (key === ' ') return { kind: 'toggle' };
  if (key === 'Escape') return { kind: 'clear' };
  if (key === 'Enter') return { kind: 'open' };
  return key === 'ContextMenu' ? { kind: 'menu' } : null;
}

/** Whether a key shows the originals while it is held. */
export function showsOriginals({ key, ctrlKey, metaKey, altKey }: PressedKey): boolean {
  return !ctrlKey && !metaKey && !altKey && (key === 'b' || key === 'B' || key === '\\');
}
