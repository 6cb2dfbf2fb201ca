// Photos that are no longer where they were, shown where they are: with real files, real picture processes, and a service
// that counts what is sent to it.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../app/domain/batch.ts';
import { smallPhoto } from '../fakes/command-line.ts';
import { BackendRig } from './rig.ts';

const OTHER_TIME = new Date('2020-02-02T02:02:02Z');

/** A batch of photos that are moved away before they are looked at, and so fail. */
async function lost(count: number): Promise<{ rig: BackendRig; ids: number[]; away: string }> {
  const rig = await BackendRig.withKey();
  await rig.addPhotos(count);
  await rig.call('queue.pause', undefined);
  await rig.startBatch();
  const away = join(rig.dir, 'archive');
  renameSync(rig.photos, away);
  await fail(rig, count);
  return { rig, ids: jobs(rig).map(({ id }) => id), away };
}

async function fail(rig: BackendRig, count: number): Promise<void> {
  await rig.call('queue.resume', undefined);
  await rig.until('all are missed', () => missed(rig).length === count);
  await rig.call('queue.pause', undefined);
}

function jobs(rig: BackendRig): Job[] {
  return rig.visit((history) => history.summaries.ids({}).flatMap((id) => history.jobs.get(id) ?? []));
}

function missed(rig: BackendRig): Job[] {
  return jobs(rig).filter((job) => job.failure?.code === 'source_missing');
}

/** What the dialog is to answer; then Locate…. */
function locate(rig: BackendRig, id: number, path: string | null) {
  rig.shell.files = path === null ? [] : [path];
  return rig.call('jobs.locate', { id });
}

function refusedAt(rig: BackendRig, id: number, path: string) {
  rig.shell.files = [path];
  return rig.refused('jobs.locate', { id });
}

async function enhanceAll(rig: BackendRig): Promise<void> {
  await rig.call('queue.resume', undefined);
  await rig.until('all is done', () => jobs(rig).every(({ state }) => state === 'succeeded' || state === 'failed'));
}

