import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import {
  client,
  closedPort,
  errorOf,
  failureOf,
  HandClock,
  json,
  KEY,
  serve,
  serveRaw,
  type Respond,
} from './support.ts';

const STORED = 'https://images.segmind.com/uploads/a.jpg';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lightbatch-storage-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(bytes: Buffer): Promise<string> {
  const path = join(folder, createHash('sha256').update(bytes).digest('hex'));
  await writeFile(path, bytes);
  return path;
}

async function uploadTo(respond: Respond, bytes = Buffer.from('a photo')): Promise<string> {
  await using server = await serve(respond);
  return await client(server.url).upload({ path: await fileOf(bytes), format: 'jpeg' });
}

describe('an upload', () => {
  // Around the multiples of three that base64 counts in, and around the pieces that the file is read in.
  test.each([1, 2, 3, 4, 262_143, 262_144, 262_145, 1_000_001])(
    'of %i bytes arrives as the same bytes',
    async (size) => {
      const bytes = randomBytes(size);
      await using server = await serve((response) => json(response, 200, { urls: [STORED] }));
      const url = await client(server.url).upload({ path: await fileOf(bytes), format: 'png' });
      expect(url).toBe(STORED);
      const [seen] = server.seen;
      expect(seen).toMatchObject({
        method: 'POST',
        path: '/upload-asset',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      });
      const body = JSON.parse(seen?.body ?? '') as { data_urls: string[] };
      expect(body.data_urls).toHaveLength(1);
      const [head, base64 = ''] = body.data_urls[0]?.split(',') ?? [];
      expect(head).toBe('data:image/png;base64');
      expect(Buffer.from(base64, 'base64').equals(bytes)).toBe(true);
      expect(Buffer.from(base64, 'base64').toString('base64')).toBe(base64);
    },
  );

  test.each([
    { urls: [STORED] },
    { file_urls: [STORED] },
    { urls: [], file_urls: [STORED] },
    { urls: STORED },
    { urls: [{ url: STORED }] },
  ])('finds its URL in %j', async (body) => {
    expect(await uploadTo((response) => json(response, 200, body))).toBe(STORED);
  });

  test('may be stored on this machine when the API is here', async () => {
    expect(await uploadTo((response) => json(response, 200, { urls: ['http://127.0.0.1:9/a'] }))).toBe(
      'http://127.0.0.1:9/a',
    );
  });

  test('goes to the storage, not to the API', async () => {
    await using api = await serve((response) => json(response, 200, {}));
    await using storage = await serve((response) => json(response, 200, { urls: [STORED] }));
    await client(api.url, { storageUrl: storage.url }).upload({ path: await fileOf(Buffer.from('x')), format: 'webp' });
    expect(api.seen).toHaveLength(0);
    expect(storage.seen).toHaveLength(1);
  });
});

