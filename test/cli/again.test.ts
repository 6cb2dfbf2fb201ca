// What can be done with jobs that are already in the history: `history`, `retry`, `cancel`, `resume`.
import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PlannedJob } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import type { JobEvent } from '../../app/domain/job.ts';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { type Line, lineOf, Rig, statesOf } from '../fakes/command-line.ts';

/** A queue that stopped before anything was sent. */
async function stoppedRig(photos: number): Promise<Rig> {
  const rig = await Rig.open({ keys: () => 'invalid' });
  await rig.addPhotos(photos);
  await rig.enhance();
  rig.service.set({ keys: () => 'ok' });
  return rig;
}

function planned(path: string, outDir: string): PlannedJob {
  const { size, mtimeMs } = statSync(path);
  return {
    sourcePath: path,
    sourceBytes: size,
    sourceMtimeMs: Math.trunc(mtimeMs),
    format: 'jpeg',
    width: 24,
    height: 16,
    outDir,
    outStem: basename(path, '.jpg'),
  };
}

function summaryOf({ json }: { json: Line[] }): Line {
  return lineOf(json, 'summary');
}

describe('history', () => {
  it('lists one object a job, with all that a script needs', async () => {
    const rig = await Rig.open();
    const [photo = ''] = await rig.addPhotos(1);
    await rig.enhance();
    expect(await rig.history()).toEqual([
      {
        type: 'job',
        id: 1,
        batch: 1,
        service: rig.service.url,
        source: photo,
        state: 'succeeded',
        output: join(rig.photos, 'Enhanced', 'photo-001_enhanced.jpg'),
        requestId: expect.stringMatching(/^practice-/) as string,
        attempts: 1,
        code: null,
        message: null,
        detail: null,
        charged: 'yes',
        credits: 0.04,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      },
    ]);
  });

  it('shows only what --status and --batch ask for', async () => {
    const rig = await stoppedRig(2);
    await rig.here('cancel', '1');
    await rig.run(['enhance', join(rig.photos, 'photo-002.jpg'), '--seed', '7', ...rig.common]);
    const ids = async (...args: string[]) => (await rig.history(...args)).map(({ id }) => id);
    expect(await ids()).toEqual([1, 2, 3]);
    expect(await ids('--batch', '1')).toEqual([1, 2]);
    expect(await ids('--status', 'canceled')).toEqual([1]);
    expect(await ids('--status', 'canceled', '--status', 'succeeded')).toEqual([1, 3]);
    expect(await ids('--batch', '2', '--status', 'canceled')).toEqual([]);
  });

  it('is a table for a spreadsheet with --csv, in which no name can be a formula', async () => {
    const rig = await Rig.open();
    await rig.addPhoto('=HYPERLINK("http:x"),1.jpg');
    await rig.addPhoto('a, "b".jpg');
    await rig.run(['enhance', ...['=HYPERLINK("http:x"),1.jpg', 'a, "b".jpg'], ...rig.common], { cwd: rig.photos });
    const { status, out } = await rig.here('history', '--csv');
    expect(status).toBe(0);
    const [head = '', ...rows] = out.split('\r\n');
    expect(head.split(',')).toEqual(expect.arrayContaining(['id', 'batch', 'source', 'state', 'charged', 'credits']));
    expect(rows).toHaveLength(3); // two and what is after the last line end
    expect(out).toContain(`"${join(rig.photos, 'a, ""b"".jpg')}"`);
    expect(out).not.toMatch(/(?:^|,)"?[=+@-]/m);
  });

  it('says so when there is nothing', async () => {
    const rig = await Rig.open();
    expect((await rig.here('history')).out).toBe('The history is empty.\n');
    expect((await rig.here('history', '--batch', '7')).out).toBe('There is no such photo in the history.\n');
    expect(await rig.history()).toEqual([]);
    expect((await rig.here('history', '--csv')).out).toMatch(/^type,id,batch,[^\n]*\r\n$/);
  });
});

describe('retry', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
    const photos = await rig.addPhotos(4);
    // Job 1 failed, job 2 is uncertain, job 3 was canceled, in batch 1; job 4 failed in batch 2.
    using history = History.own({ dir: rig.data, clock: systemClock, program: 'a test' });
    const events: JobEvent[][] = [
      [{ type: 'claim' }, { type: 'fail', failure: failure('service_failed') }],
      [{ type: 'claim' }, { type: 'submit' }, { type: 'doubt', failure: failure('uncertain_submit') }],
      [{ type: 'cancel' }],
      [{ type: 'claim' }, { type: 'fail', failure: failure('service_failed') }],
    ];
    const batch = (paths: string[]) =>
      history.batches.create(
        {
          name: 'photos',
          service: rig.service.url,
          parameters: DEFAULT_PARAMETERS,
          output: { onExists: 'skip', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 16 },
          jobs: paths.map((path) => planned(path, join(rig.dir, 'out'))),
        },
        Date.now(),
      );
    batch(photos.slice(0, 3));
    batch(photos.slice(3));
    for (const [index, ofJob] of events.entries()) {
      for (const event of ofJob) history.jobs.apply(index + 1, event, Date.now());
    }
  });

  const retry = (...args: string[]) => rig.run(['retry', ...args, ...rig.common, '--json']);
  const states = async () => (await rig.history()).map(({ state }) => state);

  it('takes up what is named, and nothing else', async () => {
    expect(await states()).toEqual(['failed', 'uncertain', 'canceled', 'failed']);
    expect(summaryOf(await retry('--batch', '1'))).toMatchObject({ succeeded: 1 });
    expect(await states()).toEqual(['succeeded', 'uncertain', 'canceled', 'failed']);
    expect(summaryOf(await retry('--uncertain'))).toMatchObject({ succeeded: 1 });
    expect(await states()).toEqual(['succeeded', 'succeeded', 'canceled', 'failed']);
    expect(summaryOf(await retry('3'))).toMatchObject({ succeeded: 1 });
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded', 'failed']);
    expect(summaryOf(await retry('--failed'))).toMatchObject({ succeeded: 1 });
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
  });

  it('does not send again what may be charged twice unless that is said', async () => {
    const byNumber = await retry('2');
    expect(byNumber.status).toBe(2);
    expect(byNumber.err).toMatch(/may have been charged already/);
    expect(await states()).toEqual(['failed', 'uncertain', 'canceled', 'failed']);
    const both = await retry('--failed', '--uncertain');
    expect(summaryOf(both)).toMatchObject({ succeeded: 3 });
    expect(await states()).toEqual(['succeeded', 'succeeded', 'canceled', 'succeeded']);
  });

  it('does not pay again for what a later batch enhanced, and says so', async () => {
    await rig.run(['enhance', rig.photos, '--seed', '7', ...rig.common]);
    const before = rig.accepted();
    const { err } = await retry('--failed');
    expect(err).toContain('3 photos are left alone: a later batch enhanced them.');
    expect(rig.accepted()).toEqual(before);
    expect((await states()).slice(0, 4)).toEqual(['failed', 'uncertain', 'canceled', 'failed']);
  });

  it('says which of the jobs named cannot be retried', async () => {
    const { status, err, json } = await retry('1', '77');
    expect(status).toBe(0);
    expect(err).toContain('Job 77 cannot be retried');
    expect(summaryOf({ json })).toMatchObject({ succeeded: 1 });
    const none = await retry('1', '77');
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('Jobs 1, 77 cannot be retried')]);
  });
});

