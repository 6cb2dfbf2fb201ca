// The answers of the service as the engine's alternatives. Everything here is pure. What a submit's answer does not prove
// refused is uncertain; what a poll's answer does not prove ended is asked again.
import { failure, type Failure } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import { urlOnOrigin } from './addresses.ts';
import type { Answer, Broken } from './answer.ts';
import { readReport, readSubmit, type Metrics, type RequestReport } from './bodies.ts';
import { httpFailure, isRefusal, modelFailure, provesRefusal } from './errors.ts';
import { retryWaitMs } from './rate-limit.ts';

export type SubmitAnswer =
  | { kind: 'accepted'; request: Omit<ServiceRequest, 'submittedAt'> }
  /** Certainly not accepted. `waitMs`: for a 429, how long until the window resets, when the service says so. */
  | { kind: 'refused'; failure: Failure; waitMs?: number }
  /** It may have been accepted, and so billed. */
  | { kind: 'uncertain'; failure: Failure };

export type PollAnswer =
  | { kind: 'pending'; state: 'QUEUED' | 'PROCESSING'; metrics: Metrics }
  /** `output` is null on a status, and the URL of the picture on a result. */
  | { kind: 'completed'; output: string | null; metrics: Metrics }
  | { kind: 'failed'; failure: Failure; metrics: Metrics }
  /** The record expired, or never was. */
  | { kind: 'gone' }
  /** The account is refused, or asked too often: it says nothing about the request. */
  | { kind: 'refused'; failure: Failure; waitMs?: number }
  /** It says nothing about the request: ask again later. */
  | { kind: 'fault'; failure: Failure };

/** Statuses that speak of the account, the path or the pace: a FAILED beside one counts only when it names the request. */
const NOT_OF_THE_REQUEST: readonly number[] = [401, 402, 403, 404, 406, 410, 429];

/** What became of a submit. @param now milliseconds since the epoch, by our clock */
export function submitVerdict(answer: Answer | Broken, apiUrl: string, now: number): SubmitAnswer {
  if (answer.kind === 'broken') return answer.unsent ? { kind: 'refused', failure: offline(answer) } : doubt(answer);
  if (isSuccess(answer)) {
    const named = readSubmit(answer.body);
    return named === undefined ? doubt(answer) : { kind: 'accepted', request: accepted(named, apiUrl) };
  }
  if (!provesRefusal(answer)) return doubt(answer);
  return { kind: 'refused', failure: httpFailure(answer), ...wait(answer, now) };
}

/** What a poll says of a request. @param wants `result`: a completed request must name its output */
export function pollVerdict(
  answer: Answer | Broken,
  { id, wants, now }: { id: string; wants: 'status' | 'result'; now: number },
): PollAnswer {
  if (answer.kind === 'broken') return { kind: 'fault', failure: brokenFailure(answer) };
  const report = readReport(answer.body);
  if (isOver(report, answer, id)) return wants === 'result' ? over(report, answer) : statusOver(report, answer);
  if (answer.status === 404) return { kind: 'gone' };
  const { state, metrics } = report;
  if (isSuccess(answer) && isOf(report, id) && (state === 'QUEUED' || state === 'PROCESSING')) {
    return { kind: 'pending', state, metrics };
  }
  const told = httpFailure(answer);
  return isRefusal(told) ? { kind: 'refused', failure: told, ...wait(answer, now) } : { kind: 'fault', failure: told };
}

/** The failure of an exchange that brought no answer. */
export function brokenFailure(broken: Broken): Failure {
  return broken.unsent ? offline(broken) : failure('network', { detail: broken.reason });
}

export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** A body that announces an end counts whatever the HTTP status: a FAILED request is served with 422. */
function isOver(report: RequestReport, answer: Answer, id: string): boolean {
  if (report.state !== 'COMPLETED' && report.state !== 'FAILED') return false;
  return NOT_OF_THE_REQUEST.includes(answer.status) ? report.id === id : isOf(report, id);
}

function isOf(report: RequestReport, id: string): boolean {
  return report.id === undefined || report.id === id;
}

function statusOver(report: RequestReport, answer: Answer): PollAnswer {
  if (report.state === 'FAILED') return over(report, answer);
  return { kind: 'completed', output: null, metrics: report.metrics };
}

function over({ state, output, metrics }: RequestReport, answer: Answer): PollAnswer {
  if (state === 'FAILED') return { kind: 'failed', failure: modelFailure(answer), metrics };
  if (output !== undefined) return { kind: 'completed', output, metrics };
  const detail = 'the answer says COMPLETED, and has no URL under output';
  return { kind: 'failed', failure: failure('result_missing', { status: answer.status, detail }), metrics };
}

function accepted(
  named: NonNullable<ReturnType<typeof readSubmit>>,
  apiUrl: string,
): Omit<ServiceRequest, 'submittedAt'> {
  const { id, statusUrl, responseUrl } = named;
  return {
    id,
    statusUrl: urlOnOrigin(statusUrl, apiUrl, statusPath(id)),
    responseUrl: urlOnOrigin(responseUrl, apiUrl, resultPath(id)),
  };
}

export function statusPath(id: string): string {
  return `${resultPath(id)}/status`;
}

export function resultPath(id: string): string {
  return `/v2/requests/${encodeURIComponent(id)}`;
}

function doubt(answer: Answer | Broken): SubmitAnswer {
  const status = answer.kind === 'answer' ? answer.status : undefined;
  return { kind: 'uncertain', failure: failure('uncertain_submit', { status, detail: answer.reason }) };
}

function offline(broken: Broken): Failure {
  return failure('offline', { detail: broken.reason });
}

function wait(answer: Answer, now: number): { waitMs?: number } {
  const waitMs = answer.status === 429 ? retryWaitMs(answer.headers, now) : undefined;
  return waitMs === undefined ? {} : { waitMs };
}
