// The composition root of the core: one engine works on the jobs of one service in one history.
import type { Batch, Job, StateCounts } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import type { NewBatch } from '../history/batches.ts';
import type { Scope } from '../history/jobs.ts';
import type { HistoryFilter } from '../history/summaries.ts';
import { Listeners } from '../lib/listeners.ts';
import type { JobState } from '../domain/job.ts';
import { type Resting, restingPhotos } from '../domain/watch.ts';
import { Brake } from './brake.ts';
import type { Canceled } from './commands.ts';
import { cancelJobs, retryJobs } from './commands.ts';
import type { FoundSource, Relocation } from './relocate.ts';
import { relocateJob } from './relocate.ts';
import type { EngineDeps } from './deps.ts';
import { Dispatcher } from './dispatcher.ts';
import { Durations } from './durations.ts';
import type { HeldFolder } from './folders.ts';
import { Folders } from './folders.ts';
import { Ledger } from './ledger.ts';
import type { Paced } from '../segmind/pacing.ts';
import { Poller } from './poller.ts';
import type { Recovered } from './recover.ts';
import { clearLeftovers, recover } from './recover.ts';

export interface EngineOptions {
  /** Photos at the service at a time, from 1. */
  readonly concurrency: number;
  /** Milliseconds of processing after which a request is given up as `timeout`. */
  readonly deadlineMs?: number;
  /** How long the service may be out of reach, or its storage ask to wait, before the queue stops, milliseconds. */
  readonly patienceMs?: number;
  /**
   * How long a run with nothing else left to do waits for output folders that are away, milliseconds; then the queue
   * stops. One that never took a file in this run is not waited for at all. For ever if not given.
   */
  readonly folderPatienceMs?: number;
  /** Which queued jobs are taken up; what is already paid for always is. */
  readonly scope?: Scope;
}

export interface EngineStatus {
  /** Jobs of the scope that are not finished. */
  readonly unfinished: number;
  /** Those of them that wait because their watch folder is paused or outside its hours. */
  readonly resting: readonly Resting[];
  /** Photos at the service. */
  readonly atService: number;
  readonly concurrency: number;
  readonly paused: boolean;
  /** Why the queue stopped; null while it runs. */
  readonly stopped: Failure | null;
  /** When the service is tried again, if it is out of reach (milliseconds since the epoch). */
  readonly heldUntil: number | null;
  /** When photos are uploaded again, if the storage asked to slow down (milliseconds since the epoch). */
  readonly storageSlowUntil: number | null;
  /** Output folders that take no files at the moment; all else goes on. */
  readonly heldFolders: readonly (HeldFolder & {
    /** Photos of the scope that wait for it. */
    readonly photos: number;
  })[];
  /** Until when the service asked to wait (milliseconds since the epoch). */
  readonly limitedUntil: number | null;
  /** What requests wait for by the plan's own budget, before the service has to ask. */
  readonly paced: Paced | null;
}

const DEADLINE_MS = 600_000;
const PATIENCE_MS = 600_000;
const DURATIONS_KNOWN = 200;

export class Engine {
  readonly #deps: EngineDeps;
  readonly #ledger: Ledger;
  readonly #brake: Brake;
  readonly #folders: Folders;
  readonly #poller: Poller;
  readonly #dispatcher: Dispatcher;
  readonly #listeners: Listeners;
  readonly #idle = new Set<(stopped: Failure | null) => void>();
  #scope: Scope;
  #stopping: Promise<void> | null = null;
  #isSourceAway: ((path: string) => Promise<boolean>) | null = null;