describe('an upload fails', () => {
  test.each([
    {},
    { urls: [] },
    { urls: [null] },
    { urls: ['ftp://images.segmind.com/a'] },
    { urls: ['http://images.segmind.com/a'] },
    { urls: ['https://user:pass@images.segmind.com/a'] },
    'text',
  ])('when the answer is %j, which names no safe URL', async (body) => {
    const work = uploadTo((response) => json(response, 200, body));
    expect(await failureOf(work)).toMatchObject({ code: 'upload_failed', retryable: true, charged: 'no' });
  });

  test('when the answer is a URL of this machine and the API is elsewhere', async () => {
    await using storage = await serve((response) => json(response, 200, { urls: ['http://127.0.0.1:9/a'] }));
    const segmind = client(storage.url, { apiUrl: 'https://api.segmind.com' });
    const work = segmind.upload({ path: await fileOf(Buffer.from('x')), format: 'jpeg' });
    expect(await failureOf(work)).toMatchObject({ code: 'upload_failed' });
  });

  test.each<[number, unknown, FailureCode, boolean]>([
    [400, { error: 'bad data url' }, 'upload_failed', true],
    [401, { error: 'Invalid API key' }, 'bad_key', false],
    [403, { error: 'Forbidden' }, 'forbidden', false],
    [404, { error: 'Not found' }, 'upload_failed', true],
    [405, '', 'client_defect', false],
    [406, { error: 'Insufficient credits' }, 'no_credits', false],
    [406, { error: 'Team spend limit' }, 'spend_limit', false],
    [406, { error: 'Invalid content type' }, 'client_defect', false],
    [410, { error: 'Gone' }, 'upload_failed', true],
    [413, { error: 'Too large' }, 'upload_failed', false],
    [422, { error: 'blocked by moderation' }, 'upload_failed', true],
    [500, { error: 'oops' }, 'upload_failed', true],
    [502, '<html>', 'upload_failed', true],
    [307, '', 'upload_failed', true],
  ])('with HTTP %i %j as %s', async (status, body, code, retryable) => {
    const work = uploadTo((response) => json(response, status, body));
    expect(await failureOf(work)).toMatchObject({ code, status, retryable, charged: 'no' });
  });

  test('with a 429 that says when to come back', async () => {
    const error = await errorOf(uploadTo((response) => json(response, 429, { error: 'slow' }, { 'retry-after': '8' })));
    expect(error).toMatchObject({ name: 'RateLimited', waitMs: 8_000, failure: { code: 'rate_limited' } });
  });

  test('without following a redirect with the key', async () => {
    await using elsewhere = await serve((response) => json(response, 200, { urls: [STORED] }));
    const work = uploadTo((response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(await failureOf(work)).toMatchObject({ code: 'upload_failed', status: 307 });
    expect(elsewhere.seen).toHaveLength(0);
  });

  test('with the reason of a server that answers before it has read all, and then hangs up', async () => {
    await using server = await serveRaw((socket) => {
      const body = JSON.stringify({ error: 'Invalid API key' });
      socket.once('data', () => {
        socket.pause();
        socket.write(`HTTP/1.1 401 Unauthorized\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      });
    });
    const path = await fileOf(randomBytes(8_000_000));
    expect(await failureOf(client(server.url).upload({ path, format: 'jpeg' }))).toMatchObject({ code: 'bad_key' });
  });

  test.each([
    ['while it is sent', (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
    ['politely', (socket: { end(): unknown }) => socket.end()],
  ])('when the connection breaks %s', async (_name, kill) => {
    await using server = await serveRaw((socket) => socket.once('data', () => kill(socket)));
    const path = await fileOf(randomBytes(3_000_000));
    expect(await failureOf(client(server.url).upload({ path, format: 'jpeg' }))).toMatchObject({
      code: 'upload_failed',
    });
  });

  test('when nobody is there, as offline', async () => {
    const work = client(`http://127.0.0.1:${await closedPort()}`).upload({
      path: await fileOf(Buffer.from('x')),
      format: 'jpeg',
    });
    expect(await failureOf(work)).toMatchObject({ code: 'offline', retryable: true });
  });

  test('when no answer comes in time, which is five minutes and longer for a large file', async () => {
    const clock = new HandClock();
    await using server = await serve(() => clock.advance(300_010));
    const work = client(server.url, { clock }).upload({ path: await fileOf(Buffer.from('x')), format: 'jpeg' });
    expect(await failureOf(work)).toMatchObject({
      code: 'upload_failed',
      detail: expect.stringMatching(/^not finished within/) as string,
    });
    expect(clock.pending).toBe(0);

    await using slow = await serve((response) => {
      clock.advance(300_010);
      json(response, 200, { urls: [STORED] });
    });
    const path = await fileOf(randomBytes(1_000_000));
    expect(await client(slow.url, { clock }).upload({ path, format: 'jpeg' })).toBe(STORED);
  });

  test('when it is stopped', async () => {
    const stop = new AbortController();
    await using server = await serve(() => stop.abort());
    const work = client(server.url).upload({ path: await fileOf(Buffer.from('x')), format: 'jpeg' }, stop.signal);
    expect(await failureOf(work)).toMatchObject({ code: 'upload_failed', detail: 'stopped' });
  });

  test.each([
    ['is not there', () => Promise.resolve(join(folder, 'nothing')), /ENOENT/],
    ['is empty', () => fileOf(Buffer.alloc(0)), /empty/],
    ['is a folder', () => Promise.resolve(folder), /EISDIR/],
  ])('when the file %s', async (_name, path, detail) => {
    await using server = await serve((response) => json(response, 200, { urls: [STORED] }));
    const told = await failureOf(client(server.url).upload({ path: await path(), format: 'jpeg' }));
    expect(told.code).toBe('upload_failed');
    expect(told.detail).toMatch(detail);
  });

  test('without the key in what it tells', async () => {
    const error = await errorOf(
      uploadTo((response, seen) => json(response, 400, { error: `no: ${String(seen.headers['x-api-key'])}` })),
    );
    expect(error.message).toContain('[key]');
    expect(error.message + String(error.stack) + JSON.stringify(error)).not.toContain(KEY);
  });
});
