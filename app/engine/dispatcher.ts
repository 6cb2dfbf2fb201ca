// Keeps the slots full. The database is the queue; p-queue holds only what is running, and is the number of slots and the
// switch between running and paused. The next photos are prepared ahead, and results are saved beside the slots.
import PQueue from 'p-queue';
import type { Job } from '../domain/batch.ts';
import { failure } from '../domain/failure.ts';
import type { Scope } from '../history/jobs.ts';
import type { Brake } from './brake.ts';
import type { EngineDeps } from './deps.ts';
import type { Folders } from './folders.ts';
import type { Ledger } from './ledger.ts';
import type { Following } from './followed.ts';
import type { Poller } from './poller.ts';
import { IllegalTransition } from '../domain/job.ts';
import { JobRunner } from './run-job.ts';

export interface DispatcherOptions {
  readonly deps: EngineDeps;
  readonly ledger: Ledger;
  readonly poller: Poller;
  readonly brake: Brake;
  readonly folders: Folders;
  /** Photos at the service at a time. */
  readonly concurrency: number;
  /** Which queued jobs are taken up; it may change while running. */
  readonly scope: () => Scope;
  /** Whether a photo is not found because the place it is in is away. */
  readonly isSourceAway: (path: string) => Promise<boolean>;
  /** Something about the queue as a whole may have changed. */
  readonly onChange: () => void;
}

const SUBMITS_IN_AIR = 2;
const SAVES_AT_ONCE = 4;
const OWED_AT_ONCE = 64;
const TAKE_OVER_PAGE = 1_000;

export class Dispatcher {
  readonly #o: DispatcherOptions;
  readonly #runner: JobRunner;
  readonly #slots: PQueue;
  readonly #preparations: PQueue;
  readonly #saves = new PQueue({ concurrency: SAVES_AT_ONCE });
  readonly #gate = new PQueue({ concurrency: SUBMITS_IN_AIR });
  readonly #working = new AbortController();
  #sending = new AbortController();
  /** Every job that something is being done for. */
  readonly #handling = new Set<number>();
  /** Those of them that are claimed and not yet accepted by the service, with their priorities. */
  readonly #unsent = new Map<number, number>();
  /** Those of them that are prepared and wait for a slot, in order: a higher priority goes first. */
  #ready: number[] = [];
  /** Jobs at the service that hold no slot: taken over from an earlier run, or asked for again. */
  #besides = 0;
  #cancelTimer: (() => void) | null = null;
  #takeUpDue = false;
  #started = false;

