// The queue of record: changes that are all or none, the order in which jobs are taken up, and the counts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRACTICE_SERVICE } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { IllegalTransition } from '../../app/domain/job.ts';
import { newBatch, planned, request, SERVICE, TestHistory } from './support.ts';

let at: TestHistory;

beforeEach(() => {
  at = new TestHistory();
});
afterEach(() => at[Symbol.dispose]());

const jobs = () => at.history.jobs;
const ALL = { kind: 'all' } as const;
const claimable = (limit = 100) => jobs().claimable(SERVICE, ALL, { now: at.clock.now(), limit });

describe('a change of a job', () => {
  it('fails whole when another process changed the job first', () => {
    const id = at.job();
    at.apply(id, { type: 'claim' });
    using other = at.visit();
    other.jobs.apply(id, { type: 'cancel' }, at.clock.now());
    const before = { job: jobs().get(id), attempts: at.history.attempts.ofJob(id) };
    expect(() => at.apply(id, { type: 'submit' })).toThrow(IllegalTransition);
    expect({ job: jobs().get(id), attempts: at.history.attempts.ofJob(id) }).toEqual(before);
    expect(before.job?.state).toBe('canceled');
  });

  it('waits for another process that is about to change the job, and then fails whole', async () => {
    const id = at.job();
    at.apply(id, { type: 'claim' });
    const child = fork(new URL('children/slow-cancel.ts', import.meta.url), [at.dir, String(id)]);
    const exited = once(child, 'exit');
    await once(child, 'message'); // it holds the write lock, and lets go a moment later
    expect(() => at.apply(id, { type: 'submit' })).toThrow('a job that is canceled cannot submit');
    expect(at.history.attempts.ofJob(id)).toMatchObject([{ outcome: 'canceled', submittedAt: null }]);
    await exited;
  });

  it('fails whole when only the keeping of the book fails', () => {
    const [first = 0, second = 0] = at.batch(2).ids;
    at.accepted(first, 'r1');
    at.fail(first, failure('expired'), true); // lets go of its request, but the book keeps the id
    at.apply(second, { type: 'claim' });
    at.apply(second, { type: 'submit' });
    expect(() => at.apply(second, { type: 'accept', request: request('r1') })).toThrow(/UNIQUE/);
    expect(jobs().get(second)).toMatchObject({ state: 'submitting', request: null });
  });

  it('is undone with the others when several are made as one', () => {
    const { ids } = at.batch(3);
    const cancelAll = () =>
      at.history.atomically(() => {
        for (const id of [...ids, 999]) jobs().apply(id, { type: 'cancel' }, 1);
      });
    expect(cancelAll).toThrow(new RangeError('there is no job 999'));
    expect(jobs().counts(SERVICE)).toMatchObject({ queued: 3, canceled: 0 });
  });

  it('keeps all of a job, what it holds and why it failed', () => {
    const id = at.job({ priority: 7 });
    at.apply(id, { type: 'claim' });
    at.history.jobs.setPrepared(id, { hash: 'h', uploadUrl: 'https://up/1' }, 77);
    at.apply(id, { type: 'submit' });
    at.apply(id, { type: 'accept', request: request('r1') });
    const why = failure('timeout', { detail: 'ten minutes', status: 200 });
    const job = at.fail(id, why);
    const { sourceBytes, sourceMtimeMs, ...rest } = planned(1);
    expect(job).toEqual({
      ...rest,
      id,
      batchId: 1,
      service: SERVICE,
      state: 'failed',
      priority: 7,
      attempts: 1,
      notBefore: 0,
      fingerprint: { bytes: sourceBytes, mtimeMs: sourceMtimeMs },
      sourceHash: 'h',
      upload: { url: 'https://up/1', at: 77 },
      request: request('r1'),
      outputUrl: null,
      outputPath: null,
      output: null,
      failure: why,
      createdAt: at.clock.now() - 4,
      updatedAt: at.clock.now(),
      finishedAt: at.clock.now(),
      leftAt: null,
    });
    expect(at.reopen().jobs.get(id)).toEqual(job);
  });

  it('takes the source as it is, and uploads it anew, after the user’s retry', () => {
    const id = at.job();
    at.apply(id, { type: 'claim' });
    jobs().setPrepared(id, { hash: 'h', uploadUrl: 'https://up/1' }, 77);
    at.apply(id, { type: 'cancel' });
    jobs().setPrepared(id, { hash: 'h', uploadUrl: 'https://up/late' }, 78); // a preparation that ends too late
    expect(jobs().get(id)?.upload?.url).toBe('https://up/1');
    expect(at.apply(id, { type: 'requeue' })).toMatchObject({ fingerprint: null, upload: null, finishedAt: null });
  });
});

