// How rows become records: one function a table.
import type { Attempt, Batch, Job, OutputSettings, StateCounts } from '../domain/batch.ts';
import { emptyCounts } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import type { JobState } from '../domain/job.ts';
import { JOB_STATES } from '../domain/job.ts';
import type { Parameters } from '../domain/parameters.ts';

export interface JobRow {
  id: number;
  batch_id: number;
  service: string;
  state: JobState;
  priority: number;
  attempts: number;
  not_before: number;
  source_path: string;
  source_bytes: number | null;
  source_mtime_ms: number | null;
  source_sha256: string | null;
  format: string;
  width: number;
  height: number;
  out_dir: string;
  out_stem: string;
  upload_url: string | null;
  uploaded_at: number | null;
  request_id: string | null;
  status_url: string | null;
  response_url: string | null;
  submitted_at: number | null;
  output_url: string | null;
  output_path: string | null;
  output_bytes: number | null;
  output_sha256: string | null;
  output_width: number | null;
  output_height: number | null;
  failure_json: string | null;
  created_at: number;
  updated_at: number;
  finished_at: number | null;
  left_at: number | null;
}

export interface BatchRow {
  id: number;
  name: string;
  service: string;
  parameters_json: string;
  output_json: string;
  created_at: number;
}

export interface AttemptRow {
  job_id: number;
  number: number;
  started_at: number;
  submitted_at: number | null;
  accepted_at: number | null;
  ended_at: number | null;
  outcome: Attempt['outcome'];
  code: Attempt['code'];
  message: string | null;
  http_status: number | null;
  request_id: string | null;
  charged: Attempt['charged'];
  credits: number | null;
  queue_seconds: number | null;
  inference_seconds: number | null;
  total_seconds: number | null;
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    batchId: row.batch_id,
    service: row.service,
    state: row.state,
    priority: row.priority,
    attempts: row.attempts,
    notBefore: row.not_before,
    sourcePath: row.source_path,
    fingerprint:
      row.source_bytes === null || row.source_mtime_ms === null
        ? null
        : { bytes: row.source_bytes, mtimeMs: row.source_mtime_ms },
    sourceHash: row.source_sha256,
    format: row.format,
    width: row.width,
    height: row.height,
    outDir: row.out_dir,
    outStem: row.out_stem,
    upload: row.upload_url === null ? null : { url: row.upload_url, at: row.uploaded_at ?? 0 },
    request:
      row.request_id === null
        ? null
        : {
            id: row.request_id,
            statusUrl: row.status_url ?? '',
            responseUrl: row.response_url ?? '',
            submittedAt: row.submitted_at ?? 0,
          },
    outputUrl: row.output_url,
    outputPath: row.output_path,
    output: toOutput(row),
    failure: row.failure_json === null ? null : (JSON.parse(row.failure_json) as Failure),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
    leftAt: row.left_at,
  };
}

function toOutput(row: JobRow): Job['output'] {
  if (row.output_path === null || row.output_sha256 === null) return null;
  return {
    path: row.output_path,
    bytes: row.output_bytes ?? 0,
    sha256: row.output_sha256,
    width: row.output_width ?? 0,
    height: row.output_height ?? 0,
  };
}

export function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    name: row.name,
    service: row.service,
    parameters: JSON.parse(row.parameters_json) as Parameters,
    output: JSON.parse(row.output_json) as OutputSettings,
    createdAt: row.created_at,
  };
}

/** Of a row with a column a state. */
export function toCounts(row: StateCounts): StateCounts {
  const counts = emptyCounts();
  for (const state of JOB_STATES) counts[state] = row[state];
  return counts;
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    jobId: row.job_id,
    number: row.number,
    startedAt: row.started_at,
    submittedAt: row.submitted_at,
    acceptedAt: row.accepted_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    code: row.code,
    message: row.message,
    httpStatus: row.http_status,
    requestId: row.request_id,
    charged: row.charged,
    credits: row.credits,
    queueSeconds: row.queue_seconds,
    inferenceSeconds: row.inference_seconds,
    totalSeconds: row.total_seconds,
  };
}
