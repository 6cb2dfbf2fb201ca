// Stopping and starting again, at any moment: the next engine goes on where the last one was, and pays for nothing twice.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type Clock, sleep } from '../../app/lib/clock.ts';
import { Harness } from '../fakes/harness.ts';

/** A reproducible sequence of numbers in [0, 1): mulberry32. */
function randomOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('stop', () => {
  test('waits for a submit in the air longer than for anything else: its answer is paid for', async () => {
    const sent = Promise.withResolvers<void>();
    let slow = true;
    const { promise: clock, resolve: useClock } = Promise.withResolvers<Clock>();
    await using at = await Harness.open({
      concurrency: 1,
      speed: 50,
      wrap: (real) => ({
        ...real,
        submit: async (...args) => {
          const answer = await real.submit(...args);
          sent.resolve();
          if (slow) await sleep(await clock, 15_000);
          return answer;
        },
      }),
    });
    useClock(at.clock);
    at.batch(1);
    await at.engine.start();
    await sent.promise;
    await at.stop();
    expect(at.states()).toEqual({ processing: 1 });
    slow = false;
    at.renew();
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(at.posts()).toEqual([1]);
  });

  test('of the queue because the history could not be written strands no photo once it can be again', async () => {
    await using at = await Harness.open({ concurrency: 1 });
    at.batch(3);
    const { jobs } = at.history;
    const apply = jobs.apply.bind(jobs);
    let full = false;
    const spy = vi.spyOn(jobs, 'apply').mockImplementation((id, event, now, facts) => {
      if (event.type === 'complete' && id === 1 && at.engine.status().stopped === null) full = true;
      if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      return apply(id, event, now, facts);
    });
    expect((await at.run())?.code).toBe('disk_full');
    full = false;
    spy.mockRestore();
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.posts()).toEqual([1, 1, 1]);
  });

  test.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'at random moments, several times: every photo succeeds, with one submit (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      await using at = await Harness.open({ concurrency: 1 + Math.floor(random() * 5), random });
      at.batch(12);
      for (let round = 0; round < 4; round += 1) {
        let changes = Math.floor(random() * 40);
        await at.engine.start();
        await at.until('some changes happened', () => changes-- <= 0 || at.states().succeeded === 12);
        await at.stop();
        expect(at.states().submitting).toBeUndefined();
        expect(at.states().preparing).toBeUndefined();
        at.renew();
      }
      expect(await at.run()).toBeNull();
      expect(at.states()).toEqual({ succeeded: 12 });
      expect(at.accepted()).toEqual(Array(12).fill(1));
      expect(at.jobs().every(({ attempts }) => attempts <= 1)).toBe(true);
      expect(at.practice.stats().billed).toBeCloseTo(0.48);
    },
  );

  test('gives back what waits and keeps what is at the service', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    at.batch(8);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    await at.stop();
    expect(at.states()).toEqual({ queued: 6, processing: 2 });
    expect(
      at
        .jobs()
        .filter(({ state }) => state === 'queued')
        .every(({ attempts }) => attempts === 0),
    ).toBe(true);
    expect(at.engine.status().atService).toBe(0);
  });

  test('before the start, twice, and beside a waiting idle() is safe', async () => {
    await using at = await Harness.open();
    at.batch(2);
    const idle = at.engine.idle();
    await Promise.all([at.stop(), at.stop()]);
    await at.stop();
    await idle;
    expect(at.states()).toEqual({ queued: 2 });
  });

  test('while the rate limit holds everything up does not wait for it', async () => {
    await using at = await Harness.open({ concurrency: 4, practice: { requestsPerMinute: 2, windowMs: 3_600_000 } });
    at.batch(6);
    await at.engine.start();
    await at.until('it is limited', () => at.engine.status().limitedUntil !== null);
    await at.orTell(at.engine.stop(3_600_000), 'it waits for the limit');
    expect(at.states().preparing).toBeUndefined();
  });

  test('while paused gives everything back', async () => {
    await using at = await Harness.open();
    at.batch(6);
    await at.engine.start();
    at.engine.pause();
    await at.stop();
    const { queued = 0, processing = 0, saving = 0, succeeded = 0 } = at.states();
    expect(queued + processing + saving + succeeded).toBe(6);
  });
});

