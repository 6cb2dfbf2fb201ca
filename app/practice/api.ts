// What the practice service answers on each of its routes, once a request has come in whole and nothing was made to go
// wrong with it.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { urlOf } from '../lib/url.ts';
import type { Account } from './account.ts';
import { html, json, outputOf, PRACTICE_NOTE, refusal, tooMany } from './answers.ts';
import type { Answer } from './answers.ts';
import { readParameters } from './enhance.ts';
import type { RateWindow } from './limits.ts';
import type { Fate, Settings } from './options.ts';
import { readDataUri } from './pictures.ts';
import type { PictureStore, Upload } from './pictures.ts';
import type { RequestBook, RequestRecord } from './requests.ts';
import { metricsOf, pick, resultName, stateOf } from './requests.ts';
import { isLoopbackHost, refuseContentType, refuseKey } from './routes.ts';
import type { Route } from './routes.ts';
import type { Workers } from './workers.ts';
import { NO_IMAGE } from './workers.ts';

export interface Visit {
  readonly route: Route;
  readonly headers: IncomingHttpHeaders;
  /** Of a POST; null when its body is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** The image of a submit, shortened as it is kept. */
  readonly image: string | undefined;
  /** What becomes of a submit, if something was made to go wrong with it. */
  readonly fate: Fate | null;
}

export interface ApiParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly account: Account;
  readonly book: RequestBook;
  readonly pictures: PictureStore;
  readonly window: RateWindow;
  readonly workers: Workers;
  /** Origin of the service, known once it listens. */
  readonly origin: () => string;
}

export interface ApiCounts {
  uploads: number;
  downloads: number;
  limited: number;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

export class Api {
  readonly #parts: ApiParts;
  readonly counts: ApiCounts = { uploads: 0, downloads: 0, limited: 0 };

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** @throws system errors of the disk, and what the caller's `keys` throws */
  async answer(visit: Visit): Promise<Answer> {
    const { route } = visit;
    if (route.name === 'home') return html(200, 'Lightbatch practice service');
    if (route.name === 'file') return await this.#file(route);
    const refused =
      refuseKey(visit.headers, this.#parts.settings.keys, route) ??
      (route.verb === 'POST' ? refuseContentType(visit.headers) : null);
    if (refused) return refused;
    switch (route.name) {
      case 'submit':
        return await this.#submit(visit);
      case 'other-model':
        return refusal(404, 'Model not found');
      case 'sync':
        return json(503, { error: 'The synchronous endpoint is in maintenance' });
      case 'status':
      case 'result':
        return this.#poll(route.id, route.name);
      case 'credits': {
        const { credits, freeCredits } = this.#parts.account.balance();
        return json(200, { credits, 'free-credits': freeCredits });
      }
      case 'upload':
        return await this.#upload(visit.body);
    }
  }

  async #submit({ body, image, fate }: Visit): Promise<Answer> {
    const { account, settings } = this.#parts;
    if (settings.modelGone) return refusal(410, 'This model has been retired');
    const limited = this.#limit();
    if (limited) return limited;
    if (!body) return refusal(400, 'Malformed JSON body');
    if (typeof body['image'] !== 'string' || body['image'] === '' || image === undefined) {
      return refusal(400, 'Missing field: image', { description: 'image must be the URL of a picture' });
    }
    const room = account.reserve();
    if (room === 'no-credits') return refusal(406, 'Insufficient credits');
    if (room === 'spend-limit') return refusal(406, 'Team spend limit reached');
    try {
      const record = await this.#accept(body, { source: body['image'], image, fate });
      return json(200, { request_id: record.id, status: 'QUEUED', ...this.#urls(record.id) });
    } catch (error) {
      account.release();
      throw error;
    }
  }

  async #accept(
    body: Readonly<Record<string, unknown>>,
    about: { source: string; image: string; fate: Fate | null },
  ): Promise<RequestRecord> {
    const { book, clock, settings, workers } = this.#parts;
    const submittedAt = clock.now();
    const read = readParameters(body);
    const { upload, problem } = await this.#resolve(about.source);
    const number = book.nextNumber();
    const lot = `${String(body['seed'])}:${upload?.hash ?? about.image}:${number}`;
    const record: RequestRecord = {
      id: `practice-${randomUUID()}`,
      number,
      submittedAt,
      image: about.image,
      upload,
      parameters: 'parameters' in read ? read.parameters : null,
      problem: 'problem' in read ? read.problem : problem,
      fate: about.fate,
      queueMs: pick(`queue:${lot}`, settings.queueMs),
      latencyMs: pick(`latency:${lot}`, settings.latencyMs),
      startedAt: null,
      endedAt: null,
      outcome: null,
      error: null,
      cost: null,
      remaining: null,
    };
    await book.save(record);
    workers.add(record);
    return record;
  }

  /** The picture that a submit names. Nothing is ever fetched from elsewhere. */
  async #resolve(source: string): Promise<{ upload: Upload | null; problem: string | null }> {
    const { pictures } = this.#parts;
    if (/^data:/i.test(source)) {
      const bytes = readDataUri(source);
      if (!bytes) return { upload: null, problem: 'could not read image: not a whole base64 data: URI' };
      return { upload: await pictures.keep(bytes), problem: null };
    }
    const url = urlOf(source);
    // By the name alone: after a restart the service may be on another port, and the upload is still there.
    const ours = url?.protocol === 'http:' && isLoopbackHost(url.host) && url.pathname.startsWith('/uploads/');
    const upload = ours ? await pictures.find(url.pathname.slice('/uploads/'.length)) : null;
    const problem = upload ? null : `${NO_IMAGE}: the practice service knows only pictures in its own storage`;
    return { upload, problem };
  }

