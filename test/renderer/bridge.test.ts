import { describe, expect, it } from 'vitest';
import { Client, CommandError } from '../../renderer/bridge.ts';
import { FakeBridge, Refusal } from './fake-bridge.ts';
import { appState, queueState } from './samples.ts';

describe('the client of the bridge', () => {
  it('answers what the core answers', async () => {
    const bridge = new FakeBridge({ 'queue.pause': () => queueState({ paused: true }) });
    expect((await new Client(bridge).call('queue.pause')).paused).toBe(true);
  });

  it('throws what the core could not do, with its sentence and its code', async () => {
    const client = new Client(
      new FakeBridge({
        'service.setKey': () => {
          throw new Refusal('bad_key');
        },
      }),
    );
    const attempt = client.call('service.setKey', { key: 'SG_1' });
    await expect(attempt).rejects.toThrow(CommandError);
    await expect(attempt).rejects.toMatchObject({
      failure: { code: 'bad_key' },
      message: /does not accept the API key/,
    });
  });

  it('hears the events that it asked for, and no more once it ended', () => {
    const bridge = new FakeBridge({});
    const heard: string[] = [];
    const end = new Client(bridge).on('app', (app) => heard.push(app.version));
    bridge.send('app', appState({ version: '1' }));
    bridge.send('intent', { kind: 'find' });
    end();
    bridge.send('app', appState({ version: '2' }));
    expect(heard).toEqual(['1']);
  });

  it('hands dropped files over as they are', async () => {
    const bridge = new FakeBridge({});
    const file = new File(['x'], 'a.jpg');
    expect(await new Client(bridge).drop([file])).toEqual({ id: 1 });
    expect(bridge.dropped?.files).toEqual([file]);
  });
});
