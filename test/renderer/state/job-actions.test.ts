import { describe, expect, it } from 'vitest';
import type { Selection } from '../../../app/contract/inputs.ts';
import type { JobRow, RetryPlan } from '../../../app/contract/values.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import { DEFAULT_PARAMETERS } from '../../../app/domain/parameters.ts';
import { Client } from '../../../renderer/bridge.ts';
import { type Remedy, remedyOf } from '../../../renderer/lib/remedies.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import { JobActions } from '../../../renderer/state/job-actions.svelte.ts';
import { FakeBridge, Refusal } from '../fake-bridge.ts';
import { appState, batchRow, jobRow, queueState } from '../samples.ts';

/** The plan of a retry that sends all of them. */
function allSent(jobs: Selection, more: Partial<RetryPlan> = {}): RetryPlan {
  const ids = 'ids' in jobs ? jobs.ids : [];
  return { sent: ids.length, fetched: 0, withheld: 0, ids, ...more };
}

async function open() {
  const parameters = { ...DEFAULT_PARAMETERS, steps: 44 };
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => [batchRow({ parameters })],
    'queue.state': () => queueState(),
    'jobs.retry': () => ({ retried: 2, withheld: 0 }),
    'jobs.retryPlan': ({ jobs }) => allSent(jobs),
    'jobs.cancel': () => ({ canceled: 3, goingOn: 2 }),
    'jobs.again': () => ({ id: 7 }),
    'jobs.leave': ({ ids }) => ids.length,
    'jobs.reveal': () => null,
    'jobs.open': () => null,
    'jobs.copyDetails': () => null,
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  const actions = new JobActions(store);
  const told = () => store.toasts.list.map(({ text }) => text);
  return { bridge, store, actions, told };
}

function remedyFor(row: JobRow): Remedy {
  const remedy = remedyOf(row);
  if (remedy === null) throw new Error('nothing helps it');
  return remedy;
}

const gone = jobRow({ id: 6, state: 'failed', failure: failure('result_gone'), charged: 'yes', owed: true });
const uncertain = jobRow({ id: 3, state: 'uncertain', failure: failure('uncertain_submit'), charged: 'maybe' });

