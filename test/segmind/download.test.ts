import { createHash, randomBytes } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../app/lib/clock.ts';
import { DEFAULT_TIMEOUTS } from '../../app/segmind/deadline.ts';
import { download, type DownloadOptions, type Resolve } from '../../app/segmind/download.ts';
import { TEST_CERTIFICATE } from './certificate.ts';
import { client, closedPort, failureOf, HandClock, json, KEY, serve, serveRaw, type Respond } from './support.ts';

const LIMITS = { maxBytes: 10_000_000 };
const REMOTE: DownloadOptions = { clock: systemClock, timeouts: DEFAULT_TIMEOUTS, loopback: false };

function sink() {
  const parts: Uint8Array[] = [];
  return {
    write: (chunk: Uint8Array) => {
      parts.push(chunk);
      return Promise.resolve();
    },
    bytes: () => Buffer.concat(parts),
  };
}

/** A write during which something happens. */
function after(happening: () => void): Promise<void> {
  happening();
  return Promise.resolve();
}

async function failureFrom(respond: Respond, maxBytes = LIMITS.maxBytes) {
  await using server = await serve(respond);
  return await failureOf(client(server.url).download(`${server.url}/a.jpg`, sink().write, { maxBytes }));
}

describe('a download', () => {
  test('hands over all bytes in order, and never sends the key', async () => {
    const picture = randomBytes(3_000_000);
    await using server = await serve((response) =>
      response.writeHead(200, { 'content-length': picture.length }).end(picture),
    );
    const target = sink();
    expect(await client(server.url).download(`${server.url}/a.jpg?sig=1`, target.write, LIMITS)).toEqual({
      bytes: picture.length,
    });
    expect(createHash('sha256').update(target.bytes()).digest('hex')).toBe(
      createHash('sha256').update(picture).digest('hex'),
    );
    expect(server.seen).toMatchObject([
      { method: 'GET', path: '/a.jpg?sig=1', headers: { 'accept-encoding': 'identity' } },
    ]);
    expect(JSON.stringify(server.seen)).not.toContain(KEY);
    expect(server.seen[0]?.headers).not.toHaveProperty('x-api-key');
  });

  test('takes an answer that does not announce its length', async () => {
    await using server = await serve((response) => {
      response.write('one');
      response.end('two');
    });
    const target = sink();
    expect(await client(server.url).download(server.url, target.write, LIMITS)).toEqual({ bytes: 6 });
    expect(target.bytes().toString()).toBe('onetwo');
  });

  test('reads on only when what it has is written', async () => {
    const picture = Buffer.alloc(40_000_000, 1);
    await using server = await serve((response) => response.end(picture));
    let writing = 0;
    let most = 0;
    let written = 0;
    const write = async (chunk: Uint8Array) => {
      most = Math.max(most, ++writing);
      await new Promise((resolve) => setImmediate(resolve));
      written += chunk.byteLength;
      writing -= 1;
    };
    await client(server.url).download(server.url, write, { maxBytes: picture.length });
    expect(most).toBe(1);
    expect(written).toBe(picture.length);
  });

  test('passes on the errors of writing unchanged, and lets go of the connection', async () => {
    const closed = Promise.withResolvers<undefined>();
    await using server = await serve((response) => {
      response.on('close', () => closed.resolve(undefined));
      response.write('some');
    });
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const work = client(server.url).download(server.url, () => Promise.reject(full), LIMITS);
    await expect(work).rejects.toBe(full);
    await closed.promise;
  });

  test('follows up to three redirects, relative ones too', async () => {
    const at = (left: number) => (left === 0 ? '/end' : `/hop/${left}`);
    const respond: Respond = (response, { path }) => {
      const left = Number(/\/hop\/(\d)/.exec(path)?.[1] ?? 0);
      if (left > 0) response.writeHead(302, { location: at(left - 1) }).end();
      else response.end('picture');
    };
    await using server = await serve(respond);
    const segmind = client(server.url);
    expect(await segmind.download(`${server.url}/hop/3`, sink().write, LIMITS)).toEqual({ bytes: 7 });
    expect(await failureOf(segmind.download(`${server.url}/hop/4`, sink().write, LIMITS))).toMatchObject({
      code: 'download_failed',
      detail: 'too many redirects',
    });
  });
});

