// What is done beside all else: the daily backup, while the app runs for days.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Chores } from '../../app/backend/chores.ts';
import { Pictures } from '../../app/backend/pictures.ts';
import type { Log } from '../../app/lib/log.ts';
import { silentLog } from '../../app/lib/log.ts';
import { TestHistory } from '../history/support.ts';

const HOUR = 3_600_000;
let at: TestHistory;

beforeEach(() => {
  at = new TestHistory();
});
afterEach(() => {
  at[Symbol.dispose]();
});

function chores(log: Log = silentLog): Chores {
  const { history, clock, dir } = at;
  const media = { thumbnail: () => Promise.reject(new Error('nothing is made here')) };
  const pictures = new Pictures({ history, media, clock, log, dataDir: dir });
  return new Chores({ history, pictures, clock, log });
}

/** Resolves when a line of this name was logged. */
function logging(): { readonly log: Log; readonly next: (line: string) => Promise<void> } {
  const waiting = new Map<string, () => void>();
  const note = (line: string) => waiting.get(line)?.();
  return {
    log: { info: note, warn: note, error: note },
    next: (line) => new Promise((resolve) => waiting.set(line, resolve)),
  };
}

const backups = () => readdirSync(join(at.dir, 'backups'));

it('the history is copied some time after the start, and again when a day has passed', async () => {
  at.batch(3);
  const { log, next } = logging();
  const work = chores(log);
  const first = next('backup');
  at.clock.advance(20_000);
  await first;
  expect(backups()).toHaveLength(1);
  const second = next('backup');
  for (let hour = 0; hour < 25; hour += 1) at.clock.advance(HOUR);
  await second;
  await work.stop();
  expect(backups()).toHaveLength(2);
});

it('a backup that cannot be made is tried again an hour later', async () => {
  at.batch(3);
  const { log, next } = logging();
  const work = chores(log);
  at.history.backUpIfDue = () => Promise.reject(new Error('the disk is full'));
  const failed = next('backup');
  at.clock.advance(20_000);
  await failed;
  Reflect.deleteProperty(at.history, 'backUpIfDue');
  const made = next('backup');
  at.clock.advance(HOUR);
  await made;
  await work.stop();
  expect(backups()).toHaveLength(1);
});

it('nothing begins any more once it was stopped', async () => {
  at.batch(3);
  const work = chores();
  await work.stop();
  at.clock.advance(20_000);
  expect(readdirSync(at.dir)).not.toContain('backups');
  rmSync(at.dir, { recursive: true, force: true });
});