describe('what the user does to photos', () => {
  it('retries without consent to paying twice, and tells how many wait again', async () => {
    const { bridge, actions, told } = await open();
    await actions.retry([1, 2]);
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [1, 2] }, consent: false }]);
    expect(told()).toEqual(['2 photos wait to be enhanced again.']);
  });

  it('asks about exactly those photos that were held back because they may have been charged', async () => {
    const { bridge, store, actions, told } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 1, withheld: 1 }));
    bridge.answer('jobs.rows', () => ({
      seq: 0,
      rows: [jobRow({ id: 1 }), jobRow({ id: 2, state: 'failed', failure: failure('expired'), charged: 'maybe' })],
    }));
    await actions.retry([1, 2]);
    expect(told()[0]).toContain('1 photo held back');
    expect(actions.consenting).toBeNull();
    store.toasts.list[0]?.action?.run();
    const asked = { ids: [2], again: [2], photos: 1, paid: 0, gone: false, canLeave: false };
    await expect.poll(() => actions.consenting).toEqual(asked);
    expect(bridge.inputsOf('jobs.retry').every(({ consent }) => !consent)).toBe(true);
  });

  it('finds those held back of a whole batch', async () => {
    const { bridge, store, actions } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 0, withheld: 1 }));
    bridge.answer('jobs.retryPlan', ({ jobs, consent }) => allSent(jobs, consent ? {} : { sent: 0, withheld: 1 }));
    bridge.answer('jobs.ids', () => ({ ids: [5], seq: 0 }));
    bridge.answer('jobs.rows', () => ({
      seq: 0,
      rows: [jobRow({ id: 5, state: 'failed', failure: failure('expired') })],
    }));
    await actions.askToRetryFailed(batchRow({ counts: { ...emptyCounts(), failed: 1 } }));
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [5] }, consent: false }]);
    store.toasts.list[0]?.action?.run();
    await expect.poll(() => actions.consenting?.ids).toEqual([5]);
    expect(bridge.inputsOf('jobs.ids')).toMatchObject([{ batchId: 1, states: ['failed'] }]);
  });

  it('says when there was nothing to retry, and which photos belong to another service', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 0, withheld: 0, elsewhere: 4 }));
    await actions.retry([1]);
    expect(told()[0]).toMatch(/^4 photos of another service/);
    expect(told()[1]).toMatch(/^None of these photos can be retried/);
  });

  it('says which photos were left alone because a later batch enhanced them', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 0, withheld: 0, mended: 1 }));
    await actions.retry([1]);
    expect(told()).toEqual([
      '1 photo was left alone: it is enhanced in a later batch. “Enhance with other settings…” makes it again.',
    ]);
  });

  it('says which photos were left alone because another job is at them', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 0, withheld: 0, underWay: 2 }));
    await actions.retry([1, 2]);
    expect(told()).toEqual(['2 photos were left alone: another job of them goes on, or may have been charged.']);
  });

  it('pays again or leaves as it is only when the user says so', async () => {
    const { bridge, actions, told } = await open();
    await actions.heal(uncertain, { kind: 'decide', label: 'Decide…' });
    const asked = { ids: [3], again: [3], photos: 1, paid: 0, gone: false, canLeave: true };
    expect(actions.consenting).toEqual(asked);
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
    const question = actions.consenting;
    if (!question) throw new Error('nothing was asked');
    bridge.answer('jobs.retry', () => ({ retried: 1, withheld: 0 }));
    await actions.payAgain(question);
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [3] }, consent: true }]);
    await actions.leave(question);
    expect(bridge.inputsOf('jobs.leave')).toEqual([{ ids: [3] }]);
    expect(told().at(-1)).toBe('1 photo stays uncertain. Nothing is sent again.');
  });

  it('asks for consent to what is sent alone, says what is not, and leaves all that was asked about', async () => {
    const { bridge, actions, told } = await open();
    const plan = { sent: 1, fetched: 1, withheld: 0, mended: 1, elsewhere: 2, ids: [3, 4] };
    bridge.answer('jobs.retryPlan', () => plan);
    await actions.decide([3, 4, 5, 6, 7]);
    expect(bridge.inputsOf('jobs.retryPlan')).toEqual([{ jobs: { ids: [3, 4, 5, 6, 7] }, consent: true }]);
    expect(actions.consenting).toMatchObject({ ids: [3, 4, 5, 6, 7], again: [3, 4], photos: 1 });
    expect(told()[0]).toMatch(/^1 photo was left alone: it is enhanced in a later batch/);
    expect(told()[1]).toMatch(/^2 photos of another service/);
    const question = actions.consenting;
    if (!question) throw new Error('nothing was asked');
    await actions.payAgain(question);
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [3, 4] }, consent: true }]);
    await actions.leave(question);
    expect(bridge.inputsOf('jobs.leave')).toEqual([{ ids: [3, 4, 5, 6, 7] }]);
  });

  it('asks for no consent where nothing would be sent anew, and only fetches what can be', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retryPlan', () => ({ sent: 0, fetched: 0, withheld: 0, mended: 1, ids: [] }));
    await actions.decide([3]);
    expect(told()).toHaveLength(1);
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
    bridge.answer('jobs.retryPlan', () => ({ sent: 0, fetched: 1, withheld: 0, ids: [4] }));
    await actions.decide([4]);
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [4] }, consent: false }]);
    expect(actions.consenting).toBeNull();
  });

  it('opens the sheet with the parameters that the photos had, moderation switched off where that helps', async () => {
    const { bridge, store, actions } = await open();
    const blocked = jobRow({ id: 4, state: 'failed', failure: failure('moderated') });
    await actions.run('unmoderated', [4, 3], [blocked, uncertain]);
    expect(bridge.inputsOf('jobs.again')).toEqual([{ ids: [4], unmoderated: true }]);
    expect(store.intake).toBe(7);
    expect(store.preferencesFor(7)?.parameters).toMatchObject({
      steps: 44,
      inputModeration: false,
      outputModeration: false,
    });
    expect(store.preferencesFor(8)?.parameters).toEqual(DEFAULT_PARAMETERS);
    bridge.answer('jobs.again', () => ({ id: 9 }));
    await actions.run('again', [4, 3], [blocked, uncertain]);
    expect(bridge.inputsOf('jobs.again')[1]).toEqual({ ids: [4, 3] });
    expect(store.preferencesFor(9)?.parameters).toMatchObject({ steps: 44, inputModeration: true });
  });

  it('opens the sheet with the output settings that the photos had; beside what is enhanced comes another picture', async () => {
    const { bridge, store, actions } = await open();
    const output = { onExists: 'skip' as const, template: '{name}_web.{ext}', maxUploadMegapixels: 12 };
    store.batchList.rows = [batchRow({ output })];
    await actions.heal(jobRow({ state: 'failed', failure: failure('moderated') }), { kind: 'unmoderated', label: '' });
    expect(store.preferencesFor(7)?.output).toEqual(output);
    bridge.answer('jobs.again', () => ({ id: 9 }));
    await actions.again([1], [jobRow({ state: 'succeeded' })]);
    expect(store.preferencesFor(9)?.output).toEqual({ ...output, onExists: 'number' });
  });

  it('opens the sheet with the parameters of a batch that is too old to be listed, and never with others', async () => {
    const { bridge, store, actions, told } = await open();
    const old = jobRow({ id: 4, batchId: 99, state: 'succeeded' });
    const refuse = () => {
      throw new Refusal('internal', 'It cannot be read.');
    };
    bridge.answer('batches.get', refuse);
    await actions.run('again', [4], [old]);
    expect([store.intake, told()]).toEqual([null, ['It cannot be read.']]);
    bridge.answer('batches.get', ({ id }) => batchRow({ id, parameters: { ...DEFAULT_PARAMETERS, seed: 9 } }));
    await actions.run('again', [4], [old]);
    expect(store.preferencesFor(7)?.parameters).toMatchObject({ seed: 9 });
  });

  it('counts before it cancels: what waits and what is at the service', async () => {
    const { bridge, actions, told } = await open();
    const rows = [jobRow(), jobRow({ id: 2, state: 'processing' }), jobRow({ id: 3, state: 'succeeded' })];
    await actions.run('cancel', [1, 2, 3], rows);
    expect(actions.canceling).toMatchObject({ title: 'Cancel 2 of 3 photos?', waiting: 1, atService: 1 });
    expect(bridge.inputsOf('jobs.cancel')).toEqual([]);
    const question = actions.canceling;
    if (!question) throw new Error('nothing was asked');
    await actions.cancel(question, true);
    expect(bridge.inputsOf('jobs.cancel')).toEqual([{ jobs: { ids: [1, 2, 3] }, abandon: true }]);
    expect(told()[0]).toBe('3 photos canceled. 2 photos at the service can no longer be stopped.');
  });

  it('has a missing photo located, and asks before those that were found along are sent', async () => {
    const { bridge, actions, told } = await open();
    const missing = jobRow({ id: 4, state: 'failed', failure: failure('source_missing') });
    bridge.answer('jobs.locate', () => ({ kind: 'located', others: null }));
    await actions.heal(missing, { kind: 'locate', label: 'Locate…' });
    expect(actions.retrying).toBeNull();
    const others = { token: 7, photos: 1_200 };
    bridge.answer('jobs.locate', () => ({ kind: 'located', others }));
    bridge.answer('jobs.takeFound', () => 1_199);
    await actions.run('locate', [4], [missing]);
    expect(bridge.inputsOf('jobs.locate')).toEqual([{ id: 4 }, { id: 4 }]);
    expect(actions.retrying).toMatchObject({ title: '1,200 more photos were found', found: others });
    expect(bridge.inputsOf('jobs.takeFound')).toEqual([]);
    await actions.takeFound(others);
    expect(bridge.inputsOf('jobs.takeFound')).toEqual([{ token: 7 }]);
    const found = 'The photo was found and waits to be enhanced.';
    expect(told()).toEqual([found, '1,199 photos wait to be enhanced again.']);
  });

  it('says nothing when the dialog was closed, and why a file is not the missing photo', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.locate', () => null);
    await actions.locate(4);
    expect(told()).toEqual([]);
    bridge.answer('jobs.locate', () => {
      throw new Refusal('another_photo', '“b.jpg” is not “a.jpg”: it has another size.');
    });
    await actions.locate(4);
    expect(told()).toEqual(['“b.jpg” is not “a.jpg”: it has another size.']);
  });

  it('takes a file of which nobody is sure only when the user says that it is the photo', async () => {
    const { bridge, actions, told } = await open();
    const unsure = { kind: 'unsure', token: 3, missing: 'a.jpg', found: 'b.jpg', alike: 'size' } as const;
    bridge.answer('jobs.locate', () => unsure);
    bridge.answer('jobs.takeLocated', () => ({ kind: 'located', others: { token: 4, photos: 2 } }));
    await actions.locate(4);
    expect(actions.locating).toEqual(unsure);
    expect(bridge.inputsOf('jobs.takeLocated')).toEqual([]);
    await actions.takeLocated(unsure);
    expect(bridge.inputsOf('jobs.takeLocated')).toEqual([{ token: 3 }]);
    expect(told()).toEqual(['The photo was found and waits to be enhanced.']);
    expect(actions.retrying?.title).toBe('2 more photos were found');
  });

  it('tells what photos will cost by the price of one, whatever is left in the history of what was paid', async () => {
    const { store, actions } = await open();
    expect(actions.priceOf(4)).toEqual({ credits: 0.16, fromHistory: false });
    store.queue = queueState({ photoPrice: { credits: 0.08, fromHistory: true } });
    expect(actions.priceOf(4)).toEqual({ credits: 0.32, fromHistory: true });
    store.queue = null;
    expect(actions.priceOf(4)).toEqual({ credits: 0.16, fromHistory: false });
  });

  it('tells the price of what is sent by one click, and none of what is free or asks first', async () => {
    const { bridge, actions } = await open();
    const failed = jobRow({ id: 2, state: 'failed', failure: failure('network') });
    const missing = jobRow({ id: 4, state: 'failed', failure: failure('source_missing') });
    const costs = () => [failed, missing, gone, uncertain].map((row) => actions.costOf(row, remedyFor(row)));
    expect(costs()).toEqual(['about 0.04 credits', 'about 0.04 credits', null, null]);
    const { service } = appState();
    bridge.send('app', appState({ service: { ...service, kind: 'practice' } }));
    expect(costs()).toEqual([null, null, null, null]);
  });

  it('shows the folder of the result that came last', async () => {
    const { bridge, actions } = await open();
    bridge.answer('jobs.ids', () => ({ ids: [9, 4], seq: 0 }));
    await actions.revealResults(1);
    expect(bridge.inputsOf('jobs.reveal')).toEqual([{ id: 9, which: 'enhanced' }]);
  });

  it('copies the details of a thousand photos at most', async () => {
    const { bridge, actions, told } = await open();
    await actions.copy(Array.from({ length: 1_500 }, (_, index) => index + 1));
    expect(bridge.inputsOf('jobs.copyDetails')[0]?.ids).toHaveLength(1_000);
    expect(told()).toEqual(['The details of 1,000 photos are on the clipboard.']);
  });

  it('tells what could not be done', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.open', () => {
      throw new Refusal('source_missing');
    });
    await actions.run('open-original', [1], [jobRow()]);
    expect(told()[0]).toMatch(/^The photo is no longer where it was/);
  });
});

