// The front desk of the practice service: every HTTP request is let in, counted, broken if a fault says so, and answered.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { html, refusal } from './answers.ts';
import type { Answer } from './answers.ts';
import type { Api } from './api.ts';
import { ClientGone, readBody, readObject } from './body.ts';
import { deliver, faultAnswer, resetConnection } from './delivery.ts';
import type { Breakage } from './delivery.ts';
import type { Fate, Fault, FaultRoute, Settings } from './options.ts';
import { readDataUri } from './pictures.ts';
import { REQUEST_ID } from './requests.ts';
import { allowsVerb, findRoute, isLoopbackHost } from './routes.ts';
import type { Route } from './routes.ts';

type Body = Readonly<Record<string, unknown>> | null;

/** What becomes of an exchange: an answer, a reset of the connection, or silence. */
type Outcome = { readonly answer: Answer; readonly breakage?: Breakage } | 'reset' | 'stall';

export class Desk {
  readonly #settings: Settings;
  readonly #api: Api;
  readonly #counts: Record<FaultRoute, number> = { submit: 0, status: 0, result: 0, credits: 0, upload: 0, file: 0 };
  readonly #serving = new Set<Promise<void>>();

  constructor(settings: Settings, api: Api) {
    this.#settings = settings;
    this.#api = api;
  }

  /** How many requests came in on a route, whatever became of them. */
  count(route: FaultRoute): number {
    return this.#counts[route];
  }

  /** Resolves when no request is being handled. */
  async idle(): Promise<void> {
    while (this.#serving.size > 0) await Promise.all(this.#serving);
  }

  /** Never throws: a defect is answered as a server error. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    const serving = this.#exchange(request, response)
      .catch(async (error: unknown) => {
        if (error instanceof ClientGone || response.headersSent) return void response.destroy();
        const description = error instanceof Error ? error.message : String(error);
        await this.#send(response, refusal(500, 'The practice service failed', { description }));
      })
      .finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const outcome = await this.#outcome(request);
    if (outcome === 'stall') return;
    if (outcome === 'reset') resetConnection(response);
    else await this.#send(response, outcome.answer, outcome.breakage);
  }

  async #outcome(request: IncomingMessage): Promise<Outcome> {
    if (!isLoopbackHost(request.headers.host)) {
      return { answer: refusal(403, 'The practice service is for this machine only') };
    }
    const route = findRoute((request.url ?? '').split('?')[0] ?? '');
    if (!route) return { answer: refusal(404, 'Not found') };
    if (!allowsVerb(route, request.method)) {
      return { answer: html(405, '405 Method Not Allowed', { allow: route.verb }) };
    }
    const name = faultRoute(route);
    const count = name ? (this.#counts[name] += 1) : 0;
    const bytes = await readBody(request, this.#settings.maxUploadBytes);
    if (bytes === 'too-large') return { answer: refusal(413, 'Request body too large') };
    const body = route.verb === 'POST' ? readObject(bytes) : null;
    const image = route.name === 'submit' ? describeImage(body) : undefined;
    const fault = name ? this.#settings.fault?.({ route: name, count, ...about(route, image) }) : undefined;
    const instead = faultBefore(fault);
    if (instead) return instead;
    const answer = await this.#api.answer({ route, headers: request.headers, body, image, fate: fateOf(fault) });
    if (fault?.kind === 'stall') return 'stall';
    if (fault?.kind === 'reset' && fault.when === 'after') return 'reset';
    return { answer, breakage: breakageOf(fault) };
  }

  async #send(response: ServerResponse, answer: Answer, breakage: Breakage = null): Promise<void> {
    await deliver(response, answer, { now: this.#settings.clock.now(), breakage });
  }
}

/** What a fault does before anything is handled; null when the request is handled. */
function faultBefore(fault: Fault | undefined): Outcome | null {
  if (fault?.kind === 'status') return { answer: faultAnswer(fault) };
  if (fault?.kind === 'reset' && fault.when === 'before') return 'reset';
  if (fault?.kind === 'stall' && fault.when !== 'after') return 'stall';
  return null;
}

function fateOf(fault: Fault | undefined): Fate | null {
  if (!fault || fault.kind === 'status' || fault.kind === 'reset') return null;
  return fault.kind === 'truncate' || fault.kind === 'stall' ? null : fault;
}

function breakageOf(fault: Fault | undefined): Breakage {
  if (fault?.kind === 'truncate') return 'truncate';
  return fault?.kind === 'reset' && fault.when === 'mid-answer' ? 'mid-answer' : null;
}

function faultRoute({ name }: Route): FaultRoute | null {
  return name === 'home' || name === 'sync' || name === 'other-model' ? null : name;
}

/** What a fault may be chosen by, besides the route. */
function about(route: Route, image: string | undefined): { requestId?: string; image?: string } {
  const id = route.folder === 'results' ? route.id.slice(0, route.id.lastIndexOf('.')) : route.id;
  return { ...(REQUEST_ID.test(id) ? { requestId: id } : {}), ...(image === undefined ? {} : { image }) };
}

const LONGEST_IMAGE = 2_000; // characters of a URL that are kept

/** The image of a submit as it is kept and counted: a URL, or the kind and hash of a `data:` URI. */
function describeImage(body: Body): string | undefined {
  const image = body?.['image'];
  if (typeof image !== 'string') return undefined;
  if (!/^data:/i.test(image)) return image.slice(0, LONGEST_IMAGE);
  const hash = createHash('sha256')
    .update(readDataUri(image) ?? image)
    .digest('hex')
    .slice(0, 16);
  return `${image.slice(0, 100).split(/[;,]/)[0] ?? 'data:'};sha256=${hash}`;
}
