// The one step that costs money. `submitting` is committed before the socket opens and the request id before anything
// else happens; what lies between is never sent twice.
import type PQueue from 'p-queue';
import type { Batch, Job } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import { classify, FailureError, failure } from '../domain/failure.ts';
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
  /** Not sent, for a reason that is not the photo's: it goes back untouched. */
  | { readonly kind: 'given-back'; readonly failure: Failure | null }
  /** Refused by a 429: it goes back untouched. */
  | { readonly kind: 'limited' }
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
    let url: string;
    try {
      const stopped = deps.mayGo() ? await roomProblem(job, deps) : null;
      if (stopped || !deps.mayGo()) {
        grant.giveBack();
        return { kind: 'given-back', failure: stopped };
      }
      url = begin(job, deps);
    } catch (error) {
      grant.giveBack(); // not sent: others may wait for what this one was to find out
      throw error;
    }
    return await send(job, requestBody(batch.parameters, url), deps);
  });
}

/**
 * Commits that the job is about to be sent.
 * @returns the URL of its upload
 * @throws {IllegalTransition} when it was canceled meanwhile
 */
function begin(job: Job, { ledger }: SubmitDeps): string {
  if (!job.upload) throw new FailureError(failure('internal', { detail: 'submit without an upload' }));
  ledger.apply(job.id, { type: 'submit' });
  return job.upload.url;
}

async function send(job: Job, body: ReturnType<typeof requestBody>, deps: SubmitDeps): Promise<Submitted> {
  const { ledger, segmind, pacing, clock } = deps;
  const submittedAt = clock.now();
  // No signal: a submit that is in the air is waited for, because an aborted one would be uncertain.
  const answer = await segmind.submit(body);
  if (answer.kind === 'refused' && answer.failure.code === 'rate_limited') {
    pacing.limited(answer.waitMs);
    return { kind: 'limited' };
  }
  pacing.answered();
  switch (answer.kind) {
    case 'accepted': {
      const request = { ...answer.request, submittedAt };
      record(job, request, ledger);
      return { kind: 'accepted', request };
    }
    case 'uncertain':
      ledger.applySurely(job.id, { type: 'doubt', failure: answer.failure });
      return { kind: 'uncertain', failure: answer.failure };
    case 'refused':
      return { kind: 'refused', failure: answer.failure };
  }
}

/** @throws {FailureError} `uncertain_submit`, with the id, when the history cannot take it: it must not be sent again */
function record(job: Job, request: ServiceRequest, ledger: Ledger): void {
  try {
    ledger.applySurely(job.id, { type: 'accept', request });
  } catch (error) {
    const detail = `accepted as ${request.id}, which could not be recorded: ${String(error)}`;
    throw new FailureError(failure('uncertain_submit', { detail }), { cause: error });
  }
}

/**
 * A full disk could not record a request that was paid for, nor keep its picture.
 * @throws {FailureError} `data_unwritable` or `output_unwritable` when a disk cannot be asked
 */
async function roomProblem(job: Job, deps: SubmitDeps): Promise<Failure | null> {
  const needed = BYTES_FREE + BYTES_A_JOB * (deps.inFlight() + 1);
  const places = [
    [deps.ledger.history.dir, 'data_unwritable'],
    [job.outDir, 'output_unwritable'],
  ] as const;
  for (const [path, code] of places) {
    const free = await deps.disk.freeBytes(path).catch((error: unknown) => {
      throw new FailureError(failure(code, { detail: classify(error).detail }), { cause: error });
    });
    if (free < needed) {
      const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
      return failure('disk_full', { detail: `${megabytes(free)} free at ${path}, ${megabytes(needed)} needed` });
    }
  }
  return deps.ledger.history.keepReserve() ? null : failure('disk_full', { detail: 'no room for the reserve' });
}
