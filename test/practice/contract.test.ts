import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  dataUri,
  get,
  HOUR,
  JSON_HEADERS,
  KEY,
  picture,
  post,
  SECOND,
  setup,
  submit,
  submitUrl,
  upload,
} from './support.ts';

const NO_KEY = { 'content-type': 'application/json' };

describe('a submit', () => {
  it('is answered with an id that says it is practice, and with URLs on the same origin', async () => {
    const at = await setup();
    const { status, body, headers } = await post(submitUrl(at), { image: await upload(at) });
    expect(status).toBe(200);
    expect(headers.get('x-practice')).toContain('practice service, not Bria');
    const id = String(body['request_id']);
    expect(id).toMatch(/^practice-/);
    expect(body).toEqual({
      request_id: id,
      status: 'QUEUED',
      poll_url: `${at.service.url}/v2/requests/${id}/status`,
      status_url: `${at.service.url}/v2/requests/${id}/status`,
      response_url: `${at.service.url}/v2/requests/${id}`,
    });
  });

  it.each([
    ['malformed JSON', '{"image": '],
    ['an array', '[]'],
    ['null', 'null'],
    ['no image', '{"seed": 1}'],
    ['an empty image', '{"image": ""}'],
    ['an image that is a number', '{"image": 5}'],
    ['JSON nested beyond sense', '['.repeat(100_000)],
  ])('with %s is refused with 400 and not accepted', async (_what, body) => {
    const at = await setup();
    const answer = await post(submitUrl(at), body);
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toEqual(expect.any(String));
    expect(at.service.stats()).toMatchObject({ submits: 1, accepted: 0 });
  });

  it.each([
    [{ resolution: '8MP' }, 'resolution'],
    [{ resolution: 4 }, 'resolution'],
    [{ steps_num: 9 }, 'steps'],
    [{ steps_num: '30' }, 'steps_num'],
    [{ steps_num: 30.5 }, 'steps'],
    [{ seed: 0 }, 'seed'],
    [{ seed: null }, 'seed'],
    [{ preserve_alpha: 'yes' }, 'preserve_alpha'],
    [{ visual_input_content_moderation: 1 }, 'visual_input_content_moderation'],
  ])('with the invalid parameters %j is accepted and only then becomes FAILED, unbilled', async (bad, word) => {
    const at = await setup({ credits: 1 });
    const request = await submit(at, bad);
    expect((await get(request.status)).body['status']).toBe('QUEUED');
    await at.clock.advance(3 * SECOND, at.service);
    for (const url of [request.status, request.result]) {
      const { status, body } = await get(url);
      expect(status).toBe(422);
      expect(body).toMatchObject({ status: 'FAILED', request_id: request.id });
      expect(body['error']).toContain('Invalid parameters');
      expect(body['error']).toContain(word);
      expect(body['metrics']).not.toHaveProperty('cost');
    }
    expect(at.service.stats()).toMatchObject({ accepted: 1, completed: 0, billed: 0 });
    expect(at.jobs).toEqual([]);
  });

  it.each([
    ['https://example.com/photo.jpg'],
    ['http://127.0.0.1:9/uploads/../../etc/passwd'],
    ['http://169.254.169.254/latest/meta-data'],
    ['file:///etc/passwd'],
    ['not a url'],
  ])('of an image at %s fails', async (image) => {
    const at = await setup();
    const request = await submit(at, { image });
    await at.clock.advance(3 * SECOND, at.service);
    const { status, body } = await get(request.result);
    expect(status).toBe(422);
    expect(body['error']).toContain('could not fetch image');
  });

  it('of an image at another server fails without that server being asked', async () => {
    let asked = 0;
    const other = createServer((_request, response) => {
      asked += 1;
      response.end(picture());
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const at = await setup();
    const { port } = other.address() as AddressInfo;
    const request = await submit(at, { image: `http://127.0.0.1:${port}/uploads/photo.jpg` });
    await at.clock.advance(3 * SECOND, at.service);
    expect((await get(request.result)).body['error']).toContain('could not fetch image');
    expect(asked).toBe(0);
  });

  it('takes a data: URI as an image', async () => {
    const at = await setup();
    const bytes = picture('png', 'inline');
    const request = await submit(at, { image: dataUri(bytes, 'image/png') });
    await at.clock.advance(3 * SECOND, at.service);
    const output = String((await get(request.result)).body['output']);
    expect(output).toMatch(/\.png$/);
    expect(Buffer.from(await (await fetch(output)).arrayBuffer())).toEqual(bytes);
    expect(Object.keys(at.service.stats().acceptedByImage)).toEqual([
      expect.stringMatching(/^data:image\/png;sha256=[0-9a-f]{16}$/),
    ]);
  });

  it.each(['data:image/jpeg;base64,@@@@', 'data:image/jpeg;base64,', 'data:image/jpeg,plain'])(
    'of the broken data: URI %s fails',
    async (image) => {
      const at = await setup();
      const request = await submit(at, { image });
      await at.clock.advance(3 * SECOND, at.service);
      expect((await get(request.status)).body).toMatchObject({ status: 'FAILED' });
    },
  );

  it('of a file that is no picture fails', async () => {
    const at = await setup();
    const request = await submit(at, { image: await upload(at, Buffer.from('%PDF-1.7 and so on')) });
    await at.clock.advance(3 * SECOND, at.service);
    expect((await get(request.status)).body['error']).toContain('unsupported image format');
  });

  it('of a retired model answers 410, of an unknown one 404', async () => {
    const at = await setup({ modelGone: true });
    expect((await post(submitUrl(at), { image: 'x' })).status).toBe(410);
    expect((await post(`${at.service.url}/v2/bria-other`, { image: 'x' })).status).toBe(404);
    at.service.set({ modelGone: false });
    expect((await post(submitUrl(at), { image: 'x' })).status).toBe(200);
    expect(at.service.stats()).toMatchObject({ submits: 2, accepted: 1 });
  });
});

describe('a key', () => {
  it('that is missing has one message, and one that is invalid or expired has another', async () => {
    const at = await setup();
    const missing = await post(submitUrl(at), {}, NO_KEY);
    const bearer = await post(submitUrl(at), {}, { ...NO_KEY, authorization: `Bearer ${KEY}` });
    const invalid = await post(submitUrl(at), {}, { ...NO_KEY, 'x-api-key': 'SG_nothex' });
    at.service.set({ keys: () => 'expired' });
    const expired = await post(submitUrl(at), {}, JSON_HEADERS);
    expect([missing, bearer, invalid, expired].map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(bearer.body).toEqual(missing.body);
    expect(missing.body['error']).toContain('Missing');
    expect(invalid.body['error']).toContain('Invalid or expired');
    expect(expired.body['error']).toBe(invalid.body['error']);
  });

  it('is asked for on every route but the files', async () => {
    const at = await setup();
    const request = await submit(at);
    const paths = [request.status, request.result, `${at.service.url}/v1/get-user-credits`];
    for (const url of paths) expect((await get(url, {})).status).toBe(401);
    for (const path of ['upload-asset', 'v1/bria-enhance-image', 'v2/unknown']) {
      expect((await post(`${at.service.url}/${path}`, {}, NO_KEY)).status).toBe(401);
    }
    expect((await fetch(await upload(at))).status).toBe(200);
  });

  it('without access to the model gets 403 from the model and may still see its balance', async () => {
    const at = await setup({ keys: () => 'forbidden', credits: 1 });
    expect((await post(submitUrl(at), { image: 'x' })).status).toBe(403);
    expect((await get(`${at.service.url}/v1/get-user-credits`)).status).toBe(200);
  });
});

describe('the storage', () => {
  it('keeps what is uploaded and serves it under the URL that it answers', async () => {
    const at = await setup();
    const bytes = picture('webp', 'kept');
    const response = await fetch(await upload(at, bytes));
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(at.service.stats().uploads).toBe(1);
  });

  it('answers one URL for each file, under either name', async () => {
    const at = await setup({ uploadsUnder: 'file_urls' });
    const files = [dataUri(picture('jpeg', 'one')), dataUri(picture('jpeg', 'two'))];
    const { body } = await post(`${at.service.storageUrl}/upload-asset`, { data_urls: files });
    expect(body['file_urls']).toHaveLength(2);
    expect(body).not.toHaveProperty('urls');
  });

  it.each([[{}], [{ data_urls: [] }], [{ data_urls: 'x' }], [{ data_urls: [5] }], [{ data_urls: ['http://a/b'] }]])(
    'refuses %j with 400',
    async (body) => {
      const at = await setup();
      expect((await post(`${at.service.storageUrl}/upload-asset`, body)).status).toBe(400);
      expect(at.service.stats().uploads).toBe(0);
    },
  );

  it('answers 413 to a body over the limit, and goes on', async () => {
    const at = await setup({ maxUploadBytes: 1_000_000 });
    const large = { data_urls: [dataUri(Buffer.alloc(3_000_000))] };
    expect((await post(`${at.service.storageUrl}/upload-asset`, large)).status).toBe(413);
    expect((await fetch(await upload(at))).status).toBe(200);
  });
});

describe('the other answers', () => {
  it('are an HTML page with 405 for the wrong verb, and say which is right', async () => {
    const at = await setup();
    for (const [method, path] of [
      ['GET', '/v2/bria-enhance-image'],
      ['POST', '/v2/requests/x/status'],
      ['DELETE', '/v2/requests/x'],
      ['PUT', '/upload-asset'],
    ] as const) {
      const response = await fetch(at.service.url + path, { method, headers: JSON_HEADERS });
      expect(response.status).toBe(405);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('allow')).toMatch(/^(GET|POST)$/);
      expect(await response.text()).toContain('<html');
    }
  });

  it('are 406 “Invalid content type” for a POST that is not named JSON', async () => {
    const at = await setup();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const headers = { 'x-api-key': KEY, 'content-type': type };
      const { status, body } = await post(submitUrl(at), { image: 'x' }, headers);
      expect([status, body['error']]).toEqual([406, 'Invalid content type']);
      expect((await post(`${at.service.url}/upload-asset`, {}, headers)).status).toBe(406);
    }
    const charset = { 'x-api-key': KEY, 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post(submitUrl(at), { image: 'x' }, charset)).status).toBe(200);
  });

  it('are 503 for the synchronous endpoint', async () => {
    const at = await setup();
    const { status, body } = await post(`${at.service.url}/v1/bria-enhance-image`, { image: 'x' });
    expect(status).toBe(503);
    expect(body['error']).toContain('maintenance');
  });

  it('are 404 for unknown paths, requests and files', async () => {
    const at = await setup();
    const unknown = 'practice-00000000-0000-0000-0000-000000000000';
    for (const path of [
      '/nothing',
      '/v2/requests',
      '/v2/requests/',
      `/v2/requests/${unknown}`,
      `/v2/requests/${unknown}/status`,
      `/v2/requests/${unknown}/other`,
      '/v2/requests/..%2f..%2fetc/status',
      `/results/${unknown}.jpg`,
      '/results/..%2f..%2frequests',
      '/uploads/practice-1-0123456789abcdef-01234567.jpg',
    ]) {
      expect([path, (await get(at.service.url + path)).status]).toEqual([path, 404]);
    }
  });

  it('carry the date of the clock that the service goes by', async () => {
    const at = await setup();
    at.clock.jump(HOUR);
    const { headers } = await get(`${at.service.url}/v1/get-user-credits`);
    expect(headers.get('date')).toBe(new Date(at.clock.now()).toUTCString());
  });
});
