// What the engine tells its listeners of batches: enough for a window to know which of them to look at anew.
import { describe, expect, test } from 'vitest';
import { Harness } from '../fakes/harness.ts';

describe('a listener to batches', () => {
  test('hears of each batch that is added, when its jobs are there already', async () => {
    await using at = await Harness.open();
    const heard: [number, number][] = [];
    at.engine.onBatch((id) => heard.push([id, at.history.summaries.ids({ batchId: id }).length]));
    const first = at.batch(2);
    const second = at.batch(3);
    expect(heard).toEqual([
      [first.id, 2],
      [second.id, 3],
    ]);
  });

  test('hears once of each batch that a cancel or a retry changed, after its jobs were told, and of no other', async () => {
    await using at = await Harness.open();
    at.batch(2);
    at.batch(2);
    at.batch(2);
    const heard: string[] = [];
    at.engine.onJob(({ id, state }) => heard.push(`job ${id} ${state}`));
    const end = at.engine.onBatch((id) => heard.push(`batch ${id}`));
    at.engine.cancel({ jobIds: [1, 2, 5] });
    expect(heard.splice(0)).toEqual(['job 1 canceled', 'job 2 canceled', 'job 5 canceled', 'batch 1', 'batch 3']);
    at.engine.retry({ jobIds: [5, 6], states: ['canceled'] });
    expect(heard.splice(0)).toEqual(['job 5 queued', 'batch 3']);
    at.engine.cancel({ jobIds: [1] });
    expect(heard.splice(0)).toEqual([]);
    end();
    at.engine.cancel({});
    expect(heard.filter((line) => line.startsWith('batch'))).toEqual([]);
  });

  test('that fails harms neither the command nor the other listeners', async () => {
    await using at = await Harness.open();
    const heard: number[] = [];
    at.engine.onBatch(() => {
      throw new Error('a defect of a window');
    });
    at.engine.onBatch((id) => heard.push(id));
    at.batch(1);
    expect(at.engine.cancel({}).canceled).toEqual([1]);
    expect(heard).toEqual([1, 1]);
    expect(at.logged.filter((line) => line.includes('a defect of a window'))).toHaveLength(2);
  });
});
