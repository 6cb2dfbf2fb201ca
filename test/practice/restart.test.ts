import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { get, HOUR, picture, post, SECOND, setup, submit, submitUrl, upload } from './support.ts';
import type { Setup } from './support.ts';

/** The same state and clock under a new service, on another port. */
async function restart(at: Setup, options: Parameters<typeof setup>[0] = {}): Promise<Setup> {
  await at.service.stop();
  return await setup({ ...options, stateDir: at.stateDir }, at.clock);
}

async function stateAt(at: Setup, id: string): Promise<unknown> {
  return (await get(`${at.service.url}/v2/requests/${id}/status`)).body['status'];
}

it('a restart keeps requests in every state, and ends those under way', async () => {
  const first = await setup({ credits: 1, workers: 2 });
  const done = await submit(first);
  const failed = await submit(first, { seed: 0 });
  await first.clock.advance(3 * SECOND, first.service);
  const processing = await submit(first);
  await first.clock.advance(SECOND, first.service);
  const queued = await submit(first);
  const second = await restart(first, { credits: 1 });
  const states = () => Promise.all([done, failed, processing, queued].map(({ id }) => stateAt(second, id)));
  expect(await states()).toEqual(['COMPLETED', 'FAILED', 'PROCESSING', 'QUEUED']);
  await second.clock.advance(3 * SECOND, second.service);
  expect(await states()).toEqual(['COMPLETED', 'FAILED', 'COMPLETED', 'COMPLETED']);
  expect(second.service.stats()).toMatchObject({ accepted: 4, completed: 3, billed: 0.12 });
  expect((await get(`${second.service.url}/v1/get-user-credits`)).body['credits']).toBe(0.88);
});

it('a completed request is not billed again after a restart, even when its lost picture is made again', async () => {
  const first = await setup({ credits: 1 });
  const bytes = picture('jpeg', 'made twice');
  const request = await submit(first, { image: await upload(first, bytes) });
  await first.clock.advance(3 * SECOND, first.service);
  await first.service.stop();
  await rm(join(first.stateDir, 'results'), { recursive: true });
  const second = await setup({ credits: 1, stateDir: first.stateDir }, first.clock);
  await second.clock.advance(0, second.service);
  expect(second.jobs).toHaveLength(1);
  const { body } = await get(`${second.service.url}/v2/requests/${request.id}`);
  expect(body).toMatchObject({ status: 'COMPLETED', metrics: { cost: 0.04, remaining_credits: 0.96 } });
  const file = await fetch(String(body['output']));
  expect(Buffer.from(await file.arrayBuffer())).toEqual(bytes);
  expect(second.service.stats()).toMatchObject({ completed: 1, billed: 0.04 });
});

it('a picture that was made before a crash is not made again', async () => {
  const first = await setup();
  const request = await submit(first);
  await first.clock.advance(2 * SECOND, first.service);
  expect(first.jobs).toHaveLength(1);
  const second = await restart(first);
  await second.clock.advance(SECOND, second.service);
  expect(await stateAt(second, request.id)).toBe('COMPLETED');
  expect(second.jobs).toEqual([]);
});

it('a picture that a stop breaks off is left for the next start, not failed', async () => {
  let breakOff = (): void => undefined;
  let begun = (): void => undefined;
  const making = new Promise<void>((resolve) => (begun = resolve));
  const first = await setup({
    queueMs: { min: 0, max: 0 },
    retouch: () =>
      new Promise((_resolve, reject) => {
        breakOff = () => reject(new Error('the process was stopped'));
        begun();
      }),
  });
  const request = await submit(first);
  await making;
  const stopped = first.service.stop();
  breakOff();
  await stopped;
  const second = await setup({ stateDir: first.stateDir }, first.clock);
  await second.clock.advance(3 * SECOND, second.service);
  expect(await stateAt(second, request.id)).toBe('COMPLETED');
});

