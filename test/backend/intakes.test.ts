// From files that were given to a batch: what the sheet is told, and what is started.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../app/contract.ts';
import type { IntakePlan } from '../../app/contract/values.ts';
import { FailureError } from '../../app/domain/failure.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import { BackendRig, KEY } from './rig.ts';

/** What is told of files that were left out, by name. */
function reasons({ leftOut }: IntakePlan): Record<string, string> {
  return Object.fromEntries(leftOut.map(({ name, reason }) => [name, reason]));
}

function codeOf(settled: PromiseSettledResult<unknown>): string {
  if (settled.status === 'fulfilled') return 'well';
  return settled.reason instanceof FailureError ? settled.reason.failure.code : String(settled.reason);
}

function starting(rig: BackendRig, plan: IntakePlan): Input<'intake.start'> {
  return { ...rig.settings(plan.id), name: 'x', agreed: plan.agreement };
}

describe('a plan', () => {
  it('tells photos from the rest, names the batch, the results and their folder, and what it will take', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    rig.addFile('notes.txt', 'no photo');
    rig.addFile('broken.jpg', 'no photo either');
    rig.addFile('empty.jpg', '');
    const id = rig.backend.intakeOf([rig.photos]);
    const plan = await rig.plan(id, { parameters: { resolution: '1MP' } });
    expect(plan).toMatchObject({
      id,
      name: 'photos',
      photos: 3,
      leftOutCount: 3,
      joined: 0,
      fetched: 0,
      doubtful: 0,
      existing: 0,
      short: false,
      example: 'photo-001_enhanced.jpg',
      outputFolders: [join(rig.photos, 'Enhanced')],
      outputFolderChosen: false,
    });
    expect(reasons(plan)).toEqual({ 'notes.txt': 'not_a_photo', 'broken.jpg': 'not_a_photo', 'empty.jpg': 'empty' });
    expect(plan.quote).toMatchObject({ photos: 3, shrinking: 0, fromHistory: false });
    expect(plan.quote.credits).toBeCloseTo(0.12);
    expect(existsSync(join(rig.photos, 'Enhanced'))).toBe(false);
  });

  it('of nothing that could be enhanced says why, instead of failing', async () => {
    const rig = await BackendRig.withKey();
    const heic = rig.addFile('phone.heic', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'));
    const gone = join(rig.photos, 'gone.jpg');
    const plan = await rig.plan(rig.backend.intakeOf([heic, gone]));
    expect(plan).toMatchObject({ photos: 0, leftOutCount: 2, example: null, outputFolders: [] });
    expect(reasons(plan)).toEqual({ 'phone.heic': 'heic', 'gone.jpg': 'unreadable' });
    expect(plan.leftOut.find(({ name }) => name === 'gone.jpg')?.message).toMatch(/There is no file or folder/);
    expect(plan.quote.photos).toBe(0);
  });

  it('leaves a file that is gone out of many, and takes the others', async () => {
    const rig = await BackendRig.withKey();
    const [first = '', second = ''] = await rig.addPhotos(2);
    const plan = await rig.plan(rig.backend.intakeOf([first, join(rig.photos, 'gone.jpg'), second]));
    expect(plan).toMatchObject({ photos: 2, leftOutCount: 1 });
  });

  it('takes no path that is not absolute, and none twice', async () => {
    const rig = await BackendRig.withKey();
    const [photo = ''] = await rig.addPhotos(1);
    expect((await rig.plan(rig.backend.intakeOf(['photos', '', './x.jpg', `${photo}\0`]))).photos).toBe(0);
    expect((await rig.plan(rig.backend.intakeOf([photo, photo]))).photos).toBe(1);
  });

  it('names a batch by the folder that single files share, and by the first of things that share none', async () => {
    const rig = await BackendRig.withKey();
    const files = await Promise.all(
      ['Wedding/a.jpg', 'Wedding/b.jpg', 'Party/c.jpg'].map((name) => rig.addPhoto(name)),
    );
    const nameOf = async (paths: readonly string[]) => (await rig.plan(rig.backend.intakeOf(paths))).name;
    expect(await nameOf(files.slice(0, 2))).toBe('Wedding');
    expect(await nameOf(files.slice(0, 1))).toBe('a.jpg');
    expect(await nameOf(files)).toBe('a.jpg and 2 more');
    expect(await nameOf([join(rig.photos, 'Party'), join(rig.photos, 'Wedding')])).toBe('Party and 1 more');
  });

  it('tells how far it is, ending with all that was found', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(5);
    const id = rig.backend.intakeOf([rig.photos]);
    await rig.plan(id);
    const told = rig.told('intake');
    expect(told.length).toBeGreaterThan(0);
    expect(told.every((progress) => progress.id === id && progress.inspected <= progress.found)).toBe(true);
  });

  it('made anew with other settings looks at no picture twice, unless it changed', async () => {
    const rig = await BackendRig.create();
    const [photo = ''] = await rig.addPhotos(2);
    const inspected: string[][] = [];
    rig.renew({
      spawnMedia: () => {
        const port = spawnNodeWorker();
        const post = (message: unknown) => {
          inspected.push((message as { input: string[] }).input);
          port.post(message);
        };
        return { ...port, post };
      },
    });
    await rig.backend.open();
    const id = rig.backend.intakeOf([rig.photos]);
    await rig.plan(id);
    expect(inspected.flat().map((path) => basename(path))).toEqual(['photo-001.jpg', 'photo-002.jpg']);
    await rig.plan(id, { output: { template: '{name}-better.{ext}' } });
    expect(inspected.flat()).toHaveLength(2);
    writeFileSync(
      photo,
      await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
    );
    const plan = await rig.plan(id);
    expect(inspected.flat()).toHaveLength(3);
    expect(plan.photos).toBe(2);
  });

  it('gives way to a newer one of the same intake, and to its end', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    const id = rig.backend.intakeOf([rig.photos]);
    const older = rig.plan(id);
    const newer = rig.plan(id, { output: { onExists: 'number' } });
    expect((await Promise.allSettled([older, newer])).map(codeOf)).toEqual(['superseded', 'well']);
    const last = rig.plan(id);
    await rig.call('intake.discard', { id });
    expect((await Promise.allSettled([last])).map(codeOf)).toEqual(['superseded']);
    expect((await rig.refused('intake.plan', rig.settings(id))).code).toBe('intake_gone');
  });

  it('of two intakes at a time is made for both', async () => {
    const rig = await BackendRig.withKey();
    const [a, b] = await Promise.all([rig.addPhoto('one/a.jpg'), rig.addPhoto('two/b.jpg')]);
    const plans = await Promise.all([a, b].map((path) => rig.plan(rig.backend.intakeOf([path]))));
    expect(plans.map(({ name }) => name)).toEqual(['a.jpg', 'b.jpg']);
  });

  it('counts results that are there under their names, and asks no credits for what is skipped for them', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    mkdirSync(join(rig.photos, 'Enhanced'));
    writeFileSync(join(rig.photos, 'Enhanced', 'photo-002_enhanced.png'), 'a result');
    const id = rig.backend.intakeOf([rig.photos]);
    const skipping = await rig.plan(id);
    expect(skipping).toMatchObject({ photos: 3, existing: 1, quote: { photos: 2 } });
    const numbering = await rig.plan(id, { output: { onExists: 'number' } });
    expect(numbering).toMatchObject({ photos: 3, existing: 1, quote: { photos: 3 } });
  });

  it('counts the results that would be made just the same again', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    await rig.finished(await rig.startBatch());
    rig.addFile('Enhanced/photo-003_enhanced.jpg', 'of another program');
    await rig.addPhoto('photo-003.jpg');
    const id = rig.backend.intakeOf([rig.photos]);
    const same = await rig.plan(id, { output: { onExists: 'number' } });
    expect(same).toMatchObject({ photos: 3, existing: 3, identical: 2, quote: { photos: 3 } });
    expect(await rig.plan(id, { parameters: { seed: 7 } })).toMatchObject({ existing: 3, identical: 0 });
    await rig.call('service.use', { kind: 'practice' });
    expect((await rig.plan(id)).identical).toBe(0);
  });

  it('warns when the account holds less than it will take', async () => {
    const rig = await BackendRig.withKey({ segmind: { credits: 0.1 } });
    await rig.addPhotos(3);
    expect((await rig.plan(rig.backend.intakeOf([rig.photos]))).short).toBe(true);
    await rig.call('service.use', { kind: 'practice' });
    expect((await rig.plan(rig.backend.intakeOf([rig.photos]))).short).toBe(false);
  });

  it('counts what waits already: it goes before, and is paid for from the same account', async () => {
    const rig = await BackendRig.withKey({ segmind: { credits: 0.6 } });
    await rig.addPhotos(12);
    await rig.call('queue.pause', undefined);
    await rig.startBatch();
    for (let n = 0; n < 12; n += 1) await rig.addPhoto(`../more/photo-${n}.jpg`);
    const id = rig.backend.intakeOf([join(rig.dir, 'more')]);
    const plan = await rig.plan(id);
    expect(plan).toMatchObject({ short: true, quote: { photos: 12, ahead: { photos: 12 } } });
    expect(plan.quote.ahead.credits).toBeCloseTo(0.48);
    await rig.call('service.use', { kind: 'practice' });
    expect(await rig.plan(id)).toMatchObject({ short: false, quote: { ahead: { photos: 0 } } });
  });

  it('is refused, in its own sentence, where a result would take the place of a photo', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(1);
    rig.shell.folder = rig.photos;
    const id = rig.backend.intakeOf([rig.photos]);
    await rig.call('intake.chooseOutput', { id });
    const failure = await rig.refused('intake.plan', rig.settings(id, { output: { template: '{name}.{ext}' } }));
    expect(failure).toMatchObject({ code: 'would_overwrite', charged: 'no' });
    expect(failure.message).toMatch(/would take the place of the photo/);
  });

  it('follows the folder chosen for it, the one for all batches, and the way back', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(1);
    const [all, own] = ['all', 'own'].map((name) => join(rig.dir, name));
    rig.shell.folder = all ?? '';
    await rig.call('settings.chooseOutputFolder', undefined);
    const id = rig.backend.intakeOf([rig.photos]);
    const folders = async () => (await rig.plan(id)).outputFolders;
    expect(await folders()).toEqual([all]);
    rig.shell.folder = own ?? '';
    expect(await rig.call('intake.chooseOutput', { id })).toBe(true);
    expect(await folders()).toEqual([own]);
    rig.shell.folder = null;
    expect(await rig.call('intake.chooseOutput', { id })).toBe(false);
    expect(await folders()).toEqual([own]);
    await rig.call('intake.clearOutput', { id });
    expect(await folders()).toEqual([join(rig.photos, 'Enhanced')]);
    await rig.call('settings.clearOutputFolder', undefined);
    expect((await rig.state()).outputFolder).toBeNull();
  });

  it('needs no service; to start does', async () => {
    const rig = await BackendRig.open();
    await rig.addPhotos(1);
    const id = rig.backend.intakeOf([rig.photos]);
    const plan = await rig.plan(id);
    expect(plan).toMatchObject({ photos: 1, quote: { photos: 1 } });
    expect((await rig.refused('intake.start', starting(rig, plan))).code).toBe('no_service');
    await rig.call('service.use', { kind: 'practice' });
    expect(await rig.start(id)).toMatchObject({ jobs: 1 });
  });
});

