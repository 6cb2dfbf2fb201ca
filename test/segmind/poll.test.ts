import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import type { PollAnswer, Segmind } from '../../app/segmind/client.ts';
import {
  client,
  closedPort,
  errorOf,
  failureOf,
  HandClock,
  json,
  KEY,
  requestOf,
  serve,
  type Respond,
} from './support.ts';

const URL_OF_PICTURE = 'https://images.segmind.com/outputs/a.jpg';

async function ask(what: 'status' | 'result', respond: Respond, id = 'r-1'): Promise<PollAnswer> {
  await using server = await serve(respond);
  return await client(server.url)[what](requestOf(server.url, id));
}

const both = ['status', 'result'] as const;

describe.each(both)('a %s', (what) => {
  test('asks the URL of the request with the key, and the answer need not be more than a state', async () => {
    await using server = await serve((response) => json(response, 200, { status: 'QUEUED' }));
    expect(await client(server.url)[what](requestOf(server.url))).toEqual({
      kind: 'pending',
      state: 'QUEUED',
      metrics: {},
    });
    expect(server.seen).toMatchObject([
      {
        method: 'GET',
        path: what === 'status' ? '/v2/requests/r-1/status' : '/v2/requests/r-1',
        headers: { 'x-api-key': KEY },
      },
    ]);
  });

  test('asks its own origin when the request was recorded with another', async () => {
    await using elsewhere = await serve((response) => json(response, 200, { status: 'COMPLETED' }));
    await using server = await serve((response) => json(response, 200, { status: 'PROCESSING' }));
    const answer = await client(server.url)[what](requestOf(elsewhere.url));
    expect(answer.kind).toBe('pending');
    expect(elsewhere.seen).toHaveLength(0);
  });

  test('does not follow a redirect with the key', async () => {
    await using elsewhere = await serve((response) => json(response, 200, { status: 'QUEUED' }));
    await using server = await serve((response) => response.writeHead(302, { location: elsewhere.url }).end());
    expect(await client(server.url)[what](requestOf(server.url))).toMatchObject({ kind: 'fault' });
    expect(elsewhere.seen).toHaveLength(0);
  });

  test.each<[unknown, unknown]>([
    [
      { inference_time: 25.5, queue_time: '3', total_time: 30, retry_count: 0, cost: '0.04', remaining_credits: 1.2 },
      {
        inferenceSeconds: 25.5,
        queueSeconds: 3,
        totalSeconds: 30,
        retryCount: 0,
        credits: 0.04,
        remainingCredits: 1.2,
      },
    ],
    [
      {
        inference_time: -1,
        queue_time: 'NaN',
        total_time: null,
        retry_count: {},
        cost: '',
        remaining_credits: 'Infinity',
      },
      {},
    ],
    [{ total_time: 4 }, { totalSeconds: 4 }],
    ['none', {}],
    [undefined, {}],
  ])('keeps of the metrics %j what is a number and not negative', async (metrics, kept) => {
    const answer = await ask(what, (response) => json(response, 200, { status: 'PROCESSING', metrics }));
    expect(answer).toEqual({ kind: 'pending', state: 'PROCESSING', metrics: kept });
  });

  test.each<[number, unknown, FailureCode]>([
    [422, { status: 'FAILED', request_id: 'r-1', error: 'steps_num out of range' }, 'service_failed'],
    [200, { status: 'FAILED', request_id: 'r-1', error: 'worker crashed' }, 'service_failed'],
    [422, { status: 'FAILED' }, 'service_failed'],
    [500, { status: 'FAILED', error: 'worker crashed' }, 'service_failed'],
    [404, { status: 'FAILED', request_id: 'r-1', error: 'gone wrong' }, 'service_failed'],
    [422, { status: 'failed', error: 'Image was blocked by content moderation' }, 'moderated'],
    [422, { status: 'FAILED', error: 'RAI check failed' }, 'moderated'],
    [422, { status: 'FAILED', error: 'Violates our content policy' }, 'moderated'],
    [422, { status: 'FAILED', error: 'NSFW content detected' }, 'moderated'],
    [422, { status: 'FAILED', error: { message: 'safety system' } }, 'moderated'],
    [422, { status: 'FAILED', error: 'image trailer not found' }, 'service_failed'],
    [422, { status: 'FAILED', error: 'visual_output_content_moderation: expected a boolean' }, 'service_failed'],
  ])('that says FAILED with HTTP %i %j has failed: %s', async (status, body, code) => {
    const answer = await ask(what, (response) => json(response, status, body));
    expect(answer).toMatchObject({ kind: 'failed', failure: { code, charged: 'no', retryable: false } });
  });

  test.each<[number, unknown]>([
    [404, { error: 'Request not found' }],
    [404, { error: 'Request not found', status: 'FAILED' }],
    [404, 'no JSON of an object'],
  ])('of which the service knows nothing is gone: %i %j', async (status, body) => {
    expect(await ask(what, (response) => json(response, status, body))).toEqual({ kind: 'gone' });
  });

  test.each<[number, unknown, FailureCode]>([
    [401, { error: 'Invalid API key' }, 'bad_key'],
    [401, { error: 'Invalid API key', status: 'FAILED' }, 'bad_key'],
    [403, { error: 'Forbidden' }, 'forbidden'],
    [406, { error: 'Insufficient credits' }, 'no_credits'],
    [406, { error: 'Team spend limit reached' }, 'spend_limit'],
    [410, { error: 'Model retired' }, 'model_gone'],
    [429, { error: 'Too many requests' }, 'rate_limited'],
  ])('is refused by %i %j: %s, which says nothing of the request', async (status, body, code) => {
    const answer = await ask(what, (response) => json(response, status, body));
    expect(answer).toMatchObject({ kind: 'refused', failure: { code, status } });
  });

  test('is told by a 429 when to come back', async () => {
    const answer = await ask(what, (response) => json(response, 429, { error: 'slow' }, { 'retry-after': '9' }));
    expect(answer).toMatchObject({ kind: 'refused', waitMs: 9_000 });
  });

  test.each<[string, FailureCode, Respond]>([
    ['a 400', 'rejected', (response) => json(response, 400, { error: 'bad id' })],
    ['a 405', 'client_defect', (response) => void response.writeHead(405).end('<html></html>')],
    [
      'a 406 about the content type',
      'client_defect',
      (response) => json(response, 406, { error: 'Invalid content type' }),
    ],
    ['a 422 without a state', 'rejected', (response) => json(response, 422, { error: 'bad id' })],
    ['a 500', 'service_error', (response) => json(response, 500, { error: 'oops' })],
    ['a 502 of HTML', 'service_unavailable', (response) => void response.writeHead(502).end('<html></html>')],
    ['a 503', 'service_unavailable', (response) => void response.writeHead(503).end()],
    ['a 504', 'service_unavailable', (response) => void response.writeHead(504).end()],
    ['a 200 of HTML', 'bad_answer', (response) => void response.writeHead(200).end('<h1>Hotel</h1>')],
    ['a 200 without a body', 'bad_answer', (response) => void response.writeHead(200).end()],
    ['an unknown state', 'bad_answer', (response) => json(response, 200, { status: 'NAPPING' })],
    ['another request', 'bad_answer', (response) => json(response, 200, { status: 'FAILED', request_id: 'r-2' })],
    [
      'a pending state beside a 500',
      'service_error',
      (response) => json(response, 500, { status: 'QUEUED', error: 'x' }),
    ],
    [
      'a body over a megabyte',
      'network',
      (response) => json(response, 200, { status: 'QUEUED', x: 'x'.repeat(1_000_000) }),
    ],
    ['a cut connection', 'network', (response) => void response.destroy()],
    [
      'half an answer',
      'network',
      (response) => {
        response.writeHead(200, { 'content-length': '99' });
        response.write('{"status":"QUE', () => response.destroy());
      },
    ],
  ])('that meets %s is a fault: %s', async (_name, code, respond) => {
    expect(await ask(what, respond)).toMatchObject({ kind: 'fault', failure: { code } });
  });

  test('is a fault when nobody is there', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect(await client(url)[what](requestOf(url))).toMatchObject({ kind: 'fault', failure: { code: 'offline' } });
  });

  test('is a fault when no answer comes in time, and when it is stopped', async () => {
    const clock = new HandClock();
    const stop = new AbortController();
    const acts = [() => clock.advance(30_000), () => stop.abort()];
    await using server = await serve(() => acts.shift()?.());
    const segmind = client(server.url, { clock });
    const late = { kind: 'fault', failure: { code: 'network', detail: 'not finished within 30 s' } };
    expect(await segmind[what](requestOf(server.url))).toMatchObject(late);
    const stopped = { kind: 'fault', failure: { code: 'network', detail: 'stopped' } };
    expect(await segmind[what](requestOf(server.url), stop.signal)).toMatchObject(stopped);
    expect(clock.pending).toBe(0);
  });
});

