import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import { client, closedPort, HandClock, json, KEY, serve, serveRaw, type Respond } from './support.ts';

const BODY = { image: 'https://images.example/a.jpg', resolution: '4MP', steps_num: 30 };
const html: Respond = (response) => {
  response.writeHead(502, { 'content-type': 'text/html' });
  response.end('<!doctype html><html><head><title>502 Bad Gateway</title></head><body>long page</body></html>');
};

async function submitTo(respond: Respond) {
  await using server = await serve(respond);
  const answer = await client(server.url).submit(BODY);
  return { answer, seen: server.seen, url: server.url };
}

describe('a submit', () => {
  test('posts the body as JSON with the key, once', async () => {
    const { seen } = await submitTo((response) => json(response, 200, { request_id: 'r-1', status: 'QUEUED' }));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/v2/bria-enhance-image',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    });
    expect(seen[0]?.headers['content-length']).toBe(String(JSON.stringify(BODY).length));
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(BODY);
  });

  test('that is accepted answers with the request and its URLs', async () => {
    await using server = await serve((response) =>
      json(response, 200, {
        request_id: 'r-1',
        status: 'QUEUED',
        poll_url: `${server.url}/poll`,
        status_url: `${server.url}/v2/requests/r-1/status?v=2`,
        response_url: `${server.url}/v2/requests/r-1?v=2`,
      }),
    );
    expect(await client(server.url).submit(BODY)).toEqual({
      kind: 'accepted',
      request: {
        id: 'r-1',
        statusUrl: `${server.url}/v2/requests/r-1/status?v=2`,
        responseUrl: `${server.url}/v2/requests/r-1?v=2`,
      },
    });
  });

  test.each<[object, string]>([
    [{}, 'none at all'],
    [{ status_url: 'https://evil.example/a', response_url: '//evil.example/b' }, 'another origin'],
    [{ status_url: 17, response_url: null }, 'no text'],
  ])('builds the URLs from the id when it names %j (%s)', async (urls) => {
    const { answer, url } = await submitTo((response) => json(response, 201, { request_id: 'a/../bc', ...urls }));
    const built = `${url}/v2/requests/a%2F..%2Fbc`;
    expect(answer).toEqual({
      kind: 'accepted',
      request: { id: 'a/../bc', statusUrl: `${built}/status`, responseUrl: built },
    });
  });

  test('accepts an id that is a number', async () => {
    const { answer } = await submitTo((response) => json(response, 200, { request_id: 4711 }));
    expect(answer).toMatchObject({ kind: 'accepted', request: { id: '4711' } });
  });
});

describe('a submit is refused for certain', () => {
  test.each<[number, unknown, FailureCode]>([
    [400, { error: 'missing field: image' }, 'rejected'],
    [401, { error: 'Unauthorized: no API key' }, 'bad_key'],
    [401, { error: 'Invalid or expired API key' }, 'bad_key'],
    [402, { error: 'Payment required' }, 'no_credits'],
    [403, { error: 'This account may not use the model' }, 'forbidden'],
    [404, { error: 'Model not found' }, 'model_gone'],
    [406, { error: 'Insufficient credits' }, 'no_credits'],
    [406, { error: 'Insufficient credits: the limit of your balance is reached' }, 'no_credits'],
    [406, { error: 'Not acceptable', error_description: 'Team spend limit reached' }, 'spend_limit'],
    [406, { error: 'Spending limit exceeded' }, 'spend_limit'],
    [406, { error: 'Invalid content type' }, 'client_defect'],
    [406, { error: 'Not acceptable' }, 'no_credits'],
    [408, { error: 'Request timeout' }, 'service_unavailable'],
    [410, { error: 'Model retired' }, 'model_gone'],
    [413, { error: 'Too large' }, 'rejected'],
    [415, { error: 'Unsupported media type' }, 'client_defect'],
    [421, { error: 'Misdirected request' }, 'service_unavailable'],
    [422, { error: 'steps_num must be at least 10', status: 'FAILED' }, 'rejected'],
    [422, { error: 'visual_input_content_moderation must be a boolean' }, 'rejected'],
    [422, { error: 'Blocked by content moderation' }, 'moderated'],
    [429, { error: 'Rate limit exceeded' }, 'rate_limited'],
    [500, { error: 'Internal server error' }, 'service_error'],
    [500, { error: { message: 'bad parameter' }, status_code: 500 }, 'service_error'],
  ])('by %i %j: %s', async (status, body, code) => {
    const { answer, seen } = await submitTo((response) => json(response, status, body));
    expect(answer).toMatchObject({ kind: 'refused', failure: { code, charged: 'no', status } });
    expect(seen).toHaveLength(1);
  });

  test('by a 405, whose page of HTML is told in a few words', async () => {
    const { answer } = await submitTo((response) => {
      response.writeHead(405).end('<html><head><title>405 Method Not Allowed</title></head></html>');
    });
    expect(answer).toMatchObject({
      kind: 'refused',
      failure: { code: 'client_defect', detail: 'a web page: 405 Method Not Allowed' },
    });
  });

  test('by a 429, with the wait until the window resets by the clock of the server', async () => {
    const { answer } = await submitTo(
      (response) =>
      json(response, 429, { error: 'slow down' }, {
        date: 'Sun, 22 Nov 2026 10:00:00 GMT',
        'x-rate-limit-reset-at-utc': '2026-11-22 10:00:12',
      }), // prettier-ignore
    );
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'rate_limited' }, waitMs: 12_000 });
  });

  test('by a 429 that does not say when to come back, without a wait', async () => {
    const { answer } = await submitTo((response) => json(response, 429, { error: 'slow down' }));
    expect(answer).not.toHaveProperty('waitMs');
  });

  test('by a closed port', async () => {
    const answer = await client(`http://127.0.0.1:${await closedPort()}`).submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline', charged: 'no', retryable: true } });
  });

  test('by a closed port on every address of a name', async () => {
    const answer = await client(`http://localhost:${await closedPort()}`).submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline' } });
  });

  test('by a name that does not exist', async () => {
    const answer = await client('https://lightbatch.invalid').submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline' } });
  });

  test('by a certificate that is not trusted', async () => {
    await using server = await serve((response) => json(response, 200, { request_id: 'r-1' }), { tls: true });
    const answer = await client(server.url).submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline' } });
    expect(server.seen).toHaveLength(0);
  });

  test('by a server that does not speak TLS', async () => {
    await using server = await serve(html);
    const answer = await client(server.url.replace('http:', 'https:')).submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline' } });
    expect(server.seen).toHaveLength(0);
  });

  test('by a connection that closes during the TLS handshake', async () => {
    await using server = await serveRaw((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const answer = await client(server.url.replace('http:', 'https:')).submit(BODY);
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'offline' } });
  });

  test('when it was stopped before it was sent', async () => {
    await using server = await serve((response) => json(response, 200, { request_id: 'r-1' }));
    const answer = await client(server.url).submit(BODY, AbortSignal.abort());
    expect(answer).toMatchObject({ kind: 'refused', failure: { charged: 'no' } });
    expect(server.seen).toHaveLength(0);
  });

  test('when its body cannot be JSON', async () => {
    await using server = await serve((response) => json(response, 200, { request_id: 'r-1' }));
    const answer = await client(server.url).submit({ seed: 1n });
    expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'client_defect' } });
    expect(server.seen).toHaveLength(0);
  });
});

