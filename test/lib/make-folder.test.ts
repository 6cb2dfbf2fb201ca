// Folders made with those above them: as `mkdir -p` does, and with an end where there is none to make.
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, makeFolderSync } from '../../app/lib/make-folder.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lightbatch-folder-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const sync = (path: string) => Promise.resolve().then(() => makeFolderSync(path));

describe.each([
  ['makeFolder', makeFolder],
  ['makeFolderSync', sync],
])('%s', (_, make: (path: string) => Promise<unknown>) => {
  it('makes what is missing above, too, and is content with what is there', async () => {
    const path = join(dir, 'a', 'b', 'c');
    await make(path);
    expect(isFolder(path)).toBe(true);
    await make(path);
    await make('/');
  });

  it('takes a relative path from the working folder', async () => {
    await make(relative(process.cwd(), join(dir, 'x', 'y')));
    expect(isFolder(join(dir, 'x', 'y'))).toBe(true);
  });

  it('is content with a link to a folder', async () => {
    mkdirSync(join(dir, 'real'));
    symlinkSync(join(dir, 'real'), join(dir, 'link'));
    await make(join(dir, 'link', 'below'));
    expect(isFolder(join(dir, 'real', 'below'))).toBe(true);
  });

  it('throws the error of the system where a file is in the way', async () => {
    writeFileSync(join(dir, 'file'), '');
    await expect(make(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(dir, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
    await expect(make(join(dir, 'dangling'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.skipIf(process.platform !== 'linux')(
    'throws, rather than trying for ever, where the system makes none',
    async () => {
      await expect(make('/proc/nope')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/nope' });
      await expect(make('/proc/nope/below')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/nope' });
    },
  );
});

it('many that make one folder at a time all find it made', async () => {
  const path = join(dir, 'a', 'b', 'c', 'd');
  await Promise.all(Array.from({ length: 32 }, () => makeFolder(path)));
  expect(isFolder(path)).toBe(true);
});

it('makeFolder answers the topmost folder that it made, or null', async () => {
  expect(await makeFolder(join(dir, 'a', 'b'))).toBe(join(dir, 'a'));
  expect(await makeFolder(join(dir, 'a', 'b', 'c', 'd'))).toBe(join(dir, 'a', 'b', 'c'));
  expect(await makeFolder(join(dir, 'a'))).toBeNull();
});

it.skipIf(process.platform === 'win32')('makeFolderSync gives the permissions to each folder that it makes', () => {
  makeFolderSync(join(dir, 'a', 'b'), 0o700);
  for (const path of [join(dir, 'a'), join(dir, 'a', 'b')]) expect(statSync(path).mode & 0o777).toBe(0o700);
});
