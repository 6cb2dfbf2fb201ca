// What file systems do only now and then: no hard links, a file held by a virus scanner, a folder that cannot be flushed.
// The real file system is beneath; a planned fault comes instead of a call's effect.
import * as real from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PartFile, publish } from '../../app/lib/atomic-write.ts';
import type { Clock } from '../../app/lib/clock.ts';
import { ManualClock } from '../fakes/clock.ts';

type Call = 'link' | 'rename' | 'rm' | 'folder.sync';

/** Planned faults by call, first in first out, and what was called. */
const disk = vi.hoisted(() => {
  const faults: Record<Call, string[]> = { link: [], rename: [], rm: [], 'folder.sync': [] };
  const synced: string[] = [];
  return { faults, synced };
});

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof real>();
  const trip = (call: Call) => {
    const code = disk.faults[call].shift();
    if (code === undefined) return;
    throw Object.assign(new Error(`${code}: planned`), { code });
  };
  const promised = <T>(call: Call, effect: () => Promise<T>): Promise<T> =>
    Promise.resolve().then(() => {
      trip(call);
      return effect();
    });
  const open: typeof fs.open = async (path, flags, mode) => {
    const file = await fs.open(path, flags, mode);
    if (flags !== 'r') return file;
    const sync = file.sync.bind(file);
    file.sync = () => promised('folder.sync', () => (disk.synced.push(String(path)), sync()));
    return file;
  };
  return {
    ...fs,
    open,
    link: (from: string, to: string) => promised('link', () => fs.link(from, to)),
    rename: (from: string, to: string) => promised('rename', () => fs.rename(from, to)),
    rm: (path: string, options?: Parameters<typeof fs.rm>[1]) => promised('rm', () => fs.rm(path, options)),
  };
});

let dir: string;
const at = (name: string) => join(dir, name);

beforeEach(async () => {
  disk.faults = { link: [], rename: [], rm: [], 'folder.sync': [] };
  disk.synced = [];
  dir = await real.mkdtemp(join(tmpdir(), 'lightbatch-faults-'));
});
afterEach(async () => {
  disk.faults = { link: [], rename: [], rm: [], 'folder.sync': [] };
  await real.rm(dir, { recursive: true });
});

async function partWith(content: string): Promise<string> {
  const part = await PartFile.create(at('.a.part'));
  await part.write(Buffer.from(content));
  await part.finish();
  return part.path;
}

