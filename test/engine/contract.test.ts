// Every row of the contract's error table, through the whole engine: what becomes of the photo, of the queue and of the
// money. The table is in the documentation of the API; POSTs are counted at the service, by content.
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import type { Fault, FaultPoint, FaultRoute, PracticeChanges } from '../../app/practice/server.ts';
import { Harness } from '../fakes/harness.ts';

const HTML = 'text/html';

function status(code: number, error?: string): Fault {
  return { kind: 'status', status: code, ...(error === undefined ? {} : { body: JSON.stringify({ error }) }) };
}

/** A fault for the first so many requests on a route. */
function first(count: number, route: FaultRoute, fault: Fault) {
  let left = count;
  return (at: FaultPoint) => (at.route === route && left-- > 0 ? fault : undefined);
}

describe('a submit that the service refuses for good', () => {
  test.each<[string, Fault, FailureCode, number]>([
    ['400, a malformed body', status(400, 'Malformed JSON body'), 'rejected', 400],
    ['405, the wrong verb', { kind: 'status', status: 405, contentType: HTML }, 'client_defect', 405],
    ['406, a wrong content type', status(406, 'Invalid content type'), 'client_defect', 406],
    ['422, a refused picture', status(422, 'Unprocessable image'), 'rejected', 422],
    ['400, moderation', status(400, 'Blocked by content moderation'), 'moderated', 400],
  ])('%s: fails the photo, is not charged and is not sent again; the others go on', async (_, fault, code, http) => {
    await using at = await Harness.open();
    at.batch(4);
    at.fault = first(1, 'submit', fault);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3, failed: 1 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
    const [failed] = at.jobs().filter((job) => job.state === 'failed');
    expect(failed?.failure).toMatchObject({ code, charged: 'no', status: http });
    expect(at.attempts(failed?.id ?? 0)).toMatchObject([{ outcome: 'failed', charged: 'no', code }]);
  });
});

describe('a request that ends as FAILED', () => {
  test.each<[string, string, FailureCode]>([
    ['by the model', 'CUDA out of memory', 'service_failed'],
    ['by moderation', 'Input blocked by content moderation', 'moderated'],
    ['for its parameters', 'Invalid parameters: steps_num must be an integer', 'service_failed'],
  ])('%s: fails the photo free of charge, and a retry submits it anew', async (_, error, code) => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = first(1, 'submit', { kind: 'fail', error });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2, failed: 1 });
    const failed = at.jobs().find((job) => job.state === 'failed') ?? expect.fail();
    expect(failed).toMatchObject({ failure: { code, charged: 'no', status: 422 }, request: null, outputUrl: null });
    expect(failed.failure?.detail).toContain(error);
    expect(at.attempts(failed.id)).toMatchObject([{ outcome: 'failed', charged: 'no', credits: null }]);
    expect(at.engine.retry({ states: ['failed'] })).toEqual([failed.id]);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.accepted().toSorted()).toEqual([1, 1, 2]);
    expect(at.practice.stats().billed).toBeCloseTo(0.12);
  });

  test('for parameters that the submit took: the service tells only later, and nothing is charged', async () => {
    await using at = await Harness.open();
    const [job] = at.plan(1);
    at.engine.addBatch({
      name: 'out of range',
      parameters: {
        resolution: '4MP',
        steps: 99,
        seed: 1,
        preserveAlpha: true,
        inputModeration: true,
        outputModeration: true,
      },
      output: { onExists: 'number', template: '{name}.{ext}', maxUploadMegapixels: 8 },
      jobs: [job ?? expect.fail()],
    });
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]).toMatchObject({ state: 'failed', failure: { code: 'service_failed', charged: 'no' } });
    expect(at.practice.stats().billed).toBe(0);
  });
});

