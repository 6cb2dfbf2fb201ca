// Watch folders through the commands of the window: real folders, a real queue, and a count of every submit.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WatchRow } from '../../app/contract/watch.ts';
import { usualWatchSettings, type WatchSettings } from '../../app/domain/watch.ts';
import { DEFAULT_PREFERENCES } from '../../app/backend/preferences.ts';
import { smallPhoto } from '../fakes/command-line.ts';
import { BackendRig, KEY } from './rig.ts';

const QUICK = { settleMs: 500 } as const;
const usual = usualWatchSettings(DEFAULT_PREFERENCES);

/** Watches the rig's folder of photos, which is empty. */
async function watch(rig: BackendRig, changes: Partial<WatchSettings> = {}): Promise<WatchRow> {
  rig.shell.folder = rig.photos;
  const added = await rig.call('watch.choose', undefined);
  if (added === null) throw new Error('the dialog was closed');
  const row = await rig.call('watch.change', { id: added.id, settings: { ...usual, ...QUICK, ...changes } });
  await told(rig, 'it is watched', ({ id, state }) => id === row.id && state === 'watching');
  return row;
}

/** Resolves when the window was told of a folder that is so. */
async function told(rig: BackendRig, what: string, isSo: (row: WatchRow) => boolean): Promise<WatchRow> {
  const find = () => (rig.told('watch').at(-1) ?? []).find(isSo);
  await rig.until(what, () => find() !== undefined);
  const row = find();
  if (!row) throw new Error('unreachable');
  return row;
}

const enhanced = (rig: BackendRig, photos: number) =>
  told(rig, `${photos} enhanced`, ({ today }) => today.enhanced === photos);

