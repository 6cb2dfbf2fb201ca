// One watched folder while its service is in use: whether it is there, what is recorded of it, what may go.
import type { ReleasedPhotos } from '../contract/watch.ts';
import { classify, failure, type Failure } from '../domain/failure.ts';
import type { Media } from '../domain/picture.ts';
import { SETTLE_MS } from '../domain/watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import type { StoredWatch } from '../history/watches.ts';
import { awayFailure } from '../intake/root-guard.ts';
import type { WatcherFactory } from '../intake/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { isWithin } from './gate.ts';
import { Presence } from './presence.ts';
import { Reach } from './reach.ts';
import type { FolderNow } from './row.ts';
import { record, type Settled } from './record.ts';
import { recognise, RootWatch, type There, unusable } from './root-watch.ts';
import { send } from './send.ts';
import { StormGuard } from './storm.ts';
import { SubDrives } from './sub-drives.ts';
import { noteToday } from './today.ts';
import { forgetGone, leaveAlone, lookAtReleased, whatBecame } from './word.ts';
import { Works } from './works.ts';

export interface FolderDeps {
  readonly history: History;
  readonly media: Pick<Media, 'inspect'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly platform: NodeJS.Platform;
  readonly watch: WatcherFactory;
  readonly engine: () => { readonly engine: Engine; readonly service: string } | null;
  readonly onChange: () => void;
}

/** How often it is looked whether the folder is there, milliseconds. */
const GUARD_MS = 5_000;
const SHOWN_WAITING = 20;
/** Files that are recorded together, when many come. */
const GROUP = 128;

export class WatchedFolder {
  readonly id: number;
  readonly works = new Works();
  readonly #deps: FolderDeps;
  readonly #root: RootWatch;
  readonly #storm: StormGuard;
  readonly #drives: SubDrives;
  readonly #ending = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #phase: FolderNow['phase'] = 'starting';
  #trouble: Failure | null = null;
  #presence: Presence | null = null;
  #readied: Presence | null = null;
  #identity: string | null = null;
  /** What is kept of it, to know it again. */
  #kept: string | null = null;
  #lostAt = -Infinity;
  #turn: Promise<void> = Promise.resolve();
  #cancelTick: (() => void) | null = null;
  #settled: Settled[] = [];
  #flushing = false;
  #more = false;
  /** Whether something could not be recorded or sent: it is found again by a look through the folder. */
  #failed = false;
  #gateKey = '';

  constructor(id: number, deps: FolderDeps) {
    this.id = id;
    this.#deps = deps;
    this.#root = new RootWatch(deps);
    this.#storm = new StormGuard(deps.history, id, deps.clock.now());
    this.#drives = new SubDrives(deps.platform);
  }

  get now(): FolderNow {
    const presence = this.#presence;
    const limits = presence?.polling === 'limits' ? failure('watch_limits') : null;
    return {
      phase: this.#phase,
      trouble: this.#trouble ?? limits,
      another: presence?.another ?? false,
      polling: presence?.polling ?? null,
      waitingCount: presence?.waitingCount ?? 0,
      waiting: presence?.waiting(SHOWN_WAITING) ?? [],
      raw: presence?.raw ?? 0,
    };
  }

  /** @returns when it was looked through, or found not to be there */
  start(): Promise<void> {
    this.#tick();
    return this.#first.promise;
  }

  /**
   * Ends for good, from this call on: nothing new is recorded or queued any more. Resolves when nothing is under way, or
   * only what does not answer, which changes nothing when it does after all.
   */
  stop(): Promise<void> {
    this.#ending.abort();
    this.#cancelTick?.();
    this.#cancelTick = null;
    this.#first.resolve();
    void this.works.run(async () => await this.#presence?.end());
    return this.works.idleSoon(this.#deps.clock);
  }

  /** Looks now whether it is there, and through it. */
  look(): void {
    void this.#inTurn(async () => {
      await this.#guard();
      this.#presence?.request();
    });
  }

