// The service in use: keys, practice, changing from one to the other in the middle of work, and what is remembered.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../app/lib/clock.ts';
import { BackendRig, KEY, OTHER_KEY } from './rig.ts';

describe('a key', () => {
  it('that the service does not accept is refused, and nothing of it is kept', async () => {
    const rig = await BackendRig.open({ segmind: { keys: () => 'invalid' } });
    expect(await rig.refused('service.setKey', { key: KEY })).toMatchObject({ code: 'bad_key', charged: 'no' });
    expect(rig.vault.kept).toBeNull();
    expect((await rig.state()).service).toMatchObject({ kind: 'none', key: null });
  });

  it('that cannot be one is refused without being sent', async () => {
    const rig = await BackendRig.open();
    const asked: string[] = [];
    rig.fault = ({ route }) => void asked.push(route);
    expect(await rig.refused('service.setKey', { key: 'no key\nat all' })).toMatchObject({ code: 'bad_key' });
    expect(asked).toEqual([]);
  });

  it('that cannot be checked because the service is out of reach is not kept, and the answer says so', async () => {
    const rig = await BackendRig.open();
    await rig.segmind.stop();
    const failure = await rig.refused('service.setKey', { key: KEY });
    expect(failure.code).toBe('offline');
    expect(failure.message).toMatch(/could not be checked, so it was not kept\.$/);
    expect(rig.vault.kept).toBeNull();
    expect((await rig.state()).service.kind).toBe('none');
  });

  it('that is refused leaves the one before at work', async () => {
    const rig = await BackendRig.withKey();
    rig.segmind.set({ keys: (key) => (key === KEY ? 'ok' : 'expired') });
    expect((await rig.refused('service.setKey', { key: OTHER_KEY })).code).toBe('bad_key');
    expect(rig.vault.kept).toBe(KEY);
    await rig.addPhotos(1);
    expect((await rig.finished(await rig.startBatch())).counts.succeeded).toBe(1);
  });

  it('stays in memory where there is no keyring, and a notice says so until it is put away', async () => {
    const rig = await BackendRig.create();
    rig.vault.encrypts = false;
    await rig.backend.open();
    const service = await rig.call('service.setKey', { key: KEY });
    expect(service).toMatchObject({ canKeepKey: false, key: { kept: 'session' } });
    expect(rig.vault.kept).toBeNull();
    const [notice] = (await rig.state()).notices;
    expect(notice?.text).toMatch(/no keyring.*asked for again/);
    await rig.call('app.dismiss', { notice: notice?.id ?? '' });
    expect((await rig.state()).notices).toEqual([]);

    await rig.restart();
    expect((await rig.state()).service).toMatchObject({ kind: 'none', key: null });
    await rig.call('service.setKey', { key: KEY });
    expect((await rig.state()).notices).toEqual([]);
  });

  it('that the keyring does not take is used for the session, and an older one does not come back', async () => {
    const rig = await BackendRig.withKey();
    rig.vault.broken = { keep: new Error(`cannot keep ${OTHER_KEY}`) };
    const service = await rig.call('service.setKey', { key: OTHER_KEY });
    expect(service.key).toEqual({ last4: '3210', kept: 'session' });
    expect((await rig.state()).notices.map(({ text }) => text).join()).toMatch(/did not take your API key/);
    rig.vault.broken = {};
    await rig.restart();
    expect((await rig.state()).service.key).toBeNull();
  });

  it('is forgotten everywhere, and the service with it', async () => {
    const rig = await BackendRig.withKey();
    expect(await rig.call('service.forgetKey', undefined)).toMatchObject({ kind: 'none', key: null, balance: null });
    expect(rig.vault.kept).toBeNull();
    expect(rig.backend.status().queue).toBeNull();
    await rig.restart();
    expect((await rig.state()).service.kind).toBe('none');
  });

  it('that the keyring will not give up is still there, and the answer says what to do', async () => {
    const rig = await BackendRig.withKey();
    rig.vault.broken = { forget: new Error('locked') };
    expect((await rig.refused('service.forgetKey', undefined)).code).toBe('key_not_removed');
    expect((await rig.state()).service).toMatchObject({ kind: 'segmind', key: { last4: 'cdef' } });
  });

  it('of an earlier run is used at the start, and a keyring that fails keeps nobody from starting', async () => {
    const rig = await BackendRig.create();
    rig.vault.kept = KEY;
    expect(await rig.backend.open()).toMatchObject({ open: true, app: { service: { kind: 'segmind' } } });
    rig.vault.broken = { load: new Error('locked') };
    const opening = await rig.restart();
    expect(opening).toMatchObject({ open: true, app: { service: { kind: 'none', key: null } } });
  });

  it('that goes bad stops the queue, and a good one in its place lets it go on', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    rig.segmind.set({ keys: (key) => (key === OTHER_KEY ? 'ok' : 'expired') });
    const batchId = await rig.startBatch();
    await rig.until('the queue stopped', () => rig.occasions.some(({ kind }) => kind === 'queue-stopped'));
    expect(rig.backend.status()).toMatchObject({ running: false, queue: { stopped: { code: 'bad_key' } } });
    await rig.call('service.setKey', { key: OTHER_KEY });
    expect((await rig.finished(batchId)).counts.succeeded).toBe(2);
    expect(rig.accepted()).toEqual([1, 1]);
  });
});

