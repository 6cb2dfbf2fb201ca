// One process runs the queue of a data folder; real processes, and a real kill.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryError } from '../../app/history/errors.ts';
import { History } from '../../app/history/history.ts';
import { ManualClock } from '../fakes/clock.ts';
import { newBatch, tempDir, TestHistory } from './support.ts';

interface Verdict {
  readonly owns: boolean;
  readonly code?: string;
  readonly message?: string;
}

const clock = new ManualClock();
let dir: string;
let children: ChildProcess[];

beforeEach(() => {
  dir = tempDir();
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  rmSync(dir, { recursive: true, force: true });
});

function start(script = 'hold.ts'): { child: ChildProcess; verdict: Promise<Verdict> } {
  const child = fork(new URL(`children/${script}`, import.meta.url), [dir]);
  children.push(child);
  return { child, verdict: once(child, 'message').then(([message]) => message as Verdict) };
}

function refusal(action: () => unknown): HistoryError {
  try {
    action();
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const own = () => History.own({ dir, clock, program: 'the test' });

describe('the queue of a data folder', () => {
  it('is refused to a second process, in a sentence that names the first', async () => {
    const { child, verdict } = start();
    expect(await verdict).toEqual({ owns: true });
    const { code, message } = refusal(own);
    expect(code).toBe('held');
    expect(message).toContain(`is run by the child (process ${String(child.pid)} on `);
    expect(message).toMatch(/choose another folder with --data\.$/);
  });

  it('is refused to a second one in the same process, too', () => {
    using at = new TestHistory(dir);
    expect(refusal(own).message).toContain(`the test (process ${process.pid}`);
    expect(at.history.jobs.counts('x').queued).toBe(0);
  });

  it('is free at once when its holder is killed', async () => {
    const { child, verdict } = start();
    await verdict;
    child.kill('SIGKILL');
    await once(child, 'exit');
    using history = own();
    expect(history.repair).toBeNull();
  });

  it('is free again after its holder let go', async () => {
    const { child, verdict } = start();
    await verdict;
    child.send('go');
    await once(child, 'exit');
    using first = own();
    first[Symbol.dispose]();
    using second = own();
    expect(second.repair).toBeNull();
  });

  it('is waited for while a visitor holds it for a moment', async () => {
    const { verdict } = start('hold-briefly.ts');
    expect(await verdict).toEqual({ owns: true });
    using history = own();
    expect(history.jobs.counts('x').queued).toBe(0);
  });

  it('goes to exactly one of twenty processes that start at the same moment, and the others are told', async () => {
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => start().verdict));
    expect(verdicts.filter(({ owns }) => owns)).toHaveLength(1);
    for (const { owns, code, message } of verdicts) {
      if (owns) continue;
      expect(code).toBe('held');
      expect(message).toMatch(/^(The queue of this data folder is run by the child|Another Lightbatch is )/);
    }
  });
});

describe('a visit', () => {
  it('reads and changes single jobs beside the process that runs the queue', async () => {
    const { verdict } = start();
    await verdict;
    using visitor = History.visit({ dir, clock });
    const { id } = visitor.batches.create(newBatch(2), 1);
    visitor.jobs.apply(1, { type: 'cancel' }, 2);
    expect(visitor.jobs.countsOfBatch(id)).toMatchObject({ queued: 1, canceled: 1 });
    using another = History.visit({ dir, clock });
    expect(another.jobs.get(1)?.state).toBe('canceled');
  });

  it('leaves the queue free for another process to run', () => {
    using visitor = History.visit({ dir, clock });
    using owner = own();
    owner.batches.create(newBatch(1), 1);
    expect(visitor.jobs.get(1)?.state).toBe('queued');
  });

  it('makes a history where there is none', () => {
    using visitor = History.visit({ dir: `${dir}/new/folder`, clock });
    expect([...visitor.summaries.list({})]).toEqual([]);
  });
});
