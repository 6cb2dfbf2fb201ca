// A damaged history: put aside whole, restored from the newest sound copy, and nothing that may be paid for sent again.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobState } from '../../app/domain/job.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings } from '../../app/domain/watch.ts';
import { History } from '../../app/history/history.ts';
import { isWalDamaged } from '../../app/history/wal.ts';
import { ManualClock } from '../fakes/clock.ts';
import { newBatch, request, SERVICE, tempDir, TestHistory } from './support.ts';

let dir: string;
let clock: ManualClock;

beforeEach(() => {
  dir = tempDir();
  clock = new ManualClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const own = () => History.own({ dir, clock, program: 'the test' });
const main = () => join(dir, 'history.sqlite');
const wal = () => `${main()}-wal`;
const damaged = () => readdirSync(dir).filter((name) => /^history\.damaged-.*\.sqlite$/.test(name));

/** A history with a job in each state that matters, and a backup of exactly that. */
function withBackup(jobs = 400): void {
  const at = new TestHistory(dir);
  at.batch(jobs);
  at.apply(2, { type: 'claim' });
  at.apply(3, { type: 'claim' });
  at.apply(3, { type: 'submit' });
  at.accepted(4, 'r4');
  at.completed(5, 'r5');
  at.accepted(6, 'r6');
  at.apply(6, { type: 'release' }); // queued, and owed
  at.completed(7, 'r7');
  at.apply(7, { type: 'save' });
  at.apply(8, { type: 'cancel' });
  const { watches } = at.history;
  const settings = usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output: newBatch(0).output, recursive: true });
  const watchId = watches.add({ path: '/photos', service: SERVICE, settings, out: null }, 1);
  watches.put(watchId, { key: 'a', path: 'a', bytes: 1, mtimeMs: 1, state: 'held', released: true, sha256: 'h' }, 1);
  watches.setBaselined(watchId, 1);
  at.reopen()[Symbol.dispose](); // the second start makes the backup
  clock.jump(1_000);
}

const states = (history: History) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => history.jobs.get(id)?.state);
/** What becomes of them after a restore: all that may have been submitted since waits for the user. */
const DOUBTED: JobState[] = [
  'uncertain',
  'uncertain',
  'uncertain',
  'processing',
  'saving',
  'queued',
  'succeeded',
  'canceled',
  'uncertain',
];

function overwrite(path: string, from: number, bytes: Buffer): void {
  const content = readFileSync(path);
  bytes.copy(content, from);
  writeFileSync(path, content);
}

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 37 + 11) % 251));

