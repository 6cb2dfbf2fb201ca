// How a folder is tried out before anything is paid: it is left as it was, whatever an earlier process left there.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Harness } from '../fakes/harness.ts';

const PROBE = '.lightbatch-probe.part';

describe('an output folder that is tried out', () => {
  test.each([
    ['the file of a process that was killed as it tried', (probe: string) => writeFileSync(probe, 'half')],
    ['a link that somebody put there', (probe: string, theirs: string) => symlinkSync(theirs, probe)],
  ])('is rid of %s, and nothing is written through it', async (_, put) => {
    await using at = await Harness.open();
    const theirs = join(at.dir, 'theirs');
    writeFileSync(theirs, 'mine');
    mkdirSync(at.outDir);
    put(join(at.outDir, PROBE), theirs);
    at.batch(2);
    expect(await at.run()).toBeNull();
    expect(readdirSync(at.outDir).toSorted()).toEqual(['photo-001_enhanced.jpg', 'photo-002_enhanced.jpg']);
    expect(readFileSync(theirs, 'utf8')).toBe('mine');
  });
});
