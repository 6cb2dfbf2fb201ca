// The composition root of the core: one engine works on the jobs of one service in one history.
import type { Batch, Job, StateCounts } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import type { NewBatch } from '../history/batches.ts';
import type { Scope } from '../history/jobs.ts';
import type { HistoryFilter } from '../history/summaries.ts';
import type { JobState } from '../domain/job.ts';
import { Brake } from './brake.ts';
import type { Canceled } from './commands.ts';
import { cancelJobs, retryJobs } from './commands.ts';
import type { EngineDeps } from './deps.ts';
import { Dispatcher } from './dispatcher.ts';
import { Durations } from './durations.ts';
import { Ledger } from './ledger.ts';
import { Poller } from './poller.ts';
import type { Recovered } from './recover.ts';
import { clearLeftovers, recover } from './recover.ts';

export interface EngineOptions {
  /** Photos at the service at a time, from 1. */
  readonly concurrency: number;
  /** Milliseconds of processing after which a request is given up as `timeout`. */
  readonly deadlineMs?: number;
  /** How long the service may be out of reach before the queue stops, milliseconds. */
  readonly patienceMs?: number;
  /** Which queued jobs are taken up; what is already paid for always is. */
  readonly scope?: Scope;
}

export interface EngineStatus {
  /** Jobs of the scope that are not finished. */
  readonly unfinished: number;
  /** Photos at the service. */
  readonly atService: number;
  readonly concurrency: number;
  readonly paused: boolean;
  /** Why the queue stopped; null while it runs. */
  readonly stopped: Failure | null;
  /** When the service is tried again, if it is out of reach (milliseconds since the epoch). */
  readonly heldUntil: number | null;
  /** Until when the service asked to wait (milliseconds since the epoch). */
  readonly limitedUntil: number | null;
}

const DEADLINE_MS = 600_000;
const PATIENCE_MS = 600_000;
const DURATIONS_KNOWN = 200;

export class Engine {
  readonly #deps: EngineDeps;
  readonly #ledger: Ledger;
  readonly #brake: Brake;
  readonly #poller: Poller;
  readonly #dispatcher: Dispatcher;
  readonly #listeners = new Set<() => void>();
  readonly #idle = new Set<(stopped: Failure | null) => void>();
  #scope: Scope;
  #stopping: Promise<void> | null = null;

