// That a window which follows the feed shows in the end what the history holds, whatever happens in whatever order.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRow, FeedMessage, JobRow } from '../../app/contract/values.ts';
import { failure } from '../../app/domain/failure.ts';
import { allows } from '../../app/domain/job.ts';
import type { JobEvent } from '../../app/domain/job.ts';
import { Feed } from '../../app/engine/feed.ts';
import { toJobRow } from '../../app/engine/rows.ts';
import { silentLog } from '../../app/lib/log.ts';
import { Harness } from '../fakes/harness.ts';
import { request } from '../history/support.ts';
import { FeedRig } from './feed-rig.ts';

/** A window as it should be: a snapshot, then what changes, and a new snapshot whenever one is due. */
class Window {
  readonly #rig: FeedRig;
  rows = new Map<number, JobRow>();
  readonly batches = new Map<number, BatchRow>();
  #seq = 0;
  #isSeen = true;
  batchId = 0;
  gaps = 0;

  constructor(rig: FeedRig) {
    this.#rig = rig;
  }

  watch(batchId: number): void {
    this.batchId = batchId;
    this.#rig.feed.watch(batchId);
    this.#snapshot();
  }

  see(isSeen: boolean): void {
    this.#isSeen = isSeen;
    this.#rig.feed.visible(isSeen);
  }

  take(message: FeedMessage): void {
    if (message.seq !== this.#seq + 1) this.gaps += 1;
    this.#seq = message.seq;
    for (const row of message.batches) this.batches.set(row.id, row);
    for (const id of message.removedBatches) this.batches.delete(id);
    if (!this.#isSeen) expect(message.rows).toEqual([]);
    if (message.overflow || message.membership) this.#snapshot();
    else for (const row of message.rows) this.rows.set(row.id, row);
  }

  #snapshot(): void {
    const { at, feed } = this.#rig;
    const ids = at.history.summaries.ids({ batchId: this.batchId });
    this.rows = new Map(at.history.summaries.byIds(ids.slice(0, 500)).map((one) => [one.job.id, toJobRow(one)]));
    this.#seq = feed.seq;
  }
}

const EVENTS: readonly JobEvent[] = [
  { type: 'claim' },
  { type: 'submit' },
  { type: 'cancel' },
  { type: 'release' },
  { type: 'requeue' },
  { type: 'doubt', failure: failure('uncertain_submit') },
  { type: 'fail', failure: failure('photo_damaged'), over: true },
  { type: 'save' },
  { type: 'complete', outputUrl: 'u' },
];

/** What happens to jobs, batches and the window; `n` chooses which of them. */
const ACTIONS = {
  event(rig: FeedRig, id: number, n: number): void {
    const job = rig.at.history.jobs.get(id);
    if (!job) return;
    const event = EVENTS[n % (EVENTS.length + 1)] ?? {
      type: 'accept',
      request: request(`${id} ${rig.at.clock.now()}`),
    };
    const paidAlready = (job.request ?? job.outputUrl) !== null && event.type === 'submit';
    if (allows(job.state, event.type) && !paidAlready) rig.change(id, event);
  },
  wait: (rig: FeedRig, _: number, n: number) => rig.at.clock.advance([1, 40, 99, 130, 400, 2_500][n % 6] ?? 1),
  remove(rig: FeedRig, id: number): void {
    const { batches, removedBatches } = rig.at.history.housekeeping.remove([id]);
    rig.feed.removed(batches, removedBatches);
  },
  leave: (rig: FeedRig, id: number) => rig.feed.touch(rig.at.history.housekeeping.leave([id], rig.at.clock.now())),
  add: (rig: FeedRig) => void rig.addBatch(1),
} as const;

const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant('event' as const) },
  { weight: 4, arbitrary: fc.constant('wait' as const) },
  { weight: 2, arbitrary: fc.constant('remove' as const) },
  { weight: 4, arbitrary: fc.constantFrom('leave', 'add', 'watch', 'see') },
);

describe('a window that follows the feed', () => {
  it('shows in the end what the history holds, whatever happens in whatever order', async () => {
    await using rig = new FeedRig();
    const { at, feed } = rig;
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(11), fc.nat(1_000)), { maxLength: 60 }), (steps) => {
        const made = [at.batch(4), at.batch(4), at.batch(4)];
        const ids = made.flatMap((one) => one.ids);
        const batchIds = made.map(({ batch }) => batch.id);
        const window = new Window(rig);
        const end = feed.on((message) => window.take(message));
        window.watch(batchIds[0] ?? 0);
        for (const id of batchIds) feed.touchBatch(id);
        for (const [action, job, n] of steps) {
          if (action === 'watch') window.watch(batchIds[n % 3] ?? 0);
          else if (action === 'see') window.see(n % 2 === 0);
          else ACTIONS[action](rig, ids[job] ?? 0, n);
        }
        window.see(true);
        at.clock.advance(3_000);
        end();
        expect(window.gaps).toBe(0);
        const inBatch = at.history.summaries.ids({ batchId: window.batchId });
        expect([...window.rows.values()]).toEqual(at.history.summaries.byIds(inBatch).map(toJobRow));
        const shown = batchIds.flatMap((id) => window.batches.get(id) ?? []);
        const held = at.history.batchSummaries.of(batchIds).reverse();
        expect(shown.map(({ id, counts, credits }) => ({ id, counts, credits }))).toEqual(
          held.map(({ batch, counts, credits }) => ({ id: batch.id, counts, credits })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('with an engine at work', () => {
  it('a batch is seen from its first photo to its last', async () => {
    await using harness = await Harness.open({ concurrency: 3 });
    using live = new Feed({ history: harness.history, clock: harness.clock, log: silentLog });
    const seen: FeedMessage[] = [];
    const done = Promise.withResolvers<void>();
    live.on((message) => {
      seen.push(message);
      const isDone = message.batches.some(({ counts }) => counts.succeeded === 6) && message.queue.unfinished === 0;
      if (isDone) done.resolve();
    });
    live.attach({ service: 'practice', engine: harness.engine });
    const batch = harness.batch(6);
    live.watch(batch.id);
    expect(live.queue()).toMatchObject({ unfinished: 6, waiting: 6 });
    expect(await harness.run()).toBeNull();
    await harness.orTell(done.promise, 'the last photo was not told');
    const last = new Map(seen.flatMap(({ rows }) => rows).map((row) => [row.id, row]));
    expect([...last.values()]).toEqual(harness.history.summaries.byIds([...last.keys()]).map(toJobRow));
    expect(last.size).toBe(6);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    const told = seen.flatMap(({ batches, queue }) => batches.map(({ counts }) => ({ counts, queue })));
    expect(told.map(({ queue }) => queue.waiting)).toEqual(told.map(({ counts }) => counts.queued));
    expect(seen.at(-1)?.queue).toMatchObject({ unfinished: 0, atService: 0, concurrency: 3, stopped: null });
  });
});
