// Batches, jobs and attempts as records: what the history keeps and every front end shows.
import type { Charged, FailureCode } from './failure.ts';
import type { JobLife, JobState } from './job.ts';
import { JOB_STATES } from './job.ts';
import type { Parameters } from './parameters.ts';

/** What to do when an enhanced picture of the same name is already there. */
export const EXISTS_POLICIES = ['skip', 'number', 'overwrite'] as const;
export type ExistsPolicy = (typeof EXISTS_POLICIES)[number];

export interface OutputSettings {
  readonly onExists: ExistsPolicy;
  /** File name template, see naming.ts. */
  readonly template: string;
  /** Photos larger than this many megapixels are scaled down for the upload. */
  readonly maxUploadMegapixels: number;
}

/** The service's name in the history for the practice service. */
export const PRACTICE_SERVICE = 'practice';

export interface Batch {
  readonly id: number;
  readonly name: string;
  /** Which service its requests belong to: the API's origin, or `practice`. A request id means nothing anywhere else. */
  readonly service: string;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A batch to be found by its name. */
export type BatchName = Pick<Batch, 'id' | 'name' | 'createdAt'>;

/** What all batches of the history add up to: photos of any service, and apart from them what costs money. */
export interface Totals {
  readonly enhanced: number;
  readonly unfinished: number;
  /** Of services that cost money, so without practice. */
  readonly paid: {
    readonly unfinished: number;
    /** Photos of these that only the account they were sent with can fetch. */
    readonly atService: number;
    /** Credits that requests cost so far; those of removed photos count as long as their batch is there. */
    readonly credits: number;
  };
}

/** A photo to enhance, as the intake plans it. */
export interface PlannedJob {
  /** Absolute, as found. */
  readonly sourcePath: string;
  readonly sourceBytes: number;
  /** Modification time, whole milliseconds since the epoch: `Math.trunc` of Node's `stats.mtimeMs`. */
  readonly sourceMtimeMs: number;
  readonly format: string;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** Absolute folder of the output, links resolved as far as it exists; it may have to be made. */
  readonly outDir: string;
  /** File name of the output without its extension; no two jobs of a plan have the same in one folder. */
  readonly outStem: string;
  /** SHA-256 of the source in hex, where it is known already. */
  readonly sourceHash?: string | null;
}

export interface SavedOutput {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

export interface Job extends JobLife, Omit<PlannedJob, 'sourceBytes' | 'sourceMtimeMs'> {
  readonly id: number;
  readonly batchId: number;
  readonly service: string;
  /** Higher goes first. */
  readonly priority: number;
  /** What the source was when it was queued; null after a retry, which takes it as it is then. */
  readonly fingerprint: { readonly bytes: number; readonly mtimeMs: number } | null;
  /** SHA-256 of the source, once it was read. */
  readonly sourceHash: string | null;
  /** The prepared photo at the service's storage, so that it need not be uploaded again. */
  readonly upload: { readonly url: string; readonly at: number } | null;
  /** Where the output is about to be, or is. */
  readonly outputPath: string | null;
  readonly output: SavedOutput | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  /** When the user decided to leave it as it is, uncertain; null while that is open. */
  readonly leftAt: number | null;
}

/** How an attempt ended. */
export type AttemptOutcome = 'succeeded' | 'retried' | 'failed' | 'uncertain' | 'canceled' | 'skipped';

/** One run of a job, from taking it up to its outcome. Money is booked on the attempt whose request it was for. */
export interface Attempt {
  readonly jobId: number;
  /** From 1, never reset. */
  readonly number: number;
  readonly startedAt: number;
  readonly submittedAt: number | null;
  readonly acceptedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: AttemptOutcome | null;
  readonly code: FailureCode | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  readonly charged: Charged;
  readonly credits: number | null;
  readonly queueSeconds: number | null;
  readonly inferenceSeconds: number | null;
  readonly totalSeconds: number | null;
}

/** A job with what its attempts add up to: a line of the history. */
export interface JobSummary {
  readonly job: Job;
  /** The last request id it had. */
  readonly requestId: string | null;
  readonly attempts: number;
  readonly charged: Charged;
  readonly credits: number;
}

export type StateCounts = Readonly<Record<JobState, number>>;

export function emptyCounts(): Record<JobState, number> {
  return Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
}

/** Jobs in all states together. */
export function totalOf(counts: StateCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Jobs whose picture is there: what a user calls done. */
export function enhancedOf(counts: StateCounts): number {
  return counts.succeeded;
}

/** Jobs that came to an end, whatever it was, other than by being canceled: how far the work is, not what came of it. */
export function doneOf(counts: StateCounts): number {
  return totalOf(counts) - unfinishedOf(counts) - counts.canceled;
}

/** Jobs on which something is still to happen by itself. */
export function unfinishedOf(counts: StateCounts): number {
  return counts.queued + counts.preparing + counts.submitting + counts.processing + counts.saving;
}
