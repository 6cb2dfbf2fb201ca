// Follows the requests at the service until each is over. Polls are a budget, not a timer per job: whenever one may be
// sent, it is spent on the request that has most likely finished, or on one whose record at the service runs out. A poll
// asks for the result itself, which saves the separate question whether there is one: a third of all requests of a photo.
// Should the service not like being asked early, the poller goes back to asking for the status first.
import type { Failure } from '../domain/failure.ts';
import { stopsQueue } from '../domain/failure.ts';
import type { ServiceRequest } from '../domain/job.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { PollAnswer, Segmind } from '../segmind/client.ts';
import type { Pacing } from '../segmind/pacing.ts';
import type { Durations } from './durations.ts';
import { type Followed, followedFrom, type Following } from './followed.ts';

export interface PollerOptions {
  readonly segmind: Pick<Segmind, 'status' | 'result'>;
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly durations: Durations;
  readonly log: Log;
  /** Milliseconds of processing after which a request is given up as `timeout`. */
  readonly deadlineMs: number;
  /** The service answered a poll with something that concerns the whole queue. */
  readonly onRefused: (failure: Failure) => void;
  /** The service was reached, or could not be (with the failure). */
  readonly onReach: (failure: Failure | null) => void;
  readonly random: () => number;
}

/** The record of a request lives an hour from its submission. Source: Segmind's page on async inference. */
const RECORD_LIFE_MS = 3_600_000;
const RUNS_OUT_MS = 50 * 60_000;
/** A 404 before the hour is over may be a service that has not caught up; so many in a row are believed. */
const MISSING_BELIEVED = 5;
/** So many faults in a row, when the record must be gone, end the following: no answer will come any more. */
const FAULTS_BELIEVED = 5;
const POLLS_IN_AIR = 8;
/** Share of requests that are finished when polled: polls are cheap while there is room in the budget, and dear without. */
const EAGER = 0.28;
const PATIENT = 0.92;
const LOOK_AGAIN_MS = 500; // the budget's room changes what is worth a poll

