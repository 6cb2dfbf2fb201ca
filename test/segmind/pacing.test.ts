// The budget of requests: never more than the plan allows in any window, what is paid for first, and what a 429 teaches.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grant, PacingOptions, RequestKind } from '../../app/segmind/pacing.ts';
import { Pacing, REQUEST_KINDS } from '../../app/segmind/pacing.ts';
import { ManualClock } from '../fakes/clock.ts';

const MINUTE = 60_000;

function setup(options: Partial<PacingOptions> = {}) {
  const clock = new ManualClock();
  const pacing = new Pacing({ clock, perMinute: 10, random: () => 0, ...options });
  const granted: { kind: RequestKind; at: number; grant: Grant }[] = [];
  const ask = (kind: RequestKind, signal?: AbortSignal) =>
    void pacing.take(kind, signal).then((grant) => grant && granted.push({ kind, at: clock.now(), grant }));
  return { clock, pacing, granted, ask };
}

/** The most of some times that lie in any window of a length, wherever it begins. */
function mostInWindow(times: readonly number[], length: number): number {
  return Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + length).length));
}

describe('the budget', () => {
  test('lets at most its limit through in any window, whatever is asked for and when', async () => {
    const arrivals = fc.array(fc.record({ wait: fc.nat(20_000), kind: fc.constantFrom(...REQUEST_KINDS) }), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 12 }), async (asked, perMinute) => {
        const { clock, granted, ask } = setup({ perMinute });
        for (const { wait, kind } of asked) {
          await clock.run(wait);
          ask(kind);
        }
        await clock.run(MINUTE * (asked.length / perMinute + 2));
        expect(granted).toHaveLength(asked.length); // nobody waits for ever
        expect(
          mostInWindow(
            granted.map(({ at }) => at),
            MINUTE,
          ),
        ).toBeLessThanOrEqual(perMinute);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('tells that requests wait for the plan, how long, and when that changes', async () => {
    const { clock, pacing, ask } = setup({ perMinute: 2 });
    const told: (number | null)[] = [];
    pacing.onPaced(() => told.push(pacing.paced?.until ?? null));
    const begin = clock.now();
    ask('submit');
    await clock.run(10_000);
    ask('poll');
    expect(pacing.paced).toBeNull();
    ask('submit');
    const ready = (at: number) => begin + at + MINUTE * 1.005 + 1;
    expect(pacing.paced).toEqual({ perMinute: 2, until: ready(0) });
    ask('submit');
    expect(pacing.paced?.until).toBe(ready(10_000));
    await clock.run(2 * MINUTE);
    expect(pacing.paced).toBeNull();
    expect(told).toEqual([ready(0), null]);
  });

  test('tells of no plan that requests wait for while a 429 holds them, nor of a moment’s wait', async () => {
    const { clock, pacing, ask } = setup({ perMinute: 1 });
    ask('submit');
    await clock.run(MINUTE - 1_000);
    ask('submit');
    expect(pacing.paced).toBeNull();
    ask('submit');
    pacing.limited(30_000);
    expect(pacing.paced).toBeNull();
    expect(pacing.closedUntil).not.toBeNull();
  });

  test('tells of nothing to wait for when those that waited gave up', async () => {
    const { pacing, ask, clock } = setup({ perMinute: 1 });
    const told: boolean[] = [];
    pacing.onPaced(() => told.push(pacing.paced !== null));
    const giveUp = new AbortController();
    ask('submit');
    ask('submit', giveUp.signal);
    await clock.run(0);
    giveUp.abort();
    expect(told).toEqual([true, false]);
  });

  test('is used up at once, and again as soon as a window is over', async () => {
    const { clock, granted, ask } = setup({ perMinute: 3 });
    for (let n = 0; n < 6; n += 1) ask('submit');
    await clock.run(0);
    expect(granted).toHaveLength(3);
    await clock.run(MINUTE);
    expect(granted).toHaveLength(3);
    await clock.run(MINUTE * 0.01);
    expect(granted).toHaveLength(6);
  });

  test('serves results before submits before polls, and each kind in the order it came', async () => {
    const { clock, granted, ask } = setup({ perMinute: 1 });
    ask('submit');
    for (const kind of ['poll', 'submit', 'poll', 'result', 'submit'] as const) ask(kind);
    await clock.run(6 * 1.01 * MINUTE);
    expect(granted.map(({ kind }) => kind)).toEqual(['submit', 'result', 'submit', 'submit', 'poll', 'poll']);
  });

  test('without a limit lets everything through', async () => {
    const { clock, pacing, granted, ask } = setup({ perMinute: null });
    for (let n = 0; n < 500; n += 1) ask('poll');
    await clock.run(0);
    expect(granted).toHaveLength(500);
    expect(pacing.room).toBe(1);
  });

  test('does not count polls when the service does not', async () => {
    const { clock, granted, ask } = setup({ perMinute: 2, pollsCount: false });
    for (const kind of ['submit', 'submit', 'submit', 'poll', 'poll', 'result'] as const) ask(kind);
    await clock.run(0);
    expect(granted.map(({ kind }) => kind).toSorted()).toEqual(['poll', 'poll', 'result', 'submit', 'submit']);
  });

  test('has room for as much as is unused, and none while anybody waits', async () => {
    const { clock, pacing, ask } = setup({ perMinute: 4 });
    expect(pacing.room).toBe(1);
    ask('poll');
    await clock.run(0);
    expect(pacing.room).toBe(0.75);
    for (let n = 0; n < 4; n += 1) ask('poll');
    await clock.run(0);
    expect(pacing.room).toBe(0);
    await clock.run(1.02 * MINUTE);
    expect(pacing.room).toBe(0.75);
  });

  test('takes back what was not used, once', async () => {
    const { clock, granted, ask } = setup({ perMinute: 1 });
    for (let n = 0; n < 3; n += 1) ask('submit');
    await clock.run(0);
    granted[0]?.grant.giveBack();
    granted[0]?.grant.giveBack();
    await clock.run(0);
    expect(granted).toHaveLength(2);
  });

  test('answers null to whoever gives up waiting, and serves the others', async () => {
    const { clock, pacing, granted, ask } = setup({ perMinute: 1 });
    ask('poll');
    const controller = new AbortController();
    const taken = pacing.take('submit', controller.signal);
    ask('poll');
    controller.abort();
    expect(await taken).toBeNull();
    expect(await pacing.take('submit', controller.signal)).toBeNull();
    await clock.run(1.01 * MINUTE);
    expect(granted).toHaveLength(2);
  });

  test('lets go of everybody and of its timer when it is disposed', async () => {
    const { clock, pacing, ask } = setup({ perMinute: 1 });
    ask('submit');
    const waiting = pacing.take('submit');
    pacing[Symbol.dispose]();
    expect(await waiting).toBeNull();
    expect(clock.pending).toBe(0);
  });

  test('follows a limit that is changed while many wait', async () => {
    const { clock, pacing, granted, ask } = setup({ perMinute: 1 });
    for (let n = 0; n < 5; n += 1) ask('submit');
    pacing.setLimit(4);
    await clock.run(0);
    expect(granted).toHaveLength(4);
    pacing.setLimit(null);
    await clock.run(0);
    expect(granted).toHaveLength(5);
  });
});

describe('a 429', () => {
  test('closes the gate until the reset; then one goes ahead, and the others when it fared well', async () => {
    const { clock, pacing, granted, ask } = setup();
    ask('submit');
    await clock.run(0);
    pacing.limited(20_000);
    expect(pacing.closedUntil).toBe(clock.now() + 20_000);
    for (let n = 0; n < 3; n += 1) ask('submit');
    await clock.run(19_999);
    expect(granted).toHaveLength(1);
    await clock.run(1);
    expect(granted).toHaveLength(2);
    await clock.run(MINUTE);
    expect(granted).toHaveLength(2); // its answer is awaited, however long it takes
    pacing.answered();
    await clock.run(0);
    expect(granted).toHaveLength(4);
    expect(pacing.closedUntil).toBeNull();
  });

  test('is not forgotten for an answer to what was sent before it', async () => {
    const { clock, pacing, granted, ask } = setup();
    ask('poll');
    ask('submit');
    await clock.run(0);
    pacing.limited(5_000);
    pacing.answered(); // the other of the two
    for (let n = 0; n < 3; n += 1) ask('submit');
    await clock.run(5_000);
    expect(granted).toHaveLength(3);
  });

  test('of the one that went ahead closes the gate again', async () => {
    const { clock, pacing, granted, ask } = setup();
    pacing.limited(1_000);
    ask('submit');
    ask('submit');
    await clock.run(1_000);
    expect(granted).toHaveLength(1);
    pacing.limited(2_000);
    await clock.run(1_999);
    expect(granted).toHaveLength(1);
    await clock.run(1);
    expect(granted).toHaveLength(2);
  });

  test('lets another go ahead when the first gave its leave back', async () => {
    const { clock, pacing, granted, ask } = setup();
    pacing.limited(1_000);
    ask('submit');
    ask('submit');
    await clock.run(1_000);
    granted[0]?.grant.giveBack();
    await clock.run(0);
    expect(granted).toHaveLength(2);
  });

  test('that names no reset is waited out longer each time, at most five minutes', async () => {
    const { pacing, clock } = setup();
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      pacing.limited(undefined);
      waits.push((pacing.closedUntil ?? 0) - clock.now());
      await clock.run(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000));
  });

  test('in the first window teaches nothing: an earlier run may have used the budget', async () => {
    const { clock, pacing, ask } = setup();
    ask('submit');
    await clock.run(1_000);
    pacing.limited(1_000);
    expect(pacing.limit).toBe(10);
  });

  test('later teaches what the plan allows, which rises again after ten clean windows, up to the limit', async () => {
    const { clock, pacing, granted, ask } = setup({ perMinute: 50 });
    await clock.run(2 * MINUTE);
    for (let n = 0; n < 21; n += 1) ask('submit');
    await clock.run(0);
    pacing.limited(1_000);
    expect(pacing.limit).toBe(20); // the one too many was the 21st
    await clock.run(2 * MINUTE);
    expect(pacing.limit).toBe(20);
    const nudge = async () => {
      ask('poll');
      await clock.run(0);
      pacing.answered();
      await clock.run(0);
    };
    await clock.run(7 * MINUTE);
    await nudge();
    expect(pacing.limit).toBe(20);
    await clock.run(MINUTE);
    await nudge();
    expect(pacing.limit).toBe(22);
    for (let n = 0; n < 20; n += 1) {
      await clock.run(MINUTE);
      await nudge();
    }
    expect(pacing.limit).toBe(50);
    expect(granted.length).toBeGreaterThan(40);
  });

  test('of every request of a burst lowers the limit once for each, and never below one', async () => {
    const { clock, pacing, ask } = setup({ perMinute: 3 });
    await clock.run(2 * MINUTE);
    for (let n = 0; n < 3; n += 1) ask('submit');
    await clock.run(0);
    for (let n = 0; n < 6; n += 1) pacing.limited(10_000);
    expect(pacing.limit).toBe(1);
    pacing.setLimit(3);
    expect(pacing.limit).toBe(3);
  });

  test('never leaves anybody waiting for ever, whatever the answers are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('well', 'limited', 'unused'), { maxLength: 40 }), async (fates) => {
        const clock = new ManualClock();
        const pacing = new Pacing({ clock, perMinute: 5, random: () => 0 });
        let served = 0;
        const work = async () => {
          for (;;) {
            const grant = await pacing.take('submit');
            const fate = fates.pop() ?? 'well';
            if (fate === 'unused') grant?.giveBack();
            else if (fate === 'limited') pacing.limited(3_000);
            else {
              pacing.answered();
              served += 1;
              return;
            }
          }
        };
        const all = Promise.all([work(), work(), work()]);
        for (let n = 0; n < 60 && served < 3; n += 1) await clock.run(5 * MINUTE);
        expect(served).toBe(3);
        await all;
        await setImmediate();
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
