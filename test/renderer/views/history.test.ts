import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { HistoryRow, JobDetail } from '../../../app/contract/values.ts';
import type { Attempt } from '../../../app/domain/batch.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import HistoryView from '../../../renderer/views/history/HistoryView.svelte';
import { Refusal } from '../fake-bridge.ts';
import { HistoryBridge } from '../history-bridge.ts';
import { appState, AT, historyRow, jobDetail, jobRow } from '../samples.ts';
import WithTooltips from './WithTooltips.svelte';

const lines = (total: number, changes: Partial<HistoryRow> = {}) =>
  Array.from({ length: total }, (_, index) =>
    historyRow({ id: total - index, name: `IMG_${total - index}.jpg`, state: 'succeeded', ...changes }),
  );

async function open(
  rows = lines(5),
  answering: ConstructorParameters<typeof HistoryBridge>[1] = {},
  undecided = false,
) {
  const bridge = new HistoryBridge(rows, answering);
  const store = new AppStore(new Client(bridge));
  await store.open();
  render(WithTooltips, { props: { component: HistoryView, props: { store, undecided } } });
  return { bridge, store, user: userEvent.setup() };
}

const grid = () => screen.findByRole('grid', { name: 'Photos of the history' });
const line = (name: string) => screen.findByRole('row', { name: new RegExp(name.replace('.', '\\.')) });
const selected = () =>
  screen
    .queryAllByRole('row', { selected: true })
    .map((row) => /IMG_\d+/.exec(row.textContent)?.[0])
    .sort();

test('shows each photo with its name, batch, state and cost, newest first, and counts all of them', async () => {
  const failed = failure('moderated');
  await open([
    historyRow({ id: 2, name: 'IMG_2.jpg', state: 'failed', failure: failed, batchName: 'Portraits', practice: true }),
    historyRow({
      id: 1,
      name: 'IMG_1.jpg',
      state: 'succeeded',
      credits: 0.04,
      charged: 'yes',
      output: { name: 'IMG_1_enhanced.jpg', width: 2_464, height: 1_632 },
    }),
  ]);
  const first = await line('IMG_2.jpg');
  expect(first).toHaveTextContent(/Portraits.*PRACTICE.*Failed.*Blocked by moderation.*24 MP.*free/);
  expect(first).toHaveAttribute('aria-rowindex', '2');
  expect(await line('IMG_1.jpg')).toHaveTextContent(/Enhanced.*24 MP → 4 MP.*0\.04/);
  expect(await grid()).toHaveAttribute('aria-rowcount', '3');
  expect(screen.getByText('2 photos')).toBeInTheDocument();
});

test('doubts a charge only of photos that came to an end', async () => {
  const states = [
    'queued',
    'preparing',
    'submitting',
    'processing',
    'saving',
    'uncertain',
    'failed',
    'canceled',
  ] as const;
  await open(states.map((state, id) => historyRow({ id, name: `IMG_${id}.jpg`, state, charged: 'maybe' })));
  const cost = async (place: number) =>
    within(await line(`IMG_${place}.jpg`))
      .getAllByRole('gridcell')
      .at(-1);
  for (const place of [0, 1, 2, 3, 4]) {
    expect(await cost(place)).toHaveTextContent(/^–$/);
    expect(await cost(place)).toHaveAttribute('title', 'Charged when it is enhanced');
  }
  for (const place of [5, 6, 7]) {
    expect(await cost(place)).toHaveTextContent(/^unknown$/);
    expect(await cost(place)).toHaveAttribute('title', 'It may have been charged');
  }
});

