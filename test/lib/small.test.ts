// Clock, disk and log.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleep, systemClock, unreturning } from '../../app/lib/clock.ts';
import { systemDisk } from '../../app/lib/disk.ts';
import { fileLog, silentLog, stackOf, withoutKeys } from '../../app/lib/log.ts';
import { ManualClock } from '../fakes/clock.ts';
import { TemporaryDisk, whyNoMounts } from './mount.ts';

const noMounts = whyNoMounts();
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lightbatch-lib-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

describe('a clock that never goes back', () => {
  it('stands still when the wall clock is set back, and goes on from there', () => {
    const wall = new ManualClock(1_000);
    const clock = unreturning(wall);
    const seen = [clock.now()];
    for (const step of [1_000, -1_500, 200, 5_000]) {
      wall.jump(step);
      seen.push(clock.now());
    }
    expect(seen).toEqual([1_000, 2_000, 2_000, 2_200, 7_200]);
  });

  it('still tells what the clock on the wall says, once it is known in which time zone that is', () => {
    const wall = new ManualClock(1_000_000);
    const asked: string[] = [];
    const clock = unreturning(wall, () => asked.push('zone'));
    const read = wall.wall.bind(wall);
    wall.wall = () => (asked.push('wall'), read());
    clock.now();
    wall.turn(-400_000);
    expect([clock.now(), clock.wall()]).toEqual([1_000_000, 600_000]);
    wall.turn(500_000);
    expect([clock.now(), clock.wall()]).toEqual([1_500_000, 1_100_000]);
    expect(asked).toEqual(['zone', 'wall', 'zone', 'wall']);
  });
});

describe('the system clock', () => {
  it('calls back once when the time is over', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    systemClock.after(1_000, called);
    vi.advanceTimersByTime(999);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(called).toHaveBeenCalledOnce();
  });

  it('never calls back before `after` has answered, also for a time that is past', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    systemClock.after(-5, called);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledOnce();
  });

  it('does not call back after it was canceled', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    systemClock.after(10, called)();
    vi.runAllTimers();
    expect(called).not.toHaveBeenCalled();
  });

  it('does not take a very long time for none', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    const cancel = systemClock.after(100 * 24 * 3_600_000, called);
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(called).not.toHaveBeenCalled();
    cancel();
  });
});

describe('sleeping', () => {
  it('lasts as long as it should and is told as whole', async () => {
    const clock = new ManualClock();
    const sleeping = sleep(clock, 1_000);
    clock.advance(1_000);
    expect(await sleeping).toBe(true);
  });

  it('ends at once, and lets go of its timer and its signal, when that aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const removed = vi.spyOn(abort.signal, 'removeEventListener');
    const sleeping = sleep(clock, 1_000, abort.signal);
    abort.abort();
    expect(await sleeping).toBe(false);
    expect(clock.pending).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
  });

  it('does not begin when the signal has aborted already', async () => {
    const clock = new ManualClock();
    expect(await sleep(clock, 1_000, AbortSignal.abort())).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('lets go of its signal when it ends by itself', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const sleeping = sleep(clock, 5, signal);
    clock.advance(5);
    await sleeping;
    expect(removed).toHaveBeenCalledOnce();
  });
});

describe('the room on a disk', () => {
  it('is that of the nearest folder that exists', async () => {
    const free = await systemDisk.freeBytes(dir);
    expect(free).toBeGreaterThan(0);
    writeFileSync(join(dir, 'file'), '');
    for (const path of ['not/yet/there', 'file', 'file/below']) {
      expect(await systemDisk.freeBytes(join(dir, path))).toBeGreaterThan(0);
    }
  });

  it.skipIf(noMounts)(`is told in bytes (${noMounts ?? 'a disk of 4 MB'})`, async () => {
    using disk = new TemporaryDisk(4);
    expect(await systemDisk.freeBytes(join(disk.dir, 'a/b'))).toBe(4 * 1024 * 1024);
    writeFileSync(join(disk.dir, 'fill'), Buffer.alloc(1024 * 1024));
    expect(await systemDisk.freeBytes(disk.dir)).toBe(3 * 1024 * 1024);
  });

  it('reports what cannot be looked at', async () => {
    symlinkSync(join(dir, 'loop'), join(dir, 'loop'));
    await expect(systemDisk.freeBytes(join(dir, 'loop'))).rejects.toMatchObject({ code: 'ELOOP' });
  });
});

describe('the log', () => {
  const path = () => join(dir, 'logs', 'x.log');
  const lines = () =>
    readFileSync(path(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  it('is one JSON object a line, whatever is in it, and readable by the user alone', () => {
    const log = fileLog(path(), new ManualClock(0), () => undefined);
    log.info('start', { jobs: 3, ok: true, none: null, left: undefined });
    log.warn('odd', { text: 'two\nlines "quoted"' });
    log.error('bad');
    const time = '1970-01-01T00:00:00.000Z';
    expect(lines()).toEqual([
      { time, level: 'info', event: 'start', jobs: 3, ok: true, none: null },
      { time, level: 'warn', event: 'odd', text: 'two\nlines "quoted"' },
      { time, level: 'error', event: 'bad' },
    ]);
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o077).toBe(0);
  });

  it('never holds a key, wherever it was', () => {
    const log = fileLog(path(), new ManualClock(), () => undefined);
    log.error('key SG_0123456789abcdef', { header: 'x-api-key: sg_FEDCBA9876543210', SG_0000000011111111: 'x' });
    expect(readFileSync(path(), 'utf8')).not.toMatch(/SG_[0-9a-f]/i);
    expect(withoutKeys('a SG_0123456789abcdef, b')).toBe('a SG_…, b');
    expect(withoutKeys('MSG_12 is no key')).toBe('MSG_12 is no key');
  });

  it('begins a new file after 5 MB and keeps one older', () => {
    const log = fileLog(path(), new ManualClock(), () => undefined);
    mkdirSync(join(dir, 'logs'));
    writeFileSync(path(), 'a'.repeat(5 * 1024 * 1024));
    log.info('fits still');
    expect(existsSync(`${path()}.1`)).toBe(false);
    log.info('first of the new file');
    expect(lines()).toMatchObject([{ event: 'first of the new file' }]);
    expect(statSync(`${path()}.1`).size).toBeGreaterThan(5 * 1024 * 1024);
  });

  it('tells once that it cannot be written, and the work goes on', () => {
    writeFileSync(join(dir, 'logs'), 'a file where the folder should be');
    const trouble = vi.fn();
    const log = fileLog(path(), new ManualClock(), trouble);
    log.info('one');
    log.error('two');
    expect(trouble).toHaveBeenCalledOnce();
  });

  it('can be silent', () => {
    const written = vi.spyOn(process.stdout, 'write');
    silentLog.info('x');
    silentLog.warn('x');
    silentLog.error('x');
    expect(written).not.toHaveBeenCalled();
  });

  it('is told where an error came from, and what was thrown that is none', () => {
    const error = new Error('broken');
    expect(stackOf(error)).toMatch(/^Error: broken\n +at /);
    delete error.stack;
    expect(stackOf(error)).toBe('broken');
    expect(stackOf('a word')).toBe('a word');
  });
});
