import { screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchRow, JobRow } from '../../../../app/contract/values.ts';
import { emptyCounts } from '../../../../app/domain/batch.ts';
import { failure } from '../../../../app/domain/failure.ts';
import { Client } from '../../../../renderer/bridge.ts';
import { AppStore } from '../../../../renderer/state/app.svelte.ts';
import BatchView from '../../../../renderer/views/batch/BatchView.svelte';
import { FakeBridge, Refusal } from '../../fake-bridge.ts';
import { appState, batchRow, feedMessage, jobDetail, jobRow, queueState } from '../../samples.ts';
import { show } from '../../show.ts';

const output = { name: 'IMG.jpg', width: 2_449, height: 1_633 };
const rows: readonly JobRow[] = [
  jobRow({ id: 1, name: 'one.jpg', state: 'succeeded', output, finishedAt: 5, credits: 0.04, charged: 'yes' }),
  jobRow({ id: 2, name: 'two.jpg', state: 'failed', failure: failure('moderated') }),
  jobRow({ id: 3, name: 'three.jpg', state: 'processing', submittedAt: Date.now() }),
  jobRow({ id: 4, name: 'four.jpg' }),
  jobRow({ id: 5, name: 'five.jpg', state: 'uncertain', failure: failure('uncertain_submit') }),
];
const counts = { ...emptyCounts(), succeeded: 1, failed: 1, processing: 1, queued: 1, uncertain: 1 };

interface Given {
  readonly batch?: Partial<BatchRow>;
  readonly size?: number;
  /** Why the photos cannot be listed. */
  readonly ids?: Refusal;
}

async function open({ batch = {}, size = rows.length, ids: refusal }: Given = {}) {
  const own = batchRow({ counts, credits: 0.04, secondsLeft: 240, ...batch });
  const all = Array.from({ length: size }, (_, index) => index + 1);
  const rowOf = (id: number) => rows.find((row) => row.id === id) ?? jobRow({ id, name: `${id}.jpg` });
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState({ preferences: { ...appState().preferences, tileSize: 300 } }) }),
    'batches.list': () => [own],
    'batches.rename': ({ name }) => ({ ...own, name }),
    'queue.state': () => queueState({ unfinished: 2, atService: 1 }),
    'queue.pause': () => queueState({ paused: true }),
    'feed.watch': () => ({ seq: 0 }),
    'jobs.ids': ({ states }) => {
      if (refusal) throw refusal;
      return { ids: all.filter((id) => states.length === 0 || states.includes(rowOf(id).state)), seq: 0 };
    },
    'jobs.rows': ({ ids }) => ({ rows: ids.map(rowOf), seq: 0 }),
    'jobs.detail': ({ id }) => jobDetail({ row: rowOf(id) }),
    'jobs.retry': () => ({ retried: 1, withheld: 0 }),
    'jobs.retryPlan': ({ jobs }) => {
      const ids = 'ids' in jobs ? jobs.ids : [];
      return { sent: ids.length, fetched: 0, withheld: 0, ids };
    },
    'jobs.cancel': () => ({ canceled: 1, goingOn: 1 }),
    'jobs.again': () => ({ id: 3 }),
    'jobs.reveal': () => null,
    'jobs.leave': () => 1,
    'settings.set': () => appState(),
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  store.showBatch(1);
  const user = show(BatchView, { store, batchId: 1 }, store);
  return { bridge, store, user };
}

const tile = (name: string) => screen.findByRole('gridcell', { name: new RegExp(name) });
const selected = () => screen.getAllByRole('gridcell', { selected: true }).map((cell) => cell.textContent.trim());

