import { afterEach, expect, test, vi } from 'vitest';
import type { IntakePlan } from '../../../app/contract/values.ts';
import { IntakeStore } from '../../../renderer/state/intake.svelte.ts';
import { Refusal } from '../fake-bridge.ts';
import { givenPhotos, INTAKE } from '../intake-rig.ts';
import { appState, intakePlan } from '../samples.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function rig(...given: Parameters<typeof givenPhotos>) {
  const { bridge, store } = givenPhotos(...given);
  const { preferences } = given[1] ?? appState();
  const intake = new IntakeStore(store, INTAKE, preferences);
  return { bridge, store, intake };
}

/** Opens and waits for the plan. */
async function opened(...given: Parameters<typeof rig>) {
  const all = rig(...given);
  ends.push(all.intake.open());
  await settled(all.intake);
  return all;
}

function settled(intake: IntakeStore): Promise<void> {
  return vi.waitFor(() => expect(intake.looking).toBe(false));
}

test('asks at once for a plan by the preferences, and takes its name', async () => {
  const { bridge, intake } = await opened();
  const { parameters, output, recursive } = appState().preferences;
  expect(bridge.inputsOf('intake.plan')).toEqual([{ id: 5, parameters, output, recursive }]);
  expect(intake.name).toBe('Wedding');
  expect(intake.reason).toBeNull();
});

test('tells how far the look is, of its own intake alone', () => {
  const { bridge, intake } = rig({ 'intake.plan': () => new Promise<IntakePlan>(() => undefined) });
  ends.push(intake.open());
  bridge.send('intake', { id: 4, found: 9, inspected: 9 });
  expect(intake.progress).toBeNull();
  bridge.send('intake', { id: 5, found: 12, inspected: 3 });
  expect(intake.progress).toEqual({ id: 5, found: 12, inspected: 3 });
  expect(intake.reason).toMatch(/looked at/);
});

test('several changes one after the other are one question, with the last of them', async () => {
  const { bridge, intake } = await opened();
  for (const steps of [11, 12, 13]) intake.change({ parameters: { ...intake.parameters, steps } });
  intake.change({ recursive: true });
  expect(intake.reason).toMatch(/looked at/);
  await bridge.called('intake.plan', 2);
  await settled(intake);
  expect(bridge.inputsOf('intake.plan')).toHaveLength(2);
  expect(bridge.inputsOf('intake.plan')[1]).toMatchObject({ recursive: true, parameters: { steps: 13 } });
});

test('an answer to an older question does not count', async () => {
  const waiting: ((plan: IntakePlan) => void)[] = [];
  const { bridge, intake } = rig({ 'intake.plan': () => new Promise((resolve) => waiting.push(resolve)) });
  ends.push(intake.open());
  intake.lookAgain();
  await bridge.called('intake.plan', 2);
  waiting[1]?.(intakePlan({ photos: 2 }));
  await settled(intake);
  waiting[0]?.(intakePlan({ photos: 1 }));
  await new Promise((resolve) => setTimeout(resolve));
  expect(intake.plan?.photos).toBe(2);
});

test('a name of the user’s own stays when the plan is made anew', async () => {
  const { bridge, intake } = await opened();
  intake.name = 'Anna & Tom';
  intake.change({ recursive: true });
  await bridge.called('intake.plan', 2);
  await settled(intake);
  expect(intake.name).toBe('Anna & Tom');
  intake.name = '  ';
  expect(intake.reason).toBe('Give the batch a name.');
});

test('starts with exactly what the plan was made of, and shows the batch', async () => {
  const { bridge, store, intake } = await opened();
  intake.name = ' Anna ';
  await intake.start();
  const { parameters, output, recursive } = appState().preferences;
  expect(bridge.inputsOf('intake.start')).toEqual([{ id: 5, parameters, output, recursive, name: 'Anna', agreed: 1 }]);
  expect(store.intake).toBeNull();
  expect(store.view).toEqual({ kind: 'batch', batchId: 9 });
});

