// Files that are whole or not there, on the real file system; what it does only now and then is in the faults' test.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../../app/domain/failure.ts';
import { PartFile, publish } from '../../app/lib/atomic-write.ts';
import { ManualClock } from '../fakes/clock.ts';
import { TemporaryDisk, whyNoMounts } from './mount.ts';

const clock = new ManualClock();
const noMounts = whyNoMounts();
let dir: string;
const at = (name: string) => join(dir, name);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lightbatch-write-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function partWith(content: string, path = at('.a.part')): Promise<string> {
  const part = await PartFile.create(path);
  await part.write(Buffer.from(content));
  await part.finish();
  return path;
}

describe('a part', () => {
  it('makes the folders above it and holds what was written, with its size, hash and both ends', async () => {
    const part = await PartFile.create(at('deep/er/.a.part'));
    const content = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251));
    for (let from = 0; from < content.length; from += 7) await part.write(content.subarray(from, from + 7));
    expect(part.bytes).toBe(1_000);
    expect(Buffer.from(part.edges.head)).toEqual(content.subarray(0, 64));
    expect(Buffer.from(part.edges.tail)).toEqual(content.subarray(-64));
    expect(await part.finish()).toEqual({ bytes: 1_000, sha256: createHash('sha256').update(content).digest('hex') });
    expect(readFileSync(at('deep/er/.a.part'))).toEqual(content);
  });

  it('knows the ends of any content in any chunks', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(chunks, async (parts) => {
        const part = await PartFile.create(at('.p.part'));
        for (const chunk of parts) await part.write(chunk);
        const whole = Buffer.concat(parts);
        expect(Buffer.from(part.edges.head)).toEqual(whole.subarray(0, 64));
        expect(Buffer.from(part.edges.tail)).toEqual(whole.subarray(-64));
        await part.discard();
      }),
      { numRuns: 50 },
    );
  });

  it('takes the place of an earlier part', async () => {
    writeFileSync(at('.a.part'), 'from a run that died');
    await partWith('new');
    expect(readFileSync(at('.a.part'), 'utf8')).toBe('new');
  });

  it.each(['a file', 'a folder', 'nothing'])('is not written through a link to %s', async (what) => {
    const victim = at('victim');
    if (what === 'a file') writeFileSync(victim, 'precious');
    if (what === 'a folder') mkdirSync(victim);
    symlinkSync(victim, at('.a.part'));
    await partWith('new');
    expect(lstatSync(at('.a.part')).isSymbolicLink()).toBe(false);
    if (what === 'a file') expect(readFileSync(victim, 'utf8')).toBe('precious');
    if (what === 'a folder') expect(readdirSync(victim)).toEqual([]);
    if (what === 'nothing') expect(existsSync(victim)).toBe(false);
  });

  it('is gone after it was discarded, finished or not', async () => {
    const open = await PartFile.create(at('.a.part'));
    await open.write(Buffer.from('x'));
    await open.discard();
    const closed = await PartFile.create(at('.b.part'));
    await closed.finish();
    await closed.discard();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('cannot be made below a file, and says so', async () => {
    writeFileSync(at('file'), '');
    const failed = await PartFile.create(at('file/.a.part')).catch((error: unknown) => classify(error));
    expect(failed).toMatchObject({ code: 'output_unwritable' });
  });

  it.skipIf(noMounts)(`reports a full disk and leaves nothing on it (${noMounts ?? 'a small disk'})`, async () => {
    using disk = new TemporaryDisk(1);
    const part = await PartFile.create(join(disk.dir, '.a.part'));
    await expect(part.write(Buffer.alloc(2 * 1024 * 1024))).rejects.toMatchObject({ code: 'ENOSPC' });
    await part.discard();
    expect(readdirSync(disk.dir)).toEqual([]);
  });
});

describe('publishing', () => {
  it('puts the part under its name and leaves no part behind', async () => {
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace: false, clock })).toBe('published');
    expect(readFileSync(at('a.jpg'), 'utf8')).toBe('new');
    expect(readdirSync(dir)).toEqual(['a.jpg']);
  });

  it('leaves a file that is there as it is, and keeps the part', async () => {
    writeFileSync(at('a.jpg'), 'old');
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace: false, clock })).toBe('exists');
    expect(readFileSync(at('a.jpg'), 'utf8')).toBe('old');
    expect(readFileSync(part, 'utf8')).toBe('new');
  });

  it('lets exactly one of many publish under the same name', async () => {
    const parts = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => partWith(`from ${n}`, at(`.${n}.part`))));
    const outcomes = await Promise.all(parts.map((part) => publish(part, at('a.jpg'), { replace: false, clock })));
    expect(outcomes.filter((outcome) => outcome === 'published')).toHaveLength(1);
    const winner = outcomes.indexOf('published') + 1;
    expect(readFileSync(at('a.jpg'), 'utf8')).toBe(`from ${winner}`);
    expect(readdirSync(dir)).toHaveLength(8);
  });

  it('replaces a file when it is told to', async () => {
    writeFileSync(at('a.jpg'), 'old');
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace: true, clock })).toBe('published');
    expect(readFileSync(at('a.jpg'), 'utf8')).toBe('new');
    expect(readdirSync(dir)).toEqual(['a.jpg']);
  });

  it.each([true, false])('takes a folder of that name for taken (replace: %s)', async (replace) => {
    mkdirSync(at('a.jpg/inside'), { recursive: true });
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace, clock })).toBe('exists');
    expect(existsSync(at('a.jpg/inside'))).toBe(true);
    expect(readFileSync(part, 'utf8')).toBe('new');
  });

  it.each(['a file', 'nothing'])('takes a link of that name to %s for taken', async (what) => {
    if (what === 'a file') writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('a.jpg'));
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace: false, clock })).toBe('exists');
    expect(lstatSync(at('a.jpg')).isSymbolicLink()).toBe(true);
    expect(existsSync(at('victim'))).toBe(what === 'a file');
  });

  it('replaces a link itself, never what it points to', async () => {
    writeFileSync(at('victim'), 'precious');
    symlinkSync(at('victim'), at('a.jpg'));
    const part = await partWith('new');
    expect(await publish(part, at('a.jpg'), { replace: true, clock })).toBe('published');
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
    expect(lstatSync(at('a.jpg')).isSymbolicLink()).toBe(false);
  });

  it.each([true, false])('reports a folder that vanished meanwhile (replace: %s)', async (replace) => {
    const part = await partWith('new', at('.a.part'));
    const target = at('gone/a.jpg');
    await expect(publish(part, target, { replace, clock })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readFileSync(part, 'utf8')).toBe('new');
  });

  it.skipIf(noMounts)(`reports a read-only disk and changes nothing (${noMounts ?? 'a small disk'})`, async () => {
    using disk = new TemporaryDisk(1);
    const part = await partWith('new', join(disk.dir, '.a.part'));
    disk.makeReadOnly();
    const target = join(disk.dir, 'a.jpg');
    await expect(publish(part, target, { replace: false, clock })).rejects.toMatchObject({ code: 'EROFS' });
    expect(readdirSync(disk.dir)).toEqual(['.a.part']);
  });
});
