// An HTTP answer of the service, read whole within a cap, and the short text that tells a person what it says.
import { readReason } from './bodies.ts';

/** Strikes secrets from a text. */
export type Scrub = (text: string) => string;

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  /** Whether the body arrived to its end and within the cap. */
  readonly whole: boolean;
  /** The body as JSON, when it is whole and JSON. */
  readonly body: unknown;
  /** What the server says, in a line without secrets; never a page of HTML. */
  readonly reason: string;
}

/** No HTTP answer came. */
export interface Broken {
  readonly kind: 'broken';
  /** Certain that no byte of the request was sent. */
  readonly unsent: boolean;
  readonly reason: string;
}

const LARGEST_BODY = 1_000_000; // bytes: a real one has less than 2,000
const LONGEST_REASON = 300; // characters

/** Reads an answer. A body that breaks off or outgrows the cap counts as absent: the status is still known. */
export async function readAnswer(
  head: { readonly status: number; readonly headers: Headers },
  chunks: Chunks,
  scrub: Scrub,
): Promise<Answer> {
  const answer = { kind: 'answer', status: head.status, headers: head.headers } as const;
  let text: string;
  try {
    text = await readText(chunks);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ...answer,
      whole: false,
      body: undefined,
      reason: scrub(`HTTP ${head.status}, then the answer broke off: ${why}`),
    };
  }
  const body = parseJson(text);
  const reason = shorten(scrub(readReason(body) ?? (body === undefined ? readable(text) : '')));
  return { ...answer, whole: true, body, reason: reason || `HTTP ${head.status} without a reason` };
}

/** Strikes this key, and whatever else looks like one, from a text. */
export function scrubber(key: string): Scrub {
  const literal = key.length >= 6 ? key : undefined; // a shorter one would strike ordinary words
  return (text) => {
    const rest = literal === undefined ? text : text.replaceAll(literal, '[key]');
    return rest.replace(/SG_[0-9a-f]{8,}/gi, '[key]');
  };
}

/** One line without control characters (a terminal would obey them), at most LONGEST_REASON characters. */
export function shorten(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON);
}

async function readText(chunks: Chunks): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BODY) throw new Error('it is too large');
    parts.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(parts)); // takes off a byte order mark
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON: the caller judges by the status, and `reason` keeps the text
  }
}

function readable(text: string): string {
  if (!/^\s*</.test(text)) return text;
  const title = /<(title|h1)[^>]*>([^<]*)/i.exec(text)?.[2]?.trim();
  return title ? `a web page: ${title}` : 'a web page';
}
