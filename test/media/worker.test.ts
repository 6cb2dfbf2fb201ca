// The media process itself, as its two hosts see it.
import { fork, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { FailureError, failure } from '../../app/domain/failure.ts';
import { hostOf } from '../../app/media/host.ts';
import type { Operations } from '../../app/media/protocol.ts';
import { serve } from '../../app/media/serve.ts';
import { realPhotos } from './pictures.ts';

const ENTRY = fileURLToPath(new URL('../../app/media/worker.ts', import.meta.url));

function started() {
  const child = fork(ENTRY, [], { execArgv: [], serialization: 'advanced' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('under Node it says that it is up, and answers by id', async () => {
  const child = started();
  expect(await once(child, 'message')).toEqual([{ ready: true }, undefined]);
  child.send({ id: 41, op: 'inspect', input: realPhotos().slice(0, 1) });
  const [answer] = (await once(child, 'message')) as [unknown];
  expect(answer).toEqual({ id: 41, ok: true, value: [{ format: 'jpeg', width: 1024, height: 717 }] });
});

test('it ends when its parent goes away, also in the middle of a picture', async () => {
  const child = started();
  await once(child, 'message');
  const ended = once(child, 'exit');
  const settings = { maxPixels: 20_000_000, clarity: 1, sharpen: 1, noise: 1, seed: 1, keepAlpha: false };
  child.send({
    id: 1,
    op: 'retouch',
    input: { source: realPhotos()[0], target: '/nowhere/x', settings: { ...settings, format: 'png' } },
  });
  child.disconnect();
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('started by hand it says what it is for', async () => {
  const child = spawn(process.execPath, [ENTRY], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(said).toContain('The media process is started by Lightbatch, not by hand.');
  expect(child.exitCode).toBe(1);
});

test('under Electron it speaks the same protocol over the parent’s port', async () => {
  const port = Object.assign(new EventEmitter(), {
    postMessage: (message: unknown) => void port.emit('sent', message),
  });
  const process = Object.assign(new EventEmitter(), { parentPort: port });
  const refuse = () => Promise.reject(new FailureError(failure('photo_damaged', { detail: 'cut' })));
  const operations: Operations = {
    inspect: () => Promise.resolve([]),
    prepare: refuse,
    verify: () => Promise.resolve({ format: 'png', width: 1, height: 2 }),
    dress: () => Promise.resolve({ carried: ['exif'], note: null }),
    thumbnail: () => Promise.resolve({ made: false }),
    retouch: () => Promise.resolve(),
  };
  serve(hostOf(process), operations);
  const ask = async (data: unknown) => {
    const answer = once(port, 'sent');
    port.emit('message', { data });
    return (await answer)[0] as unknown;
  };
  expect(await ask({ id: 1, op: 'verify', input: '/a' })).toEqual({
    id: 1,
    ok: true,
    value: { format: 'png', width: 1, height: 2 },
  });
  expect(await ask({ id: 2, op: 'prepare', input: { source: '/a', target: '/b', maxMegapixels: 4 } })).toMatchObject({
    id: 2,
    ok: false,
    failure: { code: 'photo_damaged', detail: 'cut' },
  });
  expect(await ask({ id: 3, op: 'prepare', input: { source: '' } })).toMatchObject({
    id: 3,
    ok: false,
    failure: { code: 'internal' },
  });
});