describe('a retry of several photos', () => {
  const failed = [1, 2, 3].map((id) => jobRow({ id, state: 'failed', failure: failure('network') }));

  it('is asked about with what the core says becomes of them, and sends nothing before the answer, nor others after', async () => {
    const { bridge, actions } = await open();
    const plan = { sent: 2, fetched: 0, withheld: 0, mended: 1, ids: [3, 1] };
    bridge.answer('jobs.retryPlan', () => plan);
    await actions.run('retry', [1, 2, 3], failed);
    expect(bridge.inputsOf('jobs.retryPlan')).toEqual([{ jobs: { ids: [1, 2, 3] }, consent: false }]);
    expect(actions.retrying).toEqual({ ids: [3, 1], title: 'Retry 2 of 3 photos?', plan });
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  });

  it.each([
    ['are all paid for, and only fetched', { sent: 0, fetched: 3, withheld: 0, ids: [1, 2, 3] }],
    ['are held back but for one', { sent: 1, fetched: 0, withheld: 2, ids: [1, 2, 3] }],
  ])('that %s is not asked about', async (_, plan) => {
    const { bridge, actions } = await open();
    bridge.answer('jobs.retryPlan', () => plan);
    await actions.run('retry', [1, 2, 3], failed);
    expect(actions.retrying).toBeNull();
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [1, 2, 3] }, consent: false }]);
  });

  it('does nothing when it cannot be known what it would do, and says why', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retryPlan', () => {
      throw new Refusal('other_service');
    });
    await actions.run('retry', [1, 2, 3], failed);
    expect(told()).toEqual([failure('other_service').message]);
    expect(actions.retrying).toBeNull();
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  });

  it('is one click for a single photo', async () => {
    const { bridge, actions } = await open();
    await actions.run('retry', [1], failed.slice(0, 1));
    expect(bridge.inputsOf('jobs.retryPlan')).toEqual([]);
    expect(bridge.inputsOf('jobs.retry')).toHaveLength(1);
  });

  it('of all that failed in a batch names those of now, and takes none that fails while it is asked', async () => {
    const { bridge, actions } = await open();
    bridge.answer('jobs.ids', () => ({ ids: [5], seq: 0 }));
    bridge.answer('jobs.retryPlan', () => ({ sent: 1, fetched: 0, withheld: 0, ids: [5] }));
    await actions.askToRetryFailed(batchRow({ name: 'Wedding' }));
    expect(actions.retrying).toMatchObject({ ids: [5], title: 'Retry 1 failed photo of “Wedding”?' });
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
  });
});