describe('a missing photo', () => {
  it('is sent alone; those that lie beside it are told of, and go on at a word: each is paid for once', async () => {
    const { rig, ids, away } = await lost(4);
    const [first = 0] = ids;
    const others = { token: 1, photos: 3 };
    expect(await locate(rig, first, join(away, 'photo-001.jpg'))).toEqual({ kind: 'located', others });
    await enhanceAll(rig);
    expect(rig.accepted()).toEqual([1]);
    expect(missed(rig)).toHaveLength(3);
    expect(await rig.call('jobs.takeFound', { token: 1 })).toBe(3);
    expect(await rig.refused('jobs.takeFound', { token: 1 })).toMatchObject({ code: 'superseded' });
    await enhanceAll(rig);
    expect(rig.accepted()).toEqual([1, 1, 1, 1]);
    const hash = createHash('sha256')
      .update(readFileSync(join(away, 'photo-001.jpg')))
      .digest('hex');
    expect(jobs(rig)[0]).toMatchObject({ state: 'succeeded', sourceHash: hash });
    expect(jobs(rig).map(({ sourcePath }) => dirname(sourcePath))).toEqual(Array(4).fill(away));
  });

  it('has its result beside it where results went beside photos and their folder is gone', async () => {
    const { rig, ids, away } = await lost(2);
    await locate(rig, ids[0] ?? 0, join(away, 'photo-001.jpg'));
    await rig.call('jobs.takeFound', { token: 1 });
    await enhanceAll(rig);
    expect(jobs(rig).map(({ output }) => dirname(output?.path ?? ''))).toEqual(Array(2).fill(join(away, 'Enhanced')));
  });

  it('keeps its output folder where its own folder is still there', async () => {
    const { rig, ids, away } = await lost(1);
    mkdirSync(rig.photos);
    await locate(rig, ids[0] ?? 0, join(away, 'photo-001.jpg'));
    expect(jobs(rig)[0]?.outDir).toBe(join(rig.photos, 'Enhanced'));
  });

  it('is asked for by its name, from the nearest folder that is still there; nothing changes when that is closed', async () => {
    const { rig, ids } = await lost(1);
    const before = jobs(rig);
    expect(await locate(rig, ids[0] ?? 0, null)).toBeNull();
    expect(rig.shell.asked.at(-1)).toBe(`choose Where is “photo-001.jpg” now? from ${rig.dir}`);
    expect(jobs(rig)).toEqual(before);
  });

  it('is taken under another name, and where it was before', async () => {
    const { rig, ids, away } = await lost(2);
    const [first = 0, second = 0] = ids;
    renameSync(join(away, 'photo-001.jpg'), join(away, 'Anna & Ben.jpg'));
    rmSync(join(away, 'photo-002.jpg'));
    expect(await locate(rig, first, join(away, 'Anna & Ben.jpg'))).toEqual({ kind: 'located', others: null });
    expect(jobs(rig)[0]?.state).toBe('queued');
    const back = await rig.addPhoto('photo-002.jpg');
    expect(await locate(rig, second, back)).toEqual({ kind: 'located', others: null });
    await enhanceAll(rig);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('takes no photos along but those that were told of, as far as they are still missing', async () => {
    const { rig, ids, away } = await lost(4);
    const [first = 0, , third = 0] = ids;
    renameSync(join(away, 'photo-004.jpg'), join(rig.dir, 'photo-004.jpg'));
    const others = { token: 1, photos: 2 };
    expect(await locate(rig, first, join(away, 'photo-001.jpg'))).toEqual({ kind: 'located', others });
    renameSync(join(rig.dir, 'photo-004.jpg'), join(away, 'photo-004.jpg'));
    await rig.addPhoto('photo-003.jpg');
    expect(await rig.call('jobs.retry', { jobs: { ids: [third] }, consent: false })).toMatchObject({ retried: 1 });
    expect(await rig.refused('jobs.takeFound', { token: 2 })).toMatchObject({ code: 'superseded' });
    expect(await rig.call('jobs.takeFound', { token: 1 })).toBe(1);
    expect(missed(rig).map(({ sourcePath }) => sourcePath)).toEqual([join(rig.photos, 'photo-004.jpg')]);
  });

  it('takes nothing along at another service', async () => {
    const { rig, ids, away } = await lost(2);
    await locate(rig, ids[0] ?? 0, join(away, 'photo-001.jpg'));
    await rig.call('service.use', { kind: 'practice' });
    expect(await rig.refused('jobs.takeFound', { token: 1 })).toMatchObject({ code: 'other_service' });
    expect(missed(rig)).toHaveLength(1);
  });

  it('leaves alone what is not the same beside it, what is still there, and what other batches missed', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(4);
    await rig.addPhoto('more/photo-005.jpg');
    await rig.call('queue.pause', undefined);
    await rig.startBatch();
    await rig.startBatch({ parameters: { seed: 9 } });
    const away = join(rig.dir, 'archive');
    renameSync(rig.photos, away);
    await fail(rig, 10);
    appendFileSync(join(away, 'photo-002.jpg'), 'edited, and so of another size');
    mkdirSync(rig.photos);
    copyFileSync(join(away, 'photo-003.jpg'), join(rig.photos, 'photo-003.jpg'));
    rmSync(join(away, 'photo-004.jpg'));
    const [first = 0] = jobs(rig).map(({ id }) => id);
    expect(await locate(rig, first, join(away, 'photo-001.jpg'))).toEqual({ kind: 'located', others: null });
    expect(jobs(rig).filter(({ state }) => state === 'queued')).toHaveLength(1);
  });
});

describe('a file that is not the missing photo is refused', () => {
  it.each<[string, (away: string) => string | Promise<string>, RegExp]>([
    [
      'another photo',
      (away) => join(away, 'photo-002.jpg'),
      /^“photo-002.jpg” is not “photo-001.jpg”: it has another size/,
    ],
    [
      'one of its name and size with other pixels',
      async (away) => {
        const photo = readFileSync(join(away, 'photo-001.jpg'));
        const other = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
          .jpeg()
          .toBuffer();
        mkdirSync(join(away, 'other'));
        writeFileSync(
          join(away, 'other', 'photo-001.jpg'),
          Buffer.concat([other, Buffer.alloc(photo.length - other.length)]),
        );
        return join(away, 'other', 'photo-001.jpg');
      },
      /^This “photo-001.jpg” is not the one that is missing: it has other pixels/,
    ],
    [
      'no photo at all',
      (away) => {
        writeFileSync(join(away, 'notes.txt'), 'not a photo');
        return join(away, 'notes.txt');
      },
      /“notes.txt” is not “photo-001.jpg”: it is no photo that Lightbatch can read/,
    ],
  ])('%s', async (_, choose, message) => {
    const { rig, ids, away } = await lost(2);
    if (readFileSync(join(away, 'photo-001.jpg')).length === readFileSync(join(away, 'photo-002.jpg')).length) {
      appendFileSync(join(away, 'photo-002.jpg'), 'and so of another size');
    }
    const before = jobs(rig);
    const refused = await refusedAt(rig, ids[0] ?? 0, await choose(away));
    expect(refused).toMatchObject({ code: 'another_photo', charged: 'no' });
    expect(refused.message).toMatch(message);
    expect(refused.message).toContain('Nothing was changed, and nothing was sent.');
    expect(jobs(rig)).toEqual(before);
    expect(rig.accepted()).toEqual([]);
  });

  it('a file that is gone by then, and a folder', async () => {
    const { rig, ids, away } = await lost(1);
    expect(await refusedAt(rig, ids[0] ?? 0, join(away, 'gone.jpg'))).toMatchObject({ code: 'source_unreadable' });
    expect(await refusedAt(rig, ids[0] ?? 0, away)).toMatchObject({ code: 'source_missing' });
    expect(missed(rig)).toHaveLength(1);
  });

  it('its own enhanced picture', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(1);
    const batchId = await rig.startBatch();
    await rig.finished(batchId);
    const result = jobs(rig)[0]?.output?.path ?? '';
    await rig.call('queue.pause', undefined);
    await rig.startBatch({ parameters: { seed: 9 }, output: { onExists: 'number' } });
    rmSync(join(rig.photos, 'photo-001.jpg'));
    await fail(rig, 1);
    const { id = 0 } = missed(rig)[0] ?? {};
    await rig.call('jobs.retry', { jobs: { ids: [id] }, consent: false }); // what it was is given up: its size tells nothing
    await fail(rig, 1);
    const refused = await refusedAt(rig, id, result);
    expect(refused).toMatchObject({ code: 'another_photo' });
    expect(refused.message).toContain('it is a picture that Lightbatch made');
  });
});

