// The answers of the practice service as values: what to send is decided in one place, how it goes wrong in another.
import type { RequestRecord } from './requests.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, or a file of so many bytes. */
  readonly body: Buffer | { readonly path: string; readonly bytes: number };
}

export const PRACTICE_NOTE = 'this is Lightbatch’s practice service, not Bria';
/** Headers are ASCII. */
export const PRACTICE_HEADER = { 'x-practice': PRACTICE_NOTE.replace('’', "'") } as const;

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** The service's form of an error. */
export function refusal(status: number, error: string, more: { description?: string } = {}): Answer {
  const description = more.description === undefined ? {} : { error_description: more.description };
  return json(status, { error, ...description, status_code: status });
}

export function html(status: number, text: string, headers: Record<string, string> = {}): Answer {
  const page = `<!doctype html>\n<html lang="en"><head><title>${text}</title></head><body><h1>${text}</h1><p>${PRACTICE_NOTE}</p></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body: Buffer.from(page) };
}

export function unauthorized(why: 'missing' | 'invalid' | 'expired'): Answer {
  if (why === 'missing') return refusal(401, 'Missing API key: send it in the x-api-key header');
  const description = why === 'expired' ? 'The key has expired.' : 'The key is not known.';
  return refusal(401, 'Invalid or expired API key', { description });
}

/** @param resetAt milliseconds since the epoch; there is no `Retry-After`, as at the real service */
export function tooMany(resetAt: number): Answer {
  return json(429, { error: 'Rate limit exceeded' }, { 'x-rate-limit-reset-at-utc': new Date(resetAt).toISOString() });
}

/** The output of a completed request, in the shape that was asked for. */
export function outputOf(record: RequestRecord, url: string): unknown {
  if (record.fate?.kind === 'no-output') return undefined;
  if (record.fate?.kind !== 'output-shape') return url;
  switch (record.fate.shape) {
    case 'object':
      return { url };
    case 'array':
      return [url];
    case 'array-object':
      return [{ url }];
  }
}