describe('the balance', () => {
  it('is asked for as soon as a batch ends, and once for it', async () => {
    const rig = await BackendRig.withKey();
    let asked = 0;
    rig.fault = ({ route }) => {
      if (route === 'credits') asked += 1;
      return undefined;
    };
    await rig.addPhotos(3);
    await rig.finished(await rig.startBatch());
    await rig.until('it shows what is left', () => rig.told('app').at(-1)?.service.balance?.credits === 4.88);
    expect(asked).toBe(1);
  });

  it('is asked for at the start, and on demand', async () => {
    const rig = await BackendRig.create();
    rig.vault.kept = KEY;
    await rig.backend.open();
    await rig.until('it is known', () => (rig.told('app').at(-1)?.service.balance?.credits ?? 0) === 5);
    rig.segmind.set({ credits: 7 });
    expect((await rig.call('service.refresh', undefined)).balance?.credits).toBe(7);
  });

  it('that cannot be asked for is told with why, and the last one stays', async () => {
    const rig = await BackendRig.withKey();
    rig.fault = ({ route }) => (route === 'credits' ? { kind: 'status', status: 503 } : undefined);
    const { balance, trouble } = await rig.call('service.refresh', undefined);
    expect({ credits: balance?.credits, code: trouble?.code }).toEqual({ credits: 5, code: 'service_unavailable' });
    rig.fault = undefined;
    expect((await rig.call('service.refresh', undefined)).trouble).toBeNull();
  });

  it('that runs out stops the queue, which goes on when it is filled up', async () => {
    const rig = await BackendRig.withKey({ segmind: { credits: 0.04, price: 0.04 } });
    await rig.call('settings.set', { concurrency: 1 });
    await rig.addPhotos(3);
    const batchId = await rig.startBatch();
    await rig.until('it stopped', () => rig.occasions.some(({ kind }) => kind === 'queue-stopped'));
    expect(rig.occasions.at(-1)).toMatchObject({ kind: 'queue-stopped', failure: { code: 'no_credits' } });
    const shows = (credits: (now: number) => boolean) => () =>
      credits(rig.told('app').at(-1)?.service.balance?.credits ?? -1);
    await rig.until(
      'it shows that nothing is left',
      shows((now) => now === 0),
    );
    rig.segmind.set({ credits: 1 });
    await rig.call('queue.resume', undefined);
    await rig.until(
      'it shows what was added',
      shows((now) => now > 0),
    );
    expect((await rig.finished(batchId)).counts.succeeded).toBe(3);
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });
});