test('what changed since the numbers were shown is told, and started only after they were looked at again', async () => {
  const { bridge, store, intake } = await opened({
    'intake.start': () => {
      throw new Refusal('plan_changed', '6 more photos were found since.');
    },
  });
  bridge.answer('intake.plan', () => intakePlan({ agreement: 2, quote: { ...intakePlan().quote, photos: 9 } }));
  await intake.start();
  expect(intake.changed).toBe('6 more photos were found since.');
  expect(intake.reason).toMatch(/looked at/);
  await settled(intake);
  expect([intake.sent, intake.trouble, store.intake]).toEqual([9, null, 5]);
  expect(intake.changed).toBe('6 more photos were found since.');
  bridge.answer('intake.start', () => ({ batchId: 9, joinedBatchId: null, jobs: 9, joined: 0, doubtful: 0 }));
  await intake.start();
  expect(bridge.inputsOf('intake.start').map(({ agreed }) => agreed)).toEqual([1, 2]);
  expect(store.intake).toBeNull();
});

test('a name that results are called by is planned with; any other name changes no number', async () => {
  const { bridge, intake } = await opened();
  intake.name = 'Anna';
  expect(intake.looking).toBe(false);
  intake.change({ output: { ...intake.output, template: '{name}_{batch}.{ext}' } });
  await bridge.called('intake.plan', 2);
  await settled(intake);
  intake.name = 'Tom ';
  expect(intake.reason).toMatch(/looked at/);
  await bridge.called('intake.plan', 3);
  expect(bridge.inputsOf('intake.plan').map(({ name }) => name)).toEqual([undefined, 'Anna', 'Tom']);
});

test('is not started while the plan is older than the settings', async () => {
  const { bridge, intake } = await opened();
  intake.change({ recursive: true });
  await intake.start();
  expect(bridge.inputsOf('intake.start')).toEqual([]);
});

test('is started once, however often it is asked for', async () => {
  const { bridge, intake } = await opened();
  await Promise.all([intake.start(), intake.start()]);
  expect(bridge.inputsOf('intake.start')).toHaveLength(1);
});

test('when all photos go on elsewhere, the earlier batch is shown and it is said that nothing is paid twice', async () => {
  const { store, intake } = await opened({
    'intake.plan': () => intakePlan({ joined: 3, quote: { ...intakePlan().quote, photos: 0 } }),
    'intake.start': () => ({ batchId: null, joinedBatchId: 4, jobs: 0, joined: 3, doubtful: 0 }),
  });
  await intake.start();
  expect(store.view).toEqual({ kind: 'batch', batchId: 4 });
  expect(store.toasts.list[0]?.text).toMatch(/3 photos go on in an earlier batch/);
});

test('photos that may have been charged are told of, with the way to decide', async () => {
  const { store, intake } = await opened({
    'intake.start': () => ({ batchId: 9, joinedBatchId: null, jobs: 3, joined: 0, doubtful: 1 }),
  });
  await intake.start();
  const [toast] = store.toasts.list;
  expect(toast?.text).toMatch(/1 photo may have been charged already and was not sent/);
  toast?.action?.run();
  expect(store.view).toEqual({ kind: 'history', undecided: true });
});

test('what keeps it from being planned is told, and looking again may help', async () => {
  const { bridge, intake } = await opened({
    'intake.plan': () => {
      throw new Refusal('bad_output');
    },
  });
  expect(intake.trouble?.code).toBe('bad_output');
  expect(intake.plan).toBeNull();
  expect(intake.reason).not.toBeNull();
  bridge.answer('intake.plan', () => intakePlan());
  intake.lookAgain();
  await settled(intake);
  expect(intake.trouble).toBeNull();
  expect(intake.reason).toBeNull();
});

test('a start that fails leaves the sheet open with the reason, and can be tried again', async () => {
  const { bridge, store, intake } = await opened({
    'intake.start': () => {
      throw new Refusal('no_service');
    },
  });
  await intake.start();
  expect(intake.trouble?.code).toBe('no_service');
  expect(store.intake).toBe(5);
  expect(intake.reason).toBeNull();
  await intake.start();
  expect(bridge.inputsOf('intake.start')).toHaveLength(2);
});

test('closing gives up what was not started, and nothing that was', async () => {
  const first = rig();
  first.intake.open()();
  await first.bridge.called('intake.discard');
  expect(first.bridge.inputsOf('intake.discard')).toEqual([{ id: 5 }]);

  const second = rig();
  const close = second.intake.open();
  await settled(second.intake);
  await second.intake.start();
  close();
  expect(second.bridge.inputsOf('intake.discard')).toEqual([]);
});

