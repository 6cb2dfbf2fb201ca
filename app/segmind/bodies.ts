// The JSON bodies of the service, read leniently: what is not as documented is left out, never an exception.
import { z } from 'zod';
import { urlOf } from '../lib/url.ts';

/** What the service says of a request's work; only finite numbers that are not negative are kept. */
export interface Metrics {
  inferenceSeconds?: number;
  queueSeconds?: number;
  totalSeconds?: number;
  retryCount?: number;
  /** What the request cost. */
  credits?: number;
  remainingCredits?: number;
}

export type RequestState = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

export interface RequestReport {
  readonly id: string | undefined;
  readonly state: RequestState | undefined;
  /** The URL of the picture, when there is one. */
  readonly output: string | undefined;
  readonly metrics: Metrics;
}

const LONGEST_ID = 200; // characters; a real one has 36
const LONGEST_URL = 8_192;

const finite = z.union([z.number(), z.string().trim().min(1).transform(Number).pipe(z.number())]);
const measure = finite.pipe(z.number().nonnegative()).optional().catch(undefined);
const text = z.string().optional().catch(undefined);
/** Printable ASCII without a space, and no dot segment: it goes into a path. */
const id = z.union([z.string(), z.int().transform(String)]).pipe(
  z
    .string()
    .max(LONGEST_ID)
    .regex(/^[\x21-\x7e]+$/)
    .regex(/[^.]/),
);

const metricsBody = z
  .object({
    inference_time: measure,
    queue_time: measure,
    total_time: measure,
    retry_count: measure,
    cost: measure,
    remaining_credits: measure,
  })
  .catch({});

const submitBody = z.object({ request_id: id, status_url: text, response_url: text });

const reportBody = z.object({
  request_id: id.optional().catch(undefined),
  status: z
    .string()
    .trim()
    .toUpperCase()
    .pipe(z.enum(['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED']))
    .optional()
    .catch(undefined),
  output: z.unknown().optional(),
  metrics: metricsBody,
});

const creditsBody = z.object({ credits: finite, 'free-credits': finite.catch(0) });

const anything = z.unknown().optional();
const reasonBody = z.object({ error: anything, error_description: anything, detail: anything, message: anything });

/** What an accepted submit names; undefined when it names no usable request id. */
export function readSubmit(
  body: unknown,
): { id: string; statusUrl: string | undefined; responseUrl: string | undefined } | undefined {
  const parsed = submitBody.safeParse(body);
  if (!parsed.success) return undefined;
  return { id: parsed.data.request_id, statusUrl: parsed.data.status_url, responseUrl: parsed.data.response_url };
}

/** What a status or result says; the parts it does not say are undefined. */
export function readReport(body: unknown): RequestReport {
  const parsed = reportBody.safeParse(body);
  if (!parsed.success) return { id: undefined, state: undefined, output: undefined, metrics: {} };
  const { request_id, status, output, metrics } = parsed.data;
  return { id: request_id, state: status, output: urlIn(output), metrics: named(metrics) };
}

/** The URL of an uploaded file: under `urls`, seen under `file_urls` too. */
export function readUpload(body: unknown): string | undefined {
  const parsed = z.object({ urls: z.unknown().optional(), file_urls: z.unknown().optional() }).safeParse(body);
  return parsed.success ? (urlIn(parsed.data.urls) ?? urlIn(parsed.data.file_urls)) : undefined;
}

export function readCredits(body: unknown): { credits: number; freeCredits: number } | undefined {
  const parsed = creditsBody.safeParse(body);
  return parsed.success ? { credits: parsed.data.credits, freeCredits: parsed.data['free-credits'] } : undefined;
}

/** Whether a body is an error in the API's own form, `{"error": …}`: a gateway's JSON has no such field. */
export function isOwnError(body: unknown): boolean {
  const parsed = reasonBody.safeParse(body);
  return parsed.success && textIn(parsed.data.error) !== undefined;
}

/** The reason that a body gives in words, whole and unscrubbed. */
export function readReason(body: unknown): string | undefined {
  const parsed = reasonBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { error, error_description, detail, message } = parsed.data;
  const said = [error, error_description, detail, message].map(textIn).filter((part) => part !== undefined);
  return said.length === 0 ? undefined : [...new Set(said)].join(': ');
}

/** The first URL in a string, `{url}`, or an array of either. */
function urlIn(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const url = value.trim();
    return url.length <= LONGEST_URL && /^https?:$/.test(urlOf(url)?.protocol ?? '') ? url : undefined;
  }
  if (Array.isArray(value))
    return value.flatMap((item: unknown) => (Array.isArray(item) ? [] : (urlIn(item) ?? [])))[0];
  const parsed = z.object({ url: z.string() }).safeParse(value);
  return parsed.success ? urlIn(parsed.data.url) : undefined;
}

/** The words in a string, `{message}`, `{msg}`, or an array of either (validation errors come so). */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  if (Array.isArray(value)) return flat(value, textIn).join('; ') || undefined;
  const parsed = z.object({ message: text, msg: text }).safeParse(value);
  return parsed.success ? (parsed.data.message ?? parsed.data.msg)?.trim() || undefined : undefined;
}

/** What `read` finds in the items of an array; arrays within it are not looked into, so that depth costs nothing. */
function flat(items: unknown[], read: (item: unknown) => string | undefined): string[] {
  return items.flatMap((item) => (Array.isArray(item) ? [] : (read(item) ?? [])));
}

function named(metrics: z.infer<typeof metricsBody>): Metrics {
  const all = {
    inferenceSeconds: metrics.inference_time,
    queueSeconds: metrics.queue_time,
    totalSeconds: metrics.total_time,
    retryCount: metrics.retry_count,
    credits: metrics.cost,
    remainingCredits: metrics.remaining_credits,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
