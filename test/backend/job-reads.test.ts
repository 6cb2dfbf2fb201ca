// What the window reads of jobs and of the history, what it opens, and what it removes.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { PRACTICE_SERVICE } from '../../app/domain/batch.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { EVERYTHING, planned } from '../history/support.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(() => (desk = new Desk()));
afterEach(() => desk[Symbol.asyncDispose]());

const codeOf = (answer: unknown) =>
  Promise.resolve(answer).then(
    () => 'none',
    (error: unknown) => (error instanceof FailureError ? error.failure.code : String(error)),
  );

describe('jobs', () => {
  it('are listed by ids and read by ids, with the number from which the feed goes on', async () => {
    const { batch, ids } = desk.at.batch(3);
    desk.feed.watch(batch.id);
    desk.change(ids[0] ?? 0, { type: 'claim' });
    desk.at.clock.advance(1_000);
    const query = { batchId: batch.id, states: [], order: 'added' as const, descending: true };
    const { seq } = desk.feed;
    expect(await desk.call['jobs.ids'](query)).toEqual({ ids: [...ids].reverse(), seq });
    const page = await desk.call['jobs.rows']({ ids: [ids[2] ?? 0, 999, ids[0] ?? 0] });
    expect(page.seq).toBe(seq);
    expect(page.rows.map(({ id, state }) => [id, state])).toEqual([
      [ids[2], 'queued'],
      [ids[0], 'preparing'],
    ]);
  });

  it('say what they are owed, what they cost and how they failed', async () => {
    const { ids } = desk.at.batch(3);
    const [done = 0, late = 0, doubtful = 0] = ids;
    desk.finish(done, { credits: 0.25 });
    desk.timeOut(late);
    desk.doubt(doubtful);
    const { rows } = await desk.call['jobs.rows']({ ids });
    expect(rows[0]).toMatchObject({
      state: 'succeeded',
      name: '1.jpg',
      output: { name: `${done}.jpg`, width: 2_000, height: 1_000 },
      charged: 'yes',
      credits: 0.25,
      owed: false,
      failure: null,
      submittedAt: null,
    });
    expect(rows[1]).toMatchObject({ owed: true, charged: 'maybe', failure: { code: 'timeout' }, submittedAt: null });
    expect(rows[2]).toMatchObject({ owed: false, left: false, charged: 'maybe' });
  });

  it('are known in every detail', async () => {
    const { batch, ids } = desk.at.batch(1);
    const [id = 0] = ids;
    desk.finish(id);
    expect(await desk.call['jobs.detail']({ id })).toMatchObject({
      row: { id, state: 'succeeded' },
      batchName: batch.name,
      parameters: DEFAULT_PARAMETERS,
      sourcePath: '/photos/1.jpg',
      outputPath: `/photos/enhanced/${id}.jpg`,
      outputBytes: 9,
      outputHash: 'f00d',
      requestId: `request-${id}`,
      attempts: [{ number: 1, outcome: 'succeeded', charged: 'yes' }],
    });
    expect(await desk.call['jobs.detail']({ id: 99 })).toBeNull();
  });

  it('are described as text for somebody else, without anything like a key', async () => {
    const { ids } = desk.at.batch(2);
    const [failed = 0, done = 0] = ids;
    desk.at.apply(failed, { type: 'claim' });
    desk.at.fail(failed, { ...failure('rejected', { status: 400 }), detail: 'bad key SG_0123456789abcdef' });
    desk.finish(done);
    expect(await desk.call['jobs.copyDetails']({ ids: [...ids, 99] })).toBeNull();
    const [copied = ''] = desk.shell.asked;
    const [first = '', second = '', third] = copied.split('\n\n');
    expect(third).toBeUndefined();
    expect(first.split('\n')).toEqual([
      'copy Photo: /photos/1.jpg',
      `Batch: Wedding (1), job ${failed}`,
      'Service: https://api.example',
      'State: failed',
      expect.stringMatching(/^Reason: Segmind refused the request\. .* \(rejected\)$/),
      'Detail: HTTP 400, bad key SG_…',
      'Charged: no, 0 credits',
      expect.stringMatching(/^Attempt 1: 2026-\S+Z to 2026-\S+Z, failed, rejected, charged no$/),
    ]);
    expect(second).toContain(`Enhanced: /photos/enhanced/${done}.jpg, 2000 × 1000 pixels`);
    expect(second).toContain(`request request-${done}, charged yes, 0.5 credits`);
    expect(copied).not.toContain('0123456789abcdef');
  });

  it('are opened and shown by the system where they are', async () => {
    const original = join(desk.folder, 'a.jpg');
    const enhanced = join(desk.folder, 'a_enhanced.jpg');
    for (const path of [original, enhanced]) writeFileSync(path, 'x');
    const jobs = [{ ...planned(1), sourcePath: original }];
    const id = desk.at.job({ jobs });
    expect(await codeOf(desk.call['jobs.open']({ id, which: 'enhanced' }))).toBe('output_missing');
    desk.finish(id, { path: enhanced });
    await desk.call['jobs.open']({ id, which: 'original' });
    await desk.call['jobs.open']({ id, which: 'enhanced' });
    await desk.call['jobs.reveal']({ id, which: 'enhanced' });
    expect(desk.shell.asked).toEqual([`open ${original}`, `open ${enhanced}`, `reveal ${enhanced}`]);
  });

  it('say which of their files are not where they were', async () => {
    const original = join(desk.folder, 'a.jpg');
    const enhanced = join(desk.folder, 'a_enhanced.jpg');
    const id = desk.at.job({ jobs: [{ ...planned(1), sourcePath: original }] });
    expect(await desk.call['jobs.away']({ id })).toEqual(['original']); // there is no other yet that could be missed
    writeFileSync(original, 'x');
    desk.finish(id, { path: enhanced });
    expect(await desk.call['jobs.away']({ id })).toEqual(['enhanced']);
    mkdirSync(enhanced);
    expect(await desk.call['jobs.away']({ id })).toEqual(['enhanced']); // a folder is no picture
    rmSync(enhanced, { recursive: true });
    writeFileSync(enhanced, 'x');
    expect(await desk.call['jobs.away']({ id })).toEqual([]);
    expect(await desk.call['jobs.away']({ id: 99 })).toEqual([]);
  });

  it('are not opened when their files are gone, or they themselves are', async () => {
    const id = desk.at.job({ jobs: [{ ...planned(1), sourcePath: join(desk.folder, 'gone.jpg') }] });
    desk.finish(id, { path: desk.folder });
    expect(await codeOf(desk.call['jobs.open']({ id, which: 'original' }))).toBe('source_missing');
    expect(await codeOf(desk.call['jobs.reveal']({ id, which: 'enhanced' }))).toBe('output_missing'); // a folder is no picture
    expect(await codeOf(desk.call['jobs.open']({ id: 99, which: 'original' }))).toBe('job_gone');
    expect(desk.shell.asked).toEqual([]);
  });
});

