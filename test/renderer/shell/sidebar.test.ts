import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import NarrowBar from '../../../renderer/views/shell/NarrowBar.svelte';
import Sidebar from '../../../renderer/views/shell/Sidebar.svelte';
import { appState, batchRow, doneBatches, feedMessage, queueState, watchRow } from '../samples.ts';
import { NO_SERVICE, openStore, PRACTICE, show, type Given } from '../show.ts';

const running = { ...emptyCounts(), queued: 2, processing: 1, succeeded: 4, failed: 2, uncertain: 1 };
const batches = [
  batchRow({ id: 3, name: 'Wedding', counts: running }),
  batchRow({ id: 2, name: 'Portraits', counts: { ...emptyCounts(), succeeded: 42 } }),
  batchRow({ id: 1, name: 'Samples', practice: true, counts: { ...emptyCounts(), succeeded: 4 } }),
];

async function open(given: Given = {}) {
  const { bridge, store } = await openStore({ batches, ...given });
  const user = show(Sidebar, { store }, store);
  return { bridge, store, user };
}

const batch = (name: string) => screen.getByRole('button', { name: new RegExp(`^${name}`) });

describe('the sidebar', () => {
  it('shows each batch with its state, how far it is, and whether it is practice', async () => {
    await open();
    expect(batch('Wedding')).toHaveTextContent(/Running.*4 of 10/);
    expect(within(batch('Wedding')).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '7');
    expect(batch('Portraits')).toHaveTextContent(/Done.*42/);
    expect(within(batch('Portraits')).queryByRole('progressbar')).not.toBeInTheDocument();
    expect(batch('Portraits')).not.toHaveTextContent('PRACTICE');
    expect(batch('Samples')).toHaveTextContent('PRACTICE');
  });

  it('says of a finished batch how many of its photos were canceled', async () => {
    await open({ batches: [batchRow({ name: 'Wedding', counts: { ...emptyCounts(), succeeded: 4, canceled: 3 } })] });
    expect(batch('Wedding')).toHaveTextContent(/Done, 3 canceled.*7/);
  });

  it('goes to a batch, and marks where the user is', async () => {
    const { store, user } = await open();
    expect(screen.getByRole('button', { name: 'Overview' })).toHaveAttribute('aria-current', 'page');
    await user.click(batch('Portraits'));
    expect(store.view).toEqual({ kind: 'batch', batchId: 2 });
    expect(batch('Portraits')).toHaveAttribute('aria-current', 'page');
    expect(screen.getByRole('button', { name: 'Overview' })).not.toHaveAttribute('aria-current');
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    expect(store.view).toEqual({ kind: 'settings' });
  });

  it('is one stop of the Tab key for all batches; arrows go from one to the next', async () => {
    const { user } = await open();
    expect(batch('Wedding')).toHaveAttribute('tabindex', '0');
    expect(batch('Portraits')).toHaveAttribute('tabindex', '-1');
    batch('Wedding').focus();
    await user.keyboard('{ArrowDown}');
    expect(batch('Portraits')).toHaveFocus();
    await user.keyboard('{End}{ArrowDown}');
    expect(batch('Samples')).toHaveFocus();
    await user.keyboard('{Home}');
    expect(batch('Wedding')).toHaveFocus();
  });

  it('shows the newest of many batches at once, and all of them soon after', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      batchRow({ id: 100 - index, name: `Shoot ${100 - index}.` }),
    );
    await open({ batches: many });
    const shown = () => screen.getAllByTitle(/^Shoot/);
    expect(shown()[0]).toHaveTextContent('Shoot 100.');
    expect(shown().length).toBeLessThan(100);
    await waitFor(() => expect(shown()).toHaveLength(100));
    expect(shown().at(-1)).toHaveTextContent('Shoot 1.');
  });

  it('shows older batches when that is asked for, goes on at the first of them, and keeps them', async () => {
    const all = doneBatches(450);
    const { bridge, store, user } = await openStore({ batches: [] }).then(({ bridge, store }) => {
      bridge.answer('batches.list', ({ limit }) => all.slice(0, limit));
      bridge.answer('batches.older', ({ before, limit }) => all.filter(({ id }) => id < before).slice(0, limit));
      return { bridge, store, user: show(Sidebar, { store }, store) };
    });
    await store.refresh();
    // By their texts: with so many in the page, looking for roles takes seconds.
    const older = () => screen.findByText('Show older batches');
    await user.click(await older());
    await waitFor(() => expect(screen.getByTitle('Shoot 250.')).toHaveFocus());
    expect(bridge.inputsOf('batches.older')).toEqual([{ before: 251, limit: 201 }]);
    await user.click(await older());
    await waitFor(() => expect(screen.getByTitle('Shoot 50.')).toHaveFocus());
    await waitFor(() => expect(screen.getByTitle('Shoot 1.')).toBeInTheDocument());
    expect(screen.queryByText('Show older batches')).not.toBeInTheDocument();
    await store.refresh();
    expect(store.batches).toHaveLength(450);
  });

  it('renames a batch by F2 and Enter', async () => {
    const { bridge, user } = await open();
    bridge.answer('batches.rename', ({ id, name }) => batchRow({ id, name, counts: running }));
    batch('Wedding').focus();
    await user.keyboard('{F2}');
    const name = await screen.findByRole('textbox', { name: 'Name' });
    await user.clear(name);
    expect(screen.getByRole('button', { name: 'Rename' })).toBeDisabled();
    await user.type(name, ' Anna & Tom {Enter}');
    expect(await screen.findByRole('button', { name: /^Anna & Tom/ })).toBeInTheDocument();
    expect(bridge.inputsOf('batches.rename')).toEqual([{ id: 3, name: 'Anna & Tom' }]);
  });

  it('renames the batch that was pointed at by its context menu', async () => {
    const { user } = await open();
    await user.pointer({ keys: '[MouseRight]', target: batch('Portraits') });
    await user.click(await screen.findByRole('menuitem', { name: /Rename/ }));
    expect(await screen.findByRole('textbox', { name: 'Name' })).toHaveValue('Portraits');
  });

  it('begins a batch with a folder, or with photos from its menu', async () => {
    const { bridge, store, user } = await open();
    bridge.answer('intake.choose', () => ({ id: 9 }));
    await user.click(screen.getByRole('button', { name: /^New batch$/ }));
    await expect.poll(() => store.intake).toBe(9);
    const more = screen.getByRole('button', { name: 'New batch from…' });
    more.focus();
    await user.keyboard('{Enter}');
    // jsdom lays nothing out, so the library takes the menu for hidden: it is looked for by the key alone.
    await waitFor(() => expect(more).toHaveAttribute('aria-expanded', 'true'));
    await user.keyboard('{End}{Enter}');
    await bridge.called('intake.choose', 2);
    expect(bridge.inputsOf('intake.choose')).toEqual([{ kind: 'folder' }, { kind: 'files' }]);
  });

  it('counts beside the history what waits for a decision, and leads there', async () => {
    const { bridge, store, user } = await open({ queue: { uncertain: 1, failed: 3 } });
    const history = screen.getByRole('button', { name: /^History/ });
    expect(history).toHaveAccessibleName('History 1 waiting for your decision');
    await user.click(history);
    expect(store.view).toEqual({ kind: 'history', undecided: true });
    bridge.send('feed', feedMessage({ queue: queueState({ failed: 3 }) }));
    await expect.poll(() => history.textContent.trim()).toBe('History');
    await user.click(history);
    expect(store.view).toEqual({ kind: 'history', undecided: false });
  });

  it('leads to the watch folders, counts those that watch, and has a sign when one waits for the user', async () => {
    const { bridge, store, user } = await open({ folders: [watchRow(), watchRow({ id: 2, state: 'paused' })] });
    const entry = screen.getByRole('button', { name: /^Watch folders/ });
    expect(entry).toHaveAccessibleName(/^Watch folders 1 watched$/);
    bridge.send('watch', [watchRow(), watchRow({ id: 2, state: 'unavailable' })]);
    await waitFor(() => expect(entry).toHaveAccessibleName(/1 watch folder waits for you/));
    await user.click(entry);
    expect(store.view).toEqual({ kind: 'watch' });
    expect(entry).toHaveAttribute('aria-current', 'page');
  });

  it('has a sign beside the watch folders that rest while there is no service', async () => {
    await open({
      app: { service: NO_SERVICE },
      folders: [1, 2, 3].map((id) => watchRow({ id, state: 'elsewhere', paused: id === 3 })),
    });
    const entry = screen.getByRole('button', { name: /^Watch folders/ });
    expect(entry).toHaveAccessibleName(/2 watch folders wait for you/);
  });
});

