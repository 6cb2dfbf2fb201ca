// Something between a client and a service, over real HTTP, that can hold every message at exactly the moment a test wants:
// before the service hears of it, after the service answered and before the client hears of that, and half-way.
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { findRoute } from '../../app/practice/routes.ts';

export type GateRoute = 'upload' | 'submit' | 'status' | 'result' | 'file' | 'credits' | 'other';

export interface GatePoint {
  readonly route: GateRoute;
  /** `asked`: the service does not know yet. `answered`: the client does not know yet. `half`: it has half the answer. */
  readonly moment: 'asked' | 'answered' | 'half' | 'passed';
  /** The nth message of this route, from 1. */
  readonly count: number;
}

type Verdict = 'drop' | void;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class Gate {
  /** Called at every moment of every message, which waits for it. `drop` when it is asked: the service never hears of it. */
  at: ((point: GatePoint) => Verdict | Promise<Verdict>) | undefined;
  readonly #server: Server;
  readonly #target: string;
  readonly #counts = new Map<GateRoute, number>();

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
  }

  /** It is taken down when the test is over. */
  static async open(target: string): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server, target);
    server.on('request', (request, response) => {
      void gate.#pass(request, response).catch(() => response.destroy()); // the client is gone, as tests mean it to be
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    });
    return gate;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = findRoute((request.url ?? '').split('?')[0] ?? '')?.name;
    const route: GateRoute = name === undefined || isOther(name) ? 'other' : name;
    const count = (this.#counts.get(route) ?? 0) + 1;
    this.#counts.set(route, count);
    const body = await readAll(request);
    if ((await this.at?.({ route, moment: 'asked', count })) === 'drop') {
      response.destroy();
      return;
    }
    const answer = await this.#forward(request, body);
    await this.at?.({ route, moment: 'answered', count });
    const half = Math.floor(answer.body.length / 2);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
    await new Promise<void>((resolve) => void response.write(answer.body.subarray(0, half), () => resolve()));
    await this.at?.({ route, moment: 'half', count });
    await new Promise<void>((resolve) => void response.end(answer.body.subarray(half), resolve));
    await this.at?.({ route, moment: 'passed', count });
  }

  /** Addresses in an answer lead through the gate, too. */
  async #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const answer = await send(`${this.#target}${request.url ?? ''}`, request, body);
    const isJson = (answer.headers['content-type'] ?? '').includes('json');
    if (!isJson) return answer;
    return { ...answer, body: Buffer.from(answer.body.toString('utf8').replaceAll(this.#target, this.origin)) };
  }
}

function isOther(name: string): name is 'home' | 'sync' | 'other-model' {
  return name === 'home' || name === 'sync' || name === 'other-model';
}

function send(url: string, { method, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url);
    const forwarded = httpRequest(url, { method, headers: { ...headers, host }, agent: false }, (answer) => {
      readAll(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
        reject,
      );
    });
    forwarded.once('error', reject);
    forwarded.end(body);
  });
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