describe('the history', () => {
  it('is read a page at a time, newest first, with batch and folder', async () => {
    desk.at.batch(3);
    desk.at.batch(2, { service: PRACTICE_SERVICE, name: 'Try' });
    const page = await desk.call['history.page']({ filter: EVERYTHING, offset: 1, limit: 2 });
    expect(page.total).toBe(5);
    expect(page.seq).toBe(desk.feed.seq);
    expect(page.rows.map(({ id, batchName, practice }) => [id, batchName, practice])).toEqual([
      [4, 'Try', true],
      [3, 'Wedding', false],
    ]);
    expect(page.rows[1]).toMatchObject({ folder: '/photos', name: '3.jpg', requestId: null });
    expect(await desk.call['history.page']({ filter: EVERYTHING, offset: 9, limit: 2 })).toMatchObject({
      rows: [],
      total: 5,
    });
    expect(await desk.call['history.ids']({ filter: { ...EVERYTHING, batchId: 1 } })).toEqual([3, 2, 1]);
    expect(await desk.call['history.facets'](undefined)).toMatchObject({ folders: [{ folder: '/photos', photos: 5 }] });
  });

  it('loses what is removed, keeps what may still cost, and tells of it', async () => {
    const { batch, ids } = desk.at.batch(4);
    const gone = desk.at.batch(1);
    const [done = 0, failed = 0, late = 0] = ids;
    desk.finish(done);
    desk.fail(failed);
    desk.timeOut(late);
    for (const id of gone.ids) desk.finish(id);
    desk.feed.watch(batch.id);
    desk.settle();
    const answer = await desk.call['history.remove']({ ids: [...ids, ...gone.ids, 999] });
    expect(answer).toEqual({ removed: 3, kept: 2 });
    desk.at.clock.advance(1_000);
    expect(desk.messages.some(({ membership }) => membership)).toBe(true);
    expect(desk.messages.flatMap(({ removedBatches }) => removedBatches)).toEqual([gone.batch.id]);
    expect(await desk.call['batches.get']({ id: batch.id })).toMatchObject({ credits: 0.5, counts: { succeeded: 0 } });
    expect(await desk.call['history.remove']({ ids })).toEqual({ removed: 0, kept: 2 });
  });

  it('tells the price of a photo by what was paid, also for photos that were removed since', async () => {
    const price = async () => (await desk.call['queue.state'](undefined)).photoPrice;
    const { ids } = desk.at.batch(20);
    expect(await price()).toEqual({ credits: 0.04, fromHistory: false });
    for (const id of ids) desk.finish(id, { credits: 0.08 });
    await desk.call['history.remove']({ ids: ids.slice(0, 15) });
    expect(await price()).toEqual({ credits: expect.closeTo(0.08) as number, fromHistory: true });
    desk.running = { service: PRACTICE_SERVICE, engine: desk.engine };
    expect(await price()).toEqual({ credits: 0.04, fromHistory: false });
  });

  it('loses nothing on the disk when jobs are removed', async () => {
    const [original, enhanced] = [join(desk.folder, 'a.jpg'), join(desk.folder, 'b.jpg')];
    for (const path of [original, enhanced]) writeFileSync(path, 'pixels');
    const id = desk.at.job({ jobs: [{ ...planned(1), sourcePath: original }] });
    desk.finish(id, { path: enhanced });
    await desk.call['history.remove']({ ids: [id] });
    for (const path of [original, enhanced]) expect(readFileSync(path, 'utf8')).toBe('pixels');
    expect(existsSync(join(desk.at.dir, 'history.sqlite'))).toBe(true);
  });
});