test('has the failed photos one press away, with their number', async () => {
  const rows = [...lines(3), historyRow({ id: 8, name: 'IMG_8.jpg', state: 'failed', failure: failure('moderated') })];
  const facets = { folders: [], failures: [], counts: { ...emptyCounts(), succeeded: 3, failed: 1 } };
  const { bridge, store, user } = await open(rows, { 'history.facets': () => facets });
  const tabs = within(screen.getByRole('group', { name: 'Which photos' }));
  await user.click(await tabs.findByRole('radio', { name: 'Failed 1' }));
  expect(await screen.findByText('1 photo')).toBeInTheDocument();
  expect(bridge.inputsOf('history.page').at(-1)?.filter.states).toEqual(['failed']);
  expect(tabs.getByRole('radio', { name: 'Failed 1' })).toBeChecked();
  await user.click(tabs.getByRole('radio', { name: 'All photos' }));
  expect(await screen.findByText('4 photos')).toBeInTheDocument();
  await user.click(tabs.getByRole('radio', { name: /^Waits for your decision/ }));
  expect(store.view).toEqual({ kind: 'history', undecided: true });
});

test('does not say of a photo that it is enhanced now when its service is not in use', async () => {
  await open([
    historyRow({ id: 2, name: 'IMG_2.jpg', state: 'processing' }),
    historyRow({ id: 1, name: 'IMG_1.jpg', state: 'processing', practice: true }),
  ]);
  expect(await line('IMG_2.jpg')).toHaveTextContent('Enhancing');
  expect(await line('IMG_1.jpg')).toHaveTextContent('Waits for the practice service');
});

test('a hundred thousand lines are counted in full and drawn only where they are in sight', async () => {
  const all = lines(300);
  await open([], { 'history.page': () => ({ rows: all.slice(0, 200), total: 100_000, seq: 1 }) });
  await line('IMG_300.jpg');
  expect(await grid()).toHaveAttribute('aria-rowcount', '100001');
  expect(screen.getAllByRole('row').length).toBeLessThan(40);
});

test('searches by name, tells the filter as a chip, and clears it', async () => {
  const { bridge, user } = await open();
  await line('IMG_5.jpg');
  await user.type(screen.getByRole('searchbox', { name: 'Search by name' }), 'IMG_3');
  expect(await screen.findByText('1 photo')).toBeInTheDocument();
  expect(await screen.findByRole('button', { name: 'Clear filter Name: “IMG_3”' })).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Clear filter Name: “IMG_3”' }));
  expect(await screen.findByText('5 photos')).toBeInTheDocument();
  expect(bridge.inputsOf('history.page').at(-1)?.filter.text).toBe('');
});

test('narrows to any batch: the newest are offered, older ones are found by name', async () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => 1_000 - n);
  const batches = ids.map((id) => ({ id, name: `Shoot ${id}.`, createdAt: AT }));
  const { bridge, user } = await open([historyRow({ id: 2, batchId: 845 }), historyRow({ id: 1, batchId: 1 })], {
    'batches.names': () => batches,
  });
  await screen.findByText('2 photos');
  const field = screen.getByRole('combobox', { name: 'Batch' });
  expect(field).toHaveValue('Any batch');
  await user.click(field);
  // jsdom lays nothing out, so the library takes the list for hidden.
  await waitFor(() => expect(screen.getAllByRole('option', { hidden: true })).toHaveLength(51));
  expect(screen.getByRole('status')).toHaveTextContent('The newest 50 of 1,000. Type a part of a name.');
  await user.type(field, 'nowhere');
  expect(screen.getByRole('status')).toHaveTextContent('No batch has this in its name.');
  await user.clear(field);
  await user.type(field, 'shoot 845');
  await waitFor(() => expect(screen.getAllByRole('option', { hidden: true })).toHaveLength(1));
  await user.keyboard('{Enter}');
  expect(await screen.findByText('1 photo')).toBeInTheDocument();
  expect(field).toHaveValue('Shoot 845.');
  expect(bridge.inputsOf('history.page').at(-1)?.filter.batchId).toBe(845);
  await user.click(screen.getByRole('button', { name: 'Clear filter Batch: Shoot 845.' }));
  expect(await screen.findByText('2 photos')).toBeInTheDocument();
  expect(field).toHaveValue('Any batch');
});

