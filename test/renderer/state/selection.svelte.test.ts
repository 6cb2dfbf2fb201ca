import { describe, expect, it } from 'vitest';
import { Selection } from '../../../renderer/state/selection.svelte.ts';

function make(list: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]) {
  const state = { list };
  return { state, selection: new Selection(() => state.list) };
}

describe('a selection', () => {
  it('is what was clicked last, alone', () => {
    const { selection } = make();
    selection.choose(3);
    selection.choose(5);
    expect(selection.list).toEqual([5]);
    expect(selection.focus).toBe(5);
  });

  it('takes photos in and out with ctrl or cmd', () => {
    const { selection } = make();
    selection.choose(5);
    selection.choose(2, { toggle: true });
    expect(selection.list).toEqual([2, 5]);
    selection.choose(5, { toggle: true });
    expect(selection.list).toEqual([2]);
    expect(selection.size).toBe(1);
  });

  it('extends from where it began, both ways, and shrinks again', () => {
    const { selection } = make();
    selection.choose(4);
    selection.choose(6, { extend: true });
    expect(selection.list).toEqual([4, 5, 6]);
    selection.choose(2, { extend: true });
    expect(selection.list).toEqual([2, 3, 4]);
    expect(selection.focus).toBe(2);
  });

  it('keeps what was toggled on while it extends from there', () => {
    const { selection } = make();
    selection.choose(1);
    selection.choose(5, { toggle: true });
    selection.choose(7, { extend: true });
    expect(selection.list).toEqual([1, 5, 6, 7]);
  });

  it('extends from the photo that the keys are at when nothing was chosen yet', () => {
    const { selection } = make();
    selection.moveTo(2);
    selection.choose(4, { extend: true });
    expect(selection.list).toEqual([2, 3, 4]);
  });

  it('is all of ten thousand photos, and none again', () => {
    const { selection } = make(Array.from({ length: 10_000 }, (_, index) => index + 1));
    selection.all();
    expect(selection.size).toBe(10_000);
    expect(selection.focus).toBe(1);
    selection.clear();
    expect(selection.size).toBe(0);
    expect(selection.focus).toBe(1);
  });

  it('stays as it is for a menu on one of its photos, and gives way on another', () => {
    const { selection } = make();
    selection.choose(2);
    selection.choose(4, { extend: true });
    selection.point(3);
    expect(selection.list).toEqual([2, 3, 4]);
    selection.point(7);
    expect(selection.list).toEqual([7]);
  });

  it('leaves out what a filter hides, and has it again when the filter is gone', () => {
    const ids = [1, 2, 3, 4];
    let list: readonly number[] = $state.raw(ids);
    const selection = new Selection(() => list);
    selection.choose(2);
    selection.choose(3, { toggle: true });
    list = [3, 4];
    expect(selection.list).toEqual([3]);
    expect(selection.indexOf(2)).toBe(-1);
    list = [4, 3, 2, 1];
    expect(selection.list).toEqual([3, 2]); // in the order of the list
  });
});
