// Names in the order in which people read them.
import { describe, expect, it } from 'vitest';
import { inNaturalOrder, naturalKey } from '../../app/lib/natural-order.ts';

const sorted = (names: readonly string[]) => inNaturalOrder(names, (name) => name);

describe('the natural order', () => {
  it.each([
    [['IMG_10.jpg', 'img_2.jpg', 'IMG_1.jpg']],
    [['b', 'A', 'c']],
    [['Zoé', 'zoe', 'Zof']],
    [['2026-11-2', '2026-2-11']],
    [['a 0010', 'a 9', 'a 011']],
    [['9', '10', '100000000000000000000', '99']],
    [['x', 'x1', 'xa', 'X']],
  ])('of %j is that of a collator that knows numbers', async (names) => {
    const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
    expect(await sorted(names)).toEqual([...names].sort((a, b) => collator.compare(a, b)));
  });

  it('keeps names that are the same to a reader in their order', async () => {
    const items = ['a1', 'A01', 'Á1', 'a1'].map((name, index) => ({ name, index }));
    const ordered = await inNaturalOrder(items, ({ name }) => name);
    expect(ordered.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(new Set(items.map(({ name }) => naturalKey(name))).size).toBe(1);
  });

  it('holds for many more names than one slice', async () => {
    const names = Array.from({ length: 25_000 }, (_, n) => `IMG_${(n * 7_919) % 25_000}.jpg`);
    const ordered = await sorted(names);
    expect(ordered).toEqual(Array.from({ length: 25_000 }, (_, n) => `IMG_${n}.jpg`));
    expect(await sorted([])).toEqual([]);
  });

  it('lets others work between its slices', async () => {
    let turns = 0;
    let isSorting = true;
    const count = () => {
      turns += 1;
      if (isSorting) setImmediate(count);
    };
    setImmediate(count);
    await sorted(Array.from({ length: 20_000 }, (_, n) => String(n)));
    isSorting = false;
    expect(turns).toBeGreaterThanOrEqual(4);
  });
});
