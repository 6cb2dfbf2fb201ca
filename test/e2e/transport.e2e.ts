// The contract of the transport, over Electron's own: from the page through the preload to the core, and back.
import type { Bridge, Event } from '../../app/contract.ts';
import { SCENARIOS, type Transport } from '../contract/transport-contract.ts';
import type { RunningApp } from './support/app.ts';
import { expect, test } from './support/test.ts';

interface Listening {
  lightbatch: Bridge;
  heardInTests: Event[];
}

for (const { title, run } of SCENARIOS) {
  test(title, async ({ start }) => {
    await run(await overElectron(await start()));
  });
}

async function overElectron(app: RunningApp): Promise<Transport> {
  const { page } = app;
  await page.evaluate(() => {
    const listening = window as unknown as Listening;
    listening.heardInTests = [];
    listening.lightbatch.on((event) => listening.heardInTests.push(event));
  });
  const events = () => page.evaluate(() => (window as unknown as Listening).heardInTests);
  return {
    call: (name, input) => app.ask(name, input),
    heard: async (isEnough) => {
      await expect.poll(async () => isEnough(await events())).toBe(true);
      return await events();
    },
  };
}
