// The book of attempts: which rows are opened, closed and dropped, and on which the money is booked.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { request, SERVICE, TestHistory } from './support.ts';

let at: TestHistory;
let id: number;

beforeEach(() => {
  at = new TestHistory();
  id = at.job();
});
afterEach(() => at[Symbol.dispose]());

const rows = () => at.history.attempts.ofJob(id);
const shortly = (attempt: Attempt) =>
  `${attempt.number} ${attempt.outcome ?? 'open'} ${attempt.requestId ?? '-'} ${attempt.charged}`;
const book = () => rows().map(shortly);
const summary = () => [...at.history.summaries.list({ jobIds: [id] })][0];

describe('the attempts of a job', () => {
  it('are one row, opened by the claim and closed by the save, with every time and what the service told', () => {
    const begin = at.clock.now();
    at.completed(id, 'r1');
    expect(book()).toEqual(['1 open r1 yes']);
    const output = { path: '/out/1.jpg', bytes: 9, sha256: 'abc', width: 3, height: 2 };
    const metrics = { credits: 0.04, queueSeconds: 1, inferenceSeconds: 2, totalSeconds: 3 };
    at.apply(id, { type: 'save' }, { output, metrics });
    expect(rows()).toEqual([
      {
        jobId: id,
        number: 1,
        startedAt: begin + 1,
        submittedAt: begin + 2,
        acceptedAt: begin + 3,
        endedAt: begin + 5,
        outcome: 'succeeded',
        code: null,
        message: null,
        httpStatus: null,
        requestId: 'r1',
        charged: 'yes',
        ...metrics,
      },
    ]);
    expect(at.history.jobs.get(id)).toMatchObject({ state: 'succeeded', output, finishedAt: begin + 5, request: null });
  });

  it('tell of the pace only when the photo was sent in the same while, not when it was fetched later', () => {
    at.completed(id, 'r1');
    const sentAt = rows()[0]?.submittedAt ?? 0;
    const output = { path: '/out/1.jpg', bytes: 9, sha256: 'abc', width: 3, height: 2 };
    at.apply(id, { type: 'save' }, { output });
    const lately = (since: number) => at.history.attempts.finishedSince(SERVICE, since, 10);
    expect(lately(sentAt)).toMatchObject([{ at: rows()[0]?.endedAt }]);
    expect(lately(sentAt + 1)).toEqual([]);
  });

  it('are none after a release before the service accepted: a 429 leaves no trace', () => {
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'submit' });
    at.apply(id, { type: 'release' });
    expect(rows()).toEqual([]);
    expect(at.history.jobs.get(id)?.attempts).toBe(0);
    at.accepted(id, 'r1');
    expect(book()).toEqual(['1 open r1 maybe']);
  });

  it('stay open when a full disk gives a paid picture back, and the next run closes the same row', () => {
    at.completed(id, 'r1');
    at.apply(id, { type: 'release' });
    expect(book()).toEqual(['1 open r1 yes']);
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'refetch' });
    at.apply(id, { type: 'save' });
    expect(book()).toEqual(['1 succeeded r1 yes']);
  });

  it('are closed with why by a retry, and the next claim opens another', () => {
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'submit' });
    at.apply(id, { type: 'retry', failure: failure('service_error', { status: 500 }), notBefore: 0 });
    at.accepted(id, 'r1');
    expect(book()).toEqual(['1 retried - no', '2 open r1 maybe']);
    expect(rows()[0]).toMatchObject({
      code: 'service_error',
      message: failure('service_error').message,
      httpStatus: 500,
    });
  });

  it('may be charged from the moment the service accepted, not only once it is done', () => {
    at.accepted(id, 'r1');
    expect(summary()?.charged).toBe('maybe');
    at.apply(id, { type: 'release' });
    at.apply(id, { type: 'cancel' });
    expect(book()).toEqual(['1 canceled r1 maybe']);
  });

  it('are known to be free when the service says that the request failed', () => {
    at.accepted(id, 'r1');
    at.fail(id, failure('service_failed'), true);
    expect(book()).toEqual(['1 failed r1 no']);
  });

  it('have the money booked on the row of the request when a later run learns of it', () => {
    at.accepted(id, 'r1');
    at.fail(id, failure('timeout'));
    at.apply(id, { type: 'requeue' });
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'reask' });
    expect(book()).toEqual(['1 failed r1 maybe', '2 open - no']);
    const metrics = { credits: 0.05, totalSeconds: 900 };
    at.apply(id, { type: 'complete', outputUrl: 'https://x/1.jpg' }, { metrics });
    at.apply(id, { type: 'save' });
    expect(book()).toEqual(['1 failed r1 yes', '2 succeeded - no']);
    expect(rows()[0]).toMatchObject({ credits: 0.05, totalSeconds: 900 });
    expect(summary()).toMatchObject({ requestId: 'r1', attempts: 2, charged: 'yes', credits: 0.05 });
  });

  it('are not put in doubt again once they are known to be charged', () => {
    at.accepted(id, 'r1');
    at.fail(id, failure('result_missing'));
    at.apply(id, { type: 'requeue' });
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'reask' });
    at.fail(id, failure('expired'), true);
    expect(book()).toEqual(['1 failed r1 yes', '2 failed - no']);
  });

  it('may have been charged when a submit is uncertain, and a retry by the user is another row', () => {
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'submit' });
    at.apply(id, { type: 'doubt', failure: failure('uncertain_submit') });
    expect(book()).toEqual(['1 uncertain - maybe']);
    at.apply(id, { type: 'requeue' });
    at.accepted(id, 'r2');
    expect(book()).toEqual(['1 uncertain - maybe', '2 open r2 maybe']);
  });

  it('tell of a doubt about a job that, as far as is known, never ran', () => {
    at.apply(id, { type: 'doubt', failure: failure('history_restored') });
    expect(book()).toEqual(['1 uncertain - maybe']);
    expect(summary()).toMatchObject({ attempts: 1, charged: 'maybe' });
  });

  it('end with a cancel: free before the submit, perhaps charged after', () => {
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'cancel' });
    expect(book()).toEqual(['1 canceled - no']);
    at.apply(id, { type: 'requeue' });
    at.accepted(id, 'r1');
    at.apply(id, { type: 'cancel' });
    expect(book()).toEqual(['1 canceled - no', '2 canceled r1 maybe']);
  });

  it('end with a skip, and a skip or cancel of a job that was never claimed is none', () => {
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'skip', failure: failure('already_enhanced') });
    expect(book()).toEqual(['1 skipped - no']);
    const other = at.job();
    at.apply(other, { type: 'cancel' });
    expect(at.history.attempts.ofJob(other)).toEqual([]);
  });

  it('keep what the service told first when a later answer leaves it out', () => {
    at.accepted(id, 'r1');
    at.history.attempts.addFacts(SERVICE, 'r1', { credits: 0.04, totalSeconds: 30 });
    at.history.attempts.addFacts(SERVICE, 'r1', { queueSeconds: 2 });
    at.history.attempts.addFacts('https://elsewhere', 'r1', { credits: 9 });
    expect(rows()[0]).toMatchObject({ credits: 0.04, totalSeconds: 30, queueSeconds: 2, inferenceSeconds: null });
  });

  it('refuse a request id twice, whole', () => {
    const other = at.job();
    at.accepted(id, 'r1');
    at.apply(other, { type: 'claim' });
    at.apply(other, { type: 'submit' });
    expect(() => at.apply(other, { type: 'accept', request: request('r1') })).toThrow(/UNIQUE/);
    expect(at.history.jobs.get(other)).toMatchObject({ state: 'submitting', request: null });
    expect(at.history.attempts.ofJob(other)[0]).toMatchObject({ requestId: null, acceptedAt: null });
  });
});