test('more photos wait until this batch is started, and come with their own settings', async () => {
  const { bridge, store, intake } = await opened();
  const { preferences } = appState();
  store.openIntake(6, { ...preferences, parameters: { ...preferences.parameters, steps: 44 } });
  store.openIntake(7);
  store.openIntake(6);
  expect([store.intake, store.waitingIntakes]).toEqual([5, 2]);
  await intake.start();
  expect([store.intake, store.waitingIntakes]).toEqual([6, 1]);
  expect(store.view).toEqual({ kind: 'batch', batchId: 9 });
  expect(store.preferencesFor(6)?.parameters.steps).toBe(44);
  store.closeIntake();
  expect([store.intake, store.waitingIntakes]).toEqual([7, 0]);
  expect(store.preferencesFor(7)).toEqual(preferences);
  expect(bridge.inputsOf('intake.discard')).toEqual([]);
});

test('a look that ends after closing is told of no more', async () => {
  let refuse: (error: unknown) => void = () => undefined;
  const all = rig({ 'intake.plan': () => new Promise((_, reject) => (refuse = reject)) });
  const close = all.intake.open();
  await all.bridge.called('intake.plan');
  close();
  refuse(new Refusal('superseded'));
  await new Promise((resolve) => setTimeout(resolve));
  expect(all.store.toasts.list).toEqual([]);
});

test('says why nothing can be started', async () => {
  const none = { ...intakePlan().quote, photos: 0 };
  const reasonOf = async (plan: Partial<IntakePlan>) =>
    (await opened({ 'intake.plan': () => intakePlan({ quote: none, ...plan }) })).intake.reason;
  expect(await reasonOf({ photos: 0 })).toMatch(/no photo/);
  expect(await reasonOf({ existing: 3, identical: 2 })).toMatch(/names are there already. Choose “Keep both”/);
  expect(await reasonOf({ existing: 3, identical: 3 })).toMatch(
    /^All of these .* enhanced already, with these very settings/,
  );
  expect(await reasonOf({ existing: 3, identical: 3, doubtful: 1 })).toMatch(
    /enhanced already, or wait for your decision/,
  );
  expect(await reasonOf({ doubtful: 3 })).toMatch(/decision/);
  expect(await reasonOf({ joined: 3 })).toBeNull();
});

test('the output folder is asked for by the system’s dialog, and the plan made anew only when one was chosen', async () => {
  let chosen = false;
  const { bridge, intake } = await opened({ 'intake.chooseOutput': () => chosen, 'intake.clearOutput': () => null });
  await intake.chooseOutput();
  expect(bridge.inputsOf('intake.plan')).toHaveLength(1);
  chosen = true;
  await intake.chooseOutput();
  expect(bridge.inputsOf('intake.plan')).toHaveLength(2);
  await intake.clearOutput();
  expect(bridge.inputsOf('intake.plan')).toHaveLength(3);
});

test('a preset is known by its settings, taken up by its name and saved under any letters’ case', async () => {
  const { parameters, output } = appState().preferences;
  const web = { name: 'Web', parameters: { ...parameters, resolution: '2MP' as const }, output };
  const { bridge, intake } = await opened(
    { 'presets.save': (preset) => appState({ presets: [preset] }) },
    appState({ presets: [web] }),
  );
  expect(intake.preset).toBeNull();
  intake.takePreset('Web');
  expect(intake.parameters.resolution).toBe('2MP');
  expect(intake.preset?.name).toBe('Web');
  expect(intake.presetOf(' wEB ')).toEqual(web);
  expect(await intake.savePreset(' Print ')).toBe(true);
  expect(bridge.inputsOf('presets.save')).toEqual([{ ...web, name: 'Print' }]);
});

test('a preset that was removed can be had back', async () => {
  const { parameters, output } = appState().preferences;
  const web = { name: 'Web', parameters, output };
  const { bridge, store, intake } = await opened(
    { 'presets.remove': () => appState(), 'presets.save': (preset) => appState({ presets: [preset] }) },
    appState({ presets: [web] }),
  );
  await intake.removePreset(web);
  expect(store.app?.presets).toEqual([]);
  store.toasts.list[0]?.action?.run();
  await bridge.called('presets.save');
  expect(bridge.inputsOf('presets.save')).toEqual([web]);
});