describe('a folder', () => {
  it('chosen in a dialog is watched at once, with what is set for new batches', async () => {
    const rig = await BackendRig.withKey();
    const parameters = { ...usual.parameters, steps: 44 };
    await rig.call('settings.set', { parameters, recursive: false });
    rig.shell.folder = join(rig.dir, 'results');
    mkdirSync(rig.shell.folder);
    await rig.call('settings.chooseOutputFolder', undefined);
    expect(await rig.call('watch.list', undefined)).toEqual([]);
    rig.shell.folder = null;
    expect(await rig.call('watch.choose', undefined)).toBeNull();
    rig.shell.folder = rig.photos;
    const row = await rig.call('watch.choose', undefined);
    expect(row).toMatchObject({
      name: 'photos',
      practice: false,
      settings: { ...usual, parameters, recursive: false },
      outputFolder: join(rig.dir, 'results'),
      outputFolderChosen: true,
      held: null,
      existing: null,
    });
    expect(rig.shell.asked).toContain('choose Choose a folder to watch');
    expect(await rig.call('watch.list', undefined)).toMatchObject([{ id: row?.id }]);
    await told(rig, 'it is watched', ({ state }) => state === 'watching');
    expect(rig.backend.status().watching).toMatchObject({ folders: 1, photosToday: 0, waiting: 0 });
  });

  it('has each new photo enhanced once, in a batch of the day', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    await rig.addPhoto('a.jpg');
    await enhanced(rig, 1);
    await rig.addPhoto('b.jpg');
    const row = await enhanced(rig, 2);
    expect(row).toMatchObject({ id, today: { queued: 2, failed: 0 }, waitingCount: 0 });
    expect(row.today.credits).toBeCloseTo(0.08);
    const batches = await rig.call('batches.list', { limit: 10 });
    expect(batches).toHaveLength(1);
    expect(batches[0]?.name).toMatch(/^photos · \d{4}-\d\d-\d\d$/);
    expect(batches[0]).toMatchObject({ id: row.today.batchId, counts: { succeeded: 2 } });
    expect(rig.accepted()).toEqual([1, 1]);
    await rig.until('the tray knows', () => rig.backend.status().watching.photosToday === 2);
  });

  it('is told of as what was dropped: folders are watched, files left out, and nothing is kept of it', async () => {
    const rig = await BackendRig.withKey();
    const [one, two] = [join(rig.dir, 'one'), join(rig.dir, 'two')];
    mkdirSync(one);
    mkdirSync(two);
    const photo = await rig.addPhoto('a.jpg');
    const intake = rig.backend.intakeOf([photo, one, join(rig.dir, 'gone'), two]);
    const rows = await rig.call('watch.addIntake', { id: intake });
    expect(rows.map(({ path }) => path)).toEqual([one, two]);
    expect((await rig.refused('watch.addIntake', { id: intake })).code).toBe('intake_gone');
    const files = rig.backend.intakeOf([photo]);
    expect((await rig.refused('watch.addIntake', { id: files })).code).toBe('watch_not_a_folder');
    expect((await rig.refused('watch.addIntake', { id: files })).code).toBe('intake_gone');
    expect(await rig.call('watch.list', undefined)).toHaveLength(2);
  });

  it('that cannot be watched keeps none of the others from it, and is named', async () => {
    const rig = await BackendRig.withKey();
    const [one, two] = [join(rig.dir, 'one'), join(rig.dir, 'two')];
    mkdirSync(one);
    mkdirSync(two);
    await rig.call('watch.addIntake', { id: rig.backend.intakeOf([one]) });
    const again = await rig.refused('watch.addIntake', { id: rig.backend.intakeOf([one]) });
    expect(again.code).toBe('watch_twice');
    const refused = await rig.refused('watch.addIntake', { id: rig.backend.intakeOf([one, two]) });
    expect(refused.code).toBe('watch_twice');
    expect(refused.message).toMatch(/^“one” was not added\. .* All others are watched now\.$/);
    expect(await rig.call('watch.list', undefined)).toMatchObject([{ path: one }, { path: two }]);
  });

  it('that holds the data folder, or the home folder, is refused', async () => {
    const rig = await BackendRig.withKey({ homeDir: '/home/ann' });
    for (const folder of [rig.dir, rig.data, '/']) {
      rig.shell.folder = folder;
      expect((await rig.refused('watch.choose', undefined)).code, folder).toBe('watch_too_wide');
    }
  });

  it('is opened, as are its results once there are any', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    await rig.call('watch.reveal', { id, which: 'photos' });
    expect(rig.shell.asked).toContain(`open ${rig.photos}`);
    const none = await rig.refused('watch.reveal', { id, which: 'enhanced' });
    expect(none).toMatchObject({
      code: 'cannot_open',
      message: expect.stringContaining('no enhanced picture') as string,
    });
    await rig.addPhoto('a.jpg');
    await enhanced(rig, 1);
    await rig.call('watch.reveal', { id, which: 'enhanced' });
    expect(rig.shell.asked).toContain(`open ${join(rig.photos, 'Enhanced')}`);
  });

  it('has its output folder chosen, and taken back', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    rig.shell.folder = null;
    expect(await rig.call('watch.chooseOutput', { id })).toBe(false);
    rig.shell.folder = join(rig.dir, 'results');
    expect(await rig.call('watch.chooseOutput', { id })).toBe(true);
    await told(rig, 'it is chosen', ({ outputFolder }) => outputFolder === join(rig.dir, 'results'));
    await rig.call('watch.clearOutput', { id });
    const [row] = await rig.call('watch.list', undefined);
    expect(row).toMatchObject({ outputFolder: join(rig.photos, 'Enhanced'), outputFolderChosen: false });
  });

  it('that is not watched any more is known to no command', async () => {
    const rig = await BackendRig.withKey();
    const { id, settings } = await watch(rig);
    await rig.call('watch.remove', { id });
    expect(await rig.call('watch.list', undefined)).toEqual([]);
    await rig.until('the window knows', () => rig.told('watch').at(-1)?.length === 0);
    const refusals = [
      await rig.refused('watch.change', { id, settings }),
      await rig.refused('watch.chooseOutput', { id }),
      await rig.refused('watch.clearOutput', { id }),
      await rig.refused('watch.pause', { id, paused: true }),
      await rig.refused('watch.release', { id, which: 'held', agreement: 1 }),
      await rig.refused('watch.leave', { id, agreement: 1 }),
      await rig.refused('watch.move', { id }),
      await rig.refused('watch.reveal', { id, which: 'photos' }),
    ];
    expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'watch_gone'));
    await rig.addPhoto('a.jpg');
    await rig.restart();
    expect(rig.segmind.stats().submits).toBe(0);
  });
});

