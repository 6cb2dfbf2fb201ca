// A first run, by nothing but the commands that a window has: from no key and no history to finished pictures.
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../app/contract.ts';
import { failure } from '../../app/domain/failure.ts';
import { realPhotos } from '../media/pictures.ts';
import { BackendRig, KEY } from './rig.ts';

describe('a first run', () => {
  it('begins with neither a key nor a service, and says so', async () => {
    const rig = await BackendRig.open();
    const { service, preferences, presets, notices, outputFolder, dataFolder } = await rig.state();
    const missing = failure('no_service');
    expect(service).toEqual({ kind: 'none', key: null, canKeepKey: true, balance: null, trouble: null, missing });
    expect(preferences).toMatchObject({ concurrency: 8, requestsPerMinute: 50, theme: 'system' });
    expect({ presets, notices, outputFolder, dataFolder }).toEqual({
      presets: [],
      notices: [],
      outputFolder: null,
      dataFolder: rig.data,
    });
    expect(rig.backend.status()).toEqual({
      queue: null,
      practice: false,
      unfinished: 0,
      done: 0,
      running: false,
      owed: { here: 0, elsewhere: 0 },
      watching: { folders: 0, photosToday: 0, waiting: 0, away: 0, resting: 0 },
    });
    expect(await rig.call('batches.list', { limit: 10 })).toEqual([]);
    expect(await rig.call('queue.state', undefined)).toMatchObject({ unfinished: 0, stopped: null });
  });

  it('enhances the sample photographs without a key, with the real picture processes', async () => {
    const rig = await BackendRig.create();
    for (const [index, path] of realPhotos().slice(0, 2).entries()) {
      copyFileSync(path, join(rig.dir, 'samples', `sample-${index}.jpg`));
    }
    rig.renew();
    await rig.backend.open();
    const service = await rig.call('service.use', { kind: 'practice' });
    expect(service).toMatchObject({ kind: 'practice', key: null, trouble: null });

    const { id } = await rig.call('intake.samples', undefined);
    const plan = await rig.plan(id);
    expect(plan).toMatchObject({ id, name: 'Samples', photos: 2, leftOut: [], joined: 0, existing: 0, short: false });
    const { batchId, jobs } = await rig.start(id, {}, plan.name);
    expect(jobs).toBe(2);
    const finished = await rig.finished(batchId ?? 0);
    expect(finished).toMatchObject({ name: 'Samples', outDir: join(rig.data, 'samples', 'Enhanced (practice)') });
    expect(finished.counts.succeeded).toBe(2);

    const { ids } = await rig.call('jobs.ids', {
      batchId: batchId ?? 0,
      states: [],
      order: 'name',
      descending: false,
    });
    for (const jobId of ids) {
      const detail = await rig.call('jobs.detail', { id: jobId });
      expect(existsSync(detail?.outputPath ?? '')).toBe(true);
      for (const which of ['original', 'enhanced'] as const) {
        const small = await rig.backend.picture({ id: jobId, which, tier: 'small' });
        expect((await sharp(readFileSync(small?.path ?? '')).metadata()).width).toBeLessThanOrEqual(512);
      }
    }
    expect(rig.told('feed').at(-1)?.batches[0]?.counts.succeeded).toBe(2);
  });

  it('takes a key, verifies it and shows the balance at once', async () => {
    const rig = await BackendRig.open();
    const service = await rig.call('service.setKey', { key: KEY });
    expect(service).toMatchObject({ kind: 'segmind', key: { last4: 'cdef', kept: 'keyring' }, trouble: null });
    expect(service.balance?.credits).toBe(5);
    expect(rig.vault.kept).toBe(KEY);
    expect(rig.told('app').at(-1)?.service.kind).toBe('segmind');
  });

  it('has a handler for every command of the contract', async () => {
    const rig = await BackendRig.open();
    expect(Object.keys(rig.backend.handlers).sort()).toEqual(Object.keys(COMMANDS).sort());
  });
});
