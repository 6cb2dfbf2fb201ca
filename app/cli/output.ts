// What goes to standard output and what to standard error: with --json, one object a line on standard output and all else
// on standard error; otherwise sentences on standard output and errors on standard error.
import type { Job, JobSummary } from '../domain/batch.ts';
import type { SettledState } from '../domain/job.ts';
import { printable } from './text.ts';

export interface Streams {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export class Output {
  readonly streams: Streams;
  readonly json: boolean;

  constructor(streams: Streams, json: boolean) {
    this.streams = streams;
    this.json = json;
  }

  /** The stream for people. */
  get human(): Streams['out'] {
    return this.json ? this.streams.err : this.streams.out;
  }

  /** A line for people; names in it are made printable. */
  say(line: string): void {
    this.human.write(`${printable(line)}\n`);
  }

  /** A line about trouble. */
  warn(line: string): void {
    this.streams.err.write(`${printable(line)}\n`);
  }

  /** The last object of every run: what became of its photos, what they cost (credits) and how long it took. */
  summary(counts: Readonly<Record<SettledState, number>>, credits: number, seconds: number): void {
    this.emit({ type: 'summary', ...counts, credits, seconds: Math.round(seconds * 10) / 10 });
  }

  /** Resolves when standard output has taken all that was written. */
  flushed(): Promise<void> {
    return new Promise((resolve) => void this.streams.out.write('', () => resolve()));
  }

  /** An object for programs; nothing without --json. */
  emit(value: Readonly<Record<string, unknown>>): void {
    if (this.json) this.streams.out.write(`${JSON.stringify(value)}\n`);
  }
}

/** What is told of a job, in the order of the columns of a table. */
export const JOB_FIELDS = [
  'type',
  'id',
  'batch',
  'service',
  'source',
  'state',
  'output',
  'requestId',
  'attempts',
  'code',
  'message',
  'detail',
  'charged',
  'credits',
  'createdAt',
  'finishedAt',
] as const;

/** A job as programs read it. */
export function jobLine(summary: JobSummary): Record<(typeof JOB_FIELDS)[number], string | number | null> {
  const { job, requestId, attempts, charged, credits } = summary;
  return {
    type: 'job',
    id: job.id,
    batch: job.batchId,
    service: job.service,
    source: job.sourcePath,
    state: job.state,
    output: job.output?.path ?? null,
    requestId,
    attempts,
    code: job.failure?.code ?? null,
    message: job.failure?.message ?? null,
    detail: job.failure?.detail ?? null,
    charged,
    credits,
    createdAt: isoTime(job.createdAt),
    finishedAt: isoTime(job.finishedAt),
  };
}

/** Why a job is where it is, in one line, and the command that helps where the sentence names none. */
export function reason({ id, failure }: Pick<Job, 'id' | 'failure'>): string {
  if (!failure) return '';
  const hint = failure.code === 'result_gone' ? ` “retry ${id} --uncertain” has it made anew.` : '';
  return failure.detail ? `${failure.message}${hint} (${failure.detail})` : `${failure.message}${hint}`;
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