test('find, from the menu, leads to the search', async () => {
  const { bridge } = await open();
  await grid();
  bridge.send('intent', { kind: 'find' });
  expect(screen.getByRole('searchbox')).toHaveFocus();
});

test('what fits no filter says so, with a way back', async () => {
  const { user } = await open();
  await line('IMG_5.jpg');
  await user.type(screen.getByRole('searchbox'), 'nothing');
  await user.click(await screen.findByRole('button', { name: 'Clear all filters' }));
  await line('IMG_5.jpg');
});

test('an empty history invites, and one that cannot be read says why', async () => {
  await open([]);
  expect(await screen.findByText('Nothing here yet')).toBeInTheDocument();
});

test('a history that cannot be read says why, and is read again when that is asked for', async () => {
  const refuse = () => {
    throw new Refusal('not_open');
  };
  const { bridge, user } = await open([], { 'history.page': refuse });
  expect(await screen.findByText('The history cannot be shown')).toBeInTheDocument();
  bridge.answer('history.page', () => ({ rows: lines(1), total: 1, seq: 2 }));
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await line('IMG_1.jpg');
});

test('tells when all cannot be selected, by the menu or by the key', async () => {
  const refuse = () => {
    throw new Refusal('internal', 'The list cannot be read.');
  };
  const { bridge, store, user } = await open(lines(3), { 'history.ids': refuse });
  await line('IMG_3.jpg');
  bridge.send('intent', { kind: 'select-all' });
  await expect.poll(() => store.toasts.list.map(({ text }) => text)).toEqual(['The list cannot be read.']);
  store.toasts.dismiss(store.toasts.list[0]?.id ?? 0);
  (await grid()).focus();
  await user.keyboard('{Control>}a{/Control}');
  await expect.poll(() => store.toasts.list).toHaveLength(1);
  expect(selected()).toEqual([]);
});

test('selects by click, ctrl and shift, and by the keyboard', async () => {
  const { user } = await open();
  await user.click(await line('IMG_5.jpg'));
  expect(selected()).toEqual(['IMG_5']);
  await user.keyboard('{Control>}');
  await user.click(await line('IMG_3.jpg'));
  await user.keyboard('{/Control}');
  expect(selected()).toEqual(['IMG_3', 'IMG_5']);
  await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
  await vi.waitFor(() => expect(selected()).toEqual(['IMG_2', 'IMG_3']));
  await user.keyboard('{Control>}a{/Control}');
  expect(await screen.findByText('5 selected')).toBeInTheDocument();
  await user.keyboard('{Escape}');
  expect(selected()).toEqual([]);
});

test('the grid tells screen readers which line the keyboard is at', async () => {
  const { user } = await open();
  const table = await grid();
  await line('IMG_5.jpg');
  table.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(table).toHaveAttribute('aria-activedescendant', (await line('IMG_4.jpg')).id);
});

test('a retry of what is selected tells what came of it', async () => {
  const { bridge, store, user } = await open(lines(2, { state: 'failed', failure: failure('network') }), {
    'jobs.retry': ({ jobs }) => ({ retried: 'ids' in jobs ? jobs.ids.length : 0, withheld: 0 }),
  });
  await user.click(await line('IMG_2.jpg'));
  await user.click(await screen.findByRole('button', { name: 'Retry' }));
  await bridge.called('jobs.retry');
  expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [2] }, consent: false }]);
  await vi.waitFor(() => expect(store.toasts.list[0]?.text).toMatch(/^1 photo waits/));
});

