import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { WatchRow } from '../../../../app/contract/watch.ts';
import { failure } from '../../../../app/domain/failure.ts';
import WatchView from '../../../../renderer/views/watch/WatchView.svelte';
import {
  appState,
  AT,
  batchRow,
  feedMessage,
  jobDetail,
  jobRow,
  queueState,
  watchRow,
  watchSettings,
} from '../../samples.ts';
import { NO_SERVICE, openStore, PRACTICE, show, type Given } from '../../show.ts';

const held = { why: 'storm', photos: 342, credits: 13.68, agreement: 400 } as const;
const existing = { why: 'existing', photos: 212, credits: 8.48, agreement: 212 } as const;

async function open(folders: readonly WatchRow[], given: Given = {}) {
  const { bridge, store } = await openStore({ batches: [batchRow()], ...given, folders });
  store.show({ kind: 'watch' });
  const user = show(WatchView, { store }, store);
  return { bridge, store, user };
}

const card = (name = 'Tethered') => within(screen.getByRole('article', { name: new RegExp(`^${name}`) }));

/** jsdom lays nothing out, so the library takes the menu for hidden: it is gone through by keys alone. */
async function chooseFromMenu(user: Awaited<ReturnType<typeof open>>['user'], keys: string): Promise<void> {
  const more = card().getByRole('button', { name: 'More for Tethered' });
  more.focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(more).toHaveAttribute('aria-expanded', 'true'));
  await user.keyboard(keys);
}

