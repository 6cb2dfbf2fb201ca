// The steps of one job and what becomes of it: whatever a step throws is the job's fate, or the queue's reason to stop,
// and never goes further.
import type PQueue from 'p-queue';
import type { Batch, Job } from '../domain/batch.ts';
import { retryDelay } from '../domain/backoff.ts';
import type { Charged, Failure } from '../domain/failure.ts';
import { classify, failure, stopsQueue } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import { IllegalTransition, MAX_ATTEMPTS } from '../domain/job.ts';
import { WATCH_PRIORITY } from '../domain/watch.ts';
import { stackOf } from '../lib/log.ts';
import type { Segmind } from '../segmind/client.ts';
import { RateLimited } from '../segmind/client.ts';
import type { Brake } from './brake.ts';
import type { EngineDeps } from './deps.ts';
import type { Folders } from './folders.ts';
import type { Ledger } from './ledger.ts';
import type { Ending } from './followed.ts';
import { prepareJob } from './prepare-job.ts';
import { saveJob } from './save-job.ts';
import { submitJob } from './submit-job.ts';

/** How long a photo whose drive is away waits until it is tried again, unless it is told of its return, milliseconds. */
const SOURCE_WAIT_MS = 300_000;
const STORAGE_BUSY =
  'The storage of the service keeps asking to slow down, so no photo can be sent. Go on later: nothing is lost.';

export interface RunnerOptions {
  readonly deps: EngineDeps;
  readonly ledger: Ledger;
  readonly brake: Brake;
  readonly folders: Folders;
  /** Whether a photo is not found because the place it is in is away. */
  readonly isSourceAway: (path: string) => Promise<boolean>;
  /** Aborted when the engine stops: what can be resumed is left as it is. */
  readonly signal: AbortSignal;
  /** Aborted when the brake closes: nobody waits any more for leave to submit. */
  readonly maySend: () => AbortSignal;
  /** Holds at most two submits in the air. */
  readonly gate: PQueue;
  /** Photos whose results are still to be saved. */
  readonly inFlight: () => number;
  /** The brake changed. */
  readonly onBrake: () => void;
  /** Nothing more is done for the job now. */
  readonly onDone: (id: number) => void;
}

export class JobRunner {
  readonly #o: RunnerOptions;
  readonly #batches = new Map<number, Batch>();

  constructor(options: RunnerOptions) {
    this.#o = options;
  }