describe('what was given', () => {
  it('comes from dialogs, which may be closed', async () => {
    const rig = await BackendRig.withKey();
    expect(await rig.call('intake.choose', { kind: 'files' })).toBeNull();
    expect(await rig.call('intake.choose', { kind: 'folder' })).toBeNull();
    rig.shell.files = await rig.addPhotos(2);
    const files = await rig.call('intake.choose', { kind: 'files' });
    expect((await rig.plan(files?.id ?? 0)).photos).toBe(2);
    rig.shell.folder = rig.photos;
    const folder = await rig.call('intake.choose', { kind: 'folder' });
    expect((await rig.plan(folder?.id ?? 0)).photos).toBe(2);
  });

  it('before the history is open is kept until it is', async () => {
    const rig = await BackendRig.create();
    const [photo = ''] = await rig.addPhotos(2);
    const first = rig.backend.intakeOf([photo]);
    const opening = rig.backend.open();
    const second = rig.backend.intakeOf([rig.photos]);
    await opening;
    const third = rig.backend.intakeOf([photo]);
    expect(new Set([first, second, third]).size).toBe(3);
    expect((await rig.plan(first)).photos).toBe(1);
    expect((await rig.plan(second)).photos).toBe(2);
  });

  it('is held for the last twenty only', async () => {
    const rig = await BackendRig.withKey();
    const ids = Array.from({ length: 21 }, () => rig.backend.intakeOf([rig.photos]));
    expect((await rig.refused('intake.plan', rig.settings(ids[0] ?? 0))).code).toBe('intake_gone');
    expect((await rig.plan(ids[1] ?? 0)).photos).toBe(0);
  });

  it('can be the photos of earlier jobs once more, wherever they came from', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    const batchId = await rig.startBatch();
    await rig.finished(batchId);
    const { ids } = await rig.call('jobs.ids', { batchId, states: [], order: 'added', descending: false });
    const { id } = await rig.call('jobs.again', { ids: [...ids] });
    expect(await rig.plan(id, { parameters: { seed: 7 } })).toMatchObject({
      name: 'A batch (2)',
      photos: 2,
      existing: 2,
    });
    expect((await rig.refused('jobs.again', { ids: [9_999] })).code).toBe('intake_gone');
  });

  it('has its results go where the earlier ones are, sub-folders and all, until another folder is chosen', async () => {
    const rig = await BackendRig.withKey();
    await Promise.all([rig.addPhoto('a.jpg'), rig.addPhoto('day 1/b.jpg')]);
    const [delivery, other] = [join(rig.dir, 'delivery'), join(rig.dir, 'other')];
    const given = rig.backend.intakeOf([rig.photos]);
    rig.shell.folder = delivery;
    await rig.call('intake.chooseOutput', { id: given });
    const { batchId } = await rig.start(given);
    await rig.finished(batchId ?? 0);
    const query = { batchId: batchId ?? 0, states: [], order: 'added' as const, descending: false };
    const { ids } = await rig.call('jobs.ids', query);
    const { id } = await rig.call('jobs.again', { ids: [...ids] });
    const settings = { parameters: { seed: 7 }, output: { onExists: 'number' as const } };
    const plan = await rig.plan(id, settings);
    expect(plan).toMatchObject({ existing: 2, identical: 0, outputFolderKept: true });
    expect(plan.outputFolders.toSorted()).toEqual([delivery, join(delivery, 'day 1')]);
    const again = await rig.startPlanned(plan, settings, plan.name);
    await rig.finished(again.batchId ?? 0);
    expect(readdirSync(delivery, { recursive: true }).toSorted()).toEqual([
      'a_enhanced (2).jpg',
      'a_enhanced.jpg',
      'day 1',
      join('day 1', 'b_enhanced (2).jpg'),
      join('day 1', 'b_enhanced.jpg'),
    ]);

    const third = await rig.call('jobs.again', { ids: [...ids] });
    const agreed = await rig.plan(third.id, settings);
    rig.shell.folder = other;
    await rig.call('intake.chooseOutput', third);
    await expect(rig.startPlanned(agreed, settings)).rejects.toMatchObject({ failure: { code: 'plan_changed' } });
    expect(await rig.plan(third.id, settings)).toMatchObject({ outputFolders: [other], outputFolderKept: false });
    await rig.call('intake.clearOutput', third);
    const beside = [join(rig.photos, 'Enhanced'), join(rig.photos, 'day 1', 'Enhanced')];
    const cleared = await rig.plan(third.id, settings);
    expect([cleared.outputFolderKept, cleared.outputFolders.toSorted()]).toEqual([false, beside.toSorted()]);
  });

  it('keeps true results and those of practice apart, also where earlier ones of the same photos are', async () => {
    const rig = await BackendRig.open();
    await rig.call('service.use', { kind: 'practice' });
    const [path = ''] = await rig.addPhotos(1);
    const given = rig.backend.intakeOf([path]);
    rig.shell.folder = join(rig.dir, 'try-out');
    await rig.call('intake.chooseOutput', { id: given });
    const { batchId } = await rig.start(given);
    await rig.finished(batchId ?? 0);
    const query = { batchId: batchId ?? 0, states: [], order: 'added' as const, descending: false };
    const { ids } = await rig.call('jobs.ids', query);
    const { id } = await rig.call('jobs.again', { ids: [...ids] });
    expect(await rig.plan(id)).toMatchObject({ outputFolders: [rig.shell.folder], outputFolderKept: true });
    await rig.call('service.setKey', { key: KEY });
    const beside = join(rig.photos, 'Enhanced');
    expect(await rig.plan(id)).toMatchObject({ outputFolders: [beside], outputFolderKept: false });
  });

  it('has a name of its own when it is the photos of an earlier batch, also in the names of its results', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    const batchId = await rig.startBatch();
    await rig.finished(batchId);
    const { ids } = await rig.call('jobs.ids', { batchId, states: [], order: 'added', descending: false });
    const settings = { parameters: { inputModeration: false }, output: { template: '{name}_{batch}.{ext}' } };
    const { id } = await rig.call('jobs.again', { ids: [...ids], unmoderated: true });
    const plan = await rig.plan(id, settings);
    expect(plan).toMatchObject({ name: 'A batch, without moderation', existing: 0 });
    const first = await rig.startPlanned(plan, settings, plan.name);
    await rig.finished(first.batchId ?? 0);
    expect(readdirSync(join(rig.photos, 'Enhanced'))).toContain('photo-001_A batch, without moderation.jpg');
    const again = await rig.call('jobs.again', { ids: [...ids], unmoderated: true });
    expect((await rig.plan(again.id)).name).toBe('A batch, without moderation (2)');
  });

  it('can be the sample photographs, copied once to a place of the user’s own', async () => {
    const rig = await BackendRig.open();
    expect((await rig.refused('intake.samples', undefined)).message).toMatch(/missing from this installation/);
    copyFileSync(await rig.addPhoto('cat.jpg'), join(rig.dir, 'samples', 'cat.jpg'));
    writeFileSync(join(rig.dir, 'samples', 'README.md'), 'no photo');
    const { id } = await rig.call('intake.samples', undefined);
    expect(await rig.plan(id)).toMatchObject({ name: 'Samples', photos: 1, leftOut: [] });
    await rig.call('intake.samples', undefined);
    expect(readdirSync(join(rig.data, 'samples'))).toEqual(['cat.jpg']);
  });
});