describe('cancel', () => {
  it('takes all that waits, a batch of it or single jobs, and `retry` takes them up by number', async () => {
    const rig = await stoppedRig(3);
    const first = await rig.here('cancel', '2', '--json');
    expect([first.status, first.json]).toEqual([0, [{ type: 'canceled', canceled: [2], abandoned: [], going: [] }]]);
    const batch = await rig.here('cancel', '--batch', '1');
    expect(batch.out).toBe('Canceled 2 photos. “retry” with their numbers takes them up again.\n');
    expect(statesOf(await rig.history())).toEqual({ canceled: 3 });
    expect((await rig.run(['resume', ...rig.common])).out).toContain('Nothing is unfinished.');
    const retried = await rig.run(['retry', '1', '2', ...rig.common, '--json']);
    expect(summaryOf(retried)).toMatchObject({ succeeded: 2 });
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('says so when there is nothing to cancel, and refuses jobs that are done', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    await rig.enhance();
    expect((await rig.here('cancel')).out).toBe('There is nothing to cancel.\n');
    const done = await rig.here('cancel', '1');
    expect([done.status, done.err]).toEqual([2, expect.stringContaining('Job 1 cannot be canceled')]);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 1 });
  });

  it('with --abandon tells how many of the photos were at the service', async () => {
    const rig = await stoppedRig(4);
    using history = History.own({ dir: rig.data, clock: systemClock, program: 'a test' });
    const request = { id: 'r', statusUrl: 'https://s/r/status', responseUrl: 'https://s/r', submittedAt: 1 };
    const events: JobEvent[] = [{ type: 'claim' }, { type: 'submit' }, { type: 'accept', request }];
    for (const event of events) history.jobs.apply(2, event, Date.now());
    const { out, json } = await rig.here('cancel', '--abandon', '--json');
    expect(lineOf(json, 'canceled')).toEqual({ type: 'canceled', canceled: [1, 2, 3, 4], abandoned: [2], going: [] });
    expect(out).toContain('"abandoned":[2]');
  });

  it('ends only what waits beside a run, which goes on and ends well', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(6);
    const held = Promise.withResolvers<void>();
    rig.fault = ({ route }) => {
      if (route === 'submit') return { kind: 'never-done' };
      if (route === 'result' || route === 'status') held.resolve(); // so it is recorded as accepted
      return undefined;
    };
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--concurrency', '1']);
    await held.promise;
    await running.until('out', '"type":"batch"');
    const atService = new Set(
      (await rig.history('--status', 'submitting', '--status', 'processing')).map(({ id }) => id),
    );
    expect(atService.size).toBe(1);
    const waiting = [1, 2, 3, 4, 5, 6].filter((id) => !atService.has(id));
    const { json } = await rig.here('cancel', ...waiting.map(String), '--json');
    expect(lineOf(json, 'canceled')).toEqual({ type: 'canceled', canceled: waiting, abandoned: [], going: [] });
    const kept = await rig.here('cancel');
    expect(kept.out).toMatch(/There is nothing to cancel\.\n1 photo is with the service .* paid for/);
    const abandoned = await rig.here('cancel', '--abandon');
    expect(abandoned.out).toBe(
      'Canceled 1 photo. “retry” with its number takes it up again.\n' +
        'It was at the service and may be charged: “retry” with its number asks for that result first.\n',
    );
    running.kill('SIGINT'); // the photo at the service would never be done
    const ended = await running.ended;
    expect(ended.status).toBe(130);
    expect(summaryOf(ended)).toMatchObject({ canceled: 6, failed: 0, uncertain: 0 });
    expect(rig.accepted()).toEqual([1]);
  });
});