  /** Checks, prepares and uploads a claimed job's photo. @returns whether it is ready to be submitted */
  async prepare(job: Job): Promise<boolean> {
    const { deps, ledger, folders, signal } = this.#o;
    if (!this.#mayGo(job)) {
      this.giveBack(job.id);
      return false;
    }
    const segmind = { upload: this.#upload };
    const ensureFolder = (folder: string) => folders.ensure(folder);
    const skipped = await prepareJob(job, this.#batchOf(job), { ...deps, ledger, segmind, ensureFolder }, signal);
    if (skipped) {
      ledger.apply(job.id, { type: 'skip', failure: skipped });
      this.#o.onDone(job.id);
      return false;
    }
    if (this.#mayGo(job)) return true;
    this.giveBack(job.id);
    return false;
  }

  readonly #upload: Segmind['upload'] = async (file, signal) => {
    const url = await this.#o.deps.segmind.upload(file, signal);
    this.#o.brake.uploaded();
    return url;
  };

  /** @returns the accepted request; null when there is none, and the job is dealt with */
  async submit(id: number): Promise<ServiceRequest | null> {
    const { deps, ledger, brake, folders, maySend, gate, inFlight, onDone } = this.#o;
    const job = ledger.history.jobs.get(id);
    if (job?.state !== 'preparing') {
      onDone(id); // canceled while it waited for the slot
      return null;
    }
    if (folders.whyHeld(job.outDir) !== null) {
      this.giveBack(id); // found out after it was prepared
      return null;
    }
    const mayGo = () => this.#mayGo(job);
    const submitted = await submitJob(job, this.#batchOf(job), { ...deps, ledger, gate, mayGo, inFlight }, maySend());
    switch (submitted.kind) {
      case 'accepted':
        brake.accepted();
        return submitted.request;
      case 'given-back':
        if (submitted.failure) this.stopQueue(submitted.failure);
        this.giveBack(id);
        return null;
      case 'limited':
        brake.reached();
        this.giveBack(id);
        return null;
      case 'uncertain':
        this.#doubted(id, submitted.failure);
        return null;
      case 'refused':
        if (submitted.failure.code !== 'offline') brake.reached();
        this.#settle(job, submitted.failure);
        return null;
    }
  }

  /** Whether new work may still go out; to be asked again after every wait. */
  #mayGo(job: Job): boolean {
    const { brake, folders, signal } = this.#o;
    return brake.open && !signal.aborted && folders.whyHeld(job.outDir) === null && !this.#rests(job);
  }

  /** Whether it is of a watch folder that was paused, or whose hours ended, since it was claimed. */
  #rests({ batchId, priority }: Job): boolean {
    if (priority < WATCH_PRIORITY) return false;
    const { deps, ledger } = this.#o;
    const resting = deps.resting().map(({ watchId }) => watchId);
    return ledger.history.resting.isOf(batchId, resting);
  }

  /** Records how a followed request ended. @returns the job, when its picture is to be saved */
  finish(job: Pick<Job, 'id'>, ending: Ending): Job | null {
    const { ledger } = this.#o;
    switch (ending.kind) {
      case 'completed': {
        const event = { type: 'complete', outputUrl: ending.outputUrl } as const;
        return ledger.applySurely(job.id, event, { metrics: ending.metrics });
      }
      case 'failed': {
        // A result without a picture may still turn up; a request that failed is over, and free.
        const over = ending.failure.charged === 'no';
        ledger.applySurely(job.id, { type: 'fail', failure: ending.failure, over }, { metrics: ending.metrics });
        break;
      }
      case 'expired':
        ledger.applySurely(job.id, { type: 'fail', failure: failure('expired'), over: ending.over });
        break;
      case 'timeout':
        ledger.applySurely(job.id, { type: 'fail', failure: failure('timeout') });
        break;
      case 'stopped':
        break; // it stays `processing`: the next start asks for it
    }
    this.#o.onDone(job.id);
    return null;
  }

  /** Downloads and saves a paid picture. */
  async save(job: Job): Promise<void> {
    const { deps, ledger, signal, onDone } = this.#o;
    const mustWait = this.#o.brake.holdsSaves || this.#o.folders.whyHeld(job.outDir) !== null;
    if (mustWait && !signal.aborted) {
      this.giveBack(job.id); // its URL is kept, and it is fetched first when the queue goes on
      return;
    }
    if (!signal.aborted) {
      const output = await saveJob(job, this.#batchOf(job), { ...deps, ledger }, signal);
      ledger.applySurely(job.id, { type: 'save' }, { output });
    }
    onDone(job.id);
  }

  /** Runs a step; never rejects. */
  async guard(job: Pick<Job, 'id'>, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      try {
        await this.#failed(job, error);
      } catch (worse) {
        this.#o.onDone(job.id);
        // Canceled while the step ran: then there is nothing left to record, and nothing wrong with the history.
        if (!(worse instanceof IllegalTransition)) this.troubled(worse);
      }
    }
  }

  /** Back to the queue as it was, with the reason if its folder is held; the attempt does not count. */
  giveBack(id: number): void {
    const { ledger, folders } = this.#o;
    try {
      const job = ledger.history.jobs.get(id);
      const held = job && folders.whyHeld(job.outDir);
      ledger.applySurely(id, { type: 'release', ...(held ? { failure: held } : {}) });
    } catch (error) {
      // Canceled meanwhile, and nothing to give back; or the history cannot be written: the next start gives it back.
      if (!(error instanceof IllegalTransition)) this.#stopFor(error);
    } finally {
      this.#o.onDone(id);
    }
  }

  /** Stops the queue with one clear reason; no job fails for it. */
  stopQueue(reason: Failure): void {
    const { brake, deps, onBrake } = this.#o;
    if (brake.stop(reason)) deps.log.warn('queue stopped', { code: reason.code, detail: reason.detail });
    onBrake();
  }

  /** The history itself cannot be written: nothing new may go out. */
  troubled(error: unknown): void {
    this.#stopFor(error);
    this.#o.onBrake();
  }

  #stopFor(error: unknown): void {
    const { code, detail } = classify(error);
    this.#o.deps.log.error('history', { error: stackOf(error) });
    const own = code === 'output_unwritable' ? 'data_unwritable' : code; // a system's error: here it is the history's
    this.#o.brake.stop(failure(stopsQueue(own) ? own : 'internal', { detail }));
  }

