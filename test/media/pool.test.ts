// The pool, with real processes and real pictures: who fails when one dies, and who does not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FailureError } from '../../app/domain/failure.ts';
import { isFailure } from '../../app/domain/picture.ts';
import type { Clock } from '../../app/lib/clock.ts';
import { MediaPool, type MediaPoolOptions, type WorkerPort } from '../../app/media/pool.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import { noisy, put, realPhotos, tempFolder } from './pictures.ts';

type Posted = { readonly op: string; readonly input: unknown };

/** A pool whose processes do what `onPost` says when they get a task, such as dying; counts the processes. */
function poolOf(
  options: Partial<MediaPoolOptions> & { onPost?: (posted: Posted, port: WorkerPort) => 'post' | 'drop' } = {},
) {
  const { onPost = () => 'post', ...rest } = options;
  const ports: WorkerPort[] = [];
  const spawn = () => {
    const port = spawnNodeWorker();
    const wrapped: WorkerPort = {
      ...port,
      post: (message) => {
        if (onPost(message as Posted, port) === 'post') port.post(message);
      },
    };
    ports.push(port);
    return wrapped;
  };
  const pool = new MediaPool({ spawn, size: 2, ...rest });
  onTestFinished(() => pool.stop());
  return { pool, ports };
}

/** A clock that stands; `ring` calls what waits. */
function heldClock() {
  const waiting = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    wall: () => 0,
    after: (_, callback) => {
      waiting.add(callback);
      return () => waiting.delete(callback);
    },
  };
  return { clock, ring: () => [...waiting].forEach((callback) => callback()), waiting };
}

const codeOf = (settled: PromiseSettledResult<unknown>) =>
  settled.status === 'fulfilled' ? 'done' : (settled.reason as FailureError).failure.code;

const mentions = (posted: Posted, word: string) => JSON.stringify(posted.input).includes(word);

/** Kills the process as soon as it is given a task that mentions `word`. */
const killAt = (word: string) => (posted: Posted, port: WorkerPort) => {
  if (mentions(posted, word)) port.kill();
  return 'post' as const;
};

const prepareTo = (target: string, source = realPhotos()[0] ?? '') => ({ source, target, maxMegapixels: 20 });

