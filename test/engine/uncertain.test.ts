// Submits whose fate is unknown: never sent again by themselves, whatever happens, and few of them in a row.
import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../app/practice/server.ts';
import type { Segmind } from '../../app/segmind/client.ts';
import { Harness } from '../fakes/harness.ts';

describe('a submit that breaks off', () => {
  test.each<[string, Fault, number]>([
    ['before it was handled', { kind: 'reset', when: 'before' }, 0],
    ['after it was accepted', { kind: 'reset', when: 'after' }, 1],
    ['in the middle of the answer', { kind: 'reset', when: 'mid-answer' }, 1],
    ['with half of an answer', { kind: 'truncate' }, 1],
    ['with an answer that names no request', { kind: 'status', status: 200, body: '{"status":"QUEUED"}' }, 0],
    ['with a page instead of an answer', { kind: 'status', status: 500, contentType: 'text/html' }, 0],
  ])('%s leaves the photo uncertain; only the user sends it again', async (_, fault, accepted) => {
    await using at = await Harness.open();
    at.batch(4);
    let left = 1;
    at.fault = ({ route }) => (route === 'submit' && left-- > 0 ? fault : undefined);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 3, uncertain: 1 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
    expect(at.practice.stats().accepted).toBe(3 + accepted);
    const job = at.jobs().find(({ state }) => state === 'uncertain') ?? expect.fail();
    expect(job.failure).toMatchObject({ code: 'uncertain_submit', charged: 'maybe' });

    await at.stop();
    at.renew();
    expect(await at.run()).toBeNull(); // another start does not send it either
    expect(at.posts()).toEqual([1, 1, 1, 1]);

    expect(at.engine.retry({ states: ['failed', 'canceled'] })).toEqual([]);
    expect(at.engine.retry({ states: ['uncertain'] })).toEqual([job.id]);
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.attempts(job.id)).toMatchObject([
      { outcome: 'uncertain', charged: 'maybe' },
      { outcome: 'succeeded', charged: 'yes' },
    ]);
  });

  test('that never answers is given up, and uncertain', async () => {
    await using at = await Harness.open({ timeouts: { submit: 30_000 } });
    at.batch(2);
    let left = 1;
    at.fault = ({ route }) => (route === 'submit' && left-- > 0 ? { kind: 'stall', when: 'after' } : undefined);
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 1, uncertain: 1 });
    expect(at.posts()).toEqual([1, 1]);
  });

  test('three times in a row stops the queue, with at most one more in the air', async () => {
    await using at = await Harness.open({ concurrency: 8 });
    at.batch(20);
    at.fault = ({ route }) => (route === 'submit' ? { kind: 'reset', when: 'after' } : undefined);
    expect(await at.run()).toMatchObject({ code: 'service_unavailable', charged: 'maybe' });
    const { uncertain = 0, queued = 0 } = at.states();
    expect(uncertain).toBeGreaterThanOrEqual(3);
    expect(uncertain).toBeLessThanOrEqual(4);
    expect(queued).toBe(20 - uncertain);
    at.fault = undefined;
    at.engine.resume();
    expect(await at.idle()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 20 - uncertain, uncertain });
    expect(at.posts()).toEqual(Array(20).fill(1));
  });

  test('now and then does not stop the queue', async () => {
    await using at = await Harness.open();
    at.batch(20);
    at.fault = ({ route, count }) =>
      route === 'submit' && count % 5 === 0 ? { kind: 'reset', when: 'after' } : undefined;
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 16, uncertain: 4 });
    expect(at.posts()).toEqual(Array(20).fill(1));
  });
});

describe('a submit that was accepted and cannot be recorded', () => {
  test('is uncertain with its id in the reason, and not sent again when the disk has room again', async () => {
    await using at = await Harness.open({ concurrency: 1 });
    at.batch(3);
    const { jobs } = at.history;
    const apply = jobs.apply.bind(jobs);
    let full = 2; // the write and its repetition without the reserve
    vi.spyOn(jobs, 'apply').mockImplementation((id, event, now, facts) => {
      if (event.type === 'accept' && full-- > 0)
        throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      return apply(id, event, now, facts);
    });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 2, uncertain: 1 });
    expect(at.posts()).toEqual([1, 1, 1]);
    const job = at.jobs().find(({ state }) => state === 'uncertain');
    expect(job?.failure?.detail).toMatch(/accepted as practice-/);
  });

  test('because the service gave out an id twice is uncertain, too', async () => {
    const ids: string[] = [];
    const repeating = (real: Segmind): Segmind => ({
      ...real,
      submit: async (body) => {
        const answer = await real.submit(body);
        if (answer.kind !== 'accepted') return answer;
        ids.push(answer.request.id);
        return ids.length === 2 ? { ...answer, request: { ...answer.request, id: ids[0] ?? '' } } : answer;
      },
    });
    await using at = await Harness.open({ concurrency: 2, wrap: repeating });
    at.batch(5);
    expect(await at.run()).toBeNull();
    const { succeeded = 0, uncertain = 0 } = at.states();
    expect([succeeded, uncertain]).toEqual([4, 1]);
    expect(at.posts()).toEqual(Array(5).fill(1));
  });

  test('by a listener that throws is none: the run goes on', async () => {
    await using at = await Harness.open();
    at.batch(4);
    at.engine.onJob(() => {
      throw new Error('a window that is gone');
    });
    at.engine.onQueue(() => {
      throw new Error('a window that is gone');
    });
    expect(await at.run()).toBeNull();
    expect(at.states()).toEqual({ succeeded: 4 });
    expect(at.posts()).toEqual([1, 1, 1, 1]);
  });
});
