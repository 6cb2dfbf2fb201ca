import { fireEvent, screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Which } from '../../../../app/contract/pictures.ts';
import type { JobDetail, JobRow } from '../../../../app/contract/values.ts';
import { PRACTICE_SERVICE } from '../../../../app/domain/batch.ts';
import { failure } from '../../../../app/domain/failure.ts';
import { Client } from '../../../../renderer/bridge.ts';
import { AppStore } from '../../../../renderer/state/app.svelte.ts';
import Compare from '../../../../renderer/views/compare/Compare.svelte';
import { FakeBridge, Refusal } from '../../fake-bridge.ts';
import { appState, AT, batchRow, feedMessage, jobDetail, jobRow, queueState } from '../../samples.ts';
import { show } from '../../show.ts';

const output = { name: 'one.jpg', width: 2_449, height: 1_633 };
const attempt = {
  jobId: 1,
  number: 1,
  startedAt: AT,
  submittedAt: AT + 1_000,
  acceptedAt: AT + 1_100,
  endedAt: AT + 30_000,
  outcome: 'succeeded',
  code: null,
  message: null,
  httpStatus: 200,
  requestId: 'req_1',
  charged: 'yes',
  credits: 0.04,
  queueSeconds: 2,
  inferenceSeconds: 26,
  totalSeconds: 28,
} as const;

interface Given {
  readonly id?: number;
  readonly detail?: Partial<JobDetail>;
  readonly away?: readonly Which[];
}

async function open({ id = 1, detail = {}, away = [] }: Given = {}) {
  const rows = new Map<number, JobRow>([
    [1, jobRow({ id: 1, name: 'one.jpg', state: 'succeeded', output, finishedAt: 5, charged: 'yes', credits: 0.04 })],
    [2, jobRow({ id: 2, name: 'two.jpg', state: 'failed', failure: failure('moderated', { detail: 'nsfw' }) })],
    [3, jobRow({ id: 3, name: 'three.jpg', state: 'succeeded', output, finishedAt: 7 })],
    [
      4,
      jobRow({ id: 4, name: 'four.jpg', state: 'failed', failure: failure('result_gone'), charged: 'yes', owed: true }),
    ],
  ]);
  const rowOf = (one: number) => rows.get(one) ?? jobRow({ id: one });
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState() }),
    'batches.list': () => [batchRow()],
    'queue.state': () => queueState(),
    'jobs.detail': ({ id: asked }) =>
      jobDetail({ row: rowOf(asked), requestId: 'req_1', attempts: [attempt], sourceHash: 'ab'.repeat(32), ...detail }),
    'jobs.rows': ({ ids }) => ({ rows: ids.map(rowOf), seq: 0 }),
    'jobs.again': () => ({ id: 9 }),
    'jobs.retry': () => ({ retried: 1, withheld: 0 }),
    'jobs.retryPlan': ({ jobs }) => ({ sent: 1, paid: 1, fetched: 0, withheld: 0, ids: 'ids' in jobs ? jobs.ids : [] }),
    'jobs.open': () => null,
    'jobs.away': () => away,
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  const onclose = vi.fn<(last: number) => void>();
  const user = show(Compare, { store, ids: [1, 2, 3], id, onclose }, store);
  const dialog = await screen.findByRole('dialog', { name: rowOf(id).name });
  return { bridge, store, rows, user, dialog, onclose };
}