  #poll(id: string, kind: 'status' | 'result'): Answer {
    const { book, clock, settings, origin } = this.#parts;
    const limited = settings.pollsCount ? this.#limit() : null;
    if (limited) return limited;
    const record = book.known(id);
    if (!record) return refusal(404, 'Request not found or expired');
    const status = stateOf(record);
    const about = { status, request_id: id, metrics: metricsOf(record, clock.now()) };
    if (status === 'FAILED') return json(422, { ...about, ...this.#urls(id), error: record.error });
    if (kind === 'status') return json(200, { ...about, ...this.#urls(id) });
    if (status !== 'COMPLETED') return json(200, about);
    return json(200, { ...about, output: outputOf(record, `${origin()}/results/${resultName(record)}`) });
  }

  async #upload(body: Visit['body']): Promise<Answer> {
    const { pictures, settings, origin } = this.#parts;
    const given: unknown = body?.['data_urls'];
    if (!Array.isArray(given) || given.length === 0) return refusal(400, 'Missing field: data_urls');
    const files = given.map((uri: unknown) => (typeof uri === 'string' ? readDataUri(uri) : null));
    const whole = files.filter((file) => file !== null);
    if (whole.length < files.length) return refusal(400, 'data_urls must be base64 data: URIs');
    const urls: string[] = [];
    for (const file of whole) {
      urls.push(`${origin()}/uploads/${(await pictures.keep(file)).name}`);
      this.counts.uploads += 1;
    }
    return json(200, { [settings.uploadsUnder]: urls, note: PRACTICE_NOTE });
  }

  async #file({ folder, id: name }: Route): Promise<Answer> {
    const { pictures } = this.#parts;
    const extension = name.slice(name.lastIndexOf('.') + 1);
    const headers = { 'content-type': CONTENT_TYPES[extension] ?? 'application/octet-stream' };
    const isResult = folder === 'results';
    const there = isResult ? this.#hasResult(name) : (await pictures.find(name)) !== null;
    const path = isResult ? pictures.resultPath(name) : pictures.uploadPath(name);
    const bytes = there ? await pictures.size(path) : null;
    if (bytes === null) return refusal(404, 'File not found or expired');
    if (isResult) this.counts.downloads += 1;
    return { status: 200, headers, body: { path, bytes } };
  }

  /** Whether a name is that of a completed request's result whose life is not over. */
  #hasResult(name: string): boolean {
    const { book, clock, settings } = this.#parts;
    const record = book.get(name.slice(0, name.lastIndexOf('.')));
    if (record?.outcome !== 'COMPLETED' || record.endedAt === null || resultName(record) !== name) return false;
    return clock.now() < record.endedAt + settings.fileLifeMs;
  }

  #limit(): Answer | null {
    const { settings, window } = this.#parts;
    const resetAt = window.take(settings.requestsPerMinute);
    if (resetAt === null) return null;
    this.counts.limited += 1;
    return tooMany(resetAt);
  }

  #urls(id: string): { poll_url: string; status_url: string; response_url: string } {
    const response = `${this.#parts.origin()}/v2/requests/${id}`;
    return { poll_url: `${response}/status`, status_url: `${response}/status`, response_url: response };
  }
}
