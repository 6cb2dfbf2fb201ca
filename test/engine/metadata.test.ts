// A paid picture gets its original's metadata, and is saved without it rather than not at all.
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { FailureCode } from '../../app/domain/failure.ts';
import { FailureError, failure } from '../../app/domain/failure.ts';
import type { DressRequest, Media } from '../../app/domain/picture.ts';
import { Harness, hashOf } from '../fakes/harness.ts';
import { mediaDouble, tinyJpeg } from '../fakes/media.ts';

const CLOTHES = tinyJpeg('with the metadata of its original');

/** Media that dress by writing something else; `first` is called before. */
function tailor(first: (request: DressRequest) => Promise<void> | void = () => undefined): Media {
  return {
    ...mediaDouble(),
    dress: async (request) => {
      await first(request);
      await writeFile(request.target, CLOTHES, { flag: 'wx' });
      return { carried: ['exif'], note: null };
    },
  };
}

const fails = (code: FailureCode) => () => Promise.reject(new FailureError(failure(code)));

describe('what is published', () => {
  test('is the dressed picture, whole, and recorded by its own size and hash; no part is left', async () => {
    const asked: DressRequest[] = [];
    await using at = await Harness.open({ media: tailor((request) => void asked.push(request)) });
    at.batch(1);
    expect(await at.run()).toBeNull();
    const [job = expect.fail()] = at.jobs();
    const path = job.output?.path ?? expect.fail();
    expect(readFileSync(path)).toEqual(CLOTHES);
    expect(job.output).toMatchObject({ bytes: CLOTHES.length, sha256: hashOf(path) });
    expect(readdirSync(at.outDir)).toEqual([`${job.outStem}.jpg`]);
    expect(asked).toMatchObject([{ source: job.sourcePath, sourceHash: hashOf(job.sourcePath) }]);
  });

  test('may lack some metadata: the log says which, and the photo succeeds', async () => {
    const note = 'Not all of it was carried: IPTC (a WebP has no place for it).';
    const double = mediaDouble();
    const media: Media = { ...double, dress: async (request) => ({ ...(await double.dress(request)), note }) };
    await using at = await Harness.open({ media });
    at.batch(1);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1 });
    expect(at.logged.filter((line) => line.startsWith('metadata '))).toEqual([
      `metadata ${JSON.stringify({ job: at.jobs()[0]?.id, note })}`,
    ]);
  });

  test.each(['photo_crashed', 'photo_too_slow', 'internal'] as const)(
    'is the picture as it came when dressing it ends in %s',
    async (code) => {
      const media = tailor(async ({ target }) => {
        await writeFile(target, 'half a pic');
        await fails(code)();
      });
      await using at = await Harness.open({ media });
      at.batch(1);
      expect(await at.run()).toBeNull();
      const [job = expect.fail()] = at.jobs();
      expect(job).toMatchObject({ state: 'succeeded', attempts: 1 });
      expect(job.output?.sha256).toBe(hashOf(job.sourcePath));
      expect(readdirSync(at.outDir)).toEqual([`${job.outStem}.jpg`]);
      expect(at.logged.some((line) => line.startsWith('metadata ') && line.includes(code))).toBe(true);
    },
  );
});

test('a disk that is full while it is dressed stops the queue; with room the picture is fetched, not paid, again', async () => {
  let full = true;
  const media = tailor(async ({ target }) => {
    if (!full) return;
    await writeFile(target, 'half a pic');
    await fails('disk_full')();
  });
  await using at = await Harness.open({ media });
  at.batch(1);
  expect(await at.run()).toMatchObject({ code: 'disk_full' });
  expect(at.states()).toEqual({ queued: 1 });
  expect(readdirSync(at.outDir)).toEqual([]);
  full = false;
  at.engine.resume();
  expect(await at.idle()).toBeNull();
  expect(at.posts()).toEqual([1]);
  expect(readFileSync(at.jobs()[0]?.output?.path ?? '')).toEqual(CLOTHES);
});

test('a trouble of the disk that passes is tried again, without a submit', async () => {
  let left = 1;
  const media = tailor(() => {
    if (left-- > 0) throw new FailureError(failure('save_failed'));
  });
  await using at = await Harness.open({ media });
  at.batch(1);
  expect(await at.run()).toBeNull();
  expect(at.posts()).toEqual([1]);
  expect(readFileSync(at.jobs()[0]?.output?.path ?? '')).toEqual(CLOTHES);
});

test('after a crash between publishing and its record the dressed picture is recognised', async () => {
  await using at = await Harness.open({ media: tailor() });
  at.batch(1);
  const { jobs } = at.history;
  const apply = jobs.apply.bind(jobs);
  let published = false;
  const spy = vi.spyOn(jobs, 'apply').mockImplementation((id, event, now, facts) => {
    published ||= event.type === 'save';
    if (published) throw new Error('the power is gone'); // from here on nothing is recorded
    return apply(id, event, now, facts);
  });
  await at.run();
  await at.stop();
  spy.mockRestore();
  expect(at.states()).toEqual({ saving: 1 });
  at.renew();
  expect(await at.run()).toBeNull();
  const path = join(at.outDir, 'photo-001_enhanced.jpg');
  expect(at.jobs()[0]?.output).toMatchObject({ path, sha256: hashOf(path), bytes: CLOTHES.length });
  expect(readFileSync(path)).toEqual(CLOTHES);
  expect(readdirSync(at.outDir)).toEqual(['photo-001_enhanced.jpg']);
});

test('a foreign link under the name of the dressed part is not written through', async () => {
  await using at = await Harness.open({ media: tailor() });
  const [planned = expect.fail()] = at.plan(1);
  await mkdir(at.outDir);
  symlinkSync(planned.sourcePath, join(at.outDir, `.${planned.outStem}.1.dressed.part`));
  const before = hashOf(planned.sourcePath);
  at.batch([planned]);
  expect(await at.run()).toBeNull();
  expect(hashOf(planned.sourcePath)).toBe(before);
  expect(readdirSync(at.outDir)).toEqual([`${planned.outStem}.jpg`]);
});