describe('a completed request', () => {
  test.each([200, 422, 500])('is completed by its status, without an output, also with HTTP %i', async (status) => {
    const answer = await ask('status', (response) =>
      json(response, status, { status: 'completed', metrics: { cost: 0.04 } }),
    );
    expect(answer).toEqual({ kind: 'completed', output: null, metrics: { credits: 0.04 } });
  });

  test.each([
    URL_OF_PICTURE,
    { url: URL_OF_PICTURE },
    [URL_OF_PICTURE],
    [{ url: URL_OF_PICTURE }, { url: 'https://images.segmind.com/b.jpg' }],
    [null, URL_OF_PICTURE],
  ])('has its picture at %j', async (output) => {
    const answer = await ask('result', (response) =>
      json(response, 200, { status: 'COMPLETED', request_id: 'r-1', output }),
    );
    expect(answer).toEqual({ kind: 'completed', output: URL_OF_PICTURE, metrics: {} });
  });

  test.each([
    undefined,
    null,
    '',
    'done',
    7,
    [],
    {},
    { url: '' },
    'data:image/png;base64,AAAA',
    `https://a.example/${'x'.repeat(9000)}`,
  ])('that names no picture but %j has failed, and was charged', async (output) => {
    const answer = await ask('result', (response) =>
      json(response, 200, { status: 'COMPLETED', output, metrics: { cost: 1 } }),
    );
    expect(answer).toMatchObject({
      kind: 'failed',
      failure: { code: 'result_missing', charged: 'yes' },
      metrics: { credits: 1 },
    });
  });
});