export class Poller {
  readonly #options: PollerOptions;
  readonly #followed = new Map<string, Followed>();
  /** Polls under way, and those of them that wait for leave. */
  readonly #asking = { status: 0, result: 0 };
  readonly #waiting = { status: 0, result: 0 };
  /** Whether polls ask for the result straight away. */
  #direct = true;
  #working = new AbortController();
  #stopped = false;
  #suspended = false;
  #pumpDue = false;
  #cancelTimer: (() => void) | null = null;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#followed.size;
  }

  /** Whether it waits to be told to go on: nothing that is followed can end now. */
  get suspended(): boolean {
    return this.#suspended;
  }

  /** Follows a request to its end; one that is followed already is not followed twice. */
  follow(request: ServiceRequest): Following {
    const known = this.#followed.get(request.id);
    if (known) return known.following;
    const followed = followedFrom(request, this.#options.clock.now(), () => this.#followed.delete(request.id));
    if (this.#stopped) followed.end({ kind: 'stopped' });
    else this.#followed.set(request.id, followed);
    this.#pumpSoon();
    return followed.following;
  }

  /** Polls everything at once: after a sleep of the machine, or when the network is back. */
  wake(): void {
    for (const followed of this.#followed.values()) {
      followed.notBefore = 0;
      followed.faults = 0;
      followed.due = true;
    }
    this.#pump();
  }

  /** Sends no more polls until `resume`; what is followed stays so. */
  suspend(): void {
    this.#suspended = true;
    this.#working.abort();
    this.#cancelTimer?.();
  }

  resume(): void {
    if (this.#stopped || !this.#suspended) return;
    this.#suspended = false;
    this.#working = new AbortController();
    this.#pump();
  }

  /** Ends all following with `stopped`. */
  stop(): void {
    this.suspend();
    this.#stopped = true;
    for (const followed of [...this.#followed.values()]) followed.end({ kind: 'stopped' });
  }

  /** Many may be followed in one go: they are looked at once. */
  #pumpSoon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    queueMicrotask(() => {
      this.#pumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#stopped || this.#suspended || this.#followed.size === 0) return;
    const { clock } = this.#options;
    const due = { status: 0, result: 0 };
    let soonest = Infinity;
    for (const followed of this.#followed.values()) {
      if (followed.inAir) continue;
      const wait = followed.due ? 0 : this.#dueAt(followed) - clock.now();
      followed.due = wait <= 0;
      if (followed.due) due[followed.phase] += 1;
      else soonest = Math.min(soonest, wait);
    }
    for (const phase of ['result', 'status'] as const) {
      const unasked = due[phase] - this.#waiting[phase]; // those in the air are not among the due
      for (let wanted = Math.min(unasked, POLLS_IN_AIR - this.#asking[phase]); wanted > 0; wanted -= 1) {
        this.#asking[phase] += 1;
        this.#waiting[phase] += 1;
        void this.#ask(phase, this.#working.signal);
      }
    }
    if (soonest < Infinity) this.#cancelTimer = clock.after(Math.min(soonest, LOOK_AGAIN_MS), () => this.#pump());
  }

  /** Spends one request of the budget; chooses whom it is spent on only when it may be sent. Never rejects. */
  async #ask(phase: 'status' | 'result', signal: AbortSignal): Promise<void> {
    const { pacing, segmind, clock, log } = this.#options;
    const grant = await pacing.take(phase === 'result' ? 'result' : 'poll', signal);
    this.#waiting[phase] -= 1;
    const chosen = grant ? this.#mostLikely(phase) : undefined;
    if (chosen) {
      chosen.inAir = true;
      chosen.due = false;
      const sentAge = this.#age(chosen);
      try {
        const direct = phase === 'status' && this.#direct;
        const answer = await segmind[direct ? 'result' : phase](chosen.request, signal);
        if (direct && dislikesEarly(answer) && sentAge < RECORD_LIFE_MS) this.#askStatusFirst(chosen, answer);
        else if (this.#followed.has(chosen.request.id) && !signal.aborted) this.#take(chosen, answer, sentAge);
        else grant?.giveBack();
      } catch (error) {
        log.error('poll', { request: chosen.request.id, error: String(error) });
        grant?.giveBack();
        chosen.notBefore = clock.now() + LOOK_AGAIN_MS;
      }
      chosen.inAir = false;
    } else {
      grant?.giveBack();
    }
    this.#asking[phase] -= 1;
    this.#pump();
  }

  /** The answer says nothing about the request then, and the next poll asks for its status. */
  #askStatusFirst(followed: Followed, answer: PollAnswer): void {
    const { log, pacing, clock } = this.#options;
    this.#direct = false;
    pacing.answered();
    followed.notBefore = clock.now();
    log.info('results are not asked for early', { answer: answer.kind });
  }

  /** Whom a poll is spent on, of those that were found worth one. */
  #mostLikely(phase: 'status' | 'result'): Followed | undefined {
    let best: Followed | undefined;
    let bestRank = -Infinity;
    for (const followed of this.#followed.values()) {
      if (followed.phase !== phase || followed.inAir || !followed.due) continue;
      const age = this.#age(followed);
      const rank = age > RUNS_OUT_MS ? age : this.#options.durations.chance(followed.seenRunning, age);
      if (rank > bestRank) [best, bestRank] = [followed, rank];
    }
    return best;
  }

  /** When a poll is worth it. */
  #dueAt(followed: Followed): number {
    if (followed.phase === 'result') return followed.notBefore;
    const { durations, pacing } = this.#options;
    const scout = this.#followed.values().next().value === followed;
    const patience = PATIENT - (PATIENT - EAGER) * pacing.room;
    const { submittedAt } = followed.request;
    return Math.max(followed.notBefore, submittedAt + durations.nextPoll(followed.seenRunning, patience, scout));
  }

  #age(followed: Followed): number {
    return Math.max(0, this.#options.clock.now() - followed.request.submittedAt);
  }

  #take(followed: Followed, answer: PollAnswer, sentAge: number): void {
    const { pacing, onReach } = this.#options;
    const limited = answer.kind === 'refused' && answer.failure.code === 'rate_limited';
    if (limited) pacing.limited(answer.waitMs);
    else pacing.answered();
    onReach(answer.kind === 'fault' && answer.failure.code === 'offline' ? answer.failure : null);
    switch (answer.kind) {
      case 'pending':
        return this.#pending(followed, sentAge);
      case 'completed':
        return this.#completed(followed, answer);
      case 'failed':
        return followed.end({ kind: 'failed', failure: answer.failure, metrics: answer.metrics });
      case 'gone':
        return this.#missing(followed);
      case 'refused':
        if (stopsQueue(answer.failure.code)) return this.#options.onRefused(answer.failure);
        return limited ? undefined : this.#fault(followed);
      case 'fault':
        this.#fault(followed);
        if (answer.failure.code !== 'offline' && this.#isHopeless(followed)) followed.end({ kind: 'timeout' });
        return;
    }
  }

  #pending(followed: Followed, sentAge: number): void {
    const { clock, deadlineMs } = this.#options;
    followed.faults = 0;
    followed.missing = 0;
    followed.seenRunning = Math.max(followed.seenRunning, sentAge);
    if (followed.phase === 'result') {
      followed.phase = 'status';
      followed.notBefore = clock.now() + 2_000; // it said COMPLETED a moment ago: no hurry to be told otherwise again
    }
    const since = Math.max(followed.followedSince, followed.request.submittedAt);
    if (clock.now() - since >= deadlineMs) followed.end({ kind: 'timeout' });
  }

  #completed(followed: Followed, answer: PollAnswer & { kind: 'completed' }): void {
    followed.metrics = { ...followed.metrics, ...answer.metrics };
    if (followed.phase === 'status') {
      const { totalSeconds } = answer.metrics;
      const age = this.#age(followed);
      const told = totalSeconds === undefined ? (followed.seenRunning + age) / 2 : totalSeconds * 1_000;
      if (age < this.#options.deadlineMs)
        this.#options.durations.learn(Math.min(age, Math.max(followed.seenRunning, told)));
      followed.phase = 'result';
      followed.notBefore = 0;
      followed.faults = 0;
      followed.overNow();
    }
    // Without an output it was the status that was asked for: the result is next.
    if (answer.output !== null) {
      followed.end({ kind: 'completed', outputUrl: answer.output, metrics: followed.metrics });
    }
  }

  #missing(followed: Followed): void {
    followed.missing += 1;
    const over = this.#age(followed) >= RECORD_LIFE_MS;
    if (over || followed.missing >= MISSING_BELIEVED) {
      return followed.end({ kind: 'expired', over });
    }
    followed.notBefore = this.#options.clock.now() + 1_000 * 2 ** followed.missing;
  }

  #isHopeless(followed: Followed): boolean {
    const { clock, deadlineMs } = this.#options;
    const asked = clock.now() - followed.followedSince;
    return followed.faults >= FAULTS_BELIEVED && this.#age(followed) >= RECORD_LIFE_MS && asked >= deadlineMs;
  }

  #fault(followed: Followed): void {
    const { clock, random } = this.#options;
    followed.faults += 1;
    const longest = Math.min(30_000, 500 * 2 ** followed.faults);
    followed.notBefore = clock.now() + longest * (0.5 + random() / 2);
  }
}

/** Whether an answer to an early question for a result may be about the question, not about the request. */
function dislikesEarly(answer: PollAnswer): boolean {
  if (answer.kind === 'gone') return true;
  const isOddFault = answer.kind === 'fault' || answer.kind === 'refused';
  return isOddFault && (answer.failure.code === 'bad_answer' || answer.failure.code === 'client_defect');
}
