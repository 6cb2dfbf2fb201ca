import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { HistoryRow } from '../../../app/contract/values.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import Closed from '../../../renderer/views/shell/Closed.svelte';
import Home from '../../../renderer/views/shell/Home.svelte';
import { appState, batchRow, doneBatches, feedMessage, jobRow, totalsOf } from '../samples.ts';
import { openStore, PRACTICE, show } from '../show.ts';

const done = { ...emptyCounts(), succeeded: 12 };

function picture(id: number, changes: Partial<HistoryRow> = {}): HistoryRow {
  return { ...jobRow({ id, updatedAt: 7 }), batchName: '', practice: false, folder: '', requestId: null, ...changes };
}

const pictures = () => [...document.querySelectorAll('img')].map((image) => image.getAttribute('src'));

describe('the overview', () => {
  it('invites to drop or to choose photos while there is no batch', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('intake.choose', () => ({ id: 2 }));
    const user = show(Home, { store });
    expect(screen.getByText('Drop photos or a folder here')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /sample photographs/ })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Choose photos…' }));
    await expect.poll(() => store.intake).toBe(2);
  });

  it('offers the sample photographs to someone who practises', async () => {
    const { bridge, store } = await openStore({ app: { service: PRACTICE } });
    bridge.answer('intake.samples', () => ({ id: 4 }));
    const user = show(Home, { store });
    await user.click(screen.getByRole('button', { name: /sample photographs/ }));
    await expect.poll(() => store.intake).toBe(4);
  });

  it('shows what runs, and how long it will take', async () => {
    const counts = { ...emptyCounts(), queued: 2, processing: 1, succeeded: 4, failed: 3 };
    const { store } = await openStore({
      batches: [batchRow({ id: 2, counts, secondsLeft: 1_200 }), batchRow({ id: 1, name: 'Old', counts: done })],
    });
    const user = show(Home, { store });
    const section = within(screen.getByRole('region', { name: 'Under way' }));
    expect(section.getAllByRole('button')).toHaveLength(1);
    expect(section.getByRole('button')).toHaveTextContent(
      /Wedding.*4 of 10 enhanced · 3 failed.*Running, about 20 min left/,
    );
    await user.click(section.getByRole('button'));
    expect(store.view).toEqual({ kind: 'batch', batchId: 2 });
  });

  it('adds up photos and money, without what was practice', async () => {
    const { store } = await openStore({
      batches: [
        batchRow({ id: 2, counts: done, credits: 0.48 }),
        batchRow({ id: 1, counts: done, credits: 0.48, practice: true }),
      ],
    });
    show(Home, { store });
    expect(screen.getByText('24 photos enhanced')).toBeInTheDocument();
    expect(screen.getByText('0.48 credits spent')).toBeInTheDocument();
  });

  it('leaves no photo out of the sum: what waits, what failed and what is uncertain', async () => {
    const counts = { ...emptyCounts(), queued: 4, failed: 6, uncertain: 3 };
    const { store } = await openStore({ batches: [batchRow({ counts })], queue: { failed: 6, uncertain: 3 } });
    show(Home, { store });
    const sum = ['0 photos enhanced', '4 photos to go', '6 photos failed', '3 photos uncertain'];
    for (const part of sum) expect(screen.getByText(part)).toBeInTheDocument();
  });

  it('adds up what is not listed, too, and again when something was enhanced', async () => {
    const { bridge, store } = await openStore({ batches: doneBatches(1) });
    bridge.answer('batches.totals', () => totalsOf(doneBatches(300)));
    show(Home, { store });
    await store.refresh();
    expect(await screen.findByText('300 photos enhanced')).toBeInTheDocument();
    expect(screen.getByText('150.00 credits spent')).toBeInTheDocument();
    bridge.answer('batches.totals', () => totalsOf(doneBatches(301)));
    bridge.send('feed', feedMessage({ batches: doneBatches(1) }));
    expect(await screen.findByText('301 photos enhanced')).toBeInTheDocument();
  });

  it('shows four pictures of each of the six newest batches, and asks for no more', async () => {
    const { bridge, store } = await openStore({
      batches: Array.from({ length: 9 }, (_, index) => batchRow({ id: 9 - index, counts: done })),
    });
    bridge.answer('history.page', ({ filter }) => {
      const id = (filter.batchId ?? 0) * 10;
      return { rows: [picture(id, { state: 'succeeded' }), picture(id + 1)], total: 12, seq: 0 };
    });
    show(Home, { store });
    await waitFor(() => expect(pictures()).toHaveLength(12));
    expect(pictures().slice(0, 2)).toEqual(['thumb://job/90/enhanced/small?v=7', 'thumb://job/91/original/small?v=7']);
    const asked = bridge.inputsOf('history.page');
    expect(asked.map(({ filter, limit }) => [filter.batchId, limit])).toEqual([9, 8, 7, 6, 5, 4].map((id) => [id, 4]));
  });

  it('asks for a batch’s pictures again when it is finished, and not for each photo', async () => {
    const counts = { ...emptyCounts(), processing: 2 };
    const { bridge, store } = await openStore({ batches: [batchRow({ counts })] });
    show(Home, { store });
    await bridge.called('history.page');
    const half = { ...emptyCounts(), processing: 1, succeeded: 1 };
    bridge.send('feed', feedMessage({ seq: 1, batches: [batchRow({ counts: half })] }));
    await screen.findByText('1 of 2 enhanced');
    expect(bridge.inputsOf('history.page')).toHaveLength(1);
    bridge.send('feed', feedMessage({ seq: 2, batches: [batchRow({ counts: done })] }));
    await bridge.called('history.page', 2);
  });
});

describe('a history that cannot be opened', () => {
  it('is told with every way on', async () => {
    const { bridge, store } = await openStore();
    for (const name of ['app.openLogs', 'app.openDataFolder', 'app.quit'] as const) bridge.answer(name, () => null);
    bridge.answer('app.reopen', () => ({ open: true, app: appState() }));
    const user = show(Closed, { store, message: 'Another Lightbatch is running.' });
    expect(screen.getByRole('alert')).toHaveTextContent('Another Lightbatch is running.');
    for (const name of ['Open data folder', 'Open logs', 'Quit', 'Try again']) {
      await user.click(screen.getByRole('button', { name }));
    }
    await bridge.called('app.reopen');
    expect(bridge.calls.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['app.openDataFolder', 'app.openLogs', 'app.quit', 'app.reopen']),
    );
  });
});
