import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyCounts } from '../../../app/domain/batch.ts';
import App from '../../../renderer/App.svelte';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { appState, batchRow, intakePlan } from '../samples.ts';
import { NO_SERVICE, openStore, type Given } from '../show.ts';

async function open(given: Given = {}) {
  const { bridge, store } = await openStore(given);
  render(App, { props: { store } });
  return { bridge, store, user: userEvent.setup() };
}

/** A screen as narrow as a window of 900 pixels at 200 %. */
function narrow(): void {
  vi.stubGlobal('matchMedia', (media: string) => ({
    matches: media.includes('max-width'),
    media,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
}

afterEach(() => vi.unstubAllGlobals());

describe('the window', () => {
  it('goes from the closed history to the overview when it could be opened after all', async () => {
    const { bridge, store } = await openStore();
    bridge.answer('app.open', () => ({ open: false, code: 'held', message: 'Another Lightbatch is running.' }));
    bridge.answer('app.reopen', () => ({ open: true, app: appState() }));
    const closed = new AppStore(new Client(bridge));
    render(App, { props: { store: closed } });
    expect(screen.getByRole('status')).toHaveTextContent('Opening the history…');
    await closed.open();
    expect(await screen.findByRole('heading', { name: 'The history cannot be opened' })).toBeInTheDocument();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Drop photos or a folder here')).toBeInTheDocument();
    closed.close();
    store.close();
  });

  it('shows the first run to a stranger, and nothing of the rest', async () => {
    await open({ app: { service: NO_SERVICE } });
    expect(screen.getByRole('heading', { name: 'Enhance whole folders of photos' })).toBeInTheDocument();
    expect(screen.queryByRole('navigation')).not.toBeInTheDocument();
  });

  it('moves the focus to the heading of the view that the user went to, and leaves it alone at the start', async () => {
    const { user } = await open();
    expect(document.body).toHaveFocus();
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    await waitFor(() => expect(screen.getByRole('heading', { name: 'Settings', level: 1 })).toHaveFocus());
    await user.click(screen.getByRole('button', { name: 'Overview' }));
    await waitFor(() => expect(screen.getByRole('heading', { name: 'Overview' })).toHaveFocus());
  });

  it('goes from the sidebar to the view and back by F6', async () => {
    const { user } = await open();
    await user.keyboard('{F6}');
    expect(screen.getByRole('button', { name: 'New batch' })).toHaveFocus();
    await user.keyboard('{F6}');
    expect(screen.getByRole('main')).toContainElement(document.activeElement as HTMLElement);
    await user.keyboard('{F6}');
    expect(screen.getByRole('button', { name: 'New batch' })).toHaveFocus();
  });

  it('has its sidebar behind a button when it is narrow, and closes it when the user goes somewhere', async () => {
    narrow();
    const { store, user } = await open({ batches: [batchRow({ id: 4, name: 'Wedding' })] });
    expect(screen.queryByRole('navigation')).not.toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Pause the queue' })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Batches and more' }));
    await user.click(await screen.findByRole('button', { name: /^Settings/ }));
    expect(store.view).toEqual({ kind: 'settings' });
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });

  it('stays where it is while a dialog is open, whatever the menu says, and says why', async () => {
    const { bridge, store, user } = await open({ batches: [batchRow({ id: 4 })] });
    bridge.answer('intake.plan', () => intakePlan());
    bridge.answer('intake.discard', () => null);
    const heard: string[] = [];
    store.onIntent(({ kind }) => heard.push(kind));
    bridge.send('intent', { kind: 'intake', id: 5 });
    await screen.findByRole('button', { name: 'Enhance 3 photos' });
    bridge.send('intent', { kind: 'show', view: 'settings' });
    bridge.send('intent', { kind: 'show-batch', batchId: 4 });
    bridge.send('intent', { kind: 'new-batch' });
    bridge.send('intent', { kind: 'find' });
    expect(store.view).toEqual({ kind: 'home' });
    expect(heard).toEqual([]);
    expect(bridge.inputsOf('intake.choose')).toEqual([]);
    expect(store.toasts.list.map(({ text }) => text)).toEqual([
      'Finish or close what is open here first, then choose that again.',
    ]);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    bridge.send('intent', { kind: 'show', view: 'settings' });
    expect(store.view).toEqual({ kind: 'settings' });
    expect(heard).toEqual(['show']);
  });

  it('selects all of the field that is written in, or else of the view; behind a dialog, nothing', async () => {
    const { bridge, store } = await open();
    bridge.answer('intake.plan', () => intakePlan());
    bridge.answer('intake.discard', () => null);
    const heard: string[] = [];
    store.onIntent(({ kind }) => heard.push(kind));
    bridge.send('intent', { kind: 'select-all' });
    expect(heard).toEqual(['select-all']);
    bridge.send('intent', { kind: 'intake', id: 5 });
    await screen.findByRole('button', { name: 'Enhance 3 photos' });
    const name = screen.getByLabelText<HTMLInputElement>('Name of the batch');
    name.focus();
    name.setSelectionRange(0, 0);
    bridge.send('intent', { kind: 'select-all' });
    expect([name.selectionStart, name.selectionEnd]).toEqual([0, 'Wedding'.length]);
    name.blur();
    bridge.send('intent', { kind: 'select-all' });
    expect(heard).toEqual(['select-all']);
  });

  it('selects the photos in view by Ctrl and A wherever the focus is, once, and leaves fields to themselves', async () => {
    const { bridge, store } = await open();
    bridge.answer('history.facets', () => ({ folders: [], failures: [], counts: emptyCounts() }));
    bridge.answer('history.ids', () => []);
    const heard: string[] = [];
    store.onIntent(({ kind }) => heard.push(kind));
    expect(await fireEvent.keyDown(document.body, { key: 'a', ctrlKey: true })).toBe(true);
    expect(heard).toEqual([]);
    store.show({ kind: 'history', undecided: false });
    const search = await screen.findByRole('searchbox');
    expect(await fireEvent.keyDown(document.body, { key: 'a', ctrlKey: true })).toBe(false);
    expect(heard).toEqual(['select-all']);
    search.focus();
    expect(await fireEvent.keyDown(search, { key: 'a', ctrlKey: true })).toBe(true);
    expect(heard).toEqual(['select-all']);
  });
});
