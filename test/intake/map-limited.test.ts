import { describe, expect, it } from 'vitest';
import { mapLimited } from '../../app/intake/map-limited.ts';

describe('mapLimited', () => {
  it('keeps the order of the items and no more at work than allowed', async () => {
    const gates = Array.from({ length: 7 }, () => Promise.withResolvers<undefined>());
    let running = 0;
    let most = 0;
    const answers = mapLimited([...gates.keys()], 3, async (index) => {
      running += 1;
      most = Math.max(most, running);
      await gates[index]?.promise;
      running -= 1;
      return index * 2;
    });
    for (const gate of gates.toReversed()) gate.resolve(undefined);
    expect(await answers).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(most).toBe(3);
  });

  it('begins nothing more after the first failure', async () => {
    const begun: number[] = [];
    const work = mapLimited([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 2) throw new Error('broken');
    });
    await expect(work).rejects.toThrow('broken');
    expect(begun.length).toBeLessThan(5);
  });

  it('answers nothing with nothing', async () => {
    expect(await mapLimited([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
