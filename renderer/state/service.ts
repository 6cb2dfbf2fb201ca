// What the user does about the service, its key and its balance: each answer becomes the state at once.
import type { ServiceState } from '../../app/contract/values.ts';
import type { AppStore } from './app.svelte.ts';

/** @throws {CommandError} when the key is not accepted or cannot be checked */
export async function setKey(store: AppStore, key: string): Promise<ServiceState> {
  const service = await store.client.call('service.setKey', { key });
  take(store, service);
  return service;
}

/** @throws {CommandError} why the service cannot be had */
export async function useService(store: AppStore, kind: 'segmind' | 'practice'): Promise<void> {
  take(store, await store.client.call('service.use', { kind }));
  await store.refresh(); // each service has a queue of its own
}

/** @throws {CommandError} when the key could not be removed */
export async function forgetKey(store: AppStore): Promise<void> {
  take(store, await store.client.call('service.forgetKey'));
  await store.refresh();
}

/** Asks for the balance anew; what is wrong is told in passing. */
export async function refreshBalance(store: AppStore): Promise<void> {
  const service = await store.tell(() => store.client.call('service.refresh'));
  if (service) take(store, service);
}

/** Tries a service again that could not be had, or whose balance is not known. */
export async function tryServiceAgain(store: AppStore): Promise<void> {
  const kind = store.app?.service.kind;
  await store.tell(async () => {
    if (kind === 'segmind' || kind === 'practice') await useService(store, kind);
  });
  await refreshBalance(store);
}

function take(store: AppStore, service: ServiceState): void {
  if (store.app) store.app = { ...store.app, service };
}
