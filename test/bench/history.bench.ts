// What a window asks of a history of 100,000 jobs: how long the process is kept by each question, and by what it changes.
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure } from '../../app/domain/failure.ts';
import type { JobEvent } from '../../app/domain/job.ts';
import { History } from '../../app/history/history.ts';
import type { Search } from '../../app/history/listing.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { EVERYTHING } from '../history/support.ts';
import type { Bench, Figure } from './bench.ts';
import { newBatch, plannedJob, Scratch } from './rig.ts';

const SERVICE = 'http://127.0.0.1:9';
const JOBS = 100_000;
const BATCHES = 20;
const MUST_MS = 50;
const TIMES = 5;

/** Half of the jobs in one batch; of all, four in five done, the others failed, undecided or waiting. */
function fill(history: History, dir: string): void {
  const clock = systemClock;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const count = batch === 0 ? JOBS / 2 : JOBS / 2 / (BATCHES - 1);
    const jobs = Array.from({ length: count }, (_, n) => plannedJob(join(dir, `wedding ${batch}`, `${n % 20}`), n));
    history.batches.create({ ...newBatch(jobs), service: SERVICE }, clock.now());
  }
  const ids = history.summaries.ids({});
  for (let at = 0; at < ids.length; at += 1_000) {
    history.atomically(() => {
      for (const id of ids.slice(at, at + 1_000)) live(history, id);
    });
  }
}

function live(history: History, id: number): void {
  const apply = (event: JobEvent) => history.jobs.apply(id, event, systemClock.now(), { metrics: { credits: 0.04 } });
  const lot = id % 100;
  if (lot >= 95) return;
  apply({ type: 'claim' });
  if (lot >= 85) return void apply({ type: 'fail', failure: failure('photo_damaged') });
  apply({ type: 'submit' });
  if (lot >= 80) return void apply({ type: 'doubt', failure: failure('uncertain_submit') });
  apply({ type: 'accept', request: { id: `r${id}`, statusUrl: SERVICE, responseUrl: SERVICE, submittedAt: 1 } });
  apply({ type: 'complete', outputUrl: SERVICE });
  apply({ type: 'save' });
}

/**
 * The longest that any turn of the process takes while something is done, milliseconds; the middle of some times.
 * @param prepare goes before, each time, and is not counted
 */
async function longestTurn(action: (round: number) => unknown, prepare: (round: number) => unknown): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < TIMES; round += 1) {
    let longest = 0;
    let last = performance.now();
    let isAtIt = true;
    const turn = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (isAtIt) setImmediate(turn);
    };
    setImmediate(turn);
    await nextTurn();
    prepare(round);
    [last, longest] = [performance.now(), 0];
    await action(round);
    turn();
    isAtIt = false;
    await nextTurn();
    found.push(longest);
  }
  return found.sort((a, b) => a - b)[TIMES >> 1] ?? 0;
}

async function reads(): Promise<Figure[]> {
  await using scratch = await Scratch.make();
  using history = History.own({ dir: join(scratch.dir, 'data'), clock: systemClock, program: 'the bench' });
  fill(history, scratch.dir);
  const { listing, summaries, batchSummaries, housekeeping, batches, totals } = history;
  const figures: Figure[] = [];
  const measure = async (figure: string, action: (round: number) => unknown, must: number | null = MUST_MS) => {
    // As in a running batch: whatever was remembered of the last answer is out of date.
    const value = await longestTurn(action, (round) => housekeeping.rename(1, `name ${round}`));
    figures.push({ figure: `${figure}, 100,000 jobs`, value, unit: 'ms', ...(must === null ? {} : { must }) });
  };
  const search = (more: Partial<Search>) => () => listing.search({ ...EVERYTHING, ...more });
  await measure('history: all', search({}));
  await measure('history: part of a name', search({ text: '12' }));
  await measure('history: part of a name beyond ASCII', search({ text: 'é' }));
  await measure('history: name and states', search({ text: '1', states: ['succeeded'] }));
  await measure('history: dates', search({ from: 0, to: Number.MAX_SAFE_INTEGER }));
  const all = await listing.search(EVERYTHING);
  await measure('history: a page of 500', () => summaries.byIds(all.slice(50_000, 50_500)));
  await measure('history: facets', () => listing.facets());
  for (const order of ['added', 'name', 'state', 'finished'] as const) {
    const listed = { batchId: 1, states: [], order, descending: true };
    await measure(`ids of a batch of 50,000 by ${order}`, () => listing.ofBatch(listed));
  }
  await measure('batches with counts and credits', () => batchSummaries.newest(1_000));
  await measure('what all batches add up to', () => totals.read());
  await measure('counts of the largest batch', () => batchSummaries.of([1]));
  await measure('what is unfinished, by batch', () => batchSummaries.unfinished(SERVICE));
  await measure('what is undecided', () => listing.undecided(SERVICE));
  const done = await listing.search({ ...EVERYTHING, states: ['succeeded'] });
  await measure('100 jobs removed', (round) => housekeeping.remove(done.slice(round * 100, round * 100 + 100)));
  if (batches.list().length !== BATCHES) throw new Error('a batch was lost');
  // Whole or not at all, so in one go: what it takes is told, and promised is only that nothing is lost.
  const photos = Array.from({ length: 10_000 }, (_, n) => plannedJob(join(scratch.dir, 'party'), n));
  const begin = () => batches.create({ ...newBatch(photos), service: SERVICE }, systemClock.now());
  await measure('a batch of 10,000 begun', begin, null);
  return figures;
}

export const historyBenches: Bench[] = [{ name: 'history', run: reads }];
