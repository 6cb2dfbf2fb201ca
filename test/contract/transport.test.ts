// The contract of the transport, over main/ipc.ts without Electron: what crosses is cloned as Electron clones it.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { Answer, Event } from '../../app/contract.ts';
import { silentLog } from '../../app/lib/log.ts';
import { CALL } from '../../main/channels.ts';
import { serveIpc } from '../../main/ipc.ts';
import { BackendRig } from '../backend/rig.ts';
import { SCENARIOS, type Transport } from './transport-contract.ts';

type Listener = Parameters<Parameters<typeof serveIpc>[0]['handle']>[1];

async function inMemory(): Promise<Transport> {
  const rig = await BackendRig.open();
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg'])
    copyFileSync(await rig.addPhoto(name), join(rig.dir, 'samples', name));
  const listeners = new Map<string, Listener>();
  const events: Event[] = [];
  rig.backend.on((event) => {
    events.push(structuredClone(event));
    rig.check();
  });
  serveIpc(
    { handle: (channel, listener) => void listeners.set(channel, listener) },
    {
      handlers: rig.backend.handlers,
      intakeOf: (paths) => rig.backend.intakeOf(paths),
      isTrusted: () => true,
      onPageReady: () => undefined,
      log: silentLog,
    },
  );
  const listener = listeners.get(CALL);
  if (!listener) throw new Error('nobody listens');
  const event = { senderFrame: null } as Parameters<Listener>[0];
  return {
    call: async (name, input) =>
      structuredClone(await (listener(event, ...structuredClone([name, input])) as Promise<Answer<unknown>>)),
    heard: async (isEnough) => {
      await rig.until('the events that are waited for', () => isEnough(events));
      return events;
    },
  };
}

describe('the transport in memory', () => {
  it.each(SCENARIOS)('$title', async ({ run }) => {
    await run(await inMemory());
  });
});