describe('a damaged history', () => {
  it.each([
    ['with a page of noise in its middle', () => overwrite(main(), 4_096 * 3, noise(4_096 * 4))],
    [
      'with flipped bytes all over',
      () => {
        for (let at = 4_096; at < statSync(main()).size; at += 4_096) overwrite(main(), at, Buffer.from([0xff, 0xff]));
      },
    ],
    ['cut off in the middle', () => truncateSync(main(), Math.floor(statSync(main()).size / 2 / 4_096) * 4_096 - 100)],
    ['with noise for its header', () => overwrite(main(), 0, noise(100))],
    ['that is no database at all', () => writeFileSync(main(), 'All work and no play\n'.repeat(1_000))],
  ])('%s is moved aside whole and the backup takes its place', (_, damage) => {
    withBackup();
    damage();
    const before = readFileSync(main());
    using history = own();
    const [name = ''] = damaged();
    expect(history.repair).toEqual({
      movedTo: join(dir, name),
      restoredFrom: expect.stringMatching(/backups[/\\]history-.*\.sqlite$/) as string,
    });
    expect(readFileSync(join(dir, name)).equals(before)).toBe(true);
    expect(states(history)).toEqual(DOUBTED);
    expect(history.jobs.counts(SERVICE)).toMatchObject({ uncertain: 400 - 5 });
    expect(history.jobs.claimable(SERVICE, { kind: 'all' }, { now: clock.now(), limit: 9 })).toEqual([]);
    expect(history.jobs.owed(SERVICE, { now: clock.now(), limit: 9 })).toEqual([6]);
    expect(history.jobs.get(1)?.failure).toMatchObject({ code: 'history_restored', charged: 'maybe' });
    // What a watched folder was about to send, and all that is not known of it, may have been sent since, too.
    expect(history.watches.list()).toMatchObject([{ baselined: false }]);
    expect(history.watches.file(1, 'a')).toMatchObject({ state: 'there', released: false });
  });

  it.each([
    ['emptied', () => truncateSync(main(), 0)],
    [
      'replaced by an empty one',
      () => {
        rmSync(main());
        const db = new Sqlite(main());
        db.pragma('journal_mode = WAL');
        db.close();
      },
    ],
  ])('that was %s is not taken for a new one while there are backups', (_, damage) => {
    withBackup();
    damage();
    using history = own();
    expect(history.repair?.restoredFrom).toContain('backups');
    expect(states(history)).toEqual(DOUBTED);
  });

  it('that is gone is restored, and nothing is said to be moved', () => {
    withBackup();
    rmSync(main());
    using history = own();
    expect(history.repair).toMatchObject({ movedTo: null });
    expect(states(history)).toEqual(DOUBTED);
  });

  it('is told once and not again at the next start', () => {
    withBackup();
    writeFileSync(main(), 'nonsense');
    own()[Symbol.dispose]();
    using history = own();
    expect(history.repair).toBeNull();
    expect(states(history)).toEqual(DOUBTED);
  });

  it('is restored for a visitor, too, when nobody runs its queue', () => {
    withBackup();
    writeFileSync(main(), 'nonsense');
    using visitor = History.visit({ dir, clock });
    expect(visitor.repair?.restoredFrom).toContain('backups');
    expect(states(visitor)).toEqual(DOUBTED);
  });

  it('begins anew when there is no backup, and keeps what there was', () => {
    own()[Symbol.dispose]();
    writeFileSync(main(), 'nonsense');
    using history = own();
    const [name = ''] = damaged();
    expect(history.repair).toEqual({ movedTo: join(dir, name), restoredFrom: null });
    expect(readFileSync(join(dir, name), 'utf8')).toBe('nonsense');
    expect(history.jobs.counts(SERVICE).queued).toBe(0);
    history.batches.create(newBatch(1), 1);
    expect(history.jobs.claimable(SERVICE, { kind: 'all' }, { now: clock.now(), limit: 9 })).toEqual([1]);
  });

  it('is restored from an older backup when the newest is damaged as well', () => {
    withBackup();
    clock.jump(48 * 3_600_000);
    own()[Symbol.dispose]();
    const [older = '', newest = ''] = readdirSync(join(dir, 'backups')).sort();
    writeFileSync(join(dir, 'backups', newest), 'nonsense');
    writeFileSync(main(), 'nonsense');
    using history = own();
    expect(history.repair?.restoredFrom).toBe(join(dir, 'backups', older));
  });

  it('never takes the place of one that was put aside before, whatever the clock says', () => {
    withBackup();
    for (const content of ['first', 'second', 'third']) {
      writeFileSync(main(), content);
      own()[Symbol.dispose]();
    }
    expect(
      damaged()
        .map((name) => readFileSync(join(dir, name), 'utf8'))
        .sort(),
    ).toEqual(['first', 'second', 'third']);
  });
});

describe('a repair that was cut short', () => {
  it('after the damaged file was moved is finished at the next start', () => {
    withBackup();
    const aside = join(dir, 'history.damaged-2026-11-22T12-00-00-500Z.sqlite');
    writeFileSync(aside, 'nonsense');
    rmSync(main());
    using history = own();
    expect(history.repair).toMatchObject({
      movedTo: aside,
      restoredFrom: expect.stringContaining('backups') as string,
    });
    expect(states(history)).toEqual(DOUBTED);
  });

  it('with half a copy lying there does not stumble over it', () => {
    withBackup();
    writeFileSync(join(dir, 'copy.part'), 'half');
    writeFileSync(main(), 'nonsense');
    using history = own();
    expect(states(history)).toEqual(DOUBTED);
    expect(existsSync(join(dir, 'copy.part'))).toBe(false);
  });

  it('before what waited was put in doubt is finished at the next start', () => {
    withBackup();
    writeFileSync(main(), 'nonsense');
    // The reserve cannot be made where a folder is: the start fails after the restore and before the doubts.
    rmSync(join(dir, 'reserve.bin'));
    mkdirSync(join(dir, 'reserve.bin/in-the-way'), { recursive: true });
    expect(own).toThrow();
    const db = new Sqlite(main(), { readonly: true });
    expect(db.prepare("SELECT count(*) FROM job WHERE state = 'queued'").pluck().get()).toBeGreaterThan(300);
    db.close();
    rmSync(join(dir, 'reserve.bin'), { recursive: true });
    using history = own();
    expect(history.repair?.restoredFrom).toContain('backups');
    expect(states(history)).toEqual(DOUBTED);
  });
});