  constructor(deps: EngineDeps, options: EngineOptions) {
    const { history, clock, log, random, segmind, pacing, service } = deps;
    this.#deps = deps;
    this.#scope = options.scope ?? { kind: 'all' };
    this.#ledger = new Ledger(history, clock, log);
    this.#brake = new Brake({ clock, random, patienceMs: options.patienceMs ?? PATIENCE_MS });
    const known = history.attempts.durations(service, DURATIONS_KNOWN).map((seconds) => seconds * 1_000);
    this.#poller = new Poller({
      segmind,
      pacing,
      clock,
      log,
      random,
      durations: new Durations(known),
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      onRefused: (failure) => this.#refused(failure),
      onReach: (failure) => this.#reach(failure),
    });
    this.#dispatcher = new Dispatcher({
      deps,
      ledger: this.#ledger,
      poller: this.#poller,
      brake: this.#brake,
      concurrency: options.concurrency,
      scope: () => this.#scope,
      onChange: () => this.#changed(),
    });
  }

  /** Brings back what an earlier process left, and begins. */
  async start(): Promise<Recovered> {
    const { history, clock, log } = this.#deps;
    const recovered = recover(history, clock.now());
    await clearLeftovers(history);
    log.info('start', {
      requeued: recovered.requeued.length,
      uncertain: recovered.uncertain.length,
      service: this.#deps.service,
    });
    this.#dispatcher.start();
    return recovered;
  }

  /**
   * Sends nothing more and lets go; always safe.
   * @param graceMs how long submits and saves in the air are waited for, milliseconds
   */
  stop(graceMs = 10_000): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#dispatcher.stop(graceMs);
    this.#deps.pacing[Symbol.dispose]();
    this.#rest();
    this.#deps.log.info('stop');
  }

  /** New photos wait; what is at the service goes on and is saved. */
  pause(): void {
    this.#brake.paused = true;
    this.#dispatcher.obeyBrake();
  }

  /** Goes on, also after the queue stopped. */
  resume(): void {
    this.#brake.release();
    this.#poller.resume();
    this.#dispatcher.bringBack();
    this.#dispatcher.obeyBrake();
  }

  /** The machine woke up or the network is back: asks at once. */
  wake(): void {
    this.#brake.reached();
    this.#poller.wake();
    this.#dispatcher.obeyBrake();
  }

  setConcurrency(concurrency: number): void {
    this.#dispatcher.concurrency = concurrency;
  }

  setScope(scope: Scope): void {
    this.#scope = scope;
    this.#dispatcher.topUp();
  }

  addBatch(batch: Omit<NewBatch, 'service'>): Batch {
    const created = this.#deps.history.batches.create(
      { ...batch, service: this.#deps.service },
      this.#deps.clock.now(),
    );
    this.#dispatcher.topUp();
    return created;
  }

  /** @returns the ids of the jobs that wait again */
  retry(filter: HistoryFilter & { readonly states: readonly JobState[] }): number[] {
    const ids = retryJobs(this.#deps.history, { ...filter, service: this.#deps.service }, this.#deps.clock.now());
    this.#ledger.announce(ids);
    this.#dispatcher.topUp();
    return ids;
  }

  cancel(filter: HistoryFilter, abandon = false): Canceled {
    const canceled = cancelJobs(this.#deps.history, filter, abandon, this.#deps.clock.now());
    this.#ledger.announce(canceled.canceled);
    this.#dispatcher.topUp();
    return canceled;
  }

  status(): EngineStatus {
    return {
      unfinished: this.#unfinished(),
      atService: this.#poller.size,
      concurrency: this.#dispatcher.concurrency,
      paused: this.#brake.paused,
      stopped: this.#brake.stopped,
      heldUntil: this.#brake.heldUntil,
      limitedUntil: this.#deps.pacing.closedUntil,
    };
  }

  counts(): StateCounts {
    return this.#deps.history.jobs.counts(this.#deps.service);
  }

  /** Calls back after every change of a job; the answer ends it. */
  onJob(listener: (job: Job) => void): () => void {
    return this.#ledger.onJob(listener);
  }

  /** Calls back when something about the queue may have changed; the answer ends it. */
  onQueue(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves when nothing of the scope is left to do, with null, or when the queue stopped and came to rest, with why;
   * at the latest when the engine is stopped.
   */
  idle(): Promise<Failure | null> {
    return new Promise((resolve) => {
      this.#idle.add(resolve);
      this.#dispatcher.topUp();
    });
  }

  #unfinished(): number {
    return this.#deps.history.jobs.unfinished(this.#deps.service, this.#scope);
  }

  #refused(failure: Failure): void {
    this.#poller.suspend();
    if (this.#brake.stop(failure)) this.#deps.log.warn('queue stopped', { code: failure.code, detail: failure.detail });
    this.#dispatcher.obeyBrake();
  }

  #reach(failure: Failure | null): void {
    const before = this.#brake.open;
    const givesUp = failure !== null && this.#brake.unreached(failure);
    if (failure === null) this.#brake.reached();
    if (givesUp) this.#poller.suspend();
    if (givesUp || before !== this.#brake.open) this.#dispatcher.obeyBrake();
  }

  #changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#deps.log.error('listener', { error: String(error) });
      }
    }
    if (this.#idle.size === 0) return;
    const resting = this.#poller.suspended ? this.#poller.size : 0;
    if (this.#dispatcher.handling > resting) return;
    if (this.#brake.stopped === null && this.#unfinished() > 0) return;
    this.#rest();
  }

  #rest(): void {
    for (const resolve of this.#idle) resolve(this.#brake.stopped);
    this.#idle.clear();
  }
}