describe('what waits', () => {
  it('while a folder is paused goes on when it is not', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    await rig.call('watch.pause', { id, paused: true });
    await rig.addPhoto('a.jpg');
    const held = await told(rig, 'it waits', (row) => row.held !== null);
    expect(held).toMatchObject({ state: 'paused', held: { why: 'paused', photos: 1 } });
    expect(rig.backend.status().watching.folders).toBe(0);
    await rig.call('watch.pause', { id, paused: false });
    await enhanced(rig, 1);
    expect(rig.accepted()).toEqual([1]);
  });

  it('because too much came at once is told, and sent by a click and as far as that was shown', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig, { stormLimit: 2 });
    const photos = await Promise.all(['a', 'b', 'c', 'd'].map((name) => smallPhoto(name)));
    for (const [index, bytes] of photos.entries()) rig.addFile(`${index}.jpg`, bytes);
    const { held } = await told(rig, 'they wait', (row) => row.held?.photos === 4);
    expect(held).toMatchObject({ why: 'storm', photos: 4, credits: 0.16 });
    await rig.until('it is told', () => rig.occasions.length > 0);
    expect(rig.occasions).toEqual([{ kind: 'watch-storm', folder: 'photos', photos: 4, credits: 0.16 }]);
    await rig.addPhoto('later.jpg');
    await told(rig, 'the later one waits', (row) => row.held?.photos === 5);
    expect(rig.backend.status().watching.waiting).toBe(5);
    expect(rig.segmind.stats().submits).toBe(0);
    expect(await rig.call('watch.release', { id, which: 'held', agreement: held?.agreement ?? 0 })).toEqual({
      queued: 4,
      known: 0,
      waiting: 0,
      gone: 0,
    });
    const later = await enhanced(rig, 4);
    expect(await rig.call('watch.leave', { id, agreement: later.held?.agreement ?? 0 })).toBe(1);
    await told(rig, 'the later one is left alone', (row) => row.held === null && row.existing?.photos === 1);
    expect(rig.backend.status().watching.waiting).toBe(0);
    expect(rig.accepted()).toEqual([1, 1, 1, 1]);
  });

  it('because it was there before is sent by a click alone', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(3);
    const { id } = await watch(rig);
    const { existing } = await told(rig, 'they are counted', (row) => row.existing !== null);
    expect(existing).toMatchObject({ why: 'existing', photos: 3, credits: 0.12 });
    expect(await rig.call('watch.release', { id, which: 'existing', agreement: existing?.agreement ?? 0 })).toEqual({
      queued: 3,
      known: 0,
      waiting: 0,
      gone: 0,
    });
    const row = await enhanced(rig, 3);
    expect(row.existing).toBeNull();
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });
});

describe('a start', () => {
  it('with a service that cannot be begun says so to the window as to the tray, until it can be', async () => {
    const rig = await BackendRig.create();
    await rig.backend.open();
    await rig.call('service.use', { kind: 'practice' });
    await watch(rig);
    await rig.backend.stop();
    const state = join(rig.data, 'practice');
    rmSync(state, { recursive: true, force: true });
    writeFileSync(state, 'in its way');
    const opening = await rig.renew().open();
    if (!opening.open) throw new Error(opening.message);
    const { missing } = opening.app.service;
    expect(missing).not.toBeNull();
    await rig.until('it is told', () => rig.occasions.length > 0);
    expect(rig.occasions).toEqual([
      { kind: 'watch-no-service', folders: ['photos'], practice: true, failure: missing },
    ]);
    expect(rig.backend.status().watching.resting).toBe(1);
    rmSync(state);
    expect((await rig.call('service.use', { kind: 'practice' })).missing).toBeNull();
    await rig.until('the tray knows', () => rig.backend.status().watching.resting === 0);
  });

  it('without a key, as where there is no keyring, says that folders rest, and a key has them watched again', async () => {
    const rig = await BackendRig.create();
    rig.vault.encrypts = false;
    await rig.backend.open();
    await rig.call('service.setKey', { key: KEY });
    await watch(rig);
    expect(rig.backend.status().watching).toMatchObject({ folders: 1, resting: 0 });
    await rig.restart();
    await rig.until('it is told', () => rig.occasions.length > 0);
    expect(rig.occasions).toMatchObject([
      { kind: 'watch-no-service', folders: ['photos'], failure: { code: 'no_service' } },
    ]);
    expect(rig.backend.status().watching).toMatchObject({ folders: 0, resting: 1 });
    await rig.addPhoto('meanwhile.jpg');
    await rig.call('service.setKey', { key: KEY });
    await enhanced(rig, 1);
    expect(rig.backend.status().watching).toMatchObject({ folders: 1, resting: 0 });
    await rig.call('service.forgetKey', undefined);
    await rig.until('the tray knows', () => rig.backend.status().watching.resting === 1);
    expect(rig.occasions.filter(({ kind }) => kind === 'watch-no-service')).toHaveLength(1);
  });

  it('takes up watching by itself, with what came meanwhile and nothing else', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    await rig.addPhoto('a.jpg');
    await enhanced(rig, 1);
    await rig.backend.stop();
    renameSync(join(rig.photos, 'a.jpg'), join(rig.photos, 'renamed.jpg'));
    await rig.addPhoto('b.jpg');
    const backend = rig.renew();
    backend.setVisible(false); // at login nobody looks, and no window asks for anything
    await backend.open();
    await rig.until('it is enhanced', () => rig.segmind.stats().completed === 2 && backend.status().unfinished === 0);
    await rig.until('the tray knows', () => backend.status().watching.photosToday === 2);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('enhances nothing anew that was removed from the history', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    await rig.addPhotos(2);
    const { today } = await enhanced(rig, 2);
    const { ids } = await rig.call('jobs.ids', {
      batchId: today.batchId ?? 0,
      states: [],
      order: 'added',
      descending: false,
    });
    expect(await rig.call('history.remove', { ids: [...ids] })).toMatchObject({ removed: 2 });
    await rig.restart();
    await rig.addPhoto('new.jpg');
    await rig.until('the new one is enhanced', () => rig.segmind.stats().completed === 3);
    expect(rig.segmind.stats().submits).toBe(3);
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });

  it('without any service leaves the folders alone, and says so', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    await rig.call('service.forgetKey', undefined);
    await told(rig, 'it rests', ({ state }) => state === 'elsewhere');
    await rig.restart();
    await told(rig, 'it rests after a restart', ({ state }) => state === 'elsewhere');
    expect(await rig.call('watch.list', undefined)).toMatchObject([{ state: 'elsewhere' }]);
    expect(rig.backend.status().watching.folders).toBe(0);
  });
});

