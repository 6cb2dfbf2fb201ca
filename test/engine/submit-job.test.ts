// The step that costs money, alone: a leave to send that was not used must not be lost.
import PQueue from 'p-queue';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../app/engine/ledger.ts';
import { submitJob } from '../../app/engine/submit-job.ts';
import { silentLog } from '../../app/lib/log.ts';
import { Pacing } from '../../app/segmind/pacing.ts';
import { ManualClock } from '../fakes/clock.ts';
import { GIB, Harness } from '../fakes/harness.ts';

describe('submitJob', () => {
  test.each<[string, () => Promise<number>]>([
    ['was canceled while it waited', () => Promise.resolve(GIB * 9)],
    ['has a disk that cannot be asked', () => Promise.reject(new Error('no'))],
  ])('of the one that goes ahead after a 429 and %s lets another go ahead', async (_, freeBytes) => {
    await using at = await Harness.open();
    const batch = at.batch(1); // queued: as after a cancel and a retry, it may not be submitted
    const clock = new ManualClock();
    using pacing = new Pacing({ clock, perMinute: 10, random: () => 0 });
    pacing.limited(1_000);
    const deps = {
      ledger: new Ledger(at.history, at.clock, silentLog),
      segmind: { submit: () => expect.fail('it was sent') },
      pacing,
      gate: new PQueue({ concurrency: 2 }),
      disk: { freeBytes },
      clock,
      mayGo: () => true,
      inFlight: () => 0,
    };
    const job = { ...at.job(1), upload: { url: 'https://storage.example/1.jpg', at: clock.now() } };
    const submitted = submitJob(job, batch, deps, new AbortController().signal).catch((error: unknown) => error);
    const next = pacing.take('submit');
    await clock.run(1_000);
    expect(await submitted).toBeInstanceOf(Error);
    expect(await next).not.toBeNull();
    expect(deps.gate.pending).toBe(0);
  });
});
