import { expect, it } from 'vitest';
import { RateWindow } from '../../app/practice/limits.ts';
import { get, HeldClock, post, SECOND, setup, START, submit, submitUrl, upload } from './support.ts';

it('a window lets so many through and says when the next one begins', () => {
  const clock = new HeldClock(); // at half a minute past the hour
  const window = new RateWindow(clock, 60 * SECOND);
  expect([window.take(2), window.take(2), window.take(2)]).toEqual([null, null, START + 30 * SECOND]);
  clock.jump(30 * SECOND - 1);
  expect(window.take(2)).toBe(START + 30 * SECOND);
  clock.jump(1);
  expect([window.take(2), window.take(2), window.take(2)]).toEqual([null, null, START + 90 * SECOND]);
});

it('over the limit a submit answers 429 with the time of the reset, without Retry-After, and is not accepted', async () => {
  const at = await setup({ requestsPerMinute: 2 });
  const image = await upload(at);
  const answers = [];
  for (let n = 0; n < 3; n += 1) answers.push(await post(submitUrl(at), { image }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  const headers = answers[2]?.headers;
  expect(headers?.get('x-rate-limit-reset-at-utc')).toBe('2026-11-22T12:01:00.000Z');
  expect(headers?.has('retry-after')).toBe(false);
  expect(at.service.stats()).toMatchObject({ submits: 3, accepted: 2, limited: 1 });
  await at.clock.advance(30 * SECOND, at.service);
  expect((await post(submitUrl(at), { image })).status).toBe(200);
});

it('polls count against the limit when they are said to', async () => {
  const at = await setup({ requestsPerMinute: 2, pollsCount: true });
  const request = await submit(at);
  expect((await get(request.status)).status).toBe(200);
  expect((await get(request.status)).status).toBe(429);
  expect((await get(request.result)).status).toBe(429);
  expect((await get(`${at.service.url}/v1/get-user-credits`)).status).toBe(200);
});

it('polls are free when they are said to be', async () => {
  const at = await setup({ requestsPerMinute: 1, pollsCount: false });
  const request = await submit(at);
  expect((await get(request.status)).status).toBe(200);
  expect((await get(request.result)).status).toBe(200);
  expect((await post(submitUrl(at), { image: 'x' })).status).toBe(429);
});

it('a limit can be set and lifted while the service runs', async () => {
  const at = await setup();
  at.service.set({ requestsPerMinute: 0 });
  expect((await post(submitUrl(at), { image: 'x' })).status).toBe(429);
  at.service.set({ requestsPerMinute: null });
  expect((await post(submitUrl(at), { image: 'x' })).status).toBe(200);
});

it('a request with a bad key does not use the limit up', async () => {
  const at = await setup({ requestsPerMinute: 1 });
  const headers = { 'content-type': 'application/json', 'x-api-key': 'nonsense' };
  expect((await post(submitUrl(at), { image: 'x' }, headers)).status).toBe(401);
  expect((await post(submitUrl(at), { image: 'x' })).status).toBe(200);
});