test('a retry of several that are selected names the price, and sends nothing before the answer', async () => {
  const { bridge, user } = await open(lines(3, { state: 'failed', failure: failure('network') }), {
    'jobs.retry': () => ({ retried: 3, withheld: 0 }),
  });
  await user.click(await line('IMG_2.jpg'));
  await user.keyboard('{Control>}a{/Control}');
  await user.click(await screen.findByRole('button', { name: 'Retry 3 photos…' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Retry 3 photos?' });
  expect(dialog).toHaveTextContent('3 photos are sent again, which costs about 0.12 credits by the list price.');
  expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
  expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Retry 3 photos' }));
  await bridge.called('jobs.retry');
  expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [3, 2, 1] }, consent: false }]);
});

test('retrying all that failed names how many and what that costs, and Cancel sends nothing', async () => {
  const { bridge, user } = await open(lines(3, { state: 'failed', failure: failure('network') }));
  await user.click(await screen.findByRole('button', { name: 'Retry all 3 failed…' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Retry 3 photos?' });
  expect(dialog).toHaveTextContent('about 0.12 credits by the list price');
  expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  expect(bridge.inputsOf('jobs.retry')).toEqual([]);
});

test('the menu’s retry asks the same, also while what waits for a decision is in view', async () => {
  const { bridge, store } = await open(lines(2, { state: 'failed', failure: failure('network') }));
  await grid();
  store.show({ kind: 'history', undecided: true });
  bridge.send('intent', { kind: 'retry-failed' });
  expect(await screen.findByRole('alertdialog', { name: 'Retry 2 photos?' })).toBeInTheDocument();
  expect(store.view).toEqual({ kind: 'history', undecided: false });
  expect(bridge.inputsOf('jobs.retry')).toEqual([]);
});

test('removing is asked about first, and says that the pictures stay', async () => {
  const { bridge, user } = await open(lines(3), { 'history.remove': () => ({ removed: 1, kept: 0 }) });
  await user.click(await line('IMG_2.jpg'));
  await user.click(await screen.findByRole('button', { name: 'Remove from history…' }));
  const dialog = await screen.findByRole('alertdialog');
  expect(dialog).toHaveTextContent('All pictures stay where they are');
  await user.click(within(dialog).getByRole('button', { name: 'Remove from history' }));
  await bridge.called('history.remove');
  expect(bridge.inputsOf('history.remove')).toEqual([{ ids: [2] }]);
});

test('the context menu is about the line it was opened at', async () => {
  const { store, user } = await open(lines(3, { batchId: 8 }));
  await user.click(await line('IMG_1.jpg'));
  await user.pointer({ keys: '[MouseRight]', target: await line('IMG_3.jpg') });
  expect(selected()).toEqual(['IMG_3']);
  await user.click(await screen.findByRole('menuitem', { name: 'Open batch' }));
  expect(store.view).toEqual({ kind: 'batch', batchId: 8 });
});

test('compares the photo that the menu was opened at, also within a selection', async () => {
  const { bridge, user } = await open(lines(5), {
    'jobs.detail': ({ id }) => jobDetail({ row: jobRow({ id, name: `IMG_${id}.jpg` }) }),
    'jobs.away': () => [],
    'jobs.rows': () => ({ rows: [], seq: 1 }),
  });
  await user.click(await line('IMG_5.jpg'));
  await user.keyboard('{Shift>}');
  await user.click(await line('IMG_2.jpg'));
  await user.keyboard('{/Shift}');
  await user.pointer({ keys: '[MouseRight]', target: await line('IMG_4.jpg') });
  expect(selected()).toEqual(['IMG_2', 'IMG_3', 'IMG_4', 'IMG_5']);
  await user.click(await screen.findByRole('menuitem', { name: /Compare/ }));
  await bridge.called('jobs.detail');
  expect(bridge.inputsOf('jobs.detail')[0]).toEqual({ id: 4 });
});

test('exports what fits the filters', async () => {
  const { bridge, user } = await open(lines(3), { 'history.export': () => ({ jobs: 3, name: 'history.csv' }) });
  await line('IMG_3.jpg');
  screen.getByRole('button', { name: 'Export' }).focus();
  await user.keyboard('{Enter}');
  await screen.findByText(/^CSV/); // jsdom places nothing, so it stays hidden
  await user.keyboard('{Enter}');
  await bridge.called('history.export');
  expect(bridge.inputsOf('history.export')[0]?.format).toBe('csv');
});

test('filters by what the history holds', async () => {
  const facets = { folders: [], failures: [{ code: 'moderated', photos: 2 }], counts: { ...emptyCounts(), failed: 2 } };
  const { bridge, user } = await open(lines(3), { 'history.facets': () => facets });
  await line('IMG_3.jpg');
  const errors = screen.getByRole('combobox', { name: 'Error' });
  errors.focus();
  await user.keyboard('{Enter}');
  await screen.findByText('Blocked by moderation');
  await user.keyboard('{ArrowDown}{Enter}');
  await vi.waitFor(() => expect(bridge.inputsOf('history.page').at(-1)?.filter.failureCode).toBe('moderated'));
});

const uncertain = (total: number) =>
  lines(total, { state: 'uncertain', failure: failure('uncertain_submit'), charged: 'maybe' });
const attempt = (): Attempt => ({
  jobId: 1,
  number: 1,
  startedAt: AT,
  submittedAt: AT,
  acceptedAt: null,
  endedAt: AT,
  outcome: 'uncertain',
  code: 'uncertain_submit',
  message: null,
  httpStatus: null,
  requestId: null,
  charged: 'maybe',
  credits: null,
  queueSeconds: null,
  inferenceSeconds: null,
  totalSeconds: null,
});
const detail = (): JobDetail => ({
  row: jobRow(),
  batchName: 'Wedding',
  service: 'https://api.segmind.com',
  parameters: appState().preferences.parameters,
  sourcePath: '/photos/IMG_1.jpg',
  outputPath: null,
  outputBytes: null,
  sourceHash: null,
  outputHash: null,
  requestId: null,
  attempts: [attempt()],
});

test('what waits for a decision is told with what is known of it', async () => {
  await open(uncertain(1), { 'jobs.detail': detail }, true);
  expect(await screen.findByText('IMG_1.jpg')).toBeInTheDocument();
  expect(screen.getByText(failure('uncertain_submit').message)).toBeInTheDocument();
  expect(await screen.findByText(/^Sent .*2026.*no request number came back/)).toBeInTheDocument();
  // One alone has its buttons beside it, and no second pair for “all” of it.
  expect(screen.getAllByRole('button', { name: /^(Leave|Submit)/ })).toHaveLength(2);
});

test('nothing of it is sent again without naming how many, what it costs and that it may be charged twice', async () => {
  const { bridge, user } = await open(
    uncertain(2),
    { 'jobs.detail': detail, 'jobs.retry': () => ({ retried: 2, withheld: 0 }) },
    true,
  );
  await user.click(await screen.findByRole('button', { name: 'Submit all 2 again (may be charged twice)…' }));
  const dialog = await screen.findByRole('alertdialog');
  expect(dialog).toHaveTextContent(/2 photos/);
  expect(dialog).toHaveTextContent(/about 0\.08 credits/);
  expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: /may be charged twice/ }));
  await bridge.called('jobs.retry');
  expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [2, 1] }, consent: true }]);
});

test('some of it can be left as it is', async () => {
  const { bridge, user } = await open(
    uncertain(3),
    { 'jobs.detail': detail, 'jobs.leave': ({ ids }) => ids.length },
    true,
  );
  await user.click(await screen.findByRole('checkbox', { name: 'Select IMG_2.jpg' }));
  await user.click(screen.getByRole('button', { name: 'Leave 1' }));
  await bridge.called('jobs.leave');
  expect(bridge.inputsOf('jobs.leave')).toEqual([{ ids: [2] }]);
});

test('with nothing to decide it says so', async () => {
  await open(lines(2), {}, true);
  expect(await screen.findByText('Nothing waits for your decision')).toBeInTheDocument();
});
