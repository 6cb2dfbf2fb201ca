// Opening the history: settings, migration, backups, and folders that cannot be used.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpIfDue } from '../../app/history/backups.ts';
import { openAsGuest } from '../../app/history/database.ts';
import { HistoryError, historyError } from '../../app/history/errors.ts';
import { History } from '../../app/history/history.ts';
import { MIGRATIONS, migrate, schemaVersion } from '../../app/history/migrate.ts';
import { DiskReserve } from '../../app/history/reserve.ts';
import { ManualClock } from '../fakes/clock.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';
import { newBatch, request, SERVICE, tempDir, TestHistory } from './support.ts';

const noMounts = whyNoMounts();
const DAY = 24 * 3_600_000;
let dir: string;
let clock: ManualClock;

beforeEach(() => {
  dir = tempDir();
  clock = new ManualClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const own = (at = dir) => History.own({ dir: at, clock, program: 'the test' });

function refusal(action: () => Disposable): HistoryError {
  try {
    action()[Symbol.dispose]();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the database', () => {
  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['fullfsync', 1],
    ['checkpoint_fullfsync', 1],
    ['foreign_keys', 1],
    ['trusted_schema', 0],
    ['busy_timeout', 5_000],
    ['wal_autocheckpoint', 1_000],
    ['journal_size_limit', 67_108_864],
  ])('is set to survive a power cut: %s = %s', (pragma, value) => {
    own()[Symbol.dispose]();
    const db = openAsGuest(dir);
    expect(db.pragma(pragma, { simple: true })).toBe(value);
    db.close();
  });

  it.skipIf(process.platform === 'win32')('is in a folder that only the user may look into', () => {
    own(join(dir, 'a/b'))[Symbol.dispose]();
    expect(statSync(join(dir, 'a/b')).mode & 0o077).toBe(0);
  });

  it('refuses values that are not of their kind', () => {
    using history = own();
    const id = history.batches.create(newBatch(1), 1).id;
    const db = openAsGuest(dir);
    expect(() => db.prepare("UPDATE job SET state = 'lost'").run()).toThrow(/CHECK/);
    expect(() => db.prepare("UPDATE job SET attempts = 'many'").run()).toThrow(/cannot store TEXT/);
    expect(() => db.prepare("UPDATE job SET failure_json = '{'").run()).toThrow(/malformed JSON/);
    expect(() => db.prepare('UPDATE job SET batch_id = 99').run()).toThrow(/FOREIGN KEY/);
    db.close();
    expect(history.jobs.countsOfBatch(id).queued).toBe(1);
  });
});

