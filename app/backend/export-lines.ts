// A job as a line of an export: what a photographer or a bookkeeper asks for, under names that a spreadsheet shows.
import { basename, dirname } from 'node:path';
import type { Attempt, Batch, JobSummary } from '../domain/batch.ts';

export type Value = string | number | boolean | null;
export const EXPORT_COLUMNS = [
  'job',
  'batch',
  'batch_id',
  'service',
  'file',
  'folder',
  'state',
  'left_uncertain_at',
  'failure',
  'failure_message',
  'failure_detail',
  'resolution',
  'steps',
  'seed',
  'preserve_alpha',
  'input_moderation',
  'output_moderation',
  'width',
  'height',
  'output',
  'output_width',
  'output_height',
  'output_bytes',
  'request_ids',
  'attempts',
  'charged',
  'credits',
  'created_at',
  'submitted_at',
  'finished_at',
] as const;

export type ExportLine = Readonly<Record<(typeof EXPORT_COLUMNS)[number], Value>>;

/** Times are ISO 8601 in UTC; several request ids are parted by spaces. */
export function exportLine({ job, attempts: runs, charged, credits }: JobSummary, of: ExportOf): ExportLine {
  const { batch, attempts } = of;
  const { resolution, steps, seed, preserveAlpha, inputModeration, outputModeration } = batch.parameters;
  return {
    job: job.id,
    batch: batch.name,
    batch_id: batch.id,
    service: job.service,
    file: basename(job.sourcePath),
    folder: dirname(job.sourcePath),
    state: job.state,
    left_uncertain_at: time(job.leftAt),
    failure: job.failure?.code ?? null,
    failure_message: job.failure?.message ?? null,
    failure_detail: job.failure?.detail ?? null,
    resolution,
    steps,
    seed,
    preserve_alpha: preserveAlpha,
    input_moderation: inputModeration,
    output_moderation: outputModeration,
    width: job.width,
    height: job.height,
    output: job.output?.path ?? null,
    output_width: job.output?.width ?? null,
    output_height: job.output?.height ?? null,
    output_bytes: job.output?.bytes ?? null,
    request_ids: attempts.flatMap(({ requestId }) => requestId ?? []).join(' '),
    attempts: runs,
    charged,
    credits,
    created_at: time(job.createdAt),
    submitted_at: time(attempts.findLast(({ submittedAt }) => submittedAt !== null)?.submittedAt ?? null),
    finished_at: time(job.finishedAt),
  };
}

export interface ExportOf {
  readonly batch: Batch;
  readonly attempts: readonly Attempt[];
}

/** A line of CSV by RFC 4180, with its end. */
export function csvLine(values: readonly Value[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/**
 * A spreadsheet takes text that begins with certain characters for a formula and would run it: an apostrophe before it
 * says that it is text. Source: OWASP, CSV Injection. Numbers are written as they are.
 */
function csvCell(value: Value): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
