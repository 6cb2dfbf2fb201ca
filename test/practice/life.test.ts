import { copyFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dataUri, get, HOUR, picture, post, SECOND, setup, submit, submitUrl, upload } from './support.ts';
import type { Submitted } from './support.ts';

async function stateOf(url: string): Promise<unknown> {
  return (await get(url)).body['status'];
}

describe('a request', () => {
  it('goes from QUEUED over PROCESSING to COMPLETED, and its output can be downloaded', async () => {
    const at = await setup({ credits: 1 });
    const bytes = picture('jpeg', 'my photo');
    const request = await submit(at, { image: await upload(at, bytes), resolution: '2MP', steps_num: 50, seed: 7 });
    await at.clock.advance(999, at.service);
    expect(await stateOf(request.status)).toBe('QUEUED');
    await at.clock.advance(1, at.service);
    expect(await stateOf(request.status)).toBe('PROCESSING');
    const early = await get(request.result);
    expect(early.status).toBe(200);
    expect(early.body).toMatchObject({ status: 'PROCESSING' });
    expect(early.body).not.toHaveProperty('output');
    await at.clock.advance(2 * SECOND, at.service);
    const metrics = {
      queue_time: 1,
      inference_time: 2,
      total_time: 3,
      retry_count: 0,
      cost: 0.04,
      remaining_credits: 0.96,
    };
    const status = await get(request.status);
    expect(status.body).toMatchObject({ status: 'COMPLETED', request_id: request.id, metrics });
    expect(status.body).not.toHaveProperty('output');
    const result = await get(request.result);
    const output = `${at.service.url}/results/${request.id}.jpg`;
    expect(result.body).toEqual({ status: 'COMPLETED', request_id: request.id, output, metrics });
    const file = await fetch(output);
    expect(file.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await file.arrayBuffer())).toEqual(bytes);
    expect(at.jobs.map(({ settings }) => settings)).toEqual([
      { maxPixels: 2_000_000, clarity: 0.65, sharpen: 0.7, noise: 0.3, seed: 7, keepAlpha: false, format: 'jpeg' },
    ]);
    expect(at.service.stats()).toMatchObject({ polls: 3, results: 2, downloads: 1, submits: 1, billed: 0.04 });
  });

  it('is not COMPLETED before its picture is made, however late that is, and is billed only then', async () => {
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    let begun = (): void => undefined;
    const making = new Promise<void>((resolve) => (begun = resolve));
    const at = await setup({
      queueMs: { min: 0, max: 0 },
      latencyMs: { min: 0, max: 0 },
      retouch: async ({ source, target }) => {
        begun();
        await gate;
        await copyFile(source, target);
      },
    });
    const request = await submit(at);
    await making;
    at.clock.jump(HOUR / 2);
    expect(await stateOf(request.status)).toBe('PROCESSING');
    expect(at.service.stats()).toMatchObject({ completed: 0, billed: 0 });
    finish();
    await at.service.settled();
    await at.clock.advance(0, at.service);
    expect(await stateOf(request.status)).toBe('COMPLETED');
    expect(at.service.stats()).toMatchObject({ completed: 1, billed: 0.04 });
  });

  it('fails, unbilled, when its picture cannot be made', async () => {
    const at = await setup({ retouch: () => Promise.reject(new Error('no such luck')) });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    const { status, body } = await get(request.result);
    expect([status, body['status']]).toEqual([422, 'FAILED']);
    expect(body['error']).toContain('no such luck');
    expect(at.service.stats()).toMatchObject({ completed: 0, billed: 0 });
  });

  it('fails when the retouch makes nothing', async () => {
    const at = await setup({ retouch: () => Promise.resolve() });
    const request = await submit(at);
    await at.clock.advance(3 * SECOND, at.service);
    expect(await stateOf(request.status)).toBe('FAILED');
  });

  it('is unknown from an hour after its submission, while its file stays for seven days', async () => {
    const at = await setup();
    const request = await submit(at);
    await at.clock.advance(HOUR - 1, at.service);
    const output = String((await get(request.result)).body['output']);
    await at.clock.advance(1, at.service);
    expect((await get(request.status)).status).toBe(404);
    expect((await get(request.result)).status).toBe(404);
    await at.clock.advance(7 * 24 * HOUR - HOUR + 3 * SECOND - 1, at.service);
    expect((await fetch(output)).status).toBe(200);
    await at.clock.advance(1, at.service);
    expect((await fetch(output)).status).toBe(404);
  });

  it('is billed even when nobody asks for it', async () => {
    const at = await setup({ credits: 1 });
    await submit(at);
    await at.clock.advance(2 * HOUR, at.service);
    expect((await get(`${at.service.url}/v1/get-user-credits`)).body['credits']).toBe(0.96);
  });

  it('cannot use an upload whose life is over', async () => {
    const at = await setup();
    const image = await upload(at);
    await at.clock.advance(7 * 24 * HOUR, at.service);
    const request = await submit(at, { image });
    await at.clock.advance(3 * SECOND, at.service);
    expect((await get(request.status)).body['error']).toContain('could not fetch image');
  });

  it('keeps PNG for a PNG and its alpha when asked, and answers JPEG for WebP', async () => {
    const at = await setup();
    await submit(at, { image: dataUri(picture('png')) });
    await submit(at, { image: dataUri(picture('png')), preserve_alpha: false });
    const webp = await submit(at, { image: dataUri(picture('webp')) });
    await at.clock.advance(3 * SECOND, at.service);
    // Begun at the same moment, they may come in any order.
    const made = at.jobs.map(({ settings: { format, keepAlpha } }) => `${format} ${String(keepAlpha)}`);
    expect(made.sort()).toEqual(['jpeg false', 'png false', 'png true']);
    expect((await get(webp.result)).body['output']).toMatch(/\.jpg$/);
  });
});