describe('a batch', () => {
  it('is saved with all its jobs or not at all', () => {
    const broken = { ...planned(2), format: null as unknown as string };
    const create = () => at.history.batches.create(newBatch(0, { jobs: [planned(1), broken] }), 1);
    expect(create).toThrow(/NOT NULL/);
    expect(at.history.batches.list()).toEqual([]);
    expect(jobs().counts(SERVICE).queued).toBe(0);
  });

  it('is read as it was saved, newest first', () => {
    const first = at.batch(1).batch;
    const second = at.batch(1, { name: 'Zürich – “1”', priority: 3 }).batch;
    expect(at.history.batches.list()).toEqual([second, first]);
    expect(at.history.batches.get(first.id)).toEqual(first);
    expect(at.history.batches.get(99)).toBeNull();
  });
});

describe('taking jobs up', () => {
  it('goes by priority and then by age, as many as are asked for', () => {
    const low = at.batch(2).ids;
    const high = at.batch(2, { priority: 5 }).ids;
    expect(claimable()).toEqual([...high, ...low]);
    expect(claimable(3)).toEqual([...high, ...low].slice(0, 3));
  });

  it('leaves out jobs that wait for their time, to the millisecond', () => {
    const [now = 0, later = 0] = at.batch(2).ids;
    const due = at.clock.now() + 1_000;
    at.apply(later, { type: 'claim' });
    at.apply(later, { type: 'retry', failure: failure('network'), notBefore: due });
    expect(jobs().claimable(SERVICE, ALL, { now: due - 1, limit: 9 })).toEqual([now]);
    expect(jobs().claimable(SERVICE, ALL, { now: due, limit: 9 })).toEqual([now, later]);
    expect(jobs().nextDue(SERVICE, due - 1)).toBe(due);
    expect(jobs().nextDue(SERVICE, due)).toBeNull();
    expect(jobs().nextDue('elsewhere', 0)).toBeNull();
  });

  it('keeps what is paid for apart, and gives it out whatever the scope', () => {
    const [plain = 0, asked = 0, url = 0] = at.batch(3).ids;
    at.accepted(asked, 'r1');
    at.apply(asked, { type: 'release', notBefore: at.clock.now() + 50 });
    at.completed(url, 'r2');
    at.apply(url, { type: 'release' });
    expect(claimable()).toEqual([plain]);
    expect(jobs().owed(SERVICE, { now: at.clock.now(), limit: 9 })).toEqual([url]);
    expect(jobs().owed(SERVICE, { now: at.clock.now() + 50, limit: 9 })).toEqual([asked, url]);
    expect(jobs().owed(SERVICE, { now: at.clock.now() + 50, limit: 1 })).toEqual([asked]);
    expect(jobs().owed('elsewhere', { now: at.clock.now() + 50, limit: 9 })).toEqual([]);
  });

  it('leaves out new photos and finished pictures for held folders, but not requests that are to be asked about', () => {
    const inFolder = (outDir: string, count: number) =>
      at.batch(count, { jobs: newBatch(count).jobs.map((job) => ({ ...job, outDir })) });
    const { batch, ids: away } = inFolder('/away', 3);
    const [fresh = 0, asked = 0, url = 0] = away;
    const [other = 0] = inFolder('/here', 1).ids;
    at.accepted(asked, 'r1');
    at.apply(asked, { type: 'release' });
    at.completed(url, 'r2');
    at.apply(url, { type: 'release' });
    const now = at.clock.now();
    const scopes = [ALL, { kind: 'batch', batchId: batch.id }, { kind: 'jobs', ids: [fresh, other] }] as const;
    const held = ['/away', '/gone'];
    const taken = scopes.map((scope) => jobs().claimable(SERVICE, scope, { now, limit: 9, held }));
    expect(taken).toEqual([[other], [], [other]]);
    expect(jobs().claimable(SERVICE, ALL, { now, limit: 9, held: [] })).toEqual([fresh, other]);
    expect(jobs().owed(SERVICE, { now, limit: 9, held })).toEqual([asked]);
    expect(jobs().owed(SERVICE, { now, limit: 9 })).toEqual([asked, url]);
    const waiting = scopes.map((scope) => [...jobs().waitingIn(SERVICE, scope, held)]);
    expect(waiting).toEqual([[['/away', 3]], [['/away', 3]], [['/away', 1]]]);
    expect([...jobs().waitingIn('elsewhere', ALL, held)]).toEqual([]);
    expect(['/away', '/here', '/gone'].map((folder) => jobs().waitsIn(SERVICE, folder))).toEqual([true, true, false]);
    expect(jobs().waitsIn('elsewhere', '/away')).toBe(false);
  });

  it('tells why a released job waits, until it is taken up again', () => {
    const id = at.job();
    const away = failure('output_unwritable', { detail: 'EROFS' });
    at.apply(id, { type: 'claim' });
    expect(at.apply(id, { type: 'release', failure: away })).toMatchObject({ state: 'queued', failure: away });
    expect(at.history.attempts.ofJob(id)).toEqual([]);
    expect(at.apply(id, { type: 'claim' }).failure).toBeNull();
  });

  it('keeps to a batch or to single jobs, of its own service', () => {
    const first = at.batch(2);
    const second = at.batch(2);
    const practice = at.batch(1, { service: 'practice' });
    const now = at.clock.now();
    const inBatch = { kind: 'batch', batchId: second.batch.id } as const;
    const some = { kind: 'jobs', ids: [...second.ids, ...first.ids, ...practice.ids, 999] } as const;
    expect(jobs().claimable(SERVICE, inBatch, { now, limit: 9 })).toEqual(second.ids);
    expect(jobs().claimable(SERVICE, some, { now, limit: 9 })).toEqual([...first.ids, ...second.ids]);
    expect(jobs().claimable('practice', ALL, { now, limit: 9 })).toEqual(practice.ids);
    expect(jobs().claimable(SERVICE, { kind: 'jobs', ids: [] }, { now, limit: 9 })).toEqual([]);
    at.accepted(second.ids[0] ?? 0, 'r1');
    at.completed(first.ids[0] ?? 0, 'r2');
    at.apply(first.ids[0] ?? 0, { type: 'save' });
    expect(jobs().unfinished(SERVICE, ALL)).toBe(3);
    expect(jobs().unfinished(SERVICE, inBatch)).toBe(2);
    expect(jobs().unfinished(SERVICE, some)).toBe(3);
    expect(jobs().unfinished('practice', inBatch)).toBe(0);
  });

  it('finds jobs in some states a page at a time', () => {
    const { ids } = at.batch(5);
    ids.slice(1).forEach((id, index) => at.accepted(id, `r${index}`));
    const page = (after: number) => jobs().inStates(SERVICE, ['processing', 'saving'], { after, limit: 3 });
    const first = page(0).map((job) => job.id);
    expect(first).toEqual(ids.slice(1, 4));
    expect(page(first.at(-1) ?? 0).map((job) => job.id)).toEqual(ids.slice(4));
  });
});

