// Canceling and asking again, by this process and by another beside it, while the queue runs.
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { cancelJobs } from '../../app/engine/commands.ts';
import { History } from '../../app/history/history.ts';
import type { Job } from '../../app/domain/batch.ts';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { Harness } from '../fakes/harness.ts';
import { mediaDouble } from '../fakes/media.ts';

describe('cancel', () => {
  test('of a photo whose preparation then fails concerns that photo alone', async () => {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const media = mediaDouble(async (source) => {
      if (!source.endsWith('photo-001.jpg')) return; // another may come here first
      reached.resolve();
      await go.promise;
      throw new FailureError(failure('photo_damaged'));
    });
    await using at = await Harness.open({ media, concurrency: 1 });
    at.batch(6);
    await at.engine.start();
    await reached.promise;
    at.engine.cancel({ jobIds: [1] });
    go.resolve();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 5, canceled: 1 });
  });

  test('stops what waits and is prepared; what is at the service is finished all the same', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    at.batch(8);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    const { canceled, going } = at.engine.cancel({});
    expect(going).toHaveLength(2);
    expect(canceled).toHaveLength(6);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2, canceled: 6 });
    expect(at.practice.stats().submits).toBe(2);
  });

  test('of a photo that is being prepared stops it before it is submitted', async () => {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const media = mediaDouble(async () => {
      reached.resolve();
      await go.promise;
    });
    await using at = await Harness.open({ media });
    at.batch(1);
    await at.engine.start();
    await reached.promise;
    expect(at.engine.cancel({}).canceled).toEqual([1]);
    go.resolve();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ canceled: 1 });
    expect(at.practice.stats().submits).toBe(0);
  });

  test('with abandon lets go of what is at the service; a retry asks for it and never submits', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    at.batch(3);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    at.engine.cancel({}, true);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ canceled: 3 });
    const requests = at.jobs().map(({ request }) => request?.id);
    expect(requests.filter(Boolean)).toHaveLength(2);
    expect(at.engine.retry({ states: ['canceled'] })).toEqual([1, 2, 3]);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.posts()).toEqual([1, 1, 1]);
  });

  test('answers which of the canceled photos may be charged, and which can no longer be stopped', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    at.batch(5);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    const there = at.jobs().flatMap(({ id, request }) => (request ? [id] : []));
    const waiting = at.jobs().flatMap(({ id }) => (there.includes(id) ? [] : [id]));
    expect(at.engine.cancel({ jobIds: [there[0] ?? 0, ...waiting] })).toEqual({
      canceled: waiting,
      abandoned: [],
      going: [there[0]],
    });
    expect(at.engine.cancel({}, true)).toEqual({ canceled: there, abandoned: there, going: [] });
    at.letGo();
    expect(await at.idle()).toBeNull();
  });

  test('leaves the photos of another service alone, as a retry does', async () => {
    await using at = await Harness.open();
    at.batch(2);
    const elsewhere = at.renew({ service: 'https://api.example' });
    expect(elsewhere.cancel({})).toEqual({ canceled: [], abandoned: [], going: [] });
    expect(at.states()).toEqual({ queued: 2 });
    expect(at.renew().cancel({}).canceled).toEqual([1, 2]);
    expect(at.renew({ service: 'https://api.example' }).retry({ states: ['canceled'] })).toEqual([]);
  });

  test('with abandon and a retry at once, while it is still followed: no slot is lost', async () => {
    await using at = await Harness.open({ concurrency: 1, held: true });
    at.batch(3);
    await at.engine.start();
    for (let round = 0; round < 3; round += 1) {
      await at.until('one at the service', () => at.engine.status().atService === 1);
      at.engine.cancel({}, true);
      at.engine.retry({ states: ['canceled'] });
    }
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.posts()).toEqual([1, 1, 1]);
    expect(at.practice.stats().atOnce).toBe(1);
  });

  test('and a retry while it is prepared: it is prepared by one run at a time and submitted once', async () => {
    const running = new Map<string, number>();
    let most = 0;
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const media = mediaDouble(async (source) => {
      running.set(source, (running.get(source) ?? 0) + 1);
      most = Math.max(most, running.get(source) ?? 0);
      reached.resolve();
      await go.promise;
      running.set(source, (running.get(source) ?? 0) - 1);
    });
    await using at = await Harness.open({ media });
    at.batch(2);
    await at.engine.start();
    await reached.promise;
    at.engine.cancel({});
    at.engine.retry({ states: ['canceled'] });
    await new Promise((resolve) => setImmediate(resolve));
    go.resolve();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(at.posts()).toEqual([1, 1]);
    expect(most).toBe(1);
  });

  test('while it waits for the rate limit frees its turn for the others', async () => {
    await using at = await Harness.open({ speed: 100, practice: { requestsPerMinute: 1, pollsCount: false } });
    at.batch(14);
    await at.engine.start();
    await at.until('it is limited', () => at.engine.status().limitedUntil !== null);
    const waiting = at
      .jobs()
      .filter(({ state }) => state === 'preparing')
      .map(({ id }) => id);
    expect(waiting.length).toBeGreaterThan(0);
    at.engine.cancel({ jobIds: waiting });
    at.practice.set({ requestsPerMinute: null });
    expect(await at.idle()).toBeNull();
    expect(waiting.length).toBeLessThan(10); // others are left that want their turn
    expect(at.states()).toEqual({ succeeded: 14 - waiting.length, canceled: waiting.length });
  });

  test('and retry are told to whoever listens', async () => {
    await using at = await Harness.open();
    at.batch(2);
    const told: Job['state'][] = [];
    at.engine.onJob(({ state }) => void told.push(state));
    at.engine.cancel({});
    expect(told).toEqual(['canceled', 'canceled']);
    at.engine.retry({ states: ['canceled'] });
    expect(told.slice(2)).toEqual(['queued', 'queued']);
    at.engine.cancel({});
  });
});

