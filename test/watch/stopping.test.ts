// The end of watching while a drive does not answer: nothing is begun any more, and nobody waits for it for ever.
import { describe, expect, test } from 'vitest';
import { WatchRig } from './rig.ts';

const ANSWER = { format: 'jpeg', width: 6000, height: 4000 } as const;

/** A watched folder with photos that are queued, and with one file that is being looked at and never answers. */
async function stuck(): Promise<WatchRig> {
  const asked = Promise.withResolvers<void>();
  const inspect = (paths: readonly string[]) => {
    if (paths.every((path) => !path.endsWith('stuck.jpg'))) return Promise.resolve(paths.map(() => ANSWER));
    asked.resolve();
    return new Promise<never>(() => undefined);
  };
  const rig = await WatchRig.open({ concurrency: 1, held: true, watch: { media: { inspect } } });
  await rig.watch();
  for (let n = 0; n < 9; n += 1) rig.put(`IMG_${n}.jpg`);
  await rig.rest();
  rig.put('stuck.jpg');
  rig.folders.reconcile();
  await rig.until('it is waited for', () => rig.row().waitingCount === 1);
  rig.clock.advance(2_000);
  await asked.promise;
  return rig;
}

describe('watching that ends while a drive does not answer', () => {
  test('waits for it a few seconds and no longer', async () => {
    await using rig = await stuck();
    let ended = false;
    const stopping = rig.folders.stop().then(() => (ended = true));
    rig.clock.advance(4_900);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    rig.clock.advance(200);
    await stopping;
    expect(rig.clock.pending).toBe(0);
  });

  test('answers a release with what was queued by then', async () => {
    await using rig = await stuck();
    const releasing = rig.folders.release(rig.row().id, 'held', 1_000);
    rig.clock.advance(5_100);
    expect(await releasing).toEqual({ queued: 0, known: 0, waiting: 0, gone: 0 });
    const stopping = rig.folders.stop();
    rig.clock.advance(5_100);
    await stopping;
  });
});
