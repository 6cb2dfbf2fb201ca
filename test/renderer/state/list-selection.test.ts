import { expect, test } from 'vitest';
import { ListSelection } from '../../../renderer/state/list-selection.svelte.ts';

/** A list of ids from 1; only the first `loaded` of them are at hand. */
function rig(total = 1_000, loaded = total) {
  let list = Array.from({ length: total }, (_, index) => index + 1);
  let asked = 0;
  let refused: Error | null = null;
  const told: unknown[] = [];
  const selection = new ListSelection({
    total: () => list.length,
    idAt: (index) => (index < loaded ? list[index] : undefined),
    indexOf: (id) => (list.indexOf(id) < 0 || list.indexOf(id) >= loaded ? null : list.indexOf(id)),
    ids: () => {
      asked += 1;
      return refused ? Promise.reject(refused) : Promise.resolve(list);
    },
    fail: (error) => told.push(error),
  });
  const press = (key: string, held: KeyboardEventInit = {}) =>
    selection.key(new KeyboardEvent('keydown', { key, ...held }), 10);
  return {
    selection,
    press,
    asked: () => asked,
    told,
    refuse: (error: Error) => {
      refused = error;
    },
    change: (ids: number[]) => {
      list = ids;
      selection.settle();
    },
  };
}

const idsOf = (selection: ListSelection) => [...selection.ids].sort((a, b) => a - b);

test('a click selects one, ctrl adds and takes away', () => {
  const { selection } = rig();
  selection.only(3);
  selection.toggle(5);
  expect(idsOf(selection)).toEqual([4, 6]);
  selection.toggle(3);
  expect(idsOf(selection)).toEqual([6]);
});

test('a menu keeps what is selected and goes to its line; on another line it selects that alone', async () => {
  const { selection } = rig(1_000, 20);
  selection.only(0);
  await selection.extend(3);
  selection.point(1);
  expect([idsOf(selection), selection.cursor, selection.cursorId]).toEqual([[1, 2, 3, 4], 1, 2]);
  selection.point(7);
  expect([idsOf(selection), selection.cursorId]).toEqual([[8], 8]);
  selection.point(500); // not loaded
  expect([idsOf(selection), selection.cursorId]).toEqual([[8], 8]);
});

test('shift selects from where the selection began, in both directions', async () => {
  const { selection, asked } = rig();
  selection.only(5);
  await selection.extend(8);
  expect(idsOf(selection)).toEqual([6, 7, 8, 9]);
  await selection.extend(4);
  expect(idsOf(selection)).toEqual([5, 6]);
  expect(asked()).toBe(0);
});

test('a range over lines that are not loaded asks for the ids', async () => {
  const { selection, asked } = rig(1_000, 20);
  selection.only(10);
  await selection.extend(499);
  expect(selection.ids.size).toBe(490);
  expect(asked()).toBe(1);
});

test('ids that cannot be had are told of, and the selection stays as it was', async () => {
  const { selection, told, refuse } = rig(1_000, 20);
  selection.only(10);
  const refusal = new Error('the history cannot be read');
  refuse(refusal);
  await selection.all();
  await selection.extend(499);
  expect(told).toEqual([refusal, refusal]);
  expect(idsOf(selection)).toEqual([11]);
});

test('a newer choice outdoes a range whose ids come later', async () => {
  const { selection } = rig(1_000, 20);
  selection.only(10);
  const range = selection.extend(499);
  selection.only(2);
  await range;
  expect(idsOf(selection)).toEqual([3]);
});

test('arrows, Home, End and pages move within the list; nothing leads out of it', () => {
  const { selection, press } = rig(30);
  press('ArrowDown');
  expect(selection.cursor).toBe(0);
  press('ArrowUp');
  expect(selection.cursor).toBe(0);
  press('PageDown');
  expect(selection.cursor).toBe(10);
  press('End');
  press('ArrowDown');
  expect(selection.cursor).toBe(29);
  press('PageUp');
  expect(idsOf(selection)).toEqual([20]);
  press('Home');
  expect(idsOf(selection)).toEqual([1]);
});

test('ctrl moves without selecting, space then toggles', () => {
  const { selection, press } = rig();
  press('ArrowDown');
  press('ArrowDown', { ctrlKey: true });
  expect(idsOf(selection)).toEqual([1]);
  press(' ');
  expect(idsOf(selection)).toEqual([1, 2]);
});

test('ctrl A takes all of the filter, also what is not loaded; Escape lets go', async () => {
  const { selection, press } = rig(1_000, 20);
  expect(press('a', { ctrlKey: true })).toBe(true);
  await Promise.resolve();
  await Promise.resolve();
  expect(selection.ids.size).toBe(1_000);
  expect(press('Escape')).toBe(true);
  expect(selection.ids.size).toBe(0);
  expect(press('Escape')).toBe(false); // and the next one is somebody else's
});

test('the keyboard stays with its line when others come before it, and within the list when it is gone', () => {
  const { selection, change } = rig(10);
  selection.only(4);
  change([90, 91, ...Array.from({ length: 10 }, (_, index) => index + 1)]);
  expect(selection.cursor).toBe(6);
  expect(selection.cursorId).toBe(5);
  change([1, 2]);
  expect(selection.cursor).toBe(1);
});

test('keys that are not of a list are left to others', () => {
  const { press } = rig();
  expect(press('x')).toBe(false);
  expect(press('Tab')).toBe(false);
});

test('an empty list has nowhere to go', () => {
  const { selection, press } = rig(0);
  expect(press('ArrowDown')).toBe(false);
  expect(selection.cursor).toBeNull();
});
