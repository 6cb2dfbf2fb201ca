import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { IntakePlan } from '../../../app/contract/values.ts';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import NewBatchSheet from '../../../renderer/views/new-batch/NewBatchSheet.svelte';
import { FakeBridge, Refusal } from '../fake-bridge.ts';
import { givenPhotos, INTAKE } from '../intake-rig.ts';
import { appState, intakePlan, queueState } from '../samples.ts';
import WithTooltips from './WithTooltips.svelte';

function open(...given: Parameters<typeof givenPhotos>) {
  const { bridge, store } = givenPhotos(...given);
  const view = render(WithTooltips, { props: { component: NewBatchSheet, props: { store, intakeId: INTAKE } } });
  return { bridge, store, view, user: userEvent.setup() };
}

const planned = (plan: Partial<IntakePlan>) => ({ 'intake.plan': () => intakePlan(plan) });
const start = () => screen.findByRole('button', { name: 'Enhance 3 photos' });
/** What Enter in a field does; user-event does not know buttons that belong to a form by its id. */
function pressEnter(): void {
  const [form] = document.forms;
  const button = [...(form?.elements ?? [])].find((one) => one.getAttribute('type') === 'submit');
  form?.requestSubmit(button instanceof HTMLElement ? button : null);
}

const text = (element: Element | null) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
/** The summary beside the button, and the warnings above it. */
async function footer(): Promise<string> {
  const button = await screen.findByRole('button', { name: /^(Enhance|Go on)/ });
  return text(button.closest('.dialog-actions'));
}

test('tells what will be sent, how long it takes, what it costs by the list price and what is left', async () => {
  open();
  await start();
  expect(await footer()).toMatch(
    /Photos 3 .*about 2 min.*by the list price about 0.12 credits Balance after about 12.38 credits/,
  );
});

test('tells when the cost comes from one’s own past costs', async () => {
  open(planned({ quote: { ...intakePlan().quote, fromHistory: true } }));
  await start();
  expect(await footer()).toContain('by your past costs');
});

test('practice is marked, and free', async () => {
  open({}, appState({ service: { ...appState().service, kind: 'practice', balance: null } }));
  await start();
  expect(await footer()).toMatch(/PRACTICE free: practice, not Bria/);
});

test('warns in plain words when pictures become smaller and when the balance is short', async () => {
  open(planned({ short: true, quote: { ...intakePlan().quote, credits: 13, shrinking: 2 } }));
  await start();
  expect(await footer()).toContain(
    '2 photos have more than 4 megapixels: the enhanced pictures will be smaller than the originals.',
  );
  expect(await footer()).toContain('Your balance of 12.50 credits is less than that.');
});

test('tells what goes before, and subtracts it from the balance until that was asked for anew', async () => {
  const quote = { ...intakePlan().quote, credits: 0.48, ahead: { photos: 12, credits: 0.48 } };
  const at = (credits: number, later: number) =>
    appState({ service: { ...appState().service, balance: { credits, at: later } } });
  const { store } = open(planned({ quote }), at(1, 1));
  store.queue = queueState({ unfinished: 12 });
  await start();
  expect(await footer()).toMatch(/Before these 12 photos, about 0.48 credits Balance after about 0.04 credits/);
  store.queue = queueState({ unfinished: 3 });
  store.app = at(0.64, 2);
  await vi.waitFor(async () =>
    expect(await footer()).toMatch(/Before these 3 photos, about 0.12 credits Balance after about 0.04 credits/),
  );
  store.app = at(0.5, 3);
  await vi.waitFor(async () => expect(await footer()).not.toContain('Balance after'));
  expect(await footer()).toContain('Your balance of 0.50 credits is less than both together.');
  store.queue = queueState();
  store.app = at(0.48, 4);
  await vi.waitFor(async () => expect(await footer()).toMatch(/about 0.48 credits Balance after about 0.00 credits/));
});

test('says that the queue is paused', async () => {
  const { store } = open();
  await start();
  expect(await footer()).not.toContain('paused');
  store.queue = queueState({ paused: true });
  await vi.waitFor(async () =>
    expect(await footer()).toContain('The queue is paused: nothing is sent until it goes on.'),
  );
});

test('without a service it cannot be started, and offers to set a key', async () => {
  const { bridge, store, user } = open({}, appState({ service: { ...appState().service, kind: 'none', key: null } }));
  expect(await start()).toBeDisabled();
  pressEnter();
  expect(bridge.inputsOf('intake.start')).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Enter API key…' }));
  expect(await screen.findByRole('dialog', { name: 'Set an API key' })).toBeInTheDocument();
  store.app = appState();
  await vi.waitFor(async () => expect(await start()).toBeEnabled());
});