describe('what is owed at services that are not in use', () => {
  it('is what may be paid for and is still to come, since the first of it was sent', () => {
    const [queued = 0, processing = 0, saving = 0, saved = 0, failed = 0] = at.batch(7).ids;
    at.accepted(queued, 'r1');
    at.apply(queued, { type: 'release' });
    at.accepted(processing, 'r2');
    at.completed(saving, 'r3');
    at.completed(saved, 'r4');
    at.apply(saved, { type: 'save' });
    at.accepted(failed, 'r5');
    at.apply(failed, { type: 'fail', failure: failure('service_failed'), over: true });
    expect(jobs().owedElsewhere(null)).toEqual({ photos: 3, oldestSubmittedAt: 42 });
    expect(jobs().owedElsewhere(PRACTICE_SERVICE)).toEqual({ photos: 3, oldestSubmittedAt: 42 });
    expect(jobs().owedElsewhere(SERVICE)).toEqual({ photos: 0, oldestSubmittedAt: null });
  });

  it('leaves out what was sent before a time', () => {
    at.accepted(at.job(), 'r1');
    expect(jobs().owedElsewhere(null, 42)).toEqual({ photos: 1, oldestSubmittedAt: 42 });
    expect(jobs().owedElsewhere(null, 43)).toEqual({ photos: 0, oldestSubmittedAt: null });
  });

  it('is never what is at the practice service, which costs nothing', () => {
    at.accepted(at.job({ service: PRACTICE_SERVICE }), 'r1');
    expect(jobs().owedElsewhere(SERVICE)).toEqual({ photos: 0, oldestSubmittedAt: null });
  });
});

