// How the core gets a service to work for: Segmind itself with a key, or the practice service, started in this process;
// and the engine on top of either. The command line and the desktop app both come through here.
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../domain/failure.ts';
import type { EngineDeps } from '../engine/deps.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { Engine } from '../engine/engine.ts';
import type { Clock } from '../lib/clock.ts';
import { systemDisk } from '../lib/disk.ts';
import type { MediaPool } from '../media/pool.ts';
import type { PracticeOptions, PracticeService } from '../practice/options.ts';
import { startPractice } from '../practice/server.ts';
import type { Segmind } from '../segmind/client.ts';
import { createSegmind } from '../segmind/client.ts';
import { restingOf } from '../watch/resting.ts';

const PRACTICE_KEY = 'SG_0000000000000000';

/** A service to talk to, and how to let go of it. */
export interface Connection extends AsyncDisposable {
  readonly segmind: Segmind;
  /** The service's name in the history: the API's origin, or `practice`. */
  readonly service: string;
}

export interface SegmindAddress {
  readonly apiUrl: string;
  readonly storageUrl: string;
}

/**
 * @throws {Error} when an address is not one that a key may be sent to
 * @throws {FailureError} `bad_key` when the key holds what no key does
 */
export function connectSegmind({ apiUrl, storageUrl }: SegmindAddress, key: string, clock: Clock): Connection {
  const segmind = createSegmind({ apiUrl, storageUrl, key, clock });
  return { segmind, service: new URL(apiUrl).origin, [Symbol.asyncDispose]: () => Promise.resolve() };
}

export interface PracticePlace {
  /** The data folder: the practice service keeps its requests and pictures in it. */
  readonly dataDir: string;
  readonly media: Pick<MediaPool, 'retouch'>;
  readonly clock: Clock;
  /** Knobs of the practice service: how long it takes, what goes wrong. */
  readonly knobs?: Partial<PracticeOptions> | undefined;
}

/** @throws system errors of the data folder and of the network's loopback */
export async function connectPractice(place: PracticePlace): Promise<Connection> {
  const practice = await startEmbedded(place);
  const { url: apiUrl, storageUrl } = practice;
  const segmind = createSegmind({ apiUrl, storageUrl, key: PRACTICE_KEY, clock: place.clock });
  return { segmind, service: PRACTICE_SERVICE, [Symbol.asyncDispose]: () => practice.stop() };
}

/** On the port it had before, when that is free: the addresses of its finished pictures hold good then. */
async function startEmbedded({ dataDir, media, clock, knobs }: PracticePlace): Promise<PracticeService> {
  const stateDir = join(dataDir, 'practice');
  const portFile = join(dataDir, 'practice-port');
  const start = (port: number) =>
    startPractice({ clock, stateDir, port, retouch: (job) => media.retouch(job), ...knobs });
  const before = existsSync(portFile) ? Number.parseInt(readFileSync(portFile, 'utf8'), 10) : 0;
  const service = await start(before > 0 && before < 65_536 ? before : 0).catch((error: unknown) => {
    if (systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES') return start(0);
    throw error;
  });
  writeFileSync(portFile, new URL(service.url).port);
  return service;
}

/** The engine for a connection, with what every front end gives it alike. */
export function createEngine(
  deps: Omit<EngineDeps, 'disk' | 'random' | 'preparationsAtOnce' | 'resting'> &
    Partial<Pick<EngineDeps, 'disk' | 'random'>>,
  options: EngineOptions,
): Engine {
  const { history, clock } = deps;
  const usual = { disk: systemDisk, random: Math.random, preparationsAtOnce: Math.min(4, availableParallelism() + 1) };
  // Of the history itself, whatever is watched in this process: so a pause holds from the first photo after a start.
  const resting = () => restingOf(history.watches.list(), clock.wall());
  return new Engine({ ...usual, ...deps, resting }, options);
}
