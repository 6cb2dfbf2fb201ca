// Photos that are not what they were when they were queued.
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import { FailureError, failure } from '../../app/domain/failure.ts';
import { Harness, hashOf } from '../fakes/harness.ts';
import { mediaDouble, tinyJpeg } from '../fakes/media.ts';

function becomeFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

describe('a source', () => {
  test.each<[string, (path: string) => void, FailureCode]>([
    ['vanished', (path) => rmSync(path), 'source_missing'],
    ['became a folder', becomeFolder, 'source_missing'],
    ['has other bytes', (path) => writeFileSync(path, tinyJpeg('x'.repeat(99))), 'source_changed'],
    ['has another time', (path) => utimesSync(path, 1_000, 1_000), 'source_changed'],
  ])('that %s fails its photo, free of charge; the others go on', async (_, change, code) => {
    await using at = await Harness.open();
    const plan = at.plan(4);
    change(plan[1]?.sourcePath ?? expect.fail());
    at.batch(plan);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3, failed: 1 });
    expect(at.jobs()[1]).toMatchObject({ state: 'failed', failure: { code, charged: 'no' } });
    expect(at.practice.stats().submits).toBe(3);
  });

  test.each<[string, (path: string) => void, FailureCode]>([
    ['saved anew', (path) => writeFileSync(path, tinyJpeg('saved anew just now')), 'source_changed'],
    ['taken away', (path) => rmSync(path), 'source_missing'],
  ])('that is %s while it is prepared is not sent', async (_, change, code) => {
    const prepare = mediaDouble();
    const media: typeof prepare = {
      ...prepare,
      async prepare(request) {
        const prepared = await prepare.prepare(request);
        change(request.source);
        return prepared;
      },
    };
    await using at = await Harness.open({ media });
    at.batch(1);
    expect(await at.run()).toBeNull();
    expect(at.jobs()[0]).toMatchObject({ state: 'failed', failure: { code, charged: 'no' } });
    expect(at.practice.stats()).toMatchObject({ uploads: 0, submits: 0 });
  });

  test('that changed is taken as it is by a retry of the user', async () => {
    await using at = await Harness.open();
    const plan = at.plan(1);
    const path = plan[0]?.sourcePath ?? expect.fail();
    writeFileSync(path, tinyJpeg('the new content'.repeat(9)));
    at.batch(plan);
    expect(await at.run()).toBeNull();
    expect(at.engine.retry({ states: ['failed'] })).toHaveLength(1);
    expect(await at.idle()).toBeNull();
    expect(at.jobs()[0]).toMatchObject({ state: 'succeeded', sourceHash: hashOf(path) });
    expect(at.posts()).toEqual([1]);
  });

  test('that is back is enhanced by a retry', async () => {
    await using at = await Harness.open();
    const plan = at.plan(1);
    const path = plan[0]?.sourcePath ?? expect.fail();
    rmSync(path);
    at.batch(plan);
    expect(await at.run()).toBeNull();
    writeFileSync(path, tinyJpeg('back again'));
    at.engine.retry({ states: ['failed'] });
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
  });

  test('that crashes the picture process fails alone', async () => {
    const media = mediaDouble((source) => {
      if (source.endsWith('photo-002.jpg')) throw new FailureError(failure('photo_crashed'));
    });
    await using at = await Harness.open({ media });
    at.batch(4);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3, failed: 1 });
    expect(at.jobs()[1]?.failure?.code).toBe('photo_crashed');
  });

  test('is uploaded once, however often its submit is tried', async () => {
    await using at = await Harness.open();
    at.batch(1);
    let left = 3;
    at.fault = ({ route }) => (route === 'submit' && left-- > 0 ? { kind: 'status', status: 500 } : undefined);
    expect(await at.run()).toBeNull();
    expect(at.posts()).toEqual([4]);
    expect(at.practice.stats().uploads).toBe(1);
  });

  test('is prepared ahead of its turn, by no more than so many at a time', async () => {
    const media = mediaDouble();
    await using at = await Harness.open({ media, concurrency: 2, held: true });
    at.batch(8);
    await at.engine.start();
    await at.until(
      'two at the service, two ahead',
      () => at.engine.status().atService === 2 && media.prepared.length >= 4,
    );
    expect(media.prepared.length).toBeLessThanOrEqual(4);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(media.atOnce).toBeLessThanOrEqual(2);
    expect(media.prepared).toHaveLength(8);
  });
});
