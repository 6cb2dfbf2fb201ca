// The lines that a window shows, made of what the history holds.
import { basename, dirname } from 'node:path';
import type { BatchRow, HistoryRow, JobRow, QueueState } from '../contract/values.ts';
import type { Batch, Job, JobSummary } from '../domain/batch.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { isOwed } from '../domain/job.ts';
import { PACE_SAMPLES, PACE_WINDOW_MS, photosPerMinute, secondsFor } from '../domain/pace.ts';
import type { BatchSummary } from '../history/batch-summaries.ts';
import type { History } from '../history/history.ts';
import { typicalMs } from './queue-state.ts';

export function toJobRow({ job, charged, credits }: JobSummary): JobRow {
  return {
    id: job.id,
    batchId: job.batchId,
    state: job.state,
    name: basename(job.sourcePath),
    width: job.width,
    height: job.height,
    notBefore: job.notBefore,
    submittedAt: isAtService(job) ? (job.request?.submittedAt ?? null) : null,
    failure: job.failure,
    output: job.output && { name: basename(job.output.path), width: job.output.width, height: job.output.height },
    attempts: job.attempts,
    charged,
    credits,
    owed: isOwed(job),
    left: job.leftAt !== null,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
    finishedAt: job.finishedAt,
  };
}

export function toHistoryRow(summary: JobSummary, batch: Batch | undefined): HistoryRow {
  return {
    ...toJobRow(summary),
    batchName: batch?.name ?? '',
    practice: summary.job.service === PRACTICE_SERVICE,
    folder: dirname(summary.job.sourcePath),
    requestId: summary.requestId,
  };
}

function isAtService({ state }: Job): boolean {
  return state === 'processing' || state === 'saving';
}

/** What the times left are told by: read once for all batches. */
export interface PaceAtService {
  readonly service: string;
  readonly now: number;
  /** Whether photos are sent: while the queue is paused or stopped, no time is told. */
  readonly sends: boolean;
  /** Nothing that waits now can go before this time, by the plan's or the service's word (milliseconds since the epoch). */
  readonly notBefore: number;
  readonly concurrency: number;
  readonly typicalMs: number | null;
  readonly finished: readonly { readonly batchId: number; readonly at: number }[];
  /** Photos of each batch that are not finished, in the order in which batches are worked on. */
  readonly unfinished: ReadonlyMap<number, number>;
}

/** @throws system and SQLite errors of the history */
export function paceAt(history: History, service: string, queue: QueueState, now: number): PaceAtService {
  return {
    service,
    now,
    sends: !queue.paused && queue.stopped === null,
    notBefore: Math.max(queue.paced?.until ?? 0, queue.limitedUntil ?? 0),
    concurrency: queue.concurrency,
    typicalMs: typicalMs(history, service),
    finished: history.attempts.finishedSince(service, now - PACE_WINDOW_MS, PACE_SAMPLES),
    unfinished: withoutResting(history.batchSummaries.unfinished(service), queue),
  };
}

/** What waits for its watch folder keeps no other photo waiting. */
function withoutResting(unfinished: ReadonlyMap<number, number>, { resting }: QueueState): ReadonlyMap<number, number> {
  const going = new Map(unfinished);
  for (const { batchId, photos } of resting) going.set(batchId, (going.get(batchId) ?? 0) - photos);
  return going;
}

/** @param pace of the service that is running; null while there is none */
export function toBatchRow({ batch, counts, credits }: BatchSummary, pace: PaceAtService | null): BatchRow {
  const { id, name, service, parameters, output, createdAt } = batch;
  return {
    id,
    name,
    service,
    practice: service === PRACTICE_SERVICE,
    parameters,
    output,
    createdAt,
    counts,
    credits,
    ...timesOf(id, pace?.unfinished.get(id) ?? 0, pace?.service === service ? pace : null),
  };
}

/** What a batch's row tells of time. */
export function timesOf(
  batchId: number,
  unfinished: number,
  pace: PaceAtService | null,
): Pick<BatchRow, 'secondsLeft' | 'photosPerMinute'> {
  if (!pace?.sends || unfinished === 0) return { secondsLeft: null, photosPerMinute: null };
  const facts = { ...pace, finishedAt: pace.finished.map(({ at }) => at) };
  const own = pace.finished.filter((photo) => photo.batchId === batchId).map(({ at }) => at);
  const seconds = secondsFor(unfinished + photosAhead(batchId, pace.unfinished), facts);
  return {
    secondsLeft: seconds === null ? null : Math.max(seconds, Math.ceil((pace.notBefore - pace.now) / 1_000)),
    photosPerMinute: photosPerMinute(own, facts),
  };
}

/** Photos are taken up in the order in which they were added, so those of earlier batches go first. */
function photosAhead(batchId: number, unfinished: ReadonlyMap<number, number>): number {
  let photos = 0;
  for (const [id, count] of unfinished) if (id < batchId) photos += count;
  return photos;
}