describe('the bar of a narrow window', () => {
  it('shows the way to watch folders while one waits for the user, and not otherwise', async () => {
    const { bridge, store } = await openStore({ folders: [watchRow()] });
    const user = show(NarrowBar, { store }, store);
    expect(screen.queryByRole('button', { name: /watch folder/ })).not.toBeInTheDocument();
    bridge.send('watch', [watchRow({ state: 'unavailable' })]);
    await user.click(await screen.findByRole('button', { name: '1 watch folder waits for you' }));
    expect(store.view).toEqual({ kind: 'watch' });
  });
});

describe('the foot of the sidebar', () => {
  it('has read out how the queue is, and not each number that changes', async () => {
    const { bridge } = await open({ queue: { unfinished: 3, waiting: 2, atService: 1 } });
    const told = screen.getByRole('status');
    expect(told).toHaveTextContent(/^Running$/);
    bridge.send('feed', feedMessage({ seq: 1, queue: queueState({ unfinished: 2, waiting: 1, atService: 1 }) }));
    expect(await screen.findByText('1 in progress, 1 waiting')).toBeInTheDocument();
    expect(told).toHaveTextContent(/^Running$/);
    const stopped = queueState({ unfinished: 2, stopped: failure('no_credits') });
    bridge.send('feed', feedMessage({ seq: 2, queue: stopped }));
    await waitFor(() => expect(told).toHaveTextContent('Stopped: out of credits'));
  });

  it('shows the balance, and asks for it again', async () => {
    const { bridge, user } = await open();
    bridge.answer('service.refresh', () => ({ ...appState().service, balance: { credits: 3, at: 0 } }));
    await user.click(screen.getByRole('button', { name: /^Balance: 12.50 credits/ }));
    expect(await screen.findByText('3.00 credits')).toBeInTheDocument();
  });

  it('says in words that the balance is low', async () => {
    const service = { ...appState().service, balance: { credits: 0.31, at: 0 } };
    await open({ app: { service } });
    expect(screen.getByRole('button', { name: /Balance: 0.31 credits.*low/ })).toBeInTheDocument();
  });

  it('says why the balance is not known', async () => {
    const service = { ...appState().service, balance: null, trouble: failure('offline') };
    await open({ app: { service } });
    expect(screen.getByRole('button', { name: /Balance unknown.*cannot be reached/ })).toBeInTheDocument();
  });

  it('is marked all the time while practising, and names no balance', async () => {
    await open({ app: { service: PRACTICE }, batches: [] });
    expect(screen.getByText('PRACTICE')).toBeInTheDocument();
    expect(screen.getByText('Free: practice, not Bria')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /^Balance/ })).not.toBeInTheDocument();
  });

  it('pauses and resumes the queue', async () => {
    const { bridge, user } = await open({ queue: { unfinished: 3, waiting: 2, atService: 1 } });
    bridge.answer('queue.pause', () => queueState({ unfinished: 3, waiting: 2, atService: 1, paused: true }));
    bridge.answer('queue.resume', () => queueState({ unfinished: 3, waiting: 2, atService: 1 }));
    expect(screen.getByText('1 in progress, 2 waiting')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Pause the queue' }));
    expect(await screen.findByText('Paused: 1 still come back')).toBeInTheDocument();
    expect(screen.getByRole('status')).toHaveTextContent(/^Paused$/);
    await user.click(screen.getByRole('button', { name: 'Resume the queue' }));
    expect(await screen.findByText('1 in progress, 2 waiting')).toBeInTheDocument();
  });

  it('leads to the settings when there is no service, and has nothing to pause', async () => {
    const { store, user } = await open({ app: { service: NO_SERVICE } });
    expect(screen.queryByRole('button', { name: 'Pause the queue' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Enter API key' }));
    expect(store.view).toEqual({ kind: 'settings' });
  });
});