describe('a file that may be the missing photo', () => {
  it('of its size, under another name and time, is taken when the user says so', async () => {
    const { rig, ids, away } = await lost(1);
    const [id = 0] = ids;
    const other = join(away, 'export.jpg');
    renameSync(join(away, 'photo-001.jpg'), other);
    utimesSync(other, OTHER_TIME, OTHER_TIME);
    const answer = await locate(rig, id, other);
    const asked = { kind: 'unsure', token: 1, missing: 'photo-001.jpg', found: 'export.jpg', alike: 'size' } as const;
    expect(answer).toEqual(asked);
    expect(missed(rig)).toHaveLength(1);
    expect(await rig.refused('jobs.takeLocated', { token: 2 })).toMatchObject({ code: 'superseded' });
    await locate(rig, id, other);
    expect(await rig.call('jobs.takeLocated', { token: 2 })).toEqual({ kind: 'located', others: null });
    expect(await rig.refused('jobs.takeLocated', { token: 2 })).toMatchObject({ code: 'superseded' });
    await enhanceAll(rig);
    expect(rig.accepted()).toEqual([1]);
  });

  it('of its name, when its size was given up by a retry, is asked about, and one of another name refused', async () => {
    const { rig, ids, away } = await lost(2);
    const [id = 0] = ids;
    await rig.call('jobs.retry', { jobs: { ids }, consent: false });
    await fail(rig, 2);
    const refused = await refusedAt(rig, id, join(away, 'photo-002.jpg'));
    expect(refused.message).toContain('it has another name, and nothing else is recorded to know the photo by');
    const answer = await locate(rig, id, join(away, 'photo-001.jpg'));
    expect(answer).toMatchObject({ kind: 'unsure', alike: 'name' });
    const { token = 0 } = answer?.kind === 'unsure' ? answer : {};
    expect(await rig.call('jobs.takeLocated', { token })).toEqual({ kind: 'located', others: null }); // of the other nobody is sure
    await enhanceAll(rig);
    expect(rig.accepted()).toEqual([1]);
  });

  it('and changes after the user said so is not sent', async () => {
    const { rig, ids, away } = await lost(1);
    const path = join(away, 'photo-001.jpg');
    await locate(rig, ids[0] ?? 0, path);
    writeFileSync(path, await smallPhoto('painted over'));
    await enhanceAll(rig);
    expect(jobs(rig)[0]?.failure?.code).toBe('source_changed');
    expect(rig.accepted()).toEqual([]);
  });
});

