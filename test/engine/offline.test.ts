// A service out of reach: photos wait and use up no attempts; the queue stops only when patience runs out.
import { describe, expect, test } from 'vitest';
import { failure, FailureError } from '../../app/domain/failure.ts';
import type { Segmind } from '../../app/segmind/client.ts';
import { Harness } from '../fakes/harness.ts';

type Part = 'upload' | 'submit' | 'poll';

/** The client of a machine that can be cut off from the service, or from a part of it. */
function cuttable() {
  const down = new Set<Part>();
  const offline = () => failure('offline', { detail: 'ECONNREFUSED' });
  const wrap = (real: Segmind): Segmind => ({
    ...real,
    upload: (file, signal) =>
      down.has('upload') ? Promise.reject(new FailureError(offline())) : real.upload(file, signal),
    submit: (body) =>
      down.has('submit') ? Promise.resolve({ kind: 'refused', failure: offline() }) : real.submit(body),
    status: (request, signal) =>
      down.has('poll') ? Promise.resolve({ kind: 'fault', failure: offline() }) : real.status(request, signal),
    result: (request, signal) =>
      down.has('poll') ? Promise.resolve({ kind: 'fault', failure: offline() }) : real.result(request, signal),
  });
  return { down, wrap };
}

describe('a service out of reach', () => {
  test.each<[string, Part[]]>([
    ['altogether', ['upload', 'submit', 'poll']],
    ['its storage', ['upload']],
    ['the model', ['submit']],
  ])('%s: photos wait without using up attempts, and all succeed when it is back', async (_, parts) => {
    const { down, wrap } = cuttable();
    await using at = await Harness.open({ wrap, speed: 50 });
    at.batch(6);
    for (const part of parts) down.add(part);
    await at.engine.start();
    let holds = 0;
    let held: number | null = null;
    await at.until('it was tried a few times', () => {
      const { heldUntil } = at.engine.status();
      if (heldUntil !== null && heldUntil !== held) holds += 1;
      held = heldUntil;
      return holds >= 4;
    });
    expect(at.engine.status().stopped).toBeNull();
    expect(
      at.jobs().every(({ attempts, state }) => attempts <= 1 && (state === 'queued' || state === 'preparing')),
    ).toBe(true);
    down.clear();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 6 });
    expect(at.posts()).toEqual(Array(6).fill(1));
    expect(at.jobs().every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test.each<[string, Part[]]>([
    ['altogether', ['upload', 'submit', 'poll']],
    ['its storage', ['upload']],
    ['the model', ['submit']],
  ])('%s, for longer than patience lasts: the queue stops, and resume goes on', async (_, parts) => {
    const { down, wrap } = cuttable();
    await using at = await Harness.open({ wrap, speed: 100, patienceMs: 20_000 });
    at.batch(4);
    for (const part of parts) down.add(part);
    expect(await at.run()).toMatchObject({ code: 'offline' });
    expect(at.states()).toEqual({ queued: 4 });
    expect(at.jobs().every(({ attempts }) => attempts === 0)).toBe(true);
    down.clear();
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('while photos are there: they are kept, the queue comes to rest, and resume fetches them', async () => {
    const { down, wrap } = cuttable();
    await using at = await Harness.open({ wrap, speed: 100, concurrency: 2, patienceMs: 20_000, held: true });
    at.batch(4);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    for (const part of ['upload', 'submit', 'poll'] as const) down.add(part);
    at.letGo();
    expect(await at.idle()).toMatchObject({ code: 'offline' });
    expect(at.states().failed).toBeUndefined();
    down.clear();
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('found out by an upload first and by a poll after: the queue comes to rest all the same', async () => {
    const { down, wrap } = cuttable();
    const pollFails = Promise.withResolvers<void>();
    const late = (real: Segmind): Segmind => ({
      ...wrap(real),
      result: async () => {
        await pollFails.promise;
        return { kind: 'fault', failure: failure('offline') };
      },
    });
    await using at = await Harness.open({ wrap: late, concurrency: 1, patienceMs: 0 });
    at.batch(1);
    await at.engine.start();
    await at.until('one at the service', () => at.engine.status().atService === 1);
    down.add('upload');
    at.batch(1);
    await at.until('the queue stopped', () => at.engine.status().stopped !== null);
    const idle = at.idle();
    pollFails.resolve();
    expect(await idle).toMatchObject({ code: 'offline' });
    expect(at.states()).toEqual({ processing: 1, queued: 1 });
  });

  test('for polls alone: they are made again, and nothing is lost', async () => {
    const { down, wrap } = cuttable();
    await using at = await Harness.open({ wrap, speed: 50, concurrency: 2, held: true });
    at.batch(4);
    await at.engine.start();
    await at.until('two at the service', () => at.engine.status().atService === 2);
    down.add('poll');
    await at.until('it is held', () => at.engine.status().heldUntil !== null);
    down.clear();
    at.letGo();
    at.engine.wake();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });

  test('is found to be back with one photo at a time', async () => {
    const { down, wrap } = cuttable();
    const probed = Promise.withResolvers<void>();
    let uploading = 0;
    let most = 0;
    let tries = 0;
    const counting = (real: Segmind): Segmind => {
      const cut = wrap(real);
      return {
        ...cut,
        upload: async (file, signal) => {
          most = Math.max(most, (uploading += 1));
          tries += 1;
          if (tries === 8) probed.resolve();
          try {
            return await cut.upload(file, signal);
          } finally {
            uploading -= 1;
          }
        },
      };
    };
    await using at = await Harness.open({ wrap: counting, speed: 50 });
    at.batch(8);
    down.add('upload');
    await at.engine.start();
    await at.until('it is held', () => at.engine.status().heldUntil !== null && uploading === 0);
    most = 0;
    await at.orTell(probed.promise, 'it was not tried again');
    expect(most).toBe(1);
    down.clear();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 8 });
  });

  test('whose port is closed is reported as offline by the real client, and nothing is used up', async () => {
    await using at = await Harness.open({ patienceMs: 5_000, speed: 50 });
    at.batch(3);
    await at.practice.stop();
    expect(await at.run()).toMatchObject({ code: 'offline' });
    expect(at.states()).toEqual({ queued: 3 });
    expect(at.jobs().every(({ attempts }) => attempts === 0)).toBe(true);
  });
});
