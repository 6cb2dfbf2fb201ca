import { screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../../app/domain/failure.ts';
import Banners from '../../../renderer/views/shell/Banners.svelte';
import { time } from '../../../renderer/lib/format.ts';
import { Refusal } from '../fake-bridge.ts';
import { appState, batchRow, feedMessage, queueState, watchRow } from '../samples.ts';
import { NO_SERVICE, openStore, PRACTICE, show, type Given } from '../show.ts';

async function open(given: Given) {
  const { bridge, store } = await openStore(given);
  bridge.answer('queue.resume', () => queueState());
  const user = show(Banners, { store }, store);
  return { bridge, store, user };
}

const held = { folder: '/out/a', photos: 40, failure: failure('output_unwritable'), retryAt: 0 };

describe('what is told above every view', () => {
  it('is nothing while all is well', async () => {
    await open({ queue: { unfinished: 3, atService: 3 } });
    expect(screen.queryByRole('status')).not.toBeInTheDocument();
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('is why the queue stopped, with what mends it and a way to go on', async () => {
    const { bridge, user } = await open({ queue: { stopped: failure('no_credits') } });
    bridge.answer('app.openLink', () => null);
    expect(screen.getByRole('alert')).toHaveTextContent(/The queue stopped.*out of credits/);
    await user.click(screen.getByRole('button', { name: 'Add credits' }));
    expect(bridge.inputsOf('app.openLink')).toEqual([{ link: 'segmind-credits' }]);
    await user.click(screen.getByRole('button', { name: 'Resume' }));
    await waitFor(() => expect(screen.queryByRole('alert')).not.toBeInTheDocument());
  });

  it('lets a refused key be set in its place, and goes on with the new one', async () => {
    const { bridge, store, user } = await open({ queue: { stopped: failure('bad_key') } });
    bridge.answer('service.setKey', () => {
      throw new Refusal('bad_key');
    });
    await user.click(screen.getByRole('button', { name: 'Enter API key…' }));
    await user.type(await screen.findByLabelText('API key'), 'SG_wrong{Enter}');
    expect(
      await screen.findByText(/Check the key in your Segmind account/, { selector: '.field-problem' }),
    ).toBeVisible();
    bridge.answer('service.setKey', () => appState().service);
    await user.type(screen.getByLabelText('API key'), 'x{Enter}');
    await bridge.called('queue.resume');
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    expect(store.queue?.stopped).toBeNull();
  });

  it('offers no account to someone who practises', async () => {
    await open({ app: { service: PRACTICE }, queue: { stopped: failure('no_credits') } });
    expect(screen.queryByRole('button', { name: 'Add credits' })).not.toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Resume' })).toBeInTheDocument();
  });

  it('is a service that cannot be had, but not one that is only out of reach', async () => {
    const trouble = failure('data_unwritable');
    const { bridge, user } = await open({ app: { service: { ...PRACTICE, trouble } } });
    bridge.answer('service.use', () => ({ ...PRACTICE, trouble: failure('offline') }));
    bridge.answer('service.refresh', () => ({ ...PRACTICE, trouble: failure('offline') }));
    expect(screen.getByRole('alert')).toHaveTextContent(/The service cannot be used/);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByRole('alert')).not.toBeInTheDocument());
  });

  it('counts down to the next try while the service is out of reach', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const { bridge, user } = await open({ queue: { unfinished: 2, heldUntil: Date.now() + 30_000 } });
    expect(screen.getByText('Next try in 30 s.')).toBeInTheDocument();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(screen.getByText(/Next try in (?:20|19) s\./)).toBeInTheDocument();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(screen.getByText('Trying now…')).toBeInTheDocument();
    vi.useRealTimers();
    await user.click(screen.getByRole('button', { name: 'Try now' }));
    await bridge.called('queue.resume');
  });

  it('tells a long wait for the plan, and keeps quiet about a short one', async () => {
    const { bridge } = await open({ queue: { unfinished: 2, limitedUntil: Date.now() + 5_000 } });
    expect(screen.queryByText(/asks to slow down/)).not.toBeInTheDocument();
    const queue = queueState({ unfinished: 2, limitedUntil: Date.now() + 600_000 });
    bridge.send('feed', feedMessage({ queue }));
    expect(await screen.findByText(/asks to slow down/)).toBeInTheDocument();
    expect(screen.getByText('It goes on by itself in 10 min.')).toBeInTheDocument();
  });

  it('names the folders that cannot be written to, and how many photos wait for them', async () => {
    const { bridge, user } = await open({ queue: { heldFolders: [held, { ...held, folder: '/out/b', photos: 2 }] } });
    expect(screen.getByRole('status')).toHaveTextContent(/42 photos wait for their output folders/);
    expect(screen.getByText('/out/b')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await bridge.called('queue.resume');
  });

  it('leads to the photos that wait for a decision, and is gone where they are decided on', async () => {
    const { store, user } = await open({ queue: { uncertain: 2 } });
    expect(screen.getByRole('status')).toHaveTextContent(/2 photos wait for your decision.*may have charged them/);
    await user.click(screen.getByRole('button', { name: 'Decide…' }));
    expect(store.view).toEqual({ kind: 'history', undecided: true });
    expect(screen.queryByRole('status')).not.toBeInTheDocument();
  });

  it('puts a notice away for good', async () => {
    const notices = [
      { id: 'a', tone: 'warning' as const, text: 'The history was damaged.' },
      { id: 'b', tone: 'info' as const, text: 'A key for this session only.' },
    ];
    const { bridge, user } = await open({ app: { notices } });
    bridge.answer('app.dismiss', () => null);
    await user.click(screen.getAllByRole('button', { name: 'Dismiss' })[0] as HTMLElement);
    expect(bridge.inputsOf('app.dismiss')).toEqual([{ notice: 'a' }]);
    await waitFor(() => expect(screen.queryByText('The history was damaged.')).not.toBeInTheDocument());
    expect(screen.getByText('A key for this session only.')).toBeInTheDocument();
  });

  describe('in a low window', () => {
    const notices = [{ id: 'a', tone: 'info' as const, text: 'A key for this session only.' }];
    const given = { app: { notices }, queue: { stopped: failure('no_credits'), uncertain: 2 } };
    const stopped = () => screen.getByText(/The queue stopped/);
    const notice = () => screen.getByText('A key for this session only.');

    beforeEach(() => {
      const nothing = () => undefined;
      const isLow = { matches: true, addEventListener: nothing, removeEventListener: nothing };
      vi.stubGlobal('matchMedia', () => isLow);
    });
    afterEach(() => vi.unstubAllGlobals());

    it('is the most pressing alone, and the others on demand', async () => {
      const { user } = await open(given);
      expect(stopped()).toBeVisible();
      expect(screen.getByText(/2 photos wait for your decision/)).not.toBeVisible();
      expect(notice()).not.toBeVisible();
      await user.click(screen.getByRole('button', { name: '2 more', expanded: false }));
      expect(screen.getByText(/2 photos wait for your decision/)).toBeVisible();
      expect(notice()).toBeVisible();
      await user.click(screen.getByRole('button', { name: 'Show less', expanded: true }));
      expect(notice()).not.toBeVisible();
    });

    it('is the next one when the most pressing is gone, without a button when there is no other', async () => {
      const { bridge } = await open(given);
      bridge.send('feed', feedMessage({ queue: queueState() }));
      await waitFor(() => expect(notice()).toBeVisible());
      expect(screen.queryByRole('button', { name: /more$/ })).not.toBeInTheDocument();
    });
  });

  it('is all of it in a window that is high enough', async () => {
    await open({ queue: { stopped: failure('no_credits'), uncertain: 2 } });
    expect(screen.getByText(/2 photos wait for your decision/)).toBeVisible();
    expect(screen.queryByRole('button', { name: '1 more' })).not.toBeInTheDocument();
  });

  it('offers a key or practice when there is no service', async () => {
    const { bridge, store, user } = await open({ app: { service: NO_SERVICE }, batches: [batchRow()] });
    bridge.answer('service.use', () => PRACTICE);
    expect(screen.getByRole('status')).toHaveTextContent(/nothing is sent/);
    await user.click(screen.getByRole('button', { name: 'Use practice' }));
    await expect.poll(() => store.practice).toBe(true);
  });

  it('says while there is no service that watch folders rest, and what takes up what came meanwhile', async () => {
    const rests = { state: 'elsewhere' } as const;
    const folders = [watchRow(rests), watchRow({ ...rests, id: 2 }), watchRow({ ...rests, id: 3, paused: true })];
    const { bridge } = await open({ app: { service: NO_SERVICE }, folders });
    const banner = screen.getByRole('status');
    expect(banner).toHaveTextContent(
      /No service is in use, so nothing is sent, and your 2 watch folders rest\. Enter your API key, and new photos are picked up\./,
    );
    expect(banner).toHaveClass('warning');
    bridge.send('watch', [watchRow({ ...rests, practice: true })]);
    await waitFor(() => expect(banner).toHaveTextContent(/your watch folder rests\. Use practice, and new photos/));
    bridge.send('watch', []);
    await waitFor(() => expect(banner).toHaveTextContent(/nothing is sent\. Your batches and pictures are all here/));
    expect(banner).not.toHaveClass('warning');
  });

  const owedElsewhere = (minutesAgo: number) => ({ photos: 8, oldestSubmittedAt: Date.now() - minutesAgo * 60_000 });

  it('warns of paid photos at Segmind while there is no key, and until when they can be fetched', async () => {
    const owed = owedElsewhere(10);
    const { user } = await open({ app: { service: NO_SERVICE }, queue: { owedElsewhere: owed } });
    const until = time(owed.oldestSubmittedAt + 3_600_000);
    const text = `8 photos are at Segmind, and may be paid for. Enter your API key before ${until} to fetch them.`;
    expect(screen.getByText(/are at Segmind/)).toHaveTextContent(text);
    await user.click(screen.getByRole('button', { name: 'Enter API key…' }));
    expect(await screen.findByLabelText('API key')).toBeInTheDocument();
  });

  it('warns of them while practice is in use, and leads back to Segmind', async () => {
    const { key } = appState().service;
    const given = { app: { service: { ...PRACTICE, key } }, queue: { owedElsewhere: owedElsewhere(61) } };
    const { bridge, user } = await open(given);
    bridge.answer('service.use', () => appState().service);
    expect(screen.getByRole('status')).toHaveTextContent(/fetch what is still there: their records may have expired/);
    await user.click(screen.getByRole('button', { name: 'Switch to Segmind' }));
    expect(bridge.inputsOf('service.use')).toEqual([{ kind: 'segmind' }]);
    await waitFor(() => expect(screen.queryByRole('status')).not.toBeInTheDocument());
  });

  it('keeps quiet about them while Segmind is being connected, but not when that fails', async () => {
    const { store } = await open({ queue: { owedElsewhere: owedElsewhere(1) } });
    expect(screen.queryByRole('status')).not.toBeInTheDocument();
    store.app = appState({ service: { ...appState().service, trouble: failure('bad_key') } });
    expect(await screen.findByRole('status')).toHaveTextContent(/8 photos are at Segmind.*Mend this before/);
  });
});
