// One exchange with the service over Node's own `fetch`: the key goes along, a redirect never does, and what comes back is
// an answer or the certain knowledge of how much of the request went out.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ReadableStream } from 'node:stream/web';
import type { Clock } from '../lib/clock.ts';
import { readAnswer, shorten, type Answer, type Broken, type Scrub } from './answer.ts';
import { Deadline } from './deadline.ts';
import { describeError, isUnsent } from './errors.ts';

export interface WireOptions {
  readonly key: string;
  readonly clock: Clock;
  readonly scrub: Scrub;
}

export interface Question {
  /** On an origin that the key may go to: the caller has checked it. */
  readonly url: string;
  readonly timeoutMs: number;
  /** JSON to POST; without it, the question is a GET. */
  readonly post?: string;
  readonly signal?: AbortSignal | undefined;
}

export type Wire = (question: Question) => Promise<Answer | Broken>;

export function createWire(options: WireOptions): Wire {
  return (question) => ask(question, options);
}

/** The headers of everything that goes to the service. Without the content type it answers 406, so GETs have it too. */
export function serviceHeaders(key: string): Record<string, string> {
  return { 'x-api-key': key, 'content-type': 'application/json', accept: 'application/json' };
}

/** Asks once; never throws. */
async function ask(question: Question, { key, clock, scrub }: WireOptions): Promise<Answer | Broken> {
  const deadline = new Deadline(clock, question.timeoutMs, question.signal);
  const connects = watchConnects();
  try {
    if (deadline.why !== undefined)
      return { kind: 'broken', unsent: true, reason: `${deadline.why} before it was sent` };
    const response = await fetch(question.url, {
      headers: serviceHeaders(key),
      redirect: 'error',
      signal: deadline.signal,
      ...(question.post === undefined ? {} : once(question.post, key)),
    });
    return await readAnswer(response, response.body ?? [], scrub);
  } catch (error) {
    const unsent = connects.failedBy(error) || isUnsent(error);
    return { kind: 'broken', unsent, reason: shorten(scrub(deadline.why ?? describeError(error))) };
  } finally {
    connects.stop();
    deadline.stop();
  }
}

/**
 * A POST whose body can be read once only. The Fetch standard has a client send a request again after a 421 when the
 * body is a string; a stream has no source to send again, so the request goes out once whatever the server answers.
 */
function once(json: string, key: string) {
  const bytes = new TextEncoder().encode(json);
  return {
    method: 'POST',
    headers: { ...serviceHeaders(key), 'content-length': String(bytes.byteLength) },
    body: new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes);
        controller.close();
      },
    }),
    duplex: 'half',
  } as const;
}

/**
 * Notes the errors of connection attempts, which Node's fetch publishes: an error that it noted came before a byte of
 * the request was sent, whatever its code. A TLS protocol error, for one, may come before or after.
 */
function watchConnects() {
  const noted = new WeakSet();
  const note = (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'error' in message && message.error instanceof Error) {
      noted.add(message.error);
    }
  };
  subscribe('undici:client:connectError', note);
  return {
    failedBy: (error: unknown) => error instanceof Error && error.cause instanceof Error && noted.has(error.cause),
    stop: () => unsubscribe('undici:client:connectError', note),
  };
}
