// The engine as a whole when all goes well: every photo once, slots full and never over, pause and resume.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import type { Segmind } from '../../app/segmind/client.ts';
import { Harness, hashOf } from '../fakes/harness.ts';
import { mediaDouble } from '../fakes/media.ts';

describe('a run', () => {
  test('enhances every photo, submits each exactly once and records what was saved', async () => {
    await using at = await Harness.open();
    const batch = at.batch(20);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 20 });
    expect(at.posts()).toEqual(Array(20).fill(1));
    for (const job of at.jobs()) {
      expect(job.output).toMatchObject({ sha256: hashOf(job.output?.path ?? ''), width: 6000, height: 4000 });
      expect(job.output?.bytes).toBe(readFileSync(job.output?.path ?? '').length);
      expect(hashOf(job.sourcePath)).toBe(job.output?.sha256);
      expect(basename(job.output?.path ?? '')).toBe(`${job.outStem}.jpg`);
      expect(job).toMatchObject({ request: null, outputUrl: null, failure: null, attempts: 1 });
      expect(at.attempts(job.id)).toMatchObject([{ outcome: 'succeeded', charged: 'yes', credits: 0.04 }]);
    }
    expect(at.history.batches.credits(batch.id)).toBeCloseTo(0.8);
    expect(at.practice.stats().billed).toBeCloseTo(0.8);
    expect(readdirSync(at.outDir).filter((name) => !name.endsWith('_enhanced.jpg'))).toEqual([]);
  });

  test('leaves no prepared upload behind', async () => {
    await using at = await Harness.open();
    at.batch(5);
    await at.run();
    expect(readdirSync(`${at.dir}/data/tmp`)).toEqual([]);
  });

  test.each([1, 2, 5])('never has more than %i photos at the service at a time', async (concurrency) => {
    await using at = await Harness.open({ concurrency });
    at.batch(12);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 12 });
    expect(at.practice.stats().atOnce).toBeLessThanOrEqual(concurrency);
  });

  test('fills all its slots', async () => {
    await using at = await Harness.open({ concurrency: 6, held: true });
    at.batch(12);
    await at.engine.start();
    await at.until('six at the service', () => at.engine.status().atService === 6);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.practice.stats().atOnce).toBe(6);
  });

  test('fills new slots as soon as the number is raised, and leaves them empty when it is lowered', async () => {
    await using at = await Harness.open({ concurrency: 1, held: true });
    at.batch(12);
    await at.engine.start();
    await at.until('one photo at the service', () => at.engine.status().atService === 1);
    at.engine.setConcurrency(4);
    await at.until('four photos at the service', () => at.engine.status().atService === 4);
    at.engine.setConcurrency(2);
    at.letGo();
    await at.until('fewer photos at the service', () => at.engine.status().atService <= 2);
    let most = 0;
    at.engine.onQueue(() => (most = Math.max(most, at.engine.status().atService)));
    expect(await at.idle()).toBeNull();
    expect(most).toBeLessThanOrEqual(2);
    expect(at.posts()).toEqual(Array(12).fill(1));
    expect(at.practice.stats().atOnce).toBe(4);
  });

  test('has at most two submits in the air at a time', async () => {
    let air = 0;
    let most = 0;
    const counting = (real: Segmind): Segmind => ({
      ...real,
      submit: async (body) => {
        most = Math.max(most, (air += 1));
        try {
          return await real.submit(body);
        } finally {
          air -= 1;
        }
      },
    });
    await using at = await Harness.open({ concurrency: 10, wrap: counting });
    at.batch(20);
    await at.run();
    expect(at.states()).toEqual({ succeeded: 20 });
    expect(most).toBe(2);
  });

  test('goes on with photos that are added while it runs, and again after it was idle', async () => {
    await using at = await Harness.open();
    at.batch(2);
    await at.engine.start();
    at.batch(2);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    at.batch(2);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 6 });
  });

  test('is idle at once when there is nothing to do', async () => {
    await using at = await Harness.open();
    expect(await at.run()).toBeNull();
  });

  test('fills a slot that was freed by a refusal with the one photo that is ready', async () => {
    const refuseFirst = Promise.withResolvers<void>();
    let submits = 0;
    const wrap = (real: Segmind): Segmind => ({
      ...real,
      submit: async (body) => {
        submits += 1;
        if (submits > 1) return await real.submit(body);
        await refuseFirst.promise;
        return { kind: 'refused', failure: failure('rejected') };
      },
    });
    const media = mediaDouble();
    await using at = await Harness.open({ concurrency: 1, wrap, media });
    at.batch(2);
    await at.engine.start();
    await at.until('the second is ready', () => at.jobs()[1]?.upload !== null);
    const idle = at.idle(); // asked before: the question itself makes the engine look
    await new Promise((resolve) => setImmediate(resolve));
    refuseFirst.resolve();
    expect(await idle).toBeNull();
    expect(at.states()).toEqual({ failed: 1, succeeded: 1 });
  });

  test('takes up the more urgent batch first', async () => {
    await using at = await Harness.open({ concurrency: 1 });
    at.batch(3);
    const urgent = at.engine.addBatch({
      name: 'urgent',
      parameters: at.history.batches.list()[0]?.parameters ?? expect.fail(),
      output: { onExists: 'number', template: '{name}_enhanced.{ext}', maxUploadMegapixels: 8 },
      jobs: at.plan(3),
      priority: 1,
    });
    const order: number[] = [];
    at.engine.onJob((job) => {
      if (job.state === 'submitting') order.push(job.batchId);
    });
    await at.run();
    expect(order.slice(0, 3)).toEqual([urgent.id, urgent.id, urgent.id]);
  });
});

