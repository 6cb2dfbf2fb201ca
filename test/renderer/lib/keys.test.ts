import { describe, expect, it } from 'vitest';
import { compareKey } from '../../../renderer/lib/compare-keys.ts';
import { gridKey, showsOriginals, type PressedKey } from '../../../renderer/lib/grid-keys.ts';

function key(name: string, held: Partial<PressedKey> = {}): PressedKey {
  return { key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held };
}

describe('the keys of the grid', () => {
  it('moves by arrows, extends with shift, and only looks with ctrl or cmd', () => {
    expect(gridKey(key('ArrowDown'), false)).toEqual({ kind: 'move', move: 'down', extend: false, keep: false });
    expect(gridKey(key('End', { shiftKey: true }), false)).toMatchObject({ move: 'end', extend: true });
    expect(gridKey(key('ArrowLeft', { metaKey: true }), false)).toMatchObject({ move: 'left', keep: true });
  });

  it('mirrors left and right where text runs from right to left', () => {
    expect(gridKey(key('ArrowLeft'), true)).toMatchObject({ move: 'right' });
    expect(gridKey(key('ArrowUp'), true)).toMatchObject({ move: 'up' });
  });

  it.each([
    ['a', { ctrlKey: true }, 'all'],
    ['A', { metaKey: true }, 'all'],
    [' ', {}, 'toggle'],
    [' ', { ctrlKey: true }, 'toggle'],
    ['Escape', {}, 'clear'],
    ['Enter', {}, 'open'],
    ['ContextMenu', {}, 'menu'],
    ['F10', { shiftKey: true }, 'menu'],
  ] as const)('knows %s %j as %s', (name, held, kind) => {
    expect(gridKey(key(name, held), false)).toEqual({ kind });
  });

  it('leaves all other keys to others', () => {
    for (const name of ['a', 'x', 'F10', 'Tab', 'Delete', 'Backspace']) expect(gridKey(key(name), false)).toBeNull();
    expect(gridKey(key('ArrowLeft', { altKey: true }), false)).toBeNull();
    expect(gridKey(key('c', { ctrlKey: true }), false)).toBeNull();
  });

  it('shows the originals while B or the backslash is held alone', () => {
    expect(['b', 'B', '\\'].every((name) => showsOriginals(key(name)))).toBe(true);
    expect(showsOriginals(key('b', { ctrlKey: true }))).toBe(false);
    expect(showsOriginals(key('n'))).toBe(false);
  });
});

describe('the keys of the comparison', () => {
  it('goes from photo to photo by arrows, and moves the picture with shift', () => {
    expect(compareKey(key('ArrowRight'))).toEqual({ kind: 'go', by: 1 });
    expect(compareKey(key('ArrowRight', { shiftKey: true }))).toMatchObject({ kind: 'pan', x: -80 });
    expect(compareKey(key('ArrowUp'))).toBeNull();
  });

  it('knows the layouts, the sizes and the panel, and no key with ctrl', () => {
    expect(['d', 'S', 't'].map((name) => compareKey(key(name)))).toEqual([
      { kind: 'mode', mode: 'divider' },
      { kind: 'mode', mode: 'side' },
      { kind: 'mode', mode: 'toggle' },
    ]);
    const kinds = ['0', '1', '+', '=', '-', 'i', ' '].map((name) => compareKey(key(name))?.kind);
    expect(kinds).toEqual(['fit', 'one', 'in', 'in', 'out', 'panel', 'flip']);
    expect(compareKey(key('s', { ctrlKey: true }))).toBeNull();
  });
});