describe('the workers', () => {
  it('take up as many requests as they are, in order; the others stay QUEUED', async () => {
    const at = await setup({ workers: 2 });
    const image = await upload(at);
    const requests: Submitted[] = [];
    for (let n = 0; n < 5; n += 1) requests.push(await submit(at, { image }));
    const states = () => Promise.all(requests.map(({ status }) => stateOf(status)));
    await at.clock.advance(SECOND, at.service);
    expect(await states()).toEqual(['PROCESSING', 'PROCESSING', 'QUEUED', 'QUEUED', 'QUEUED']);
    await at.clock.advance(2 * SECOND, at.service);
    expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'PROCESSING', 'PROCESSING', 'QUEUED']);
    await at.clock.advance(4 * SECOND, at.service);
    expect(await states()).toEqual(Array(5).fill('COMPLETED'));
    expect(at.service.stats()).toMatchObject({ atOnce: 5, completed: 5, billed: 0.2, acceptedByImage: { [image]: 5 } });
  });

  it('take different times for different photos, within the range', async () => {
    const at = await setup({ latencyMs: { min: SECOND, max: 9 * SECOND } });
    const requests: Submitted[] = [];
    for (let n = 0; n < 8; n += 1) requests.push(await submit(at, { image: dataUri(picture('jpeg', String(n))) }));
    await at.clock.advance(10 * SECOND, at.service);
    const times = await Promise.all(
      requests.map(async ({ status }) => (await get(status)).body['metrics'] as { inference_time: number }),
    );
    const seconds = times.map(({ inference_time: time }) => time);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(9);
    expect(new Set(seconds).size).toBeGreaterThan(4);
  });

  it('count an image by its content, however often it is uploaded', async () => {
    const at = await setup();
    for (const mark of ['same', 'same', 'other']) await submit(at, { image: await upload(at, picture('jpeg', mark)) });
    const { acceptedByContent, acceptedByImage } = at.service.stats();
    expect(Object.values(acceptedByContent).sort()).toEqual([1, 2]);
    expect(Object.values(acceptedByImage)).toEqual([1, 1, 1]);
  });
});

describe('the account', () => {
  it('refuses with 406 what it cannot pay, counting the requests under way, and takes a top-up', async () => {
    const at = await setup({ credits: 0.05, freeCredits: 0.03 });
    const image = await upload(at);
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await post(submitUrl(at), { image }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 406]);
    expect(answers[2]?.body['error']).toBe('Insufficient credits');
    await at.clock.advance(3 * SECOND, at.service);
    const balance = async () => (await get(`${at.service.url}/v1/get-user-credits`)).body;
    expect(await balance()).toEqual({ credits: 0, 'free-credits': 0 });
    expect((await post(submitUrl(at), { image })).status).toBe(406);
    at.service.set({ credits: 2 });
    expect(await balance()).toEqual({ credits: 2, 'free-credits': 0 });
    expect((await post(submitUrl(at), { image })).status).toBe(200);
  });

  it('gives back what a failed request had set aside', async () => {
    const at = await setup({ credits: 0.04 });
    await submit(at, { seed: -1 });
    const image = await upload(at);
    expect((await post(submitUrl(at), { image })).status).toBe(406);
    await at.clock.advance(3 * SECOND, at.service);
    expect((await post(submitUrl(at), { image })).status).toBe(200);
  });

  it('refuses with another 406 at the spend limit of the team', async () => {
    const at = await setup({ spendLimit: 0.04 });
    await submit(at);
    const image = await upload(at);
    const { status, body } = await post(submitUrl(at), { image });
    expect(status).toBe(406);
    expect(body['error']).toContain('spend limit');
    at.service.set({ spendLimit: null });
    expect((await post(submitUrl(at), { image })).status).toBe(200);
  });
});