describe('a start', () => {
  test('takes nothing up before it was asked for', async () => {
    await using at = await Harness.open();
    at.batch(3);
    at.engine.setScope({ kind: 'all' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(at.states()).toEqual({ queued: 3 });
    expect(at.practice.stats().uploads).toBe(0);
  });

  test('after a crash in a submit makes that photo uncertain and goes on with the rest', async () => {
    await using at = await Harness.open();
    at.batch(3);
    const now = at.clock.now();
    at.history.jobs.apply(1, { type: 'claim' }, now);
    at.history.jobs.setPrepared(1, { hash: 'x', uploadUrl: `${at.practice.url}/uploads/x` }, now);
    at.history.jobs.apply(1, { type: 'submit' }, now);
    at.history.jobs.apply(2, { type: 'claim' }, now);
    expect(await at.engine.start()).toEqual({ requeued: [2], uncertain: [1] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2, uncertain: 1 });
    expect(at.posts()).toEqual([0, 1, 1]);
  });

  test('removes prepared uploads that a crash left', async () => {
    await using at = await Harness.open();
    const left = join(at.dir, 'data', 'tmp', 'upload-7');
    mkdirSync(join(at.dir, 'data', 'tmp'));
    writeFileSync(left, 'half');
    await at.run();
    expect(existsSync(left)).toBe(false);
  });

  test('after a crash between publishing and its record recognises its own file', async () => {
    await using at = await Harness.open();
    at.batch(1);
    const { jobs } = at.history;
    const apply = jobs.apply.bind(jobs);
    let published = false;
    const spy = vi.spyOn(jobs, 'apply').mockImplementation((id, event, now, facts) => {
      published ||= event.type === 'save';
      if (published) throw new Error('the power is gone'); // from here on nothing is recorded
      return apply(id, event, now, facts);
    });
    expect(await at.run()).toMatchObject({ code: 'internal' });
    await at.stop();
    spy.mockRestore();
    expect(at.states()).toEqual({ saving: 1 });
    expect(readdirSync(at.outDir)).toEqual(['photo-001_enhanced.jpg']);
    at.renew();
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(readdirSync(at.outDir)).toEqual(['photo-001_enhanced.jpg']);
    expect(at.jobs()[0]?.output?.path).toBe(join(at.outDir, 'photo-001_enhanced.jpg'));
    expect(at.posts()).toEqual([1]);
  });

  test('tells that it took over what was at the service, and does not exceed its slots with new ones', async () => {
    await using at = await Harness.open({ concurrency: 3, held: true });
    at.batch(9);
    await at.engine.start();
    await at.until('three at the service', () => at.engine.status().atService === 3);
    await at.stop();
    at.renew();
    at.letGo();
    expect(await at.run()).toBeNull();
    expect(at.practice.stats().atOnce).toBeLessThanOrEqual(3);
    expect(at.accepted()).toEqual(Array(9).fill(1));
  });

  test('with more at the service than there are slots collects all of it', async () => {
    await using at = await Harness.open({ concurrency: 5, held: true });
    at.batch(8);
    await at.engine.start();
    await at.until('five at the service', () => at.engine.status().atService === 5);
    await at.stop();
    at.renew({ concurrency: 1 });
    at.letGo();
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 8 });
    expect(at.accepted()).toEqual(Array(8).fill(1));
  });
});

describe('the scope', () => {
  test('of a batch: only its jobs are taken up', async () => {
    await using at = await Harness.open();
    const first = at.batch(3);
    const second = at.batch(3);
    at.engine.setScope({ kind: 'batch', batchId: second.id });
    expect(await at.run()).toBeNull();
    expect(at.history.jobs.countsOfBatch(first.id)).toMatchObject({ queued: 3, succeeded: 0 });
    expect(at.history.jobs.countsOfBatch(second.id)).toMatchObject({ succeeded: 3 });
    expect(at.engine.status().unfinished).toBe(0);
    at.engine.setScope({ kind: 'jobs', ids: [2] });
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([0, 1, 0, 1, 1, 1]);
  });

  test('leaves out nothing that is paid for: that of other batches is collected', async () => {
    await using at = await Harness.open({ concurrency: 3, held: true });
    const first = at.batch(3);
    await at.engine.start();
    await at.until('three at the service', () => at.engine.status().atService === 3);
    await at.stop();
    const second = at.batch(2);
    at.renew({ scope: { kind: 'batch', batchId: second.id } });
    at.letGo();
    expect(await at.run()).toBeNull();
    expect(at.history.jobs.countsOfBatch(first.id)).toMatchObject({ succeeded: 3 });
    expect(at.history.jobs.countsOfBatch(second.id)).toMatchObject({ succeeded: 2 });
    expect(at.accepted()).toEqual(Array(5).fill(1));
  });

  test('never reaches into another service: its jobs wait for it', async () => {
    await using at = await Harness.open();
    at.batch(2);
    await at.stop();
    at.renew({ service: 'https://api.segmind.com' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ queued: 2 });
    expect(at.practice.stats().submits).toBe(0);
  });
});
