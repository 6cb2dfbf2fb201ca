// Puts the core together for one run of the command line: history, service (real or practice), pictures, engine.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FailureError, systemCode } from '../domain/failure.ts';
import { Engine } from '../engine/engine.ts';
import { History } from '../history/history.ts';
import type { Scope } from '../history/jobs.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock, unreturning } from '../lib/clock.ts';
import { systemDisk } from '../lib/disk.ts';
import type { Log } from '../lib/log.ts';
import { fileLog } from '../lib/log.ts';
import { MediaPool } from '../media/pool.ts';
import { spawnNodeWorker } from '../media/spawn-node.ts';
import type { PracticeService } from '../practice/options.ts';
import { startPractice } from '../practice/server.ts';
import type { Segmind } from '../segmind/client.ts';
import { createSegmind } from '../segmind/client.ts';
import { Pacing } from '../segmind/pacing.ts';
import { Interrupts } from './interrupts.ts';
import { type Limit, limitOf } from './options.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';

export interface ServiceOptions {
  readonly data: string;
  readonly apiUrl: string;
  readonly storageUrl: string;
  readonly practice: boolean;
}

export interface RunOptions extends ServiceOptions {
  readonly concurrency: number;
  /** Requests a minute. */
  readonly rpm: Limit;
}

/** The service's name in the history for the practice service: its port changes, its requests are found again. */
export const PRACTICE = 'practice';
const PRACTICE_KEY = 'SG_0000000000000000';

/** A service to talk to, and how to let go of it. */
export interface Connection extends AsyncDisposable {
  readonly segmind: Segmind;
  readonly service: string;
}

/**
 * @throws {UsageError} without a key, or for origins that a key must not be sent to, when it is not practice
 * @throws {FailureError} `bad_key` when the key holds what no key does
 */
export async function connect(options: ServiceOptions, media: MediaPool, clock: Clock): Promise<Connection> {
  if (options.practice) {
    const practice = await startEmbedded(options.data, media, clock);
    const { url: apiUrl, storageUrl } = practice;
    const segmind = createSegmind({ apiUrl, storageUrl, key: PRACTICE_KEY, clock });
    return { segmind, service: PRACTICE, [Symbol.asyncDispose]: () => practice.stop() };
  }
  const { apiUrl, storageUrl } = options;
  const key = requireKey();
  try {
    const segmind = createSegmind({ apiUrl, storageUrl, key, clock });
    return { segmind, service: new URL(apiUrl).origin, [Symbol.asyncDispose]: () => Promise.resolve() };
  } catch (error) {
    if (error instanceof FailureError) throw error; // a key that cannot be one
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** On the port it had before, when that is free: the addresses of its finished pictures hold good then. */
async function startEmbedded(data: string, media: MediaPool, clock: Clock): Promise<PracticeService> {
  const stateDir = join(data, 'practice');
  const portFile = join(data, 'practice-port');
  const start = (port: number) => startPractice({ clock, stateDir, port, retouch: (job) => media.retouch(job) });
  const before = existsSync(portFile) ? Number.parseInt(readFileSync(portFile, 'utf8'), 10) : 0;
  const service = await start(before > 0 && before < 65_536 ? before : 0).catch((error: unknown) => {
    if (systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES') return start(0);
    throw error;
  });
  writeFileSync(portFile, new URL(service.url).port);
  return service;
}

/** Everything a run needs, in the order in which it is taken apart at the end. */
export class Session implements AsyncDisposable {
  readonly history: History;
  readonly media: MediaPool;
  readonly segmind: Segmind;
  readonly service: string;
  readonly interrupts: Interrupts;
  readonly #options: RunOptions;
  readonly #connection: Connection;
  readonly #log: Log;
  readonly #clock: Clock;
  #engine: Engine | null = null;

  private constructor(
    options: RunOptions,
    parts: {
      history: History;
      media: MediaPool;
      connection: Connection;
      log: Log;
      clock: Clock;
      interrupts: Interrupts;
    },
  ) {
    this.#options = options;
    this.history = parts.history;
    this.media = parts.media;
    this.interrupts = parts.interrupts;
    this.segmind = parts.connection.segmind;
    this.service = parts.connection.service;
    this.#connection = parts.connection;
    this.#log = parts.log;
    this.#clock = parts.clock;
  }

  /**
   * @throws {UsageError} without a key
   * @throws {HistoryError} when the data folder cannot be used, or another process runs its queue
   */
  static async open(options: RunOptions, output: Output): Promise<Session> {
    const clock = unreturning(systemClock);
    const media = new MediaPool({ spawn: () => spawnNodeWorker() });
    const interrupts = new Interrupts();
    const log = fileLog(join(options.data, 'logs', 'lightbatch.log'), clock, (error) =>
      output.warn(`The log cannot be written: ${String(error)}`),
    );
    try {
      if (!options.practice) requireKey();
      const history = History.own({ dir: options.data, clock, program: 'the command line' });
      try {
        tellRepair(history, output);
        const connection = await connect(options, media, clock);
        return new Session(options, { history, media, connection, log, clock, interrupts });
      } catch (error) {
        history[Symbol.dispose]();
        throw error;
      }
    } catch (error) {
      media.stop();
      interrupts[Symbol.dispose]();
      throw error;
    }
  }

  /** The engine of this session, for one scope. */
  engine(scope: Scope): Engine {
    const { concurrency, rpm } = this.#options;
    this.#engine = new Engine(
      {
        history: this.history,
        segmind: this.segmind,
        service: this.service,
        pacing: new Pacing({ clock: this.#clock, perMinute: this.service === PRACTICE ? null : limitOf(rpm) }),
        media: this.media,
        disk: systemDisk,
        clock: this.#clock,
        log: this.#log,
        random: Math.random,
        preparationsAtOnce: Math.min(4, availableParallelism() + 1),
      },
      { concurrency, scope },
    );
    return this.#engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.stop(); // a second time does no harm, and an error may have come before the first
    await this.#connection[Symbol.asyncDispose](); // before the pictures: practice may be at work on one
    this.media.stop();
    this.history[Symbol.dispose]();
    this.interrupts[Symbol.dispose]();
  }
}

/** @throws {UsageError} when there is none */
function requireKey(): string {
  const key = (process.env['SEGMIND_API_KEY'] ?? '').trim();
  if (key !== '') return key;
  throw new UsageError(
    'There is no API key. Set SEGMIND_API_KEY to the key of your Segmind account (segmind.com, “API keys”), ' +
      'or add --practice to try Lightbatch without one.',
  );
}

/** Tells what had to be done to open a damaged history. */
export function tellRepair(history: History, output: Output): void {
  if (!history.repair) return;
  const { movedTo, restoredFrom } = history.repair;
  output.warn(movedTo ? `The history was damaged. The damaged file is kept as ${movedTo}.` : 'The history was gone.');
  if (restoredFrom === null) {
    output.warn(
      'There was no backup, so the history begins anew. Photos that are already enhanced are still skipped by their file names.',
    );
    return;
  }
  output.warn(
    `${restoredFrom === movedTo ? 'What of it is sound' : `The backup ${restoredFrom}`} took its place. ` +
      'What waited then may have been enhanced since: it is listed as uncertain and not sent again by itself.',
  );
}
