import { screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import KeyDialog from '../../../renderer/components/KeyDialog.svelte';
import { batchRow, feedMessage, queueState } from '../samples.ts';
import { NO_SERVICE, openStore, show, type Given } from '../show.ts';

const away = (processing: number, practice = false) =>
  batchRow({ practice, counts: { ...emptyCounts(), processing, queued: 5 } });

async function open(given: Given) {
  const { bridge, store } = await openStore(given);
  const onclose = vi.fn();
  return { bridge, store, onclose, user: show(KeyDialog, { store, onclose }, store) };
}

const field = () => screen.queryByLabelText('API key', { selector: 'input' });

test('warns of photos at the service under the present key before another one can be given', async () => {
  const { user } = await open({ batches: [away(3)] });
  expect(await screen.findByText('3 photos are at the service under the present key.')).toBeInTheDocument();
  expect(screen.getByText(/A key of another account cannot, although they may be charged/)).toBeInTheDocument();
  expect(field()).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Change it anyway…' }));
  expect(field()).toBeInTheDocument();
});

test('lets them come back first: the queue is paused, and what is left is counted down', async () => {
  const { bridge, user } = await open({ batches: [away(3)] });
  bridge.answer('queue.pause', () => queueState({ paused: true }));
  await user.click(await screen.findByRole('button', { name: 'Pause the queue' }));
  expect(await screen.findByText(/^The queue is paused: nothing more is sent/)).toBeInTheDocument();
  const queue = queueState({ paused: true });
  bridge.answer('batches.list', () => [away(1)]);
  bridge.send('feed', feedMessage({ seq: 1, batches: [away(1)], queue }));
  expect(await screen.findByText('1 photo is at the service under the present key.')).toBeInTheDocument();
  bridge.answer('batches.list', () => [away(0)]);
  bridge.send('feed', feedMessage({ seq: 2, batches: [away(0)], queue }));
  expect(await screen.findByText(/^All photos came back/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Go on…' }));
  expect(field()).toBeInTheDocument();
});

test('does not offer to wait where nothing comes back: the queue stopped for its key', async () => {
  const { onclose, user } = await open({ batches: [away(2)], queue: { stopped: failure('bad_key') } });
  expect(await screen.findByRole('button', { name: 'Change it anyway…' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Pause the queue' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(onclose).toHaveBeenCalledOnce();
});

test('asks at once where no photo is in danger: none is away, only practice has some, or there is no key yet', async () => {
  const { store } = await open({ batches: [away(0), away(4, true)] });
  await waitFor(() => expect(field()).toBeInTheDocument());
  store.close();
});

test('asks at once for a first key', async () => {
  await open({ app: { service: NO_SERVICE }, batches: [away(3)] });
  await waitFor(() => expect(field()).toBeInTheDocument());
});
