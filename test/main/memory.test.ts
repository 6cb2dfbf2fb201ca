// Where the window comes up: where it was, but never where nobody could take hold of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../app/lib/clock.ts';
import { Memory, MIN_SIZE, placeOn } from '../../main/memory.ts';
import { ManualClock } from '../fakes/clock.ts';
import { recordingLog, tempFolder } from './support.ts';

const display = (x: number, y: number, width: number, height: number) => ({ workArea: { x, y, width, height } });
const LAPTOP = display(0, 25, 1440, 875);
const SCREEN = display(1440, 0, 2560, 1440);

describe('the place of the window', () => {
  it('is the middle of the first display when it was nowhere yet', () => {
    expect(placeOn([LAPTOP, SCREEN], null)).toEqual({ x: 80, y: 43, width: 1280, height: 840 });
    expect(placeOn([display(0, 0, 1024, 600)], null)).toEqual({ x: 0, y: 0, width: 1024, height: 600 });
  });

  it('is where it was, on whatever display', () => {
    const there = { x: 2000, y: 100, width: 1400, height: 1000 };
    expect(placeOn([LAPTOP, SCREEN], there)).toEqual(there);
    const across = { x: 1000, y: 100, width: 900, height: 700 };
    expect(placeOn([LAPTOP, SCREEN], across)).toEqual(across);
  });

  it.each([
    ['its display is gone', { x: 2000, y: 100, width: 1400, height: 1000 }],
    ['only a sliver is left of it', { x: 1400, y: 100, width: 900, height: 700 }],
    ['its upper edge is below everything', { x: 100, y: 880, width: 900, height: 700 }],
    ['its upper edge is above everything', { x: 100, y: -400, width: 900, height: 700 }],
  ])('is the middle again when %s', (_, bounds) => {
    expect(placeOn([LAPTOP], bounds)).toEqual({ x: 80, y: 43, width: 1280, height: 840 });
  });

  it('fits its display, and can be used', () => {
    expect(placeOn([LAPTOP], { x: 0, y: 25, width: 5000, height: 5000 })).toMatchObject({ width: 1440, height: 875 });
    expect(placeOn([LAPTOP], { x: 200, y: 100, width: 200, height: 100 })).toMatchObject(MIN_SIZE);
    expect(placeOn([LAPTOP], { x: 10, y: 5, width: 900, height: 600 }).y).toBe(25);
  });

  it('exists even when no display is told of', () => {
    expect(placeOn([], null)).toMatchObject({ width: 1280, height: 840 });
  });
});

describe('what is remembered', () => {
  const bounds = { x: 10, y: 30, width: 900, height: 600 };

  it('is found at the next start', async () => {
    const path = join(tempFolder(), 'window.json');
    const memory = new Memory(path, systemClock, recordingLog());
    expect(await memory.load()).toEqual({ bounds: null, maximized: false, theme: 'system' });
    memory.remember({ bounds });
    memory.remember({ maximized: true, theme: 'light' });
    await memory.flush();
    const later = new Memory(path, systemClock, recordingLog());
    expect(await later.load()).toEqual({ bounds, maximized: true, theme: 'light' });
  });

  it('is written when the window rests, not while it is dragged', async () => {
    const path = join(tempFolder(), 'window.json');
    const clock = new ManualClock();
    const memory = new Memory(path, clock, recordingLog());
    for (let x = 0; x < 50; x += 1) {
      memory.remember({ bounds: { ...bounds, x } });
      clock.advance(16);
    }
    expect(clock.pending).toBe(1);
    expect(() => readFileSync(path)).toThrow('ENOENT');
    clock.advance(500);
    await memory.flush();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ bounds: { x: 49 } });
  });

  it.each([
    'not json',
    '',
    '[]',
    'null',
    '{"bounds":{"x":1,"y":2,"width":"3","height":4},"maximized":"yes","theme":"pink"}',
    '{"bounds":{"x":1e400,"y":2,"width":3,"height":4}}',
    '{"bounds":7,"theme":{}}',
  ])('is nothing when its file is damaged: %s', async (text) => {
    const path = join(tempFolder(), 'window.json');
    writeFileSync(path, text);
    const memory = new Memory(path, systemClock, recordingLog());
    expect(await memory.load()).toEqual({ bounds: null, maximized: false, theme: 'system' });
  });

  it('that cannot be written is a line in the log, and no more', async () => {
    const log = recordingLog();
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    const memory = new Memory(join(file, 'window.json'), systemClock, log);
    memory.remember({ maximized: true });
    await memory.flush();
    expect(log.lines).toMatchObject([{ event: 'memory.write' }]);
  });
});