describe('pause', () => {
  test('stops submits; what is at the service is finished and saved; resume goes on', async () => {
    await using at = await Harness.open({ concurrency: 3, held: true });
    at.batch(12);
    await at.engine.start();
    await at.until('three at the service', () => at.engine.status().atService === 3);
    at.engine.pause();
    at.letGo();
    await at.until('nothing at the service', () => (at.states().succeeded ?? 0) >= 3 && !at.states().processing);
    await at.until('nothing under way', () => Object.keys(at.states()).sort().join() === 'queued,succeeded');
    const { submits } = at.practice.stats();
    expect(submits).toBeLessThanOrEqual(5); // two may have been in the air
    expect(
      at
        .jobs()
        .filter(({ state }) => state === 'queued')
        .every(({ attempts }) => attempts === 0),
    ).toBe(true);
    expect(at.engine.status()).toMatchObject({ paused: true, stopped: null, unfinished: 12 - submits });
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 12 });
    expect(at.posts()).toEqual(Array(12).fill(1));
  });

  test('lets nothing out when it comes before the start', async () => {
    await using at = await Harness.open();
    at.batch(3);
    at.engine.pause();
    await at.engine.start();
    at.engine.setConcurrency(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(at.states()).toEqual({ queued: 3 });
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
  });

  test('gives back at once what waits for a rate limit that resets in an hour', async () => {
    await using at = await Harness.open({ practice: { requestsPerMinute: 2, windowMs: 3_600_000 } });
    at.batch(6);
    await at.engine.start();
    await at.until('it is limited', () => at.engine.status().limitedUntil !== null);
    at.engine.pause();
    await at.until('nothing waits', () => at.states().preparing === undefined);
    expect(at.engine.status().limitedUntil).not.toBeNull();
  });

  test('says while it waits for the plan’s requests a minute, and that it does not any more', async () => {
    await using at = await Harness.open({ perMinute: 2, held: true });
    at.batch(6);
    let changes = 0;
    at.engine.onQueue(() => (changes += at.engine.status().paced === null ? 0 : 1));
    await at.engine.start();
    await at.until('it waits', () => at.engine.status().paced !== null);
    expect(at.engine.status()).toMatchObject({ limitedUntil: null, paced: { perMinute: 2 } });
    await at.until('it was told', () => changes > 0);
    at.engine.pause();
    at.letGo();
    await at.until('nothing waits', () => at.states().preparing === undefined && at.engine.status().paced === null);
  });

  test('does not keep idle() waiting when all is done', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    at.batch(2);
    await at.engine.start();
    await at.until('both at the service', () => at.engine.status().atService === 2);
    at.engine.pause();
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
  });
});
