// Photos that a later batch enhanced: a retry of the job that failed does not pay for them again.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRACTICE_SERVICE } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { retryJobs } from '../../app/engine/commands.ts';
import { planned, SERVICE, TestHistory } from '../history/support.ts';

let at: TestHistory;
beforeEach(() => (at = new TestHistory()));
afterEach(() => at[Symbol.dispose]());

const UNMODERATED = { parameters: { ...DEFAULT_PARAMETERS, inputModeration: false, outputModeration: false } };

function blocked(id: number): number {
  at.accepted(id, `request-${id}`);
  at.fail(id, failure('moderated', { charged: 'no' }), true);
  return id;
}

function enhanced(id: number): number {
  at.completed(id, `request-${id}`);
  at.apply(id, { type: 'save' }, { output: { path: `/out/${id}.jpg`, bytes: 9, sha256: 'f', width: 2, height: 1 } });
  return id;
}

function retry(jobIds?: readonly number[]): number[] {
  const filter = jobIds ? { jobIds } : {};
  const states = ['failed', 'canceled', 'uncertain'] as const;
  return retryJobs(at.history, { ...filter, service: SERVICE, states }, at.clock.now());
}

describe('a photo that failed', () => {
  it('and was enhanced in a later batch with other parameters is left alone', () => {
    const old = blocked(at.job());
    const batchId = at.history.jobs.get(enhanced(at.job(UNMODERATED)))?.batchId;
    expect(at.history.jobs.mendedIn(old)).toBe(batchId);
    expect(retry()).toEqual([]);
    expect(at.history.jobs.get(old)?.state).toBe('failed');
  });

  it('goes back when the later batch did not enhance it either, but not together with it', () => {
    const old = blocked(at.job());
    const later = blocked(at.job(UNMODERATED));
    expect(retry()).toEqual([later]);
    expect(retry()).toEqual([]);
    at.apply(later, { type: 'cancel' });
    expect(retry([old])).toEqual([old]);
  });

  it.each(['queued', 'at the service'])('is left alone while a later job of it is %s', (how) => {
    const old = blocked(at.job());
    const later = at.job();
    if (how !== 'queued') at.accepted(later, 'request-later');
    expect(retry()).toEqual([]);
    at.apply(later, { type: 'cancel' });
    expect(retry([old])).toEqual([old]);
  });

  it('is left alone while an earlier job that makes the same of it goes on', () => {
    const first = blocked(at.job());
    const second = blocked(at.job());
    expect(retry([first])).toEqual([first]);
    expect(retry([second])).toEqual([]);
  });

  it('goes back while an earlier job makes something else of it', () => {
    at.job(UNMODERATED);
    const second = blocked(at.job());
    expect(retry([second])).toEqual([second]);
  });

  it('is left alone while another job may have been charged for it, until the user consents to that', () => {
    const old = blocked(at.job());
    const other = at.job();
    at.apply(other, { type: 'claim' });
    at.apply(other, { type: 'submit' });
    at.apply(other, { type: 'doubt', failure: failure('uncertain_submit') });
    const asFree = retryJobs(at.history, { service: SERVICE, states: ['failed', 'canceled'] }, at.clock.now());
    expect(asFree).toEqual([]);
    expect(retry([old])).toEqual([old]);
  });

  it('goes back when it was changed since it was tried', () => {
    const old = blocked(at.job());
    enhanced(at.job({ jobs: [{ ...planned(1), sourceMtimeMs: 9_000 }] }));
    expect(retry()).toEqual([old]);
  });

  it('goes back when only another service enhanced it, and when the other batch was made before it failed', () => {
    const old = at.job();
    const beside = at.job(UNMODERATED);
    blocked(old);
    enhanced(beside);
    enhanced(at.job({ service: PRACTICE_SERVICE }));
    expect(retry()).toEqual([old]);
  });

  it('goes back while its own picture can still be fetched for nothing', () => {
    const old = at.job();
    at.accepted(old, 'request-old');
    at.fail(old, failure('timeout'));
    enhanced(at.job(UNMODERATED));
    expect(retry()).toEqual([old]);
  });
});