describe('a damaged write-ahead log', () => {
  /** A history as a killed process leaves it: its last commits are in the log alone. */
  function killed(): void {
    const at = new TestHistory(dir);
    at.batch(20);
    at.reopen()[Symbol.dispose]();
    using history = own();
    for (let id = 1; id <= 10; id += 1) {
      history.jobs.apply(id, { type: 'claim' }, 1);
      history.jobs.apply(id, { type: 'submit' }, 2);
      history.jobs.apply(id, { type: 'accept', request: request(`r${id}`) }, 3);
    }
    for (const suffix of ['', '-wal']) copyFileSync(main() + suffix, `${main()}${suffix}.copy`);
    history[Symbol.dispose]();
    for (const suffix of ['', '-wal']) copyFileSync(`${main()}${suffix}.copy`, main() + suffix);
    rmSync(`${main()}-shm`, { force: true });
    clock.jump(1_000);
  }

  it('is none when a process was killed: every commit is there, and nothing is put in doubt', () => {
    killed();
    expect(isWalDamaged(wal())).toBe(false);
    using history = own();
    expect(history.repair).toBeNull();
    expect(history.jobs.counts(SERVICE)).toMatchObject({ processing: 10, queued: 10 });
  });

  it.each([
    ['all noise', () => writeFileSync(wal(), noise(statSync(wal()).size)), 0],
    ['a header of noise', () => overwrite(wal(), 0, noise(32)), 0],
    ['a flipped bit in its header', () => overwrite(wal(), 17, Buffer.from([0xaa])), 0],
    ['zeros instead of its beginning', () => overwrite(wal(), 0, Buffer.alloc(8_192)), 0],
    [
      'a flipped byte in its middle',
      () => overwrite(wal(), Math.floor(statSync(wal()).size / 2), Buffer.from([1, 2, 3])),
      1,
    ],
  ])('with %s puts in doubt what waits, for its submits may be lost', (_, damage, atLeast) => {
    killed();
    damage();
    const before = { main: readFileSync(main()), wal: readFileSync(wal()) };
    expect(isWalDamaged(wal())).toBe(true);
    using history = own();
    const [name = ''] = damaged();
    expect(history.repair).toEqual({ movedTo: join(dir, name), restoredFrom: join(dir, name) });
    expect(readFileSync(join(dir, name)).equals(before.main)).toBe(true);
    expect(readFileSync(join(dir, `${name}-wal`)).equals(before.wal)).toBe(true);
    const { queued, uncertain, processing } = history.jobs.counts(SERVICE);
    expect(queued).toBe(0);
    expect(uncertain + processing).toBe(20);
    expect(processing).toBeGreaterThanOrEqual(atLeast); // what came before the damage is kept
  });

  it('is kept as it is, and so is the file, when the file itself is damaged', () => {
    killed();
    overwrite(main(), 4_096, noise(statSync(main()).size - 4_096));
    const before = { main: readFileSync(main()), wal: readFileSync(wal()) };
    expect(isWalDamaged(wal())).toBe(false);
    using history = own();
    const [name = ''] = damaged();
    expect(readFileSync(join(dir, name)).equals(before.main)).toBe(true);
    expect(readFileSync(join(dir, `${name}-wal`)).equals(before.wal)).toBe(true);
    expect(history.repair?.restoredFrom).toContain('backups');
    expect(history.jobs.counts(SERVICE)).toMatchObject({ uncertain: 20 });
  });

  it('is none when only the commit that was being written is torn', () => {
    killed();
    const torn = readFileSync(wal());
    truncateSync(wal(), torn.length - 1_000);
    expect(isWalDamaged(wal())).toBe(false);
    writeFileSync(wal(), torn);
    overwrite(wal(), torn.length - 2_000, noise(500));
    expect(isWalDamaged(wal())).toBe(false);
    using history = own();
    expect(history.repair).toBeNull();
    expect(history.jobs.counts(SERVICE)).toMatchObject({ processing: 9, submitting: 1 });
  });

  it('is none when there is no log, an empty one, or one that was only begun', () => {
    expect(isWalDamaged(wal())).toBe(false);
    for (const length of [0, 12, 32]) {
      writeFileSync(wal(), noise(length));
      expect(isWalDamaged(wal())).toBe(false);
    }
  });

  it('is none when older frames lie behind the newest, as after the log began again', () => {
    const db = new Sqlite(join(dir, 'x.sqlite'));
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t (x TEXT)');
    for (let n = 0; n < 50; n += 1) db.prepare('INSERT INTO t VALUES (?)').run('y'.repeat(3_000));
    db.pragma('wal_checkpoint(RESTART)');
    const long = statSync(join(dir, 'x.sqlite-wal')).size;
    db.prepare('INSERT INTO t VALUES (1)').run();
    expect(statSync(join(dir, 'x.sqlite-wal')).size).toBe(long);
    expect(isWalDamaged(join(dir, 'x.sqlite-wal'))).toBe(false);
    db.close();
  });
});
