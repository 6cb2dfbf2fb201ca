import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { WatchRow } from '../../../../app/contract/watch.ts';
import { DEFAULT_PARAMETERS } from '../../../../app/domain/parameters.ts';
import WatchView from '../../../../renderer/views/watch/WatchView.svelte';
import { Refusal } from '../../fake-bridge.ts';
import { appState, watchRow, watchSettings } from '../../samples.ts';
import { openStore, show } from '../../show.ts';

const { output } = appState().preferences;
const presets = [{ name: 'Soft', parameters: { ...DEFAULT_PARAMETERS, steps: 20 }, output }];

async function open(changes: Partial<WatchRow> = {}) {
  const { bridge, store } = await openStore({ folders: [watchRow(changes)], app: { presets } });
  bridge.answer('watch.change', ({ id, settings }) => watchRow({ ...changes, id, settings }));
  store.show({ kind: 'watch' });
  const user = show(WatchView, { store }, store);
  await user.click(screen.getByRole('button', { name: 'Settings of Tethered…' }));
  await screen.findByRole('dialog', { name: 'Settings of “Tethered”' });
  const fill = async (label: string, text: string) => {
    const field = screen.getByRole('textbox', { name: label });
    await user.clear(field);
    if (text !== '') await user.type(field, text);
    return field;
  };
  return { bridge, store, user, fill };
}

/** What Enter in a field and the button do; user-event does not know buttons that belong to a form by its id. */
function save(): void {
  document.forms[0]?.requestSubmit();
}