test('Enter in the name starts the batch', async () => {
  const { bridge, store, user } = open();
  await start();
  await user.type(screen.getByLabelText('Name of the batch'), ' II');
  pressEnter();
  await bridge.called('intake.start');
  expect(bridge.inputsOf('intake.start')[0]).toMatchObject({ id: 5, name: 'Wedding II' });
  await vi.waitFor(() => expect(store.view).toEqual({ kind: 'batch', batchId: 9 }));
});

test('a number that is out of range is said beside its field, and nothing is started with it', async () => {
  const { bridge, user } = open();
  await start();
  const steps = screen.getByLabelText('Steps');
  await user.clear(steps);
  await user.type(steps, '900');
  pressEnter();
  expect(await screen.findByText(/from 10 to 50/)).toBeInTheDocument();
  expect(bridge.inputsOf('intake.start')).toEqual([]);
});

test('more photos than were shown are told of before anything is started, beside the new numbers', async () => {
  const { bridge, store, user } = open({
    'intake.start': () => {
      throw new Refusal('plan_changed', '6 more photos were found since.');
    },
  });
  bridge.answer('intake.plan', () => intakePlan());
  await user.click(await start());
  expect(await screen.findByRole('alert')).toHaveTextContent('6 more photos were found since.');
  expect(store.intake).toBe(5);
});

test('says how many batches wait behind this one', async () => {
  const { store } = open();
  await start();
  store.openIntake(6);
  expect(await screen.findByText(/^1 more batch waits to be looked at/)).toBeInTheDocument();
  store.openIntake(7);
  expect(await screen.findByText(/^2 more batches wait/)).toBeInTheDocument();
});

test('Escape gives up what was found, without a question', async () => {
  const { bridge, store, view, user } = open();
  await start();
  await user.keyboard('{Escape}');
  expect(store.intake).toBeNull();
  view.unmount();
  await bridge.called('intake.discard');
});

test('while it looks it says how far it is, and can be canceled', async () => {
  const { bridge, store, user } = open({ 'intake.plan': () => new Promise<IntakePlan>(() => undefined) });
  await bridge.called('intake.plan');
  bridge.send('intake', { id: 5, found: 200, inspected: 50 });
  expect(await screen.findByText('Looked at 50 of 200 files')).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Files looked at' })).toHaveAttribute('aria-valuenow', '25');
  expect(screen.getByRole('button', { name: 'Enhance' })).toBeDisabled();
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(store.intake).toBeNull();
});

test('with no photo it says so, shows why, and cannot be started', async () => {
  const leftOut = [{ name: 'IMG_1.CR3', reason: 'raw', message: 'RAW files must be exported first.' }];
  open(planned({ photos: 0, leftOut, leftOutCount: 1, quote: { ...intakePlan().quote, photos: 0 } }));
  expect(await screen.findByText('No photos were found')).toBeInTheDocument();
  expect(screen.getByText('RAW files must be exported first.')).toBeInTheDocument();
  const button = screen.getByRole('button', { name: 'Enhance' });
  expect(button).toBeDisabled();
  expect(button).toHaveAccessibleDescription('There is no photo to enhance.');
});

test('what is left out is told by reason, and by name when it is asked for', async () => {
  const leftOut = ['a.CR3', 'b.CR3'].map((name) => ({ name, reason: 'raw', message: 'Export it first.' }));
  const { user } = open(planned({ leftOut, leftOutCount: 250 }));
  const toggle = await screen.findByRole('button', { name: /250 files left out: 2 are RAW files, …/ });
  expect(screen.queryByText('a.CR3')).not.toBeInTheDocument();
  await user.click(toggle);
  expect(toggle).toHaveAttribute('aria-expanded', 'true');
  const list = within(screen.getByRole('group', { name: 'Files left out' }));
  expect(list.getByText('a.CR3')).toBeInTheDocument();
  expect(list.getByText('Export it first.')).toBeInTheDocument(); // once for both
  expect(list.getByText('and 248 more')).toBeInTheDocument();
});

test('tells that what is paid for is not paid again, and what waits for a decision', async () => {
  open(planned({ joined: 2, doubtful: 1 }));
  await start();
  const dialog = text(screen.getByRole('dialog'));
  expect(dialog).toMatch(/2 photos are already under way .* what is paid for is not paid again/);
  expect(dialog).toMatch(/1 photo may have been charged before without a result, and is not sent now/);
});

test('does not call under way what an earlier batch has ended without its picture', async () => {
  open(planned({ joined: 1, fetched: 1, quote: { ...intakePlan().quote, photos: 0 } }));
  await screen.findByRole('button', { name: 'Go on with 1 photo' });
  const dialog = text(screen.getByRole('dialog'));
  expect(dialog).toMatch(
    /1 photo of an earlier batch .* its result did not arrive: .* asked for it again, for nothing/,
  );
  expect(dialog).not.toMatch(/under way/);
});

