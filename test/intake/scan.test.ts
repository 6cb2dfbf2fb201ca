import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, link, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IntakeError } from '../../app/intake/intake-error.ts';
import { scan, type ScanOptions, type ScanResult } from '../../app/intake/scan.ts';
import { TempTree } from './temp-tree.ts';

let tree: TempTree;
beforeEach(async () => {
  tree = await TempTree.make();
});
afterEach(() => tree.remove());

const run = (inputs: readonly string[], options: Partial<ScanOptions> = {}) =>
  scan(inputs, { recursive: true, isExcluded: () => false, ...options });
const named = (result: ScanResult) => result.files.map((file) => relative(tree.path, file.path));
const leftOut = (result: ScanResult) =>
  Object.fromEntries(result.leftOut.map(({ path, reason }) => [relative(tree.path, path), reason]));
const failing = async (scanning: Promise<unknown>) => {
  const error = await scanning.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'IntakeError' });
  return error as IntakeError;
};

const isRoot = process.getuid?.() === 0;
const isWindows = process.platform === 'win32';

describe('a folder', () => {
  it('is taken with all its sub-folders, in natural order, a folder’s photos before those of its sub-folders', async () => {
    await tree.files(['b/IMG_10.jpg', 'b/IMG_2.jpg', 'b/img_3.jpg', 'a10/x.jpg', 'a2/x.jpg', 'a2/deep/x.jpg', 'z.jpg']);
    const result = await run([tree.path]);
    expect(named(result)).toEqual(
      ['z.jpg', 'a2/x.jpg', 'a2/deep/x.jpg', 'a10/x.jpg', 'b/IMG_2.jpg', 'b/img_3.jpg', 'b/IMG_10.jpg'].map((name) =>
        join(name),
      ),
    );
    expect(result.roots).toEqual([{ path: tree.path, kind: 'folder' }]);
    expect(result.leftOut).toEqual([]);
  });

  it('gives for each file its place, size and time of change as stat gives them', async () => {
    await tree.files(['sub/deep/a.jpg']);
    const path = tree.at('sub', 'deep', 'a.jpg');
    await utimes(path, 1_700_000_000.123, 1_700_000_000.987_654);
    const stats = await stat(path);
    expect((await run([tree.at('sub')])).files).toEqual([
      {
        path,
        real: path,
        root: 0,
        relativeDir: 'deep',
        name: 'a.jpg',
        bytes: stats.size,
        mtimeMs: Math.trunc(stats.mtimeMs),
      },
    ]);
  });

  it('without its sub-folders names each of them once, with how to include it', async () => {
    await tree.files(['a.jpg', 'sub/b.jpg', 'sub/deep/c.jpg', '.hidden/d.jpg']);
    const result = await run([tree.path], { recursive: false });
    expect(named(result)).toEqual(['a.jpg']);
    expect(leftOut(result)).toEqual({ sub: 'folder', '.hidden': 'hidden' });
    expect(result.leftOut.find(({ reason }) => reason === 'folder')?.message).toContain('--recursive');
  });

  it('does not name a sub-folder that was given as well', async () => {
    await tree.files(['a.jpg', 'sub/b.jpg']);
    const result = await run([tree.path, tree.at('sub')], { recursive: false });
    expect(named(result)).toEqual(['a.jpg', join('sub', 'b.jpg')]);
    expect(result.leftOut).toEqual([]);
  });

  it('of five thousand files is in natural order, whatever order the disk has', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `IMG_${((index * 2311) % 5000) + 1}.jpg`);
    await tree.files(names);
    const seen: number[] = [];
    const result = await run([tree.path], { onProgress: (found) => seen.push(found) });
    expect(named(result)).toEqual(Array.from({ length: 5000 }, (_, index) => `IMG_${index + 1}.jpg`));
    expect(seen.at(-1)).toBe(5000);
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('is searched to any depth', async () => {
    const deep = Array.from({ length: 200 }, (_, index) => `d${index}`).join('/');
    await tree.files([`${deep}/a.jpg`]);
    expect(named(await run([tree.path]))).toEqual([join(deep, 'a.jpg')]);
  });

  it('that is excluded, or a file that is, is left out with all that is in it', async () => {
    await tree.files(['a.jpg', 'b.jpg', 'Enhanced/a.jpg', 'Enhanced/deep/b.jpg']);
    const excluded = new Set([tree.at('Enhanced'), tree.at('b.jpg')]);
    const result = await run([tree.path], { isExcluded: (path) => excluded.has(path) });
    expect(named(result)).toEqual(['a.jpg']);
    expect(leftOut(result)).toEqual({ Enhanced: 'excluded', 'b.jpg': 'excluded' });
  });

  it('can be given up in the middle', async () => {
    await tree.files(['a.jpg', 'sub/b.jpg']);
    const stop = new AbortController();
    const reason = new Error('given up');
    const scanning = run([tree.path], { signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(scanning).rejects.toBe(reason);
    await expect(run([tree.path], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('what is left out by name', () => {
  it('is what is hidden, what the system keeps, and what is not finished', async () => {
    const junk = ['Thumbs.db', 'desktop.ini', '.DS_Store', '._a.jpg', 'a.jpg.part', 'b.tmp', 'c.JPG.crdownload'];
    await tree.files([...junk, '.secret.jpg', '@eaDir/SYNOPHOTO_THUMB_XL.jpg', '.trash/x.jpg', 'ok.jpg']);
    await tree.files(['Photos.photoslibrary/originals/1.jpg', 'Catalog Previews.lrdata/1.jpg']);
    const result = await run([tree.path]);
    expect(named(result)).toEqual(['ok.jpg']);
    expect(leftOut(result)).toEqual({
      ...Object.fromEntries(junk.map((name) => [name, 'junk'])),
      '.secret.jpg': 'hidden',
      '.trash': 'hidden',
      '@eaDir': 'junk',
      'Photos.photoslibrary': 'excluded',
      'Catalog Previews.lrdata': 'excluded',
    });
  });

  it('is what cannot be a photo, with the reason', async () => {
    const others = ['clip.MP4', 'a.xmp', 'notes.txt', 'book.pdf', 'old.zip', 'data.json'];
    const raws = ['1.CR2', '2.cr3', '3.nef', '4.arw', '5.dng', '6.raf', '7.orf', '8.rw2'];
    await tree.files([...others, ...raws, 'photo', 'odd.xyz', 'Dr. Who']);
    const result = await run([tree.path]);
    expect(named(result)).toEqual(['Dr. Who', 'odd.xyz', 'photo']);
    expect(leftOut(result)).toEqual({
      ...Object.fromEntries(others.map((name) => [name, 'not_a_photo'])),
      ...Object.fromEntries(raws.map((name) => [name, 'raw'])),
    });
    const messages = new Map(result.leftOut.map(({ path, message }) => [relative(tree.path, path), message]));
    expect(messages.get('clip.MP4')).toBe('By its name this is a film, not a photo.');
    for (const raw of raws) expect(messages.get(raw)).toContain('RAW files must be exported first');
  });

  it('is taken when it is hidden but given by itself, and never when it is junk', async () => {
    await tree.files(['.a.jpg', '.folder/b.jpg', 'Thumbs.db', '.x.nef']);
    const inputs = ['.a.jpg', '.folder', 'Thumbs.db', '.x.nef'].map((name) => tree.at(name));
    const result = await run(inputs);
    expect(named(result)).toEqual([join('.folder', 'b.jpg'), '.a.jpg']);
    expect(leftOut(result)).toEqual({ 'Thumbs.db': 'junk', '.x.nef': 'raw' });
    expect(result.roots.map(({ path }) => path)).toEqual(inputs.filter((path) => !path.endsWith('.db')));
  });

  it('is an empty file, for its size', async () => {
    await tree.files(['a.jpg'], () => Buffer.alloc(0));
    expect(leftOut(await run([tree.path]))).toEqual({ 'a.jpg': 'empty' });
  });
});

describe('odd names', () => {
  it('are taken as they are', async () => {
    const odd = [
      'a b.jpg',
      ' lead.jpg',
      'it\'s "x".jpg',
      '👩‍👩‍👧.jpg',
      'תמונה.jpg',
      'صورة ١.jpg',
      '-rf.jpg',
      '100%.jpg',
      '~.jpg',
    ];
    const onlyUnix = ['two\nlines.jpg', '\u001b[31m.jpg', 'a\\b.jpg', 'cafe\u0301.jpg'];
    const names = isWindows ? odd.filter((name) => !name.includes('"')) : [...odd, ...onlyUnix];
    await tree.files(names);
    const result = await run([tree.path]);
    expect(named(result).toSorted()).toEqual(names.toSorted());
    for (const file of result.files) expect((await stat(file.path)).size).toBe(file.bytes);
  });

  it.runIf(process.platform === 'linux')('that are not text are left out, and say so', async () => {
    await tree.files(['ok.jpg', 'really \u{FFFD}.jpg']);
    execFileSync('sh', ['-c', 'printf x > "$(printf "bad\\377.jpg")"; mkdir "$(printf "dir\\377")"'], {
      cwd: tree.path,
    });
    const result = await run([tree.path]);
    expect(named(result)).toEqual(['ok.jpg', 'really \u{FFFD}.jpg']);
    expect(leftOut(result)).toEqual({ 'bad\u{FFFD}.jpg': 'unreadable', 'dir\u{FFFD}': 'unreadable' });
    for (const { message } of result.leftOut) expect(message).toContain('not valid text');
  });

  it('reach a sentence without the escape sequences in them', async () => {
    const error = await failing(run([tree.at('no\u001b[31m.jpg')]));
    expect(error.message).toContain('no\u{FFFD}[31m.jpg');
    expect(error.message).not.toContain('\u001b');
  });
});

describe.skipIf(isWindows)('links', () => {
  it('to a folder outside are followed, and its files are below the link', async () => {
    await tree.files(['in/a.jpg', 'elsewhere/sub/b.jpg']);
    await tree.link('in/more', tree.at('elsewhere'));
    const result = await run([tree.at('in')]);
    expect(named(result)).toEqual(['in/a.jpg', 'in/more/sub/b.jpg']);
    expect(result.files[1]).toMatchObject({ relativeDir: 'more/sub', real: tree.at('elsewhere/sub/b.jpg') });
  });

  it('in a circle are refused: to themselves, to each other, to a folder above, to the folder above the root', async () => {
    await tree.files(['in/a.jpg', 'in/sub/b.jpg']);
    await tree.link('in/self', 'self');
    await tree.link('in/one', 'two');
    await tree.link('in/two', 'one');
    await tree.link('in/sub/here', '.');
    await tree.link('in/sub/up', '..');
    await tree.link('in/sub/out', tree.path);
    await tree.link('in/sub/top', '/');
    const result = await run([tree.at('in')]);
    expect(named(result)).toEqual(['in/a.jpg', 'in/sub/b.jpg']);
    expect(leftOut(result)).toEqual(
      Object.fromEntries(
        ['self', 'one', 'two', 'sub/here', 'sub/up', 'sub/out', 'sub/top'].map((name) => [`in/${name}`, 'loop']),
      ),
    );
  });

  it('between two folders end after each was taken once', async () => {
    await tree.files(['one/a.jpg', 'two/b.jpg']);
    await tree.link('one/to-two', tree.at('two'));
    await tree.link('two/to-one', tree.at('one'));
    const result = await run([tree.at('one')]);
    expect(named(result)).toEqual(['one/a.jpg', 'one/to-two/b.jpg']);
    expect(leftOut(result)).toEqual({ 'one/to-two/to-one': 'duplicate' });
  });

  it('never stand before the file itself, though their names come first', async () => {
    await tree.files(['z/photo.jpg']);
    await tree.link('a-folder', 'z');
    await tree.link('a-photo.jpg', 'z/photo.jpg');
    const result = await run([tree.path]);
    expect(named(result)).toEqual(['z/photo.jpg']);
    expect(leftOut(result)).toEqual({ 'a-folder': 'duplicate', 'a-photo.jpg': 'duplicate' });
    expect(result.leftOut.find(({ path }) => path.endsWith('.jpg'))?.message).toContain(tree.at('z/photo.jpg'));
  });

  it('that are hard count as the same file, and the first in natural order is the one taken', async () => {
    await tree.files(['IMG_10.jpg']);
    await link(tree.at('IMG_10.jpg'), tree.at('IMG_9.jpg'));
    await link(tree.at('IMG_10.jpg'), tree.at('IMG_11.jpg'));
    const result = await run([tree.path]);
    expect(named(result)).toEqual(['IMG_9.jpg']);
    expect(leftOut(result)).toEqual({ 'IMG_10.jpg': 'duplicate', 'IMG_11.jpg': 'duplicate' });
  });

  it('to nothing are named', async () => {
    await tree.files(['a.jpg']);
    await tree.link('gone.jpg', 'nowhere.jpg');
    expect(leftOut(await run([tree.path]))).toEqual({ 'gone.jpg': 'broken_link' });
    const error = await failing(run([tree.at('gone.jpg')]));
    expect(error).toMatchObject({ code: 'missing', path: tree.at('gone.jpg') });
    expect(error.message).toContain('no longer there');
  });

  it('to a file are judged by their own name, and found by it', async () => {
    await tree.files(['elsewhere/x.jpg', 'elsewhere/y.jpg']);
    await tree.link('in/.hidden.jpg', tree.at('elsewhere/x.jpg'));
    await tree.link('in/best.jpg', tree.at('elsewhere/y.jpg'));
    const result = await run([tree.at('in')]);
    expect(result.files).toMatchObject([{ path: tree.at('in/best.jpg'), real: tree.at('elsewhere/y.jpg') }]);
    expect(leftOut(result)).toEqual({ 'in/.hidden.jpg': 'hidden' });
  });

  it('to an excluded folder are left out, because it is asked by its real path', async () => {
    await tree.files(['in/a.jpg', 'out/b.jpg']);
    await tree.link('in/results', tree.at('out'));
    const result = await run([tree.at('in')], { isExcluded: (path) => path === tree.at('out') });
    expect(leftOut(result)).toEqual({ 'in/results': 'excluded' });
  });

  it('to a folder are sub-folders, where those are not searched', async () => {
    await tree.files(['in/a.jpg', 'elsewhere/b.jpg']);
    await tree.link('in/more', tree.at('elsewhere'));
    expect(leftOut(await run([tree.at('in')], { recursive: false }))).toEqual({ 'in/more': 'folder' });
  });
});

describe('several inputs', () => {
  it('keep their order, single files last and in natural order', async () => {
    await tree.files(['b/x.jpg', 'a/x.jpg', 'IMG_10.jpg', 'IMG_9.jpg']);
    const result = await run(['IMG_10.jpg', 'b', 'IMG_9.jpg', 'a'].map((name) => tree.at(name)));
    expect(named(result)).toEqual([join('b', 'x.jpg'), join('a', 'x.jpg'), 'IMG_9.jpg', 'IMG_10.jpg']);
    expect(result.files.map(({ root }) => result.roots[root]?.path)).toEqual(
      ['b', 'a', 'IMG_9.jpg', 'IMG_10.jpg'].map((name) => tree.at(name)),
    );
  });

  it('take each file once, also when a file and its folder, or a folder and one inside it, were given', async () => {
    await tree.files(['a.jpg', 'sub/b.jpg']);
    const result = await run([
      tree.at('a.jpg'),
      tree.at('sub'),
      tree.path,
      tree.path,
      tree.at('a.jpg'),
      tree.at('sub'),
    ]);
    expect(named(result).toSorted()).toEqual(['a.jpg', join('sub', 'b.jpg')]);
    expect(new Set(result.leftOut.map(({ reason }) => reason))).toEqual(new Set(['duplicate']));
    expect(result.roots.filter(({ kind }) => kind === 'folder').map(({ path }) => path)).toEqual([
      tree.at('sub'),
      tree.path,
    ]);
  });

  it('may be relative to the working directory', async () => {
    await tree.files(['a.jpg']);
    const result = await run([relative(process.cwd(), tree.path)]);
    expect(result.files[0]?.path).toBe(tree.at('a.jpg'));
  });

  it.each([
    ['nothing', 'nothing'],
    ['below a file', 'a.jpg/b.jpg'],
    ['a name that no file can have', 'a\0b'],
  ])('end the scan when one of them is %s', async (_, name) => {
    await tree.files(['a.jpg']);
    const error = await failing(run([tree.at('a.jpg'), tree.at(name)]));
    expect(error.code).toBe('missing');
    expect(error.message).toContain('There is no file or folder');
  });
});

describe.skipIf(isWindows)('what cannot be read', () => {
  it('is never opened when it is not a file: a pipe would hold the scan for ever', async () => {
    await tree.files(['a.jpg']);
    execFileSync('mkfifo', [tree.at('pipe.jpg')]);
    const server = createServer();
    await new Promise<void>((done) => server.listen(tree.at('s.jpg'), done));
    await tree.link('dev.jpg', '/dev/zero');
    const result = await run([tree.path]);
    server.close();
    expect(named(result)).toEqual(['a.jpg']);
    expect(leftOut(result)).toEqual({ 'pipe.jpg': 'not_a_photo', 's.jpg': 'not_a_photo', 'dev.jpg': 'not_a_photo' });
  });

  // The administrator may read everything, so under root the scan is made as nobody.
  it('is a closed folder: left out inside another, and an error when it was given', async () => {
    await tree.files(['a.jpg', 'closed/b.jpg', 'open/c.jpg']);
    await chmod(tree.path, 0o755);
    await chmod(tree.at('closed'), 0o000);
    const [result, error] = await asNobody(async () => [
      await run([tree.path]),
      await failing(run([tree.at('closed')])),
    ]);
    await chmod(tree.at('closed'), 0o755);
    expect(named(result)).toEqual(['a.jpg', 'open/c.jpg']);
    expect(leftOut(result)).toEqual({ closed: 'unreadable' });
    expect(result.leftOut[0]?.message).toContain('EACCES');
    expect(error).toMatchObject({ code: 'unreadable', path: tree.at('closed') });
  });

  it('is what disappears between the listing of its folder and the look at it', async () => {
    await tree.files(['a/1.jpg', 'b/2.jpg', 'z.jpg']);
    const isExcluded = (path: string) => {
      // Asked when the folder above is listed, and before this one is read.
      if (path === tree.at('b')) rmSync(path, { recursive: true });
      if (path === tree.at('a')) rmSync(tree.at('z.jpg'));
      return false;
    };
    const result = await run([tree.path], { isExcluded });
    expect(named(result)).toEqual(['a/1.jpg']);
    expect(leftOut(result)).toEqual({ b: 'unreadable', 'z.jpg': 'unreadable' });
  });
});

async function asNobody<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  if (!isRoot) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
