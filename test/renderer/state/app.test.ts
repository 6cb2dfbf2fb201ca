import { describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../app/contract/values.ts';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { FakeBridge, Refusal } from '../fake-bridge.ts';
import { appState, batchRow, feedMessage, queueState } from '../samples.ts';

function open() {
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => [batchRow({ id: 2 }), batchRow({ id: 1 })],
    'queue.state': () => queueState(),
  });
  const store = new AppStore(new Client(bridge));
  return { bridge, store };
}

describe('the state of the window', () => {
  it('is open once the core answered, with its batches and its queue', async () => {
    const { store } = open();
    expect(store.stage.kind).toBe('opening');
    await store.open();
    expect(store.stage.kind).toBe('open');
    expect(store.batches.map(({ id }) => id)).toEqual([2, 1]);
    expect(store.queue?.concurrency).toBe(8);
    store.close();
  });

  it('says why the history cannot be opened, and tries again when asked to', async () => {
    const { bridge, store } = open();
    bridge.answer('app.open', () => ({ open: false, code: 'held', message: 'Another Lightbatch is running.' }));
    await store.open();
    expect(store.stage).toEqual({ kind: 'closed', code: 'held', message: 'Another Lightbatch is running.' });
    bridge.answer('app.reopen', () => ({ open: true, app: appState() }));
    await store.reopen();
    expect(store.stage.kind).toBe('open');
    store.close();
  });

  it('does not stay blank when the core cannot answer at all', async () => {
    const { bridge, store } = open();
    bridge.answer('app.open', () => {
      throw new Refusal('internal', 'It broke.');
    });
    await store.open();
    expect(store.stage).toMatchObject({ kind: 'closed', message: 'It broke.' });
    store.close();
  });

  it('takes new, changed and removed batches from the feed, newest first', async () => {
    const { bridge, store } = open();
    await store.open();
    bridge.send('feed', feedMessage({ seq: 1, batches: [batchRow({ id: 3 }), batchRow({ id: 1, name: 'New name' })] }));
    bridge.send('feed', feedMessage({ seq: 2, removedBatches: [2], queue: queueState({ paused: true }) }));
    expect(store.batches.map(({ id, name }) => [id, name])).toEqual([
      [3, 'Wedding'],
      [1, 'New name'],
    ]);
    expect(store.queue?.paused).toBe(true);
    store.close();
  });

  it('asks for everything anew after a gap in the feed, and tells its views that they must, too', async () => {
    const { bridge, store } = open();
    await store.open();
    const heard: FeedMessage[] = [];
    store.onFeed((message) => heard.push(message));
    bridge.send('feed', feedMessage({ seq: 1 }));
    bridge.send('feed', feedMessage({ seq: 3 }));
    expect(heard.map(({ overflow }) => overflow)).toEqual([false, true]);
    await bridge.called('batches.list', 2);
    store.close();
  });

  it('goes where the menu, the tray or a notification sends it', async () => {
    const { bridge, store } = open();
    await store.open();
    bridge.send('intent', { kind: 'show-batch', batchId: 2 });
    expect(store.view).toEqual({ kind: 'batch', batchId: 2 });
    bridge.send('intent', { kind: 'show', view: 'uncertain' });
    expect(store.view).toEqual({ kind: 'history', undecided: true });
    bridge.send('intent', { kind: 'show', view: 'settings' });
    expect(store.view).toEqual({ kind: 'settings' });
    bridge.send('intent', { kind: 'intake', id: 7 });
    expect(store.intake).toBe(7);
    store.close();
  });

  it('keeps a sheet that is open, and holds no more behind it than the core does', async () => {
    const { bridge, store } = open();
    bridge.answer('intake.discard', () => null);
    await store.open();
    for (let id = 1; id <= 12; id += 1) bridge.send('intent', { kind: 'intake', id });
    expect([store.intake, store.waitingIntakes]).toEqual([1, 10]);
    expect(bridge.inputsOf('intake.discard')).toEqual([{ id: 12 }]);
    expect(store.toasts.list[0]?.text).toMatch(/Too many batches wait/);
    store.close();
  });

  it('gives up what was not started when the page is left, and forgets it when the history is closed', async () => {
    const { bridge, store } = open();
    bridge.answer('intake.discard', () => null);
    await store.open();
    store.openIntake(3);
    store.openIntake(4);
    window.dispatchEvent(new Event('pagehide'));
    expect(bridge.inputsOf('intake.discard')).toEqual([{ id: 3 }, { id: 4 }]);
    expect([store.intake, store.waitingIntakes]).toEqual([null, 0]);
  });

  it('loses no photos that were given before the history could be opened', async () => {
    const { bridge, store } = open();
    bridge.answer('app.open', () => ({ open: false, code: 'held', message: 'Another Lightbatch is running.' }));
    await store.open();
    bridge.send('intent', { kind: 'intake', id: 7 });
    bridge.answer('app.reopen', () => ({ open: true, app: appState() }));
    await store.reopen();
    expect(store.intake).toBe(7);
    bridge.send('opening', { open: false, code: 'gone', message: 'It is gone.' });
    expect(store.intake).toBeNull();
    store.close();
  });

  it('tells what went wrong in passing, once, and goes on', async () => {
    const { bridge, store } = open();
    bridge.answer('queue.pause', () => {
      throw new Refusal('disk_full');
    });
    await store.open();
    await store.pause();
    await store.pause();
    expect(store.toasts.list.map(({ tone }) => tone)).toEqual(['error']);
    expect(store.queue?.paused).toBe(false);
    store.close();
  });

  it('opens the sheet for what was dropped, and says so when it is no file of this computer', async () => {
    const { bridge, store } = open();
    await store.open();
    await store.drop([new File(['x'], 'a.jpg')]);
    expect(store.intake).toBe(1);
    store.closeIntake();
    bridge.dropped = { files: [], id: null };
    Object.assign(bridge, { drop: () => Promise.resolve({ ok: true, value: null }) });
    await store.drop([]);
    expect(store.intake).toBeNull();
    expect(store.toasts.list[0]?.text).toMatch(/not a file of this computer/);
    store.close();
  });
});