describe('work', () => {
  test('every operation reaches its process and comes back', async () => {
    const { pool } = poolOf();
    const folder = tempFolder();
    const [source = ''] = realPhotos();
    const target = join(folder, 'upload');
    const settings = { maxPixels: 100_000, clarity: 0.5, sharpen: 0.5, noise: 0, seed: 1, keepAlpha: true } as const;
    expect(await pool.inspect([source])).toEqual([{ format: 'jpeg', width: 1024, height: 717 }]);
    expect(await pool.prepare(prepareTo(target))).toMatchObject({ path: target, width: 1024 });
    expect(await pool.verify(target)).toEqual({ format: 'jpeg', width: 1024, height: 717 });
    const thumbnail = { source, target: join(folder, 'thumb.jpg'), size: 64, quick: false };
    expect(await pool.thumbnail(thumbnail)).toEqual({ made: true, width: 64, height: 45 });
    const result = join(folder, 'result');
    await pool.retouch({ source, target: result, settings: { ...settings, format: 'png' } });
    expect(existsSync(result)).toBe(true);
  });

  test('failures come back whole', async () => {
    const { pool } = poolOf();
    const source = put(tempFolder(), 'a.jpg', '%PDF-1.7');
    await expect(pool.prepare(prepareTo(join(tempFolder(), 'x'), source))).rejects.toMatchObject({
      name: 'FailureError',
      failure: { code: 'not_a_photo', detail: 'a PDF document named .jpg', retryable: false, charged: 'no' },
    });
    await expect(pool.verify(source)).rejects.toMatchObject({ failure: { code: 'result_damaged', charged: 'yes' } });
  });

  test('an input that breaks the contract is refused in the process, which goes on', async () => {
    const { pool, ports } = poolOf({ size: 1 });
    await expect(pool.prepare({ ...prepareTo('/x'), maxMegapixels: -1 })).rejects.toMatchObject({
      failure: { code: 'internal' },
    });
    expect(await pool.inspect(realPhotos().slice(0, 1))).toHaveLength(1);
    expect(ports).toHaveLength(1);
  });

  test('processes start when they are needed, and no more than allowed', async () => {
    const { pool, ports } = poolOf({ size: 2 });
    expect(ports).toHaveLength(0);
    const folder = tempFolder();
    await Promise.all(Array.from({ length: 6 }, (_, index) => pool.prepare(prepareTo(join(folder, String(index))))));
    expect(ports).toHaveLength(2);
  });

  test('jobs go before thumbnails, each kind in the order of asking', async () => {
    const order: string[] = [];
    const onPost = (posted: Posted) => {
      order.push(`${posted.op} ${/\d(?=")/.exec(JSON.stringify(posted.input))?.[0] ?? ''}`);
      return 'post' as const;
    };
    const { pool } = poolOf({ size: 1, onPost });
    const folder = tempFolder();
    const [source = ''] = realPhotos();
    const thumbnail = (n: number) =>
      pool.thumbnail({ source, target: join(folder, `thumb-${n}`), size: 64, quick: false });
    const job = (n: number) => pool.prepare(prepareTo(join(folder, `upload-${n}`)));
    await Promise.all([thumbnail(1), thumbnail(2), job(1), job(2)]);
    expect(order).toEqual(['prepare 1', 'prepare 2', 'thumbnail 1', 'thumbnail 2']);
  });

  test('a job that comes while thumbnails are made is the next thing done, before all that wait', async () => {
    const order: string[] = [];
    const folder = tempFolder();
    const jobs: Promise<unknown>[] = [];
    const { pool } = poolOf({
      onPost: ({ op }) => {
        order.push(op);
        if (jobs.length === 0) jobs.push(pool.prepare(prepareTo(join(folder, 'upload'))));
        return 'post';
      },
    });
    const [source = ''] = realPhotos();
    const thumbnail = (n: number) => pool.thumbnail({ source, target: join(folder, `t${n}`), size: 64, quick: false });
    await Promise.all([1, 2, 3, 4, 5].map(thumbnail));
    await Promise.all(jobs);
    expect(order.slice(0, 2)).toEqual(['thumbnail', 'prepare']);
  });

  test('pictures of the practice service and thumbnails take turns, so that neither keeps the other waiting', async () => {
    const order: string[] = [];
    const onPost = ({ op }: Posted) => {
      order.push(op);
      return 'post' as const;
    };
    const { pool } = poolOf({ size: 1, onPost });
    const folder = tempFolder();
    const source = put(folder, 'photo.jpg', await noisy(30, 20).jpeg().toBuffer());
    const settings = { clarity: 0, sharpen: 0, noise: 0, seed: 1, keepAlpha: false, format: 'jpeg' } as const;
    const retouch = (n: number) =>
      pool.retouch({ source, target: join(folder, `r${n}`), settings: { ...settings, maxPixels: 600 } });
    const thumbnail = (n: number) => pool.thumbnail({ source, target: join(folder, `t${n}`), size: 8, quick: false });
    await Promise.all([1, 2, 3].map(retouch).concat([1, 2].map((n) => thumbnail(n).then(() => undefined))));
    expect(order).toEqual(['retouch', 'thumbnail', 'retouch', 'thumbnail', 'retouch']);
  });

  test('many files are inspected in order, over all processes', async () => {
    const folder = tempFolder();
    const photo = await noisy(30, 20).jpeg().toBuffer();
    const paths = Array.from({ length: 100 }, (_, index) =>
      put(folder, `${index}.jpg`, index % 7 === 3 ? `text ${index}` : photo),
    );
    const { pool, ports } = poolOf();
    const answers = await pool.inspect(paths);
    expect(answers.map(isFailure)).toEqual(paths.map((_, index) => index % 7 === 3));
    expect(ports).toHaveLength(2);
    expect(await pool.inspect([])).toEqual([]);
  });
});

