import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { setKey } from '../../../renderer/state/service.ts';
import FirstRun from '../../../renderer/views/shell/FirstRun.svelte';
import { Refusal } from '../fake-bridge.ts';
import { appState, batchRow, watchRow } from '../samples.ts';
import { NO_SERVICE, openStore, PRACTICE, show } from '../show.ts';

const { service } = appState();
const field = () => screen.getByLabelText('API key');

async function begin(changes: Partial<typeof NO_SERVICE> = {}) {
  const { bridge, store } = await openStore({ app: { service: { ...NO_SERVICE, ...changes } } });
  const user = show(FirstRun, { store }, store);
  return { bridge, store, user };
}

describe('the first run', () => {
  it('checks a key as soon as it is pasted, shows the balance, and goes on with Enter', async () => {
    const { bridge, store, user } = await begin();
    bridge.answer('service.setKey', () => service);
    await user.click(field());
    await user.paste(' SG_0123456789 ');
    expect(await screen.findByText('12.50 credits')).toBeInTheDocument();
    expect(screen.getByText(/enough for about 312 photos/)).toBeInTheDocument();
    expect(bridge.inputsOf('service.setKey')).toEqual([{ key: 'SG_0123456789' }]);
    expect(store.firstRun).toBe(true);
    expect(screen.getByRole('button', { name: 'Go on' })).toHaveFocus();
    await user.keyboard('{Enter}');
    expect(store.firstRun).toBe(false);
  });

  it('says why a key is refused, beside the key, and takes another', async () => {
    const { bridge, user } = await begin();
    bridge.answer('service.setKey', () => {
      throw new Refusal('bad_key');
    });
    await user.type(field(), 'SG_wrong{Enter}');
    expect(await screen.findByRole('alert')).toHaveTextContent(/does not accept the API key/);
    expect(field()).toBeInvalid();
    bridge.answer('service.setKey', () => service);
    await user.type(field(), 'er');
    expect(field()).toBeValid();
    await user.click(screen.getByRole('button', { name: 'Check key' }));
    expect(await screen.findByText('Your key works')).toBeInTheDocument();
  });

  it('hides the key unless it is to be shown', async () => {
    const { user } = await begin();
    expect(field()).toHaveAttribute('type', 'password');
    await user.click(screen.getByRole('button', { name: 'Show the key' }));
    expect(field()).toHaveAttribute('type', 'text');
    await user.click(screen.getByRole('button', { name: 'Hide the key' }));
    expect(field()).toHaveAttribute('type', 'password');
  });

  it('says before a key is given that it cannot be kept, where there is no keyring', async () => {
    await begin({ canKeepKey: false });
    expect(field()).toHaveAccessibleDescription(/no keyring.*until you quit/);
  });

  it('warns when the account holds too little for a photo', async () => {
    const { bridge, user } = await begin();
    bridge.answer('service.setKey', () => ({ ...service, balance: { credits: 0.01, at: 0 } }));
    bridge.answer('app.openLink', () => null);
    await user.click(field());
    await user.paste('SG_0123456789');
    expect(await screen.findByText(/not enough for a photo/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Add credits' }));
    expect(bridge.inputsOf('app.openLink')).toEqual([{ link: 'segmind-credits' }]);
  });

  it('opens the sample photographs without a key', async () => {
    const { bridge, store, user } = await begin();
    bridge.answer('service.use', () => PRACTICE);
    bridge.answer('intake.samples', () => ({ id: 5 }));
    await user.click(screen.getByRole('button', { name: 'Try it without a key' }));
    await bridge.called('intake.samples');
    await expect.poll(() => store.firstRun).toBe(false);
    expect(store.practice).toBe(true);
    expect(store.intake).toBe(5);
  });

  it('stays when practice cannot be had, and says why', async () => {
    const { bridge, store, user } = await begin();
    bridge.answer('service.use', () => {
      throw new Refusal('data_unwritable');
    });
    await user.click(screen.getByRole('button', { name: 'Try it without a key' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(/cannot be written to/);
    expect(store.firstRun).toBe(true);
    expect(screen.getByRole('button', { name: 'Try it without a key' })).toBeEnabled();
  });

  it('keeps photos that were dropped, and goes on with them and not with the samples', async () => {
    const { bridge, store, user } = await begin();
    bridge.answer('service.use', () => PRACTICE);
    await store.drop([new File(['x'], 'a.jpg')]);
    expect(await screen.findByText(/Your photos are at hand/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Try it without a key' }));
    await expect.poll(() => store.firstRun).toBe(false);
    expect(store.intake).toBe(1);
    expect(bridge.inputsOf('intake.samples')).toEqual([]);
  });

  it('leads to where keys come from', async () => {
    const { bridge, user } = await begin();
    bridge.answer('app.openLink', () => null);
    await user.click(screen.getByRole('button', { name: /Get one at Segmind/ }));
    expect(bridge.inputsOf('app.openLink')).toEqual([{ link: 'segmind-keys' }]);
  });

  it('is not shown to someone who only had the key forgotten', async () => {
    const { store } = await openStore({ app: { service: NO_SERVICE }, batches: [batchRow()] });
    expect(store.firstRun).toBe(false);
  });

  it('is not shown to someone who has watch folders, though nothing came to them yet', async () => {
    const given = { app: { service: NO_SERVICE }, folders: [watchRow({ state: 'elsewhere' })] } as const;
    const { bridge, store } = await openStore(given);
    expect(store.firstRun).toBe(false);
    store.show({ kind: 'watch' });
    expect(store.dropsAreWatched).toBe(true);
    bridge.answer('service.setKey', () => service);
    bridge.answer('watch.remove', () => null);
    await setKey(store, 'SG_0123456789');
    await store.watch.remove(1);
    expect(store.watch.rows).toEqual([]);
    expect(store.firstRun).toBe(false); // nor when the last one is gone
  });
});
