import { afterEach, expect, test, vi } from 'vitest';
import type { HistoryPage } from '../../../app/contract/values.ts';
import { failure } from '../../../app/domain/failure.ts';
import { Client } from '../../../renderer/bridge.ts';
import { NO_FILTERS } from '../../../renderer/lib/history-filter.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { HistoryActions } from '../../../renderer/state/history-actions.svelte.ts';
import { HistoryStore } from '../../../renderer/state/history.svelte.ts';
import { Refusal } from '../fake-bridge.ts';
import { HistoryBridge } from '../history-bridge.ts';
import { batchRow, feedMessage, historyRow, jobRow } from '../samples.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
});

const lines = (total: number, state: 'succeeded' | 'failed' = 'succeeded') =>
  Array.from({ length: total }, (_, index) =>
    historyRow({ id: total - index, name: `IMG_${total - index}.jpg`, state }),
  );

async function rig(rows = lines(450), answering: ConstructorParameters<typeof HistoryBridge>[1] = {}) {
  const bridge = new HistoryBridge(rows, answering);
  const store = new AppStore(new Client(bridge));
  await store.open();
  ends.push(() => store.close());
  const history = new HistoryStore(store);
  ends.push(history.open());
  await vi.waitFor(() => expect(history.pages.total ?? history.pages.trouble).not.toBeNull());
  await vi.waitFor(() => expect(history.undecided.total ?? history.undecided.trouble).not.toBeNull());
  return { bridge, store, history, actions: new HistoryActions(store, history) };
}

/** Pages are answered when the test says so; by the number of states that were asked for. */
function hold(bridge: HistoryBridge, page: (states: number) => HistoryPage): (() => void)[] {
  const held: (() => void)[] = [];
  bridge.answer('history.page', async ({ filter }) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return page(filter.states.length);
  });
  return held;
}

const pagesOf = (bridge: HistoryBridge) =>
  bridge.inputsOf('history.page').filter(({ limit, filter }) => limit > 1 && !filter.undecided);

test('loads the first page, and the others when they come into sight', async () => {
  const { bridge, history } = await rig();
  expect(history.pages.total).toBe(450);
  expect(history.pages.row(0)?.id).toBe(450);
  expect(history.pages.row(200)).toBeUndefined();
  history.pages.show(195, 215);
  await vi.waitFor(() => expect(history.pages.row(200)?.id).toBe(250));
  expect(pagesOf(bridge).map(({ offset }) => offset)).toEqual([0, 200]);
});

test('scrolling far does not ask for what it passes', async () => {
  const { bridge, history } = await rig(lines(10_000));
  for (let first = 0; first < 9_000; first += 100) history.pages.show(first, first + 20);
  history.pages.show(9_000, 9_020);
  await vi.waitFor(() => expect(history.pages.row(9_000)).toBeDefined());
  expect(pagesOf(bridge).length).toBeLessThanOrEqual(3);
});

test('keeps a bounded number of pages', async () => {
  const { history } = await rig(lines(6_000));
  for (let first = 0; first < 6_000; first += 200) {
    history.pages.show(first, first + 20);
    await vi.waitFor(() => expect(history.pages.row(first)).toBeDefined());
  }
  const all = new Set(Array.from({ length: 6_000 }, (_, index) => index + 1));
  expect(history.pages.loaded(all).length).toBeLessThanOrEqual(12 * 200);
});

test('typing is one question, and an answer to an older filter does not count', async () => {
  const { bridge, history } = await rig();
  const before = pagesOf(bridge).length;
  for (const text of ['IMG_4', 'IMG_44', 'IMG_449']) history.filter({ text });
  await vi.waitFor(() => expect(history.pages.total).toBe(1));
  expect(pagesOf(bridge).length).toBe(before + 1);
});