const sources = (dialog: HTMLElement) =>
  [...dialog.querySelectorAll('img')].map((image) => image.getAttribute('src') ?? '');

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1_000);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(800);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the comparison', () => {
  it('shows both pictures small at once, and every pixel as soon as that is decoded', async () => {
    const decoded = Promise.withResolvers<undefined>();
    vi.spyOn(HTMLImageElement.prototype, 'decode').mockReturnValue(decoded.promise);
    const { dialog } = await open();
    await within(dialog).findAllByText('loading');
    expect(sources(dialog).filter((src) => src.includes('/small'))).toHaveLength(2);
    expect(sources(dialog).filter((src) => src.includes('/full'))).toEqual([]);
    decoded.resolve(undefined);
    await expect
      .poll(() =>
        sources(dialog)
          .filter((src) => src.includes('/full'))
          .sort(),
      )
      .toEqual([expect.stringContaining('/1/enhanced/full'), expect.stringContaining('/1/original/full')]);
    expect(within(dialog).queryByText('loading')).toBeNull();
  });

  it('says so when a full picture cannot be shown', async () => {
    vi.spyOn(HTMLImageElement.prototype, 'decode').mockRejectedValue(new Error('no such picture'));
    const { dialog } = await open();
    expect(await within(dialog).findAllByText(/preview only/)).toHaveLength(2);
  });

  it('says which file is not where it was, and shows it as soon as it is back', async () => {
    const decode = vi.spyOn(HTMLImageElement.prototype, 'decode').mockRejectedValue(new Error('no such picture'));
    const { bridge, dialog, user } = await open({
      detail: { sourcePath: '/card/one.jpg', outputPath: '/drive/one.jpg' },
      away: ['original', 'enhanced'],
    });
    const title = 'The original and the enhanced picture are not where they were';
    const away = within(await within(dialog).findByRole('region', { name: title }));
    for (const path of ['/card/one.jpg', '/drive/one.jpg']) expect(away.getByText(path)).toBeVisible();
    expect(within(dialog).getAllByText('preview only')).toHaveLength(2);
    bridge.answer('jobs.away', () => ['original']);
    await user.click(away.getByRole('button', { name: 'Look again' }));
    const one = within(await within(dialog).findByRole('region', { name: 'The original is not where it was' }));
    expect(one.queryByText('/drive/one.jpg')).toBeNull();
    decode.mockResolvedValue(undefined);
    bridge.answer('jobs.away', () => []);
    await user.click(one.getByRole('button', { name: 'Look again' }));
    await expect.poll(() => within(dialog).queryByText(/not where/)).toBeNull();
    expect(sources(dialog).filter((src) => src.includes('/full'))).toHaveLength(2);
    expect(within(dialog).getByRole('group', { name: 'Before and after of one.jpg' })).toHaveFocus();
  });

  it('asks about the next photo anew, and says nothing of the one before', async () => {
    vi.spyOn(HTMLImageElement.prototype, 'decode').mockRejectedValue(new Error('no such picture'));
    const { bridge, dialog, user } = await open({ away: ['original'] });
    await within(dialog).findByRole('region', { name: 'The original is not where it was' });
    bridge.answer('jobs.away', ({ id }) => (id === 2 ? [] : ['original']));
    await user.keyboard('{ArrowRight}');
    expect(await screen.findByRole('dialog', { name: 'two.jpg' })).toBeVisible();
    expect(within(dialog).queryByText(/not where/)).toBeNull();
    await expect.poll(() => bridge.inputsOf('jobs.away').at(-1)).toEqual({ id: 2 });
  });

  it('leaves the place of a picture empty of which there is not even a preview', async () => {
    vi.spyOn(HTMLImageElement.prototype, 'decode').mockRejectedValue(new Error('no such picture'));
    const { dialog } = await open();
    await within(dialog).findAllByText(/preview only/);
    const small = dialog.querySelector<HTMLImageElement>('img[src*="/original/small"]');
    await fireEvent.error(small ?? dialog);
    expect(dialog.querySelector('img[src*="/original/small"]')).toBeNull();
    expect(within(dialog).getByText('cannot be shown')).toBeVisible();
    expect(within(dialog).getAllByText(/preview only/)).toHaveLength(1);
  });

  it('lays before and after on each other though they differ in size', async () => {
    const { dialog } = await open();
    await within(dialog).findByText('1 of 3');
    const layers = [...dialog.querySelectorAll<HTMLElement>('.layer')].map(({ style }) => style.cssText);
    expect(layers).toHaveLength(2);
    expect(layers[0]).toBe(layers[1]);
  });

  it('moves the line between both by the keys, without leaving the photo', async () => {
    const { dialog, user } = await open();
    const line = await within(dialog).findByRole('slider', { name: 'Line between before and after' });
    expect(line).toHaveAttribute('aria-valuenow', '50');
    line.focus();
    await user.keyboard('{ArrowRight}{ArrowRight}{Shift>}{ArrowLeft}{/Shift}');
    expect(line).toHaveAttribute('aria-valuenow', '44');
    await user.keyboard('{End}');
    expect(line).toHaveAttribute('aria-valuetext', '100 % before');
    expect(within(dialog).getByText('1 of 3')).toBeVisible();
  });

  it('moves the line by dragging', async () => {
    const { dialog } = await open();
    const line = await within(dialog).findByRole('slider', { name: 'Line between before and after' });
    // jsdom's pointer events know no place; a mouse event of that name does.
    const at = (type: string, clientX: number) => fireEvent(line, new MouseEvent(type, { clientX, bubbles: true }));
    await at('pointerdown', 500);
    await at('pointermove', 250);
    expect(line).toHaveAttribute('aria-valuenow', '25');
    await at('pointerup', 250);
    await at('pointermove', 700);
    expect(line).toHaveAttribute('aria-valuenow', '25');
  });

  it('is laid out by keys and buttons: side by side, and one after the other', async () => {
    const { dialog, user } = await open();
    await within(dialog).findByText('1 of 3');
    await user.keyboard('s');
    expect(within(dialog).getByRole('radio', { name: 'Side by side' })).toBeChecked();
    expect(within(dialog).queryByRole('slider')).toBeNull();
    await user.keyboard('t');
    expect(within(dialog).getByText('Before')).not.toBeVisible();
    await user.keyboard(' ');
    expect(within(dialog).getByText('Before')).toBeVisible();
    await user.click(within(dialog).getByRole('button', { name: 'Show after' }));
    expect(within(dialog).getByText('Before')).not.toBeVisible();
    await user.keyboard('{b>}');
    expect(within(dialog).getByText('Before')).toBeVisible();
    await user.keyboard('{/b}');
    expect(within(dialog).getByText('Before')).not.toBeVisible();
  });

  it('zooms by keys and wheel, both pictures together, and fits them again', async () => {
    const { dialog, user } = await open();
    const zoom = await within(dialog).findByRole('status', { name: 'Zoom' });
    expect(zoom).toHaveTextContent('41 %'); // 1000 of 2449 pixels
    await user.keyboard('1');
    expect(zoom).toHaveTextContent('100 %');
    const layers = [...dialog.querySelectorAll<HTMLElement>('.layer')];
    expect(layers.map(({ style }) => style.width)).toEqual(['2449px', '2449px']);
    await user.keyboard('{Shift>}{ArrowRight}{/Shift}');
    expect(new Set(layers.map(({ style }) => style.transform)).size).toBe(1);
    await user.keyboard('0+');
    expect(zoom).toHaveTextContent('51 %');
    const stage = dialog.querySelector('.stage');
    if (!stage) throw new Error('there is no stage');
    await fireEvent.wheel(stage, { deltaY: 400, clientX: 500, clientY: 400 });
    expect(zoom).toHaveTextContent('41 %');
  });

  it('goes through the list by the arrows, keeps to its ends, and tells which photo was the last', async () => {
    const { dialog, user, onclose } = await open();
    await within(dialog).findByText('1 of 3');
    expect(within(dialog).getByRole('button', { name: 'Previous photo' })).toBeDisabled();
    await user.keyboard('{ArrowLeft}{ArrowRight}');
    expect(await screen.findByRole('dialog', { name: 'two.jpg' })).toBeVisible();
    await user.click(within(dialog).getByRole('button', { name: 'Next photo' }));
    expect(await screen.findByRole('dialog', { name: 'three.jpg' })).toBeVisible();
    expect(within(dialog).getByText('3 of 3')).toBeVisible();
    await user.keyboard('{Escape}');
    expect(onclose).toHaveBeenCalledExactlyOnceWith(3);
  });

  it('fetches the neighbours ahead', async () => {
    const { bridge } = await open({ id: 2 });
    await bridge.called('jobs.rows');
    expect(bridge.inputsOf('jobs.rows')).toEqual([{ ids: [3, 1] }]);
  });

  it('shows the original, the reason and the remedy of a photo that is not enhanced', async () => {
    const { bridge, dialog, user } = await open({ id: 2 });
    expect(await within(dialog).findByText('Original', { selector: '.label' })).toBeVisible();
    expect(within(dialog).queryByRole('radio')).toBeNull();
    const panel = within(within(dialog).getByRole('complementary', { name: 'Details' }));
    expect(panel.getByText(/^Content moderation blocked this photo/)).toBeVisible();
    expect(panel.getByText('nsfw')).toBeVisible();
    await user.click(panel.getAllByRole('button', { name: 'Retry without moderation' })[0] ?? dialog);
    await bridge.called('jobs.again');
  });

  it('offers to have made anew what is paid for and not found, at its price and with consent', async () => {
    const { bridge, dialog, user } = await open({ id: 4 });
    const panel = within(await within(dialog).findByRole('complementary', { name: 'Details' }));
    expect(panel.getByText(/cannot be found at the service/)).not.toHaveTextContent('--');
    expect(panel.getByRole('button', { name: 'Fetch again' })).toBeVisible();
    await user.click(panel.getAllByRole('button', { name: 'Make it anew (charged again)…' })[0] ?? dialog);
    const question = within(await screen.findByRole('alertdialog', { name: 'Make this photo anew?' }));
    expect(question.getByText(/^It was enhanced and charged, but the finished picture cannot be found/)).toBeVisible();
    expect(question.getByText(/charged about 0\.04 credits\s+by the list price,\s+for the second time/)).toBeVisible();
    expect(question.queryByRole('button', { name: 'Leave uncertain' })).toBeNull();
    expect(bridge.inputsOf('jobs.retry')).toEqual([]);
    await user.click(question.getByRole('button', { name: 'Make anew (charged again)' }));
    await bridge.called('jobs.retry');
    expect(bridge.inputsOf('jobs.retry')).toEqual([{ jobs: { ids: [4] }, consent: true }]);
  });

  it('becomes a comparison as soon as the enhanced picture is there', async () => {
    const { bridge, rows, dialog } = await open({ id: 2 });
    await within(dialog).findByText('Original', { selector: '.label' });
    const done = jobRow({ id: 2, name: 'two.jpg', state: 'succeeded', output, finishedAt: 9 });
    rows.set(2, done);
    bridge.send('feed', feedMessage({ seq: 1, rows: [done] }));
    expect(await within(dialog).findByRole('slider')).toBeVisible();
  });

  it('tells everything that is known, and hides it by a key', async () => {
    const { dialog, user } = await open({ detail: { outputPath: '/photos/Enhanced/one.jpg', outputBytes: 4_812_332 } });
    const panel = within(await within(dialog).findByRole('complementary', { name: 'Details' }));
    for (const text of [
      '2449 × 1633 (4 MP)',
      '6000 × 4000 (24 MP)',
      '4.8 MB',
      '/photos/Enhanced/one.jpg',
      '0.04 credits',
    ])
      expect(panel.getByText(text)).toBeVisible();
    expect(panel.getAllByText('req_1')).toHaveLength(2);
    expect(panel.getByText(/enhanced in 26 s · in all 30 s · 0.04 credits/)).toBeVisible();
    expect(panel.getByText('ab'.repeat(32))).toBeVisible();
    await user.keyboard('i');
    expect(within(dialog).queryByRole('complementary')).toBeNull();
  });

  it('marks practice where it tells the cost', async () => {
    const { dialog } = await open({ detail: { service: PRACTICE_SERVICE, attempts: [] } });
    expect(await within(dialog).findByText('PRACTICE')).toBeVisible();
    expect(within(dialog).getByText('free: practice, not Bria')).toBeVisible();
  });

  it('says why a photo cannot be shown, and that one was removed', async () => {
    const { bridge, dialog, user } = await open();
    await within(dialog).findByText('1 of 3');
    bridge.answer('jobs.detail', () => {
      throw new Refusal('internal', 'It broke.');
    });
    await user.keyboard('{ArrowRight}');
    expect(await within(dialog).findByText('It broke.')).toBeVisible();
    bridge.answer('jobs.detail', () => null);
    await user.click(within(dialog).getByRole('button', { name: 'Try again' }));
    expect(await within(dialog).findByText('This photo is no longer in the history')).toBeVisible();
  });

  it('has nothing that axe finds serious', async () => {
    const { dialog } = await open();
    await within(dialog).findByText('1 of 3');
    const rules = { 'color-contrast': { enabled: false } }; // jsdom has no colours; seen in the real window
    const { violations } = await axe.run(dialog, { rules });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
