// How commands end: the status a script can rely on, and the sentence that goes with it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lineOf, Rig, statesOf } from '../fakes/command-line.ts';

const JSON_ERROR = '{"error":"Internal server error"}';

describe('3, when the queue stopped', () => {
  it('for a key that is refused, with all photos kept', async () => {
    const rig = await Rig.open({ keys: () => 'invalid' });
    await rig.addPhotos(3);
    const { status, json, err } = await rig.enhance();
    expect(status).toBe(3);
    expect(lineOf(json, 'stopped')).toMatchObject({ code: 'bad_key' });
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 0, failed: 0, uncertain: 0 });
    expect(err).toMatch(/does not accept the API key/);
    expect(err).toMatch(/3 photos unfinished: “resume” goes on/);
    expect(statesOf(await rig.history())).toEqual({ queued: 3 });
    rig.service.set({ keys: () => 'ok' });
    const resumed = await rig.run(['resume', ...rig.common, '--json']);
    expect(resumed.status).toBe(0);
    expect(lineOf(resumed.json, 'summary')).toMatchObject({ succeeded: 3 });
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });

  it('for want of credits; once they are back, `resume` finishes and no photo was accepted twice', async () => {
    const rig = await Rig.open({ credits: 0.08 });
    await rig.addPhotos(5);
    const first = await rig.enhance();
    expect(first.status).toBe(3);
    expect(lineOf(first.json, 'stopped')).toMatchObject({ code: 'no_credits' });
    expect(lineOf(first.json, 'summary')).toMatchObject({ succeeded: 2, failed: 0, credits: 0.08 });
    rig.service.set({ credits: 10 });
    const second = await rig.run(['resume', ...rig.common, '--json']);
    expect(second.status).toBe(0);
    expect(lineOf(second.json, 'summary')).toMatchObject({ succeeded: 3, failed: 0, credits: 0.12 });
    expect(rig.accepted()).toEqual([1, 1, 1, 1, 1]);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 5 });
  });

  it.each([
    ['an account that may not use the model', { keys: () => 'forbidden' as const }, 'forbidden'],
    ['the spend limit of the team', { spendLimit: 0 }, 'spend_limit'],
    ['a model that is retired', { modelGone: true }, 'model_gone'],
  ])('for %s', async (_, changes, code) => {
    const rig = await Rig.open(changes);
    await rig.addPhotos(1);
    const { status, json } = await rig.enhance();
    expect(status).toBe(3);
    expect(lineOf(json, 'stopped')).toMatchObject({ code });
    expect(statesOf(await rig.history())).toEqual({ queued: 1 });
  });

  it('for a storage that keeps asking to slow down; one that does so for a while is told as that, and waited for', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    const busy = { kind: 'status', status: 429, headers: { 'retry-after': '2' } } as const;
    rig.fault = ({ route }) => (route === 'upload' ? busy : undefined);
    const { status, json, err } = await rig.enhance('--patience', '0');
    expect(status).toBe(3);
    expect(lineOf(json, 'stopped')).toMatchObject({ code: 'rate_limited' });
    expect(err).toMatch(/The queue stopped\. The storage of the service keeps asking to slow down/);
    rig.fault = ({ route, count }) => (route === 'upload' && count <= 4 ? busy : undefined);
    const resumed = await rig.run(['resume', ...rig.common]);
    expect(resumed.status).toBe(0);
    expect(resumed.out).toMatch(/The storage asks to slow down; trying again in \d+ s\./);
    expect(resumed.out).not.toMatch(/cannot be reached/);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('but not for an output folder that comes back in time: the run goes on by itself', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const out = join(rig.dir, 'out');
    rig.fault = ({ route, count }) => {
      if (route !== 'submit' || count > 1) return undefined;
      rmSync(out, { recursive: true });
      writeFileSync(out, 'a file');
      return undefined;
    };
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--out', out, '--concurrency', '1']);
    await running.until('err', `The output folder ${out} cannot be written to`);
    await running.until('out', /photos? waits? for the output folder out to be back/);
    rmSync(out);
    const ended = await running.ended;
    expect(ended.status).toBe(0);
    expect(ended.out).toMatch(/Enhanced 3 photos in/);
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });

  it('is also how `credits` ends with a key that is refused', async () => {
    const rig = await Rig.open({ keys: () => 'expired' });
    const { status, out, err } = await rig.run(['credits', ...rig.common]);
    expect([status, out]).toEqual([3, '']);
    expect(err).toContain('API key');
  });
});

