// The one step that costs money. `submitting` is committed before the socket opens and the request id before anything
// else happens; what lies between is never sent twice.
import type PQueue from 'p-queue';
import type { Batch, Job } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import { FailureError, failure } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import { requestBody } from '../domain/parameters.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disk } from '../lib/disk.ts';
import type { Segmind } from '../segmind/client.ts';
import type { Pacing } from '../segmind/pacing.ts';
import type { Ledger } from './ledger.ts';

export interface SubmitDeps {
  readonly ledger: Ledger;
  readonly segmind: Pick<Segmind, 'submit'>;
  readonly pacing: Pacing;
  /** At most two submits in the air: so many jobs are uncertain after a crash. */
  readonly gate: PQueue;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Whether new work may still go out; asked at the last moment. */
  readonly mayGo: () => boolean;
  /** Photos whose results are still to be saved. */
  readonly inFlight: () => number;
}

export type Submitted =
  | { readonly kind: 'accepted'; readonly request: ServiceRequest }
  /** Not sent, or refused for a reason that is not the photo's: it goes back untouched. */
  | { readonly kind: 'given-back'; readonly failure: Failure | null }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'uncertain'; readonly failure: Failure };

/** Room that a photo in flight may need on the disk (its part and its output), and what must stay free besides. */
const BYTES_A_JOB = 60 * 1024 * 1024;
const BYTES_FREE = 500 * 1024 * 1024;

/** Submits a prepared job, once. Never sends when the queue is paused or stopped meanwhile, or the disk is nearly full. */
export async function submitJob(job: Job, batch: Batch, deps: SubmitDeps, signal: AbortSignal): Promise<Submitted> {
  return await deps.gate.add(async () => {
    const grant = await deps.pacing.take('submit', signal);
    if (!grant) return { kind: 'given-back', failure: null };
    const stopped = deps.mayGo() ? await roomProblem(job, deps) : null;
    if (stopped || !deps.mayGo()) {
      grant.giveBack();
      return { kind: 'given-back', failure: stopped };
    }
    return await send(job, batch, deps);
  });
}

async function send(job: Job, batch: Batch, deps: SubmitDeps): Promise<Submitted> {
  const { ledger, segmind, pacing, clock } = deps;
  if (!job.upload) throw new FailureError(failure('internal', { detail: 'submit without an upload' }));
  ledger.apply(job.id, { type: 'submit' });
  const submittedAt = clock.now();
  // No signal: a submit that is in the air is waited for, because an aborted one would be uncertain.
  const answer = await segmind.submit(requestBody(batch.parameters, job.upload.url));
  switch (answer.kind) {
    case 'accepted': {
      const request = { ...answer.request, submittedAt };
      ledger.applySurely(job.id, { type: 'accept', request });
      pacing.answered();
      return { kind: 'accepted', request };
    }
    case 'uncertain':
      ledger.applySurely(job.id, { type: 'doubt', failure: answer.failure });
      pacing.answered();
      return { kind: 'uncertain', failure: answer.failure };
    case 'refused':
      if (answer.failure.code === 'rate_limited') {
        pacing.limited(answer.waitMs);
        return { kind: 'given-back', failure: null };
      }
      pacing.answered();
      return { kind: 'refused', failure: answer.failure };
  }
}

/** A full disk could not record a request that was paid for, nor keep its picture. */
async function roomProblem(job: Job, deps: SubmitDeps): Promise<Failure | null> {
  const needed = BYTES_FREE + BYTES_A_JOB * (deps.inFlight() + 1);
  for (const path of [deps.ledger.history.dir, job.outDir]) {
    const free = await deps.disk.freeBytes(path);
    if (free < needed) {
      const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
      return failure('disk_full', { detail: `${megabytes(free)} free at ${path}, ${megabytes(needed)} needed` });
    }
  }
  return deps.ledger.history.keepReserve() ? null : failure('disk_full', { detail: 'no room for the reserve' });
}
