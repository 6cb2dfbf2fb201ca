// Photos that change in the very moment in which the job of what they were is about to read them.
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { enhancing, jpeg, settings, WatchRig } from './rig.ts';

/** What the service was sent, by content: how often each, in no order. */
const sent = (rig: WatchRig) => Object.values(rig.at.practice.stats().acceptedByContent);

/** A rig with one photo, on which something happens as that is about to be read for its upload. */
async function interrupted(happen: (rig: WatchRig) => void): Promise<WatchRig> {
  const at: { rig?: WatchRig } = {};
  const media = enhancing(async () => {
    const { rig } = at;
    delete at.rig;
    if (rig === undefined) return;
    happen(rig);
    await rig.rest();
  });
  const rig = await WatchRig.open({ media });
  await rig.watch();
  rig.put('IMG_1.jpg', 'first');
  await rig.rest();
  at.rig = rig;
  for (let n = 0; n < 3; n += 1) {
    await rig.enhance();
    await rig.rest();
  }
  await rig.enhance();
  return rig;
}

describe('a photo that is about to be read', () => {
  test('and is saved anew just then is sent once, as it is now', async () => {
    await using rig = await interrupted((one) => void one.put('IMG_1.jpg', 'second'));
    expect(sent(rig)).toEqual([1]);
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken' });
    expect(rig.jobs().map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  });

  test('and gives its name to another just then: both are sent, each once', async () => {
    await using rig = await interrupted((one) => {
      renameSync(join(one.dir, 'IMG_1.jpg'), join(one.dir, 'IMG_1-keep.jpg'));
      one.put('IMG_1.jpg', 'second');
    });
    expect(sent(rig)).toEqual([1, 1]);
    expect(rig.files()).toEqual({ 'IMG_1.jpg': 'taken', 'IMG_1-keep.jpg': 'taken' });
  });
});

describe('a photo that is replaced while it waits, by one of its size and time', () => {
  test('is sent as it is now, once, and its job is not tried again and again', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    const path = rig.put('IMG_1.jpg', 'first');
    utimesSync(path, 1e9, 1e9);
    await rig.rest();
    writeFileSync(path, jpeg('other'));
    utimesSync(path, 1e9, 1e9);
    for (let n = 0; n < 5; n += 1) {
      await rig.enhance();
      await rig.rest();
    }
    expect(sent(rig)).toEqual([1]);
    expect(rig.jobs().map(({ state }) => state)).toEqual(['failed', 'succeeded']);
    expect(rig.at.attempts(1).length).toBeLessThanOrEqual(1);
  });
});

describe('a photo whose job was once retried', () => {
  test.each(['is queued', 'was enhanced'])(
    'is not paid for again when it was saved anew, and that %s',
    async (what) => {
      await using rig = await WatchRig.open();
      const { output } = settings();
      await rig.watch({ output: { ...output, onExists: 'number' } });
      rig.put('IMG_1.jpg', 'first');
      await rig.rest();
      rig.at.engine.cancel({ jobIds: [1] });
      rig.put('IMG_1.jpg', 'saved anew');
      await rig.pass(60_000);
      if (what === 'was enhanced') await rig.enhance();
      rig.at.engine.retry({ jobIds: [1], states: ['canceled'] });
      await rig.enhance();
      expect(sent(rig)).toEqual([1]);
      expect(rig.jobs().map(({ state }) => state)).toEqual(['failed', 'succeeded']);
    },
  );

  test('does not keep another one under its name from being sent', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('IMG_1.jpg', 'first');
    await rig.rest();
    rig.at.engine.cancel({ jobIds: [1] });
    rig.at.engine.retry({ jobIds: [1], states: ['canceled'] });
    rig.at.hold();
    const enhancing = rig.enhance();
    await rig.at.until('it is at the service', () => rig.at.engine.status().atService === 1);
    rig.put('IMG_1.jpg', 'second');
    await rig.rest();
    rig.at.letGo();
    await enhancing;
    await rig.enhance();
    expect(sent(rig)).toEqual([1, 1]);
  });
});
