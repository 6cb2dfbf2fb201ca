// A history of the first version, brought up to date: nothing of it is lost, and a copy of it as it was is kept.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { History } from '../../app/history/history.ts';
import { migrate, MIGRATIONS, schemaVersion } from '../../app/history/migrate.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { ManualClock } from '../fakes/clock.ts';
import { SERVICE, tempDir } from './support.ts';

const PATHS = [
  '/photos/a b/IMG_1.jpg',
  '/top.jpg',
  '/p/odd\\name.jpg',
  'C:\\Users\\x\\é.jpg',
  'D:\\top.png',
  '\\\\nas\\s\\1.jpg',
];
let dir: string;
let clock: ManualClock;

beforeEach(() => {
  dir = tempDir();
  clock = new ManualClock();
  const db = new Sqlite(join(dir, 'history.sqlite'));
  db.pragma('foreign_keys = ON');
  migrate(db, dir, MIGRATIONS.slice(0, 1));
  for (const name of ['one', 'two']) {
    db.prepare(
      'INSERT INTO batch (name, service, parameters_json, output_json, created_at) VALUES (?, ?, ?, ?, 5)',
    ).run(name, SERVICE, JSON.stringify(DEFAULT_PARAMETERS), '{}');
  }
  const job = db.prepare(
    `INSERT INTO job (batch_id, service, state, source_path, format, width, height, out_dir, out_stem, created_at,
       updated_at, finished_at) VALUES (?, ?, ?, ?, 'jpeg', 1, 1, '/o', 's', 5, 6, ?)`,
  );
  const attempt = db.prepare(
    `INSERT INTO attempt (job_id, number, started_at, ended_at, outcome, service, request_id, charged, credits)
     VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)`,
  );
  PATHS.forEach((path, index) => {
    const batchId = (index % 2) + 1;
    const state = index === 5 ? 'queued' : 'succeeded';
    const { lastInsertRowid: id } = job.run(batchId, SERVICE, state, path, index === 5 ? null : 7);
    attempt.run(id, 1, 100 + index, 'retried', SERVICE, null, 'no', null);
    attempt.run(id, 2, 200 + index, 'succeeded', SERVICE, `r${index}`, 'yes', 0.5);
  });
  db.close();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = () => History.own({ dir, clock, program: 'a test' });

describe('a history of version 1', () => {
  it('is copied before it is changed, as it was', () => {
    open()[Symbol.dispose]();
    const [name = ''] = readdirSync(join(dir, 'backups'));
    const copy = new Sqlite(join(dir, 'backups', name), { readonly: true });
    expect(schemaVersion(copy)).toBe(1);
    expect(copy.prepare('SELECT count(*) FROM attempt').pluck().get()).toBe(2 * PATHS.length);
    copy.close();
    const now = new Sqlite(join(dir, 'history.sqlite'), { readonly: true });
    expect(schemaVersion(now)).toBe(MIGRATIONS.length);
    expect(now.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(now.pragma('foreign_key_check')).toEqual([]);
    now.close();
  });

  it('keeps all attempts with their money, each with its batch', () => {
    using history = open();
    expect(history.batches.credits(1)).toBe(1.5);
    expect(history.batchSummaries.of([1, 2]).map(({ credits }) => credits)).toEqual([1.5, 1.5]);
    expect(history.attempts.creditsSince(SERVICE, 203)).toBe(1.5);
    expect(history.attempts.ofJob(2)).toMatchObject([
      { number: 1, outcome: 'retried', charged: 'no', credits: null, endedAt: 101 },
      { number: 2, outcome: 'succeeded', charged: 'yes', credits: 0.5, requestId: 'r1', endedAt: 201 },
    ]);
  });

  it('knows the folder and the name of every photo, on any system', () => {
    open()[Symbol.dispose]();
    const db = new Sqlite(join(dir, 'history.sqlite'), { readonly: true });
    const files = db.prepare('SELECT folder, name FROM job ORDER BY id').raw().all();
    db.close();
    expect(files).toEqual([
      ['/photos/a b', 'IMG_1.jpg'],
      ['/', 'top.jpg'],
      ['/p', 'odd\\name.jpg'],
      ['C:\\Users\\x', 'é.jpg'],
      ['D:\\', 'top.png'],
      ['\\\\nas\\s', '1.jpg'],
    ]);
  });

  it('keeps photos of removed jobs known that only a watched file told of, but for those that ended for nothing', () => {
    const db = new Sqlite(join(dir, 'history.sqlite'));
    migrate(db, dir, MIGRATIONS.slice(0, 4));
    db.exec(`INSERT INTO watch (path, service, settings_json, created_at) VALUES ('/w', '${SERVICE}', '{}', 1)`);
    const file = db.prepare(
      `INSERT INTO watched_file (watch_id, key, path, bytes, mtime_ms, state, sha256, job_id, parameters_json, seen_at)
       VALUES (1, :sha256, :sha256, 1, 1, :state, :sha256, :job, :parameters, 1)`,
    );
    const attempt = db.prepare(
      `INSERT INTO attempt (job_id, number, batch_id, started_at, outcome, service, charged)
       VALUES (?, 1, 1, 1, 'failed', '${SERVICE}', ?)`,
    );
    const parameters = JSON.stringify(DEFAULT_PARAMETERS);
    for (const [sha256, state, job] of [
      ['of a job', 'taken', 1],
      ['removed', 'taken', 101],
      ['like it', 'same', 102],
      ['failed for nothing', 'taken', 103],
      ['charged', 'taken', 104],
    ] as const) {
      file.run({ sha256, state, job, parameters });
    }
    attempt.run(103, 'no');
    attempt.run(104, 'maybe');
    db.close();
    using history = open();
    const known = (sha256: string) => history.watches.removedJobOf(SERVICE, DEFAULT_PARAMETERS, sha256);
    expect(['of a job', 'removed', 'like it', 'failed for nothing', 'charged'].map(known)).toEqual([
      null,
      101,
      102,
      null,
      104,
    ]);
  });

  it('looks again at photos that were left out because the picture process ended over them', () => {
    const db = new Sqlite(join(dir, 'history.sqlite'));
    migrate(db, dir, MIGRATIONS.slice(0, 4));
    db.exec(`INSERT INTO watch (path, service, settings_json, created_at) VALUES ('/w', '${SERVICE}', '{}', 1)`);
    const file = db.prepare(
      `INSERT INTO watched_file (watch_id, key, path, bytes, mtime_ms, state, detail_json, seen_at)
       VALUES (1, ?, ?, 1, 1, 'refused', ?, 1)`,
    );
    const crashed = 'Reading this photo made the picture process crash, so it may be damaged.'; // as it was told then
    for (const message of [crashed, 'The photo is damaged.']) {
      file.run(message, message, JSON.stringify({ kind: 'left-out', reason: 'damaged', message }));
    }
    db.close();
    using history = open();
    const details = history.watches.files(1, { after: 0, limit: 9 }).map(({ detail }) => detail);
    expect(details.map((detail) => detail?.kind === 'left-out' && detail.crashed === true)).toEqual([true, false]);
  });

  it('goes on: what waits is taken up, and its attempts are counted on', () => {
    using history = open();
    expect(history.jobs.claimable(SERVICE, { kind: 'all' }, { now: clock.now(), limit: 9 })).toEqual([6]);
    history.jobs.apply(6, { type: 'claim' }, clock.now());
    expect(history.jobs.get(6)).toMatchObject({ state: 'preparing', leftAt: null });
    // Its second attempt had ended, so this is the third.
    expect(history.attempts.ofJob(6).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('is one on which a second opening changes nothing', () => {
    open()[Symbol.dispose]();
    open()[Symbol.dispose]();
    using history = open();
    expect(history.batchSummaries.newest(9).map(({ counts }) => counts.succeeded)).toEqual([2, 3]);
    expect(history.totals.read()).toMatchObject({ enhanced: 5, unfinished: 1, paid: { unfinished: 1, credits: 3 } });
  });
});