describe('a picture that is paid for and not found any more', () => {
  it('is fetched again for nothing, or made anew with consent to the second charge', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.retryPlan', ({ jobs }) => allSent(jobs, { paid: 1 }));
    await actions.heal(gone, { kind: 'anew', label: 'Make it anew (charged again)…' });
    expect(actions.consenting).toEqual({ ids: [6], again: [6], photos: 1, paid: 1, gone: true, canLeave: false });
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
    bridge.answer('jobs.retry', () => ({ retried: 1, withheld: 0 }));
    if (actions.consenting) await actions.payAgain(actions.consenting);
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [6] }, consent: true }]);
    expect(told()).toEqual(['1 photo waits to be enhanced again. It will be charged a second time.']);
  });

  it('is made anew with others of its kind, and with nothing else that is selected', async () => {
    const { bridge, actions, told } = await open();
    await actions.run('anew', [3, 6], [uncertain, gone]);
    expect(actions.consenting).toMatchObject({ ids: [6], photos: 1, gone: true });
    const far = Array.from({ length: 900 }, (_, index) => index + 1);
    bridge.answer('jobs.select', () => [7, 8]);
    await actions.run('anew', far, [gone]);
    expect(bridge.inputsOf('jobs.select')).toEqual([{ ids: far, states: ['failed'], failureCode: 'result_gone' }]);
    expect(actions.consenting).toMatchObject({ ids: [7, 8], photos: 2 });
    await actions.run('anew', [3], [uncertain]);
    expect(told()).toEqual(['No picture of these photos is missing any more.']);
  });

  it('is told from one of which it is not known, among those that were held back', async () => {
    const { bridge, store, actions } = await open();
    bridge.answer('jobs.retry', () => ({ retried: 0, withheld: 2 }));
    const rows = [uncertain, jobRow({ id: 8, state: 'failed', failure: failure('result_missing'), charged: 'yes' })];
    bridge.answer('jobs.rows', () => ({ rows, seq: 0 }));
    bridge.answer('jobs.retryPlan', ({ jobs }) => allSent(jobs, { paid: 1 }));
    await actions.retry([3, 8]);
    store.toasts.list[0]?.action?.run();
    await expect.poll(() => actions.consenting).toMatchObject({ ids: [3, 8], photos: 2, paid: 1, gone: false });
  });
});

