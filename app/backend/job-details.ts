// Everything that is known of single jobs: for the panel beside the picture, and as text to send to somebody.
import type { JobDetail } from '../contract/values.ts';
import type { Attempt, JobSummary } from '../domain/batch.ts';
import { toJobRow } from '../engine/rows.ts';
import type { History } from '../history/history.ts';
import { withoutKeys } from '../lib/log.ts';

const AT_ONCE = 500;

/** Null when it is not, or no longer, in the history. */
export function detailOf(history: History, id: number): JobDetail | null {
  const [summary] = history.summaries.byIds([id]);
  const batch = summary && history.batches.get(summary.job.batchId);
  if (!summary || !batch) return null;
  const { job, requestId } = summary;
  return {
    row: toJobRow(summary),
    batchName: batch.name,
    service: job.service,
    parameters: batch.parameters,
    sourcePath: job.sourcePath,
    outputPath: job.output?.path ?? null,
    outputBytes: job.output?.bytes ?? null,
    sourceHash: job.sourceHash,
    outputHash: job.output?.sha256 ?? null,
    requestId,
    attempts: history.attempts.ofJob(id),
  };
}

/** A block of readable lines for each job, in the order asked for. Never holds a key. */
export function detailsText(history: History, ids: readonly number[]): string {
  const blocks: string[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const slice = ids.slice(at, at + AT_ONCE);
    const attempts = history.attempts.ofJobs(slice);
    for (const summary of history.summaries.byIds(slice)) {
      const batchName = history.batches.get(summary.job.batchId)?.name ?? '';
      blocks.push(block(summary, batchName, attempts.get(summary.job.id) ?? []));
    }
  }
  return withoutKeys(blocks.join('\n\n'));
}

function block(summary: JobSummary, batchName: string, attempts: readonly Attempt[]): string {
  const { job, charged, credits } = summary;
  const { failure } = job;
  const detail = failure && [failure.status === undefined ? null : `HTTP ${failure.status}`, failure.detail ?? null];
  const lines: (readonly [string, string | null | undefined])[] = [
    ['Photo', job.sourcePath],
    ['Batch', `${batchName} (${job.batchId}), job ${job.id}`],
    ['Service', job.service],
    ['State', job.leftAt === null ? job.state : `${job.state}, left so on ${time(job.leftAt)}`],
    ['Reason', failure && `${failure.message} (${failure.code})`],
    ['Detail', detail?.filter((part) => part !== null).join(', ')],
    ['Enhanced', job.output && `${job.output.path}, ${job.output.width} × ${job.output.height} pixels`],
    ['Charged', `${charged}, ${credits} credits`],
    ...attempts.map((attempt) => [`Attempt ${attempt.number}`, attemptLine(attempt)] as const),
  ];
  return lines
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${value ?? ''}`)
    .join('\n');
}

function attemptLine({ startedAt, endedAt, outcome, code, requestId, charged, credits }: Attempt): string {
  const parts = [
    `${time(startedAt)} to ${endedAt === null ? 'now' : time(endedAt)}`,
    outcome ?? 'under way',
    code,
    requestId && `request ${requestId}`,
    `charged ${charged}`,
    credits === null ? null : `${credits} credits`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function time(at: number): string {
  return new Date(at).toISOString();
}
