// `npm run demo`: the first thing anybody sees.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { bareEnvironment, filesBelow } from '../fakes/command-line.ts';

const DEMO = fileURLToPath(new URL('../../samples/demo.ts', import.meta.url));

it('the demo enhances four real photographs visibly, without a key, and ends with what was made and where', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lightbatch-demo-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const run = () =>
    promisify(execFile)(process.execPath, [DEMO, join(dir, 'demo')], { cwd: dir, env: bareEnvironment(dir) });
  for (const { stdout, stderr } of [await run(), await run()]) {
    const lines = stdout.trimEnd().split('\n');
    expect(stderr).toBe('');
    expect(lines[0]).toContain('demo/photos');
    expect(lines.at(-1)).toMatch(
      /^Enhanced 4 photos in \d+ s -> demo\/photos\/Enhanced \(practice\) \(practice, not Bria\)$/,
    );
  }
  const photos = filesBelow(join(dir, 'demo', 'photos'));
  expect(photos).toHaveLength(8); // the second run took the results of the first neither for photos nor as a reason to stop
  for (const result of photos.filter((path) => path.includes('Enhanced'))) {
    const photo = result.replace('/Enhanced (practice)', '').replace('_enhanced', '');
    expect(await pixelsOf(result)).toBeGreaterThan(await pixelsOf(photo));
    expect(await differenceOf(photo, result), photo).toBeGreaterThan(3); // levels of 255, on average: an eye sees that
  }
});

async function pixelsOf(path: string): Promise<number> {
  const { width, height } = await sharp(path).metadata();
  return width * height;
}

/** How far apart two pictures are at one common size, in levels of grey on average. */
async function differenceOf(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map((path) => sharp(path).resize(700, 500, { fit: 'fill' }).greyscale().raw().toBuffer()),
  );
  if (!a || !b) throw new Error('two pictures are compared');
  return a.reduce((sum, level, index) => sum + Math.abs(level - (b[index] ?? 0)), 0) / a.length;
}
