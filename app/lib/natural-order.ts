// Sorts names as people read them (“img_2” before “IMG_10”, “é” beside “e”), a slice at a time, so that a hundred thousand
// of them keep nobody waiting.
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE = 4_000; // a few milliseconds of sorting
const LONGEST_NUMBER = 15; // digits; longer ones are compared as text
const PLAIN = /^[\x20-\x7e]*$/;

/** A text that sorts, by its code units, as the name does for a reader. */
export function naturalKey(name: string): string {
  const bare = PLAIN.test(name) ? name : name.normalize('NFD').replace(/\p{M}/gu, '');
  return bare.toLowerCase().replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    // A longer number is a larger one: its length goes first, as a character between the digits and the letters.
    return String.fromCharCode(0x30 + Math.min(number.length, LONGEST_NUMBER)) + number;
  });
}

interface Keyed<T> {
  readonly item: T;
  readonly key: string;
}

/** The items in the natural order of their names; those of the same name keep their order. */
export async function inNaturalOrder<T>(items: readonly T[], nameOf: (item: T) => string): Promise<T[]> {
  let runs: Keyed<T>[][] = [];
  for (let at = 0; at < items.length; at += SLICE) {
    if (at > 0) await nextTurn();
    const slice = items.slice(at, at + SLICE).map((item) => ({ item, key: naturalKey(nameOf(item)) }));
    runs.push(slice.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
  }
  while (runs.length > 1) {
    const merged: Keyed<T>[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      await nextTurn();
      merged.push(merge(runs[at] ?? [], runs[at + 1] ?? []));
    }
    runs = merged;
  }
  return (runs[0] ?? []).map(({ item }) => item);
}

function merge<T>(left: readonly Keyed<T>[], right: readonly Keyed<T>[]): Keyed<T>[] {
  const merged: Keyed<T>[] = [];
  let l = 0;
  let r = 0;
  for (;;) {
    const a = left[l];
    const b = right[r];
    if (a === undefined) return b === undefined ? merged : [...merged, ...right.slice(r)];
    if (b === undefined) return [...merged, ...left.slice(l)];
    if (b.key < a.key) {
      merged.push(b);
      r += 1;
    } else {
      merged.push(a);
      l += 1;
    }
  }
}