describe('nothing is paid twice for a photo that is located', () => {
  it('which a later batch enhanced where it is now', async () => {
    const { rig, ids, away } = await lost(1);
    await rig.call('queue.resume', undefined);
    const { batchId } = await rig.start(rig.backend.intakeOf([away]));
    await rig.finished(batchId ?? 0);
    const refused = await refusedAt(rig, ids[0] ?? 0, join(away, 'photo-001.jpg'));
    expect(refused).toMatchObject({ code: 'enhanced_since' });
    expect(rig.accepted()).toEqual([1]);
    expect(missed(rig)).toHaveLength(1);
  });

  it('nor for one that is found along with it, when a copy of that was enhanced elsewhere since', async () => {
    const { rig, ids, away } = await lost(2);
    await rig.call('queue.resume', undefined);
    mkdirSync(join(rig.dir, 'elsewhere'));
    copyFileSync(join(away, 'photo-002.jpg'), join(rig.dir, 'elsewhere', 'copy.jpg'));
    const { batchId } = await rig.start(rig.backend.intakeOf([join(rig.dir, 'elsewhere')]));
    await rig.finished(batchId ?? 0);
    rig.shell.files = [join(away, 'photo-001.jpg')];
    expect(await rig.call('jobs.locate', { id: ids[0] ?? 0 })).toMatchObject({ others: null });
    await rig.until('the one is enhanced', () => jobs(rig).filter(({ state }) => state === 'succeeded').length === 2);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('which was put back and retried while the dialog was open', async () => {
    const { rig, ids, away } = await lost(1);
    const [id = 0] = ids;
    const choose = Promise.withResolvers<string>();
    Object.assign(rig.shell, { choosePhoto: () => choose.promise });
    const refused = rig.refused('jobs.locate', { id });
    await rig.call('jobs.retry', { jobs: { ids }, consent: false });
    choose.resolve(join(away, 'photo-001.jpg'));
    expect(await refused).toMatchObject({ code: 'superseded' });
    expect(jobs(rig)[0]?.sourcePath).toBe(join(rig.photos, 'photo-001.jpg'));
  });

  it('and a photo is located at its own service alone, and only where it is missing', async () => {
    const { rig, ids, away } = await lost(1);
    const [id = 0] = ids;
    expect(await refusedAt(rig, 99, join(away, 'photo-001.jpg'))).toMatchObject({ code: 'job_gone' });
    await rig.call('service.use', { kind: 'practice' });
    expect(await refusedAt(rig, id, join(away, 'photo-001.jpg'))).toMatchObject({ code: 'other_service' });
    await rig.call('service.use', { kind: 'segmind' });
    await locate(rig, id, join(away, 'photo-001.jpg'));
    expect(await refusedAt(rig, id, join(away, 'photo-001.jpg'))).toMatchObject({ code: 'superseded' });
  });
});
