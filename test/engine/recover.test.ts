// What each state means when the process that was at work is gone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearLeftovers, recover } from '../../app/engine/recover.ts';
import { SERVICE, TestHistory } from '../history/support.ts';

let at: TestHistory;

beforeEach(() => {
  at = new TestHistory();
});
afterEach(() => at[Symbol.dispose]());

describe('bringing the jobs of a dead process back', () => {
  it('lets what was not sent wait again, and gives its attempt back', () => {
    const id = at.job();
    at.apply(id, { type: 'claim' });
    at.history.jobs.setPrepared(id, { hash: 'h', uploadUrl: 'https://up/1' }, 5);
    const recovered = recover(at.reopen(), at.clock.now());
    expect(recovered).toEqual({ requeued: [id], uncertain: [] });
    expect(at.history.jobs.get(id)).toMatchObject({
      state: 'queued',
      attempts: 0,
      notBefore: 0,
      upload: { url: 'https://up/1', at: 5 },
    });
    expect(at.history.attempts.ofJob(id)).toEqual([]);
  });

  it('leaves what was being sent to the user, as perhaps charged', () => {
    const id = at.job();
    at.apply(id, { type: 'claim' });
    at.apply(id, { type: 'submit' });
    expect(recover(at.reopen(), at.clock.now())).toEqual({ requeued: [], uncertain: [id] });
    expect(at.history.jobs.get(id)).toMatchObject({ state: 'uncertain', failure: { code: 'uncertain_submit' } });
    expect(at.history.attempts.ofJob(id)).toMatchObject([{ outcome: 'uncertain', charged: 'maybe' }]);
    expect(at.history.jobs.claimable(SERVICE, { kind: 'all' }, { now: at.clock.now(), limit: 9 })).toEqual([]);
  });

  it('does not touch what is at the service, on its way back, waiting or settled', () => {
    const { ids } = at.batch(5);
    const [processing = 0, saving = 0, owed = 0, done = 0] = ids;
    at.accepted(processing, 'r1');
    at.completed(saving, 'r2');
    at.completed(owed, 'r3');
    at.apply(owed, { type: 'release', notBefore: 99 });
    at.completed(done, 'r4');
    at.apply(done, { type: 'save' });
    const before = ids.map((id) => [at.history.jobs.get(id), at.history.attempts.ofJob(id)]);
    expect(recover(at.reopen(), at.clock.now() + 1)).toEqual({ requeued: [], uncertain: [] });
    expect(ids.map((id) => [at.history.jobs.get(id), at.history.attempts.ofJob(id)])).toEqual(before);
  });

  it('keeps what is paid for with a job that was claimed to fetch it', () => {
    const id = at.job();
    at.completed(id, 'r1');
    at.apply(id, { type: 'release' });
    at.apply(id, { type: 'claim' });
    expect(recover(at.reopen(), at.clock.now()).requeued).toEqual([id]);
    expect(at.history.jobs.owed(SERVICE, { now: at.clock.now(), limit: 9 })).toEqual([id]);
    expect(at.history.attempts.ofJob(id)).toMatchObject([{ requestId: 'r1', charged: 'yes' }]);
  });

  it('does so for the jobs of every service: none of their processes can be alive', () => {
    const id = at.job({ service: 'practice' });
    at.apply(id, { type: 'claim' });
    expect(recover(at.reopen(), at.clock.now()).requeued).toEqual([id]);
  });

  it('is done once: a second time there is nothing left to bring back', () => {
    const { ids } = at.batch(2);
    for (const id of ids) at.apply(id, { type: 'claim' });
    at.apply(ids[0] ?? 0, { type: 'submit' });
    recover(at.history, 1);
    expect(recover(at.history, 2)).toEqual({ requeued: [], uncertain: [] });
  });

  it('does all of 10,000 jobs or none', () => {
    const { ids } = at.batch(10_000);
    at.history.atomically(() => {
      for (const id of ids) at.history.jobs.apply(id, { type: 'claim' }, 1);
      for (const id of ids.slice(0, 5_000)) at.history.jobs.apply(id, { type: 'submit' }, 2);
    });
    const undone = () =>
      at.history.atomically(() => {
        recover(at.history, 3);
        throw new Error('the power is gone');
      });
    expect(undone).toThrow('the power is gone');
    expect(at.history.jobs.counts(SERVICE)).toMatchObject({ preparing: 5_000, submitting: 5_000 });
    const { requeued, uncertain } = recover(at.history, 3);
    expect([requeued.length, uncertain.length]).toEqual([5_000, 5_000]);
    expect(at.history.jobs.counts(SERVICE)).toMatchObject({ queued: 5_000, uncertain: 5_000 });
  });

  it('removes prepared uploads that were left, and is content when there are none', async () => {
    mkdirSync(join(at.dir, 'tmp'));
    writeFileSync(join(at.dir, 'tmp', 'upload-1'), 'x');
    await clearLeftovers(at.history);
    expect(existsSync(join(at.dir, 'tmp'))).toBe(false);
    await clearLeftovers(at.history);
  });
});