describe('a start', () => {
  it('takes what is there at that moment, under the name that was given', async () => {
    const rig = await BackendRig.withKey();
    const [first = ''] = await rig.addPhotos(2);
    const id = rig.backend.intakeOf([rig.photos]);
    const settings = { output: { template: '{name}_{batch}.{ext}' } };
    const plan = await rig.plan(id, settings);
    expect(plan.photos).toBe(2);
    rmSync(first);
    const started = await rig.startPlanned(plan, settings, 'Tuesday');
    expect(started).toMatchObject({ jobs: 1, joined: 0, doubtful: 0, joinedBatchId: null });
    await rig.finished(started.batchId ?? 0);
    expect(readdirSync(join(rig.photos, 'Enhanced'))).toEqual(['photo-002_Tuesday.jpg']);
    expect((await rig.refused('intake.plan', rig.settings(id))).code).toBe('intake_gone');
  });

  it('asked for twice makes one batch', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    const id = rig.backend.intakeOf([rig.photos]);
    const plan = await rig.plan(id);
    const both = await Promise.allSettled([rig.startPlanned(plan), rig.startPlanned(plan)]);
    expect(both.map(codeOf)).toEqual(['well', 'superseded']);
    expect(await rig.call('batches.list', { limit: 10 })).toHaveLength(1);
  });

  it('of the same photos given twice pays for each of them once', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    rig.hold();
    const starts = await Promise.all([
      rig.start(rig.backend.intakeOf([rig.photos])),
      rig.start(rig.backend.intakeOf([rig.photos])),
    ]);
    const [one, two] = starts[0].jobs > 0 ? starts : [starts[1], starts[0]]; // whichever came first
    expect([one.jobs, one.joined, two.jobs, two.joined]).toEqual([2, 0, 0, 2]);
    expect(two).toMatchObject({ batchId: null, joinedBatchId: one.batchId });
    rig.letGo();
    await rig.finished(one.batchId ?? 0);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('does not send again what may have been charged, and tells how many those are', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    await rig.call('settings.set', { concurrency: 1 });
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 1 ? { kind: 'reset', when: 'after' } : undefined;
    const end = await rig.finished(await rig.startBatch());
    expect(end.counts).toMatchObject({ uncertain: 1, succeeded: 1 });
    const id = rig.backend.intakeOf([rig.photos]);
    expect(await rig.plan(id, { output: { onExists: 'number' } })).toMatchObject({ photos: 2, doubtful: 1 });
    expect((await rig.start(id)).doubtful).toBe(1);
  });

  it('takes a canceled photo up again where its paid result is still to be had, and a mere plan does not', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(1);
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('it is at the service', () => rig.atService === 1);
    await rig.call('jobs.cancel', { jobs: { batchId, states: [] }, abandon: true });
    const id = rig.backend.intakeOf([rig.photos]);
    expect(await rig.plan(id)).toMatchObject({ joined: 1, fetched: 1, quote: { photos: 0 } });
    expect((await rig.call('batches.get', { id: batchId }))?.counts.canceled).toBe(1);
    expect(await rig.start(id)).toMatchObject({ batchId: null, joined: 1, joinedBatchId: batchId });
    rig.letGo();
    expect((await rig.finished(batchId)).counts.succeeded).toBe(1);
    expect(rig.segmind.stats().submits).toBe(1);
  });

  it('of no photo at all is refused with why', async () => {
    const rig = await BackendRig.withKey();
    rig.addFile('notes.txt', 'no photo');
    const plan = await rig.plan(rig.backend.intakeOf([rig.photos]));
    const failure = await rig.refused('intake.start', starting(rig, plan));
    expect(failure.code).toBe('no_photos');
    expect(failure.message).toMatch(/1 is not a photo/);
  });

  it('that was put away meanwhile makes no batch', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    const id = rig.backend.intakeOf([rig.photos]);
    const started = rig.startPlanned(await rig.plan(id));
    await rig.call('intake.discard', { id });
    expect((await Promise.allSettled([started])).map(codeOf)).not.toEqual(['well']);
    expect(await rig.call('batches.list', { limit: 10 })).toEqual([]);
  });

  it('takes photos behind a link once', async () => {
    const rig = await BackendRig.withKey();
    const [photo = ''] = await rig.addPhotos(1);
    symlinkSync(photo, join(rig.photos, 'link.jpg'));
    expect((await rig.start(rig.backend.intakeOf([rig.photos]))).jobs).toBe(1);
  });
});