describe('what concerns every photo alike', () => {
  const rows: [string, FailureCode, PracticeChanges, PracticeChanges][] = [
    ['401, a key that is not known', 'bad_key', { keys: () => 'invalid' }, { keys: () => 'ok' }],
    ['401, a key that expired', 'bad_key', { keys: () => 'expired' }, { keys: () => 'ok' }],
    ['403, an account without the model', 'forbidden', { keys: () => 'forbidden' }, { keys: () => 'ok' }],
    ['406, out of credits', 'no_credits', { credits: 0 }, { credits: 100 }],
    ['406, the spend limit of the team', 'spend_limit', { spendLimit: 0 }, { spendLimit: 100 }],
    ['410, the model is retired', 'model_gone', { modelGone: true }, { modelGone: false }],
  ];

  test.each(rows)('%s: stops the queue, fails no photo, and resume goes on', async (_, code, broken, mended) => {
    await using at = await Harness.open();
    at.batch(6);
    at.practice.set(broken);
    expect(await at.run()).toMatchObject({ code });
    expect(at.states()).toEqual({ queued: 6 });
    expect(at.jobs().every(({ attempts, failure, notBefore }) => attempts === 0 && !failure && notBefore === 0)).toBe(
      true,
    );
    expect(at.engine.status().stopped?.code).toBe(code);
    expect(at.practice.stats()).toMatchObject({ accepted: 0, billed: 0 });
    at.practice.set(mended);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 6 });
    expect(at.accepted()).toEqual(Array(6).fill(1));
  });

  test.each(rows)('%s in mid-run: what was paid is still fetched', async (_, code, broken, mended) => {
    await using at = await Harness.open({ concurrency: 3, held: true });
    at.batch(9);
    await at.engine.start();
    await at.until('three at the service', () => at.engine.status().atService === 3);
    const { spendLimit } = broken;
    at.practice.set(spendLimit === undefined ? broken : { spendLimit: 0.12 });
    at.letGo();
    expect(await at.idle()).toMatchObject({ code });
    expect(at.states().failed).toBeUndefined();
    const { queued = 0, processing = 0, succeeded = 0 } = at.states();
    expect(queued + processing + succeeded).toBe(9);
    if (code !== 'bad_key') expect(processing).toBe(0); // a bad key cannot poll either
    at.practice.set(mended);
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 9 });
    expect(at.accepted()).toEqual(Array(9).fill(1));
  });

  test('404 on a submit, a model of another name: stops the queue', async () => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = first(9, 'submit', status(404, 'Model not found'));
    expect(await at.run()).toMatchObject({ code: 'model_gone' });
    expect(at.states()).toEqual({ queued: 3 });
    at.fault = undefined;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.accepted()).toEqual([1, 1, 1]);
  });

  test.each<[string, Fault, FailureCode]>([
    ['401', status(401, 'Invalid or expired API key'), 'bad_key'],
    ['403', status(403, 'no access'), 'forbidden'],
  ])('%s on an upload: stops the queue before any submit', async (_, fault, code) => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = (point) => (point.route === 'upload' ? fault : undefined);
    expect(await at.run()).toMatchObject({ code });
    expect(at.states()).toEqual({ queued: 3 });
    expect(at.practice.stats().submits).toBe(0);
  });
});

