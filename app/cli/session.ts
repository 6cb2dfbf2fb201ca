// Puts the core together for one run of the command line: history, service (real or practice), pictures, engine.
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { join } from 'node:path';
import type { Connection } from '../backend/connect.ts';
import { connectPractice, connectSegmind, createEngine } from '../backend/connect.ts';
import { repairSentences } from '../backend/notices.ts';
import { FailureError } from '../domain/failure.ts';
import type { Engine } from '../engine/engine.ts';
import { History } from '../history/history.ts';
import type { Scope } from '../history/jobs.ts';
import type { RestingPhotos } from '../history/resting.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock, unreturning } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { fileLog } from '../lib/log.ts';
import { timeZoneFollower } from '../lib/time-zone.ts';
import { MediaPool } from '../media/pool.ts';
import { spawnNodeWorker } from '../media/spawn-node.ts';
import type { Segmind } from '../segmind/client.ts';
import { Pacing } from '../segmind/pacing.ts';
import { restingOf } from '../watch/resting.ts';
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
  /** How long the service, its storage and output folders are waited for, seconds. */
  readonly patience: number;
}

/**
 * @throws {UsageError} without a key, or for origins that a key must not be sent to, when it is not practice
 * @throws {FailureError} `bad_key` when the key holds what no key does
 */
export async function connect(options: ServiceOptions, media: MediaPool, clock: Clock): Promise<Connection> {
  if (options.practice) return await connectPractice({ dataDir: options.data, media, clock });
  const key = requireKey();
  try {
    return connectSegmind(options, key, clock);
  } catch (error) {
    if (error instanceof FailureError) throw error; // a key that cannot be one
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Everything a run needs, in the order in which it is taken apart at the end. */
export class Session implements AsyncDisposable {
  readonly history: History;
  readonly media: MediaPool;
  readonly segmind: Segmind;
  readonly service: string;
  readonly interrupts: Interrupts;
  readonly log: Log;
  readonly clock: Clock;
  readonly #options: RunOptions;
  readonly #connection: Connection;
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
    this.log = parts.log;
    this.clock = parts.clock;
  }

  /**
   * @throws {UsageError} without a key
   * @throws {HistoryError} when the data folder cannot be used, or another process runs its queue
   */
  static async open(options: RunOptions, output: Output): Promise<Session> {
    const clock = unreturning(systemClock, timeZoneFollower());
    const media = new MediaPool({ spawn: () => spawnNodeWorker() });
    const interrupts = new Interrupts(output);
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
    const { concurrency, rpm, patience } = this.#options;
    const patienceMs = patience * 1_000;
    this.#engine = createEngine(
      {
        history: this.history,
        segmind: this.segmind,
        service: this.service,
        pacing: new Pacing({ clock: this.clock, perMinute: this.service === PRACTICE_SERVICE ? null : limitOf(rpm) }),
        media: this.media,
        clock: this.clock,
        log: this.log,
      },
      { concurrency, scope, patienceMs, folderPatienceMs: patienceMs },
    );
    return this.#engine;
  }

  /** Photos in the queue that wait for their watch folder: of whatever run, or of a scope. */
  resting(scope: Scope = { kind: 'all' }): readonly RestingPhotos[] {
    const { history, service, clock } = this;
    const ids = restingOf(history.watches.list(), clock.wall()).map(({ watchId }) => watchId);
    return history.resting.photos(service, scope, ids);
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
  for (const sentence of repairSentences(history.repair)) output.warn(sentence);
}