describe('a process that dies', () => {
  test('fails its own task alone, and is replaced', async () => {
    const { pool, ports } = poolOf({ onPost: killAt('fatal') });
    const folder = tempFolder();
    const names = ['a', 'b', 'fatal', 'c', 'd', 'e'];
    const settled = await Promise.allSettled(names.map((name) => pool.prepare(prepareTo(join(folder, name)))));
    expect(settled.map(codeOf)).toEqual(['done', 'done', 'photo_crashed', 'done', 'done', 'done']);
    expect(ports).toHaveLength(3);
  });

  test('several times in a row fails as many tasks, and the rest are done', async () => {
    const { pool } = poolOf({ size: 1, onPost: killAt('fatal') });
    const folder = tempFolder();
    const names = ['fatal-1', 'fatal-2', 'fatal-3', 'fatal-4', 'sound'];
    const settled = await Promise.allSettled(names.map((name) => pool.prepare(prepareTo(join(folder, name)))));
    expect(settled.map(codeOf)).toEqual([...Array<string>(4).fill('photo_crashed'), 'done']);
  });

  test('over a group of files gives the fault to the one file that did it', async () => {
    const folder = tempFolder();
    const photo = await noisy(30, 20).jpeg().toBuffer();
    const names = Array.from({ length: 20 }, (_, index) => (index === 13 ? 'fatal.jpg' : `${index}.jpg`));
    const { pool } = poolOf({ onPost: killAt('fatal') });
    const answers = await pool.inspect(names.map((name) => put(folder, name, photo)));
    const bad = answers.flatMap((answer, index) => (isFailure(answer) ? [[index, answer.code]] : []));
    expect(bad).toEqual([[13, 'photo_crashed']]);
  });

  test('between two tasks is nobody’s failure', async () => {
    const { pool, ports } = poolOf({ size: 1 });
    await pool.inspect(realPhotos());
    const gone = new Promise<string>((resolve) => ports[0]?.onExit(resolve));
    ports[0]?.kill();
    await gone;
    expect(await pool.inspect(realPhotos())).toHaveLength(4);
    expect(ports).toHaveLength(2);
  });
});

describe('a task over its deadline', () => {
  test('fails as too slow at once, its process is killed, and the next one is done by another', async () => {
    const { clock, ring, waiting } = heldClock();
    let reached = () => {};
    const stuck = new Promise<void>((resolve) => (reached = resolve));
    const { pool, ports } = poolOf({
      size: 1,
      clock,
      onPost: (posted) => {
        if (!mentions(posted, 'endless')) return 'post';
        reached();
        return 'drop'; // as a process does that hangs in a dead network drive
      },
    });
    const folder = tempFolder();
    const slow = pool.prepare(prepareTo(join(folder, 'endless')));
    const next = pool.prepare(prepareTo(join(folder, 'next')));
    await stuck;
    const ended = new Promise<string>((resolve) => ports[0]?.onExit(resolve));
    ring();
    await expect(slow).rejects.toMatchObject({ failure: { code: 'photo_too_slow' } });
    expect(await ended).toBe('ended by SIGKILL');
    expect(await next).toMatchObject({ width: 1024 });
    expect(waiting.size).toBe(0);
  });
});

test('files on a drive that does not answer are unreadable, all at once and not one after the other', async () => {
  const { clock, ring } = heldClock();
  let reached = () => {};
  const stuck = new Promise<void>((resolve) => (reached = resolve));
  const onPost = () => {
    reached();
    return 'drop' as const;
  };
  const { pool, ports } = poolOf({ size: 1, clock, onPost });
  const answers = pool.inspect(realPhotos());
  await stuck;
  ring();
  const codes = (await answers).map((answer) => (isFailure(answer) ? answer.code : 'read'));
  expect(codes).toEqual(Array<string>(4).fill('source_unreadable'));
  expect(ports).toHaveLength(1);
});