describe('what is owed at a service', () => {
  it('is what is sent, awaited, saved or waits with a paid picture, and nothing that only waits or is over', () => {
    const [released = 0, sending = 0, processing = 0, saving = 0, saved = 0, preparing = 0] = at.batch(7).ids;
    at.completed(released, 'r1');
    at.apply(released, { type: 'release' });
    at.apply(sending, { type: 'claim' });
    at.apply(sending, { type: 'submit' });
    at.accepted(processing, 'r2');
    at.completed(saving, 'r3');
    at.completed(saved, 'r4');
    at.apply(saved, { type: 'save' });
    at.apply(preparing, { type: 'claim' });
    expect(jobs().owedAt(SERVICE)).toBe(4);
    expect(jobs().owedAt(PRACTICE_SERVICE)).toBe(0);
  });
});

describe('what a path is', () => {
  it('is known by the jobs: a source of any, an output that was at least about to be', () => {
    const id = at.job();
    expect(jobs().isSource('/photos/1.jpg')).toBe(true);
    expect(jobs().isSource('/photos/1.JPG')).toBe(false);
    expect(jobs().isOutput('/out/1.jpg')).toBe(false);
    jobs().setOutputPath(id, '/out/1.jpg');
    expect(jobs().isOutput('/out/1.jpg')).toBe(true);
    expect(jobs().get(id)).toMatchObject({ outputPath: '/out/1.jpg', output: null });
  });
});

describe('a setting', () => {
  it('outlives the run, and counts as not set when it is no longer valid', () => {
    const number = (value: unknown) => (typeof value === 'number' ? value : null);
    expect(at.history.settings.get('concurrency', number)).toBeNull();
    at.history.settings.set('concurrency', 4);
    at.history.settings.set('concurrency', 6);
    expect(at.reopen().settings.get('concurrency', number)).toBe(6);
    at.history.settings.set('concurrency', 'many');
    expect(at.history.settings.get('concurrency', number)).toBeNull();
  });
});

describe('the history’s lines', () => {
  it('fit every part of the filter, oldest first, over several pages', () => {
    const { batch, ids } = at.batch(1_203);
    at.batch(2);
    at.apply(ids[1] ?? 0, { type: 'cancel' });
    const list = (filter: Parameters<typeof at.history.summaries.list>[0]) =>
      [...at.history.summaries.list(filter)].map(({ job }) => job.id);
    expect(list({})).toHaveLength(1_205);
    expect(list({ batchId: batch.id })).toEqual(ids);
    expect(list({ batchId: batch.id, states: ['canceled', 'failed'] })).toEqual([ids[1]]);
    expect(list({ jobIds: [ids[3] ?? 0, ids[1] ?? 0, 99_999], states: ['queued'] })).toEqual([ids[3]]);
    expect(list({ service: 'elsewhere' })).toEqual([]);
    expect(list({ states: [] })).toEqual([]);
    expect(list({ jobIds: [] })).toEqual([]);
  });
});