describe('enhance, run again instead of resume', () => {
  it('goes on with the photos of the earlier run, and makes and pays for none anew', async () => {
    const rig = await stoppedRig(3);
    const again = await rig.enhance();
    expect([again.status, summaryOf(again)]).toEqual([0, expect.objectContaining({ succeeded: 3 })]);
    expect(rig.accepted()).toEqual([1, 1, 1]);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 3 });
  });

  it('does not send again what may have been charged: it says so, and ends with 1', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    rig.fault = ({ route }) => (route === 'submit' ? { kind: 'reset', when: 'after' } : undefined);
    expect((await rig.enhance()).status).toBe(1);
    rig.fault = undefined;
    const again = await rig.enhance();
    expect(again.status).toBe(1);
    expect(again.err).toContain('may have been charged already in an earlier run');
    expect(rig.accepted()).toEqual([1]);
    expect(statesOf(await rig.history())).toEqual({ uncertain: 1 });
  });

  it('makes another of a photo when other settings are asked for', async () => {
    const rig = await stoppedRig(1);
    await rig.run(['enhance', rig.photos, '--seed', '7', ...rig.common]);
    expect(statesOf(await rig.history())).toEqual({ queued: 1, succeeded: 1 });
  });
});

describe('resume', () => {
  it('leaves the photos of another service alone, and says how they go on', async () => {
    const rig = await stoppedRig(2);
    const { status, out } = await rig.run(['resume', '--practice', '--data', rig.data]);
    expect(status).toBe(0);
    expect(out).toContain(`2 photos of another service unfinished: “resume --api-url ${rig.service.url}” goes on`);
    expect(statesOf(await rig.history())).toEqual({ queued: 2 });
  });

  it('looks again for a finished picture that could not be downloaded, without a new submit', async () => {
    // The storage is asked again and again for some 20 s, by the clock of the wall, before it is believed.
    const rig = await Rig.open();
    await rig.addPhotos(1);
    rig.fault = ({ route }) => (route === 'file' ? { kind: 'status', status: 404 } : undefined);
    const first = await rig.enhance();
    expect(first.status).toBe(1);
    expect(first.json.find(({ type }) => type === 'job')).toMatchObject({ state: 'failed', charged: 'yes' });
    rig.fault = undefined;
    rmSync(join(rig.photos, 'Enhanced'), { recursive: true, force: true });
    const again = await rig.run(['retry', ...rig.common, '--json']);
    expect([again.status, summaryOf(again)]).toEqual([0, expect.objectContaining({ succeeded: 1 })]);
    expect(rig.accepted()).toEqual([1]);
  });
});
