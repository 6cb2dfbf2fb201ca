// How long a 429 asks to wait. The service gives no Retry-After, only `x-rate-limit-reset-at-utc`; the header's form is
// not documented, so every likely one is read.

const SHORTEST_MS = 1_000;
const LONGEST_MS = 15 * 60_000;
const FIRST_PLAUSIBLE_SECOND = 1_000_000_000; // September 2001: a smaller number is no time of day

interface HeaderReader {
  get(name: string): string | null;
}

/**
 * The wait that the headers of a 429 ask for, in milliseconds, 1 s to 15 min; undefined when they name none.
 * The reset is measured against the server's own `Date`, since this machine's clock may be wrong by minutes. When both
 * headers come, the longer wait counts: going too early costs another 429.
 * @param now milliseconds since the epoch, by our clock; used when the answer has no `Date`
 */
export function retryWaitMs(headers: HeaderReader, now: number): number | undefined {
  const serverNow = parseHttpDate(headers.get('date')) ?? now;
  const reset = parseReset(headers.get('x-rate-limit-reset-at-utc'));
  const waits = [
    reset === undefined ? undefined : reset - serverNow,
    retryAfterMs(headers.get('retry-after'), serverNow),
  ];
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ...known));
}

/** `Retry-After` in its two forms (RFC 9110, 10.2.3): seconds, or an HTTP date. */
function retryAfterMs(value: string | null, serverNow: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = parseHttpDate(text);
  return at === undefined ? undefined : at - serverNow;
}

/** ISO 8601 with or without a zone (then UTC), a space for the T, epoch seconds or milliseconds, or an HTTP date. */
function parseReset(value: string | null): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number < FIRST_PLAUSIBLE_SECOND) return undefined;
    return finite(number < FIRST_PLAUSIBLE_SECOND * 1000 ? number * 1000 : number);
  }
  const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!iso) return parseHttpDate(text);
  const [, day = '', time = '', zone = 'Z'] = iso;
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(.\d{2}):?/, '$1:') : 'Z';
  return finite(Date.parse(`${day}T${time}${offset}`));
}

function parseHttpDate(value: string | null): number | undefined {
  return value !== null && /\d{2}:\d{2}:\d{2} GMT$/.test(value.trim()) ? finite(Date.parse(value)) : undefined;
}

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}
