// Where results go when the photos of a batch were moved: beside them, if that is where they went, and nowhere unheard of.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderBeside } from '../../app/intake/output-folders.ts';
import { TempTree } from './temp-tree.ts';

const isWindows = process.platform === 'win32';
let tree: TempTree;
beforeEach(async () => (tree = await TempTree.make()));
afterEach(() => tree.remove());

/** Paths below the temp folder; null for none. */
async function beside(outDir: string, from: string, to: string): Promise<string | null> {
  const found = await folderBeside(tree.at(outDir), { from: tree.at(from), to: tree.at(to) });
  return found === null ? null : found.slice(tree.path.length + 1);
}

describe('the output folder of photos that were moved', () => {
  it.each([
    ['Shoot/Enhanced', 'Shoot', 'Archive', 'Archive/Enhanced'],
    ['Shoot/Enhanced (practice)', 'Shoot', 'Archive', 'Archive/Enhanced (practice)'],
    ['Shoot/Enhanced/day 1/a', 'Shoot/day 1/a', 'Archive/day 1/a', 'Archive/Enhanced/day 1/a'],
    ['Shoot/Enhanced/day', 'Shoot/day', 'Archive/2024/Shoot/day', 'Archive/2024/Shoot/Enhanced/day'],
  ])('%s of %s is that beside them in %s', async (outDir, from, to, expected) => {
    expect(await beside(outDir, from, to)).toBe(expected);
  });

  it.each([
    ['was chosen', 'Results', 'Shoot', 'Archive'],
    ['was chosen within them', 'Shoot/Results', 'Shoot', 'Archive'],
    ['was chosen above them', 'Results/Enhanced', 'Shoot/day', 'Archive/day'],
    ['mirrors a folder that has another name now', 'Shoot/Enhanced/day', 'Shoot/day', 'Archive/night'],
    ['is another folder’s', 'Shoot/Enhanced/night', 'Shoot/day', 'Archive/day'],
    ['is theirs themselves', 'Shoot', 'Shoot', 'Archive'],
  ])('stays where it is when it %s', async (_, outDir, from, to) => {
    expect(await beside(outDir, from, to)).toBeNull();
  });

  it.skipIf(isWindows)('has its one path, by whatever way the photos were reached', async () => {
    await tree.folder('real/Archive');
    await tree.link('pictures', tree.at('real'));
    expect(await beside('real/Shoot/Enhanced', 'pictures/Shoot', 'pictures/Archive')).toBe('real/Archive/Enhanced');
  });
});
