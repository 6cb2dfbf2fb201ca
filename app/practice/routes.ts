// Which paths the practice service knows, with which verb, and who may come in at all.
import type { IncomingHttpHeaders } from 'node:http';
import { refusal, unauthorized } from './answers.ts';
import type { Answer } from './answers.ts';
import type { FaultRoute, KeyVerdict } from './options.ts';

const MODEL = 'bria-enhance-image';

/** `other-model`, `sync` and `home` are not routes that faults are injected at. */
export type RouteName = FaultRoute | 'other-model' | 'sync' | 'home';

export interface Route {
  readonly name: RouteName;
  readonly verb: 'GET' | 'POST';
  /** Last part of the path that varies: a request's id or a file's name. */
  readonly id: string;
  readonly folder?: 'uploads' | 'results';
}

/** The route of a path (without its query); null when there is none. */
export function findRoute(path: string): Route | null {
  const parts = path.split('/').slice(1);
  const [first = '', second = '', third = '', fourth] = parts;
  if (path === '/') return { name: 'home', verb: 'GET', id: '' };
  if (path === '/upload-asset') return { name: 'upload', verb: 'POST', id: '' };
  if (path === '/v1/get-user-credits') return { name: 'credits', verb: 'GET', id: '' };
  if (path === `/v1/${MODEL}`) return { name: 'sync', verb: 'POST', id: '' };
  if (first === 'v2' && second === 'requests' && third !== '') {
    if (parts.length === 3) return { name: 'result', verb: 'GET', id: third };
    return parts.length === 4 && fourth === 'status' ? { name: 'status', verb: 'GET', id: third } : null;
  }
  if (first === 'v2' && second !== '' && second !== 'requests' && parts.length === 2) {
    return { name: second === MODEL ? 'submit' : 'other-model', verb: 'POST', id: second };
  }
  if ((first === 'uploads' || first === 'results') && parts.length === 2) {
    return { name: 'file', verb: 'GET', id: second, folder: first };
  }
  return null;
}

/** Whether a verb is right for a route; files can be asked for their headers alone. */
export function allowsVerb(route: Route, verb: string | undefined): boolean {
  return verb === route.verb || (route.name === 'file' && verb === 'HEAD');
}

/** A page in a browser may have its own name point at 127.0.0.1 (DNS rebinding): only loopback names come in. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host);
}

/** The refusal of a request by its key; null when it may go on. A bearer token is no key. */
export function refuseKey(
  headers: IncomingHttpHeaders,
  judge: (key: string) => KeyVerdict,
  route: Route,
): Answer | null {
  const key = headers['x-api-key'];
  if (typeof key !== 'string' || key === '') return unauthorized('missing');
  const verdict = judge(key);
  if (verdict === 'invalid' || verdict === 'expired') return unauthorized(verdict);
  const aboutModel = route.name === 'submit' || route.name === 'sync';
  if (verdict === 'forbidden' && aboutModel) return refusal(403, 'Your account does not have access to this model');
  return null;
}

/** The service wants JSON to be named as such, whatever the body is. */
export function refuseContentType(headers: IncomingHttpHeaders): Answer | null {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' ? null : refusal(406, 'Invalid content type');
}