test('when nothing new is to be sent the button goes on with the earlier batch, for nothing', async () => {
  const { bridge, user } = open(planned({ joined: 3, quote: { ...intakePlan().quote, photos: 0 } }));
  await user.click(await screen.findByRole('button', { name: 'Go on with 3 photos' }));
  await bridge.called('intake.start');
});

test('what keeps it from being planned is said in the sheet, with a way to look again', async () => {
  const { bridge, user } = open({
    'intake.plan': () => {
      throw new Refusal('bad_output');
    },
  });
  expect(await screen.findByRole('alert')).toHaveTextContent('The output folder cannot be used. Choose another one.');
  bridge.answer('intake.plan', () => intakePlan());
  await user.click(screen.getByRole('button', { name: 'Look again' }));
  await start();
});

test('a preset is saved by its name with Enter, and nothing is started by it', async () => {
  const { bridge, user } = open({ 'presets.save': (preset) => appState({ presets: [preset] }) });
  await start();
  await user.click(screen.getByRole('button', { name: 'Save these settings as a preset…' }));
  await user.keyboard('Web{Enter}');
  await bridge.called('presets.save');
  expect(bridge.inputsOf('presets.save')[0]).toMatchObject({ name: 'Web' });
  expect(bridge.inputsOf('intake.start')).toEqual([]);
  expect(await screen.findByRole('combobox', { name: 'Preset' })).toHaveTextContent('Web');
});

test('saving over a preset says that it is replaced; Escape gives up the name and not the sheet', async () => {
  const { parameters, output } = appState().preferences;
  const { store, user } = open(
    {},
    appState({ presets: [{ name: 'Web', parameters: { ...parameters, seed: 7 }, output }] }),
  );
  await start();
  await user.click(screen.getByRole('button', { name: 'Save these settings as a preset…' }));
  await user.keyboard('web');
  expect(await screen.findByText('Replaces the preset “Web”.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Replace' })).toBeEnabled();
  await user.keyboard('{Escape}');
  expect(store.intake).toBe(5);
  expect(screen.queryByLabelText('Name of the preset')).not.toBeInTheDocument();
});

test('begins with the parameters that the photos had, where they are sent again', async () => {
  const { bridge } = (() => {
    const app = appState();
    const given = new FakeBridge({ 'intake.plan': () => intakePlan(), 'intake.discard': () => null });
    const store = new AppStore(new Client(given));
    store.app = app;
    const parameters = { ...app.preferences.parameters, inputModeration: false };
    store.openIntake(5, { ...app.preferences, parameters });
    render(WithTooltips, { props: { component: NewBatchSheet, props: { store, intakeId: 5 } } });
    return { bridge: given };
  })();
  await bridge.called('intake.plan');
  expect(bridge.inputsOf('intake.plan')[0]?.parameters.inputModeration).toBe(false);
});

test('photos whose pictures are all there are made again with one click, which shows what it changed', async () => {
  const none = { ...intakePlan().quote, photos: 0 };
  const { bridge, user } = open({
    'intake.plan': ({ output }) => intakePlan({ existing: 3, ...(output.onExists === 'skip' && { quote: none }) }),
  });
  await user.click(await screen.findByRole('button', { name: 'Keep both' }));
  const field = screen.getByLabelText('When an enhanced picture is already there');
  expect(field).toHaveFocus();
  expect(field).toHaveTextContent('Keep both');
  expect(await start()).toBeEnabled();
  expect(bridge.inputsOf('intake.plan').at(-1)?.output.onExists).toBe('number');
  expect(screen.queryByRole('button', { name: 'Keep both' })).not.toBeInTheDocument();
});

test('keeping both is not offered for the very same pictures once more', async () => {
  open(planned({ existing: 3, identical: 3, quote: { ...intakePlan().quote, photos: 0 } }));
  expect(await screen.findByText(/enhanced already, with these very settings/)).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Keep both' })).not.toBeInTheDocument();
});

test('shows where the results of photos made again go, and the way to another folder', async () => {
  const { bridge, user } = open({
    ...planned({ outputFolders: ['/delivery'], outputFolderKept: true }),
    'intake.clearOutput': () => null,
  });
  const place = within(await screen.findByRole('group', { name: 'Output folder' }));
  expect(await place.findByText('/delivery')).toBeInTheDocument();
  bridge.answer('intake.plan', () =>
    intakePlan({ outputFolders: ['/delivery/a', '/delivery/b'], outputFolderKept: true }),
  );
  expect(place.getByRole('button', { name: 'Change…' })).toBeEnabled();
  await user.click(place.getByRole('button', { name: 'Back to beside the photos' }));
  expect(await place.findByText('Where the earlier results are')).toBeInTheDocument();
  expect(screen.getByText('2 folders')).toBeInTheDocument();
});
