// Where a picture ends up: the policies for a name that is taken, sources that are never written to, and folders and
// disks that do not take it.
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GIB, Harness, hashOf } from '../fakes/harness.ts';
import { tinyJpeg } from '../fakes/media.ts';

describe('a name that is taken', () => {
  test.each(['jpg', 'png', 'webp'])('skip: by a .%s, skips the photo before it costs anything', async (extension) => {
    await using at = await Harness.open();
    const [first, second] = at.plan(2);
    mkdirSync(at.outDir);
    writeFileSync(join(at.outDir, `${first?.outStem ?? ''}.${extension}`), 'mine');
    at.batch([first ?? expect.fail(), second ?? expect.fail()], { onExists: 'skip' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ skipped: 1, succeeded: 1 });
    expect(at.posts()).toEqual([0, 1]);
    expect(at.practice.stats().uploads).toBe(1);
    expect(at.jobs()[0]?.failure).toMatchObject({ code: 'already_enhanced', charged: 'no' });
    expect(readFileSync(join(at.outDir, `${first?.outStem ?? ''}.${extension}`), 'utf8')).toBe('mine');
  });

  test('skip: taken after the photo was paid for, the picture is saved under a number', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    at.batch([planned], { onExists: 'skip' });
    at.engine.onJob(({ state }) => {
      if (state !== 'processing') return;
      mkdirSync(at.outDir);
      writeFileSync(join(at.outDir, `${planned.outStem}.jpg`), 'mine');
    });
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, `${planned.outStem} (2).jpg`));
    expect(readFileSync(join(at.outDir, `${planned.outStem}.jpg`), 'utf8')).toBe('mine');
  });

  test('number: takes the next free number', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    mkdirSync(at.outDir);
    writeFileSync(join(at.outDir, `${planned.outStem}.jpg`), 'mine');
    writeFileSync(join(at.outDir, `${planned.outStem} (2).jpg`), 'mine too');
    at.batch([planned], { onExists: 'number' });
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, `${planned.outStem} (3).jpg`));
    expect(readFileSync(join(at.outDir, `${planned.outStem}.jpg`), 'utf8')).toBe('mine');
  });

  test('number: two photos that want one name both get one', async () => {
    await using at = await Harness.open();
    at.batch(at.plan(6, { outStem: 'same' }));
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 6 });
    expect(new Set(at.jobs().map(({ output }) => output?.path)).size).toBe(6);
    for (const { output, sourcePath } of at.jobs()) expect(hashOf(output?.path ?? '')).toBe(hashOf(sourcePath));
  });

  test('overwrite: takes the place of what is there', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    mkdirSync(at.outDir);
    const target = join(at.outDir, `${planned.outStem}.jpg`);
    writeFileSync(target, 'old');
    at.batch([planned], { onExists: 'overwrite' });
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]?.output?.path).toBe(target);
    expect(hashOf(target)).toBe(hashOf(planned.sourcePath));
  });
});

describe('a source is never written to', () => {
  test.each(['number', 'overwrite'] as const)('%s: not when the output has its very path', async (onExists) => {
    await using at = await Harness.open();
    const plan = at.plan(2).map((job) => ({ ...job, outDir: at.photoDir, outStem: 'photo-001' }));
    const before = plan.map(({ sourcePath }) => hashOf(sourcePath));
    at.batch(plan, { onExists });
    expect(await at.run()).toBeNull();
    expect(plan.map(({ sourcePath }) => hashOf(sourcePath))).toEqual(before);
    expect(at.jobs().map(({ output }) => output?.path)).not.toContain(join(at.photoDir, 'photo-001.jpg'));
  });

  test('overwrite: not when the output folder is a link to that of the photo', async () => {
    await using at = await Harness.open();
    symlinkSync(at.photoDir, at.outDir);
    const [planned = expect.fail()] = at.plan(1, { outStem: 'photo-001' });
    const before = hashOf(planned.sourcePath);
    at.batch([planned], { onExists: 'overwrite' });
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, 'photo-001 (2).jpg'));
    expect(hashOf(planned.sourcePath)).toBe(before);
  });

  test('overwrite: not when it is another photo, reached over a link', async () => {
    await using at = await Harness.open();
    symlinkSync(at.photoDir, at.outDir);
    const [first = expect.fail(), second = expect.fail()] = at.plan(2);
    const before = hashOf(second.sourcePath);
    at.batch([second]); // of a batch of its own
    at.batch([{ ...first, outStem: 'photo-002' }], { onExists: 'overwrite' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(hashOf(second.sourcePath)).toBe(before);
  });

  test('overwrite: not when another photo was added over the link, and the output has its real path', async () => {
    await using at = await Harness.open();
    const link = join(at.dir, 'link');
    symlinkSync(at.photoDir, link);
    const [first = expect.fail(), second = expect.fail()] = at.plan(2);
    const before = hashOf(second.sourcePath);
    at.batch([{ ...second, sourcePath: join(link, 'photo-002.jpg') }]);
    at.batch([{ ...first, outDir: at.photoDir, outStem: 'photo-002' }], { onExists: 'overwrite' });
    expect(await at.run()).toBeNull();
    expect(hashOf(second.sourcePath)).toBe(before);
  });

  test('overwrite: not when the name is a hard link to the photo', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    mkdirSync(at.outDir);
    linkSync(planned.sourcePath, join(at.outDir, `${planned.outStem}.jpg`));
    const before = hashOf(planned.sourcePath);
    at.batch([planned], { onExists: 'overwrite' });
    expect(await at.run()).toBeNull();
    expect(hashOf(planned.sourcePath)).toBe(before);
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, `${planned.outStem} (2).jpg`));
  });
});