describe('429', () => {
  /** Every request on some routes is refused until 20 s after the first of them. */
  function closed(at: Harness, routes: readonly FaultRoute[]) {
    let until = 0;
    const seen = { refused: 0 };
    at.fault = ({ route }) => {
      if (!routes.includes(route)) return undefined;
      until ||= at.clock.now() + 20_000;
      if (at.clock.now() >= until) return undefined;
      seen.refused += 1;
      const reset = new Date(until).toISOString();
      return { kind: 'status', status: 429, headers: { 'x-rate-limit-reset-at-utc': reset } };
    };
    return seen;
  }

  test('on a submit uses up no attempt, and nothing is submitted before the reset', async () => {
    await using at = await Harness.open();
    at.batch(8);
    const seen = closed(at, ['submit']);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 8 });
    expect(at.accepted()).toEqual(Array(8).fill(1));
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.refused).toBeLessThanOrEqual(3); // the two in the air, and one that came a moment early
    for (const job of at.jobs()) {
      expect(job.attempts).toBe(1);
      expect(at.attempts(job.id)).toHaveLength(1);
    }
  });

  test('on polls is waited out, and no photo suffers', async () => {
    await using at = await Harness.open();
    at.batch(6);
    const seen = closed(at, ['status', 'result']);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 6 });
    expect(at.posts()).toEqual(Array(6).fill(1));
    expect(seen.refused).toBeGreaterThan(0);
    expect(at.jobs().every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('by a service whose limit is not known costs time and nothing else', async () => {
    await using at = await Harness.open({ speed: 200, practice: { requestsPerMinute: 12 } });
    at.batch(10);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 10 });
    expect(at.accepted()).toEqual(Array(10).fill(1));
    expect(at.jobs().every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('does not come when the engine keeps below the limit', async () => {
    await using at = await Harness.open({ speed: 200, perMinute: 12, practice: { requestsPerMinute: 24 } });
    at.batch(12);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 12 });
    expect(at.practice.stats().limited).toBe(0);
  });

  test('on uploads uses up no attempt and does not hammer the storage', async () => {
    await using at = await Harness.open();
    at.batch(5);
    const seen = closed(at, ['upload']);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 5 });
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.refused).toBeLessThanOrEqual(4); // those that were under way, and some that came a moment early
    expect(at.jobs().every(({ attempts }) => attempts === 1)).toBe(true);
    expect(at.posts()).toEqual(Array(5).fill(1));
  });

  test('on uploads without end is told as the storage’s, holds nothing that is paid for, and stops when patience is out', async () => {
    await using at = await Harness.open({ speed: 100, patienceMs: 120_000, concurrency: 2, held: true });
    at.batch(1);
    await at.engine.start();
    await at.until('one at the service', () => at.engine.status().atService === 1);
    let since = 0;
    at.fault = ({ route }) => {
      if (route !== 'upload') return undefined;
      since ||= at.clock.now();
      return { kind: 'status', status: 429, headers: { 'retry-after': '30' } };
    };
    const more = at.batch(3);
    await at.until('the storage is waited for', () => at.engine.status().storageSlowUntil !== null);
    expect(at.engine.status()).toMatchObject({ heldUntil: null, limitedUntil: null, stopped: null });
    at.letGo();
    await at.until('the paid picture is fetched meanwhile', () => at.states().succeeded !== undefined);
    expect(await at.idle()).toMatchObject({
      code: 'rate_limited',
      charged: 'no',
      status: 429,
      message: expect.stringMatching(/^The storage of the service keeps asking to slow down/) as string,
    });
    expect(at.clock.now() - since).toBeGreaterThanOrEqual(120_000);
    expect(at.states().failed).toBeUndefined();
    const waiting = at.jobs().filter(({ batchId }) => batchId === more.id);
    expect(waiting.map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(['queued', 0]));
    at.fault = undefined;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });
});