// jsdom lays nothing out: the grid is 900 pixels wide, which is three columns of tiles of 300, and 600 high.
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the view of a batch', () => {
  it('shows its photos with their states, and of failures the reason and the one action that helps', async () => {
    const { bridge, user } = await open();
    expect(within(await tile('one.jpg')).getByText('Enhanced', { selector: 'span' })).toBeVisible();
    const failed = within(await tile('two.jpg'));
    expect(failed.getByText('Content moderation blocked this photo')).toBeVisible();
    await user.click(failed.getByRole('button', { name: 'Retry without moderation' }));
    await bridge.called('jobs.again');
    expect(bridge.inputsOf('jobs.again')).toEqual([{ ids: [2], unmoderated: true }]);
    expect(screen.queryAllByRole('gridcell', { selected: true })).toEqual([]); // a button is not a click on the tile
  });

  it('says of photos of another service that nobody fetches them, and shows no progress of theirs', async () => {
    const { bridge } = await open();
    const running = await tile('three.jpg');
    expect(within(running).getByText('Enhancing')).toBeVisible();
    expect(running.querySelector('.track')).not.toBeNull();
    const app = appState();
    bridge.send('app', { ...app, service: { ...app.service, kind: 'practice' } });
    expect(await within(running).findByText('At Segmind, not fetched')).toBeVisible();
    expect(running.querySelector('.track')).toBeNull();
    expect(within(await tile('four.jpg')).getByText('Waits for Segmind')).toBeVisible();
    expect(within(await tile('one.jpg')).getByText('Enhanced', { selector: 'span' })).toBeVisible();
    const progress = screen.getByRole('progressbar', { name: 'Progress of Wedding' });
    expect(progress).toHaveAttribute('aria-valuetext', expect.stringContaining('1 on hold'));
  });

  it('mounts only the tiles in sight of ten thousand, and says how many there are', async () => {
    await open({ size: 10_000 });
    await tile('one.jpg');
    expect(screen.getAllByRole('gridcell').length).toBeLessThan(60);
    const grid = screen.getByRole('grid', { name: 'Photos of Wedding' });
    expect(grid).toHaveAttribute('aria-rowcount', '3334');
    expect(grid).toHaveAttribute('aria-colcount', '3');
  });

  it('selects by click, shift and ctrl, and all with ctrl-A', async () => {
    const { user } = await open({ size: 10_000 });
    await user.click(await tile('one.jpg'));
    await user.keyboard('{Shift>}');
    await user.click(await tile('three.jpg'));
    await user.keyboard('{/Shift}');
    expect(selected()).toHaveLength(3);
    await user.keyboard('{Control>}');
    await user.click(await tile('two.jpg'));
    await user.keyboard('{/Control}');
    expect(selected()).toHaveLength(2);
    await user.keyboard('{Control>}a{/Control}');
    expect(screen.getByText('10,000 photos selected')).toBeVisible();
    await user.keyboard('{Escape}');
    expect(screen.queryByText(/selected/)).toBeNull();
  });

  it('is walked by the keys, which name the tile they are at', async () => {
    const { user } = await open({ size: 10_000 });
    const first = await tile('one.jpg');
    const grid = screen.getByRole('grid');
    grid.focus();
    await expect.poll(() => grid.getAttribute('aria-activedescendant')).toBe(first.id);
    await user.keyboard('{ArrowRight}');
    expect(grid).toHaveAttribute('aria-activedescendant', (await tile('two.jpg')).id);
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    expect(selected()).toHaveLength(4);
    await user.keyboard('{End}');
    expect(await tile('10000.jpg')).toHaveAttribute('aria-selected', 'true');
    expect(grid.scrollTop).toBeGreaterThan(100_000);
    await user.keyboard('{Home} ');
    expect(screen.queryByText(/selected/)).toBeNull(); // the space bar took it out again
  });

  it('filters by state, says when nothing is left, and goes back', async () => {
    const { bridge, user } = await open();
    await tile('one.jpg');
    await user.click(screen.getByRole('radio', { name: /Failed/ }));
    await expect.poll(() => screen.queryAllByRole('gridcell')).toHaveLength(1);
    expect(bridge.inputsOf('jobs.ids').at(-1)).toMatchObject({ states: ['failed'] });
    bridge.answer('jobs.ids', ({ states }) => ({ ids: states.length === 0 ? [1] : [], seq: 1 }));
    bridge.send('feed', feedMessage({ seq: 1, membership: true }));
    await user.click(await screen.findByRole('button', { name: 'Show all photos' }));
    await tile('one.jpg');
  });

  it('keeps what is selected through changes of the feed and of the order', async () => {
    const { bridge, user } = await open();
    await user.click(await tile('two.jpg'));
    bridge.send('feed', feedMessage({ seq: 1, rows: [jobRow({ id: 2, name: 'two.jpg', state: 'preparing' })] }));
    expect(await screen.findByText('Preparing')).toBeVisible();
    await user.click(screen.getByRole('button', { name: /Reverse the order/ }));
    await bridge.called('jobs.ids', 2);
    expect(selected()).toHaveLength(1);
  });

  it('opens a menu by the keys also at a tile that was scrolled out of sight, and shows that again', async () => {
    const { user } = await open({ size: 10_000 });
    await user.click(await tile('one.jpg'));
    await user.keyboard('{End}');
    const grid = screen.getByRole('grid');
    grid.scrollTop = 0;
    grid.dispatchEvent(new Event('scroll'));
    await tile('one.jpg');
    expect(grid).not.toHaveAttribute('aria-activedescendant');
    await user.keyboard('{Shift>}{F10}{/Shift}');
    await screen.findByRole('menu', { name: '1 photo selected' });
    expect(grid.scrollTop).toBeGreaterThan(100_000);
    expect(grid).toHaveAttribute('aria-activedescendant', (await tile('10000.jpg')).id);
  });

  it('opens a menu at the tile by the keys, which says why something cannot be done, and gives the focus back', async () => {
    const { bridge, user } = await open();
    await user.click(await tile('two.jpg'));
    await user.keyboard('{Shift>}{F10}{/Shift}');
    const menu = within(await screen.findByRole('menu', { name: '1 photo selected' }));
    expect(menu.getByRole('menuitem', { name: /Open enhanced picture/ })).toHaveTextContent('not enhanced yet');
    expect(menu.getByRole('menuitem', { name: /Open enhanced picture/ })).toHaveAttribute('aria-disabled', 'true');
    await user.click(menu.getByRole('menuitem', { name: 'Retry' }));
    await bridge.called('jobs.retry');
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [2] }, consent: false }]);
    await expect.poll(() => document.activeElement).toBe(screen.getByRole('grid'));
  });

  it('shows the originals while a key is held, and one under the pointer', async () => {
    const { user } = await open();
    const enhanced = await tile('one.jpg');
    expect(within(enhanced).queryByText('Before')).toBeNull();
    await user.keyboard('{b>}');
    expect(within(enhanced).getByText('Before')).toBeVisible();
    await user.keyboard('{/b}');
    expect(within(enhanced).queryByText('Before')).toBeNull();
    await user.hover(enhanced);
    expect(within(enhanced).getByRole('img', { name: 'Original' })).toHaveAttribute(
      'src',
      expect.stringContaining('/1/original/small'),
    );
  });

  it('shows a placeholder where there is no picture', async () => {
    await open();
    const image = within(await tile('four.jpg')).getByRole('img', { name: 'Original' });
    image.dispatchEvent(new Event('error'));
    expect(await within(await tile('four.jpg')).findByText('Original: no preview')).toBeInTheDocument();
  });

  it('asks whether a file is the missing photo, and takes it only when the user says so', async () => {
    const { bridge, user } = await open();
    const missing = { id: 4, name: 'four.jpg', state: 'failed', failure: failure('source_missing') } as const;
    await tile('four.jpg');
    bridge.send('feed', feedMessage({ seq: 1, rows: [jobRow(missing)] }));
    bridge.answer('jobs.locate', () => ({
      kind: 'unsure',
      token: 3,
      missing: 'four.jpg',
      found: 'export.jpg',
      alike: 'size',
    }));
    bridge.answer('jobs.takeLocated', () => ({ kind: 'located', others: { token: 4, photos: 11 } }));
    bridge.answer('jobs.takeFound', () => 11);
    const button = await screen.findByRole('button', { name: 'Locate…' });
    expect(button).toHaveAccessibleDescription('Locate… (about 0.04 credits)');
    await user.click(button);
    const question = () => screen.findByRole('alertdialog', { name: 'Is this the missing photo?' });
    expect(within(await question()).getByText(/export.jpg/)).toBeVisible();
    await user.click(within(await question()).getByRole('button', { name: 'Cancel' }));
    await expect.poll(() => screen.queryByRole('alertdialog')).toBeNull();
    expect(bridge.inputsOf('jobs.takeLocated')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Locate…' }));
    await user.click(within(await question()).getByRole('button', { name: 'It is this photo' }));
    await bridge.called('jobs.takeLocated');
    expect(bridge.inputsOf('jobs.takeLocated')).toEqual([{ token: 3 }]);
    expect(await screen.findByText('The photo was found and waits to be enhanced.')).toBeVisible();
    const along = within(await screen.findByRole('alertdialog', { name: '11 more photos were found' }));
    expect(along.getByText('11 photos are sent, which costs about 0.44 credits by the list price.')).toBeVisible();
    expect(along.getByRole('button', { name: 'Not now' })).toHaveFocus();
    expect(bridge.inputsOf('jobs.takeFound')).toEqual([]);
    await user.click(along.getByRole('button', { name: 'Enhance 11 photos' }));
    await bridge.called('jobs.takeFound');
    expect(bridge.inputsOf('jobs.takeFound')).toEqual([{ token: 4 }]);
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  });

  it('compares by Enter, and comes back to the photo that was looked at last', async () => {
    const { user } = await open();
    await user.click(await tile('one.jpg'));
    await user.keyboard('{Enter}');
    const dialog = await screen.findByRole('dialog', { name: 'one.jpg' });
    await within(dialog).findByText('1 of 5');
    await user.keyboard('{ArrowRight}{Escape}');
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    expect(selected()).toHaveLength(1);
    expect(await tile('two.jpg')).toHaveAttribute('aria-selected', 'true');
    await expect.poll(() => document.activeElement).toBe(screen.getByRole('grid'));
  });

  it('asks before it cancels, naming what is not sent and what can no longer be stopped', async () => {
    const { bridge, user } = await open();
    await tile('one.jpg');
    await user.click(screen.getByRole('button', { name: 'Cancel…' }));
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Cancel “Wedding”?' }));
    expect(dialog.getByText(/1 photo waits: it is not sent, which costs nothing/)).toBeVisible();
    expect(dialog.getByText(/can no longer be stopped and may be charged/)).toBeVisible();
    await expect.poll(() => document.activeElement).toBe(dialog.getByRole('button', { name: 'Go on enhancing' }));
    expect(bridge.inputsOf('jobs.cancel')).toEqual([]);
    await user.click(dialog.getByRole('switch', { name: /Give up those at the service/ }));
    await user.click(dialog.getByRole('button', { name: 'Cancel photos' }));
    await bridge.called('jobs.cancel');
    expect(bridge.inputsOf('jobs.cancel')[0]).toMatchObject({ abandon: true, jobs: { batchId: 1 } });
    expect(await screen.findByText(/1 photo canceled/)).toBeVisible();
  });

  it('does not cancel when the answer is to go on', async () => {
    const { bridge, user } = await open();
    await tile('one.jpg');
    await user.click(screen.getByRole('button', { name: 'Cancel…' }));
    await user.click(await screen.findByRole('button', { name: 'Go on enhancing' }));
    await expect.poll(() => screen.queryByRole('alertdialog')).toBeNull();
    expect(bridge.inputsOf('jobs.cancel')).toEqual([]);
  });

  it('lets the user decide about an uncertain photo, and never pays again by itself', async () => {
    const { bridge, user } = await open();
    await user.click(within(await tile('five.jpg')).getByRole('button', { name: 'Decide…' }));
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Send this photo again?' }));
    expect(dialog.getByText(/charged about 0\.04 credits\s+by the list price,\s+perhaps/)).toBeVisible();
    await user.click(dialog.getByRole('button', { name: 'Leave uncertain' }));
    await bridge.called('jobs.leave');
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
    await user.click(within(await tile('five.jpg')).getByRole('button', { name: 'Decide…' }));
    await user.click(await screen.findByRole('button', { name: 'Submit again (may be charged twice)' }));
    await bridge.called('jobs.retry');
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [5] }, consent: true }]);
  });

  it.each(['menu', 'header'])(
    'asks before the %s’s retry of what failed, and retries this batch alone',
    async (from) => {
      const { bridge, user } = await open({ batch: { name: 'Wedding' } });
      await tile('one.jpg');
      if (from === 'menu') bridge.send('intent', { kind: 'retry-failed' });
      else await user.click(screen.getByRole('button', { name: 'Retry 1 failed…' }));
      const dialog = within(await screen.findByRole('alertdialog', { name: 'Retry 1 failed photo of “Wedding”?' }));
      expect(dialog.getByText(/costs about 0\.04 credits by the list price/)).toBeVisible();
      expect(bridge.inputsOf('jobs.retry')).toEqual([]);
      await user.click(dialog.getByRole('button', { name: 'Retry' }));
      await bridge.called('jobs.retry');
      expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [2] }, consent: false }]);
    },
  );

  it('has nothing to ask when none of its photos failed, and says so', async () => {
    const { bridge, store } = await open();
    await tile('one.jpg');
    bridge.answer('jobs.ids', () => ({ ids: [], seq: 0 }));
    bridge.send('intent', { kind: 'retry-failed' });
    await expect.poll(() => store.toasts.list[0]?.text).toMatch(/^No photo of this batch failed/);
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it('pauses, and opens the results from its header', async () => {
    const { bridge, user } = await open();
    await tile('one.jpg');
    expect(screen.getByText('about 4 min left')).toBeVisible();
    expect(screen.getByText('0.04 credits so far, without 1 uncertain')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Open results' }));
    await bridge.called('jobs.reveal');
    expect(bridge.inputsOf('jobs.reveal')).toEqual([{ id: 1, which: 'enhanced' }]);
    await user.click(screen.getByRole('button', { name: 'Pause' }));
    expect(await screen.findByRole('button', { name: 'Resume' })).toBeVisible();
  });

  it('is renamed in place; Escape leaves the name as it was', async () => {
    const { bridge, user } = await open();
    await user.click(screen.getByRole('button', { name: 'Rename the batch' }));
    await user.keyboard('Church{Escape}');
    expect(bridge.inputsOf('batches.rename')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Rename the batch' }));
    await user.keyboard('Church{Enter}');
    await bridge.called('batches.rename');
    expect(bridge.inputsOf('batches.rename')).toEqual([{ id: 1, name: 'Church' }]);
    await expect.poll(() => document.activeElement?.tagName).toBe('H1');
  });

  it('keeps its buttons where they are from the first photo to the end, and none of them acts on what is over', async () => {
    const names = () =>
      within(screen.getByRole('banner'))
        .getAllByRole('button')
        .map((button) => button.textContent.trim())
        .filter((name) => name !== '');
    const { bridge, user } = await open({ batch: { counts: { ...emptyCounts(), queued: 5 } } });
    await tile('one.jpg');
    expect(names()).toEqual(['Open results', 'Pause', 'Cancel…']);
    expect(screen.getByRole('button', { name: 'Open results' })).toBeDisabled();
    bridge.send('feed', feedMessage({ seq: 1, batches: [batchRow({ counts })] }));
    const during = await screen.findByRole('button', { name: 'Retry 1 failed…' });
    expect(during).toBeVisible();
    expect(names()).toEqual(['Retry 1 failed…', 'Open results', 'Pause', 'Cancel…']);
    expect(screen.getByRole('button', { name: 'Open results' })).toBeEnabled();
    screen.getByRole('button', { name: 'Pause' }).focus();
    const over = { ...emptyCounts(), succeeded: 3, failed: 1, uncertain: 1 };
    bridge.send('feed', feedMessage({ seq: 2, batches: [batchRow({ counts: over })] }));
    await screen.findByText(/^3 of 5 photos are enhanced/);
    expect(names()).toEqual(['Retry 1 failed…', 'Open results', 'Pause', 'Cancel…']);
    expect(screen.getByRole('button', { name: 'Pause' })).toHaveFocus();
    await user.click(screen.getByRole('button', { name: 'Pause' }));
    await user.click(screen.getByRole('button', { name: 'Cancel…' }));
    expect(bridge.inputsOf('queue.pause')).toEqual([]);
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it('offers its states from the start to the end in one way, and each that was there once', async () => {
    const states = () =>
      within(screen.getByRole('group', { name: 'Show' }))
        .getAllByRole('radio')
        .map((state) => state.textContent.trim());
    const { bridge } = await open({ batch: { counts: { ...emptyCounts(), queued: 5 } } });
    await tile('one.jpg');
    expect(states()).toEqual(['All 5', 'Waiting 5', 'In progress 0', 'Enhanced 0']);
    bridge.send('feed', feedMessage({ seq: 1, batches: [batchRow({ counts })] }));
    const during = ['All 5', 'Waiting 1', 'In progress 1', 'Enhanced 1', 'Failed 1', 'Uncertain 1'];
    await expect.poll(states).toEqual(during);
    const over = { ...emptyCounts(), succeeded: 4, canceled: 1 };
    bridge.send('feed', feedMessage({ seq: 2, batches: [batchRow({ counts: over })] }));
    const ended = ['All 5', 'Waiting 0', 'In progress 0', 'Enhanced 4', 'Failed 0', 'Uncertain 0', 'Canceled 1'];
    await expect.poll(states).toEqual(ended);
  });

  it.each([
    [936, 'role', 'group'],
    [937, 'aria-haspopup', 'listbox'],
  ] as const)(
    'offers its states by the room alone: all together need %i pixels of 900',
    async (needed, attribute, value) => {
      vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(needed);
      await open({ batch: { counts: { ...emptyCounts(), succeeded: 5 } } });
      await tile('one.jpg');
      expect(screen.getByLabelText('Show')).toHaveAttribute(attribute, value);
    },
  );

  it('marks practice where money is shown', async () => {
    await open({ batch: { practice: true } });
    expect(await screen.findByText('free: practice, not Bria')).toBeVisible();
    expect(screen.getByText('PRACTICE')).toBeVisible();
  });

  it('ends in one sentence when all is done', async () => {
    await open({ batch: { counts: { ...emptyCounts(), succeeded: 212 } } });
    expect(await screen.findByText('All 212 photos are enhanced.')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
  });

  it('says why the photos cannot be listed, and tries again', async () => {
    const { bridge, user } = await open({ ids: new Refusal('internal', 'It broke.') });
    expect(await screen.findByText('It broke.')).toBeVisible();
    bridge.answer('jobs.ids', () => ({ ids: [1], seq: 0 }));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await tile('one.jpg');
  });

  it('says so when a batch has no photos any more, and when it was removed itself', async () => {
    const { bridge } = await open({ size: 0 });
    expect(await screen.findByText('There are no photos in this batch')).toBeVisible();
    bridge.send('feed', feedMessage({ seq: 1, removedBatches: [1] }));
    expect(await screen.findByText('This batch is no longer in the history')).toBeVisible();
  });

  it('has nothing that axe finds serious, with tiles, a selection and a menu', async () => {
    const { user } = await open();
    await user.click(await tile('two.jpg'));
    // jsdom has no colours, and the view is not in its landmark here: both are seen in the real window.
    const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
    const plain = await axe.run(document.body, { rules });
    expect(plain.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await user.keyboard('{Shift>}{F10}{/Shift}');
    await screen.findByRole('menu');
    const opened = await axe.run(document.body, { rules });
    expect(opened.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
