import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import App from '../../../renderer/App.svelte';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { appState, batchRow } from '../samples.ts';
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
});