  constructor(deps: EngineDeps, options: EngineOptions) {
    const { history, clock, disk, log, random, segmind, pacing, service } = deps;
    this.#deps = deps;
    this.#listeners = new Listeners(log);
    this.#scope = options.scope ?? { kind: 'all' };
    this.#ledger = new Ledger(history, clock, log);
    this.#brake = new Brake({ clock, random, patienceMs: options.patienceMs ?? PATIENCE_MS });
    this.#folders = new Folders({
      disk,
      clock,
      log,
      random,
      patienceMs: options.folderPatienceMs ?? Infinity,
      isWanted: (folder) => history.jobs.waitsIn(service, folder),
      onChange: () => this.#dispatcher.topUp(),
    });
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
      folders: this.#folders,
      concurrency: options.concurrency,
      scope: () => this.#scope,
      isSourceAway: (path) => this.#isSourceAway?.(path) ?? Promise.resolve(false),
      onChange: () => this.#changed(),
    });
    pacing.onPaced(() => this.#changed());
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
    this.#folders.retryNow();
    this.#dispatcher.obeyBrake();
  }

  /** The machine woke up or the network is back: asks at once. */
  wake(): void {
    this.#brake.reached();
    this.#poller.wake();
    this.#folders.retryNow();
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
    this.#ledger.announceBatch(created.id);
    this.#dispatcher.topUp();
    return created;
  }

  /**
   * Photos that are not found are asked about: one whose drive is away waits for it instead of failing.
   * @param isAway whether the place of a photo (absolute path) cannot be reached at the moment; null for never
   */
  holdSources(isAway: ((path: string) => Promise<boolean>) | null): void {
    this.#isSourceAway = isAway;
  }

  /** The place of photos is there again: those that waited for it are taken up. */
  recallSources(): void {
    this.#deps.history.jobs.recall(this.#deps.service, 'watch_unavailable');
    this.#dispatcher.topUp();
  }

  /** Watch folders were paused or go on, or their hours began or ended: what may go now is taken up. */
  reviewWatches(): void {
    this.#dispatcher.topUp();
  }

  /** Jobs were added to a batch in the history itself: they are told of and taken up. */
  announceAdded(batchId: number): void {
    this.#ledger.announceBatch(batchId);
    this.#dispatcher.topUp();
  }

  /** @returns the ids of the jobs that wait again */
  retry(filter: HistoryFilter & { readonly states: readonly JobState[] }): number[] {
    const ids = retryJobs(this.#deps.history, { ...filter, service: this.#deps.service }, this.#deps.clock.now());
    this.#ledger.announce(ids);
    this.#dispatcher.topUp();
    return ids;
  }

  /** Missing photos were found somewhere else: each goes on there. @returns what became of each, in order */
  relocate(found: readonly FoundSource[]): Relocation[] {
    const { history, clock } = this.#deps;
    const done = history.atomically(() => found.map((one) => relocateJob(history, one, clock.now())));
    this.#ledger.announce(found.filter((_, index) => done[index] === 'queued').map(({ id }) => id));
    this.#dispatcher.topUp();
    return done;
  }

  cancel(filter: HistoryFilter, abandon = false): Canceled {
    const { history, clock, service } = this.#deps;
    const canceled = cancelJobs(history, { ...filter, service }, abandon, clock.now());
    this.#ledger.announce(canceled.canceled);
    this.#dispatcher.topUp();
    return canceled;
  }

  status(): EngineStatus {
    return {
      unfinished: this.#unfinished(),
      resting: this.#resting(),
      atService: this.#poller.size,
      concurrency: this.#dispatcher.concurrency,
      paused: this.#brake.paused,
      stopped: this.#brake.stopped,
      heldUntil: this.#brake.heldUntil,
      storageSlowUntil: this.#brake.slowUntil,
      heldFolders: this.#heldFolders(),
      limitedUntil: this.#deps.pacing.closedUntil,
      paced: this.#deps.pacing.paced,
    };
  }

  counts(): StateCounts {
    return this.#deps.history.jobs.counts(this.#deps.service);
  }

  /** Calls back after every change of a job; the answer ends it. */
  onJob(listener: (job: Job) => void): () => void {
    return this.#ledger.onJob(listener);
  }

  /** Calls back when a batch was added, or a retry or a cancel changed jobs of one; the answer ends it. */
  onBatch(listener: (batchId: number) => void): () => void {
    return this.#ledger.onBatch(listener);
  }

  /** Calls back when something about the queue may have changed; the answer ends it. */
  onQueue(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Resolves when nothing of the scope is left to do but what waits for a watch folder that rests, with null, or when the queue stopped and came to rest, with why;
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

  #resting(): Resting[] {
    const { history, service, resting } = this.#deps;
    const why = new Map(resting().map((watch) => [watch.watchId, watch.why]));
    const photos = history.resting.photos(service, this.#scope, [...why.keys()]);
    return photos.map((one) => ({ ...one, why: why.get(one.watchId) ?? 'paused' }));
  }

  /** What could go on by itself or when the queue does. */
  #toDo(): number {
    return this.#unfinished() - restingPhotos(this.#resting());
  }

  #heldFolders(): EngineStatus['heldFolders'] {
    const { held } = this.#folders;
    if (held.length === 0) return [];
    const photos = this.#waitingFor(held.map(({ folder }) => folder));
    return held.map((folder) => ({ ...folder, photos: photos.get(folder.folder) ?? 0 }));
  }

  #waitingFor(folders: readonly string[]): Map<string, number> {
    const { history, service, resting } = this.#deps;
    return history.jobs.waitingIn(
      service,
      this.#scope,
      folders,
      resting().map(({ watchId }) => watchId),
    );
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
    this.#listeners.tell();
    if (this.#idle.size === 0) return;
    const resting = this.#poller.suspended ? this.#poller.size : 0;
    if (this.#dispatcher.handling > resting) return;
    if (this.#brake.stopped === null && this.#toDo() > 0 && !this.#givesFoldersUp()) return;
    this.#rest();
  }

  /** Stops the queue when all that is left waits for folders that nobody waits for any longer. */
  #givesFoldersUp(): boolean {
    const reason = this.#folders.givenUp;
    if (reason === null) return false;
    const waiting = [...this.#waitingFor(this.#folders.names).values()];
    if (waiting.reduce((sum, photos) => sum + photos, 0) < this.#toDo()) return false;
    this.#brake.stop(reason);
    this.#deps.log.warn('queue stopped', { code: reason.code, detail: reason.detail });
    return true;
  }

  #rest(): void {
    for (const resolve of this.#idle) resolve(this.#brake.stopped);
    this.#idle.clear();
  }
}