describe('the view of watch folders, while there is none', () => {
  it('says what they are for, and chooses one', async () => {
    const { bridge, user } = await open([]);
    bridge.answer('watch.choose', () => watchRow());
    expect(screen.getByText(/Every new photo in a watch folder is enhanced by itself, once/)).toHaveTextContent(
      'Each costs about 0.04 credits.',
    );
    expect(screen.getByText('or drop one here')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Choose a folder…' }));
    expect(await screen.findByRole('article', { name: 'Tethered' })).toBeInTheDocument();
  });

  it('asks for a service first, where there is none', async () => {
    const { store, user } = await open([], { app: { service: NO_SERVICE } });
    expect(screen.queryByRole('button', { name: 'Choose a folder…' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Open the settings' }));
    expect(store.view).toEqual({ kind: 'settings' });
  });

  it('says that folders added while practising are for practice', async () => {
    await open([], { app: { service: PRACTICE } });
    expect(screen.getByText(/for practice: free, not Bria/)).toBeInTheDocument();
    expect(screen.queryByText(/Each costs/)).not.toBeInTheDocument();
  });
});

describe('the card of a watch folder', () => {
  it('tells its place, its state, and what became of its photos today', async () => {
    const today = {
      queued: 34,
      enhanced: 30,
      failed: 1,
      unfinished: 0,
      resting: 0,
      known: 0,
      credits: 1.2,
      batchId: 9,
    };
    const { store, user } = await open([watchRow({ today })]);
    expect(card().getByText('/photos/Tethered')).toBeInTheDocument();
    expect(card().getByRole('status')).toHaveTextContent(/^Watching$/);
    expect(screen.getByRole('article')).toHaveTextContent(/34 photos today.*30 enhanced.*1 failed.*1.20 credits spent/);
    await user.click(card().getByRole('button', { name: 'Today’s batch of Tethered' }));
    expect(store.view).toEqual({ kind: 'batch', batchId: 9 });
  });

  it('says how many photos came that are known, so that a folder of them does not look as if nothing came', async () => {
    const today = {
      queued: 0,
      enhanced: 0,
      failed: 0,
      unfinished: 0,
      resting: 0,
      known: 12,
      credits: 0,
      batchId: null,
    };
    await open([watchRow({ today })]);
    expect(screen.getByRole('article')).toHaveTextContent(/No new photos yet today.*12 known, not sent again/);
  });

  it('says how many photos are on their way, and that they wait while the queue is paused, which it ends', async () => {
    const today = { queued: 7, enhanced: 3, failed: 0, unfinished: 4, resting: 0, known: 0, credits: 0.12, batchId: 9 };
    const { bridge, user } = await open([watchRow({ today })]);
    expect(screen.getByRole('article')).toHaveTextContent(/3 enhanced.*4 on their way/);
    bridge.answer('queue.resume', () => queueState());
    bridge.send('feed', feedMessage({ queue: queueState({ paused: true, unfinished: 4 }) }));
    expect(await card().findByText('Watching; the queue is paused')).toBeInTheDocument();
    expect(screen.getByRole('article')).toHaveTextContent(/3 enhanced.*4 waiting/);
    await user.click(card().getByRole('button', { name: 'Resume the queue' }));
    expect(await card().findByText('Watching')).toBeInTheDocument();
    expect(card().queryByRole('button', { name: 'Resume the queue' })).not.toBeInTheDocument();
  });

  it('says of photos that are queued, while it is paused, until when they wait, and before it is let go of', async () => {
    const today = { queued: 7, enhanced: 3, failed: 0, unfinished: 4, resting: 3, known: 0, credits: 0.12, batchId: 9 };
    const { user } = await open([watchRow({ state: 'paused', paused: true, resting: 12, today })]);
    const said = /3 enhanced.*12 queued, waiting until you resume.*1 on their way/;
    expect(screen.getByRole('article')).toHaveTextContent(said);
    await chooseFromMenu(user, '{End}{Enter}');
    const question = await screen.findByRole('alertdialog', { name: 'Stop watching “Tethered”?' });
    expect(question).toHaveTextContent('12 queued photos wait until you resume, and will be sent at once.');
  });

  it('says what a photo costs, but not in practice', async () => {
    await open([watchRow({ usualCost: 0.05 }), watchRow({ id: 2, name: 'Trial', practice: true, usualCost: 0 })]);
    expect(card().getByText('about 0.05 credits a photo')).toBeInTheDocument();
    expect(card('Trial').queryByText(/a photo/)).not.toBeInTheDocument();
  });

  it('leaves it to the window to say how a queue that stopped goes on', async () => {
    await open([watchRow()], { queue: { stopped: failure('no_credits') } });
    expect(card().getByText('Watching; the queue is stopped')).toBeInTheDocument();
    expect(card().queryByRole('button', { name: 'Resume the queue' })).not.toBeInTheDocument();
  });

  it('tells last photos that are enhanced from those that are not', async () => {
    const last = [true, false].map((enhanced, at) => ({ jobId: 5 - at, batchId: 9, enhanced, version: 1 }));
    await open([watchRow({ last })]);
    const names = card().getAllByRole('button', { name: /^Before and after/ });
    expect(names.map((photo) => photo.getAttribute('aria-label'))).toEqual([
      'Before and after: photo 1 of the last 2',
      'Before and after: photo 2 of the last 2, not enhanced',
    ]);
    expect(names.map((photo) => photo.querySelector('img')?.classList.contains('enhanced'))).toEqual([true, false]);
  });

  it('is marked while practising, and tells no price', async () => {
    const today = { queued: 2, enhanced: 2, failed: 0, unfinished: 0, resting: 0, known: 0, credits: 0, batchId: 9 };
    await open([watchRow({ practice: true, held: { ...held, credits: 0 }, today })], { app: { service: PRACTICE } });
    expect(card().getByText('PRACTICE')).toBeInTheDocument();
    expect(screen.getByRole('article')).not.toHaveTextContent('credits');
    expect(screen.getByRole('article')).toHaveTextContent(/Enhance them\? Free: practice, not Bria\./);
  });

  it('asks before many photos at once with their price, and sends just those on one click', async () => {
    const { bridge, user } = await open([watchRow({ held })]);
    bridge.answer('watch.release', () => ({ queued: 342, known: 0, waiting: 0, gone: 0 }));
    expect(screen.getByRole('article')).toHaveTextContent(
      /342 new photos came at once\. Enhance them\? About 13\.68 credits\./,
    );
    await user.click(card().getByRole('button', { name: 'Enhance 342 photos' }));
    expect(bridge.inputsOf('watch.release')).toEqual([{ id: 1, which: 'held', agreement: 400 }]);
    expect(await screen.findByText('342 photos are queued.')).toBeInTheDocument();
  });

  it('leaves many photos at once alone, just those, and says before that later ones wait with them', async () => {
    const { bridge, user } = await open([watchRow({ held })]);
    bridge.answer('watch.leave', () => 342);
    expect(screen.getByRole('article')).toHaveTextContent('Until you decide, photos that come later wait, too.');
    await user.click(card().getByRole('button', { name: 'Leave them alone' }));
    expect(bridge.inputsOf('watch.leave')).toEqual([{ id: 1, agreement: 400 }]);
    expect(await screen.findByText(/^342 photos count as already there: they are left alone/)).toBeInTheDocument();
    expect(bridge.inputsOf('watch.release')).toEqual([]);
  });

  it('says of other photos that wait when they go on, and asks nothing', async () => {
    const settings = watchSettings({ photosADay: 100 });
    await open([watchRow({ settings, held: { ...held, why: 'photos-a-day' } })]);
    expect(card().getByText(/the limit of 100 photos a day is reached/)).toBeInTheDocument();
    expect(card().queryByRole('button', { name: /^(Enhance|Leave)/ })).not.toBeInTheDocument();
  });

  it('sends what was there before only after its price was agreed to', async () => {
    const { bridge, user } = await open([watchRow({ existing })]);
    bridge.answer('watch.release', () => ({ queued: 212, known: 0, waiting: 0, gone: 0 }));
    const ask = () => card().getByRole('button', { name: 'Enhance them (up to about 8.48 credits)…' });
    await user.click(ask());
    const question = await screen.findByRole('alertdialog', { name: 'Enhance 212 photos of “Tethered”?' });
    expect(question).toHaveTextContent(
      /Up to about 8\.48 credits: what was enhanced before costs nothing\. That leaves at least about 4\.02 credits of your balance\./,
    );
    await user.click(within(question).getByRole('button', { name: 'Cancel' }));
    expect(bridge.inputsOf('watch.release')).toEqual([]);
    await user.click(ask());
    await user.click(await screen.findByRole('button', { name: 'Enhance 212 photos' }));
    await waitFor(() =>
      expect(bridge.inputsOf('watch.release')).toEqual([{ id: 1, which: 'existing', agreement: 212 }]),
    );
  });

  it('keeps to the photos and the price that were agreed to, whatever came meanwhile', async () => {
    const { bridge, user } = await open([watchRow({ existing })]);
    bridge.answer('watch.release', () => ({ queued: 212, known: 0, waiting: 0, gone: 0 }));
    await user.click(card().getByRole('button', { name: /^Enhance them/ }));
    await screen.findByRole('alertdialog');
    bridge.send('watch', [watchRow({ existing: { ...existing, photos: 900, credits: 36, agreement: 950 } })]);
    await user.click(await screen.findByRole('button', { name: 'Enhance 212 photos' }));
    await waitFor(() => expect(bridge.inputsOf('watch.release')).toMatchObject([{ agreement: 212 }]));
  });

  it('asks for the balance whenever its question opens, and when many photos wait unless it was asked for just now', async () => {
    const { service } = appState();
    const known = { ...service, balance: { credits: 12.5, at: Date.now() } };
    const { bridge, user } = await open([watchRow({ existing })], { app: { service: known } });
    bridge.answer('service.refresh', () => ({ ...service, balance: { credits: 9.48, at: Date.now() } }));
    await user.click(card().getByRole('button', { name: /^Enhance them/ }));
    const question = await screen.findByRole('alertdialog');
    await waitFor(() => expect(question).toHaveTextContent(/That leaves at least about 1\.00 credit of your balance/));
    await user.click(within(question).getByRole('button', { name: 'Cancel' }));
    bridge.send('watch', [watchRow({ held })]);
    expect(await screen.findByText(/Your balance of 9\.48 credits is less than that/)).toBeInTheDocument();
    expect(bridge.inputsOf('service.refresh')).toHaveLength(1); // it was asked for a moment ago
    bridge.send('app', appState({ service: known }));
    expect(await screen.findByText(/Your balance of 12\.50 credits is less/)).toBeInTheDocument();
  });

  it('has the balance of a storm asked for, and tells what of it is left', async () => {
    const { bridge } = await open([watchRow({ held: { ...held, credits: 2 } })]);
    await bridge.called('service.refresh');
    expect(screen.getByRole('article')).toHaveTextContent(
      /About 2\.00 credits\..*about 10\.50 credits of your balance/,
    );
  });

  it('says when the balance is short for what was there before', async () => {
    const service = { ...appState().service, balance: { credits: 2, at: AT } };
    const { user } = await open([watchRow({ existing })], { app: { service } });
    await user.click(card().getByRole('button', { name: /^Enhance them/ }));
    expect(await screen.findByText(/Your balance of 2\.00 credits is less than that/)).toBeInTheDocument();
  });

  it('says why a folder is out of reach, and offers nothing that cannot be done', async () => {
    await open([watchRow({ state: 'unavailable', trouble: failure('watch_unavailable'), held, existing })]);
    expect(card().getByText('Not reachable: tried again every few seconds')).toBeInTheDocument();
    expect(card().getByText(/its drive or share is connected/)).toBeInTheDocument();
    expect(card().queryByRole('button', { name: /^Enhance/ })).not.toBeInTheDocument();
  });

  it('pauses and resumes', async () => {
    const { bridge, user } = await open([watchRow()]);
    bridge.answer('watch.pause', ({ paused }) => watchRow({ paused, state: paused ? 'paused' : 'watching' }));
    await user.click(card().getByRole('button', { name: 'Pause Tethered' }));
    await user.click(await card().findByRole('button', { name: 'Resume Tethered' }));
    await card().findByRole('button', { name: 'Pause Tethered' });
    expect(bridge.inputsOf('watch.pause')).toEqual([
      { id: 1, paused: true },
      { id: 1, paused: false },
    ]);
  });

  it('opens the folder and its enhanced pictures', async () => {
    const { bridge, user } = await open([watchRow()]);
    bridge.answer('watch.reveal', () => null);
    await chooseFromMenu(user, '{Home}{Enter}');
    await bridge.called('watch.reveal', 1);
    await chooseFromMenu(user, '{Home}{ArrowDown}{Enter}');
    await bridge.called('watch.reveal', 2);
    expect(bridge.inputsOf('watch.reveal')).toEqual([
      { id: 1, which: 'photos' },
      { id: 1, which: 'enhanced' },
    ]);
  });

  it('stops watching after it said what stays', async () => {
    const { bridge, user } = await open([watchRow({ held })]);
    bridge.answer('watch.remove', () => null);
    await chooseFromMenu(user, '{End}{Enter}');
    const question = await screen.findByRole('alertdialog', { name: 'Stop watching “Tethered”?' });
    expect(question).toHaveTextContent(/photos, the enhanced pictures and the history stay/);
    expect(question).toHaveTextContent('342 photos wait here and will not be sent.');
    await user.click(within(question).getByRole('button', { name: 'Stop watching' }));
    expect(await screen.findByText('Let photos be enhanced as they arrive')).toBeInTheDocument();
    expect(bridge.inputsOf('watch.remove')).toEqual([{ id: 1 }]);
  });

  it('has the key set right there while there is no service, or practice taken up again', async () => {
    const folders = [
      watchRow({ state: 'elsewhere' }),
      watchRow({ id: 2, name: 'Trial', practice: true, state: 'elsewhere' }),
    ];
    const { bridge, user } = await open(folders, { app: { service: NO_SERVICE } });
    bridge.answer('service.use', () => PRACTICE);
    expect(card().getByText(/New photos are picked up as soon as one is/)).toBeInTheDocument();
    await user.click(card().getByRole('button', { name: 'Enter API key…' }));
    expect(await screen.findByLabelText('API key')).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await user.click(card('Trial').getByRole('button', { name: 'Use practice' }));
    expect(bridge.inputsOf('service.use')).toEqual([{ kind: 'practice' }]);
  });

  it('says that there is no service, as the tray does, while the one that is set cannot be begun', async () => {
    const missing = failure('data_unwritable');
    const service = { ...appState().service, trouble: missing, missing };
    const { bridge, user } = await open([watchRow({ state: 'elsewhere' })], { app: { service } });
    bridge.answer('service.use', () => appState().service);
    expect(card().getByText('Not watched: no service is in use')).toBeInTheDocument();
    expect(card().getByText(/New photos are picked up as soon as one is/)).toBeInTheDocument();
    expect(card().queryByRole('button', { name: /Use for practice|Use with Segmind|Enter API key/ })).toBeNull();
    await user.click(card().getByRole('button', { name: 'Try again' }));
    expect(bridge.inputsOf('service.use')).toEqual([{ kind: 'segmind' }]);
  });

  it('gives a practice folder to Segmind only after it said what that costs', async () => {
    const { bridge, user } = await open([watchRow({ practice: true, state: 'elsewhere' })]);
    bridge.answer('watch.move', () => watchRow());
    await user.click(card().getByRole('button', { name: 'Use with Segmind…' }));
    const question = await screen.findByRole('alertdialog', { name: 'Use “Tethered” with Segmind?' });
    expect(question).toHaveTextContent(/charged about 0\.04 credits by the list price/);
    expect(question).toHaveTextContent(/left alone until you ask/);
    await user.click(within(question).getByRole('button', { name: 'Use with Segmind' }));
    await waitFor(() => expect(card().getByText('Watching')).toBeInTheDocument());
    expect(bridge.inputsOf('watch.move')).toEqual([{ id: 1 }]);
  });

  it('says of photos that wait in a folder of another service what they wait for, and what giving it over drops', async () => {
    const { user } = await open([watchRow({ practice: true, state: 'elsewhere', held })]);
    expect(card().getByText(/They wait for your click once you practise again\./)).toBeInTheDocument();
    await user.click(card().getByRole('button', { name: 'Use with Segmind…' }));
    const question = await screen.findByRole('alertdialog', { name: 'Use “Tethered” with Segmind?' });
    expect(question).toHaveTextContent(
      'Photos that are in it by now, also the 342 photos that wait, count as having been there',
    );
  });

  it('lists three files that are waited for, and the others on demand', async () => {
    const waiting = Array.from({ length: 20 }, (_, at) => ({
      name: `IMG_${at}.jpg`,
      reason: 'Still being written.',
      since: Date.now() - 12_000,
    }));
    const { user } = await open([watchRow({ waiting, waitingCount: 45 })]);
    expect(card().getByText(/45 files\s+are waited for/)).toBeInTheDocument();
    expect(card().getAllByText(/Still being written/)).toHaveLength(3);
    const more = card().getByRole('button', { name: 'Show 17 more' });
    await user.click(more);
    expect(card().getAllByText(/Still being written/)).toHaveLength(20);
    expect(card().getByText('and 25 more')).toBeInTheDocument();
    expect(card().getByRole('button', { name: 'Show fewer' })).toHaveAttribute('aria-expanded', 'true');
  });

  it('counts files that came just now, and names none of them', async () => {
    const file = { name: 'IMG_1.jpg', reason: 'Just arrived.', since: Date.now() + 60_000 };
    await open([watchRow({ waiting: [file, file], waitingCount: 2 })]);
    expect(card().getByText('2 arriving')).toBeInTheDocument();
    expect(card().queryByText('IMG_1.jpg')).not.toBeInTheDocument();
  });

  it('bears two waiting files of one name, from two sub-folders', async () => {
    const file = { name: 'IMG_1.jpg', reason: 'Its end is missing.', since: Date.now() - 12_000 };
    await open([watchRow({ waiting: [file, file], waitingCount: 2 })]);
    expect(card().getAllByText(/Its end is missing/)).toHaveLength(2);
  });

  it('tells how many files are left out, and on demand which and why', async () => {
    const reason = 'The file is not a photo.';
    const files = [3, 2].map((id) => ({ id, name: `text ${id}.jpg`, reason }));
    const { user, bridge } = await open([watchRow({ leftOut: { count: 5, files, raw: 0 } })]);
    expect(card().getByText('text 3.jpg')).not.toBeVisible();
    const toggle = card().getByRole('button', { name: '5 files are left out' });
    await user.click(toggle);
    expect(toggle).toHaveAttribute('aria-expanded', 'true');
    expect(card().getByText('text 3.jpg')).toBeVisible();
    expect(card().getAllByText(reason)).toHaveLength(2);
    expect(card().getByText('and 3 more')).toBeVisible();
    bridge.send('watch', [watchRow({ leftOut: { count: 0, files: [], raw: 1 } })]);
    expect(await card().findByText(/1 RAW file\s+is left out: export it as JPEG/)).toBeInTheDocument();
    expect(card().queryByRole('button', { name: /left out/ })).not.toBeInTheDocument();
    bridge.send('watch', [watchRow()]);
    await waitFor(() => expect(card().queryByText(/left out/)).not.toBeInTheDocument());
  });

  it('opens before and after of its last photos, which are one stop of the Tab key', async () => {
    const last = [5, 4, 3].map((jobId) => ({ jobId, batchId: 9, enhanced: false, version: 1 }));
    const { bridge, user } = await open([watchRow({ last })]);
    bridge.answer('jobs.detail', ({ id }) => jobDetail({ row: jobRow({ id, name: `IMG_${id}.jpg` }) }));
    const photos = card().getAllByRole('button', { name: /^Before and after/ });
    expect(photos.map((photo) => photo.tabIndex)).toEqual([0, -1, -1]);
    photos[0]?.focus();
    await user.keyboard('{ArrowRight}');
    expect(photos[1]).toHaveFocus();
    await user.keyboard('{End}{Home}{ArrowRight}{Enter}');
    expect(await screen.findByRole('dialog', { name: /IMG_4\.jpg/ })).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(card().getAllByRole('button', { name: /^Before and after/ })[1]).toHaveFocus());
  });

  it('shows the photo as it came while it is not enhanced, and looks again when that changed', async () => {
    const { bridge } = await open([watchRow({ last: [{ jobId: 5, batchId: 9, enhanced: false, version: 1 }] })]);
    const picture = () => screen.getByRole('article').querySelector('li img');
    expect(picture()).toHaveAttribute('src', 'thumb://job/5/original/small?v=1');
    picture()?.dispatchEvent(new Event('error'));
    await waitFor(() => expect(picture()).not.toBeInTheDocument());
    bridge.send('watch', [watchRow({ last: [{ jobId: 5, batchId: 9, enhanced: true, version: 2 }] })]);
    await waitFor(() => expect(picture()).toHaveAttribute('src', 'thumb://job/5/enhanced/small?v=2'));
  });
});

describe('the focus', () => {
  const heading = (name: string) => screen.getByRole('heading', { name: new RegExp(`^${name}`), level: 2 });

  it('goes to the heading of the folder when what had it was answered and is gone', async () => {
    const { bridge, user } = await open([watchRow({ held }), watchRow({ id: 2, name: 'Card' })]);
    bridge.answer('watch.release', () => ({ queued: 342, known: 0, waiting: 0, gone: 0 }));
    await user.click(card().getByRole('button', { name: 'Enhance 342 photos' }));
    bridge.send('watch', [watchRow({ existing }), watchRow({ id: 2, name: 'Card' })]);
    await waitFor(() => expect(heading('Tethered')).toHaveFocus());
    await user.click(card().getByRole('button', { name: /^Enhance them/ }));
    await user.click(await screen.findByRole('button', { name: 'Enhance 212 photos' }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
    bridge.send('watch', [watchRow(), watchRow({ id: 2, name: 'Card' })]);
    await waitFor(() => expect(heading('Tethered')).toHaveFocus());
  });

  it('goes on to the next folder when one is watched no more', async () => {
    const { bridge, user } = await open([watchRow(), watchRow({ id: 2, name: 'Card' })]);
    bridge.answer('watch.remove', () => null);
    await chooseFromMenu(user, '{End}{Enter}');
    const question = await screen.findByRole('alertdialog', { name: 'Stop watching “Tethered”?' });
    await user.click(within(question).getByRole('button', { name: 'Stop watching' }));
    await waitFor(() => expect(heading('Card')).toHaveFocus());
  });

  it('goes to the heading of the view after the last folder, also when none is left', async () => {
    const { bridge } = await open([watchRow(), watchRow({ id: 2, name: 'Card' })]);
    card('Card').getByRole('button', { name: 'Pause Card' }).focus();
    bridge.send('watch', [watchRow()]);
    await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
    card().getByRole('button', { name: 'Pause Tethered' }).focus();
    bridge.send('watch', []);
    expect(await screen.findByText('Let photos be enhanced as they arrive')).toBeInTheDocument();
    await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
  });

  it('stays where the user took it, whatever goes away', async () => {
    const { bridge, user } = await open([watchRow({ held }), watchRow({ id: 2, name: 'Card' })]);
    card().getByRole('button', { name: 'Enhance 342 photos' }).focus();
    const pause = card('Card').getByRole('button', { name: 'Pause Card' });
    pause.focus();
    bridge.send('watch', [watchRow(), watchRow({ id: 2, name: 'Card' })]);
    await waitFor(() => expect(card().queryByRole('button', { name: /^Enhance/ })).not.toBeInTheDocument());
    expect(pause).toHaveFocus();
    await user.click(document.body);
    bridge.send('watch', [watchRow({ held }), watchRow({ id: 2, name: 'Card' })]);
    await card().findByRole('button', { name: /^Enhance/ });
    expect(document.body).toHaveFocus();
  });
});

describe('below the watch folders', () => {
  it('it is said what has them watched all the time, until it is set', async () => {
    const { store, user } = await open([watchRow()]);
    expect(screen.getByText(/while this window is open/)).toBeInTheDocument();
    const app = appState();
    store.app = { ...app, preferences: { ...app.preferences, keepInTray: true } };
    expect(await screen.findByText(/Let it start at login/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Open the settings' }));
    expect(store.view).toEqual({ kind: 'settings' });
    store.app = { ...app, preferences: { ...app.preferences, keepInTray: true, startAtLogin: true } };
    await waitFor(() => expect(screen.queryByText(/Folders are watched while/)).not.toBeInTheDocument());
  });
});
