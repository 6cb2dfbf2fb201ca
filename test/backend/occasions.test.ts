// What is worth a notification, each told once; and what tray and dock are told in between.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackendRig } from './rig.ts';

const kinds = (rig: BackendRig) => rig.occasions.map(({ kind }) => kind);

describe('the end of a batch', () => {
  it('is told once, with its counts, what it cost and where its pictures are', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    const batchId = await rig.startBatch();
    const end = await rig.finished(batchId);
    expect(end).toMatchObject({ kind: 'batch-finished', batchId, name: 'A batch', outDir: `${rig.photos}/Enhanced` });
    expect(end.counts.succeeded).toBe(3);
    expect(end.credits).toBeCloseTo(0.12);
    expect(kinds(rig)).toEqual(['batch-finished']);
  });

  it('is told once more after a retry, and not again at the next start', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 1 ? { kind: 'fail', error: 'The model failed on this image' } : undefined;
    const batchId = await rig.startBatch();
    expect((await rig.finished(batchId)).counts).toMatchObject({ failed: 1, succeeded: 1 });
    await rig.restart();
    const later = await rig.start(rig.backend.intakeOf([await rig.addPhoto('later/photo.jpg')]));
    await rig.finished(later.batchId ?? 0);
    expect(rig.occasions).toHaveLength(2);
    const retried = await rig.call('jobs.retry', { jobs: { batchId, states: ['failed'] }, consent: false });
    expect(retried).toEqual({ retried: 1, withheld: 0 });
    expect((await rig.finished(batchId, 2)).counts.succeeded).toBe(2);
    expect(kinds(rig)).toEqual(['batch-finished', 'batch-finished', 'batch-finished']);
  });

  it('is told for each of two batches at work', async () => {
    const rig = await BackendRig.withKey();
    const [a, b] = await Promise.all([rig.addPhoto('a/a.jpg'), rig.addPhoto('b/b.jpg')]);
    const one = await rig.start(rig.backend.intakeOf([a]));
    const two = await rig.start(rig.backend.intakeOf([b]));
    await Promise.all([rig.finished(one.batchId ?? 0), rig.finished(two.batchId ?? 0)]);
    expect(rig.occasions).toHaveLength(2);
  });

  it('that the user brought about by canceling all of it is not told', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    rig.hold();
    const canceled = await rig.startBatch();
    await rig.until('they are at the service', () => rig.atService === 2);
    await rig.call('jobs.cancel', { jobs: { batchId: canceled, states: [] }, abandon: true });
    rig.letGo();
    const photo = await rig.addPhoto('other/photo.jpg');
    const { batchId } = await rig.start(rig.backend.intakeOf([photo]));
    await rig.finished(batchId ?? 0);
    expect(rig.occasions).toHaveLength(1);
  });
});

describe('a stop of the queue', () => {
  it('is told once for each stop, also for the same reason again', async () => {
    const rig = await BackendRig.withKey({ segmind: { credits: 0 } });
    await rig.addPhotos(3);
    const batchId = await rig.startBatch();
    await rig.until('it stopped', () => rig.occasions.length === 1);
    await rig.call('queue.resume', undefined);
    await rig.until('it stopped again', () => rig.occasions.length === 2);
    expect(kinds(rig)).toEqual(['queue-stopped', 'queue-stopped']);
    rig.segmind.set({ credits: 1 });
    await rig.call('queue.resume', undefined);
    await rig.finished(batchId);
    expect(kinds(rig)).toEqual(['queue-stopped', 'queue-stopped', 'batch-finished']);
  });
});

describe('the status', () => {
  it('says how much is done and left, whether something runs, and changes are told of', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(4);
    await rig.call('settings.set', { concurrency: 1 });
    let told = 0;
    rig.backend.onStatus(() => (told += 1));
    const seen = new Set<string>();
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('one is at the service', () => rig.atService === 1);
    expect(rig.backend.status()).toMatchObject({ unfinished: 4, done: 0, running: true, practice: false });
    await rig.call('queue.pause', undefined);
    expect(rig.backend.status()).toMatchObject({ running: true, queue: { paused: true, atService: 1 } }); // it is paid for
    rig.letGo();
    await rig.until('what was at the service is saved', () => rig.backend.status().unfinished === 3);
    expect(rig.backend.status()).toMatchObject({ done: 1, running: false });
    await rig.call('queue.resume', undefined);
    await rig.until('all is done', () => {
      const { done, unfinished } = rig.backend.status();
      if (unfinished > 0) seen.add(`${done + unfinished}`);
      return unfinished === 0;
    });
    await rig.finished(batchId);
    expect([...seen]).toEqual(['4']);
    expect(told).toBeGreaterThan(0);
    expect(rig.backend.status()).toMatchObject({ unfinished: 0, done: 0, running: false });
  });

  it('knows of paid pictures that are not saved yet, also while nothing is at the service and the queue is paused', async () => {
    const rig = await BackendRig.withKey();
    const folder = join(rig.photos, 'Enhanced');
    await rig.addPhotos(2);
    await rig.call('settings.set', { concurrency: 1 });
    rig.hold();
    await rig.startBatch();
    await rig.until('one is at the service', () => rig.atService === 1);
    await rig.call('queue.pause', undefined);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in its place');
    rig.letGo();
    await rig.until('its picture waits for its folder', () => rig.backend.status().queue?.heldFolders.length === 1);
    expect(rig.backend.status()).toMatchObject({ running: false, unfinished: 2, owed: { here: 1, elsewhere: 0 } });
    rmSync(folder);
    rig.backend.wake();
    await rig.until('it is saved', () => rig.backend.status().unfinished === 1);
    expect(rig.backend.status().owed).toEqual({ here: 0, elsewhere: 0 });
  });

  it('counts no photo as done that was canceled', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(4);
    await rig.call('settings.set', { concurrency: 1 });
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('one is at the service', () => rig.atService === 1);
    const [canceled] = (await rig.call('jobs.ids', { batchId, states: ['queued'], order: 'added', descending: false }))
      .ids;
    await rig.call('jobs.cancel', { jobs: { ids: [canceled ?? 0] }, abandon: false });
    expect(rig.backend.status()).toMatchObject({ unfinished: 3, done: 0 });
    rig.letGo();
    await rig.finished(batchId);
  });

  it('does not let a listener that fails disturb the others, or the work', async () => {
    const rig = await BackendRig.withKey();
    rig.backend.onOccasion(() => {
      throw new Error('no notification server');
    });
    rig.backend.on(() => {
      throw new Error('the window is gone');
    });
    const heard: string[] = [];
    rig.backend.onOccasion(({ kind }) => heard.push(kind));
    await rig.addPhotos(1);
    await rig.finished(await rig.startBatch());
    expect(heard).toEqual(['batch-finished']);
  });
});