  /** Whether a submit was accepted cannot be known: the job is recorded as uncertain, and the next submits go alone. */
  #doubted(id: number, value: Failure): void {
    const { deps, brake, onDone, onBrake } = this.#o;
    deps.log.warn('uncertain', { job: id, detail: value.detail });
    brake.doubted();
    onDone(id);
    onBrake();
  }

  async #failed(job: Pick<Job, 'id'>, error: unknown): Promise<void> {
    const { deps, ledger, signal, onDone } = this.#o;
    const current = ledger.history.jobs.get(job.id);
    if (error instanceof IllegalTransition || !current) {
      deps.log.warn('job changed elsewhere', { job: job.id, state: current?.state, error: String(error) });
      onDone(job.id);
      return;
    }
    const found = classify(error);
    if (current.state === 'submitting') {
      // Something broke between the submit and its record: to send it again could pay twice, whatever broke.
      const doubt = failure('uncertain_submit', { detail: found.detail });
      ledger.applySurely(job.id, { type: 'doubt', failure: doubt });
      this.#doubted(job.id, doubt);
    } else if (signal.aborted) {
      this.#leave(current);
    } else if (error instanceof RateLimited) {
      this.#slowDown(job.id, error);
    } else {
      if (found.code === 'internal') deps.log.error('internal', { job: job.id, error: stackOf(error) });
      if (await this.#isSourceAway(current, found)) this.#waitForSource(current, found);
      else if (mayBeFolders(current, found)) await this.#blame(current, found);
      else this.#settle(current, found);
    }
  }

  /** The engine stops: what is not sent waits again, and the rest is where the next start looks for it. */
  #leave(job: Job): void {
    if (job.state === 'preparing') this.giveBack(job.id);
    else this.#o.onDone(job.id);
  }

  /** An upload too many: no attempt of the photo. The storage has a pace of its own, which no submit teaches. */
  #slowDown(id: number, { failure: { status, detail }, waitMs }: RateLimited): void {
    const { brake, onBrake } = this.#o;
    brake.slowDown(failure('rate_limited', { message: STORAGE_BUSY, status, detail }), waitMs);
    this.giveBack(id);
    onBrake();
  }

  async #isSourceAway({ state, sourcePath }: Job, { code }: Failure): Promise<boolean> {
    const isMissed = state === 'preparing' && (code === 'source_missing' || code === 'source_unreadable');
    return isMissed && (await this.#o.isSourceAway(sourcePath));
  }

  /** No attempt of the photo, and nothing wrong with it: it waits until its drive is back, and is tried now and then. */
  #waitForSource({ id }: Job, { detail }: Failure): void {
    const { deps, ledger, onDone } = this.#o;
    const notBefore = deps.clock.now() + SOURCE_WAIT_MS;
    deps.log.info('waits for its source', { job: id, detail });
    ledger.applySurely(id, { type: 'release', notBefore, failure: failure('watch_unavailable', { detail }) });
    onDone(id);
  }

  /** Finds out whether it is the output folder's fault, which holds the folder, or that of this one photo. */
  async #blame(job: Job, found: Failure): Promise<void> {
    const { deps, folders, signal } = this.#o;
    const trouble = await folders.look(job.outDir);
    if (signal.aborted) {
      this.#leave(job);
    } else if (trouble === null) {
      this.#settle(job, found.code === 'output_unwritable' ? ofThisOne(job, found) : found);
    } else if (trouble.code === 'output_unwritable') {
      deps.log.info('waits for its folder', { job: job.id, detail: found.detail });
      this.giveBack(job.id);
    } else {
      this.#settle(job, trouble);
    }
  }

  /** Decides what a failure means: the queue stops, the service is out of reach, another attempt, or the end. */
  #settle(job: Job, found: Failure): void {
    const { deps, ledger, brake, onDone } = this.#o;
    const value = { ...found, charged: chargeOf(job, found.charged) };
    const { code, status, detail } = value;
    deps.log.warn('failure', { job: job.id, state: job.state, code, status, detail });
    if (stopsQueue(code)) {
      this.giveBack(job.id);
      this.stopQueue(value);
    } else if (code === 'offline') {
      this.giveBack(job.id);
      brake.unreached(value);
      this.#o.onBrake();
    } else if ((value.retryable || code === 'result_gone') && job.attempts < MAX_ATTEMPTS) {
      const notBefore = deps.clock.now() + retryDelay(job.attempts, deps.random());
      ledger.applySurely(job.id, { type: 'retry', failure: value, notBefore });
      onDone(job.id);
    } else {
      ledger.applySurely(job.id, { type: 'fail', failure: value });
      onDone(job.id);
    }
  }

  #batchOf(job: Job): Batch {
    const known = this.#batches.get(job.batchId) ?? this.#o.ledger.history.batches.get(job.batchId);
    if (!known) throw new RangeError(`there is no batch ${job.batchId}`);
    this.#batches.set(job.batchId, known);
    return known;
  }
}

/** Whether a failure may have to do with the output folder. An error that nobody knows may be one of a network drive. */
function mayBeFolders({ state }: Job, { code }: Failure): boolean {
  return code === 'output_unwritable' || (state === 'saving' && (code === 'save_failed' || code === 'internal'));
}

/** What went wrong in a folder that takes files. */
function ofThisOne({ state }: Job, found: Failure): Failure {
  return state === 'saving' ? failure('save_failed', { detail: found.detail }) : { ...found, retryable: true };
}

/** A failure after the submit is never told as free of charge. */
function chargeOf(job: Job, charged: Charged): Charged {
  if (job.outputUrl) return 'yes';
  return job.request && charged === 'no' ? 'maybe' : charged;
}
