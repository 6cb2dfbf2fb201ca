// Photos that come one soon after the other, as from a card that is copied: more than agreed wait for a click, however
// slowly they come; whoever shoots tethered, with pauses, is never asked.
import { describe, expect, test } from 'vitest';
import { WatchRig } from './rig.ts';

/** One photo every so often, until there are so many. */
async function copy(rig: WatchRig, { from, to, apart }: { from: number; to: number; apart: number }): Promise<void> {
  for (let n = from; n < to; n += 1) {
    rig.put(`IMG_${n}.jpg`);
    rig.folders.reconcile();
    await rig.folders.settled();
    await rig.pass(apart);
  }
}

describe('a card that is copied steadily', () => {
  test('waits for the click from the photo on that is one too many in one go', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ stormLimit: 40 });
    await copy(rig, { from: 0, to: 60, apart: 3_000 });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 20 }, today: { queued: 40 } });
    await rig.enhance();
    expect(rig.submits()).toBe(40);
    await rig.pass(120_000);
    expect(rig.row().held).toMatchObject({ why: 'storm', photos: 20 });
    await rig.folders.release(id, 'held', rig.row().held?.agreement ?? 0);
    await rig.enhance();
    expect(rig.submits()).toBe(60);
  });

  test('is not asked about again at once when it goes on after the click, but after as many again', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ stormLimit: 20 });
    await copy(rig, { from: 0, to: 26, apart: 6_000 });
    expect(rig.row().held).toMatchObject({ why: 'storm' });
    await rig.folders.release(id, 'held', rig.row().held?.agreement ?? 0);
    await copy(rig, { from: 26, to: 40, apart: 6_000 });
    expect(rig.row()).toMatchObject({ held: null });
    await copy(rig, { from: 40, to: 60, apart: 6_000 });
    await rig.rest();
    expect(rig.row().held).toMatchObject({ why: 'storm' });
  });

  test('is one run over a restart in the middle of it', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 20 });
    await copy(rig, { from: 0, to: 15, apart: 5_000 });
    await rig.restart(() => rig.clock.advance(20_000));
    await copy(rig, { from: 15, to: 30, apart: 5_000 });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm' }, today: { queued: 20 } });
  });

  test('waits, too, where the folder is looked through only now and then', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 40, polling: 'always' });
    for (let n = 0; n < 60; n += 1) {
      rig.put(`IMG_${n}.jpg`);
      await rig.pass(6_000);
    }
    await rig.pass(60_000);
    const { held, today } = rig.row();
    expect(held).toMatchObject({ why: 'storm' });
    expect((held?.photos ?? 0) + today.queued).toBe(60);
    expect(today.queued).toBeLessThanOrEqual(40);
  });

  test('is one run also when a photo that was there before is let go in between', async () => {
    await using rig = await WatchRig.open();
    rig.put('old.jpg');
    const { id } = await rig.watch({ stormLimit: 20 });
    await copy(rig, { from: 0, to: 18, apart: 5_000 });
    await rig.folders.release(id, 'existing', rig.row().existing?.agreement ?? 0);
    await copy(rig, { from: 18, to: 38, apart: 5_000 });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm', photos: 18 }, today: { queued: 21 } });
  });

  test('whose photos were left alone is left alone to its end', async () => {
    await using rig = await WatchRig.open();
    const { id } = await rig.watch({ stormLimit: 20 });
    await copy(rig, { from: 0, to: 30, apart: 5_000 });
    expect(rig.folders.leave(id, rig.row().held?.agreement ?? 0)).toBeGreaterThan(0);
    await rig.folders.settled();
    await copy(rig, { from: 30, to: 45, apart: 5_000 });
    await rig.rest();
    expect(rig.row()).toMatchObject({ held: { why: 'storm' }, today: { queued: 20 } });
  });
});

test('photos shot tethered with pauses are never too many', async () => {
  await using rig = await WatchRig.open();
  await rig.watch({ stormLimit: 20 });
  for (let look = 0; look < 6; look += 1) {
    await copy(rig, { from: look * 10, to: look * 10 + 10, apart: 4_000 });
    await rig.pass(30_000);
  }
  expect(rig.row()).toMatchObject({ held: null, today: { queued: 60 } });
});
