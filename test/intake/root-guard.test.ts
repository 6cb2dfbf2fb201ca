import { execFileSync } from 'node:child_process';
import { chmod, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isNetworkType, isWindowsShare, lookAtRoot } from '../../app/intake/root-guard.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';
import { TempTree } from './temp-tree.ts';

let tree: TempTree;
beforeEach(async () => {
  tree = await TempTree.make();
});
afterEach(() => tree.remove());

async function identityOf(path: string): Promise<string> {
  const look = await lookAtRoot(path);
  if (!look.there) throw new Error(look.failure.detail);
  return look.identity;
}

describe('a folder', () => {
  it('is there, on this machine, and stays the same whatever comes into it and whatever it is called', async () => {
    const path = await tree.folder('shoot');
    const look = await lookAtRoot(path);
    expect(look).toEqual({ there: true, identity: await identityOf(path), network: false });
    await tree.files(['shoot/a.jpg', 'shoot/b.jpg', 'shoot/sub/c.jpg']);
    expect(await lookAtRoot(path)).toEqual(look);
    await rename(path, tree.at('renamed'));
    expect(await lookAtRoot(tree.at('renamed'))).toEqual(look);
  });

  it('is another one when another took its place', async () => {
    const path = await tree.folder('shoot');
    await tree.folder('other');
    const identity = await identityOf(path);
    await rename(path, tree.at('away'));
    await rename(tree.at('other'), path);
    expect(await identityOf(path)).not.toBe(identity);
  });

  it('is looked at through a link', async () => {
    const path = await tree.folder('shoot');
    await symlink(path, tree.at('link'));
    expect(await identityOf(tree.at('link'))).toBe(await identityOf(path));
  });

  it('may be empty, and may have any name', async () => {
    for (const name of ['empty', 'it’s "mine"\n', '写真 📷', 'back\\slash', 'cafe\u0301']) {
      expect(await lookAtRoot(await tree.folder(name))).toMatchObject({ there: true, network: false });
    }
  });
});

describe('a folder that is not there', () => {
  const unavailable = (detail: string, advice = /^The folder cannot be reached\. Check that its drive or share/) => ({
    there: false,
    failure: {
      code: 'watch_unavailable',
      message: expect.stringMatching(advice) as string,
      detail: expect.stringContaining(detail) as string,
    },
  });

  it('is told with the system’s reason', async () => {
    expect(await lookAtRoot(tree.at('nothing'))).toMatchObject(unavailable('ENOENT'));
    await tree.files(['file']);
    expect(await lookAtRoot(tree.at('file', 'below'))).toMatchObject(unavailable('ENOTDIR'));
    await symlink('loop', tree.at('loop'));
    expect(await lookAtRoot(tree.at('loop'))).toMatchObject(unavailable('ELOOP'));
  });

  it('is one whose place a file has taken', async () => {
    await tree.files(['file']);
    expect(await lookAtRoot(tree.at('file'))).toMatchObject(
      unavailable('There is a file in its place.', /^There is a file where the folder was\. Put the folder back/),
    );
  });

  it('comes back when it is put back, and is the same', async () => {
    const path = await tree.folder('shoot');
    const identity = await identityOf(path);
    await rename(path, tree.at('away'));
    expect(await lookAtRoot(path)).toMatchObject(unavailable('ENOENT'));
    await rename(tree.at('away'), path);
    expect(await identityOf(path)).toBe(identity);
  });

  // Whoever is root may read what nobody may: there the test is made by a process that is not.
  it.skipIf(process.platform === 'win32')('is one that must no longer be read', async () => {
    const path = await tree.folder('shoot');
    await chmod(tree.path, 0o755);
    await chmod(path, 0o311);
    const module = new URL('../../app/intake/root-guard.ts', import.meta.url).href;
    const script = `
      if (process.getuid() === 0) process.setuid(65534);
      const look = await (await import(${JSON.stringify(module)})).lookAtRoot(${JSON.stringify(path)});
      console.log(JSON.stringify(look));`;
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    await chmod(path, 0o755);
    expect(JSON.parse(answer)).toMatchObject(
      unavailable('EACCES', /may not read this folder\. Allow it in the folder’s permissions/),
    );
  });
});

