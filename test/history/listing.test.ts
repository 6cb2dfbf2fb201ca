// Which jobs are listed and in what order: always what a plain look at all of them would give.
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import type { JobState } from '../../app/domain/job.ts';
import { JOB_STATES } from '../../app/domain/job.ts';
import type { Order, Search } from '../../app/history/listing.ts';
import { EVERYTHING, planned, request, TestHistory } from './support.ts';

let at: TestHistory;
beforeEach(() => (at = new TestHistory()));
afterEach(() => at[Symbol.dispose]());

const search = (more: Partial<Search>) => at.history.listing.search({ ...EVERYTHING, ...more });

/** A batch of photos of these paths. */
function add(...paths: readonly string[]): number[] {
  const jobs = paths.map((sourcePath, n) => ({ ...planned(n), sourcePath }));
  return at.batch(0, { jobs }).ids;
}

/** Brings a queued job into a state. */
function bring(id: number, state: JobState): void {
  const now = at.clock.now();
  at.clock.jump(1);
  const apply = (event: Parameters<typeof at.history.jobs.apply>[1]) => at.history.jobs.apply(id, event, now);
  if (state === 'queued') return;
  if (state === 'skipped') return void apply({ type: 'skip', failure: failure('already_enhanced') });
  if (state === 'canceled') return void apply({ type: 'cancel' });
  apply({ type: 'claim' });
  if (state === 'preparing') return;
  if (state === 'failed') return void apply({ type: 'fail', failure: failure('photo_damaged') });
  apply({ type: 'submit' });
  if (state === 'submitting') return;
  if (state === 'uncertain') return void apply({ type: 'doubt', failure: failure('uncertain_submit') });
  apply({ type: 'accept', request: request(`r${id}`) });
  if (state === 'processing') return;
  apply({ type: 'complete', outputUrl: 'u' });
  if (state === 'succeeded') apply({ type: 'save' });
}

describe('a search', () => {
  it('gives the newest first, and all without conditions', async () => {
    const ids = add('/a/1.jpg', '/a/2.jpg', '/b/3.jpg');
    expect(await search({})).toEqual([...ids].reverse());
  });

  it('finds a part of the name in any case, and not a part of the folder', async () => {
    const [one = 0, two = 0] = add('/wedding/IMG_1234.jpg', '/x/my Wedding 1.JPG', '/x/other.jpg');
    expect(await search({ text: 'wedding' })).toEqual([two]);
    expect(await search({ text: ' img_1 ' })).toEqual([one]);
    expect(await search({ text: '.jpg' })).toHaveLength(3);
    expect(await search({ text: '   ' })).toHaveLength(3);
  });

  it('takes no character for a wild card', async () => {
    const [percent = 0, line = 0, back = 0] = add('/a/100%.jpg', '/a/a_b.jpg', '/a/a\\b.jpg', '/a/axb.jpg');
    expect(await search({ text: '0%.' })).toEqual([percent]);
    expect(await search({ text: 'a_b' })).toEqual([line]);
    expect(await search({ text: 'a\\b' })).toEqual([back]);
    expect(await search({ text: "'" })).toEqual([]);
  });

  it('knows letters beyond ASCII in any case and in both ways of writing them', async () => {
    const [composed = 0, decomposed = 0] = add('/a/Émile.jpg', '/a/e\u0301MILE.jpg', '/a/emile.jpg', '/a/Žmile.jpg');
    for (const text of ['émile', 'ÉMILE', 'E\u0301mile']) {
      expect(await search({ text })).toEqual([decomposed, composed]);
    }
    const [greek = 0] = add('/a/ΣΊΣΥΦΟΣ 😀.jpg');
    expect(await search({ text: 'σίσυφος 😀'.slice(0, 4) })).toEqual([greek]);
    expect(await search({ text: '😀' })).toEqual([greek]);
  });

  it('keeps to a folder, not to those in it', async () => {
    const [here = 0] = add('/a/b/1.jpg', '/a/b/c/1.jpg', '/a/bc/1.jpg', '/top.jpg');
    expect(await search({ folder: '/a/b' })).toEqual([here]);
    expect(await search({ folder: '/a' })).toEqual([]);
    expect(await search({ folder: '/' })).toHaveLength(1);
  });

  it('keeps to the time that is shown with a photo: when it ended, or was added while it goes on', async () => {
    const [old = 0, waits = 0] = add('/a/1.jpg', '/a/2.jpg');
    at.clock.jump(86_400_000);
    const today = at.clock.now();
    expect(await search({ from: today })).toEqual([]);
    bring(old, 'canceled');
    expect(await search({ from: today })).toEqual([old]);
    expect(await search({ to: today })).toEqual([waits]);
    at.clock.jump(86_400_000);
    const later = at.clock.now();
    at.apply(old, { type: 'requeue' });
    expect(await search({ to: today })).toEqual([waits, old]);
    bring(old, 'canceled');
    expect(await search({ from: later })).toEqual([old]);
  });

  it('keeps to a time without its end', async () => {
    const first = add('/a/1.jpg');
    const begin = at.clock.now();
    at.clock.jump(10);
    const second = add('/a/2.jpg');
    expect(await search({ from: begin, to: begin + 10 })).toEqual(first);
    expect(await search({ from: begin + 1 })).toEqual(second);
    expect(await search({ to: begin })).toEqual([]);
  });

  it('sees what changed since it was asked the last time, here and in another process', async () => {
    const [one = 0, two = 0] = add('/a/1.jpg', '/a/2.jpg');
    expect(await search({ states: ['canceled'] })).toEqual([]);
    bring(one, 'canceled');
    expect(await search({ states: ['canceled'] })).toEqual([one]);
    using other = at.visit();
    other.jobs.apply(two, { type: 'cancel' }, 5);
    expect(await search({ states: ['canceled'] })).toEqual([two, one]);
  });

  it('gives for every combination what a look at each job gives', async () => {
    const folders = ['/a', '/a/b', '/c'];
    for (let n = 0; n < 60; n += 10) {
      at.clock.jump(1_000);
      add(...Array.from({ length: 10 }, (_, m) => `${folders[(n + m) % 3] ?? ''}/IMG_${n + m}.jpg`));
    }
    const states = [...JOB_STATES];
    for (let id = 1; id <= 60; id += 1) bring(id, states[(id * 7) % states.length] ?? 'queued');
    at.history.housekeeping.leave([...(await search({ states: ['uncertain'] }))].slice(0, 3), 1);
    const jobs = at.history.summaries.ids({}).map((id) => at.history.jobs.get(id));
    const times = [...new Set(jobs.flatMap((job) => [job?.createdAt ?? 0, job?.finishedAt ?? 0]))];
    const some = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          text: fc.constantFrom('', 'img', '_1', '5', 'none'),
          states: fc.subarray(states, { maxLength: 5 }),
          from: some(times),
          to: some(times),
          folder: some(folders),
          failureCode: some(['photo_damaged', 'uncertain_submit', 'already_enhanced', 'moderated']),
          batchId: some([1, 2, 6, 7]),
          undecided: fc.boolean(),
        }),
        async (wanted) => {
          const expected = jobs.filter((job) => job !== null && fits(job, wanted)).map((job) => job?.id);
          expect(await at.history.listing.search(wanted)).toEqual(expected.reverse());
        },
      ),
      { numRuns: 200 },
    );
  });
});