  /** Begins anew with what is set by now. */
  renew(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#leave();
      await this.#guard();
    });
  }

  /** Looks through it soon, if it is there. */
  request(): void {
    this.#presence?.request();
  }

  /**
   * Tells of photos whether it, or the drive in it that they are on, is not there at the moment: looked at now, once for
   * all, if it was there by the last look.
   */
  async whichAreAway(): Promise<(photo: string) => Promise<boolean>> {
    if (this.#phase !== 'away') await this.#inTurn(() => this.#guard());
    return async (photo) => this.#phase === 'away' || (await this.#drives.isAway(photo));
  }

  /** Something about what may go has changed. */
  evaluate(): void {
    this.#flush();
  }

  /**
   * Lets photos go that wait for the user's word.
   * @returns what became of them when nothing of it is under way any more
   */
  async release(which: 'held' | 'existing', agreement: number): Promise<ReleasedPhotos> {
    const { history } = this.#deps;
    const { watches } = history;
    const released = watches.release(this.id, which === 'held' ? 'held' : 'there', agreement);
    if (which === 'existing' && this.#presence !== null) lookAtReleased(watches, this.id, this.#presence);
    this.#flush();
    const gone = new Set<string>();
    void this.works.run(() => forgetGone(released, gone, { ...this.#deps, folder: this, presence: this.#presence }));
    this.#deps.onChange();
    await this.works.idleSoon(this.#deps.clock);
    return whatBecame(released, gone, { history, watchId: this.id });
  }

  /** Leaves photos alone that wait because too many came at once. @returns how many */
  leave(agreement: number): number {
    const { history, clock, onChange } = this.#deps;
    const seen = leaveAlone(history, this.id, agreement);
    this.#storm.noteLeft(seen, clock.now());
    this.#presence?.readEdges();
    this.#flush();
    onChange();
    return seen.length;
  }

  #tick(): void {
    this.#cancelTick = null;
    void this.#inTurn(async () => {
      await this.#guard();
      if (this.#failed) this.#presence?.request();
      else this.#presence?.requestIfDue();
      if (await this.#drives.isOneBack()) {
        this.#presence?.request();
        this.#deps.engine()?.engine.recallSources();
      }
      if (this.#failed) this.#flush();
      this.#failed = false;
      this.#checkGate();
      this.#settleStorm();
      if (!this.#ending.signal.aborted) this.#cancelTick = this.#deps.clock.after(GUARD_MS, () => this.#tick());
    });
  }

  /** What decides whether the folder is there happens one after the other. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(() =>
      this.works.run(async () => {
        if (this.#ending.signal.aborted) return;
        try {
          await action();
        } catch (error) {
          this.#deps.log.error('watch', { folder: this.id, error: String(error) });
          await this.#leave(classify(error));
        }
      }),
    );
    return this.#turn;
  }

  async #guard(): Promise<void> {
    const watch = this.#deps.history.watches.get(this.id);
    if (watch === null) return;
    const look = await this.#root.look(watch.path, this.#ending.signal);
    if (this.#ending.signal.aborted) return;
    if (!look.there) {
      await this.#leave(look.failure);
      return;
    }
    if (this.#presence !== null && (this.#presence.lost || this.#identity !== look.identity)) await this.#leave();
    if (this.#presence === null) await this.#enter(watch, look);
  }

  async #enter(watch: StoredWatch, look: There): Promise<void> {
    const { history, platform } = this.#deps;
    const known = await recognise(watch, look, history);
    if (known === 'empty') {
      await this.#leave(awayFailure('empty', 'it is empty, as the place of a drive that is not connected'));
      return;
    }
    let reach: Reach;
    try {
      reach = await Reach.of(watch, platform);
    } catch (error) {
      await this.#leave(unusable(error));
      return;
    }
    if (this.#ending.signal.aborted) return;
    this.#identity = look.identity;
    this.#kept = known.identity;
    const polling = watch.settings.polling === 'always' ? 'chosen' : look.network ? 'network' : null;
    const settleMs = watch.settings.settleMs ?? (look.network ? SETTLE_MS.network : SETTLE_MS.usual);
    const presence = new Presence({
      ...this.#deps,
      works: this.works,
      watchId: this.id,
      reach,
      polling,
      settleMs,
      drives: this.#drives,
      mayBeAnother: known.mayBeAnother,
      onSettled: (settled) => {
        this.#settled.push(settled);
      },
      onLost: () => this.#lost(),
      onChange: () => this.#seen(presence),
    });
    this.#presence = presence;
    presence.begin();
  }

  /** At once, but not again and again where a drive does nothing but fail. */
  #lost(): void {
    const now = this.#deps.clock.now();
    if (now - this.#lostAt < GUARD_MS) return; // the next look is due soon
    this.#lostAt = now;
    void this.#inTurn(() => this.#guard());
  }

  /** Something came, or the folder was looked through; for the first time since it is there. */
  #seen(presence: Presence): void {
    if (this.#presence !== presence) return;
    if (presence.ready && this.#readied !== presence) {
      this.#readied = presence;
      // Not before: cut short, the first look through another folder in its place begins anew.
      if (this.#kept !== null) this.#deps.history.watches.setIdentity(this.id, this.#kept);
      this.#phase = 'there';
      this.#trouble = null;
      this.#first.resolve();
      this.#deps.engine()?.engine.recallSources();
      this.#flush();
    }
    // While others are due, they come in groups: a transaction for each would cost more than all the rest.
    if (this.#settled.length >= GROUP || (this.#settled.length > 0 && presence.backlog === 0)) this.#flush();
    this.#deps.onChange();
  }

  /** @param trouble why it is not there; not given when it is to be entered anew at once */
  async #leave(trouble?: Failure): Promise<void> {
    const presence = this.#presence;
    this.#presence = null;
    this.#settled = [];
    await presence?.end();
    if (trouble === undefined) return;
    const isNew = this.#phase !== 'away' || this.#trouble?.detail !== trouble.detail;
    this.#phase = 'away';
    this.#trouble = trouble;
    this.#first.resolve();
    if (!isNew) return;
    this.#deps.log.warn('watch', { folder: this.id, code: trouble.code, detail: trouble.detail });
    this.#deps.onChange();
  }

  #settleStorm(): void {
    const presence = this.#presence;
    if (presence?.ready !== true) return;
    if (this.#storm.settle({ coming: presence.pending.coming, now: this.#deps.clock.now() })) this.#flush();
  }

  /** The hours and the day change by themselves; and when the clock on the wall is put right, or the time zone is another. */
  #checkGate(): void {
    const watch = this.#deps.history.watches.get(this.id);
    if (watch === null) return;
    const wall = this.#deps.clock.wall();
    const { day } = noteToday(this.#deps.history, wall);
    const key = `${day} ${String(isWithin(watch.settings.hours, wall))}`;
    if (key === this.#gateKey) return;
    if (this.#gateKey !== '') this.request(); // jobs whose photos are back go on, too
    this.#gateKey = key;
    this.#flush();
    this.#deps.onChange();
  }

  /** Records what was looked at and sends what may go, group after group: what comes meanwhile is the next group. */
  #flush(): void {
    this.#more = true;
    if (this.#flushing) return;
    this.#flushing = true;
    void this.works.run(async () => {
      try {
        while (this.#more) {
          this.#more = false;
          await this.#flushOnce();
        }
      } catch (error) {
        if (this.#presence === null || this.#presence.signal.aborted) return;
        this.#deps.log.error('watch', { folder: this.id, error: String(error) });
        this.#failed = true;
      } finally {
        this.#flushing = false;
      }
    });
  }

  async #flushOnce(): Promise<void> {
    const presence = this.#presence;
    if (presence === null || this.#ending.signal.aborted) return;
    const { history, clock, engine } = this.#deps;
    const { reach, pending, signal } = presence;
    const looks = this.#settled.splice(0).filter((look) => pending.taken(look));
    const storm = { storm: this.#storm.seenEvery(presence.everyMs), now: clock.now(), coming: pending.coming };
    if (looks.length > 0) record(looks, { history, watchId: this.id, reach, presence, ...storm });
    if (!presence.ready) return;
    const onChanged = presence.note.bind(presence);
    await send({ history, clock, watchId: this.id, reach, signal, engine, onChanged });
    this.#deps.onChange();
  }
}
