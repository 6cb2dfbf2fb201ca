// What may be in any script and is cut where it does not fit: it takes the direction of its own text, so that what is cut
// is its end. A `bdi` within would be cut by the direction of the window, and lose its beginning.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve('renderer'); // of the project, where tests run
const components = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.svelte'));
const elements = components.flatMap((path) =>
  Array.from(
    readFileSync(join(ROOT, path), 'utf8').matchAll(/<\w+[^<>]*class="[^"]*\btruncate\b[^<]*<?/g),
    ([found]) => ({
      path,
      found,
    }),
  ),
);
const NAMES = /\{(?:batch\.name|name|line\.name|line\.batchName|file\.name|held\.folder|folder|option\.label)\}/;

describe('a name that is cut', () => {
  const named = elements.filter(({ found }) => NAMES.test(found.split('>')[1] ?? ''));

  it('is found in many components', () => {
    expect(new Set(named.map(({ path }) => path)).size).toBeGreaterThan(6);
  });

  it.each(named)('takes the direction of its text in $path', ({ found }) => {
    expect(found).toContain('dir="auto"');
  });

  it('is not within an element that is cut by another direction', () => {
    const outer = elements.filter(({ path, found }) => readFileSync(join(ROOT, path), 'utf8').includes(`${found}bdi`));
    expect(outer).toEqual([]);
  });
});
