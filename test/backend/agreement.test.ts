// A start spends what the user was shown, and nothing beyond it.
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IntakePlan } from '../../app/contract/values.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { BackendRig, type Starting } from './rig.ts';

/** Two photos that were looked at. */
async function planned(settings: Starting = {}) {
  const rig = await BackendRig.withKey();
  const [first = ''] = await rig.addPhotos(2);
  return { rig, first, plan: await rig.plan(rig.backend.intakeOf([rig.photos]), settings) };
}

/** Starts a plan that must be refused for what changed; nothing may have come of it. */
async function refusal(rig: BackendRig, plan: IntakePlan, settings: Starting = {}, name = 'A batch'): Promise<Failure> {
  const input = { ...rig.settings(plan.id, settings), name, agreed: plan.agreement };
  const failure = await rig.refused('intake.start', input);
  expect(failure).toMatchObject({ code: 'plan_changed', charged: 'no' });
  expect(await rig.call('batches.list', { limit: 10 })).toEqual([]);
  expect(rig.segmind.stats().submits).toBe(0);
  return failure;
}

describe('a start', () => {
  it('sends no photo that came after the numbers were shown; looked at again, it is sent', async () => {
    const { rig, plan } = await planned();
    await rig.addPhotos(8);
    expect((await refusal(rig, plan)).message).toMatch(/^6 more photos were found since .* Nothing was started/);
    const again = await rig.plan(plan.id);
    expect(again.quote.photos).toBe(8);
    expect(await rig.startPlanned(again)).toMatchObject({ jobs: 8 });
  });

  it('sends no photo that changed since', async () => {
    const { rig, plan, first } = await planned();
    utimesSync(first, 1_000, 1_000);
    expect((await refusal(rig, plan)).message).toMatch(/^1 photo changed since/);
  });

  it('may send fewer: a photo that is gone, one whose result is there by now', async () => {
    const { rig, plan, first } = await planned();
    rmSync(first);
    mkdirSync(join(rig.photos, 'Enhanced'));
    writeFileSync(join(rig.photos, 'Enhanced', 'photo-002_enhanced.jpg'), 'a result');
    const { batchId } = await rig.startPlanned(plan);
    expect((await rig.finished(batchId ?? 0)).counts).toMatchObject({ skipped: 1, succeeded: 0 });
  });

  it('sends no photo that was to be skipped, when its result is not there any more', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    const result = rig.addFile('Enhanced/photo-001_enhanced.jpg', 'a result');
    const plan = await rig.plan(rig.backend.intakeOf([rig.photos]));
    expect(plan).toMatchObject({ existing: 1, quote: { photos: 1 } });
    rmSync(result);
    expect((await refusal(rig, plan)).message).toMatch(/^1 more photo was found/);
  });

  it('goes to no other service than the one that the numbers were made for', async () => {
    const { rig, plan } = await planned();
    await rig.call('service.use', { kind: 'practice' });
    expect((await refusal(rig, plan)).message).toMatch(/service in use is another one/);
  });

  it('has the settings of the plan that was agreed on, and of the last one', async () => {
    const { rig, plan } = await planned();
    await refusal(rig, plan, { parameters: { steps: 11 } });
    await rig.plan(plan.id);
    await refusal(rig, plan);
    rig.shell.folder = join(rig.dir, 'elsewhere');
    const last = await rig.plan(plan.id);
    await rig.call('intake.chooseOutput', { id: plan.id });
    await refusal(rig, last);
  });

  it('counts results by the name that the user gives the batch', async () => {
    const settings = { output: { template: '{name}_{batch}.{ext}' } };
    const { rig, plan } = await planned(settings);
    expect(plan).toMatchObject({ existing: 0, example: 'photo-001_photos.jpg' });
    rig.addFile('Enhanced/photo-001_photos.jpg', 'a result');
    const skipping = await rig.plan(plan.id, settings);
    expect(skipping.quote.photos).toBe(1);
    await refusal(rig, skipping, settings, 'Tuesday');
    const named = await rig.call('intake.plan', { ...rig.settings(plan.id, settings), name: 'Tuesday' });
    expect(named).toMatchObject({ name: 'Tuesday', existing: 0, quote: { photos: 2 } });
    expect(await rig.startPlanned(named, settings, 'Tuesday')).toMatchObject({ jobs: 2 });
  });
});