describe('a server in trouble', () => {
  test('500 on a submit is tried again with growing delays, five times in all, then the photo fails', async () => {
    await using at = await Harness.open({ speed: 500, random: () => 0.99 });
    at.batch(1);
    const asked: number[] = []; // at the service: before a delay is begun, and after it has ended, however slow this machine
    at.fault = ({ route }) => {
      if (route !== 'submit') return undefined;
      asked.push(at.clock.now());
      return status(500, 'internal');
    };
    expect(await at.run()).toBeNull();
    expect(at.posts()).toEqual([5]);
    const [job] = at.jobs();
    expect(job).toMatchObject({ state: 'failed', attempts: 5, failure: { code: 'service_error', charged: 'no' } });
    const attempts = at.attempts(job?.id ?? 0);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['retried', 'retried', 'retried', 'retried', 'failed']);
    const gaps = asked.slice(1).map((now, index) => now - (asked[index] ?? 0));
    expect(gaps.map((gap, index) => gap >= 0.98 * 2_000 * 2 ** index)).toEqual([true, true, true, true]);
  });

  test('500 on a submit a few times: the photo succeeds, charged once', async () => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = first(4, 'submit', status(500, 'internal'));
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.accepted()).toEqual([1, 1, 1]);
    expect(at.posts().reduce((sum, posts) => sum + posts, 0)).toBe(7);
  });

  test.each([502, 503, 504])('%i on a submit is uncertain and never sent again by itself', async (code) => {
    await using at = await Harness.open();
    at.batch(4);
    at.fault = first(1, 'submit', { kind: 'status', status: code, contentType: HTML });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3, uncertain: 1 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
    const uncertain = at.jobs().find(({ state }) => state === 'uncertain');
    expect(uncertain?.failure).toMatchObject({ code: 'uncertain_submit', charged: 'maybe', status: code });
    expect(at.attempts(uncertain?.id ?? 0)).toMatchObject([{ outcome: 'uncertain', charged: 'maybe' }]);
  });

  test.each<[string, Fault]>([
    ['500', status(500, 'internal')],
    ['502 with a page', { kind: 'status', status: 502, contentType: HTML }],
    ['503 without a body', { kind: 'status', status: 503, body: '' }],
    ['504', { kind: 'status', status: 504, contentType: HTML }],
    ['a reset', { kind: 'reset', when: 'before' }],
    ['half an answer', { kind: 'truncate' }],
    ['JSON that says nothing', { kind: 'status', status: 200, body: '{"hello":"world"}' }],
  ])('%s on polls is asked again', async (_, fault) => {
    await using at = await Harness.open();
    at.batch(4);
    let left = 6;
    at.fault = ({ route }) => ((route === 'status' || route === 'result') && left-- > 0 ? fault : undefined);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
    expect(left).toBeLessThanOrEqual(0);
  });

  test.each<[string, Fault]>([
    ['500', status(500, 'internal')],
    ['a reset', { kind: 'reset', when: 'before' }],
    ['an answer without a URL', { kind: 'status', status: 200, body: '{}' }],
  ])('%s on uploads is tried again', async (_, fault) => {
    await using at = await Harness.open();
    at.batch(3);
    at.fault = first(4, 'upload', fault);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3 });
    expect(at.posts()).toEqual([1, 1, 1]);
  });

  test('uploads that never work fail their photos, free of charge, after five attempts', async () => {
    await using at = await Harness.open();
    at.batch(1);
    at.fault = first(99, 'upload', status(500, 'internal'));
    expect(await at.run()).toBeNull();
    expect(at.jobs()).toMatchObject([
      { state: 'failed', attempts: 5, failure: { code: 'upload_failed', charged: 'no' } },
    ]);
    expect(at.practice.stats().submits).toBe(0);
  });
});

describe('404 on a poll', () => {
  test('before the hour is over is believed only after a while', async () => {
    await using at = await Harness.open({ speed: 200 });
    at.batch(2);
    let left = 4;
    at.fault = ({ route }) =>
      (route === 'status' || route === 'result') && left-- > 0 ? status(404, 'Request not found') : undefined;
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(at.posts()).toEqual([1, 1]);
  });

  test('for half a minute fails the photo, and its request is kept: a retry asks for it, and pays nothing', async () => {
    await using at = await Harness.open({ speed: 200 });
    at.batch(1);
    at.fault = ({ route }) => (route === 'status' || route === 'result' ? status(404, 'Request not found') : undefined);
    expect(await at.run()).toBeNull();
    expect(at.jobs()).toMatchObject([
      {
        state: 'failed',
        failure: { code: 'expired', charged: 'maybe' },
        request: { id: expect.any(String) as string },
      },
    ]);
    expect(at.posts()).toEqual([1]);
    at.fault = undefined;
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual([1]);
    expect(at.states()).toEqual({ succeeded: 1 });
  });

  test('after the hour is believed at once', async () => {
    await using at = await Harness.open({ speed: 50, practice: { recordLifeMs: 1 } });
    at.batch(1);
    let polls = 0;
    at.fault = ({ route }) => {
      if (route !== 'status' && route !== 'result') return undefined;
      polls += 1;
      return undefined;
    };
    // Taken over from a run of two hours ago.
    const [id = 0] = at.history.summaries.ids({});
    const long = at.clock.now() - 2 * 3_600_000;
    const request = { id: 'r-1', statusUrl: '', responseUrl: '', submittedAt: long };
    at.history.jobs.apply(id, { type: 'claim' }, long);
    at.history.jobs.apply(id, { type: 'submit' }, long);
    at.history.jobs.apply(id, { type: 'accept', request }, long);
    expect(await at.run()).toBeNull();
    expect(at.jobs()).toMatchObject([{ state: 'failed', failure: { code: 'expired' } }]);
    expect(polls).toBeLessThanOrEqual(2);
    expect(at.practice.stats().submits).toBe(0);
  });
});
