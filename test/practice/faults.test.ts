import { describe, expect, it } from 'vitest';
import type { Fault, FaultPoint } from '../../app/practice/server.ts';
import { get, HOUR, picture, post, raw, SECOND, setup, submit, submitUrl, upload, KEY } from './support.ts';
import type { Setup } from './support.ts';

/** A service at which every request on one route meets one fault. */
function broken(route: FaultPoint['route'], fault: Fault, options: Parameters<typeof setup>[0] = {}): Promise<Setup> {
  return setup({ ...options, fault: (at) => (at.route === route ? fault : undefined) });
}

/** The code of the network error that a fetch ends with. */
async function networkError(attempt: Promise<unknown>): Promise<unknown> {
  const error: unknown = await attempt.then(
    () => expect.unreachable('it was answered'),
    (reason: unknown) => reason,
  );
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : error;
}

describe('an answer that a fault gives instead', () => {
  it('comes with its status, and the submit is not accepted', async () => {
    const at = await broken('submit', { kind: 'status', status: 500 });
    const { status, body } = await post(submitUrl(at), { image: 'x' });
    expect([status, body]).toEqual([500, { error: 'practice fault 500' }]);
    expect(at.service.stats()).toMatchObject({ submits: 1, accepted: 0 });
  });

  it.each([
    [{ contentType: 'text/html' }, 'text/html', /<html/],
    [{ body: '' }, 'application/json', /^$/],
    [{ body: '{"status":"FAILED"}', headers: { 'x-more': '1' } }, 'application/json', /FAILED/],
  ])('may be %j', async (more, type, text) => {
    const at = await broken('credits', { kind: 'status', status: 502, ...more });
    const response = await fetch(`${at.service.url}/v1/get-user-credits`);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toMatch(text);
    if ('headers' in more) expect(response.headers.get('x-more')).toBe('1');
  });
});

describe('a reset', () => {
  it('before the request is handled accepts nothing', async () => {
    const at = await broken('submit', { kind: 'reset', when: 'before' });
    expect(await networkError(submit(at))).toBe('ECONNRESET');
    expect(at.service.stats()).toMatchObject({ submits: 1, accepted: 0 });
  });

  it('after it leaves an accepted submit without an answer, which is billed', async () => {
    const at = await broken('submit', { kind: 'reset', when: 'after' });
    expect(await networkError(submit(at))).toBe('ECONNRESET');
    await at.clock.advance(3 * SECOND, at.service);
    expect(at.service.stats()).toMatchObject({ submits: 1, accepted: 1, completed: 1, billed: 0.04 });
  });

  it('half-way lets no whole answer through though the submit is accepted', async () => {
    const at = await broken('submit', { kind: 'reset', when: 'mid-answer' });
    const image = await upload(at);
    await expect(post(submitUrl(at), { image })).rejects.toThrow();
    expect(at.service.stats()).toMatchObject({ submits: 1, accepted: 1 });
  });

  it('half-way breaks the download of a result', async () => {
    const at = await broken('file', { kind: 'reset', when: 'mid-answer' });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    const output = String((await get(request.result)).body['output']);
    await expect(fetch(output).then((response) => response.arrayBuffer())).rejects.toThrow();
    at.service.set({ fault: undefined });
    expect((await fetch(output)).status).toBe(200);
  });
});

