// What the keys of the keyboard mean while photos are compared.
import type { PressedKey } from './grid-keys.ts';

/** How before and after are laid out: a line between them, side by side, one after the other. */
export type CompareMode = 'divider' | 'side' | 'toggle';

export type CompareKey =
  | { readonly kind: 'go'; readonly by: -1 | 1 }
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'mode'; readonly mode: CompareMode }
  | { readonly kind: 'flip' | 'fit' | 'one' | 'in' | 'out' | 'panel' };

const PAN = 80; // pixels a press

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const KEYS: Readonly<Record<string, CompareKey>> = {
  d: { kind: 'mode', mode: 'divider' },
  s: { kind: 'mode', mode: 'side' },
  t: { kind: 'mode', mode: 'toggle' },
  ' ': { kind: 'flip' },
  '0': { kind: 'fit' },
  '1': { kind: 'one' },
  '+': { kind: 'in' },
  '=': { kind: 'in' },
  '-': { kind: 'out' },
  i: { kind: 'panel' },
};

/** Null for keys that mean nothing here. Left and right are the photos before and after; with shift they move the picture. */
export function compareKey({ key, shiftKey, ctrlKey, metaKey, altKey }: PressedKey): CompareKey | null {
  if (ctrlKey || metaKey || altKey) return null;
  const arrow = ARROWS[key];
  if (arrow && shiftKey) return { kind: 'pan', x: arrow[0] * PAN, y: arrow[1] * PAN };
  if (key === 'ArrowLeft') return { kind: 'go', by: -1 };
  if (key === 'ArrowRight') return { kind: 'go', by: 1 };
  return KEYS[key.toLowerCase()] ?? null;
}
