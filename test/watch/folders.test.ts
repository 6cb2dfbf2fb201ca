// The list of watch folders: which may be added, how they are changed, and what stays when they are removed.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../app/domain/failure.ts';
import type { WatchSettings } from '../../app/domain/watch.ts';
import { settings, WatchRig } from './rig.ts';

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'none',
    (error: unknown) => (error instanceof FailureError ? error.failure.code : String(error)),
  );
}

interface Tried extends AsyncDisposable {
  readonly rig: WatchRig;
  readonly at: (...names: string[]) => string;
  /** Adds a folder. @returns the code of why it was refused, `none` if it was not */
  readonly add: (path: string, more?: Partial<WatchSettings>, out?: string | null) => Promise<string>;
}

/** A rig with the folders `a/inner`, `b` and `home/pictures`, none of them watched. */
async function open(): Promise<Tried> {
  const rig = await WatchRig.open();
  const at = (...names: string[]) => join(rig.dir, ...names);
  for (const name of ['a/inner', 'b', '../home/pictures']) mkdirSync(at(name), { recursive: true });
  await rig.folders.start();
  return {
    rig,
    at,
    add: (path, more = {}, out = null) => codeOf(rig.folders.add(path, { settings: settings(more), out })),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

describe('a folder is refused', () => {
  test('that is none, or not there', async () => {
    await using tried = await open();
    const { at, add } = tried;
    writeFileSync(at('file.txt'), '');
    expect(await add(at('file.txt'))).toBe('watch_not_a_folder');
    expect(await add(at('nowhere'))).toBe('watch_not_a_folder');
    expect(await add(at('file.txt', 'below'))).toBe('watch_not_a_folder');
  });

  test('that holds far more than photos', async () => {
    await using tried = await open();
    const { rig, at, add } = tried;
    symlinkSync(at('..', 'home'), at('link to home'));
    for (const path of [
      '/',
      at('..', 'home'),
      at('link to home'),
      rig.at.dir,
      at('..', 'data'),
      at('..', 'data', 'backups'),
    ]) {
      mkdirSync(path, { recursive: true });
      expect([path, await add(path)]).toEqual([path, 'watch_too_wide']);
    }
    expect(await add(at('..', 'home', 'pictures'))).toBe('none');
  });

  test('that is watched already, by itself or as part of another', async () => {
    await using tried = await open();
    const { rig, at, add } = tried;
    expect(await add(at('a'))).toBe('none');
    symlinkSync(at('a'), at('link'));
    expect(await add(at('a'))).toBe('watch_twice');
    expect(await add(at('link'))).toBe('watch_twice');
    expect(await add(at('a', 'inner'))).toBe('watch_twice');
    expect(await add(rig.dir)).toBe('watch_twice');
    expect(await add(rig.dir, { recursive: false })).toBe('none'); // its sub-folders are not its own
    expect(await add(at('b'))).toBe('none');
    const outer = rig.folders.rows().find(({ path }) => path === rig.dir)?.id ?? 0;
    expect(await codeOf(rig.folders.change(outer, settings({ recursive: true })))).toBe('watch_twice');
    expect(rig.row(outer).settings.recursive).toBe(false);
  });

  test('whose results would be photos of another one, or the other way round', async () => {
    await using tried = await open();
    const { rig, at, add } = tried;
    expect(await add(at('a'))).toBe('none');
    expect(await add(at('b'), {}, at('a'))).toBe('watch_output_loop');
    expect(await add(at('b'), {}, at('a', 'inner', 'results'))).toBe('watch_output_loop');
    expect(await add(at('b'), {}, at('a', 'Enhanced (practice)'))).toBe('none'); // there nobody looks for photos
    const [a, b] = rig.folders.rows();
    expect(await codeOf(rig.folders.setOut(a?.id ?? 0, at('b')))).toBe('watch_output_loop');
    expect(await codeOf(rig.folders.setOut(b?.id ?? 0, at('a')))).toBe('watch_output_loop');
    await rig.folders.setOut(b?.id ?? 0, null);
    mkdirSync(at('c'));
    await rig.folders.setOut(a?.id ?? 0, at('c'));
    expect(await add(at('c'))).toBe('watch_output_loop');
    expect(await add(rig.dir, { recursive: false }, at('b'))).toBe('watch_output_loop');
  });

  test('whose results would have the names of its photos', async () => {
    await using tried = await open();
    const { rig, at, add } = tried;
    const output = { ...settings().output, template: '{name}.{ext}' };
    expect(await add(at('a'), { output }, at('a'))).toBe('would_overwrite');
    expect(await add(at('a'), { output })).toBe('none');
    const id = rig.row().id;
    expect(await codeOf(rig.folders.setOut(id, at('a')))).toBe('would_overwrite');
    expect(await codeOf(rig.folders.change(id, settings({ output: { ...output, template: '{nam}' } })))).toBe(
      'bad_template',
    );
  });

  test('while there is no service', async () => {
    await using tried = await open();
    const { rig, at, add } = tried;
    rig.connected = false;
    expect(await add(at('a'))).toBe('no_service');
    expect(rig.folders.rows()).toEqual([]);
  });
});

describe('a watch folder', () => {
  test('is told with all that a window shows of it', async () => {
    await using tried = await open();
    const { rig, at } = tried;
    const row = await rig.folders.add(at('a'), { settings: settings({ stormLimit: 7 }), out: null });
    expect(row).toEqual({
      id: row.id,
      name: 'a',
      path: at('a'),
      practice: true,
      settings: settings({ stormLimit: 7 }),
      usualCost: 0,
      outputFolder: at('a', 'Enhanced (practice)'),
      outputFolderChosen: false,
      state: 'watching',
      paused: false,
      trouble: null,
      polling: null,
      held: null,
      resting: 0,
      existing: null,
      waitingCount: 0,
      waiting: [],
      leftOut: { count: 0, files: [], raw: 0 },
      today: { queued: 0, enhanced: 0, failed: 0, unfinished: 0, resting: 0, known: 0, credits: 0, batchId: null },
      last: [],
      lastAt: null,
    });
    expect(await rig.folders.setOut(row.id, at('results'))).toMatchObject({
      outputFolder: at('results'),
      outputFolderChosen: true,
    });
    expect(rig.folders.folderOf(row.id)).toEqual({ photos: at('a'), enhanced: at('results') });
  });

  test('can be added and changed before watching begins, and is looked through then', async () => {
    await using rig = await WatchRig.open();
    rig.put('1.jpg');
    const { id } = await rig.folders.add(rig.dir, { settings: settings(), out: null });
    await rig.folders.change(id, settings({ settleMs: 5_000 }));
    expect(rig.row()).toMatchObject({ state: 'elsewhere', existing: null });
    await rig.folders.start();
    await rig.folders.settled();
    expect(rig.row()).toMatchObject({ state: 'watching', existing: { photos: 1 } });
  });

  test('leaves its batches, jobs and results when it is removed, and begins anew when it is added again', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    rig.put('1.jpg');
    await rig.rest();
    await rig.folders.remove(id);
    rig.put('2.jpg');
    await rig.rest();
    await rig.enhance();
    expect(rig.folders.rows()).toEqual([]);
    expect(rig.at.states()).toEqual({ succeeded: 1 });
    expect(rig.history.watches.ofBatch(rig.jobs()[0]?.batchId ?? 0)).toEqual({ watchId: id, name: 'tethered' });
    const again = await rig.watch();
    expect(again).toMatchObject({ existing: { photos: 1 }, today: { queued: 1 } }); // the day's books go on
    expect(rig.files(again.id)).toEqual({ '1.jpg': 'same', '2.jpg': 'there' });
  });

  test('that is not in the list is refused everywhere', async () => {
    await using rig = await WatchRig.open();
    await rig.folders.start();
    const { folders } = rig;
    const actions = [
      () => folders.change(9, settings()),
      () => folders.setOut(9, null),
      () => folders.setPaused(9, true),
      () => folders.release(9, 'held', 1),
      () => folders.move(9),
      () => folders.remove(9),
    ];
    for (const action of actions) expect(await codeOf(action())).toBe('watch_gone');
    expect(() => folders.folderOf(9)).toThrow(FailureError);
  });

  test('is told of once, however much happens to it in one go', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch();
    let told = 0;
    const end = rig.folders.onChange(() => (told += 1));
    void rig.folders.setPaused(id, true);
    await rig.folders.setPaused(id, false);
    await rig.folders.settled();
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(6);
    end();
  });
});