it('an upload from before a restart can still be submitted, though the port is another', async () => {
  const first = await setup();
  const image = await upload(first);
  const second = await restart(first);
  const request = await submit(second, { image });
  await second.clock.advance(3 * SECOND, second.service);
  expect(await stateAt(second, request.id)).toBe('COMPLETED');
});

it('time goes on while the service is off: records expire and requests are late', async () => {
  const first = await setup();
  const early = await submit(first);
  await first.service.stop();
  first.clock.jump(HOUR - 1);
  const second = await setup({ stateDir: first.stateDir }, first.clock);
  await second.clock.advance(0, second.service);
  expect(await stateAt(second, early.id)).toBe('PROCESSING');
  second.clock.jump(1);
  expect((await get(`${second.service.url}/v2/requests/${early.id}`)).status).toBe(404);
});

it('a start forgets records and files whose lives are over', async () => {
  const first = await setup();
  await submit(first);
  await first.clock.advance(3 * SECOND, first.service);
  await first.service.stop();
  first.clock.jump(8 * 24 * HOUR);
  const second = await setup({ stateDir: first.stateDir }, first.clock);
  for (const folder of ['requests', 'results', 'uploads']) {
    expect(await readdir(join(first.stateDir, folder))).toEqual([]);
  }
  expect(second.service.stats().accepted).toBe(0);
});

it('a start keeps the file of a request whose record has expired, for its own seven days', async () => {
  const first = await setup();
  const request = await submit(first);
  await first.clock.advance(2 * HOUR, first.service);
  const second = await restart(first);
  expect((await fetch(`${second.service.url}/results/${request.id}.jpg`)).status).toBe(200);
});

it('an end that cannot be written is not billed, and the next start completes it', async () => {
  const first = await setup({ credits: 1 });
  const request = await submit(first);
  await first.clock.advance(2 * SECOND, first.service);
  const requests = join(first.stateDir, 'requests');
  await rename(requests, `${requests}.away`);
  await first.clock.advance(SECOND, first.service);
  expect(await stateAt(first, request.id)).toBe('FAILED');
  expect(first.service.stats().billed).toBe(0);
  await rename(`${requests}.away`, requests);
  const second = await restart(first, { credits: 1 });
  await second.clock.advance(0, second.service);
  expect(await stateAt(second, request.id)).toBe('COMPLETED');
  expect(second.service.stats().billed).toBe(0.04);
});

it('a record that is damaged is put aside, and half-written files are removed', async () => {
  const first = await setup();
  const request = await submit(first);
  await first.service.stop();
  const requests = join(first.stateDir, 'requests');
  await writeFile(join(requests, 'practice-broken.json'), '{"id": "practice-bro');
  await writeFile(join(requests, '.part-x.json'), '{');
  await writeFile(join(first.stateDir, 'uploads', '.part-y.jpg'), 'half');
  const second = await setup({ stateDir: first.stateDir }, first.clock);
  expect(new Set(await readdir(requests))).toEqual(new Set(['practice-broken.json.damaged', `${request.id}.json`]));
  expect((await readdir(join(first.stateDir, 'uploads'))).some((name) => name.includes('part'))).toBe(false);
  expect(await stateAt(second, request.id)).toBe('QUEUED');
});

it('a submit whose record cannot be written is answered as a server error, and sets no credits aside', async () => {
  const at = await setup({ credits: 0.04 });
  const image = await upload(at);
  const requests = join(at.stateDir, 'requests');
  await rm(requests, { recursive: true });
  expect((await post(submitUrl(at), { image })).status).toBe(500);
  expect(at.service.stats().accepted).toBe(0);
  await mkdir(requests);
  expect((await post(submitUrl(at), { image })).status).toBe(200);
});

it('stopping twice is stopping once, and leaves no timer behind', async () => {
  const at = await setup();
  await submit(at);
  await Promise.all([at.service.stop(), at.service[Symbol.asyncDispose]()]);
  expect(at.clock.timers).toBe(0);
});
