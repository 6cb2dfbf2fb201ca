// Opening and ending: what keeps the history closed is told, can be mended, and nothing is lost over it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../app/contract.ts';
import { FailureError } from '../../app/domain/failure.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { BackendRig } from './rig.ts';

const own = (dir: string) => History.own({ dir, clock: systemClock, program: 'another program' });

describe('a history that is held by another', () => {
  it('is told of with who holds it, and opened when it is free', async () => {
    const rig = await BackendRig.create();
    const other = own(rig.data);
    const opening = await rig.call('app.open', undefined);
    expect(opening).toMatchObject({ open: false, code: 'held' });
    expect(opening.open ? '' : opening.message).toMatch(/run by another program .*quit it first\.$/);
    other[Symbol.dispose]();
    expect(await rig.call('app.reopen', undefined)).toMatchObject({ open: true });
    expect(rig.told('opening')).toMatchObject([{ open: true }]);
    expect(await rig.call('batches.list', { limit: 1 })).toEqual([]);
  });
});

describe('a history that cannot be opened', () => {
  it('because it is newer says so', async () => {
    const rig = await BackendRig.open();
    await rig.backend.stop();
    const db = new Sqlite(join(rig.data, 'history.sqlite'));
    db.pragma('user_version = 999');
    db.close();
    expect(await rig.renew().open()).toMatchObject({ open: false, code: 'newer' });
  });

  it('because its folder is a file says so without a word about the command line', async () => {
    const rig = await BackendRig.create();
    writeFileSync(rig.data, 'in the way');
    const opening = await rig.backend.open();
    expect(opening).toMatchObject({ open: false, code: 'unwritable' });
    expect(opening.open ? '' : opening.message).toMatch(/cannot be written to\. Make it writable\.$/);
    rmSync(rig.data);
    expect(await rig.backend.open()).toMatchObject({ open: true });
  });
});

describe('before the history is open', () => {
  const always = ['app.open', 'app.reopen', 'app.quit', 'app.openLogs', 'app.openDataFolder', 'app.openLink'];
  const others = Object.keys(COMMANDS).filter((name) => !always.includes(name));

  it.each(others)('%s is refused with a sentence', async (name) => {
    const rig = await BackendRig.create();
    const handler = rig.backend.handlers[name as keyof typeof COMMANDS] as (input: unknown) => Promise<unknown>;
    const error: unknown = await handler(undefined).catch((reason: unknown) => reason);
    expect(error instanceof FailureError && error.failure.code).toBe('not_open');
  });

  it('folders can be opened, links followed, and the app quit', async () => {
    const rig = await BackendRig.create();
    await rig.call('app.openLogs', undefined);
    await rig.call('app.openLink', { link: 'model' });
    await rig.call('app.quit', undefined);
    expect(rig.shell.asked).toHaveLength(3);
    expect(await rig.backend.picture({ id: 1, which: 'original', tier: 'small' })).toBeNull();
    expect(rig.backend.status().running).toBe(false);
    rig.backend.wake();
    rig.backend.setVisible(false);
  });
});

describe('a damaged history', () => {
  it('is mended, and a notice tells of it until it is put away, also after a restart', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(1);
    await rig.finished(await rig.startBatch());
    await rig.backend.stop();
    writeFileSync(
      join(rig.data, 'history.sqlite'),
      'this is no database, and long enough to be read as one'.repeat(99),
    );
    const opening = await rig.renew().open();
    const notices = opening.open ? opening.app.notices : [];
    expect(notices.map(({ text }) => text).join()).toMatch(/The history was damaged\./);
    await rig.restart();
    expect((await rig.state()).notices).toEqual(notices);
    await rig.call('app.dismiss', { notice: notices[0]?.id ?? '' });
    await rig.restart();
    expect((await rig.state()).notices).toEqual([]);
  });
});

