import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startPractice } from '../../app/practice/server.ts';
import { get, HeldClock, KEY, picture, raw, setup, submitUrl, tempDir, upload } from './support.ts';

const GOOD_HOST = 'Host: 127.0.0.1\r\n';

it.each([
  ['evil.example', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost.evil.example:80', 403],
  ['192.168.1.2', 403],
  ['0.0.0.0', 403],
  ['localhost', 200],
  ['localhost:1234', 200],
  ['127.0.0.1', 200],
  ['[::1]:80', 200],
])('a request for the host %s is answered %i', async (host, status) => {
  const { service } = await setup();
  const answer = await raw(
    service.url,
    `GET /v1/get-user-credits HTTP/1.1\r\nHost: ${host}\r\nx-api-key: ${KEY}\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it('a request without a host is refused', async () => {
  const { service } = await setup();
  expect(await raw(service.url, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 403 /);
});

it.each([
  ['no HTTP at all', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n', 400],
  ['a path that climbs', `GET /uploads/../../../etc/passwd HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 404],
  ['an encoded path that climbs', `GET /uploads/%2e%2e HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 404],
  ['a broken escape', `GET /results/%zz HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 404],
  ['a whole URL', `GET http://evil.example/ HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 404],
  ['two slashes', `GET //evil.example/ HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 404],
  ['an unheard-of verb', `PROPFIND /v1/get-user-credits HTTP/1.1\r\n${GOOD_HOST}Connection: close\r\n\r\n`, 405],
])('the service survives %s', async (_what, bytes, status) => {
  const { service } = await setup();
  expect(await raw(service.url, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect((await get(`${service.url}/v1/get-user-credits`)).status).toBe(200);
});

it('a client that goes away in the middle of a submit has submitted nothing', async () => {
  const at = await setup();
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(at.service.url).port), '127.0.0.1', () => {
      const head = `POST /v2/bria-enhance-image HTTP/1.1\r\n${GOOD_HOST}x-api-key: ${KEY}\r\nContent-Type: application/json\r\n`;
      socket.write(`${head}Content-Length: 1000\r\n\r\n{"image": "http`, () => socket.resetAndDestroy());
    });
    socket.on('close', () => resolve());
  });
  expect((await get(`${at.service.url}/v1/get-user-credits`)).status).toBe(200);
  expect(at.service.stats().accepted).toBe(0);
});

it('a body over the limit is refused also when its length is not told before', async () => {
  const { service } = await setup({ maxUploadBytes: 10 });
  const head = `POST /upload-asset HTTP/1.1\r\n${GOOD_HOST}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
  expect(await raw(service.url, `${head}8\r\n{"data_u\r\n8\r\nrls":[]}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
});

it('a defect in a given function is answered as a server error, and nothing is accepted', async () => {
  const at = await setup({
    fault: ({ route }) => {
      if (route === 'submit') throw new Error('a defect');
      return undefined;
    },
  });
  const image = await upload(at, picture());
  const response = await fetch(submitUrl(at), { method: 'POST', body: JSON.stringify({ image }) });
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('a defect');
  expect(at.service.stats().accepted).toBe(0);
});

it('a file can be asked for by its headers alone', async () => {
  const at = await setup();
  const bytes = picture();
  const response = await fetch(await upload(at, bytes), { method: 'HEAD' });
  expect(response.headers.get('content-length')).toBe(String(bytes.length));
  expect(await response.text()).toBe('');
});

it('the service says that it is practice to a browser', async () => {
  const { service } = await setup();
  expect(await (await fetch(service.url)).text()).toContain('not Bria');
});

it('a port that is taken is an error of the start', async () => {
  const { service, clock } = await setup();
  const stateDir = await tempDir();
  const port = Number(new URL(service.url).port);
  const start = startPractice({ port, clock, stateDir, retouch: () => Promise.resolve() });
  await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('options that make no sense are an error of the start', async () => {
  const clock = new HeldClock();
  const base = { clock, stateDir: await tempDir(), retouch: () => Promise.resolve() };
  await expect(startPractice({ ...base, workers: 0 })).rejects.toThrow(RangeError);
  await expect(startPractice({ ...base, windowMs: 0 })).rejects.toThrow(RangeError);
});
