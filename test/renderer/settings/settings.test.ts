import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { emptyCounts } from '../../../app/domain/batch.ts';
import SettingsView from '../../../renderer/views/settings/SettingsView.svelte';
import { Refusal } from '../fake-bridge.ts';
import { appState, batchRow } from '../samples.ts';
import { NO_SERVICE, openStore, PRACTICE, show, type Given } from '../show.ts';

async function open(given: Given = {}) {
  const { bridge, store } = await openStore(given);
  bridge.answer('settings.set', (changes) => {
    const app = store.app ?? appState();
    return { ...app, preferences: { ...app.preferences, ...(changes as Partial<typeof app.preferences>) } };
  });
  const user = show(SettingsView, { store }, store);
  return { bridge, store, user };
}

describe('the settings', () => {
  it('keep a valid number at once, and send nothing that is out of range', async () => {
    const { bridge, store, user } = await open();
    const field = screen.getByRole('spinbutton', { name: 'Photos at the service at a time' });
    await user.clear(field);
    expect(field).toBeInvalid();
    await user.type(field, '101');
    expect(field).toHaveAccessibleDescription('Enter a whole number from 1 to 100.');
    expect(bridge.inputsOf('settings.set')).toEqual([{ concurrency: 1 }, { concurrency: 10 }]);
    await user.tab();
    await waitFor(() => expect(field).toHaveValue(10));
    expect(store.app?.preferences.concurrency).toBe(10);
  });

  it('take the requests a minute from the plan, and say what it means', async () => {
    const { bridge, user } = await open();
    const plans = within(screen.getByRole('group', { name: 'Requests a minute' }));
    expect(plans.getByRole('radio', { name: 'Pro: 50' })).toBeChecked();
    expect(screen.getByText(/about 16 to 25 photos a minute/)).toBeInTheDocument();
    await user.click(plans.getByRole('radio', { name: 'Free: 5' }));
    expect(await screen.findByText(/about 1 to 2 photos a minute/)).toBeInTheDocument();
    await user.click(plans.getByRole('radio', { name: 'No limit' }));
    expect(await screen.findByText(/does not hold back/)).toBeInTheDocument();
    await user.click(plans.getByRole('radio', { name: 'Other' }));
    const own = await screen.findByRole('spinbutton', { name: /Your plan’s requests/ });
    await user.clear(own);
    await user.type(own, '7');
    await waitFor(() => expect(bridge.inputsOf('settings.set').at(-1)).toEqual({ requestsPerMinute: 7 }));
  });

  it('keep a template only when it can be used', async () => {
    const { bridge, user } = await open();
    const template = screen.getByRole('textbox', { name: 'Name of the results' });
    await user.clear(template);
    await user.type(template, 'x');
    expect(template).toHaveAccessibleDescription(/must hold \{name\}/);
    expect(bridge.inputsOf('settings.set')).toEqual([]);
    await user.clear(template);
    await user.paste('{name}-big.{ext}');
    expect(await screen.findByText('IMG_0421-big.jpg')).toBeInTheDocument();
    const { output } = appState().preferences;
    expect(bridge.inputsOf('settings.set')).toEqual([{ output: { ...output, template: '{name}-big.{ext}' } }]);
  });

  it('say so when something could not be kept, and show what holds good', async () => {
    const { bridge, user } = await open();
    bridge.answer('settings.set', () => {
      throw new Refusal('data_unwritable');
    });
    await user.click(screen.getByRole('switch', { name: /Notifications/ }));
    expect(await screen.findByRole('alert')).toHaveTextContent(/cannot be written to/);
    expect(screen.getByRole('switch', { name: /Notifications/ })).toBeChecked();
  });

  it('choose one output folder for all batches, and give it up again', async () => {
    const { bridge, user } = await open();
    bridge.answer('settings.chooseOutputFolder', () => appState({ outputFolder: '/out/all' }));
    bridge.answer('settings.clearOutputFolder', () => appState());
    const folder = within(screen.getByRole('group', { name: 'Output folder' }));
    await user.click(folder.getByRole('button', { name: 'Choose a folder…' }));
    expect(await folder.findByText('/out/all')).toBeInTheDocument();
    await user.click(folder.getByRole('button', { name: 'Back to beside the photos' }));
    expect(await folder.findByText(/beside the photos$/)).toBeInTheDocument();
  });

  it('keep how the app looks and behaves', async () => {
    const { bridge, user } = await open();
    await user.click(screen.getByRole('radio', { name: 'Light' }));
    await user.click(screen.getByRole('switch', { name: /Keep in the tray/ }));
    await user.click(screen.getByRole('switch', { name: /Start at login/ }));
    await user.click(screen.getByRole('switch', { name: /sub-folders/ }));
    expect(bridge.inputsOf('settings.set')).toEqual([
      { theme: 'light' },
      { keepInTray: true },
      { startAtLogin: true },
      { recursive: true },
    ]);
  });

  it('open the data folder, the logs and the licences', async () => {
    const { bridge, user } = await open();
    for (const name of ['app.openDataFolder', 'app.openLogs', 'app.openLink'] as const) bridge.answer(name, () => null);
    for (const name of ['Open data folder', 'Open logs', 'Licences']) {
      await user.click(screen.getByRole('button', { name }));
    }
    expect(bridge.calls.map(({ name }) => name).slice(-3)).toEqual([
      'app.openDataFolder',
      'app.openLogs',
      'app.openLink',
    ]);
    expect(screen.getByText('Lightbatch 0.1.0')).toBeInTheDocument();
  });
});

