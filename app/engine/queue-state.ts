// How the queue as a whole is, for a window: what the engine says of itself, and what SQL counts.
import type { QueueState } from '../contract/values.ts';
import { LIST_SECONDS, photoPrice } from '../domain/quote.ts';
import type { History } from '../history/history.ts';
import type { Engine } from './engine.ts';

/** The service that photos are sent to, with the one engine that works for it. */
export interface Running {
  /** The service's name in the history: the API's origin, or `practice`. */
  readonly service: string;
  readonly engine: Pick<Engine, 'status' | 'onJob' | 'onBatch' | 'onQueue'>;
}

const DURATIONS = 50;

/**
 * @param running null while there is no service: then nothing is under way
 * @throws system and SQLite errors of the history
 */
export function queueState(history: History, running: Running | null): QueueState {
  const owedElsewhere = history.jobs.owedElsewhere(running?.service ?? null);
  if (running === null) return { ...AT_REST, owedElsewhere };
  const { engine, service } = running;
  const status = engine.status();
  return {
    unfinished: status.unfinished,
    resting: status.resting.map(({ batchId, photos, why }) => {
      const folder = history.watches.ofBatch(batchId)?.name ?? '';
      return { batchId, folder, photos, why };
    }),
    waiting: history.jobs.countIn(service, 'queued'),
    atService: status.atService,
    concurrency: status.concurrency,
    paused: status.paused,
    stopped: status.stopped,
    heldUntil: status.heldUntil,
    limitedUntil: later(status.limitedUntil, status.storageSlowUntil),
    paced: status.paced,
    heldFolders: status.heldFolders.map(({ folder, photos, failure, retryAt }) => ({
      folder,
      photos,
      failure,
      retryAt,
    })),
    typicalMs: typicalMs(history, service) ?? ASSUMED_MS,
    photoPrice: photoPrice(history.attempts.usualCost(service)),
    uncertain: history.listing.undecided(service),
    failed: history.jobs.countIn(service, 'failed'),
    owedElsewhere,
  };
}

/** How long a photo takes at a service lately: the median, milliseconds; null before the first. */
export function typicalMs(history: History, service: string): number | null {
  const seconds = history.attempts.durations(service, DURATIONS).sort((a, b) => a - b);
  const median = seconds[seconds.length >> 1];
  return median === undefined ? null : Math.max(1, Math.round(median * 1_000));
}

const ASSUMED_MS = LIST_SECONDS * 1_000;

const AT_REST: Omit<QueueState, 'owedElsewhere'> = {
  unfinished: 0,
  resting: [],
  waiting: 0,
  atService: 0,
  concurrency: 0,
  paused: false,
  stopped: null,
  heldUntil: null,
  limitedUntil: null,
  paced: null,
  heldFolders: [],
  typicalMs: ASSUMED_MS,
  photoPrice: photoPrice(null),
  uncertain: 0,
  failed: 0,
};

function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
