// An app in which photos were given, as number 5: what they are planned and started as is changed where a test says so.
import { Client } from '../../renderer/bridge.ts';
import { AppStore } from '../../renderer/state/app.svelte.ts';
import { FakeBridge } from './fake-bridge.ts';
import { appState, intakePlan } from './samples.ts';

export const INTAKE = 5;

export function givenPhotos(answering: ConstructorParameters<typeof FakeBridge>[0] = {}, app = appState()) {
  const bridge = new FakeBridge({
    'intake.plan': () => intakePlan(),
    'intake.discard': () => null,
    'intake.start': () => ({ batchId: 9, joinedBatchId: null, jobs: 3, joined: 0, doubtful: 0 }),
    ...answering,
  });
  const store = new AppStore(new Client(bridge));
  store.app = app;
  store.openIntake(INTAKE);
  return { bridge, store };
}
