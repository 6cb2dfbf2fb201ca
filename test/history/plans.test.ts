// How SQLite finds what the queue asks for, among 100,000 jobs: by the very statements that the history runs.
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JOB_STATES } from '../../app/domain/job.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings } from '../../app/domain/watch.ts';
import { Attempts } from '../../app/history/attempts.ts';
import { BatchSummaries } from '../../app/history/batch-summaries.ts';
import { Batches } from '../../app/history/batches.ts';
import { Housekeeping } from '../../app/history/housekeeping.ts';
import { Jobs } from '../../app/history/jobs.ts';
import type { Search } from '../../app/history/listing.ts';
import { Listing } from '../../app/history/listing.ts';
import { Resting } from '../../app/history/resting.ts';
import { Summaries } from '../../app/history/summaries.ts';
import { TotalsReader } from '../../app/history/totals.ts';
import { Watches } from '../../app/history/watches.ts';
import { EVERYTHING, planned, SERVICE, TestHistory } from './support.ts';

const COUNT = 100_000;
let at: TestHistory;
let db: Sqlite.Database;
let jobs: Jobs;
let summaries: Summaries;
let attempts: Attempts;
let batches: Batches;
let batchSummaries: BatchSummaries;
let totals: TotalsReader;
let listing: Listing;
let housekeeping: Housekeeping;
let watches: Watches;
let resting: Resting;
let watchId = 0;
/** What ran last: its text and its values. */
let ran: { sql: string; values: unknown[] }[] = [];

/** Runs something and answers SQLite's plan for each statement that it ran. */
function plans(action: () => unknown): string[] {
  ran = [];
  action();
  expect(ran).not.toEqual([]);
  return ran.map(({ sql, values }) => at.history.explain(sql, ...values));
}

const plan = (action: () => unknown) => plans(action)[0] ?? '';

/** Makes every statement of a connection tell when it runs. */
function recorded(connection: Sqlite.Database): Sqlite.Database {
  const prepare = connection.prepare.bind(connection);
  const spy = (sql: string) => {
    const statement = prepare(sql);
    for (const method of ['get', 'all', 'run'] as const) {
      const original = statement[method].bind(statement);
      Object.assign(statement, {
        [method]: (...values: unknown[]) => {
          ran.push({ sql, values });
          return original(...values);
        },
      });
    }
    return statement;
  };
  return Object.assign(connection, { prepare: spy });
}

beforeAll(() => {
  at = new TestHistory();
  at.batch(COUNT);
  at.batch(10);
  db = recorded(new Sqlite(join(at.dir, 'history.sqlite')));
  attempts = new Attempts(db);
  jobs = new Jobs(db, attempts);
  summaries = new Summaries(db);
  batches = new Batches(db, jobs);
  batchSummaries = new BatchSummaries(db);
  totals = new TotalsReader(db);
  listing = new Listing(db);
  housekeeping = new Housekeeping(db);
  watches = new Watches(db);
  resting = new Resting(db);
  fillWatch();
});
afterAll(() => {
  db.close();
  at[Symbol.dispose]();
});

const OUTPUT = { onExists: 'skip', template: '{name}_enhanced.{ext}', maxUploadMegapixels: 25 } as const;

/** A watch folder with 10,000 files, and a batch of its own. */
function fillWatch(): void {
  const settings = usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output: OUTPUT, recursive: true });
  watchId = watches.add({ path: '/photos', service: SERVICE, settings, out: null }, 1);
  at.history.atomically(() => {
    for (let n = 0; n < 10_000; n += 1) {
      const place = { key: `${n}`, path: `${n}`, bytes: 1, mtimeMs: 1 };
      const row = at.history.watches.put(watchId, { ...place, state: n < 5_000 ? 'there' : 'held', sha256: `${n}` }, n);
      if (n >= 9_000) at.history.watches.settle(row, { state: 'taken', jobId: n, parameters: DEFAULT_PARAMETERS }, n);
    }
    at.history.watches.noteBatch(2, { watchId, folder: 'photos', service: SERVICE, day: '2026-11-22' });
  });
}