test('an answer to an older filter does not count', async () => {
  const { bridge, history } = await rig();
  const held = hold(bridge, (states) => ({ rows: [historyRow({ id: states })], total: states, seq: 2 }));
  history.filter({ group: 'quiet' }); // two states
  history.filter({ group: 'done' }); // one
  await vi.waitFor(() => {
    held.splice(0).forEach((answer) => answer());
    expect(history.pages.row(0)?.id).toBe(1);
  });
  expect(history.pages.total).toBe(1);
});

test('what was in sight stays until the answer to a new filter is there', async () => {
  const { bridge, history } = await rig();
  const held = hold(bridge, () => ({ rows: [], total: 0, seq: 2 }));
  history.filter({ group: 'failed' });
  expect(history.pages.total).toBe(450);
  expect(history.pages.row(0)?.id).toBe(450);
  await vi.waitFor(() => {
    held.splice(0).forEach((answer) => answer());
    expect(history.pages.total).toBe(0);
  });
  expect(history.pages.row(0)).toBeUndefined();
});

test('a filter that is set back to nothing is no filter', async () => {
  const { history } = await rig();
  history.filter({ group: 'failed' });
  expect(history.filtered).toBe(true);
  history.filter({ group: 'all' });
  expect(history.filters).toBe(NO_FILTERS);
});

test('days that are turned around are not asked for', async () => {
  const { bridge, history } = await rig();
  history.filter({ period: 'custom', fromDay: '2026-11-05' });
  const before = pagesOf(bridge).length;
  history.filter({ toDay: '2026-11-01' });
  await Promise.resolve();
  expect(pagesOf(bridge).length).toBeLessThanOrEqual(before + 1);
  expect(pagesOf(bridge).every(({ filter }) => filter.to === null || (filter.from ?? 0) < filter.to)).toBe(true);
});

test('takes changed lines of the feed, and none that are older than what is here', async () => {
  const { bridge, history } = await rig();
  bridge.send('feed', feedMessage({ seq: 1, rows: [jobRow({ id: 450, state: 'failed' })] }));
  expect(history.pages.row(0)?.state).toBe('succeeded');
  bridge.send('feed', feedMessage({ seq: 2, rows: [jobRow({ id: 450, state: 'failed' })] }));
  expect(history.pages.row(0)).toMatchObject({ state: 'failed', batchName: 'Wedding' });
});

test('counts anew at most once a second, however much happens', async () => {
  const { bridge, history } = await rig();
  vi.useFakeTimers();
  const before = pagesOf(bridge).length;
  bridge.rows = lines(500);
  for (let seq = 1; seq <= 10; seq += 1) {
    bridge.send('feed', feedMessage({ seq, batches: [batchRow()] }));
    await vi.advanceTimersByTimeAsync(90);
  }
  expect(history.pages.total).toBe(450);
  await vi.advanceTimersByTimeAsync(200);
  expect(history.pages.total).toBe(500);
  expect(pagesOf(bridge).length).toBe(before + 1);
});

test('the keyboard stays with its photo when newer ones come', async () => {
  const { bridge, history } = await rig();
  history.selection.only(3);
  bridge.rows = lines(460);
  await history.refresh();
  expect(history.selection.cursor).toBe(13);
  expect([...history.selection.ids]).toEqual([447]);
});

test('an error is kept until it is better, and what was read before stays', async () => {
  const { bridge, history } = await rig();
  bridge.answer('history.page', () => {
    throw new Refusal('not_open');
  });
  await history.refresh();
  expect(history.pages.trouble?.code).toBe('not_open');
  expect(history.pages.row(0)?.id).toBe(450);
  bridge.answer('history.page', () => ({ rows: lines(2), total: 2, seq: 3 }));
  await history.refresh();
  expect(history.pages.trouble).toBeNull();
  expect(history.pages.total).toBe(2);
});