describe('what the user does to ten thousand photos of which few are at hand', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => index + 1);
  const atHand = [jobRow({ id: 1, state: 'succeeded' }), jobRow({ id: 2, state: 'uncertain' })];
  const counts = { ...emptyCounts(), queued: 4_000, processing: 6, uncertain: 240, failed: 400, succeeded: 5_354 };
  const far = (count: number, from: number) => ids.slice(from, from + count);

  it('retries all without moderation that were blocked, with the parameters of their one batch', async () => {
    const { bridge, store, actions } = await open();
    bridge.answer('jobs.select', () => far(400, 5_000));
    bridge.answer('jobs.tally', () => ({ counts, moderated: 400, gone: 0, batchId: 1 }));
    await actions.run('unmoderated', ids, atHand);
    expect(bridge.inputsOf('jobs.select')).toEqual([{ ids, states: ['failed'], failureCode: 'moderated' }]);
    expect(bridge.inputsOf('jobs.again')).toEqual([{ ids: far(400, 5_000), unmoderated: true }]);
    expect(store.preferencesFor(7)?.parameters).toMatchObject({ steps: 44, inputModeration: false });
  });

  it('asks about all uncertain ones', async () => {
    const { bridge, actions } = await open();
    bridge.answer('jobs.select', () => far(240, 2_000));
    await actions.run('decide', ids, atHand);
    expect(bridge.inputsOf('jobs.select')).toEqual([{ ids, states: ['uncertain'], failureCode: null }]);
    expect(actions.consenting).toMatchObject({ ids: far(240, 2_000), photos: 240, canLeave: true });
  });

  it('says when none is left, and does nothing when it cannot be known', async () => {
    const { bridge, actions, told } = await open();
    bridge.answer('jobs.select', () => []);
    await actions.run('unmoderated', ids, atHand);
    await actions.run('decide', ids, atHand);
    expect(told()).toEqual([
      'None of these photos is blocked by moderation any more.',
      'None of these photos is uncertain any more.',
    ]);
    bridge.answer('jobs.select', () => {
      throw new Refusal('internal');
    });
    await actions.run('decide', ids, atHand);
    expect(actions.consenting).toBeNull();
    expect(bridge.inputsOf('jobs.again')).toEqual([]);
  });

  it('counts all of them before it cancels', async () => {
    const { bridge, actions } = await open();
    bridge.answer('jobs.tally', () => ({ counts, moderated: 400, gone: 0, batchId: 1 }));
    await actions.run('cancel', ids, atHand);
    expect(actions.canceling).toMatchObject({ title: 'Cancel 4,006 of 10,000 photos?', waiting: 4_000, atService: 6 });
  });

  it('takes the parameters of no batch when they are of several', async () => {
    const { bridge, store, actions } = await open();
    bridge.answer('jobs.tally', () => ({ counts, moderated: 400, gone: 0, batchId: null }));
    await actions.run('again', ids, atHand);
    expect(store.preferencesFor(7)?.parameters).toEqual(DEFAULT_PARAMETERS);
  });
});
