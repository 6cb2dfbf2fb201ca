// Where a picture ends up: the policies for a name that is taken, sources that are never written to, and folders and
// disks that do not take it.
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GIB, Harness, hashOf } from '../fakes/harness.ts';
import { tinyJpeg } from '../fakes/media.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';

const noMounts = whyNoMounts();

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

describe('an output folder that does not take files', () => {
  /** Resolves when a folder is held. */
  async function held(at: Harness, folder = at.outDir): Promise<void> {
    await at.until(`${folder} is held`, () => at.engine.status().heldFolders.some((hold) => hold.folder === folder));
  }

  test('from the start: nothing is sent for it, its photos wait with the reason, and all others go on', async () => {
    await using at = await Harness.open({ concurrency: 3, random: () => 0.999 });
    const other = join(at.dir, 'other');
    writeFileSync(at.outDir, 'a file');
    at.batch(4);
    at.batch(at.plan(4, { outDir: other }));
    await at.engine.start();
    await at.until('the others are done', () => at.states().succeeded === 4);
    expect(at.states()).toEqual({ succeeded: 4, queued: 4 });
    expect(at.posts()).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(at.practice.stats().uploads).toBe(4);
    const { stopped, heldFolders } = at.engine.status();
    const failure = expect.objectContaining({
      code: 'output_unwritable',
      charged: 'no',
      message: expect.stringContaining(at.outDir) as string,
      detail: 'EEXIST: file already exists',
    }) as object;
    expect(stopped).toBeNull();
    expect(heldFolders).toEqual([{ folder: at.outDir, photos: 4, failure, retryAt: expect.any(Number) as number }]);
    const waiting = at.jobs().slice(0, 4);
    expect(waiting.filter(({ failure: why }) => why !== null).length).toBeGreaterThan(0);
    for (const { failure: why } of waiting) expect([null, failure]).toContainEqual(why);
    expect(waiting.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0]);
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 8 });
    expect(at.posts()).toEqual(Array(8).fill(1));
    expect(at.jobs().every(({ attempts, failure: why }) => attempts === 1 && why === null)).toBe(true);
    expect(at.engine.status().heldFolders).toEqual([]);
  });

  test('any more, while photos are at the service: paid pictures wait at their URLs, and no attempt is used up', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    const other = join(at.dir, 'other');
    at.batch(6);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    rmSync(at.outDir, { recursive: true });
    writeFileSync(at.outDir, 'a file');
    at.letGo();
    await held(at);
    at.batch(at.plan(3, { outDir: other }));
    await at.until('the others are done', () => at.states().succeeded === 3);
    expect(at.states()).toEqual({ succeeded: 3, queued: 6 });
    const paid = at.jobs().filter(({ outputUrl }) => outputUrl !== null);
    expect(paid).toHaveLength(at.practice.stats().accepted - 3);
    expect(paid.length).toBeGreaterThanOrEqual(2);
    expect(paid[0]?.failure).toMatchObject({ code: 'output_unwritable' });
    rmSync(at.outDir);
    at.engine.wake();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 9 });
    expect(at.posts()).toEqual(Array(9).fill(1));
    expect(readdirSync(at.outDir)).toHaveLength(6);
    for (const { id, attempts } of at.jobs()) {
      expect(attempts).toBe(1);
      expect(at.attempts(id)).toHaveLength(1);
    }
  });

  test('for a while is tried again by itself, after longer and longer waits', async () => {
    await using at = await Harness.open({ speed: 100 });
    writeFileSync(at.outDir, 'a file');
    at.batch(2);
    await at.engine.start();
    const tries: number[] = [];
    await at.until('it was tried a few times', () => {
      const [hold] = at.engine.status().heldFolders;
      if (hold && hold.retryAt !== tries.at(-1)) tries.push(hold.retryAt);
      return tries.length >= 5;
    });
    const waits = tries.slice(1).map((time, index) => time - (tries[index] ?? 0));
    for (const [index, least] of [2_000, 4_000, 8_000, 16_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least);
    }
    rmSync(at.outDir);
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1]);
  });

  test('is not tried any more when nobody waits for it', async () => {
    await using at = await Harness.open();
    writeFileSync(at.outDir, 'a file');
    at.batch(3);
    await at.engine.start();
    await held(at);
    at.engine.cancel({});
    await at.until('the hold is over', () => at.engine.status().heldFolders.length === 0);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ canceled: 3 });
    rmSync(at.outDir);
    at.engine.retry({ states: ['canceled'] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
  });

  test('lies below a file: skip looks into it before anything is paid', async () => {
    await using at = await Harness.open();
    const folder = join(at.outDir, 'below');
    writeFileSync(at.outDir, 'a file');
    at.batch(at.plan(2, { outDir: folder }), { onExists: 'skip' });
    await at.engine.start();
    await held(at, folder);
    expect(at.practice.stats().uploads).toBe(0);
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1]);
  });

  test('survives a restart while it is broken: the paid pictures are fetched by the next engine', async () => {
    await using at = await Harness.open({ concurrency: 2, folderPatienceMs: 0, held: true });
    at.batch(4);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    rmSync(at.outDir, { recursive: true });
    writeFileSync(at.outDir, 'a file');
    at.letGo();
    expect(await at.idle()).toMatchObject({ code: 'output_unwritable' });
    const { accepted } = at.practice.stats();
    await at.stop();
    at.renew();
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    expect(at.practice.stats().accepted).toBe(accepted);
    await at.stop();
    rmSync(at.outDir);
    at.renew();
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('stops a run that has nothing else left to do, at once if it never took any; resume goes on', async () => {
    await using at = await Harness.open({ folderPatienceMs: 3_600_000 });
    writeFileSync(at.outDir, 'a file');
    at.batch(2);
    at.batch(at.plan(2, { outDir: join(at.dir, 'other') }));
    const before = at.clock.now();
    const stopped = await at.run();
    expect(stopped).toMatchObject({ code: 'output_unwritable', message: expect.stringContaining(at.outDir) as string });
    expect(at.clock.now() - before).toBeLessThan(3_600_000);
    expect(at.states()).toEqual({ queued: 2, succeeded: 2 });
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('stops such a run only after patience if it took files before', async () => {
    await using at = await Harness.open({ folderPatienceMs: 60_000, speed: 200, concurrency: 1 });
    at.batch(2);
    let brokenAt = 0;
    at.engine.onJob(({ state }) => {
      if (state !== 'saving' || brokenAt !== 0) return;
      brokenAt = at.clock.now();
      rmSync(at.outDir, { recursive: true });
      writeFileSync(at.outDir, 'a file');
    });
    expect(await at.run()).toMatchObject({ code: 'output_unwritable' });
    expect(at.clock.now() - brokenAt).toBeGreaterThanOrEqual(60_000);
    expect(at.states()).toEqual({ queued: 2 });
    rmSync(at.outDir);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(Math.max(...at.posts())).toBe(1);
  });

  test('of several, the reason to stop tells how many there are', async () => {
    await using at = await Harness.open({ folderPatienceMs: 0 });
    writeFileSync(at.outDir, 'a file');
    at.batch(at.plan(1, { outDir: join(at.outDir, 'a') }));
    at.batch(at.plan(1, { outDir: join(at.outDir, 'b') }));
    expect((await at.run())?.message).toMatch(/^2 output folders cannot be written to/);
    rmSync(at.outDir);
  });

  test('but does: then what one photo meets is its own fault, and the folder’s other photos go on', async () => {
    await using at = await Harness.open({ speed: 200 });
    const [good = expect.fail()] = at.plan(1);
    at.batch([...at.plan(1, { outStem: 'n'.repeat(254) }), good]);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ failed: 1, succeeded: 1 });
    expect(at.jobs()[0]).toMatchObject({ failure: { code: 'save_failed', charged: 'yes' }, attempts: 5 });
    expect(at.jobs()[0]?.outputUrl).not.toBeNull();
    expect(at.posts()).toEqual([1, 1]);
    expect(readdirSync(at.outDir)).toEqual([`${good.outStem}.jpg`]);
  });

  test('because its own disk is full stops the queue as any full disk does', async () => {
    let full = true;
    const enospc = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const disk = {
      freeBytes: (path: string) => (full && path.endsWith('out') ? Promise.reject(enospc) : Promise.resolve(GIB * 500)),
    };
    await using at = await Harness.open({ disk });
    at.batch(2);
    expect(await at.run()).toMatchObject({ code: 'disk_full' });
    expect(at.practice.stats().uploads).toBe(0);
    expect(at.states()).toEqual({ queued: 2 });
    full = false;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1]);
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

  test.skipIf(process.getuid?.() === 0)(
    'because it is closed to the user is held before anything is sent',
    async () => {
      await using at = await Harness.open();
      mkdirSync(at.outDir);
      chmodSync(at.outDir, 0o500);
      at.batch(2);
      await at.engine.start();
      await held(at);
      expect(at.practice.stats().uploads).toBe(0);
      chmodSync(at.outDir, 0o700);
      expect(await at.idle()).toBeNull();
      expect(at.posts()).toEqual([1, 1]);
    },
  );

  test.skipIf(noMounts !== null)(
    `because its disk is read-only is held, too (${noMounts ?? 'a disk in memory'})`,
    async () => {
      using disk = new TemporaryDisk(4);
      await using at = await Harness.open();
      const outDir = join(disk.dir, 'out');
      disk.makeReadOnly();
      at.batch(at.plan(2, { outDir }));
      await at.engine.start();
      await held(at, outDir);
      expect(at.engine.status().heldFolders[0]?.failure.detail).toMatch(/EROFS/);
      expect(at.practice.stats().uploads).toBe(0);
      disk.makeWritable();
      expect(await at.idle()).toBeNull();
      expect(at.posts()).toEqual([1, 1]);
      expect(readdirSync(outDir)).toHaveLength(2);
    },
  );

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

  test.each(['data', 'out'])('that cannot be asked about: no submit goes out blindly (%s)', async (name) => {
    let broken = true;
    const eacces = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const disk = {
      freeBytes: (path: string) => (broken && path.endsWith(name) ? Promise.reject(eacces) : Promise.resolve(GIB * 9)),
    };
    await using at = await Harness.open({ disk, practice: { requestsPerMinute: 60 }, folderPatienceMs: 0 });
    at.batch(3);
    const code = name === 'out' ? 'output_unwritable' : 'data_unwritable';
    expect(await at.run()).toMatchObject({ code, detail: 'EACCES: permission denied' });
    expect(at.states()).toEqual({ queued: 3 });
    expect(at.practice.stats().submits).toBe(0);
    broken = false;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1, 1]);
  });

  test('of the data folder that takes no prepared photo stops the queue: that is not the output folder’s fault', async () => {
    await using at = await Harness.open();
    at.batch(2);
    expect(await at.run()).toBeNull();
    rmSync(join(at.history.dir, 'tmp'), { recursive: true });
    writeFileSync(join(at.history.dir, 'tmp'), 'a file');
    at.batch(2);
    expect(await at.idle()).toMatchObject({ code: 'data_unwritable' });
    expect(at.engine.status().heldFolders).toEqual([]);
    rmSync(join(at.history.dir, 'tmp'));
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1, 1, 1, 1]);
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
