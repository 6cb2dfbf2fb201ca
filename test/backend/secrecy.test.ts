// The API key goes to the service and to the keyring, and nowhere else: not to a window, not to the disk.
import { describe, expect, it } from 'vitest';
import { BackendRig, KEY, OTHER_KEY } from './rig.ts';

/** A key that does not look like one of today's: no pattern would cut it out. */
const UNUSUAL = 'live-key.9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d';

describe('the key', () => {
  it.each([KEY, UNUSUAL])('is in no event, no answer, no failure, no log and no byte on the disk: %s', async (key) => {
    const rig = await BackendRig.open({ segmind: { keys: () => 'ok' } });
    await rig.call('service.setKey', { key });
    await rig.addPhotos(3);
    const repeats = {
      status: 401,
      body: JSON.stringify({ error: `Invalid key ${key}` }),
      contentType: 'application/json',
    };
    let bad = true;
    rig.fault = ({ route, count }) => {
      if (bad && route === 'submit') return { kind: 'status', ...repeats };
      if (bad && route === 'credits') return { kind: 'status', ...repeats };
      return route === 'upload' && count === 1 ? { kind: 'status', ...repeats, status: 500 } : undefined;
    };
    const batchId = await rig.startBatch();
    await rig.until('the queue stopped', () => rig.occasions.length > 0);
    await rig.call('service.refresh', undefined);
    await rig.refused('service.setKey', { key });
    rig.vault.broken = { keep: new Error(`cannot keep ${key}`), forget: new Error(`cannot forget ${key}`) };
    await rig.refused('service.forgetKey', undefined);
    bad = false;
    await rig.call('service.setKey', { key });
    expect((await rig.finished(batchId)).counts.succeeded).toBe(3);
    const { ids } = await rig.call('jobs.ids', { batchId, states: [], order: 'added', descending: false });
    await rig.call('jobs.copyDetails', { ids: [...ids] });
    await rig.call('jobs.detail', { id: ids[0] ?? 0 });
    await rig.state();
    const whileOpen = rig.left();
    await rig.backend.stop();

    const told = [rig.events, rig.answers, rig.occasions, rig.shell.asked].map((all) => JSON.stringify(all)).join('\n');
    expect(told.length).toBeGreaterThan(1_000);
    expect(rig.left()).toContain('"event":"start"'); // so the log was looked at
    for (const text of [told, whileOpen, rig.left()]) {
      expect(text.includes(key)).toBe(false);
      expect(text.includes(key.slice(0, -4))).toBe(false);
    }
  });

  it('of which a few letters are shown is not shown when it is short', async () => {
    const rig = await BackendRig.open({ segmind: { keys: () => 'ok' } });
    expect((await rig.call('service.setKey', { key: 'abcd1234' })).key?.last4).toBe('');
    expect((await rig.call('service.setKey', { key: OTHER_KEY })).key?.last4).toBe('3210');
  });
});