describe('a process that does not come up', () => {
  const entry = new URL('./broken-worker.ts', import.meta.url);

  test('is tried three times, then what waits fails with the reason', async () => {
    let started = 0;
    const spawn = () => {
      started += 1;
      return spawnNodeWorker({ entry });
    };
    const pool = new MediaPool({ spawn, size: 1 });
    onTestFinished(() => pool.stop());
    const settled = await Promise.allSettled([pool.verify('/a'), pool.verify('/b')]);
    expect(settled.map(codeOf)).toEqual(['internal', 'internal']);
    expect(settled[0]).toMatchObject({
      reason: { failure: { detail: 'the picture process does not start: sharp is not there' } },
    });
    expect(started).toBe(3);
    await expect(pool.verify('/c')).rejects.toMatchObject({ failure: { code: 'internal' } });
    expect(started).toBe(4); // asked again, it is tried once again: the reason may be gone
  });

  test('costs no task when the next one does', async () => {
    let started = 0;
    const spawn = () => (++started <= 2 ? spawnNodeWorker({ entry }) : spawnNodeWorker());
    const pool = new MediaPool({ spawn, size: 1 });
    onTestFinished(() => pool.stop());
    expect(await pool.inspect(realPhotos())).toHaveLength(4);
    expect(started).toBe(3);
  });

  test('because it cannot even be started is told the same way', async () => {
    const spawn = () => {
      throw new Error('no more processes');
    };
    const pool = new MediaPool({ spawn });
    await expect(pool.verify('/a')).rejects.toMatchObject({
      failure: { code: 'internal', detail: 'the picture process does not start: no more processes' },
    });
  });

  test('leaves the work to those that did', async () => {
    let started = 0;
    const spawn = () => {
      started += 1;
      if (started > 1) throw new Error('no more processes');
      return spawnNodeWorker();
    };
    const pool = new MediaPool({ spawn, size: 2 });
    onTestFinished(() => pool.stop());
    const folder = tempFolder();
    const jobs = Array.from({ length: 5 }, (_, index) => pool.prepare(prepareTo(join(folder, String(index)))));
    expect((await Promise.allSettled(jobs)).map(codeOf)).toEqual(Array<string>(5).fill('done'));
  });
});

describe('stopping', () => {
  test('ends the processes and rejects what runs, what waits and what is asked later', async () => {
    let reached = () => {};
    const busy = new Promise<void>((resolve) => (reached = resolve));
    const { pool, ports } = poolOf({
      size: 1,
      onPost: () => {
        reached();
        return 'drop';
      },
    });
    const tasks = [pool.verify('/a'), pool.verify('/b')];
    await busy;
    const ended = new Promise<string>((resolve) => ports[0]?.onExit(resolve));
    pool[Symbol.dispose]();
    const settled = await Promise.allSettled([...tasks, pool.verify('/c')]);
    expect(settled.map(codeOf)).toEqual(['internal', 'internal', 'internal']);
    expect(settled[0]).toMatchObject({ reason: { failure: { retryable: true } } });
    expect(await ended).toBe('ended by SIGKILL');
  });
});

test('a process that says what no media process says is not believed', async () => {
  const said: ((message: unknown) => void)[] = [];
  let killed = 0;
  const port: WorkerPort = {
    pid: undefined,
    post: () => said.forEach((say) => say({ id: 1, ok: true, value: { width: -1, format: 'exe' } })),
    onMessage: (listener) => {
      said.push(listener);
      queueMicrotask(() => listener({ ready: true }));
    },
    onExit: () => undefined,
    kill: () => (killed += 1),
  };
  const pool = new MediaPool({ spawn: () => port, size: 1 });
  onTestFinished(() => pool.stop());
  await expect(pool.verify('/a')).rejects.toMatchObject({ failure: { code: 'internal' } });
  const next = pool.verify('/b');
  said.forEach((say) => say('nonsense'));
  await expect(next).rejects.toMatchObject({
    failure: { code: 'photo_crashed', detail: 'it does not speak the protocol' },
  });
  expect(killed).toBe(1);
});

test('what a process writes to its error output reaches the log, and no key reaches the process', async () => {
  vi.stubEnv('SEGMIND_API_KEY', 'SG_0123456789abcdef');
  onTestFinished(() => void vi.unstubAllEnvs());
  const lines: string[] = [];
  const entry = new URL('./talking-worker.ts', import.meta.url);
  const port = spawnNodeWorker({ entry, onLog: (text) => lines.push(text) });
  const reason = await new Promise<string>((resolve) => port.onExit(resolve));
  expect({ reason, lines }).toEqual({ reason: 'ended with code 0', lines: ['a warning, and no key: undefined\n'] });
});