describe('a migration', () => {
  const step = (version: number, sql: string) => ({ version, name: `step ${version}`, sql });
  const one = step(1, 'CREATE TABLE a (x) STRICT, WITHOUT ROWID');

  it('is numbered without gaps', () => {
    const db = new Sqlite(':memory:');
    const good = step(1, 'CREATE TABLE a (x TEXT)');
    for (const wrong of [[step(2, '')], [good, step(3, '')], [good, step(1, '')]]) {
      expect(() => migrate(db, dir, wrong)).toThrow(RangeError);
    }
    expect(schemaVersion(db)).toBe(0);
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('is undone whole when it fails, and those before it stay', () => {
    const db = new Sqlite(':memory:');
    const good = step(1, 'CREATE TABLE a (x TEXT)');
    const bad = step(2, 'CREATE TABLE b (x TEXT); INSERT INTO nowhere VALUES (1)');
    expect(() => migrate(db, dir, [good, bad])).toThrow(/nowhere/);
    expect(schemaVersion(db)).toBe(1);
    expect(db.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['a']);
    migrate(db, dir, [good, step(2, 'CREATE TABLE b (x TEXT)')]);
    expect(schemaVersion(db)).toBe(2);
    expect(() => migrate(db, dir, [one])).toThrow(/newer/);
  });
});

describe('a history of a newer Lightbatch', () => {
  beforeEach(() => {
    own()[Symbol.dispose]();
    const db = new Sqlite(join(dir, 'history.sqlite'));
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    db.pragma('journal_mode = DELETE');
    db.pragma('journal_mode = WAL');
    db.close();
  });

  it.each([
    ['to run its queue', () => own()],
    ['to visit it', () => History.visit({ dir, clock })],
  ])('is refused %s, and not a byte of it changes', (_, open) => {
    const before = readFileSync(join(dir, 'history.sqlite'));
    const { code, message } = refusal(open);
    expect(code).toBe('newer');
    expect(message).toContain('Update Lightbatch');
    expect(readFileSync(join(dir, 'history.sqlite')).equals(before)).toBe(true);
    expect(existsSync(join(dir, 'backups'))).toBe(false);
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

describe('backups', () => {
  const backups = () => (existsSync(join(dir, 'backups')) ? readdirSync(join(dir, 'backups')).sort() : []);
  const open = () => own()[Symbol.dispose]();

  it('are made once a day, and the last three are kept', () => {
    const seen = new Set<string>();
    open();
    expect(backups()).toEqual([]); // there was nothing yet to copy
    for (let day = 0; day < 5; day += 1) {
      open();
      clock.jump(DAY / 2);
      open();
      clock.jump(DAY / 2 + 1);
      for (const name of backups()) seen.add(name);
    }
    expect(seen.size).toBe(5);
    expect(backups()).toEqual([...seen].sort().slice(-3));
  });

  it('are whole: a backup holds every job there was', () => {
    using at = new TestHistory(dir);
    at.batch(3);
    at.reopen();
    const [name = ''] = backups();
    const db = new Sqlite(join(dir, 'backups', name), { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM job').pluck().get()).toBe(3);
    db.close();
  });

  it('are made before a migration, however young the last one is', () => {
    open();
    open();
    expect(backups()).toHaveLength(1);
    const db = openAsGuest(dir);
    backUpIfDue(db, dir, clock.now() + 1);
    expect(backups()).toHaveLength(1);
    backUpIfDue(db, dir, clock.now() + 1, { target: MIGRATIONS.length + 1 });
    expect(backups()).toHaveLength(2);
    db.close();
  });

  it('are left for later when opening is to take no longer, but for one before a migration', async () => {
    open();
    using history = History.own({ dir, clock, program: 'a test', backUpLater: true });
    expect(backups()).toEqual([]);
    expect(await history.backUpIfDue(clock.now())).toBe(true);
    expect(backups()).toHaveLength(1);
    expect(await history.backUpIfDue(clock.now() + DAY / 2)).toBe(false);
    const db = openAsGuest(dir);
    backUpIfDue(db, dir, clock.now() + 1, { target: MIGRATIONS.length + 1, dailyLater: true });
    expect(backups()).toHaveLength(2);
    db.close();
  });

  it('that are made beside the work hold what is written meanwhile, and are one whole file each', async () => {
    open();
    using history = History.own({ dir, clock, program: 'a test', backUpLater: true });
    history.batches.create(newBatch(4_000), 1);
    const made = history.backUpIfDue(clock.now());
    history.batches.create(newBatch(5), 2);
    expect(await made).toBe(true);
    const [name = '', ...others] = readdirSync(join(dir, 'backups'));
    expect(others).toEqual([]);
    const db = new Sqlite(join(dir, 'backups', name), { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM job').pluck().get()).toBe(4_005);
    db.close();
    expect(readdirSync(join(dir, 'backups'))).toEqual([name]);
  });

  it('that are cut short by the end of the work leave nothing behind', async () => {
    open();
    const history = History.own({ dir, clock, program: 'a test', backUpLater: true });
    history.batches.create(newBatch(4_000), 1);
    const made = history.backUpIfDue(clock.now());
    history[Symbol.dispose]();
    await expect(made).rejects.toThrow('not open');
    expect(readdirSync(join(dir, 'backups'))).toEqual([]);
    open();
    expect(backups()).toHaveLength(1);
  });

  it('do not end because the clock was once ahead', () => {
    clock.jump(1_000 * DAY);
    open();
    open();
    clock.jump(-1_000 * DAY);
    open();
    expect(backups()).toHaveLength(2);
  });

  it.skipIf(noMounts)(`leave no half copy on a full disk (${noMounts ?? 'a small disk'})`, () => {
    using disk = new TemporaryDisk(16);
    const history = own(disk.dir);
    history.batches.create(newBatch(4_000), 1);
    history[Symbol.dispose]();
    fill(disk.dir, 512 * 1024);
    const { code, message } = refusal(() => own(disk.dir));
    expect(code).toBe('full');
    expect(message).toContain('Free some space');
    expect(readdirSync(join(disk.dir, 'backups'))).toEqual([]);
  });
});

/** Fills a disk until only so many bytes are left. */
function fill(path: string, leave: number): void {
  const block = Buffer.alloc(64 * 1024, 1);
  for (let n = 0; ; n += 1) {
    try {
      writeFileSync(join(path, `fill-${n}`), block);
    } catch {
      for (let back = n; back >= 0 && n - back <= leave / block.length; back -= 1) {
        rmSync(join(path, `fill-${back}`), { force: true });
      }
      return;
    }
  }
}

describe('a data folder that cannot be used', () => {
  it('is named when a file is in its way', () => {
    writeFileSync(join(dir, 'file'), '');
    for (const path of [join(dir, 'file'), join(dir, 'file/below')]) {
      expect(refusal(() => own(path))).toMatchObject({ code: 'unwritable' });
      expect(refusal(() => History.visit({ dir: path, clock })).message).toContain(path);
    }
  });

  it('is named when something else than a file is where the history should be', () => {
    mkdirSync(join(dir, 'history.sqlite'));
    expect(refusal(() => own())).toMatchObject({ code: 'unwritable' });
  });

  it.skipIf(noMounts)(`is named when its disk is read-only (${noMounts ?? 'a small disk'})`, () => {
    using disk = new TemporaryDisk(16);
    using fresh = new TemporaryDisk(16);
    own(disk.dir)[Symbol.dispose]();
    disk.makeReadOnly();
    fresh.makeReadOnly();
    for (const path of [disk.dir, fresh.dir]) {
      expect(refusal(() => own(path))).toMatchObject({ code: 'unwritable' });
      expect(refusal(() => History.visit({ dir: path, clock })).message).toContain('Make it writable');
    }
  });

  it.skipIf(noMounts)(`is named when its disk is full (${noMounts ?? 'a small disk'})`, () => {
    using disk = new TemporaryDisk(1);
    fill(disk.dir, 0);
    const { code, message } = refusal(() => own(disk.dir));
    expect(code).toBe('full');
    expect(message).toContain('Free some space');
  });

  it('has an error of its own for what is none of these', () => {
    const cause = new Error('odd');
    expect(historyError(cause, '/x')).toMatchObject({ code: 'runtime', cause });
    expect(historyError('odd', '/x').message).toBe('The history in /x cannot be opened: odd');
    const known = new HistoryError('held', 'Held.');
    expect(historyError(known, '/x')).toBe(known);
  });
});

describe('the disk reserve', () => {
  it.skipIf(noMounts)(`records a paid request on a full disk (${noMounts ?? 'a small disk'})`, () => {
    using disk = new TemporaryDisk(24);
    using history = own(disk.dir);
    history.batches.create(newBatch(50), 1);
    for (let id = 1; id <= 50; id += 1) {
      history.jobs.apply(id, { type: 'claim' }, 1);
      history.jobs.apply(id, { type: 'submit' }, 2);
    }
    fill(disk.dir, 0);
    const accept = (id: number) =>
      history.jobs.apply(id, { type: 'accept', request: request(`r${id}`.padEnd(2_000, 'x')) }, 3);
    const full: number[] = [];
    for (let id = 1; id <= 50 && full.length < 3; id += 1) {
      try {
        accept(id);
      } catch (error) {
        expect(error).toMatchObject({ code: 'SQLITE_FULL' });
        expect(history.jobs.get(id)).toMatchObject({ state: 'submitting', request: null });
        full.push(id);
      }
    }
    expect(full).not.toEqual([]);
    for (const id of full) expect(history.writeSurely(() => accept(id)).state).toBe('processing');
    expect(existsSync(join(disk.dir, 'reserve.bin'))).toBe(false);
    expect(history.keepReserve()).toBe(false);
    for (const name of readdirSync(disk.dir)) if (name.startsWith('fill-')) rmSync(join(disk.dir, name));
    expect(history.keepReserve()).toBe(true);
    expect(history.jobs.inStates(SERVICE, ['processing'], { after: 0, limit: 99 }).length).toBeGreaterThanOrEqual(
      full.length,
    );
  });

  it('is 8 MB that no file system can pack, and is made whole again when it is not', () => {
    const reserve = new DiskReserve(dir);
    expect(reserve.keep()).toBe(true);
    const content = readFileSync(join(dir, 'reserve.bin'));
    expect(content.length).toBe(8 * 1024 * 1024);
    expect(content.subarray(0, 4_096).equals(content.subarray(4_096, 8_192))).toBe(false);
    writeFileSync(join(dir, 'reserve.bin'), 'short');
    expect(reserve.keep()).toBe(true);
    expect(readFileSync(join(dir, 'reserve.bin')).length).toBe(8 * 1024 * 1024);
    reserve.release();
    reserve.release();
    expect(existsSync(join(dir, 'reserve.bin'))).toBe(false);
  });

  it('tells every error but that of a full disk on', () => {
    using history = own();
    const odd = new Error('odd');
    let calls = 0;
    const write = () => {
      calls += 1;
      throw odd;
    };
    expect(() => history.writeSurely(write)).toThrow(odd);
    expect(calls).toBe(1);
    expect(existsSync(join(history.dir, 'reserve.bin'))).toBe(true);
  });
});
