import { describe, expect, it } from 'vitest';
import { doneOf, emptyCounts } from '../../../app/domain/batch.ts';
import { failure } from '../../../app/domain/failure.ts';
import { JOB_STATES } from '../../../app/domain/job.ts';
import { batchLabel, batchState, countOf, STATE_GROUPS, stateLabel } from '../../../renderer/lib/states.ts';
import { batchRow, queueState } from '../samples.ts';

const counts = (changes: Partial<ReturnType<typeof emptyCounts>>) => ({ ...emptyCounts(), ...changes });

describe('the states of jobs in the window', () => {
  it('each have a label, and each belong to one group besides all', () => {
    for (const state of JOB_STATES) {
      expect(stateLabel(state)).not.toBe('');
      expect(STATE_GROUPS.filter(({ states }) => (states as readonly string[]).includes(state))).toHaveLength(1);
    }
  });

  it('add up', () => {
    const some = counts({ queued: 2, processing: 1, succeeded: 4, canceled: 1 });
    expect(countOf(some, 'all')).toBe(8);
    expect(countOf(some, 'working')).toBe(1);
    expect(doneOf(some)).toBe(4);
    expect(doneOf(counts({ failed: 1, skipped: 2, uncertain: 1, canceled: 6, saving: 3 }))).toBe(4);
    expect(doneOf(counts({}))).toBe(0);
  });
});

describe('the state of a batch', () => {
  it.each([
    ['running', counts({ queued: 1, processing: 1 }), {}, true],
    ['waiting', counts({ queued: 1 }), {}, true],
    ['paused', counts({ queued: 1, processing: 1 }), { paused: true }, true],
    ['stopped', counts({ queued: 1 }), { paused: true, stopped: failure('no_credits') }, true],
    ['resting', counts({ queued: 2 }), { resting: [{ batchId: 1, folder: 'a', photos: 2, why: 'hours' }] }, true],
    ['waiting', counts({ queued: 3 }), { resting: [{ batchId: 1, folder: 'a', photos: 2, why: 'hours' }] }, true],
    ['waiting', counts({ queued: 1 }), { resting: [{ batchId: 2, folder: 'a', photos: 2, why: 'hours' }] }, true],
    [
      'running',
      counts({ queued: 2, saving: 1 }),
      { resting: [{ batchId: 1, folder: 'a', photos: 2, why: 'paused' }] },
      true,
    ],
    ['elsewhere', counts({ queued: 1 }), {}, false],
    ['attention', counts({ succeeded: 1, failed: 1 }), {}, true],
    ['attention', counts({ succeeded: 1, uncertain: 1 }), {}, true],
    ['done', counts({ succeeded: 1, canceled: 1 }), {}, true],
    ['canceled', counts({ canceled: 3 }), {}, true],
  ] as const)('is %s', (state, some, queue, here) => {
    expect(batchState(batchRow({ counts: some }), queueState(queue), here)).toBe(state);
  });

  it('is not plainly done when photos of it were canceled', () => {
    expect(batchLabel('done', counts({ succeeded: 40, canceled: 3 }))).toBe('Done, 3 canceled');
    expect(batchLabel('done', counts({ succeeded: 40 }))).toBe('Done');
    expect(batchLabel('canceled', counts({ canceled: 3 }))).toBe('Canceled');
  });
});