describe('what was learned from all attempts', () => {
  function succeed(job: number, requestId: string, metrics: { credits?: number; totalSeconds?: number }): void {
    at.completed(job, requestId);
    at.apply(job, { type: 'save' }, { metrics });
  }

  it('is the usual cost and the latest durations of one service, newest first', () => {
    const { ids } = at.batch(3);
    ids.forEach((job, index) => succeed(job, `r${index}`, { credits: index / 10, totalSeconds: 10 * index }));
    expect(at.history.attempts.durations(SERVICE, 2)).toEqual([20, 10]);
    expect(at.history.attempts.usualCost(SERVICE)).toBeCloseTo(0.1);
    expect(at.history.attempts.usualCost('https://elsewhere')).toBeNull();
    expect(at.history.attempts.durations('https://elsewhere', 5)).toEqual([]);
  });

  it('is what was spent since a time and on a batch', () => {
    const { batch, ids } = at.batch(2);
    succeed(ids[0] ?? 0, 'r1', { credits: 0.5 });
    at.clock.jump(1_000);
    const since = at.clock.now();
    succeed(ids[1] ?? 0, 'r2', { credits: 0.25 });
    succeed(at.job({ service: 'practice' }), 'p1', { credits: 8 });
    expect(at.history.attempts.creditsSince(SERVICE, since)).toBe(0.25);
    expect(at.history.attempts.creditsSince(SERVICE, 0)).toBe(0.75);
    expect(at.history.batches.credits(batch.id)).toBe(0.75);
    expect(at.history.batches.credits(id)).toBe(0);
  });
});