function fits(job: Job, wanted: Search): boolean {
  const name = job.sourcePath.split('/').at(-1) ?? '';
  return (
    name.toLowerCase().includes(wanted.text) &&
    (wanted.states.length === 0 || wanted.states.includes(job.state)) &&
    (wanted.from === null || (job.finishedAt ?? job.createdAt) >= wanted.from) &&
    (wanted.to === null || (job.finishedAt ?? job.createdAt) < wanted.to) &&
    (wanted.folder === null || job.sourcePath === `${wanted.folder}/${name}`) &&
    (wanted.failureCode === null || job.failure?.code === wanted.failureCode) &&
    (wanted.batchId === null || job.batchId === wanted.batchId) &&
    (!wanted.undecided || (job.state === 'uncertain' && job.leftAt === null))
  );
}

describe('the jobs of a batch', () => {
  const names = (ids: readonly number[]) =>
    ids.map((id) => at.history.jobs.get(id)?.sourcePath.split('/').at(-1) ?? 'gone');
  const list = (order: Order, more: { states?: readonly JobState[]; descending?: boolean } = {}) =>
    at.history.listing.ofBatch({ batchId: 1, states: [], descending: false, ...more, order });

  it('come as they were added, from either end', async () => {
    const ids = add('/b.jpg', '/a.jpg', '/c.jpg');
    add('/of another batch.jpg');
    expect(await list('added')).toEqual(ids);
    expect(await list('added', { descending: true })).toEqual([...ids].reverse());
    expect(await at.history.listing.ofBatch({ batchId: 9, states: [], order: 'name', descending: false })).toEqual([]);
  });

  it('come by name as a reader sorts them, also when only some are listed', async () => {
    const ids = add('/x/IMG_10.jpg', '/x/img_9.jpg', '/y/IMG_2.jpg', '/x/a.jpg');
    expect(names(await list('name', { states: ['queued'] }))).toEqual([
      'a.jpg',
      'IMG_2.jpg',
      'img_9.jpg',
      'IMG_10.jpg',
    ]);
    bring(ids[1] ?? 0, 'failed');
    bring(ids[3] ?? 0, 'succeeded');
    expect(names(await list('name', { states: ['failed', 'queued'], descending: true }))).toEqual([
      'IMG_10.jpg',
      'img_9.jpg',
      'IMG_2.jpg',
    ]);
    at.history.housekeeping.remove(ids);
    expect(names(await list('name'))).toEqual(['IMG_2.jpg', 'IMG_10.jpg']);
    expect(await list('name', { states: ['skipped'] })).toEqual([]);
  });

  it('come with what wants the user first, then what is at work, what waits, and what is done', async () => {
    const ids = add(...JOB_STATES.map((state) => `/${state}.jpg`), '/failed 2.jpg');
    JOB_STATES.forEach((state, index) => bring(ids[index] ?? 0, state));
    bring(ids.at(-1) ?? 0, 'failed');
    const order = await list('state');
    expect(names(order).map((name) => name.replace('.jpg', ''))).toEqual(
      'uncertain,failed,failed 2,saving,processing,submitting,preparing,queued,succeeded,skipped,canceled'.split(','),
    );
    expect(await list('state', { descending: true })).toEqual([...order].reverse());
  });

  it('come as they were finished; what is not finished comes last from either end', async () => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = add('/a', '/b', '/c', '/d', '/e');
    bring(d, 'succeeded');
    bring(a, 'failed');
    bring(c, 'canceled');
    expect(await list('finished')).toEqual([d, a, c, b, e]);
    expect(await list('finished', { descending: true })).toEqual([c, a, d, b, e]);
    expect(await list('finished', { states: ['queued', 'failed'] })).toEqual([a, b, e]);
  });
});