describe('the other faults of the network', () => {
  it('cut a file short inside a well-formed answer', async () => {
    const at = await broken('file', { kind: 'truncate' });
    const bytes = picture('jpeg', 'x'.repeat(1000));
    const request = await submit(at, { image: await upload(at, bytes) });
    await at.clock.advance(3 * SECOND, at.service);
    const response = await fetch(String((await get(request.result)).body['output']));
    const got = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(got.length));
    expect(got).toEqual(bytes.subarray(0, 502));
  });

  it('never answer when they stall, and do not hold up the others or the stop', async () => {
    const at = await broken('submit', { kind: 'stall', when: 'after' });
    const stalled = networkError(submit(at));
    const accepted = async (): Promise<number> => {
      await get(`${at.service.url}/v1/get-user-credits`);
      return at.service.stats().accepted;
    };
    while ((await accepted()) === 0);
    await at.service.stop();
    expect(await stalled).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  });

  it('accept nothing when they stall before', async () => {
    const at = await broken('submit', { kind: 'stall' });
    const body = '{"image":"x"}';
    const head = `POST /v2/bria-enhance-image HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${KEY}\r\nContent-Type: application/json\r\n`;
    const stalled = raw(at.service.url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    while (at.service.stats().submits === 0) await get(`${at.service.url}/v1/get-user-credits`);
    await at.service.stop();
    expect(await stalled).toBe('');
    expect(at.service.stats().accepted).toBe(0);
  });
});

describe('the fate of an accepted request', () => {
  it('may be to fail with a given reason, as when moderation blocks it', async () => {
    const error = 'Input image blocked by content moderation';
    const at = await broken('submit', { kind: 'fail', error });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    const { status, body } = await get(request.status);
    expect([status, body['status'], body['error']]).toEqual([422, 'FAILED', error]);
    expect(at.service.stats()).toMatchObject({ accepted: 1, billed: 0 });
  });

  it('may be to complete, billed, without an output', async () => {
    const at = await broken('submit', { kind: 'no-output' });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    const { status, body } = await get(request.result);
    expect([status, body['status']]).toEqual([200, 'COMPLETED']);
    expect(body).not.toHaveProperty('output');
    expect(at.service.stats()).toMatchObject({ completed: 1, billed: 0.04 });
  });

  it.each([
    ['object', (url: string) => ({ url })],
    ['array', (url: string) => [url]],
    ['array-object', (url: string) => [{ url }]],
  ] as const)('may be an output in the shape “%s”', async (shape, shaped) => {
    const at = await broken('submit', { kind: 'output-shape', shape });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    expect((await get(request.result)).body['output']).toEqual(shaped(`${at.service.url}/results/${request.id}.jpg`));
  });

  it('may be never to be done; its worker is free again when its record expires', async () => {
    let first = true;
    const at = await setup({
      workers: 1,
      fault: ({ route }) => {
        if (route !== 'submit' || !first) return undefined;
        first = false;
        return { kind: 'never-done' };
      },
    });
    const stuck = await submit(at);
    await at.clock.advance(HOUR - SECOND, at.service);
    expect((await get(stuck.status)).body['status']).toBe('PROCESSING');
    const next = await submit(at);
    await at.clock.advance(SECOND - 1, at.service);
    expect((await get(next.status)).body['status']).toBe('QUEUED');
    await at.clock.advance(1 + 3 * SECOND, at.service);
    expect((await get(stuck.status)).status).toBe(404);
    expect((await get(next.status)).body['status']).toBe('COMPLETED');
    expect(at.service.stats()).toMatchObject({ accepted: 2, completed: 1, billed: 0.04 });
  });
});

it('a fault is asked for once a request, with its route, its number, its request and its image', async () => {
  const points: FaultPoint[] = [];
  const at = await setup({
    fault: (point) => {
      points.push(point);
      return undefined;
    },
  });
  const image = await upload(at);
  const { id, status, result } = await submit(at, { image });
  await at.clock.advance(3 * SECOND, at.service);
  await get(status);
  await get(status);
  const output = String((await get(result)).body['output']);
  await (await fetch(output)).arrayBuffer();
  await get(`${at.service.url}/v1/get-user-credits`);
  expect(points).toEqual([
    { route: 'upload', count: 1 },
    { route: 'submit', count: 1, image },
    { route: 'status', count: 1, requestId: id },
    { route: 'status', count: 2, requestId: id },
    { route: 'result', count: 1, requestId: id },
    { route: 'file', count: 1, requestId: id },
    { route: 'credits', count: 1 },
  ]);
});