describe('a second opening', () => {
  it('of an open history answers with its state, and of one being opened waits for it', async () => {
    const rig = await BackendRig.create();
    const both = await Promise.all([rig.backend.open(), rig.call('app.open', undefined)]);
    expect(both.map(({ open }) => open)).toEqual([true, true]);
    expect(await rig.call('app.reopen', undefined)).toMatchObject({ open: true });
  });
});

describe('an end', () => {
  it('in the middle of a batch loses nothing and pays for nothing twice', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(5);
    await rig.call('settings.set', { concurrency: 2 });
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('two photos are at the service', () => rig.atService === 2);
    await rig.backend.stop(100);
    rig.letGo();
    const opening = await rig.renew().open();
    expect(opening).toMatchObject({
      open: true,
      app: { service: { kind: 'segmind' }, preferences: { concurrency: 2 } },
    });
    expect((await rig.finished(batchId)).counts.succeeded).toBe(5);
    expect(rig.accepted()).toEqual([1, 1, 1, 1, 1]);
    expect(rig.segmind.stats().submits).toBe(5);
  });

  it('without warning, in the middle of a submit, leaves a notice of what may have been charged', async () => {
    const rig = await BackendRig.withKey();
    await rig.addPhotos(2);
    await rig.call('queue.pause', undefined);
    const batchId = await rig.startBatch();
    await rig.backend.stop();
    {
      using history = own(rig.data);
      for (const id of history.summaries.ids({ batchId })) {
        history.jobs.apply(id, { type: 'claim' }, Date.now());
        history.jobs.apply(id, { type: 'submit' }, Date.now());
      }
    }
    const opening = await rig.renew().open();
    const [notice] = opening.open ? opening.app.notices : [];
    expect(notice?.text).toMatch(/while 2 photos were being sent.*nothing is sent again by itself\.$/);
    expect((await rig.call('batches.get', { id: batchId }))?.counts.uncertain).toBe(2);
    expect(rig.segmind.stats().submits).toBe(0);
    await rig.restart();
    expect((await rig.state()).notices).toHaveLength(1);
  });

  it('of the practice service too goes on where it was', async () => {
    const rig = await BackendRig.open();
    await rig.call('service.use', { kind: 'practice' });
    await rig.addPhotos(3);
    rig.hold();
    const batchId = await rig.startBatch();
    await rig.until('they are at the service', () => rig.atService === 3);
    const ended = rig.backend.stop(100);
    rig.letGo();
    await ended;
    await rig.renew().open();
    const end = await rig.finished(batchId);
    expect(end.counts.succeeded).toBe(3);
    expect(end.credits).toBeCloseTo(0.12);
  });

  it('may be asked for at any time, and more than once', async () => {
    const rig = await BackendRig.create();
    const opening = rig.backend.open();
    await Promise.all([rig.backend.stop(), rig.backend.stop(), opening]);
    expect(await rig.backend.open()).toMatchObject({ open: false, code: 'stopped' });
    expect((await rig.refused('queue.state', undefined)).code).toBe('not_open');
    own(rig.data)[Symbol.dispose](); // the queue is free
  });

  it('does not wait for a key that is being verified', async () => {
    const rig = await BackendRig.open();
    let asked = false;
    rig.fault = () => {
      asked = true;
      return { kind: 'stall' };
    };
    const verifying = rig.refused('service.setKey', { key: 'SG_0123456789abcdef' });
    await rig.until('the service is asked', () => asked);
    await rig.backend.stop();
    await verifying;
    expect(rig.vault.kept).toBeNull();
  });
});

describe('a history that fails while it is open', () => {
  it('is told of by what needs it, and all else goes on', async () => {
    const rig = await BackendRig.withKey();
    const db = new Sqlite(join(rig.data, 'history.sqlite'));
    db.exec('DROP TABLE setting');
    db.close();
    expect(await rig.refused('settings.set', { concurrency: 2 })).toMatchObject({ code: 'internal', charged: 'no' });
    expect(await rig.call('queue.state', undefined)).toMatchObject({ unfinished: 0 });
  });
});