describe('what there is to filter by', () => {
  it('is counted over all batches, and is always as it is now', () => {
    const [one = 0, two = 0, three = 0] = add('/b/1.jpg', '/a/1.jpg', '/b/2.jpg', '/b/3.jpg');
    const { listing } = at.history;
    expect(listing.facets()).toMatchObject({ failures: [], counts: { queued: 4 } });
    bring(one, 'failed');
    bring(two, 'failed');
    bring(three, 'skipped');
    expect(listing.facets()).toEqual({
      folders: [
        { folder: '/a', photos: 1 },
        { folder: '/b', photos: 3 },
      ],
      failures: [
        { code: 'photo_damaged', photos: 2 },
        { code: 'already_enhanced', photos: 1 },
      ],
      counts: { ...listing.facets().counts, queued: 1, failed: 2, skipped: 1, succeeded: 0 },
    });
    at.history.housekeeping.remove([two]);
    expect(listing.facets().folders).toEqual([{ folder: '/b', photos: 3 }]);
  });
});

describe('batches with their counts', () => {
  it('come newest first, with all that are not finished', () => {
    for (let n = 0; n < 5; n += 1) add(`/${n}/1.jpg`, `/${n}/2.jpg`);
    for (let id = 3; id <= 10; id += 1) bring(id, 'succeeded');
    const { batchSummaries } = at.history;
    expect(batchSummaries.newest(2).map(({ batch }) => batch.id)).toEqual([5, 4, 1]);
    expect(batchSummaries.newest(9).map(({ counts }) => [counts.queued, counts.succeeded])).toEqual([
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [2, 0],
    ]);
    expect(batchSummaries.of([99, 2, 2]).map(({ batch, counts }) => [batch.id, counts.succeeded])).toEqual([[2, 2]]);
    expect(batchSummaries.of([])).toEqual([]);
  });

  it('go on from one to the next older ones, also from one that is gone', () => {
    for (let n = 0; n < 5; n += 1) add(`/${n}/1.jpg`);
    bring(4, 'failed');
    at.history.housekeeping.remove([4]);
    const idsBefore = (id: number, limit: number) =>
      at.history.batchSummaries.olderThan(id, limit).map(({ batch }) => batch.id);
    expect(idsBefore(5, 2)).toEqual([3, 2]);
    expect(idsBefore(4, 9)).toEqual([3, 2, 1]);
    expect(idsBefore(1, 9)).toEqual([]);
  });

  it('are all told by their names, newest first', () => {
    for (const name of ['Wedding', 'Été à Nice', 'Wedding']) at.batch(1, { name });
    const createdAt = at.clock.now();
    expect(at.history.batches.directory()).toEqual([
      { id: 3, name: 'Wedding', createdAt },
      { id: 2, name: 'Été à Nice', createdAt },
      { id: 1, name: 'Wedding', createdAt },
    ]);
  });
});