test('after the end nothing is asked for any more', async () => {
  const { bridge } = await rig();
  for (const end of ends.splice(0)) end();
  vi.useFakeTimers();
  const before = bridge.calls.length;
  bridge.send('feed', feedMessage({ seq: 9, batches: [batchRow()] }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(bridge.calls.length).toBe(before);
});

test('retrying all failed asks first, and then takes those that fit the filters', async () => {
  const rows = [
    historyRow({ id: 3, state: 'failed', batchId: 2 }),
    historyRow({ id: 2, state: 'failed' }),
    historyRow({ id: 1 }),
  ];
  const { bridge, history, actions } = await rig(rows, { 'jobs.retry': () => ({ retried: 1, withheld: 0 }) });
  history.filter({ batchId: 2 });
  await actions.askToRetryFailed();
  expect(actions.jobs.retrying).toMatchObject({ ids: [3], title: 'Retry this photo?' });
  expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  if (actions.jobs.retrying) await actions.jobs.retry(actions.jobs.retrying.ids);
  expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [3] }, consent: false }]);
});

test('what a retry held back is asked about, and sent only then', async () => {
  const uncertain = failure('uncertain_submit');
  const { bridge, store, actions } = await rig([historyRow({ id: 1, state: 'failed', failure: uncertain })], {
    'jobs.retry': ({ consent }) => (consent ? { retried: 1, withheld: 0 } : { retried: 0, withheld: 1 }),
    'jobs.rows': () => ({ rows: [jobRow({ id: 1, state: 'failed', failure: uncertain })], seq: 2 }),
  });
  await actions.jobs.retry([1]);
  store.toasts.list[0]?.action?.run();
  await vi.waitFor(() => expect(actions.jobs.consenting?.ids).toEqual([1]));
  if (actions.jobs.consenting) await actions.jobs.payAgain(actions.jobs.consenting);
  expect(bridge.inputsOf('jobs.retry').map(({ consent }) => consent)).toEqual([false, true]);
});

test('removing tells what stays, and the lines are read anew', async () => {
  const { bridge, store, history, actions } = await rig(lines(3), {
    'history.remove': () => ({ removed: 2, kept: 1 }),
  });
  history.selection.only(0);
  actions.askToRemove([3, 2, 1]);
  bridge.rows = lines(1);
  if (actions.removing) await actions.remove(actions.removing);
  expect(bridge.inputsOf('history.remove')).toEqual([{ ids: [3, 2, 1] }]);
  expect(store.toasts.list.map(({ text }) => text)).toEqual([
    '2 photos removed from the history. The pictures are where they were.',
    expect.stringMatching(/^1 photo stays in the history/),
  ]);
  expect(history.pages.total).toBe(1);
  expect(history.selection.ids.size).toBe(0);
});

test('photos that are left stay uncertain and wait no more', async () => {
  const rows = [historyRow({ id: 2, state: 'uncertain' }), historyRow({ id: 1, state: 'uncertain' })];
  const { bridge, history, actions } = await rig(rows, { 'jobs.leave': ({ ids }) => ids.length });
  expect(history.undecided.total).toBe(2);
  history.undecidedSelection.only(0);
  bridge.rows = rows.map((row) => ({ ...row, left: row.id === 2 }));
  await actions.jobs.leave({ ids: [2] });
  expect(history.undecided.total).toBe(1);
  expect(history.undecidedSelection.ids.size).toBe(0);
});

test('an export is of the filter, and its file is named; a closed dialog is no news', async () => {
  let file: { jobs: number; name: string } | null = { jobs: 7, name: 'photos.csv' };
  const { bridge, store, history, actions } = await rig(lines(3), { 'history.export': () => file });
  history.filter({ group: 'failed' });
  await actions.export('csv');
  expect(bridge.inputsOf('history.export')[0]).toMatchObject({ format: 'csv', filter: { states: ['failed'] } });
  expect(store.toasts.list.map(({ text }) => text)).toEqual(['7 photos written to “photos.csv”.']);
  file = null;
  await actions.export('json');
  expect(store.toasts.list).toHaveLength(1);
});
