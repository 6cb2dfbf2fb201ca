// Following requests with a held clock and a scripted service: when it is asked, how often, and how each ends.
import { describe, expect, test } from 'vitest';
import { failure } from '../../app/domain/failure.ts';
import type { ServiceRequest } from '../../app/domain/job.ts';
import { Durations } from '../../app/engine/durations.ts';
import type { Ending, Following } from '../../app/engine/followed.ts';
import { Poller } from '../../app/engine/poller.ts';
import type { Log } from '../../app/lib/log.ts';
import type { PollAnswer } from '../../app/segmind/client.ts';
import { Pacing } from '../../app/segmind/pacing.ts';
import { ManualClock } from '../fakes/clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PENDING: PollAnswer = { kind: 'pending', state: 'PROCESSING', metrics: {} };
const OFFLINE: PollAnswer = { kind: 'fault', failure: failure('offline') };
const BROKEN: PollAnswer = { kind: 'fault', failure: failure('network') };
const ODD: PollAnswer = { kind: 'fault', failure: failure('bad_answer') };

interface Asked {
  readonly id: string;
  readonly at: number;
  readonly wants: 'status' | 'result';
}

interface Script {
  known?: number[];
  deadlineMs?: number;
  perMinute?: number | null;
  /** What the service says; by default that it is done after `takes`. */
  answer?: (asked: Asked, age: number) => PollAnswer | Promise<PollAnswer> | undefined;
  takes?: number;
}

function setup(script: Script = {}) {
  const clock = new ManualClock();
  const pacing = new Pacing({ clock, perMinute: script.perMinute ?? null, random: () => 0 });
  const asked: Asked[] = [];
  const refused: string[] = [];
  const reach: (string | null)[] = [];
  const born = new Map<string, number>();
  const done = (wants: 'status' | 'result', id: string): PollAnswer => ({
    kind: 'completed',
    output: wants === 'result' ? `https://images.example/${id}.jpg` : null,
    metrics: { totalSeconds: (script.takes ?? 36 * SECOND) / SECOND },
  });
  const ask = async (wants: 'status' | 'result', { id }: ServiceRequest): Promise<PollAnswer> => {
    const one = { id, at: clock.now(), wants };
    asked.push(one);
    const age = clock.now() - (born.get(id) ?? 0);
    return (await script.answer?.(one, age)) ?? (age >= (script.takes ?? 36 * SECOND) ? done(wants, id) : PENDING);
  };
  const logged: string[] = [];
  const log: Log = {
    info: (event) => logged.push(event),
    warn: (event) => logged.push(event),
    error: (event) => logged.push(event),
  };
  const poller = new Poller({
    segmind: { status: (request) => ask('status', request), result: (request) => ask('result', request) },
    pacing,
    clock,
    log,
    random: () => 0,
    durations: new Durations(script.known ?? []),
    deadlineMs: script.deadlineMs ?? 10 * MINUTE,
    onRefused: ({ code }) => {
      refused.push(code);
      poller.suspend(); // as the engine does
    },
    onReach: (value) => reach.push(value?.code ?? null),
  });
  const follow = (id: string, submittedAt = clock.now()): Following & { ended: Ending[] } => {
    born.set(id, submittedAt);
    const following = poller.follow({ id, statusUrl: '', responseUrl: '', submittedAt });
    const ended: Ending[] = [];
    void following.ending.then((ending) => ended.push(ending));
    return { ...following, ended };
  };
  return { clock, pacing, poller, asked, refused, reach, logged, follow };
}

const KNOWN = Array.from({ length: 50 }, (_, n) => 34 * SECOND + 80 * n);

