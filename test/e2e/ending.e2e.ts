// A logout in the middle of a batch, as macOS has it: the machine's shutdown is told, and at once every program is quit.
import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, startBatch } from './support/window.ts';

test('a logout waits for the answers of what was just submitted', async ({ start, serve, work }) => {
  const service = await serve({ plain: true });
  service.hold();
  await using answers = await slowAnswers(service.url);
  const first = await start({ service: { url: answers.url, storageUrl: service.storageUrl } });
  await beginWithKey(first);
  answers.hold();
  await startBatch(first, await photoFolder(work.dir, 'Mountains', 2), 2);
  await expect.poll(() => service.stats().accepted).toBe(2);

  const gone = first.electron.waitForEvent('close');
  const told = await first.electron.evaluate(({ app, powerMonitor }) => {
    const seen = { waits: false, left: false };
    const exit = app.exit.bind(app);
    app.exit = () => (seen.left = true);
    powerMonitor.emit('shutdown', { preventDefault: () => (seen.waits = true) });
    app.quit();
    app.exit = exit;
    return seen;
  });
  expect(told).toEqual({ waits: true, left: false });
  answers.letGo();
  await gone;

  const again = await start({ service });
  const [batch] = await again.call('batches.list', { limit: 10 });
  expect(batch?.counts).toMatchObject({ processing: 2, submitting: 0, uncertain: 0 });
});

/** The service, but the answers to its submits can be held back. */
async function slowAnswers(origin: string) {
  let gate: PromiseWithResolvers<void> | null = null;
  const letGo = () => {
    gate?.resolve();
    gate = null;
  };
  const server: Server = createServer((asked, answer) => {
    const { method, headers, url = '/' } = asked;
    const onward = request(new URL(url, origin), { ...(method ? { method } : {}), headers }, (given) => {
      const give = () => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      };
      if (method === 'POST' && gate) void gate.promise.then(give);
      else give();
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => void (gate ??= Promise.withResolvers()),
    letGo,
    [Symbol.asyncDispose]: async () => {
      letGo();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