const noMounts = whyNoMounts();

describe.skipIf(noMounts !== null)(`a drive${noMounts === null ? '' : ` (not tested: ${noMounts})`}`, () => {
  it('that is unmounted leaves a folder behind that is another one, and empty', async () => {
    let at: string;
    let onDrive: string;
    {
      using disk = new TemporaryDisk(1);
      at = disk.dir;
      onDrive = await identityOf(at);
      await writeFile(`${at}/a.jpg`, 'x');
      execFileSync('umount', [at]); // nothing of the look keeps the drive from being taken out
      expect(await identityOf(at)).not.toBe(onDrive);
      expect(await readdir(at)).toEqual([]);
      execFileSync('mount', ['-t', 'tmpfs', 'none', at]);
    }
    expect(await lookAtRoot(at)).toMatchObject({ there: false });
  });

  it('that comes back is there again', async () => {
    const path = await tree.folder('drive');
    const below = await identityOf(path);
    for (let times = 0; times < 2; times += 1) {
      execFileSync('mount', ['-t', 'tmpfs', 'none', path]);
      try {
        expect(await lookAtRoot(path)).toMatchObject({ there: true, network: false });
        expect(await identityOf(path)).not.toBe(below);
      } finally {
        execFileSync('umount', [path]);
      }
      expect(await identityOf(path)).toBe(below);
    }
  });
});

describe('a share', () => {
  it('is told on Windows by its path, and a drive is not', () => {
    const shares = ['\\\\server\\share', '\\\\server\\share\\a\\b', '//server/share', '\\\\?\\UNC\\server\\share'];
    const drives = ['C:\\Photos', 'c:/photos', '\\\\?\\C:\\Photos', '\\\\.\\C:\\', '\\Photos', 'Photos'];
    expect(shares.map(isWindowsShare)).toEqual(shares.map(() => true));
    expect(drives.map(isWindowsShare)).toEqual(drives.map(() => false));
  });

  const LOCAL_DRIVE = (8n << 8n) | 17n; // sdb1
  const NO_DRIVE = 45n;

  it.each([
    ['NFS', 0x6969n],
    ['SMB', 0xfe534d42n],
    ['CIFS', 0xff534d42n],
    ['9p', 0x01021997n],
    ['a VirtualBox folder', 0x786f4256n],
  ])('is told on Linux by its kind: %s', (_, type) => {
    expect(isNetworkType(type, NO_DRIVE)).toBe(true);
  });

  it.each([
    ['ext4', 0xef53n],
    ['XFS', 0x58465342n],
    ['Btrfs', 0x9123683en],
    ['tmpfs', 0x01021994n],
    ['FAT', 0x4d44n],
    ['exFAT', 0x2011bab0n],
    ['overlay', 0x794c7630n],
    ['no answer', 0n],
  ])('is not what is on this machine: %s', (_, type) => {
    expect(isNetworkType(type, LOCAL_DRIVE)).toBe(false);
    expect(isNetworkType(type, NO_DRIVE)).toBe(false);
  });

  it('may be served by a program (sshfs), which NTFS on a drive is not', () => {
    const FUSE = 0x65735546n;
    expect(isNetworkType(FUSE, NO_DRIVE)).toBe(true);
    expect(isNetworkType(FUSE, LOCAL_DRIVE)).toBe(false);
    expect(isNetworkType(FUSE, (259n << 8n) | 3n)).toBe(false); // nvme0n1p3
  });

  it('is not what a folder on this machine is, by any of the three systems’ rules', async () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      expect(await lookAtRoot(tree.path, platform)).toMatchObject({ there: true, network: false });
    }
  });
});
