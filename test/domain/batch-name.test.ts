import { describe, expect, it } from 'vitest';
import { nameAgain } from '../../app/domain/batch-name.ts';

const again = (name: string, taken: readonly string[] = [name]) => nameAgain(name, { unmoderated: false, taken });
const unmoderated = (name: string, taken: readonly string[] = [name]) => nameAgain(name, { unmoderated: true, taken });

describe('the name of another batch of the same photos', () => {
  it('says that moderation is off, or counts', () => {
    expect(unmoderated('Wedding')).toBe('Wedding, without moderation');
    expect(again('Wedding')).toBe('Wedding (2)');
  });

  it('is one that no batch has, in whatever letters', () => {
    expect(again('Wedding', ['Wedding', 'WEDDING (2)'])).toBe('Wedding (3)');
    expect(again('Wedding (2)', ['Wedding', 'Wedding (2)'])).toBe('Wedding (3)');
    const taken = ['Wedding', 'Wedding, without moderation'];
    expect(unmoderated('Wedding', taken)).toBe('Wedding, without moderation (2)');
    expect(unmoderated('Wedding, without moderation', taken)).toBe('Wedding, without moderation (2)');
  });

  it('keeps a number that the user gave', () => {
    expect(again('Lofoten (2026)')).toBe('Lofoten (2026) (2)');
  });

  it('is no longer than a name may be, and splits no character', () => {
    expect(again('x'.repeat(200))).toBe(`${'x'.repeat(196)} (2)`);
    const smiles = unmoderated('😀'.repeat(100));
    expect(smiles.length).toBeLessThanOrEqual(200);
    expect(smiles.isWellFormed()).toBe(true);
    expect(smiles.endsWith('😀, without moderation')).toBe(true);
  });
});