describe('changing the service', () => {
  it('needs a key for Segmind', async () => {
    const rig = await BackendRig.open();
    expect((await rig.refused('service.use', { kind: 'segmind' })).code).toBe('no_service');
  });

  it('in the middle of a batch leaves its photos where they are, and takes them up when it is changed back', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(4);
    await rig.call('settings.set', { concurrency: 2 });
    rig.hold();
    const batchId = await rig.startBatch({ output: { onExists: 'number' } });
    await rig.until('two photos are at the service', () => rig.atService === 2);

    expect(await rig.call('service.use', { kind: 'practice' })).toMatchObject({ kind: 'practice' });
    expect(rig.backend.status()).toMatchObject({ practice: true, unfinished: 0 });
    const practiceBatch = await rig.startBatch({ output: { onExists: 'number' } });
    expect(practiceBatch).not.toBe(batchId);
    rig.letGo();
    expect((await rig.finished(practiceBatch)).counts.succeeded).toBe(4);
    expect(rig.accepted()).toEqual([1, 1]);

    await rig.call('service.use', { kind: 'segmind' });
    expect((await rig.finished(batchId)).counts.succeeded).toBe(4);
    expect(rig.accepted()).toEqual([1, 1, 1, 1]);
    expect(rig.segmind.stats().submits).toBe(4);
  });

  it('or having none any more leaves paid photos to be told of before the app is quit, for an hour', async () => {
    let ahead = 0;
    const rig = await BackendRig.withKey({ clock: { ...systemClock, now: () => Date.now() + ahead } });
    await rig.addPhotos(2);
    rig.hold();
    await rig.startBatch();
    await rig.until('both photos are at the service', () => rig.atService === 2);
    expect(rig.backend.status().owed).toEqual({ here: 2, elsewhere: 0 });
    await rig.call('service.use', { kind: 'practice' });
    expect(rig.backend.status()).toMatchObject({ running: false, owed: { here: 0, elsewhere: 2 } });
    await rig.call('service.use', { kind: 'segmind' });
    await rig.call('service.forgetKey', undefined);
    expect(rig.backend.status()).toMatchObject({ queue: null, owed: { here: 0, elsewhere: 2 } });
    ahead = 3_600_001;
    expect(rig.backend.status()).toMatchObject({ owed: { here: 0, elsewhere: 0 } });
  });

  it('is remembered for the next start, the key beside it', async () => {
    const rig = await BackendRig.withKey();
    await rig.call('service.use', { kind: 'practice' });
    await rig.restart();
    expect((await rig.state()).service).toMatchObject({ kind: 'practice', key: { last4: 'cdef' } });
    await rig.call('service.use', { kind: 'segmind' });
    await rig.restart();
    expect((await rig.state()).service.kind).toBe('segmind');
  });

  it('happens one after the other, whoever asks at the same time', async () => {
    const rig = await BackendRig.withKey();
    const kinds = ['practice', 'segmind', 'practice'] as const;
    const answers = await Promise.all(kinds.map((kind) => rig.call('service.use', { kind })));
    expect(answers.map(({ kind }) => kind)).toEqual(kinds);
    expect((await rig.state()).service.kind).toBe('practice');
  });
});

describe('a pause', () => {
  it('outlives a restart, so that nothing is spent against the user’s will, and concerns one service only', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    expect(await rig.call('queue.pause', undefined)).toMatchObject({ paused: true });
    const batchId = await rig.startBatch();
    await rig.restart();
    expect(rig.backend.status()).toMatchObject({ running: false, unfinished: 2, queue: { paused: true } });
    await rig.call('service.use', { kind: 'practice' });
    expect(rig.backend.status().queue).toMatchObject({ paused: false });
    await rig.call('service.use', { kind: 'segmind' });
    expect(rig.segmind.stats().submits).toBe(0);
    await rig.call('queue.resume', undefined);
    expect((await rig.finished(batchId)).counts.succeeded).toBe(2);
    await rig.restart();
    expect(rig.backend.status().queue).toMatchObject({ paused: false });
  });

  it('of no queue is refused', async () => {
    const rig = await BackendRig.open();
    expect((await rig.refused('queue.pause', undefined)).code).toBe('no_service');
  });
});

describe('the pace', () => {
  it('follows the settings while photos are on their way', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(4);
    await rig.call('settings.set', { concurrency: 1 });
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('one is at the service', () => rig.atService === 1);
    await rig.call('settings.set', { concurrency: 3 });
    await rig.until('three are', () => rig.atService === 3);
    rig.letGo();
    expect((await rig.finished(batchId)).counts.succeeded).toBe(4);
  });
});