describe('another process', () => {
  test('that cancels beside the running queue is obeyed, and never crashes it', async () => {
    await using at = await Harness.open({ concurrency: 3 });
    at.batch(24);
    using beside = History.visit({ dir: join(at.dir, 'data'), clock: at.clock });
    let changes = 0;
    const canceled: number[] = [];
    at.engine.onJob(() => {
      changes += 1;
      if (changes % 9 !== 0) return;
      const waiting = beside.summaries.ids({ states: ['queued', 'preparing'] });
      canceled.push(...cancelJobs(beside, { jobIds: waiting.slice(-2) }, false, at.clock.now()).canceled);
    });
    expect(await at.run()).toBeNull();
    expect(canceled.length).toBeGreaterThan(4);
    expect(at.states()).toEqual({ succeeded: 24 - canceled.length, canceled: canceled.length });
    expect(Math.max(...at.posts())).toBe(1);
    expect(at.engine.status().stopped).toBeNull();
  });

  test('that cancels a photo between its choice and its claim does not stop the queue', async () => {
    await using at = await Harness.open({ concurrency: 2 });
    at.batch(5);
    using beside = History.visit({ dir: join(at.dir, 'data'), clock: at.clock });
    const { jobs } = at.history;
    const claimable = jobs.claimable.bind(jobs);
    vi.spyOn(jobs, 'claimable').mockImplementationOnce((...args) => {
      const ids = claimable(...args);
      cancelJobs(beside, { jobIds: ids.slice(0, 1) }, false, at.clock.now());
      return ids;
    });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ canceled: 1, succeeded: 4 });
  });

  test('that abandons a photo between its result and its record costs nothing but that picture', async () => {
    await using at = await Harness.open({ concurrency: 2 });
    at.batch(4);
    using beside = History.visit({ dir: join(at.dir, 'data'), clock: at.clock });
    let done = false;
    at.engine.onJob(({ id, state }) => {
      if (state !== 'saving' || done) return;
      done = true;
      cancelJobs(beside, { jobIds: [id] }, true, at.clock.now());
    });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ canceled: 1, succeeded: 3 });
    at.engine.retry({ states: ['canceled'] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });
});

describe('a history that cannot be written', () => {
  test('stops the queue with the reason, and nothing more goes out', async () => {
    await using at = await Harness.open({ concurrency: 2 });
    at.batch(6);
    const { jobs } = at.history;
    let broken = false;
    const apply = jobs.apply.bind(jobs);
    vi.spyOn(jobs, 'apply').mockImplementation((...args) => {
      if (broken) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
      return apply(...args);
    });
    await at.engine.start();
    await at.until('one is done', () => (at.states().succeeded ?? 0) >= 1);
    broken = true;
    expect(await at.idle()).toMatchObject({ code: 'internal' });
    await at.stop();
    vi.restoreAllMocks();
    at.renew();
    expect(await at.run()).toBeNull();
    const { succeeded = 0, uncertain = 0 } = at.states();
    expect(succeeded + uncertain).toBe(6);
    expect(Math.max(...at.posts())).toBe(1);
  });
});