describe('a submit is uncertain', () => {
  test.each<[string, Respond]>([
    ['a 502 with a page of HTML', html],
    ['a 503', (response) => json(response, 503, { error: 'unavailable' })],
    ['a 504 without a body', (response) => void response.writeHead(504).end()],
    ['a 500 without JSON', (response) => void response.writeHead(500).end('oops')],
    ['a 500 in the words of a gateway', (response) => json(response, 500, { message: 'Internal server error' })],
    ['a 500 that names a request', (response) => json(response, 500, { error: 'oops', request_id: 'r-1' })],
    ['a 408 of a gateway', (response) => void response.writeHead(408).end()],
    ['a 200 without a body', (response) => void response.writeHead(200).end()],
    ['a 200 of HTML', (response) => void response.writeHead(200).end('<html><h1>Welcome to the hotel</h1></html>')],
    ['a 200 of JSON cut short', (response) => void response.writeHead(200).end('{"request_id":"r-1"')],
    ['a 200 with an error and no id', (response) => json(response, 200, { error: 'oops' })],
    ['an empty id', (response) => json(response, 200, { request_id: '' })],
    ['an id that is a path', (response) => json(response, 200, { request_id: '..' })],
    ['an id with a line break', (response) => json(response, 200, { request_id: 'a\r\nb' })],
    ['an id that is half a character', (response) => json(response, 200, { request_id: '\ud800' })],
    ['an id of 201 characters', (response) => json(response, 200, { request_id: 'x'.repeat(201) })],
    [
      'a 200 larger than a megabyte',
      (response) => json(response, 200, { request_id: 'r-1', pad: 'x'.repeat(1_000_001) }),
    ],
    ['a redirect', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
  ])('after %s', async (_name, respond) => {
    const { answer, seen } = await submitTo(respond);
    expect(answer).toMatchObject({ kind: 'uncertain', failure: { code: 'uncertain_submit', charged: 'maybe' } });
    expect(seen).toHaveLength(1);
  });

  test('and tells a page of HTML in a few words', async () => {
    const { answer } = await submitTo(html);
    expect(answer).toMatchObject({ failure: { status: 502, detail: 'a web page: 502 Bad Gateway' } });
  });

  test('when no answer comes in time', async () => {
    const clock = new HandClock();
    await using server = await serve(() => clock.advance(60_000));
    const answer = await client(server.url, { clock }).submit(BODY);
    expect(answer).toMatchObject({ kind: 'uncertain', failure: { detail: 'not finished within 60 s' } });
    expect(clock.pending).toBe(0);
  });

  test('when the answer stops half way', async () => {
    const clock = new HandClock();
    await using server = await serve((response) => {
      response.writeHead(200);
      response.write('{"request_id":"r-1",', () => clock.advance(60_000));
    });
    expect(await client(server.url, { clock }).submit(BODY)).toMatchObject({ kind: 'uncertain' });
    expect(server.seen).toHaveLength(1);
  });

  test('when it is stopped after it was sent', async () => {
    const stop = new AbortController();
    await using server = await serve(() => stop.abort());
    const answer = await client(server.url).submit(BODY, stop.signal);
    expect(answer).toMatchObject({ kind: 'uncertain', failure: { detail: 'stopped' } });
  });
});