describe('another service', () => {
  it('leaves a folder alone until it is told to take it, and then sends nothing of before', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    await rig.call('service.use', { kind: 'practice' });
    await told(rig, 'it is elsewhere', ({ state }) => state === 'elsewhere');
    await rig.addPhoto('a.jpg');
    const moved = await rig.call('watch.move', { id });
    expect(moved.practice).toBe(true);
    await told(rig, 'it is watched in practice', ({ state }) => state === 'watching');
    await rig.addPhoto('b.jpg');
    await enhanced(rig, 1);
    expect(rig.segmind.stats().submits).toBe(0);
    await rig.call('service.use', { kind: 'segmind' });
    await told(rig, 'it is elsewhere again', ({ state }) => state === 'elsewhere');
  });
});

describe('a folder that goes away', () => {
  it('is told once, and caught up with when it is back', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    renameSync(rig.photos, `${rig.photos}-away`);
    const away = await told(rig, 'it is away', ({ state }) => state === 'unavailable');
    expect(away.trouble?.code).toBe('watch_unavailable');
    expect(rig.occasions).toMatchObject([{ kind: 'watch-unavailable', folder: 'photos' }]);
    writeFileSync(join(`${rig.photos}-away`, 'a.jpg'), await smallPhoto('a'));
    renameSync(`${rig.photos}-away`, rig.photos);
    rig.backend.wake(); // also looks at once whether it is back
    await enhanced(rig, 1);
    expect(rig.occasions.filter(({ kind }) => kind === 'watch-unavailable')).toHaveLength(1);
    expect(rig.accepted()).toEqual([1]);
  });
});

describe('notifications', () => {
  it('are of photos, not of the day’s batch, and name what failed', async () => {
    const rig = await BackendRig.withKey();
    const { id } = await watch(rig);
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 2 ? { kind: 'fail', error: 'A fault' } : undefined;
    await rig.addPhoto('a.jpg');
    await enhanced(rig, 1);
    await rig.addPhoto('b.jpg');
    await told(rig, 'one failed', ({ today }) => today.failed === 1);
    await rig.until('both are told', () => rig.occasions.length === 2);
    expect(rig.occasions).toEqual([
      { kind: 'watched-photos', watchId: id, folder: 'photos', enhanced: 1, failed: [], uncertain: 0 },
      { kind: 'watched-photos', watchId: id, folder: 'photos', enhanced: 0, failed: ['b.jpg'], uncertain: 0 },
    ]);
  });

  it('of a batch started by hand are as they were', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    const other = join(rig.dir, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'x.jpg'), await smallPhoto('x'));
    const { batchId } = await rig.start(rig.backend.intakeOf([other]));
    await rig.finished(batchId ?? 0);
    expect(rig.occasions.map(({ kind }) => kind)).toEqual(['batch-finished']);
  });
});

describe('the window', () => {
  it('is told nothing while nobody sees it, and all when it is seen again', async () => {
    const rig = await BackendRig.withKey();
    await watch(rig);
    rig.backend.setVisible(false);
    const before = rig.told('watch').length;
    await rig.addPhoto('a.jpg');
    await rig.until('the tray knows', () => rig.backend.status().watching.photosToday === 1);
    await rig.until('it is done', () => rig.backend.status().unfinished === 0);
    expect(rig.told('watch')).toHaveLength(before);
    rig.backend.setVisible(true);
    await enhanced(rig, 1);
  });
});