describe('the service and its key', () => {
  const key = () => within(screen.getByRole('group', { name: 'API key' }));

  it('are shown by the last four digits and by where the key is kept', async () => {
    await open();
    expect(key().getByText('•••• 01ab')).toBeInTheDocument();
    expect(key().getByText('Kept in the keyring of this computer')).toBeInTheDocument();
  });

  it('take another key after it was checked', async () => {
    const { bridge, user } = await open();
    const service = { ...appState().service, key: { last4: '99ff', kept: 'session' as const } };
    bridge.answer('service.setKey', () => service);
    await user.click(key().getByRole('button', { name: 'Change…' }));
    await user.click(await screen.findByLabelText('API key', { selector: 'input' }));
    await user.paste('SG_0123456789');
    expect(await key().findByText('•••• 99ff')).toBeInTheDocument();
    expect(key().getByText('In memory only, until you quit')).toBeInTheDocument();
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  it('forget the key only after the user said so, having heard what waits', async () => {
    const counts = { ...emptyCounts(), processing: 2 };
    const { bridge, user } = await open({ batches: [batchRow({ counts })] });
    bridge.answer('service.forgetKey', () => NO_SERVICE);
    await user.click(key().getByRole('button', { name: 'Forget…' }));
    const question = await screen.findByRole('alertdialog', { name: 'Forget the API key?' });
    expect(question).toHaveAccessibleDescription(/is paid for, and is fetched when you set the key/);
    await waitFor(() => expect(within(question).getByRole('button', { name: 'Keep it' })).toHaveFocus());
    await user.keyboard('{Enter}');
    // It is gone some ticks later; until then its own “Forget the key” would be found, and pressed to no effect.
    await waitFor(() => expect(question).not.toBeInTheDocument());
    expect(bridge.inputsOf('service.forgetKey')).toHaveLength(0);
    await user.click(key().getByRole('button', { name: 'Forget…' }));
    await user.click(await screen.findByRole('button', { name: 'Forget the key' }));
    await bridge.called('service.forgetKey');
    expect(await screen.findByText('The key is forgotten.')).toBeInTheDocument();
    expect(key().getByText('None')).toBeInTheDocument();
  });

  it('switch to practice at once, and to Segmind only with a key', async () => {
    const { bridge, store, user } = await open();
    bridge.answer('service.use', () => PRACTICE);
    const kinds = within(screen.getByRole('group', { name: 'Photos go to' }));
    await user.click(kinds.getByRole('radio', { name: 'Practice' }));
    await expect.poll(() => store.practice).toBe(true);
    expect(screen.getByText(/Free: practice, not Bria/)).toBeInTheDocument();
    await user.click(kinds.getByRole('radio', { name: 'Segmind' }));
    expect(await screen.findByRole('dialog', { name: 'Set an API key' })).toBeInTheDocument();
    expect(bridge.inputsOf('service.use')).toEqual([{ kind: 'practice' }]);
  });
});