describe('1, when photos failed or may have been charged', () => {
  it('tells each failed photo with its reason and whether it was charged; `retry` takes it up again', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    let first = true;
    rig.fault = ({ route }) => {
      if (route !== 'submit' || !first) return undefined;
      first = false;
      return { kind: 'fail', error: 'Content moderation: the input image was blocked' };
    };
    const { status, json, err } = await rig.enhance();
    expect(status).toBe(1);
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 2, failed: 1, credits: 0.08 });
    expect(json.filter(({ state }) => state === 'failed')).toEqual([
      expect.objectContaining({ code: 'moderated', charged: 'no', credits: 0, output: null }),
    ]);
    expect(err).toMatch(/1 photo failed: “history --status failed” tells why, “retry” tries again/);
    const again = await rig.run(['retry', ...rig.common, '--json']);
    expect(again.status).toBe(0);
    expect(lineOf(again.json, 'summary')).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('never submits again by itself what may have been accepted', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 2 ? { kind: 'reset', when: 'after' } : undefined;
    const { status, json, err } = await rig.enhance();
    expect(status).toBe(1);
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 2, uncertain: 1, failed: 0 });
    expect(json.filter(({ state }) => state === 'uncertain')).toEqual([
      expect.objectContaining({ code: 'uncertain_submit', charged: 'maybe' }),
    ]);
    expect(err).toMatch(/may be charged twice/);
    expect(rig.accepted()).toEqual([1, 1, 1]);
    expect((await rig.run(['resume', ...rig.common])).status).toBe(0);
    expect((await rig.run(['retry', ...rig.common])).err).toContain('not sent again without --uncertain');
    expect(rig.accepted()).toEqual([1, 1, 1]);
    const again = await rig.run(['retry', '--uncertain', ...rig.common, '--json']);
    expect(lineOf(again.json, 'summary')).toMatchObject({ succeeded: 1, uncertain: 0 });
    expect(rig.accepted().toSorted()).toEqual([1, 1, 2]);
  });

  it('fails only the photo that is gone or was changed since it was queued', async () => {
    const rig = await Rig.open({ keys: () => 'invalid' });
    const [gone = '', changed = ''] = await rig.addPhotos(3);
    expect((await rig.enhance()).status).toBe(3);
    rmSync(gone);
    writeFileSync(changed, 'something else by now');
    rig.service.set({ keys: () => 'ok' });
    const { status, json } = await rig.run(['resume', ...rig.common, '--json']);
    expect(status).toBe(1);
    const codes = json.filter(({ type }) => type === 'job').map(({ source, code }) => [source, code]);
    expect(new Map(codes as [string, unknown][])).toEqual(
      new Map([
        [gone, 'source_missing'],
        [changed, 'source_changed'],
        [join(rig.photos, 'photo-003.jpg'), null],
      ]),
    );
    expect(rig.accepted()).toEqual([1]);
  });

  it('is not reached by a server error that goes away: the photo is tried again', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 1 ? { kind: 'status', status: 500, body: JSON_ERROR } : undefined;
    const { status, json } = await rig.enhance();
    expect(status).toBe(0);
    expect(json.find(({ type }) => type === 'job')).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(rig.service.stats()).toMatchObject({ submits: 2, accepted: 1 });
  });
});

describe('0', () => {
  it('is how `resume` and `retry` end when there is nothing to do', async () => {
    const rig = await Rig.open();
    const resumed = await rig.run(['resume', ...rig.common]);
    expect([resumed.status, resumed.out]).toEqual([0, expect.stringContaining('Nothing is unfinished.')]);
    const retried = await rig.run(['retry', ...rig.common]);
    expect([retried.status, retried.out]).toEqual([0, expect.stringContaining('There is nothing to retry.')]);
  });
});

it('shows the balance, which verifies the key', async () => {
  const rig = await Rig.open({ credits: 1.25, freeCredits: 0.018 });
  const { status, json, err } = await rig.run(['credits', ...rig.common, '--json']);
  expect(status).toBe(0);
  expect(json).toEqual([{ type: 'credits', credits: 1.25, freeCredits: 0.018 }]);
  expect(err).toBe('1.25 credits, and 0.018 credits for free\n');
});
