import { describe, expect, it } from 'vitest';
import type { HeldPhotos, ReleasedPhotos } from '../../../app/contract/watch.ts';
import { Refusal } from '../fake-bridge.ts';
import { watchRow, watchSettings } from '../samples.ts';
import { openStore } from '../show.ts';

const storm: HeldPhotos = { why: 'storm', photos: 342, credits: 13.68, agreement: 400 };
const texts = (store: Awaited<ReturnType<typeof openStore>>['store']) => store.toasts.list.map(({ text }) => text);
const file = new File(['x'], 'Tethered');

describe('the watch folders', () => {
  it('are asked for at the start, and taken from the events after that', async () => {
    const { bridge, store } = await openStore({ folders: [watchRow()] });
    expect(store.watch.rows.map(({ name }) => name)).toEqual(['Tethered']);
    bridge.send('watch', [watchRow({ state: 'unavailable' }), watchRow({ id: 2, held: storm }), watchRow({ id: 3 })]);
    expect(store.watch.rows).toHaveLength(3);
    expect([store.watch.active, store.watch.waiting]).toEqual([2, 2]);
    store.close();
    bridge.send('watch', []);
    expect(store.watch.rows).toHaveLength(3);
  });

  it('are asked for anew when the window was hidden', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('watch.list', () => [watchRow()]);
    document.dispatchEvent(new Event('visibilitychange'));
    await expect.poll(() => store.watch.rows.length).toBe(1);
    store.close();
  });

  it('are shown when the tray or a notification asks for them', async () => {
    const { bridge, store } = await openStore();
    bridge.send('intent', { kind: 'show', view: 'watch' });
    expect(store.view).toEqual({ kind: 'watch' });
    store.close();
  });

  it('are added by the dialog, which may be closed without a choice', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('watch.choose', () => null);
    await store.watch.choose();
    expect([store.watch.rows.length, store.toasts.list.length]).toEqual([0, 0]);
    bridge.answer('watch.choose', () => watchRow({ id: 4 }));
    await store.watch.choose();
    expect(store.watch.row(4)?.name).toBe('Tethered');
    expect(store.toasts.list[0]?.text).toBe(
      'New photos in “Tethered” are enhanced by themselves from now on, for about 0.04 credits a photo.',
    );
    store.toasts.list[0]?.action?.run();
    expect([store.view.kind, store.watch.settingsOf]).toEqual(['watch', 4]);
    store.close();
  });

  it('are there once, also when the event was faster than the answer', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('watch.choose', () => {
      bridge.send('watch', [watchRow({ id: 4 })]);
      return watchRow({ id: 4 });
    });
    await store.watch.choose();
    expect(store.watch.rows).toHaveLength(1);
    store.close();
  });

  it('are added by a drop on their view, and no sheet opens', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('watch.addIntake', () => [watchRow({ id: 1 }), watchRow({ id: 2, name: 'Ingest' })]);
    bridge.dropped = { files: [], id: 8 };
    store.show({ kind: 'watch' });
    expect(store.dropsAreWatched).toBe(true);
    await store.drop([file]);
    expect(bridge.inputsOf('watch.addIntake')).toEqual([{ id: 8 }]);
    expect(store.watch.rows.map(({ name }) => name)).toEqual(['Tethered', 'Ingest']);
    expect(store.intake).toBeNull();
    store.close();
  });

  it('leave a drop anywhere else, or with a sheet open, to a new batch', async () => {
    const { store } = await openStore();
    await store.drop([file]);
    expect(store.intake).toBe(1);
    store.show({ kind: 'watch' });
    expect(store.dropsAreWatched).toBe(false);
    store.close();
  });

  it('say that photos alone cannot be watched, and why a folder cannot', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('watch.addIntake', () => []);
    await store.watch.addIntake(3);
    bridge.answer('watch.addIntake', () => {
      throw new Refusal('watch_twice');
    });
    await store.watch.addIntake(4);
    expect(texts(store)).toEqual([
      expect.stringMatching(/Only folders can be watched/),
      expect.stringMatching(/already watched/),
    ]);
    store.close();
  });

  it('queue the photos that were in sight, once, and say how many', async () => {
    const { bridge, store } = await openStore({ folders: [watchRow({ held: storm })] });
    const answer = Promise.withResolvers<ReleasedPhotos>();
    bridge.answer('watch.release', () => answer.promise);
    const released = store.watch.release(1, 'held', storm);
    expect(store.watch.isReleasing(1)).toBe(true);
    await store.watch.release(1, 'held', storm);
    answer.resolve({ queued: 340, known: 2, waiting: 0, gone: 0 });
    await released;
    expect(bridge.inputsOf('watch.release')).toEqual([{ id: 1, which: 'held', agreement: 400 }]);
    expect(store.watch.isReleasing(1)).toBe(false);
    expect(texts(store)[0]).toBe('340 photos are queued; 2 are known and not paid for again.');
    store.close();
  });

  it('can be released again after it could not be done', async () => {
    const { bridge, store } = await openStore({ folders: [watchRow({ held: storm })] });
    bridge.answer('watch.release', () => {
      throw new Refusal('watch_unavailable');
    });
    await store.watch.release(1, 'held', storm);
    expect(store.watch.isReleasing(1)).toBe(false);
    expect(texts(store)[0]).toMatch(/cannot be reached/);
    store.close();
  });

  it('take what the core made of a change, and stay as they are when it could not be done', async () => {
    const { bridge, store } = await openStore({ folders: [watchRow(), watchRow({ id: 2, name: 'Ingest' })] });
    bridge.answer('watch.pause', ({ id, paused }) => watchRow({ id, paused, state: 'paused' }));
    await store.watch.setPaused(1, true);
    expect(store.watch.rows.map(({ state }) => state)).toEqual(['paused', 'watching']);
    bridge.answer('watch.change', () => {
      throw new Refusal('watch_gone');
    });
    expect(await store.watch.change(2, watchSettings({ recursive: true }))).toBe(false);
    expect(store.watch.row(2)?.settings.recursive).toBe(false);
    expect(texts(store)[0]).toMatch(/no longer in the list/);
    bridge.answer('watch.remove', () => null);
    await store.watch.remove(1);
    expect(store.watch.rows.map(({ id }) => id)).toEqual([2]);
    store.close();
  });
});