describe('the settings of a watch folder', () => {
  it('are kept by Save and not before, and the dialog closes', async () => {
    const { bridge, fill, user } = await open();
    await user.click(screen.getByRole('switch', { name: /Include sub-folders/ }));
    await fill('Only these file names', '*.jpg, *.nef');
    await fill('But not these', 'test*');
    await fill('Photos a day at most', '500');
    await fill('Credits a day at most', '2,5');
    await fill('Ask first above this many new photos', '50');
    await fill('A file is whole after so many seconds without a change', '3.5');
    await user.click(screen.getByRole('switch', { name: /again and again/ }));
    expect(bridge.inputsOf('watch.change')).toEqual([]);
    save();
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    const settings = watchSettings({
      recursive: true,
      include: ['*.jpg', '*.nef'],
      exclude: ['test*'],
      photosADay: 500,
      creditsADay: 2.5,
      stormLimit: 50,
      settleMs: 3_500,
      polling: 'always',
    });
    expect(bridge.inputsOf('watch.change')).toEqual([{ id: 1, settings }]);
  });

  it('are left as they were by Cancel', async () => {
    const { bridge, fill, user } = await open();
    await fill('Photos a day at most', '500');
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    expect(bridge.inputsOf('watch.change')).toEqual([]);
  });

  it('stay open when they could not be kept, and say why', async () => {
    const { bridge, store } = await open();
    bridge.answer('watch.change', () => {
      throw new Refusal('watch_output_loop');
    });
    save();
    await waitFor(() => expect(store.toasts.list[0]?.text).toMatch(/Choose another output folder/));
    expect(screen.getByRole('dialog')).toBeInTheDocument();
  });

  it('lift a limit only when its field is empty, never by what cannot be read', async () => {
    const { bridge, fill } = await open({ settings: watchSettings({ photosADay: 100, creditsADay: 4 }) });
    await fill('Photos a day at most', '');
    const credits = await fill('Credits a day at most', '1,000');
    expect(credits).toBeInvalid();
    expect(credits).toHaveAccessibleDescription('Enter a number from 0.01 to 100,000, or leave it empty.');
    save();
    expect(credits).toHaveFocus();
    expect(bridge.inputsOf('watch.change')).toEqual([]);
    await fill('Credits a day at most', '1000');
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')[0]?.settings).toMatchObject({ photosADay: null, creditsADay: 1_000 });
  });

  it('are not kept with another number than the one in sight: what is out of range stays there', async () => {
    const { bridge, user } = await open();
    const steps = screen.getByRole('spinbutton', { name: 'Steps' });
    await user.clear(steps);
    await user.type(steps, '5');
    await user.tab();
    expect(steps).toHaveValue(5);
    save();
    expect(steps).toHaveFocus();
    const template = screen.getByRole('textbox', { name: 'Name of the results' });
    await user.clear(steps);
    await user.type(steps, '15');
    await user.clear(template);
    await user.tab();
    save();
    expect(template).toHaveFocus();
    expect(bridge.inputsOf('watch.change')).toEqual([]);
  });

  it('hold hours as two times, also over midnight', async () => {
    const { bridge, user } = await open();
    expect(screen.queryByLabelText('From')).not.toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'At certain hours' }));
    const [from, until] = [screen.getByLabelText('From'), screen.getByLabelText('until')];
    expect([from, until]).toMatchObject([{ value: '08:00' }, { value: '18:00' }]);
    await fireEvent.input(from, { target: { value: '18:00' } });
    expect(until).toHaveAccessibleDescription('Give two different times.');
    save();
    expect(from).toHaveFocus();
    await fireEvent.input(from, { target: { value: '20:00' } });
    await fireEvent.input(until, { target: { value: '' } });
    expect(until).toHaveAccessibleDescription(/Give both times/);
    await fireEvent.input(until, { target: { value: '06:30' } });
    expect(until).toHaveAccessibleDescription(/Over midnight/);
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')[0]?.settings.hours).toEqual({ from: 1_200, to: 390 });
  });

  it('may be at any time again, whatever the hours were', async () => {
    const { bridge, user } = await open({ settings: watchSettings({ hours: { from: 480, to: 1_080 } }) });
    await fireEvent.input(screen.getByLabelText('From'), { target: { value: '' } });
    await user.click(screen.getByRole('radio', { name: 'At any time' }));
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')[0]?.settings.hours).toBeNull();
  });

  it('refuse folders among the file names', async () => {
    const { bridge, fill } = await open();
    const field = await fill('Only these file names', 'RAW/*.nef');
    expect(field).toHaveAccessibleDescription(/Patterns are for file names/);
    save();
    expect(field).toHaveFocus();
    expect(bridge.inputsOf('watch.change')).toEqual([]);
  });

  it('keep patterns as they are that nobody touched, though one holds a comma', async () => {
    const { bridge } = await open({ settings: watchSettings({ include: ['a,b*'] }) });
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')[0]?.settings.include).toEqual(['a,b*']);
  });

  it('keep numbers as they are that nobody touched, though the command line took them more exactly', async () => {
    const settings = watchSettings({
      settleMs: 750,
      creditsADay: 1.255,
      output: { ...output, maxUploadMegapixels: 12.5 },
    });
    const { bridge, fill } = await open({ settings });
    for (const field of [...screen.getAllByRole('textbox'), ...screen.getAllByRole('spinbutton')]) {
      expect(field).not.toHaveAttribute('aria-invalid', 'true');
    }
    await fill('A file is whole after so many seconds without a change', '0.625');
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')).toEqual([{ id: 1, settings: { ...settings, settleMs: 625 } }]);
  });

  it('are filled from a preset, which also puts right what could not be taken', async () => {
    const { bridge, user } = await open();
    const steps = () => screen.getByRole('spinbutton', { name: 'Steps' });
    await user.clear(steps());
    await user.type(steps(), '5');
    screen.getByRole('combobox', { name: 'Preset' }).focus();
    await user.keyboard('{Enter}');
    await user.keyboard('{End}{Enter}');
    await waitFor(() => expect(steps()).toHaveValue(20));
    expect(screen.getByRole('combobox', { name: 'Preset' })).toHaveTextContent('Soft');
    save();
    await bridge.called('watch.change');
    expect(bridge.inputsOf('watch.change')[0]?.settings.parameters.steps).toBe(20);
  });

  it('have the output folder chosen and put back by the core, at once', async () => {
    const { bridge, user } = await open();
    bridge.answer('watch.chooseOutput', () => true);
    bridge.answer('watch.clearOutput', () => null);
    await user.click(screen.getByRole('button', { name: 'Choose a folder…' }));
    await bridge.called('watch.chooseOutput');
    bridge.send('watch', [watchRow({ outputFolderChosen: true, outputFolder: '/delivery' })]);
    expect(await screen.findByText('/delivery')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Back to beside the photos' }));
    await bridge.called('watch.clearOutput');
    expect(bridge.inputsOf('watch.clearOutput')).toEqual([{ id: 1 }]);
  });

  it('keep what was typed while the folder goes on, and close when it is gone', async () => {
    const { bridge, fill } = await open();
    const field = await fill('Photos a day at most', '77');
    bridge.send('watch', [watchRow({ lastAt: 5, state: 'paused' })]);
    await waitFor(() => expect(screen.getByText('Paused')).toBeInTheDocument());
    expect(field).toHaveValue('77');
    bridge.send('watch', []);
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });
});
