// From a finished request to a file: the shapes of a result, downloads that break, results that are gone or not pictures,
// and requests that take too long.
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Fault, FaultPoint } from '../../app/practice/server.ts';
import { Harness, hashOf } from '../fakes/harness.ts';

function onFile(count: number, fault: Fault) {
  let left = count;
  return (at: FaultPoint) => (at.route === 'file' && left-- > 0 ? fault : undefined);
}

function onSubmit(count: number, fault: Fault) {
  let left = count;
  return (at: FaultPoint) => (at.route === 'submit' && left-- > 0 ? fault : undefined);
}

describe('the output of a result', () => {
  test.each(['object', 'array', 'array-object'] as const)('may come as %s', async (shape) => {
    await using at = await Harness.open();
    at.batch(2);
    at.fault = onSubmit(9, { kind: 'output-shape', shape });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
  });

  test('may be missing: the photo fails, charged, and a retry asks again and never submits', async () => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = onSubmit(1, { kind: 'no-output' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2, failed: 1 });
    const job = at.jobs().find(({ state }) => state === 'failed') ?? expect.fail();
    expect(job.failure).toMatchObject({ code: 'result_missing', charged: 'yes' });
    expect(job.request?.id).toMatch(/^practice-/);
    expect(at.attempts(job.id)).toMatchObject([{ outcome: 'failed', charged: 'yes', credits: 0.04 }]);
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'result_missing' } });
    expect(at.posts()).toEqual([1, 1, 1]);
  });
});

describe('a download', () => {
  test.each<[string, Fault]>([
    ['is cut short', { kind: 'truncate' }],
    ['is reset', { kind: 'reset', when: 'before' }],
    ['is reset half-way', { kind: 'reset', when: 'mid-answer' }],
    ['meets a 503', { kind: 'status', status: 503 }],
    ['is an empty file', { kind: 'status', status: 200, body: '', contentType: 'image/jpeg' }],
    ['is a web page with 200', { kind: 'status', status: 200, contentType: 'text/html' }],
  ])('that %s is made again, without a submit, and leaves no part', async (_, fault) => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = onFile(2, fault);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.posts()).toEqual([1, 1, 1]);
    for (const { output, sourcePath } of at.jobs()) expect(hashOf(output?.path ?? '')).toBe(hashOf(sourcePath));
    expect(readdirSync(at.outDir)).toHaveLength(3);
    expect(at.practice.stats().billed).toBeCloseTo(0.12);
  });

  test('that stalls is given up and made again', async () => {
    await using at = await Harness.open({ timeouts: { idle: 20_000, connect: 20_000 } });
    at.batch(2);
    at.fault = onFile(1, { kind: 'stall' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(at.posts()).toEqual([1, 1]);
  });

  test('that is never a picture fails the photo, charged, with its URL kept; a retry downloads and does not submit', async () => {
    await using at = await Harness.open();
    at.batch(1);
    at.fault = onFile(99, { kind: 'status', status: 200, contentType: 'text/html' });
    expect(await at.run()).toBeNull();
    const [job] = at.jobs();
    expect(job).toMatchObject({ state: 'failed', attempts: 5, failure: { code: 'result_damaged', charged: 'yes' } });
    expect(job?.outputUrl).toContain('/results/');
    expect(readdirSync(at.outDir)).toEqual([]);
    at.fault = undefined;
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(at.posts()).toEqual([1]);
    expect(at.history.batches.credits(1)).toBeCloseTo(0.04);
  });

  test('of a file that is refused once is tried again: a store says 403 and 404 in passing, too', async () => {
    await using at = await Harness.open();
    at.batch(1);
    at.fault = ({ route, count }) => (route === 'file' && count === 1 ? { kind: 'status', status: 403 } : undefined);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(at.posts()).toEqual([1]);
  });

  test('of a file that stays gone fails the photo as charged; a retry looks for it again, and pays only with consent', async () => {
    await using at = await Harness.open();
    at.batch(2);
    let gone = '';
    at.fault = ({ route, requestId = '' }) => {
      if (route !== 'file') return undefined;
      gone ||= requestId;
      return requestId === gone ? { kind: 'status', status: 404 } : undefined;
    };
    expect(await at.run()).toBeNull();
    const job = at.jobs().find(({ state }) => state === 'failed') ?? expect.fail();
    expect(job).toMatchObject({
      failure: { code: 'result_gone', charged: 'yes' },
      outputUrl: expect.any(String) as string,
    });
    expect(at.engine.retry({ states: ['failed'] })).toEqual([job.id]);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1, failed: 1 });
    expect(at.posts()).toEqual([1, 1]);
    expect(at.engine.retry({ states: ['failed', 'uncertain'] })).toEqual([job.id]);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(at.posts().toSorted()).toEqual([1, 2]);
  });

  test('does not hold a slot: the next photo is at the service meanwhile', async () => {
    await using at = await Harness.open({ concurrency: 1, timeouts: { idle: 600_000 } });
    at.batch(3);
    at.fault = onFile(1, { kind: 'stall' });
    await at.engine.start();
    await at.until('the others are done', () => at.states().succeeded === 2);
    expect(at.states()).toEqual({ succeeded: 2, saving: 1 });
  });
});

describe('a request that is never done', () => {
  test('times out with its id kept; a retry asks for it first and submits nothing', async () => {
    await using at = await Harness.open({ deadlineMs: 20_000 });
    at.batch(2);
    at.fault = onSubmit(1, { kind: 'never-done' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1, failed: 1 });
    const job = at.jobs().find(({ state }) => state === 'failed') ?? expect.fail();
    expect(job.failure).toMatchObject({ code: 'timeout', charged: 'maybe' });
    const { request } = job;
    expect(request?.id).toMatch(/^practice-/);
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.job(job.id)).toMatchObject({ state: 'failed', failure: { code: 'timeout' }, request });
    expect(at.posts()).toEqual([1, 1]);
  });

  test('that was done after all by the time of the retry gives its picture, paid once', async () => {
    await using at = await Harness.open({ deadlineMs: 500, held: true });
    at.batch(1);
    expect(await at.run()).toBeNull();
    expect(at.jobs()).toMatchObject([{ state: 'failed', failure: { code: 'timeout' } }]);
    at.letGo();
    await at.orTell(
      (async () => {
        while (at.practice.stats().completed === 0) await new Promise((resolve) => setImmediate(resolve));
      })(),
      'the service never finished it',
    );
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(at.posts()).toEqual([1]);
    expect(existsSync(at.jobs()[0]?.output?.path ?? '')).toBe(true);
  });

  test('holds up no other photo', async () => {
    await using at = await Harness.open({ concurrency: 2, deadlineMs: 20_000 });
    at.batch(6);
    at.fault = onSubmit(1, { kind: 'never-done' });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 5, failed: 1 });
  });
});

describe('credits', () => {
  test('are booked once for a photo whose download failed at first', async () => {
    await using at = await Harness.open();
    const batch = at.batch(4);
    at.fault = onFile(3, { kind: 'reset', when: 'before' });
    expect(await at.run()).toBeNull();
    expect(at.history.batches.credits(batch.id)).toBeCloseTo(0.16);
    expect(at.practice.stats().billed).toBeCloseTo(0.16);
  });
});
