// Photos of a higher priority go ahead of all others, also of what is prepared ahead, under the same limits; and photos
// whose place is away wait for it.
import { renameSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NewBatch } from '../../app/history/batches.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { Harness } from '../fakes/harness.ts';
import { mediaDouble } from '../fakes/media.ts';

function urgent(at: Harness, photos: number): number {
  const batch: Omit<NewBatch, 'service'> = {
    name: 'urgent',
    parameters: DEFAULT_PARAMETERS,
    output: { onExists: 'number', template: '{name}_enhanced.{ext}', maxUploadMegapixels: 8 },
    jobs: at.plan(photos),
    priority: 1,
  };
  return at.engine.addBatch(batch).id;
}

/** The priorities of jobs in the order in which they were sent. */
function sent(at: Harness): number[] {
  const order: number[] = [];
  at.engine.onJob(({ state, priority }) => {
    if (state === 'submitting') order.push(priority);
  });
  return order;
}

const preparedOf = (at: Harness) =>
  at.jobs().filter(({ state, upload }) => state === 'preparing' && upload !== null).length;

describe('photos of a higher priority', () => {
  test('overtake what is prepared ahead, and fill no more slots than there are', async () => {
    await using at = await Harness.open({ concurrency: 3, held: true });
    at.batch(50);
    const order = sent(at);
    await at.engine.start();
    await at.until(
      'slots and what is prepared are full',
      () => at.engine.status().atService === 3 && preparedOf(at) === 3,
    );
    urgent(at, 5);
    await at.until('as many of them are prepared beside', () => preparedOf(at) === 6);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(order.slice(0, 3)).toEqual([0, 0, 0]);
    expect(order.slice(3, 6)).toEqual([1, 1, 1]);
    expect(order.lastIndexOf(1)).toBeLessThan(12);
    expect(at.practice.stats().atOnce).toBe(3);
    expect(at.posts()).toEqual(Array(55).fill(1));
  });

  test('are prepared first, too', async () => {
    const gate = Promise.withResolvers<void>();
    const full = Promise.withResolvers<void>();
    let begun = 0;
    const media = mediaDouble(() => {
      begun += 1;
      if (begun === 2) full.resolve();
      return gate.promise;
    });
    await using at = await Harness.open({ concurrency: 6, media });
    at.batch(12);
    await at.engine.start();
    await full.promise;
    urgent(at, 1);
    await at.until('it is claimed', () =>
      at.jobs().some(({ priority, state }) => priority === 1 && state === 'preparing'),
    );
    gate.resolve();
    expect(await at.idle()).toBeNull();
    const urgentPath = at.jobs().find(({ priority }) => priority === 1)?.sourcePath ?? '';
    // With one other beside it, as two are prepared at a time; which of them is done first is left to the disk.
    expect([2, 3]).toContain(media.prepared.indexOf(urgentPath));
  });

  test('keep their order among themselves, and no room of their own when they are all there is', async () => {
    await using at = await Harness.open({ concurrency: 2, held: true });
    urgent(at, 20);
    await at.engine.start();
    await at.until(
      'slots and what is prepared are full',
      () => at.engine.status().atService === 2 && preparedOf(at) === 2,
    );
    expect(at.jobs().filter(({ state }) => state !== 'queued')).toHaveLength(4);
    at.letGo();
    expect(await at.idle()).toBeNull();
    expect(at.posts()).toEqual(Array(20).fill(1));
  });
});

describe('a photo that is not found', () => {
  test('fails where nobody says that its place is away', async () => {
    await using at = await Harness.open();
    at.engine.holdSources(() => Promise.resolve(false));
    const path = at.photo();
    at.batch([at.planFile(path)]);
    renameSync(path, `${path}.away`);
    await at.run();
    expect(at.states()).toEqual({ failed: 1 });
  });

  test('waits for its place, uses up no attempt, and goes on when that is back', async () => {
    await using at = await Harness.open();
    const asked: string[] = [];
    at.engine.holdSources((path) => {
      asked.push(path);
      return Promise.resolve(true);
    });
    const path = at.photo();
    at.batch([at.planFile(path), at.planFile(at.photo())]);
    renameSync(path, `${path}.away`);
    await at.engine.start();
    await at.until(
      'one is enhanced and one waits',
      () => at.jobs()[1]?.state === 'succeeded' && at.jobs()[0]?.failure?.code === 'watch_unavailable',
    );
    expect(at.jobs()[0]).toMatchObject({ state: 'queued', attempts: 0, failure: { charged: 'no' } });
    expect(asked).toEqual([path]);
    renameSync(`${path}.away`, path);
    at.engine.recallSources();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2 });
    expect(at.posts()).toEqual([1, 1]);
  });
});
