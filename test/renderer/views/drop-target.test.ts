import { createEvent, fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { Client } from '../../../renderer/bridge.ts';
import { AppStore } from '../../../renderer/state/app.svelte.ts';
import DropTarget from '../../../renderer/views/new-batch/DropTarget.svelte';
import { FakeBridge } from '../fake-bridge.ts';
import { appState, batchRow, watchRow } from '../samples.ts';

const photo = new File(['pixels'], 'IMG_1.jpg', { type: 'image/jpeg' });

function open() {
  const bridge = new FakeBridge({});
  const store = new AppStore(new Client(bridge));
  const children = createRawSnippet(() => ({ render: () => '<div><input aria-label="Name" /><p>view</p></div>' }));
  render(DropTarget, { props: { store, children } });
  return { bridge, store };
}

/** @returns whether the browser's own way was prevented */
async function drag(
  type: 'dragEnter' | 'dragOver' | 'drop' | 'dragLeave',
  on: Element,
  data: object | null,
): Promise<boolean> {
  const event = createEvent[type](on, { dataTransfer: data });
  Object.defineProperty(event, 'relatedTarget', { value: null }); // jsdom has no DragEvent
  await fireEvent(on, event);
  return event.defaultPrevented;
}

const files = () => ({ types: ['Files'], files: [photo], dropEffect: 'none' });
const words = () => ({ types: ['text/plain'], files: [], dropEffect: 'none' });
const overlay = () => screen.getByText(/^Drop to/).closest('.sheet');

test('files that hover show what will happen, and dropping them opens the sheet', async () => {
  const { bridge, store } = open();
  const view = screen.getByText('view');
  expect(overlay()).not.toHaveClass('hovering');
  expect(await drag('dragEnter', view, files())).toBe(true);
  expect(overlay()).toHaveClass('hovering');
  expect(await drag('drop', view, files())).toBe(true);
  expect(overlay()).not.toHaveClass('hovering');
  await vi.waitFor(() => expect(store.intake).toBe(1));
  expect(bridge.dropped?.files).toEqual([photo]);
});

test('says when another sheet is open that this one comes after it', async () => {
  const { store } = open();
  store.openIntake(3);
  expect(await screen.findByText('Drop to make another batch')).toBeInTheDocument();
  await drag('drop', screen.getByText('view'), files());
  await vi.waitFor(() => expect(store.waitingIntakes).toBe(1));
  expect(store.intake).toBe(3);
});

test('folders that are dropped on the watch folders are watched, as it says while they hover', async () => {
  const { bridge, store } = open();
  bridge.answer('watch.addIntake', () => [watchRow()]);
  store.app = appState();
  store.show({ kind: 'watch' });
  store.batchList.rows = [batchRow()];
  const view = screen.getByText('view');
  await drag('dragOver', view, files());
  expect(screen.getByText('Drop folders to watch them')).toBeInTheDocument();
  await drag('drop', view, files());
  await vi.waitFor(() => expect(store.watch.rows).toHaveLength(1));
  expect(bridge.inputsOf('watch.addIntake')).toEqual([{ id: 1 }]);
  expect(store.intake).toBeNull();
});

test('files that leave the window again leave nothing behind', async () => {
  open();
  await drag('dragEnter', screen.getByText('view'), files());
  await drag('dragLeave', screen.getByText('view'), null);
  expect(overlay()).not.toHaveClass('hovering');
});

test('text and links are taken by fields alone, and never navigate the window', async () => {
  const { bridge } = open();
  expect(await drag('dragOver', screen.getByLabelText('Name'), words())).toBe(false);
  expect(await drag('drop', screen.getByText('view'), words())).toBe(true);
  expect(overlay()).not.toHaveClass('hovering');
  expect(bridge.dropped).toBeNull();
});

test('a picture of the app that is dragged about is no file', async () => {
  const { bridge } = open();
  const view = screen.getByText('view');
  await fireEvent.dragStart(view);
  await drag('dragOver', view, files());
  expect(overlay()).not.toHaveClass('hovering');
  await drag('drop', view, files());
  expect(bridge.dropped).toBeNull();
  await fireEvent.dragEnd(view);
  await drag('dragOver', view, files());
  expect(overlay()).toHaveClass('hovering');
});