/** A clock on which every wait is over at the next turn, as long as it was asked for. */
function skippingClock(): { clock: Clock; waits: number[] } {
  const waits: number[] = [];
  let now = 0;
  const after = (ms: number, callback: () => void) => {
    const turn = setImmediate(() => {
      now += ms;
      waits.push(ms);
      callback();
    });
    return () => clearImmediate(turn);
  };
  return { clock: { now: () => now, wall: () => now, after }, waits };
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK', 'EACCES', 'UNKNOWN', 'EISDIR'];

describe('on a file system without hard links', () => {
  const clock = new ManualClock();

  it.each(NO_LINKS)('publishes under a free name (%s)', async (code) => {
    const part = await partWith('new');
    disk.faults.link.push(code);
    expect(await publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' })).toBe('published');
    expect(await real.readFile(at('a.jpg'), 'utf8')).toBe('new');
    expect(await real.readdir(dir)).toEqual(['a.jpg']);
  });

  it('leaves a file that is there as it is', async () => {
    const part = await partWith('new');
    await real.writeFile(at('a.jpg'), 'old');
    disk.faults.link.push('EPERM');
    expect(await publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' })).toBe('exists');
    expect(await real.readFile(at('a.jpg'), 'utf8')).toBe('old');
    expect(await real.readFile(part, 'utf8')).toBe('new');
  });

  it('does not write through a link that takes the name', async () => {
    const part = await partWith('new');
    await real.symlink(at('victim'), at('a.jpg'));
    disk.faults.link.push('EPERM');
    expect(await publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' })).toBe('exists');
    await expect(real.stat(at('victim'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes its reservation back when the move fails, and keeps the part', async () => {
    const part = await partWith('new');
    disk.faults.link.push('EPERM');
    disk.faults.rename.push('EIO');
    const publishing = publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' });
    await expect(publishing).rejects.toMatchObject({ code: 'EIO' });
    expect(await real.readdir(dir)).toEqual(['.a.part']);
  });

  it('does not take an error of the disk for a lack of links', async () => {
    const part = await partWith('new');
    disk.faults.link.push('EIO');
    const publishing = publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' });
    await expect(publishing).rejects.toMatchObject({ code: 'EIO' });
    expect(await real.readdir(dir)).toEqual(['.a.part']);
  });
});

describe('with a file that another program holds', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is patient on Windows until it is let go (%s)', async (code) => {
    const { clock, waits } = skippingClock();
    const part = await partWith('new');
    disk.faults.rename.push(...Array.from({ length: 12 }, () => code));
    expect(await publish(part, at('a.jpg'), { replace: true, clock, platform: 'win32' })).toBe('published');
    expect(await real.readFile(at('a.jpg'), 'utf8')).toBe('new');
    expect(waits).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100]);
  });

  it('gives up on Windows after a minute, with the reason, and keeps the part', async () => {
    const { clock, waits } = skippingClock();
    const part = await partWith('new');
    disk.faults.rename = Array.from({ length: 10_000 }, () => 'EBUSY');
    const publishing = publish(part, at('a.jpg'), { replace: true, clock, platform: 'win32' });
    await expect(publishing).rejects.toMatchObject({ code: 'EBUSY' });
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(60_000);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(60_200);
    expect(await real.readFile(part, 'utf8')).toBe('new');
  });

  it('does not wait on other systems, nor for other errors', async () => {
    const { clock, waits } = skippingClock();
    const part = await partWith('new');
    for (const [platform, code] of [
      ['linux', 'EBUSY'],
      ['darwin', 'EPERM'],
      ['win32', 'ENOSPC'],
    ] as const) {
      disk.faults.rename.push(code);
      await expect(publish(part, at('a.jpg'), { replace: true, clock, platform })).rejects.toMatchObject({ code });
    }
    expect(waits).toEqual([]);
  });

  it('knows its own file again when only the part is held after the link was made', async () => {
    const { clock, waits } = skippingClock();
    const part = await partWith('new');
    disk.faults.rm.push('EBUSY', 'EPERM');
    expect(await publish(part, at('a.jpg'), { replace: false, clock, platform: 'win32' })).toBe('published');
    expect(await real.readdir(dir)).toEqual(['a.jpg']);
    expect(waits).toEqual([10, 20]);
  });
});

describe('the folder of a file', () => {
  const clock = new ManualClock();

  it('is flushed after the name is taken, and not when it was not', async () => {
    const part = await partWith('new');
    await publish(part, at('a.jpg'), { replace: false, clock, platform: 'linux' });
    expect(disk.synced).toEqual([dir]);
    const second = await partWith('newer');
    expect(await publish(second, at('a.jpg'), { replace: false, clock, platform: 'linux' })).toBe('exists');
    expect(disk.synced).toEqual([dir]);
  });

  it('is flushed into the one above when it is new, up to the first that was there', async () => {
    const part = await PartFile.create(at('one/two/three/.a.part'));
    await part.discard();
    expect(disk.synced.sort()).toEqual([dir, at('one'), at('one/two')].sort());
  });

  it.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EBADF'])(
    'need not be flushed where the file system cannot (%s)',
    async (code) => {
      const part = await partWith('new');
      disk.faults['folder.sync'].push(code);
      expect(await publish(part, at('a.jpg'), { replace: true, clock, platform: 'linux' })).toBe('published');
    },
  );

  it('is not taken for flushed when the disk fails', async () => {
    const part = await partWith('new');
    disk.faults['folder.sync'].push('EIO');
    const publishing = publish(part, at('a.jpg'), { replace: true, clock, platform: 'linux' });
    await expect(publishing).rejects.toMatchObject({ code: 'EIO' });
  });
});