  constructor(options: DispatcherOptions) {
    this.#o = options;
    this.#slots = new PQueue({ concurrency: options.concurrency });
    this.#preparations = new PQueue({ concurrency: options.deps.preparationsAtOnce });
    this.#runner = new JobRunner({
      deps: options.deps,
      ledger: options.ledger,
      brake: options.brake,
      folders: options.folders,
      isSourceAway: options.isSourceAway,
      signal: this.#working.signal,
      maySend: () => this.#sending.signal,
      gate: this.#gate,
      inFlight: () => options.poller.size + this.#saves.pending + this.#saves.size,
      onBrake: () => this.obeyBrake(),
      onDone: (id) => this.#done(id),
    });
    // Only then is the room free that a job held: what it said itself a moment before came too early for that.
    for (const queue of [this.#slots, this.#preparations]) queue.addEventListener('next', () => this.topUp());
  }

  /** Jobs that something is being done for. */
  get handling(): number {
    return this.#handling.size;
  }

  get concurrency(): number {
    return this.#slots.concurrency;
  }

  set concurrency(value: number) {
    this.#slots.concurrency = value;
    this.topUp();
  }

  /** Takes over what an earlier process had at the service or was saving, and begins: nothing is taken up before. */
  start(): void {
    this.#started = true;
    this.#takeOver();
    this.topUp();
  }

  #takeOver(): void {
    const { ledger, deps } = this.#o;
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = { after, limit: TAKE_OVER_PAGE };
      const jobs = ledger.history.jobs.inStates(deps.service, ['processing', 'saving'], page);
      for (const job of jobs) if (!this.#handling.has(job.id)) this.#resumePaid(job);
      after = jobs.length < TAKE_OVER_PAGE ? undefined : jobs.at(-1)?.id;
    }
  }

  /** Brings back what was let go of while the history could not be written; what is at work is left alone. */
  bringBack(): void {
    if (!this.#started || this.#working.signal.aborted) return;
    const { ledger, deps } = this.#o;
    try {
      const stranded = ledger.history.jobs
        .inStates(deps.service, ['preparing', 'submitting'], { after: 0, limit: TAKE_OVER_PAGE })
        .filter(({ id }) => !this.#handling.has(id));
      for (const { id, state } of stranded) {
        if (state === 'preparing') ledger.applySurely(id, { type: 'release' });
        else ledger.applySurely(id, { type: 'doubt', failure: failure('uncertain_submit') });
      }
      this.#takeOver();
    } catch (error) {
      this.#runner.troubled(error);
    }
  }

  /** Follows the brake: to be called whenever that may have changed. */
  obeyBrake(): void {
    this.#followBrake();
    this.topUp();
  }

  #followBrake(): void {
    if (this.#working.signal.aborted) return;
    if (this.#o.brake.open) {
      if (this.#sending.signal.aborted) this.#sending = new AbortController();
      this.#slots.start();
    } else {
      this.#sending.abort();
      this.#slots.pause();
      for (const id of this.#ready.splice(0)) this.#runner.giveBack(id);
    }
  }

  /** Takes up as much as there is room for, a moment later: may be called from anywhere, any number of times. */
  topUp(): void {
    if (this.#takeUpDue) return;
    this.#takeUpDue = true;
    queueMicrotask(() => {
      this.#takeUpDue = false;
      if (this.#started && !this.#working.signal.aborted) {
        try {
          this.#takeUp();
        } catch (error) {
          this.#runner.troubled(error);
        }
      }
      this.#o.onChange();
    });
  }

  /**
   * Sends nothing more; waits at most `graceMs` milliseconds for what is in the air. All the rest is resumed at the next
   * start.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#o.deps;
    this.#working.abort();
    this.#sending.abort();
    this.#cancelTimer?.();
    for (const id of this.#ready.splice(0)) this.#runner.giveBack(id);
    this.#o.poller.stop();
    const grace = Promise.withResolvers<void>();
    const cancel = clock.after(graceMs, grace.resolve);
    const queues = [this.#gate, this.#slots, this.#saves, this.#preparations];
    this.#slots.start(); // what waits in it gives itself back
    const ends = [...queues.map((queue) => queue.onIdle()), this.#o.folders.stop()];
    await Promise.race([Promise.all(ends), grace.promise]);
    cancel();
    await this.#gate.onIdle(); // a submit in the air is paid for: its answer has a time limit of its own
  }

  #takeUp(): void {
    const { brake, deps, folders, ledger, scope } = this.#o;
    const now = deps.clock.now();
    const { jobs } = ledger.history;
    const held = folders.names;
    const resting = deps.resting().map(({ watchId }) => watchId);
    this.#giveRestingBack(resting);
    const { closedUntil } = brake; // before all else that looks at the time: a hold that ends below is woken from, too
    this.#followBrake(); // an answer of the service may have opened it
    this.#gate.concurrency = brake.probing ? 1 : SUBMITS_IN_AIR;
    if (brake.stopped === null && brake.heldUntil === null) {
      const room = OWED_AT_ONCE - this.#besides - this.#saves.size;
      this.#claim(room, (limit) => jobs.owed(deps.service, { now, limit, held }), this.#claimPaid);
    }
    if (brake.open) {
      const room = brake.probing ? 1 - this.#unsent.size : this.#slots.concurrency * 2 - this.#claimed();
      const waiting = (limit: number) =>
        resting.length === 0
          ? jobs.claimable(deps.service, scope(), { now, limit, held })
          : ledger.history.resting.claimable(deps.service, scope(), { now, limit, held, resting });
      this.#claim(room, waiting, this.#claimNew);
      if (!brake.probing) this.#claimUrgent(waiting);
      this.#fillSlots();
    }
    this.#setTimer(now, closedUntil);
  }

  /** What is prepared waits in the queue, not for a slot, while its watch folder rests: it is shown so, and keeps no room. */
  #giveRestingBack(resting: readonly number[]): void {
    if (resting.length === 0 || this.#ready.length === 0) return;
    const { jobs, resting: watched } = this.#o.ledger.history;
    const rests = new Set(this.#ready.filter((id) => watched.isOf(jobs.get(id)?.batchId ?? 0, resting)));
    this.#ready = this.#ready.filter((id) => !rests.has(id));
    for (const id of rests) this.#runner.giveBack(id);
  }

  /**
   * Claims up to `room` of the jobs that wait. One that was canceled and asked for again may still be handled from its
   * earlier run: it is left until that has ended.
   */
  #claim(room: number, waiting: (limit: number) => number[], claim: (id: number) => void): void {
    if (room <= 0) return;
    const free = waiting(room + this.#handling.size).filter((id) => !this.#handling.has(id));
    for (const id of free.slice(0, room)) {
      try {
        claim(id);
      } catch (error) {
        if (!(error instanceof IllegalTransition)) throw error; // another process canceled it at this very moment
      }
    }
  }

  /** What is prepared ahead keeps no photo of a higher priority waiting: for those there is as much room beside it. */
  #claimUrgent(waiting: (limit: number) => number[]): void {
    for (;;) {
      const [id] = waiting(1 + this.#handling.size).filter((one) => !this.#handling.has(one));
      const priority = id === undefined ? undefined : this.#o.ledger.history.jobs.get(id)?.priority;
      if (id === undefined || priority === undefined) return;
      const ahead = [...this.#unsent.values()];
      const isUrgent = ahead.some((other) => other < priority);
      if (!isUrgent || ahead.filter((other) => other >= priority).length >= this.#slots.concurrency) return;
      this.#claim(1, () => [id], this.#claimNew);
      if (!this.#unsent.has(id)) return; // another process was faster
    }
  }

  /** Jobs prepared, ready or in a slot. */
  #claimed(): number {
    return this.#preparations.pending + this.#preparations.size + this.#ready.length + this.#slots.pending;
  }

  #fillSlots(): void {
    while (this.#ready.length > 0 && this.#slots.pending + this.#slots.size + this.#besides < this.#slots.concurrency) {
      const id = this.#ready.shift();
      if (id !== undefined) void this.#slots.add(() => this.#run(id));
    }
  }

  /** Wakes up when the next delay in the database, or the wait for the service or its storage, is over. */
  #setTimer(now: number, closedUntil: number | null): void {
    const { deps, ledger } = this.#o;
    this.#cancelTimer?.();
    const times = [ledger.history.jobs.nextDue(deps.service, now), closedUntil].filter((time) => time !== null);
    this.#cancelTimer = times.length === 0 ? null : deps.clock.after(Math.min(...times) - now, () => this.obeyBrake());
  }

  readonly #claimNew = (id: number): void => {
    const job = this.#o.ledger.apply(id, { type: 'claim' });
    this.#handling.add(id);
    this.#unsent.set(id, job.priority);
    const prepare = () =>
      this.#runner.guard(job, async () => {
        if (!(await this.#runner.prepare(job))) return;
        this.#makeReady(job);
        this.topUp();
      });
    void this.#preparations.add(prepare, { priority: job.priority });
  };

  #makeReady({ id, priority }: Job): void {
    const behind = this.#ready.findIndex((other) => (this.#unsent.get(other) ?? 0) < priority);
    this.#ready.splice(behind === -1 ? this.#ready.length : behind, 0, id);
  }

  readonly #claimPaid = (id: number): void => {
    const claimed = this.#o.ledger.apply(id, { type: 'claim' });
    this.#resumePaid(this.#o.ledger.apply(id, { type: claimed.outputUrl ? 'refetch' : 'reask' }));
  };

  #resumePaid(job: Job): void {
    this.#handling.add(job.id);
    if (job.state === 'saving' || !job.request) return this.#save(job);
    this.#besides += 1;
    const following = this.#o.poller.follow(job.request);
    void following.over.then(() => {
      this.#besides -= 1;
      this.topUp();
    });
    this.#finishLater(job, following);
  }

  /** Holds a slot from the submit until the service is done with the photo. */
  async #run(id: number): Promise<void> {
    await this.#runner.guard({ id }, async () => {
      const request = await this.#runner.submit(id);
      this.#unsent.delete(id);
      if (!request) return;
      this.topUp();
      const following = this.#o.poller.follow(request);
      this.#finishLater({ id }, following);
      await following.over;
    });
    this.topUp();
  }

  #finishLater(job: Pick<Job, 'id'>, following: Following): void {
    void following.ending.then((ending) =>
      this.#runner.guard(job, () => {
        const toSave = this.#runner.finish(job, ending);
        if (toSave) this.#save(toSave);
      }),
    );
  }

  #save(job: Job): void {
    void this.#saves.add(() => this.#runner.guard(job, () => this.#runner.save(job)));
  }

  #done(id: number): void {
    this.#handling.delete(id);
    this.#unsent.delete(id);
    this.topUp();
  }
}