describe('a download fails', () => {
  test.each([403, 404, 410])('as gone with HTTP %i', async (status) => {
    expect(await failureFrom((response) => json(response, status, {}))).toMatchObject({ code: 'result_gone', status });
  });

  test.each([204, 206, 304, 400, 401, 429, 500, 503])('to be tried again with HTTP %i', async (status) => {
    const told = await failureFrom((response) => response.writeHead(status).end());
    expect(told).toMatchObject({ code: 'download_failed', status, retryable: true, charged: 'yes' });
  });

  test.each<[string, Respond]>([
    ['is empty', (response) => void response.writeHead(200).end()],
    ['is encoded', (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('zzz')],
    ['redirects to nowhere', (response) => void response.writeHead(302).end()],
    [
      'breaks off before its length',
      (response) => {
        response.writeHead(200, { 'content-length': '99' });
        response.write('half', () => response.destroy());
      },
    ],
    ['breaks off between chunks', (response) => void response.write('half', () => response.destroy())],
    ['breaks off before the head', (response) => void response.destroy()],
  ])('when the answer %s', async (_name, respond) => {
    expect(await failureFrom(respond)).toMatchObject({ code: 'download_failed' });
  });

  test('when the connection ends politely before the announced length', async () => {
    await using server = await serveRaw((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf')),
    );
    const work = client(server.url).download(server.url, sink().write, LIMITS);
    expect(await failureOf(work)).toMatchObject({ code: 'download_failed' });
  });

  test('when nobody is there', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    expect(await failureOf(client(url).download(url, sink().write, LIMITS))).toMatchObject({ code: 'download_failed' });
  });

  test('before a byte of it is taken when its announced length is over the cap', async () => {
    await using server = await serve((response) => response.end('0123456789'));
    const target = sink();
    const work = client(server.url).download(server.url, target.write, { maxBytes: 9 });
    expect(await failureOf(work)).toMatchObject({ code: 'result_too_large', charged: 'yes' });
    expect(target.bytes()).toHaveLength(0);
  });

  test('at the cap when it does not announce its length', async () => {
    await using server = await serve((response) => {
      const more = () => response.write(Buffer.alloc(64_000), () => !response.destroyed && more());
      more(); // without end
    });
    const target = sink();
    const work = client(server.url).download(server.url, target.write, { maxBytes: 1_000_000 });
    expect(await failureOf(work)).toMatchObject({ code: 'result_too_large' });
    expect(target.bytes().length).toBeLessThanOrEqual(1_000_000);
  });

  test('but not exactly at the cap', async () => {
    await using server = await serve((response) => response.end('0123456789'));
    expect(await client(server.url).download(server.url, sink().write, { maxBytes: 10 })).toEqual({ bytes: 10 });
  });

  test('when no byte comes for 30 s, before the head and after', async () => {
    const clock = new HandClock();
    await using server = await serve((response, { path }) => {
      if (path === '/mute') clock.advance(30_000);
      else response.write('some');
    });
    const segmind = client(server.url, { clock });
    const late = { code: 'download_failed', detail: 'waiting for data took longer than 30 s' };
    expect(await failureOf(segmind.download(`${server.url}/mute`, sink().write, LIMITS))).toMatchObject(late);
    const write = () => {
      setImmediate(() => clock.advance(30_000)); // after the wait for more has begun
      return Promise.resolve();
    };
    expect(await failureOf(segmind.download(`${server.url}/stall`, write, LIMITS))).toMatchObject(late);
    expect(clock.pending).toBe(0);
  });

  test('but not when it is the disk that takes longer than 30 s', async () => {
    const clock = new HandClock();
    await using server = await serve((response) => response.end('picture'));
    const write = () => after(() => clock.advance(31_000));
    expect(await client(server.url, { clock }).download(server.url, write, LIMITS)).toEqual({ bytes: 7 });
  });

  test('when it takes longer than ten minutes as a whole, or is stopped', async () => {
    const clock = new HandClock();
    const stop = new AbortController();
    await using server = await serve((response) => void response.write('drop'));
    const segmind = client(server.url, { clock });
    const late = segmind.download(server.url, () => after(() => clock.advance(600_000)), LIMITS);
    expect(await failureOf(late)).toMatchObject({ code: 'download_failed', detail: 'not finished within 600 s' });
    const stopped = segmind.download(server.url, () => after(() => stop.abort()), LIMITS, stop.signal);
    expect(await failureOf(stopped)).toMatchObject({ code: 'download_failed', detail: 'stopped' });
  });

  test('when no TLS connection comes about within 10 s', async () => {
    const clock = new HandClock();
    await using server = await serveRaw((socket) => socket.once('data', () => clock.advance(10_000)));
    const work = client(server.url, { clock }).download(server.url.replace('http:', 'https:'), sink().write, LIMITS);
    expect(await failureOf(work)).toMatchObject({
      code: 'download_failed',
      detail: 'connecting took longer than 10 s',
    });
  });
});

describe('a download is refused as unsafe', () => {
  const unsafe = { code: 'result_unsafe', charged: 'yes', retryable: false };
  const get = (url: string, options: Partial<DownloadOptions> = {}) =>
    failureOf(download({ url, write: sink().write, ...LIMITS }, { ...REMOTE, ...options }));
  const resolveTo =
    (...addresses: string[]): Resolve =>
    (_hostname, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  test.each([
    'https://127.0.0.1/a',
    'https://127.1/a',
    'https://0x7f000001/a',
    'https://2130706433/a',
    'https://0/a',
    'https://10.0.0.1/a',
    'https://172.16.0.1/a',
    'https://192.168.0.1/a',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/a',
    'https://[::]/a',
    'https://[::ffff:10.0.0.1]/a',
    'https://[::10.0.0.1]/a',
    'https://[fc00::1]/a',
    'https://[fe80::1]/a',
    'https://user@images.segmind.com/a',
    'https://user:pass@images.segmind.com/a',
    'http://images.segmind.com/a',
    'http://93.184.216.34/a',
    'http://127.0.0.1/a',
    'http://localhost/a',
    'file:///etc/passwd',
    'ftp://images.segmind.com/a',
    'data:image/png;base64,AAAA',
    'not a URL',
    '',
  ])('from %j', async (url) => {
    expect(await get(url, { resolve: () => expect.unreachable('the name was looked up') })).toMatchObject(unsafe);
  });

  test.each([
    [['127.0.0.1']],
    [['10.0.0.1']],
    [['169.254.169.254']],
    [['::1']],
    [['::ffff:10.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
  ])('from a name that resolves to %j', async (addresses) => {
    expect(await get('https://pictures.test/a', { resolve: resolveTo(...addresses) })).toMatchObject(unsafe);
  });

  test('from this machine by name, unless the API is here', async () => {
    expect(await get('https://localhost:1/a')).toMatchObject(unsafe);
    expect(await get('https://localhost:1/a', { loopback: true })).toMatchObject({ code: 'download_failed' });
  });

  test.each(['http://10.0.0.1/a', 'https://10.0.0.1/a', 'http://example.com/a', 'https://[fc00::1]/a'])(
    'also when the API is on this machine: %s',
    async (url) => {
      expect(await get(url, { loopback: true })).toMatchObject(unsafe);
    },
  );

  test('from "localhost" when that is, against all custom, another machine', async () => {
    const resolve = resolveTo('93.184.216.34');
    expect(await get('http://localhost:1/a', { loopback: true, resolve })).toMatchObject(unsafe);
  });

  describe('behind a name that is public', () => {
    const trusted = getCACertificates('default');
    beforeAll(() => setDefaultCACertificates([...trusted, TEST_CERTIFICATE]));
    afterAll(() => setDefaultCACertificates(trusted));
    // The server of the test stands for the public one: its address, and no other, counts as public.
    const options = { isPublic: (address: string) => address === '127.0.0.1', resolve: resolveTo('127.0.0.1') };

    test.each([
      'https://10.0.0.1/a',
      'https://[::1]/a',
      'http://169.254.169.254/latest/meta-data',
      'http://127.0.0.1/a',
      'https://user@pictures.test/a',
      'file:///etc/passwd',
    ])('when it redirects to %s', async (location) => {
      await using server = await serve((response) => response.writeHead(302, { location }).end(), { tls: true });
      expect(await get(`https://pictures.test:${server.port}/a`, options)).toMatchObject(unsafe);
      expect(server.seen).toHaveLength(1);
    });

    test('when the name resolves to another address the second time', async () => {
      let times = 0;
      const resolve: Resolve = (...args) => resolveTo(times++ === 0 ? '127.0.0.1' : '10.0.0.1')(...args);
      await using server = await serve((response) => response.writeHead(302, { location: '/b' }).end(), { tls: true });
      expect(await get(`https://pictures.test:${server.port}/a`, { ...options, resolve })).toMatchObject(unsafe);
      expect(server.seen).toHaveLength(1);
    });

    test('and not otherwise: the picture comes over TLS with the right name', async () => {
      await using server = await serve((response) => response.end('picture'), { tls: true });
      const order = { url: `https://pictures.test:${server.port}/a`, write: sink().write, ...LIMITS };
      expect(await download(order, { ...REMOTE, ...options })).toEqual({ bytes: 7 });
      const other = { ...order, url: `https://other.test:${server.port}/a` };
      expect(await failureOf(download(other, { ...REMOTE, ...options }))).toMatchObject({
        code: 'download_failed',
        detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
      });
    });
  });
});
