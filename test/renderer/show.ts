// Puts a component on the page as the app does, with a store on a bridge in memory.
import { render } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import type { Component } from 'svelte';
import type { AppState, BatchRow, QueueState, ServiceState } from '../../app/contract/values.ts';
import type { WatchRow } from '../../app/contract/watch.ts';
import { Client } from '../../renderer/bridge.ts';
import { AppStore } from '../../renderer/state/app.svelte.ts';
import { FakeBridge } from './fake-bridge.ts';
import { failure } from '../../app/domain/failure.ts';
import Frame from './Frame.svelte';
import { appState, queueState } from './samples.ts';

export const NO_SERVICE: ServiceState = {
  kind: 'none',
  key: null,
  canKeepKey: true,
  balance: null,
  trouble: null,
  missing: failure('no_service'),
};

export const PRACTICE: ServiceState = {
  ...NO_SERVICE,
  kind: 'practice',
  missing: null,
  balance: { credits: 100, at: 0 },
};

export interface Given {
  readonly app?: Partial<AppState>;
  readonly batches?: readonly BatchRow[];
  readonly queue?: Partial<QueueState>;
  readonly folders?: readonly WatchRow[];
}

/** A store that is open, and the bridge it is on. */
export async function openStore({ app = {}, batches = [], queue = {}, folders = [] }: Given = {}): Promise<{
  bridge: FakeBridge;
  store: AppStore;
}> {
  const bridge = new FakeBridge({
    'app.open': () => ({ open: true, app: appState(app) }),
    'batches.list': () => batches,
    'queue.state': () => queueState(queue),
    'watch.list': () => folders,
    'service.refresh': () => appState(app).service,
    'history.page': () => ({ rows: [], total: 0, seq: 0 }),
  });
  const store = new AppStore(new Client(bridge));
  await store.open();
  return { bridge, store };
}

/** A component with its props, and the user before it. */
export function show<Props extends Record<string, unknown>>(
  component: Component<Props>,
  props: Props,
  store?: AppStore,
): UserEvent {
  render(Frame, {
    props: { component: component as Component<Record<string, unknown>>, props, toasts: store?.toasts },
  });
  return userEvent.setup();
}