describe('an output folder that does not take it', () => {
  test('is a file: the queue stops, the URLs are kept, and after mending nothing is submitted again', async () => {
    await using at = await Harness.open({ concurrency: 3 });
    writeFileSync(at.outDir, 'a file');
    at.batch(8);
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    const stats = at.practice.stats();
    expect(at.states()).toEqual({ queued: 8 });
    const paid = at.jobs().filter(({ outputUrl }) => outputUrl !== null);
    expect(paid).toHaveLength(stats.accepted);
    expect(paid.length).toBeGreaterThan(0);
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 8 });
    expect(at.posts()).toEqual(Array(8).fill(1));
  });

  test('lies below a file: skip looks into it before anything is paid', async () => {
    await using at = await Harness.open();
    writeFileSync(at.outDir, 'a file');
    at.batch(at.plan(2, { outDir: join(at.outDir, 'below') }), { onExists: 'skip' });
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    expect(at.states()).toEqual({ queued: 2 });
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1]);
  });

  test('survives a restart while it is broken: the paid pictures are fetched by the next engine', async () => {
    await using at = await Harness.open({ concurrency: 2 });
    writeFileSync(at.outDir, 'a file');
    at.batch(4);
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    await at.engine.stop();
    at.renew();
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    await at.engine.stop();
    rmSync(at.outDir);
    at.renew();
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('vanished in mid-run: it is made again', async () => {
    await using at = await Harness.open({ concurrency: 1 });
    at.batch(3);
    let removed = false;
    at.engine.onJob(({ state }) => {
      if (state !== 'saving' || removed) return;
      removed = true;
      rmSync(at.outDir, { recursive: true, force: true });
    });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(readdirSync(at.outDir)).toHaveLength(3);
  });

  test.skipIf(process.getuid?.() === 0)('cannot be written to: the queue stops', async () => {
    await using at = await Harness.open();
    mkdirSync(at.outDir);
    chmodSync(at.outDir, 0o500);
    at.batch(2);
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    chmodSync(at.outDir, 0o700);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1]);
  });

  test('a foreign link under the name of our part is not written through', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    mkdirSync(at.outDir);
    symlinkSync(planned.sourcePath, join(at.outDir, `.${planned.outStem}.1.part`));
    const before = hashOf(planned.sourcePath);
    at.batch([planned]);
    expect(await at.run()).toBeNull();
    expect(hashOf(planned.sourcePath)).toBe(before);
    expect(readdirSync(at.outDir)).toEqual([`${planned.outStem}.jpg`]);
  });
});

describe('a disk that is nearly full', () => {
  test('stops the queue before any submit; nothing fails, and with room it goes on', async () => {
    let free = GIB / 4;
    await using at = await Harness.open({ disk: { freeBytes: () => Promise.resolve(free) } });
    at.batch(4);
    expect(await at.run()).toMatchObject({ code: 'disk_full' });
    expect(at.states()).toEqual({ queued: 4 });
    expect(at.practice.stats().submits).toBe(0);
    free = 100 * GIB;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('in mid-run: nothing more is submitted, and what is paid is fetched when there is room', async () => {
    let free = 100 * GIB;
    await using at = await Harness.open({ concurrency: 2, disk: { freeBytes: () => Promise.resolve(free) } });
    at.batch(8);
    at.engine.onJob(({ state }) => {
      if (state === 'succeeded') free = GIB / 4;
    });
    expect(await at.run()).toMatchObject({ code: 'disk_full' });
    const { accepted } = at.practice.stats();
    expect(accepted).toBeLessThan(8);
    expect(at.states().failed).toBeUndefined();
    free = 100 * GIB;
    at.engine.onJob(({ state }) => {
      if (state === 'succeeded') free = 100 * GIB;
    });
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual(Array(8).fill(1));
  });

  test('that cannot be asked about stops nothing but tells: no submit goes out blindly', async () => {
    let broken = true;
    const disk = {
      freeBytes: () =>
        broken ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) : Promise.resolve(GIB * 9),
    };
    await using at = await Harness.open({ disk, practice: { requestsPerMinute: 60 } });
    at.batch(3);
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    expect(at.practice.stats().submits).toBe(0);
    broken = false;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1, 1]);
  });
});

describe('a file that another program put there', () => {
  test('between the check and the publishing is not touched', async () => {
    await using at = await Harness.open();
    const [planned = expect.fail()] = at.plan(1);
    at.batch([planned]);
    at.fault = ({ route }) => {
      if (route !== 'file') return undefined;
      mkdirSync(at.outDir, { recursive: true });
      writeFileSync(join(at.outDir, `${planned.outStem}.jpg`), tinyJpeg('theirs'));
      return undefined;
    };
    expect(await at.run()).toBeNull();
    expect(readFileSync(join(at.outDir, `${planned.outStem}.jpg`))).toEqual(tinyJpeg('theirs'));
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, `${planned.outStem} (2).jpg`));
  });
});