const NO_SORT = /TEMP B-TREE/;
const SCAN_OF_JOBS = /SCAN (job|attempt)\b/;
const ONE_BATCH = 'SEARCH batch_sums USING INTEGER PRIMARY KEY (rowid=?)';

describe('in a queue of 100,000 jobs', () => {
  it('all are there, and are taken up in their order', () => {
    expect(jobs.counts(SERVICE).queued).toBe(COUNT + 10);
    expect(jobs.claimable(SERVICE, { kind: 'all' }, { now: 1, limit: 3 })).toEqual([1, 2, 3]);
    expect(jobs.claimable(SERVICE, { kind: 'batch', batchId: 2 }, { now: 1, limit: 2 })).toEqual([
      COUNT + 1,
      COUNT + 2,
    ]);
    expect(jobs.claimable(SERVICE, { kind: 'jobs', ids: [COUNT, 7] }, { now: 1, limit: 9 })).toEqual([7, COUNT]);
  });

  it('new jobs are taken up along an index, without sorting', () => {
    const found = plan(() => jobs.claimable(SERVICE, { kind: 'all' }, { now: 1, limit: 8 }));
    expect(found).toMatch(/^SEARCH job USING (COVERING )?INDEX job_ready \(service=\? AND owed=\?\)$/);
  });

  it('new jobs of a batch are taken up along an index, without looking at other batches', () => {
    const found = plan(() => jobs.claimable(SERVICE, { kind: 'batch', batchId: 2 }, { now: 1, limit: 8 }));
    expect(found).toMatch(
      /^SEARCH job USING (COVERING )?INDEX job_ready_batch \(batch_id=\? AND service=\? AND owed=\?\)$/,
    );
  });

  it('single jobs are taken up by an index', () => {
    const found = plan(() => jobs.claimable(SERVICE, { kind: 'jobs', ids: [1, 2] }, { now: 1, limit: 8 }));
    expect(found).toMatch(/SEARCH job USING/);
    expect(found).not.toMatch(SCAN_OF_JOBS);
  });

  it('new jobs of watch folders are taken up along an index, in order and without looking at what else waits', () => {
    const found = plan(() => jobs.claimable(SERVICE, { kind: 'watches', watchIds: [1, 2] }, { now: 1, limit: 8 }));
    expect(found).toMatch(/^SEARCH job USING INDEX job_ready \(service=\? AND owed=\? AND priority>\?\)$/m);
    expect(found).not.toMatch(/TEMP B-TREE/);
    expect(found).toMatch(/SEARCH watch_batch USING (COVERING )?INDEX watch_batch_day \(watch_id=\?\)/);
  });

  it('what is paid for is found along an index, without sorting', () => {
    const found = plan(() => jobs.owed(SERVICE, { now: 1, limit: 8 }));
    expect(found).toMatch(/^SEARCH job USING (COVERING )?INDEX job_ready \(service=\? AND owed=\?\)$/);
  });

  it('what is owed at other services is found along indexes, without looking at what waits', () => {
    for (const service of [null, 'https://elsewhere.test', SERVICE]) {
      const found = plan(() => jobs.owedElsewhere(service));
      expect(found).toMatch(/SEARCH job USING INDEX job_ready \(service=\? AND owed=\?\)/);
      expect(found).toMatch(/SEARCH job USING INDEX job_state \(state=\? AND service=\?\)/);
      expect(found).not.toMatch(SCAN_OF_JOBS);
    }
  });

  it('what is owed at a service is counted along indexes, without looking at what waits', () => {
    const found = plan(() => jobs.owedAt(SERVICE));
    expect(found).toMatch(/SEARCH job USING INDEX job_ready \(service=\? AND owed=\?\)/);
    expect(found).toMatch(/SEARCH job USING INDEX job_state \(state=\? AND service=\?\)/);
    expect(found).not.toMatch(SCAN_OF_JOBS);
  });

  it('while folders are held, what waits is found along the same indexes, without sorting', () => {
    const take = { now: 1, limit: 8, held: ['/a', '/b'] };
    const inOrder = /^SEARCH job USING INDEX job_ready(_batch)? \((batch_id=\? AND )?service=\? AND owed=\?\)\n/;
    for (const action of [
      () => jobs.claimable(SERVICE, { kind: 'all' }, take),
      () => jobs.claimable(SERVICE, { kind: 'batch', batchId: 2 }, take),
      () => jobs.owed(SERVICE, take),
    ]) {
      const found = plan(action);
      expect(found).toMatch(inOrder);
      expect(found).not.toMatch(NO_SORT);
    }
    for (const scope of [
      { kind: 'all' },
      { kind: 'batch', batchId: 1 },
      { kind: 'jobs', ids: [1] },
      { kind: 'watches', watchIds: [1] },
    ] as const) {
      expect(plan(() => jobs.waitingIn(SERVICE, scope, ['/a']))).not.toMatch(SCAN_OF_JOBS);
    }
    expect(plan(() => jobs.waitsIn(SERVICE, '/a'))).not.toMatch(SCAN_OF_JOBS);
  });

  it('while watch folders rest, what waits of others is found past them along indexes, batch by batch', () => {
    const take = { now: 1, limit: 8, resting: [watchId + 1] };
    const all = plans(() => resting.claimable(SERVICE, { kind: 'all' }, take));
    const batch = plan(() => resting.claimable(SERVICE, { kind: 'batch', batchId: 2 }, take));
    const ofJobs = plan(() => resting.claimable(SERVICE, { kind: 'jobs', ids: [1] }, take));
    const [watched = '', byHand = ''] = all;
    const inBatch = /SEARCH job USING INDEX job_ready_batch \(batch_id=\? AND service=\? AND owed=\?\)/;
    expect(watched).toMatch(inBatch);
    expect(watched).toMatch(/SEARCH one USING INTEGER PRIMARY KEY \(rowid=\?\)/);
    expect(byHand).toMatch(/^SEARCH job USING INDEX job_ready \(service=\? AND owed=\? AND priority<\?\)/);
    expect(byHand).not.toMatch(NO_SORT);
    expect(plans(() => resting.claimable(SERVICE, { kind: 'batch', batchId: 1 }, take)).join()).toMatch(inBatch);
    expect(ofJobs).toMatch(/^SEARCH job USING/);
    const counted = plan(() => resting.photos(SERVICE, { kind: 'all' }, [watchId]));
    expect(counted).toMatch(/SEARCH job USING COVERING INDEX job_batch_state \(batch_id=\? AND state=\?/);
    expect(counted).toMatch(inBatch);
    for (const one of [...all, batch, ofJobs, counted]) expect(one).not.toMatch(SCAN_OF_JOBS);
  });

  it('no statement of the jobs is prepared anew when it runs again', () => {
    const prepared = vi.spyOn(db, 'prepare');
    jobs.claimable(SERVICE, { kind: 'all' }, { now: 1, limit: 1, held: ['/a'] });
    jobs.owed(SERVICE, { now: 1, limit: 1 });
    jobs.unfinished(SERVICE, { kind: 'all' });
    jobs.counts(SERVICE);
    jobs.countsOfBatch(2);
    jobs.inStates(SERVICE, ['saving'], { after: 0, limit: 1 });
    jobs.setPrepared(1, { hash: 'h', uploadUrl: 'u' }, 1);
    jobs.setOutputPath(1, '/x');
    jobs.isSource('/x');
    jobs.isOutput('/x');
    jobs.sourcesNamed('x');
    jobs.latestOfSame(SERVICE, DEFAULT_PARAMETERS, planned(1));
    expect(prepared).not.toHaveBeenCalled();
    prepared.mockRestore();
  });

  it('whether a later batch enhanced a photo is one look by its path', () => {
    const byPath = 'SEARCH later USING INDEX job_source (source_path=?';
    expect(plan(() => jobs.mendedIn(1))).toContain(byPath);
    expect(plan(() => jobs.mendedAt(1, { ...planned(2), sourceHash: null }))).toContain(byPath);
  });

  it('the next time at which something is due is one look into an index', () => {
    expect(plan(() => jobs.nextDue(SERVICE, 1))).toBe(
      'SEARCH job USING COVERING INDEX job_due (service=? AND not_before>?)',
    );
  });

  it('no job is looked at for the counts: they are kept with each batch', () => {
    expect(plan(() => jobs.counts(SERVICE))).toBe('SCAN batch_sums');
    expect(plan(() => jobs.countIn(SERVICE, 'failed'))).toBe('SCAN batch_sums');
    expect(plan(() => jobs.countsOfBatch(1))).toBe(ONE_BATCH);
    expect(plan(() => batches.credits(2))).toBe(ONE_BATCH);
  });

  it('no job is looked at for how many are unfinished, but those that were named', () => {
    expect(plan(() => jobs.unfinished(SERVICE, { kind: 'all' }))).toBe('SCAN batch_sums');
    expect(plan(() => jobs.unfinished(SERVICE, { kind: 'batch', batchId: 1 }))).toBe(ONE_BATCH);
    expect(plan(() => jobs.unfinished(SERVICE, { kind: 'watches', watchIds: [1] }))).not.toMatch(/\bjob\b/);
    expect(plan(() => jobs.unfinished(SERVICE, { kind: 'jobs', ids: [1] }))).toMatch(
      /^SEARCH job USING COVERING INDEX job_state \(state=\? AND service=\? AND rowid=\?\)/,
    );
  });

  it('what an earlier process was at is found by its state', () => {
    expect(plan(() => jobs.inStates(SERVICE, ['processing', 'saving'], { after: 0, limit: 9 }))).toMatch(
      /^SEARCH job USING INDEX job_state \(state=\? AND service=\?/,
    );
    expect(plan(() => summaries.ids({ states: ['preparing'] }))).toMatch(
      /^SEARCH job USING COVERING INDEX job_state \(state=\?\)/,
    );
  });

  it('a page of the history is read by its ids, without sorting', () => {
    for (const filter of [{}, { batchId: 2 }, { states: JOB_STATES, batchId: 2 }, { service: SERVICE }]) {
      const [ids = '', page = ''] = plans(() => summaries.list(filter).next());
      if ('batchId' in filter) expect(ids).not.toMatch(SCAN_OF_JOBS);
      expect(page).toMatch(/SEARCH job USING INTEGER PRIMARY KEY \(rowid=\?\)/);
      expect(page).not.toMatch(SCAN_OF_JOBS);
      expect(page.replaceAll(/SEARCH attempt USING PRIMARY KEY \(job_id=\?\)/g, '')).not.toMatch(NO_SORT);
    }
  });

  it('a path is looked up in an index', () => {
    expect(plan(() => jobs.isSource('/x'))).toMatch(/SEARCH job USING COVERING INDEX job_source/);
    expect(plan(() => jobs.isOutput('/x'))).toMatch(/SEARCH job USING COVERING INDEX job_output/);
  });

  it('what was learned lately is read from the latest backwards', () => {
    for (const action of [
      () => attempts.durations(SERVICE, 200),
      () => attempts.usualCost(SERVICE),
      () => attempts.creditsSince(SERVICE, 1),
    ]) {
      const found = plan(action);
      expect(found).toMatch(/SEARCH attempt USING INDEX attempt_ended/);
      expect(found).not.toMatch(NO_SORT);
    }
  });

  it.each<[string, Partial<Search>, RegExp]>([
    ['none', {}, /^SCAN job USING COVERING INDEX \w+$/],
    ['part of a name', { text: 'img' }, /^SCAN job USING COVERING INDEX job_file$/],
    ['part of a name beyond ASCII', { text: 'é' }, /^SCAN job USING COVERING INDEX job_file$/],
    ['a folder', { folder: '/photos' }, /^SEARCH job USING COVERING INDEX job_file \(folder=\?\)$/],
    ['states', { states: ['failed'] }, /^SEARCH job USING COVERING INDEX job_state \(state=\?\)/],
    ['a failure', { failureCode: 'moderated' }, /^SEARCH job USING INDEX job_failure \(failure_code=\?\)$/],
    ['a batch', { batchId: 2 }, /^SEARCH job USING COVERING INDEX job_\w+ \(batch_id=\?\)$/],
    [
      'a time, beside those that are unfinished',
      { from: 1, to: 2 },
      /SEARCH job USING COVERING INDEX job_finished \(batch_id=\? AND finished_at>\? AND finished_at<\?\)[^]*\nSEARCH job USING INDEX job_state \(state=\?\)/,
    ],
    ['what is undecided', { undecided: true }, /^SCAN job USING COVERING INDEX job_undecided$/],
  ])('a search by one condition reads one index: %s', async (_, more, expected) => {
    ran = [];
    await listing.search({ ...EVERYTHING, ...more });
    const asked = ran.filter(({ sql }) => sql.includes('FROM job'));
    expect(asked).toHaveLength(1);
    for (const { sql, values } of asked) expect(at.history.explain(sql, ...values)).toMatch(expected);
  });

  it('the jobs of a batch are listed from indexes alone, without sorting', async () => {
    for (const order of ['added', 'state', 'finished'] as const) {
      ran = [];
      await listing.ofBatch({ batchId: 2, states: [], order, descending: false });
      for (const { sql, values } of ran) {
        expect(at.history.explain(sql, ...values)).toMatch(
          /^SEARCH job USING COVERING INDEX job_(batch_state|finished) \(batch_id=\? AND (state=\?|finished_at>\?)\)$/,
        );
      }
    }
  });

  it('what there is to filter by is counted along indexes, without sorting', () => {
    const found = plans(() => listing.facets()).filter((one) => one.includes('job'));
    expect(found).toHaveLength(3);
    for (const one of found) {
      expect(one).toMatch(/^(SCAN|SEARCH) job USING (COVERING INDEX job_(file|state)|INDEX job_failure)\b/);
      expect(one).not.toMatch(NO_SORT);
    }
  });

  it('batches come with what is kept of them, all in a few questions that look at no job', () => {
    const found = plans(() => batchSummaries.newest(1_000));
    expect(found).toHaveLength(3);
    for (const one of found) expect(one).not.toMatch(/\b(job|attempt)\b/);
    const [counted = ''] = plans(() => batchSummaries.of([1, 2]));
    expect(counted).toContain(ONE_BATCH);
    expect(counted).not.toMatch(/SCAN batch|TEMP B-TREE/);
    expect(plan(() => batchSummaries.unfinished(SERVICE))).toBe('SCAN batch_sums');
    expect(plan(() => listing.undecided(SERVICE))).toMatch(
      /^SEARCH job USING COVERING INDEX job_undecided \(service=\?/,
    );
  });

  it('older batches are found by their ids, and read no further than asked for', () => {
    const [ids = '', ...others] = plans(() => batchSummaries.olderThan(2, 200));
    expect(ids).toBe('SEARCH batch USING INTEGER PRIMARY KEY (rowid<?)');
    for (const one of others) expect(one).not.toMatch(/SCAN (job|attempt|batch)\b/);
  });

  it('the names of batches are read without sorting', () => {
    expect(plan(() => batches.directory())).toBe('SCAN batch');
  });

  it('what all batches add up to comes from what is kept of them, and no job is looked at but those at work', () => {
    const [sums = '', atService = '', ...others] = plans(() => totals.read());
    expect(others).toEqual([]);
    expect(sums).toBe('SCAN batch_sums');
    expect(atService).toMatch(/SEARCH job USING INDEX job_ready \(service=\? AND owed=\?\)/);
    expect(atService).toMatch(/SEARCH job USING INDEX job_state \(state=\? AND service=\?\)/);
    expect(atService).not.toMatch(SCAN_OF_JOBS);
  });

  it('what is still to be paid for is counted by the index, and looked at only where it is at work', () => {
    expect(
      plan(() => totals.unpaid(SERVICE))
        .split('\n')
        .sort(),
    ).toEqual([
      'SCALAR SUBQUERY 1',
      'SCALAR SUBQUERY 2',
      'SCALAR SUBQUERY 3',
      'SCAN CONSTANT ROW',
      'SEARCH job USING COVERING INDEX job_state (state=? AND service=?)',
      'SEARCH job USING INDEX job_ready (service=? AND owed=?)',
      'SEARCH job USING INDEX job_state (state=? AND service=?)',
    ]);
  });

  it('rows are read by their ids, and so are selected jobs found and counted', () => {
    const byId = /SEARCH job USING INTEGER PRIMARY KEY \(rowid=\?\)/;
    const selected = { jobIds: [1, 2], states: ['failed' as const] };
    expect(plan(() => summaries.kinds([1, 2]))).toMatch(byId);
    expect(plan(() => summaries.ids(selected))).toMatch(byId);
    expect(plan(() => summaries.ids({ ...selected, failureCode: 'moderated' }))).toMatch(
      /^SEARCH job USING INDEX job_failure \(failure_code=\? AND rowid=\?\)/,
    );
    expect(plan(() => summaries.byIds([1, 2]))).toMatch(/SEARCH job USING INTEGER PRIMARY KEY \(rowid=\?\)/);
    expect(plan(() => attempts.ofJobs([1, 2]))).toMatch(/SEARCH attempt USING PRIMARY KEY \(job_id=\?\)/);
    expect(plan(() => attempts.finishedSince(SERVICE, 1, 100))).toMatch(/^SEARCH attempt USING INDEX attempt_ended/);
  });

  it('what is removed is found by its ids, and the rest is not looked at', () => {
    for (const one of plans(() => housekeeping.remove([COUNT + 9]))) expect(one).not.toMatch(SCAN_OF_JOBS);
    expect(plan(() => housekeeping.leave([COUNT + 9], 1))).not.toMatch(SCAN_OF_JOBS);
  });

  it('every step of a job’s book is found by its job or its request', () => {
    const found = plans(() => {
      jobs.apply(1, { type: 'claim' }, 1);
      jobs.apply(1, { type: 'submit' }, 2);
      const request = { id: 'r', statusUrl: 's', responseUrl: 'r', submittedAt: 1 };
      jobs.apply(1, { type: 'accept', request }, 3);
      jobs.apply(1, { type: 'complete', outputUrl: 'u' }, 4, { metrics: { credits: 1 } });
      jobs.apply(1, { type: 'save' }, 5);
    });
    expect(found.length).toBeGreaterThan(15);
    for (const one of found) expect(one).not.toMatch(SCAN_OF_JOBS);
  });

  it('a photo is looked up by its content, its size, or the name of its result, along an index', () => {
    expect(plan(() => jobs.byContent(SERVICE, DEFAULT_PARAMETERS, 'h'))).toMatch(
      /^SEARCH job USING INDEX job_content \(source_sha256=\? AND service=\?\)\nSEARCH batch USING INTEGER PRIMARY KEY/,
    );
    expect(plan(() => jobs.unread(SERVICE, DEFAULT_PARAMETERS, 1_001))).toMatch(
      /^SEARCH job USING INDEX job_unread \(service=\? AND source_bytes=\?\)\nSEARCH batch USING INTEGER PRIMARY KEY/,
    );
    expect(plan(() => jobs.byTarget('/photos/enhanced', '1'))).toMatch(
      /^SEARCH job USING COVERING INDEX job_target \(out_dir=\? AND out_stem=\?\)/,
    );
    const content = plan(() => jobs.isOutputContent('h'));
    expect(content).toMatch(/SEARCH job USING COVERING INDEX job_result \(output_sha256=\?\)/);
    expect(content).toMatch(/SEARCH known_result USING PRIMARY KEY/);
    expect(plan(() => jobs.recall(SERVICE, 'watch_unavailable'))).toMatch(/^SEARCH job USING INDEX job_failure /);
    expect(plan(() => jobs.setSourceHash(1, 'h'))).toMatch(/^SEARCH job USING INTEGER PRIMARY KEY/);
  });

  it('files of a watch folder are found by key, state, content or job, without looking at the others or sorting', () => {
    const found = plans(() => {
      watches.file(watchId, '7');
      watches.files(watchId, { after: 0, limit: 9 });
      watches.hasThere(watchId);
      watches.hasFiles(watchId);
      Array.from(watches.inState(watchId, 'held', false, 9));
      watches.count(watchId, 'there', false);
      watches.arrivedSince(watchId, 9_000, 9_900);
      watches.cameBetween(watchId, 9_000, 9_900);
      watches.unedged(watchId, { after: 0, limit: 9 });
      watches.unhashed(watchId, { after: 0, limit: 9 });
      watches.setHash(1, 'h');
      watches.byEdges(watchId, 'e');
      watches.byContent(watchId, '9');
      watches.rename({ id: 1, watchId }, { key: '1', path: '1', bytes: 2, mtimeMs: 2, sha256: '1' });
      watches.byMark(watchId, { bytes: 1, mtimeMs: 2 });
      watches.wasThere(watchId, { edges: 'e', sha256: 'h', bytes: 1, mtimeMs: 1 });
      watches.setContent(1, { edges: null, sha256: 'h' });
      watches.put(watchId, { key: '1', path: '1', bytes: 2, mtimeMs: 2, state: 'there', sha256: '1' }, 1);
      watches.removedJobOf(SERVICE, DEFAULT_PARAMETERS, '9500');
      watches.sourceLost(watchId, 'taken');
      watches.leftAlone(watchId);
      watches.lastTaken(watchId, 12);
      watches.lastAt(watchId);
      watches.release(watchId, 'held', 0);
    });
    for (const one of found) expect(one).not.toMatch(/SCAN |TEMP B-TREE/);
    expect(plan(() => watches.known(watchId, 0))).toMatch(/USING COVERING INDEX watched_same/);
    expect(plan(() => watches.count(watchId, 'there', false))).toMatch(/USING COVERING INDEX watched_state/);
    expect(plan(() => watches.lastTaken(watchId, 12))).not.toMatch(NO_SORT);
  });

  it('the day of a watch folder is added up from its own batches', () => {
    const found = plans(() => {
      watches.day(watchId, SERVICE, '2026-11-22');
      watches.findBatch(watchId, '2026-11-22', { service: SERVICE, parameters: DEFAULT_PARAMETERS, output: OUTPUT });
      watches.batchesOn(watchId, '2026-11-22');
      watches.lastBatch();
      watches.ofBatch(2);
    });
    for (const one of found) expect(one).not.toMatch(/SCAN /);
    expect(found.join('\n')).toMatch(/SEARCH job USING COVERING INDEX job_batch_state \(batch_id=\?\)/);
    expect(found.join('\n')).toMatch(/SEARCH attempt USING COVERING INDEX attempt_cost/);
    expect(found.join('\n')).toMatch(/SEARCH attempt USING INDEX attempt_unpriced/);
  });
});