describe('the balance', () => {
  const credits = async (respond: Respond) => {
    await using server = await serve(respond);
    return await client(server.url).credits();
  };

  test.each([
    [
      { credits: 1.25, 'free-credits': 0.018 },
      { credits: 1.25, freeCredits: 0.018 },
    ],
    [{ credits: '1.25' }, { credits: 1.25, freeCredits: 0 }],
    [
      { credits: -0.5, 'free-credits': null },
      { credits: -0.5, freeCredits: 0 },
    ],
  ])('is read from %j', async (body, expected) => {
    expect(await credits((response) => json(response, 200, body))).toEqual(expected);
  });

  test.each<[number, unknown, FailureCode]>([
    [200, { balance: 3 }, 'bad_answer'],
    [401, { error: 'no' }, 'bad_key'],
    [403, { error: 'no' }, 'forbidden'],
    [404, { error: 'no' }, 'bad_answer'],
    [500, { error: 'no' }, 'service_error'],
    [503, '', 'service_unavailable'],
  ])('is not known after %i %j: %s', async (status, body, code) => {
    expect(await failureOf(credits((response) => json(response, status, body)))).toMatchObject({ code });
  });

  test('is not known after a 429, which says when to ask again', async () => {
    const error = await errorOf(credits((response) => json(response, 429, { error: 'slow' }, { 'retry-after': '5' })));
    expect(error).toMatchObject({ name: 'RateLimited', waitMs: 5_000, failure: { code: 'rate_limited' } });
  });

  test('is not known when nobody is there', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect(await failureOf(client(url).credits())).toMatchObject({ code: 'offline' });
  });
});

describe('the key', () => {
  const echo: Respond = (response, seen) =>
    json(response, 400, { error: `bad key ${String(seen.headers['x-api-key'])}`.repeat(30) });
  const asks: [string, (segmind: Segmind, url: string) => Promise<unknown>][] = [
    ['submit', (segmind) => segmind.submit({})],
    ['status', (segmind, url) => segmind.status(requestOf(url))],
    ['result', (segmind, url) => segmind.result(requestOf(url))],
    ['credits', (segmind) => errorOf(segmind.credits())],
  ];

  test.each(asks)('is struck from what the server echoes to a %s', async (_name, ask) => {
    await using server = await serve(echo);
    const told = await ask(client(server.url), server.url);
    const text =
      JSON.stringify(told) + (told instanceof Error ? `${told.message}${String(told.stack)}${String(told.cause)}` : '');
    expect(server.seen[0]?.headers['x-api-key']).toBe(KEY);
    expect(text).toContain('[key]');
    expect(text).not.toMatch(/SG_|0123456789abcdef/);
  });

  test('may have blanks around it, as from a clipboard', async () => {
    await using server = await serve((response) => json(response, 200, { credits: 1 }));
    await client(server.url, { key: ` ${KEY}\n` }).credits();
    expect(server.seen[0]?.headers['x-api-key']).toBe(KEY);
  });

  test('is refused, and not repeated, when it could not go into a header', () => {
    expect(() => client('http://127.0.0.1:1', { key: 'SG_abc\r\nx-evil: 1' })).toThrow(/does not accept the API key/);
    expect(() => client('http://127.0.0.1:1', { key: 'SG_geheim☃' })).not.toThrow(/geheim/);
  });

  test('is not given to a client of an unsafe origin', () => {
    expect(() => client('http://api.segmind.com')).toThrow('The API URL must begin with https://');
    expect(() => client('https://api.segmind.com', { storageUrl: 'http://10.0.0.1' })).toThrow(
      'The storage URL must begin',
    );
  });
});