describe('polls', () => {
  test('are one to three for a photo that takes 36 s, once that is known', async () => {
    const { clock, follow, asked, poller } = setup({ known: KNOWN });
    const photos = Array.from({ length: 30 }, (_, n) => follow(`r-${n}`));
    await clock.run(60 * SECOND);
    expect(photos.flatMap(({ ended }) => ended.map(({ kind }) => kind))).toEqual(Array(30).fill('completed'));
    for (const [n] of photos.entries()) {
      const polls = asked.filter(({ id }) => id === `r-${n}`).length;
      expect(polls).toBeGreaterThanOrEqual(1);
      expect(polls).toBeLessThanOrEqual(4); // three polls, and the result if it was the status that was asked for
    }
    expect(poller.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('are made by one scout while nothing is known; what it learns serves the others', async () => {
    const { clock, follow, asked } = setup({ takes: 5 * SECOND });
    for (let n = 0; n < 20; n += 1) follow(`r-${n}`);
    await clock.run(4 * SECOND);
    expect(new Set(asked.map(({ id }) => id))).toEqual(new Set(['r-0']));
    await clock.run(3 * SECOND);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(20);
  });

  test('are spent within the budget, and everything is found done all the same', async () => {
    const { clock, follow, asked } = setup({ known: KNOWN, perMinute: 10 });
    const photos = Array.from({ length: 25 }, (_, n) => follow(`r-${n}`));
    await clock.run(10 * MINUTE);
    expect(photos.every(({ ended }) => ended[0]?.kind === 'completed')).toBe(true);
    const times = asked.map(({ at }) => at);
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + MINUTE).length).toBeLessThanOrEqual(10);
  });

  test('that hang hold up no others', async () => {
    const hanging = new Promise<PollAnswer>(() => undefined);
    const { clock, follow } = setup({
      known: KNOWN,
      answer: ({ id }) => (id === 'stuck' || id === 'stuck too' ? hanging : undefined),
    });
    follow('stuck');
    follow('stuck too');
    await clock.run(40 * SECOND);
    const other = follow('other');
    await clock.run(40 * SECOND);
    expect(other.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('go first to a request whose record runs out', async () => {
    const { clock, follow, asked } = setup({
      known: KNOWN,
      perMinute: 1,
      answer: () => PENDING,
      deadlineMs: 99 * MINUTE,
    });
    await clock.run(MINUTE);
    for (let n = 0; n < 5; n += 1) follow(`young-${n}`, clock.now() - 36 * SECOND);
    follow('old', clock.now() - 55 * MINUTE);
    await clock.run(0);
    expect(asked[0]?.id).toBe('old');
  });
});

describe('an answer', () => {
  test('429 closes the gate for all, and is nothing against the request', async () => {
    let limited = 1;
    const { clock, follow, asked } = setup({
      known: KNOWN,
      answer: () =>
        limited-- > 0 ? { kind: 'refused', failure: failure('rate_limited'), waitMs: 30 * SECOND } : undefined,
    });
    const photo = follow('r-1');
    await clock.run(MINUTE + 10 * SECOND);
    expect(asked[1]?.at).toBeGreaterThanOrEqual((asked[0]?.at ?? 0) + 30 * SECOND);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('that concerns the whole queue is told, and the request goes on being followed', async () => {
    let refuse = true;
    const { clock, follow, poller, refused } = setup({
      known: KNOWN,
      answer: () => (refuse ? { kind: 'refused', failure: failure('bad_key') } : undefined),
    });
    const photo = follow('r-1');
    await clock.run(36 * SECOND);
    expect(refused).toEqual(['bad_key']);
    expect(photo.ended).toEqual([]);
    refuse = false;
    poller.resume();
    await clock.run(5 * SECOND);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('404 is believed after a while, not at once', async () => {
    let gone = 3;
    const { clock, follow, asked } = setup({ known: KNOWN, answer: () => (gone-- > 0 ? { kind: 'gone' } : undefined) });
    const photo = follow('r-1');
    await clock.run(2 * MINUTE);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
    expect(asked.length).toBeGreaterThan(3);
  });

  test('404 each time ends it as expired, half a minute after the first', async () => {
    const { clock, follow, asked } = setup({ known: KNOWN, answer: () => ({ kind: 'gone' }) });
    const photo = follow('r-1');
    await clock.run(2 * MINUTE);
    expect(photo.ended).toEqual([{ kind: 'expired', over: false }]); // within its hour it may be known again
    expect((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(25 * SECOND);
  });

  test('404 after the hour is believed the first time that it is not about the question', async () => {
    const { clock, follow, asked } = setup({ answer: () => ({ kind: 'gone' }) });
    const photo = follow('r-1', clock.now() - 61 * MINUTE);
    await clock.run(SECOND);
    expect(photo.ended).toEqual([{ kind: 'expired', over: true }]);
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  test('404 of a record that is past its hour says nothing against asking for results early', async () => {
    const { clock, follow, asked } = setup({
      known: KNOWN,
      answer: ({ id }) => (id === 'old' ? { kind: 'gone' } : undefined),
    });
    follow('old', clock.now() - 2 * 60 * MINUTE);
    await clock.run(SECOND);
    const photo = follow('new');
    await clock.run(MINUTE);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
    expect(new Set(asked.filter(({ id }) => id === 'new').map(({ wants }) => wants))).toEqual(new Set(['result']));
  });

  test('comes in time for a request that was recorded while the clock was hours ahead', async () => {
    const { clock, poller, asked } = setup({ known: KNOWN, takes: 0 });
    poller.follow({ id: 'ahead', statusUrl: '', responseUrl: '', submittedAt: clock.now() + 120 * MINUTE });
    await clock.run(MINUTE);
    expect(asked.length).toBeGreaterThan(0);
  });

  test('faults are asked again at growing distances, at most 30 s', async () => {
    const { clock, follow, asked } = setup({ answer: () => BROKEN, deadlineMs: 99 * MINUTE });
    follow('r-1');
    await clock.run(10 * MINUTE);
    const gaps = asked.slice(1).map(({ at }, n) => at - (asked[n]?.at ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30 * SECOND);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(15 * SECOND);
    expect(asked.length).toBeLessThan(60);
  });

  test('tells whether the service was reached', async () => {
    let offline = 2;
    const { clock, follow, reach } = setup({ known: KNOWN, answer: () => (offline-- > 0 ? OFFLINE : undefined) });
    follow('r-1');
    await clock.run(MINUTE);
    expect(reach.slice(0, 3)).toEqual(['offline', 'offline', null]);
  });

  test('to an early question for the result that is not understood makes it ask for the status first', async () => {
    const { clock, follow, asked } = setup({
      takes: 3 * SECOND,
      answer: ({ wants }, age) => (wants === 'result' && age < 3 * SECOND ? ODD : undefined),
    });
    const photo = follow('r-1');
    await clock.run(20 * SECOND);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
    expect(asked.map(({ wants }) => wants).filter((wants) => wants === 'result').length).toBeLessThanOrEqual(2);
  });

  test('COMPLETED and then PROCESSING is taken as it comes', async () => {
    let n = 0;
    const { clock, follow } = setup({
      answer: () => {
        n += 1;
        if (n === 1) return { kind: 'completed', output: null, metrics: {} };
        return n === 2 ? PENDING : undefined;
      },
      takes: SECOND,
    });
    const photo = follow('r-1');
    await clock.run(MINUTE);
    expect(photo.ended).toMatchObject([{ kind: 'completed', outputUrl: 'https://images.example/r-1.jpg' }]);
  });
});

describe('the deadline', () => {
  test('ends a request that is seen unfinished after it', async () => {
    const { clock, follow, asked } = setup({ takes: Infinity, deadlineMs: 2 * MINUTE });
    const photo = follow('r-1');
    await clock.run(5 * MINUTE);
    expect(photo.ended).toEqual([{ kind: 'timeout' }]);
    expect((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThan(90 * SECOND);
  });

  test('ends nothing while the service only breaks off: it may be done', async () => {
    let broken = true;
    const { clock, follow } = setup({ deadlineMs: MINUTE, answer: () => (broken ? BROKEN : undefined) });
    const photo = follow('r-1');
    await clock.run(10 * MINUTE);
    expect(photo.ended).toEqual([]);
    broken = false;
    await clock.run(MINUTE);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('of one followed anew begins anew: a retry of the user gives it time again', async () => {
    const { clock, follow } = setup({ takes: 40 * MINUTE, deadlineMs: 10 * MINUTE });
    const photo = follow('r-1', clock.now() - 31 * MINUTE);
    await clock.run(10 * MINUTE);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('comes in the end for a request about which nothing but nonsense is answered', async () => {
    const { clock, follow } = setup({ answer: () => ODD });
    const photo = follow('r-1');
    await clock.run(59 * MINUTE);
    expect(photo.ended).toEqual([]);
    await clock.run(3 * MINUTE);
    expect(photo.ended).toEqual([{ kind: 'timeout' }]);
  });
});

describe('the poller', () => {
  test('asks for everything at once when it is woken, whatever was learned', async () => {
    const { clock, follow, poller, asked } = setup({ known: KNOWN, takes: 36 * SECOND });
    const photos = [follow('r-1'), follow('r-2')];
    await clock.run(5 * SECOND);
    expect(asked).toEqual([]);
    clock.jump(40 * SECOND); // asleep
    poller.wake();
    await clock.run(0);
    expect(photos.map(({ ended }) => ended[0]?.kind)).toEqual(['completed', 'completed']);
  });

  test('asks at once when it is woken after faults, and a poll that finds nothing brings back its patience', async () => {
    let broken = true;
    const { clock, follow, poller, asked } = setup({
      known: KNOWN,
      answer: () => (broken ? BROKEN : undefined),
      takes: 5 * MINUTE,
    });
    follow('r-1');
    await clock.run(3 * MINUTE);
    broken = false;
    const before = asked.length;
    poller.wake();
    await clock.run(0);
    expect(asked.length).toBe(before + 1);
    await clock.run(SECOND);
    expect(asked.length).toBe(before + 1);
  });

  test('asks nothing while it is suspended, and goes on after', async () => {
    const { clock, follow, poller, asked } = setup({ known: KNOWN });
    const photo = follow('r-1');
    poller.suspend();
    await clock.run(5 * MINUTE);
    expect(asked).toEqual([]);
    expect(clock.pending).toBe(0);
    poller.resume();
    await clock.run(SECOND);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('passes over an answer that comes when it is suspended, and asks again', async () => {
    const late = Promise.withResolvers<PollAnswer>();
    let first = true;
    const { clock, follow, poller, refused } = setup({
      known: KNOWN,
      answer: () => {
        if (!first) return undefined;
        first = false;
        return late.promise;
      },
    });
    const photo = follow('r-1');
    await clock.run(36 * SECOND);
    poller.suspend();
    poller.resume();
    late.resolve({ kind: 'refused', failure: failure('bad_key') });
    await clock.run(10 * SECOND);
    expect(refused).toEqual([]);
    expect(photo.ended).toMatchObject([{ kind: 'completed' }]);
  });

  test('follows one request once, however often it is asked to', async () => {
    const { clock, follow, poller } = setup({ known: KNOWN });
    const first = follow('r-1');
    const second = follow('r-1');
    expect(poller.size).toBe(1);
    await clock.run(MINUTE);
    await first.over;
    await second.over;
    expect([first.ended, second.ended]).toMatchObject([[{ kind: 'completed' }], [{ kind: 'completed' }]]);
  });

  test('ends everything when it is stopped, also what is followed later, and leaves no timer', async () => {
    const { clock, follow, poller } = setup({ known: KNOWN });
    const before = follow('r-1');
    await clock.run(SECOND);
    poller.stop();
    const after = follow('r-2');
    await Promise.all([before.over, after.over]);
    await clock.run(0);
    expect([before.ended, after.ended]).toEqual([[{ kind: 'stopped' }], [{ kind: 'stopped' }]]);
    expect(clock.pending).toBe(0);
    expect(poller.size).toBe(0);
    poller.resume();
    poller.wake();
    await clock.run(MINUTE);
    expect(clock.pending).toBe(0);
  });
});
