// A practice service in a temp folder with a held clock, and the few calls that the tests make of it.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../app/lib/clock.ts';
import { startPractice } from '../../app/practice/server.ts';
import type { PracticeOptions, PracticeService, Retouch } from '../../app/practice/server.ts';

export const KEY = 'SG_0123456789abcdef';
export const JSON_HEADERS = { 'x-api-key': KEY, 'content-type': 'application/json' };
export const START = Date.UTC(2026, 10, 22, 12, 0, 30);
export const SECOND = 1000;
export const HOUR = 3_600_000;

/** Time stands still until a test moves it. */
export class HeldClock implements Clock {
  #now = START;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves the time and lets everything due happen in its order, the work of the service included. */
  async advance(ms: number, service: PracticeService): Promise<void> {
    const end = this.#now + ms;
    await service.settled();
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await service.settled();
    }
    this.#now = end;
  }

  /** Jumps without any timer being called, as when the service was off. */
  jump(ms: number): void {
    this.#now += ms;
  }

  get timers(): number {
    return this.#timers.size;
  }
}

/** A retouch that copies, and the sources it was given. */
export function copying(): { retouch: Retouch; jobs: Parameters<Retouch>[0][] } {
  const jobs: Parameters<Retouch>[0][] = [];
  return {
    jobs,
    retouch: async (job) => {
      jobs.push(job);
      await copyFile(job.source, job.target);
    },
  };
}

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'practice-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Exactly 1 s in QUEUED and 2 s in PROCESSING, so that tests can say when. */
export const STEADY = { queueMs: { min: SECOND, max: SECOND }, latencyMs: { min: 2 * SECOND, max: 2 * SECOND } };

export interface Setup {
  readonly service: PracticeService;
  readonly clock: HeldClock;
  readonly stateDir: string;
  readonly jobs: Parameters<Retouch>[0][];
}

export async function setup(options: Partial<PracticeOptions> = {}, clock = new HeldClock()): Promise<Setup> {
  const stateDir = options.stateDir ?? (await tempDir());
  const { retouch, jobs } = copying();
  const service = await startPractice({ clock, stateDir, retouch, ...STEADY, ...options });
  onTestFinished(() => service.stop());
  return { service, clock, stateDir, jobs };
}

/** The bytes of something that begins as a picture of that format does. */
export function picture(format: 'jpeg' | 'png' | 'webp' = 'jpeg', mark = 'a photo'): Buffer {
  const heads = {
    jpeg: Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    webp: Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'),
  };
  return Buffer.concat([heads[format], Buffer.from(mark)]);
}

export function dataUri(bytes: Buffer, type = 'image/jpeg'): string {
  return `data:${type};base64,${bytes.toString('base64')}`;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

export function get(url: string, headers: Record<string, string> = { 'x-api-key': KEY }): Promise<Reply> {
  return call(url, { headers });
}

export function post(url: string, body: unknown, headers: Record<string, string> = JSON_HEADERS): Promise<Reply> {
  return call(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

export async function upload({ service }: Setup, bytes = picture()): Promise<string> {
  const { body } = await post(`${service.storageUrl}/upload-asset`, { data_urls: [dataUri(bytes)] });
  return (body['urls'] as [string])[0];
}

export function submitUrl({ service }: Setup): string {
  return `${service.url}/v2/bria-enhance-image`;
}

export interface Submitted {
  readonly id: string;
  readonly status: string;
  readonly result: string;
}

/** Uploads a picture, unless an image is given, and submits it. */
export async function submit(at: Setup, parameters: Record<string, unknown> = {}): Promise<Submitted> {
  const image = parameters['image'] ?? (await upload(at));
  const { body } = await post(submitUrl(at), { image, ...parameters });
  return {
    id: String(body['request_id']),
    status: String(body['status_url']),
    result: String(body['response_url']),
  };
}

/** Sends bytes as they are and answers all that comes back until the connection ends. */
export function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
