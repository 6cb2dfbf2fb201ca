// How a start beside one that runs hands its files over, and what is taken for such.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Call, type Handed, Handover, LEFT_MS } from '../../main/handover.ts';
import { ManualClock } from '../fakes/clock.ts';
import { recordingLog, tempFolder } from './support.ts';

const FILES = Array.from({ length: 900 }, (_, n) => `/home/ann/Selected photos of a wedding/DSC_0${n}.jpg`);

function between() {
  const data = join(tempFolder(), 'data');
  mkdirSync(data);
  const dir = join(data, 'handed-over');
  const clock = new ManualClock(Date.now());
  const handover = new Handover(data, clock);
  const log = recordingLog();
  const call = (given: Partial<Call>): Call => ({
    argv: ['/opt/lightbatch', '--allow-file-access-from-files', `--data=${data}`],
    cwd: '/home/ann',
    packaged: true,
    data: null,
    ...given,
  });
  const lies = () => readdirSync(dir);
  return { data, dir, clock, handover, log, lies, take: (given: Partial<Call>) => handover.take(call(given), log) };
}

/** As Electron carries it, by value. */
const carried = (handed: Handed): unknown => structuredClone(handed);

describe('files that a second start hands over', () => {
  it('arrive, however many, and only their number and a name go through Electron', () => {
    const { handover, take, lies } = between();
    const handed = handover.leave(FILES);
    expect(JSON.stringify(handed).length).toBeLessThan(100);
    expect(lies()).toEqual([handed.name]);
    expect(take({ data: carried(handed) })).toEqual({ files: FILES, incomplete: false });
    expect(lies()).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('are for the eyes of the user alone meanwhile', () => {
    const { handover, dir } = between();
    const { name } = handover.leave(FILES);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, name ?? '')).mode & 0o777).toBe(0o600);
  });

  it('arrive also when what goes through Electron does not', () => {
    const { handover, take, lies } = between();
    handover.leave(['/a.jpg']);
    handover.leave(['/b.jpg']);
    const { files, incomplete } = take({ data: null, argv: ['/opt/lightbatch', '/cut/o'] });
    expect([...files].sort()).toEqual(['/a.jpg', '/b.jpg']);
    expect(incomplete).toBe(false);
    expect(lies()).toEqual([]);
  });

  it('come with the command line where the disk takes no file', () => {
    const { handover, take, data, dir } = between();
    writeFileSync(dir, 'not a folder');
    using told = vi.spyOn(console, 'error').mockReturnValue();
    const handed = handover.leave(['/home/ann/a.jpg', '/b']);
    expect(handed).toEqual({ name: null, files: 2 });
    expect(told).toHaveBeenCalledOnce();
    const argv = ['/opt/lightbatch', '--data', '--hidden', data, 'a.jpg', '/b']; // in Chromium's order
    expect(take({ data: carried(handed), argv }).files).toEqual(['/home/ann/a.jpg', '/b']);
    expect(take({ data: undefined, argv: ['electron', '.', '/b'], packaged: false }).files).toEqual(['/b']);
    handover.sweep(handed);
    expect(readFileSync(dir, 'utf8')).toBe('not a folder');
  });

  it('are missed when there should be some', () => {
    const { take, handover, log, dir } = between();
    const { name, files } = handover.leave(['/a.jpg', '/b.jpg']);
    writeFileSync(join(dir, name ?? ''), '["/a.jpg"');
    expect(take({ data: { name, files } })).toEqual({ files: [], incomplete: true });
    expect(take({ data: { name: null, files: 2 }, argv: ['/opt/lightbatch', '/a.jpg'] })).toEqual({
      files: ['/a.jpg'],
      incomplete: true,
    });
    expect(take({ data: null, argv: ['/opt/lightbatch', `--${'x'.repeat(9_000)}`] }).incomplete).toBe(true);
    expect(log.lines.filter(({ event }) => event === 'handover.incomplete')).toHaveLength(3);
  });

  it('are none when it has none', () => {
    const { handover, take, dir } = between();
    const handed = handover.leave([]);
    expect(existsSync(dir)).toBe(false);
    expect(take({ data: carried(handed), argv: ['/opt/lightbatch', '/d'] })).toEqual({ files: [], incomplete: false });
    expect(take({ data: undefined })).toEqual({ files: [], incomplete: false });
  });
});

describe('what another process hands over as a start', () => {
  it('names no file but one of the form that a start leaves', () => {
    const { take, data, dir } = between();
    mkdirSync(dir);
    const other = join(data, 'settings.json');
    for (const path of [other, join(dir, 'x.json')]) writeFileSync(path, '["/a.jpg"]');
    for (const name of ['../settings.json', 'x.json', other, '..', '', 5, {}, ['x.json']]) {
      expect(take({ data: { name, files: 1 } })).toEqual({ files: [], incomplete: true });
    }
    for (const strange of ['x', 5, {}, [], { name: 'x.json' }, { files: -1, name: null }, { files: '1', name: null }]) {
      expect(take({ data: strange })).toEqual({ files: [], incomplete: false });
    }
    expect(existsSync(other)).toBe(true);
  });

  it('counts only as far as it is a list of absolute paths', () => {
    const { take, handover, dir } = between();
    const { name } = handover.leave(['/a.jpg']);
    writeFileSync(join(dir, name ?? ''), JSON.stringify(['/a.jpg', 'b.jpg', 5, null, '/c\0.jpg', '/d']));
    expect(take({ data: { name, files: 2 } })).toEqual({ files: ['/a.jpg', '/d'], incomplete: false });
  });
});

describe('a start that finds no other', () => {
  it('removes what it left itself and what dead ones left, but not what is on its way', () => {
    const { handover, dir, lies, clock } = between();
    const dead = handover.leave(['/dead.jpg']);
    writeFileSync(join(dir, `${dead.name}.part`), '[');
    const before = clock.wall() / 1_000 - LEFT_MS / 1_000 - 1;
    for (const name of lies()) utimesSync(join(dir, name), before, before);
    const other = handover.leave(['/other.jpg']);
    handover.sweep(handover.leave(['/own.jpg']));
    expect(lies()).toEqual([other.name]);
  });

  it('has nothing to remove at the very first', () => {
    const { handover, dir } = between();
    handover.sweep(handover.leave([]));
    expect(existsSync(dir)).toBe(false);
  });
});
