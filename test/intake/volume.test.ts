// What a volume is known by, from one connection to the next.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareVolumes, volumeOf } from '../../app/intake/volume.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';
import { TempTree } from './temp-tree.ts';

describe('two marks', () => {
  test('of one kind are of one volume when they are the same', () => {
    expect(compareVolumes('uuid a', 'uuid a')).toBe(true);
    expect(compareVolumes('uuid a', 'uuid b')).toBe(false);
    expect(compareVolumes('born 1 2', 'born 1 3')).toBe(false);
  });

  test('tell nothing when one is missing, or they are of two kinds', () => {
    expect(compareVolumes(null, 'uuid a')).toBeNull();
    expect(compareVolumes(null, null)).toBeNull();
    expect(compareVolumes('born 1', 'uuid a')).toBeNull();
  });

  test('of FAT volumes tell two apart, but not that they are one', () => {
    expect(compareVolumes('fat 1234-ABCD', 'fat 1234-ABCE')).toBe(false);
    expect(compareVolumes('fat 1234-ABCD', 'fat 1234-ABCD')).toBeNull();
  });
});

describe.skipIf(process.platform !== 'linux')('a folder on Linux', () => {
  /** A system in which devices that are always there are drives. */
  async function system(mounts: (dir: string) => readonly string[], uuids: Readonly<Record<string, string>>) {
    const tree = await TempTree.make();
    const places = { mounts: join(tree.path, 'mountinfo'), byUuid: join(tree.path, 'by-uuid') };
    const dir = join(tree.path, 'my photos');
    mkdirSync(dir);
    mkdirSync(places.byUuid);
    for (const [uuid, device] of Object.entries(uuids)) symlinkSync(device, join(places.byUuid, uuid));
    writeFileSync(places.mounts, mounts(dir.replaceAll(' ', '\\040')).join('\n'));
    return { dir, places, [Symbol.asyncDispose]: () => tree.remove() };
  }

  test('is on the volume that was mounted last at the nearest place, by that one’s UUID', async () => {
    await using at = await system(
      (dir) => [
        `30 1 0:30 / / rw - ext4 /dev/random rw`,
        `31 30 0:31 /@photos ${dir} rw,relatime shared:1 - btrfs /dev/zero rw,subvol=/@photos`,
        `32 30 0:31 / ${dir} rw,relatime shared:1 - btrfs /dev/null rw`,
        `33 30 0:32 / ${dir}/deeper rw - ext4 /dev/random rw`,
      ],
      { one: '/dev/random', two: '/dev/zero', three: '/dev/null' },
    );
    expect((await volumeOf(at.dir, at.places)).mark).toBe('uuid three');
  });

  test('on a FAT volume is marked as such', async () => {
    await using at = await system((dir) => [`31 30 0:31 / ${dir} rw - vfat /dev/null rw`], {
      '12AB-34CD': '/dev/null',
    });
    expect((await volumeOf(at.dir, at.places)).mark).toBe('fat 12AB-34CD');
  });
});

const noMounts = whyNoMounts();
describe.skipIf(noMounts !== null)(
  `a volume without a UUID${noMounts === null ? '' : ` (skipped: ${noMounts})`}`,
  () => {
    test('is known by when it was made, wherever it is mounted, and tells which folder is its top', async () => {
      const tree = await TempTree.make();
      using first = new TemporaryDisk(1);
      using second = new TemporaryDisk(1);
      const elsewhere = join(tree.path, 'elsewhere');
      mkdirSync(elsewhere);
      mkdirSync(join(first.dir, 'a', 'b'), { recursive: true });
      const before = await volumeOf(first.dir);
      expect(before.isTop).toBe(true);
      writeFileSync(join(first.dir, 'new.txt'), '');
      execFileSync('mount', ['--bind', first.dir, elsewhere], { stdio: 'pipe' });
      try {
        expect(compareVolumes((await volumeOf(elsewhere)).mark, before.mark)).toBe(true);
        expect(await volumeOf(join(elsewhere, 'a', 'b'))).toEqual({ isTop: false, mark: before.mark });
        expect(compareVolumes((await volumeOf(second.dir)).mark, before.mark)).toBe(false);
      } finally {
        execFileSync('umount', ['-l', elsewhere], { stdio: 'pipe' });
        await tree.remove();
      }
    });
  },
);
