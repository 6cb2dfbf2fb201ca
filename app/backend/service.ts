// The service in use: its key, its balance, and the one engine that works for it. What changes the service happens one
// after the other. The key stays in here: neither a value, nor an event, nor a line of the log ever holds it.
import type { Preferences as Values, ServiceKind, ServiceState } from '../contract/values.ts';
import { classify, failure, FailureError, type Failure } from '../domain/failure.ts';
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disk } from '../lib/disk.ts';
import type { Log } from '../lib/log.ts';
import { Turns } from '../lib/turns.ts';
import type { MediaPool } from '../media/pool.ts';
import type { PracticeOptions } from '../practice/options.ts';
import { Pacing } from '../segmind/pacing.ts';
import { Balance } from './balance.ts';
import type { Connection, SegmindAddress } from './connect.ts';
import { connectPractice, connectSegmind, createEngine } from './connect.ts';
import type { Running } from './context.ts';
import type { Verified } from './key-ring.ts';
import { KeyRing, verify } from './key-ring.ts';
import type { Notices } from './notices.ts';
import { cutShort } from './notices.ts';
import type { Preferences } from './preferences.ts';
import type { KeyVault } from './shell.ts';
import { asFailureError, inDataFolder } from './trouble.ts';

export interface ServiceOptions {
  readonly history: History;
  readonly preferences: Preferences;
  readonly notices: Notices;
  readonly media: MediaPool;
  readonly vault: KeyVault;
  readonly clock: Clock;
  readonly log: Log;
  readonly address: SegmindAddress;
  readonly dataDir: string;
  readonly practice?: Partial<PracticeOptions> | undefined;
  readonly disk?: Disk | undefined;
  readonly random?: (() => number) | undefined;
  /** An engine is about to start, or none is there any more. */
  readonly onEngine: (running: Running | null) => void;
  /** `running` says something else now. An engine that ends waits for the answer; one that began does not. */
  readonly onRunning: () => Promise<void>;
  /** What `state` says may have changed. */
  readonly onChange: () => void;
}

interface Work extends Running {
  readonly kind: ServiceKind;
  readonly connection: Connection;
  readonly pacing: Pacing;
}

type Pace = Pick<Values, 'concurrency' | 'requestsPerMinute'>;

export class Service {
  readonly #o: ServiceOptions;
  readonly #keys: KeyRing;
  readonly #balance: Balance;
  #kind: ServiceKind = 'none';
  #work: Work | null = null;
  /** Why the service that was chosen is not at work. */
  #trouble: Failure | null = null;
  readonly #turns = new Turns();
  readonly #ending = new AbortController();

  constructor(options: ServiceOptions) {
    this.#o = options;
    this.#keys = new KeyRing(options.vault, options.notices, options.log);
    this.#balance = new Balance({ clock: options.clock, onChange: options.onChange });
  }

  get state(): ServiceState {
    return {
      kind: this.#kind,
      key: this.#keys.described,
      canKeepKey: this.#keys.canKeep,
      balance: this.#balance.value,
      trouble: this.#trouble ?? this.#balance.trouble,
      missing: this.missing,
    };
  }

  get kind(): ServiceKind {
    return this.#kind;
  }

  /** Why no service can be had; null while one is in use, or is being changed. */
  get missing(): Failure | null {
    if (this.#work !== null) return null;
    return this.#kind === 'none' ? failure('no_service') : this.#trouble;
  }

  /** Null while there is neither a key nor practice, and while the service is being changed. */
  get running(): Running | null {
    return this.#work;
  }

  /** Takes up the service that was in use last. Never throws: what is wrong is told by `state`. */
  async open(): Promise<void> {
    await this.#turns.take(async () => {
      await this.#keys.load();
      const last = this.#o.preferences.service;
      const usual = this.#keys.key === null ? 'none' : 'segmind';
      const kind = last === 'practice' ? 'practice' : usual;
      if (kind !== 'none') await this.#begin(kind).catch(() => undefined); // `state` tells why
    });
  }

  /**
   * Verifies a key by asking for the balance, keeps it, and works with it. A key that cannot be verified is not kept, also
   * when only the network is at fault: nothing could be done with it, and a wrong one would be found out in the middle of
   * the first batch.
   * @throws {FailureError} `bad_key`; `offline` and the like when it cannot be verified now
   */
  setKey(key: string): Promise<ServiceState> {
    return this.#turns.take(async () => {
      const verified = await verify(this.#connect(key), this.#ending.signal);
      const isSame = key === this.#keys.key && this.#work?.kind === 'segmind';
      await this.#keys.keep(key);
      // The engine that works well with this key is left in peace; one that stopped begins anew.
      if (isSame && this.#work?.engine.status().stopped === null) this.#balance.tell(verified.credits);
      else await this.#replace('segmind', verified);
      return this.#changed();
    });
  }

  /**
   * Removes the key from here and from where the system keeps it.
   * @throws {FailureError} `key_not_removed`
   */
  forgetKey(): Promise<ServiceState> {
    return this.#turns.take(async () => {
      await this.#keys.forget();
      if (this.#kind === 'segmind') {
        await this.#end();
        this.#kind = 'none';
      }
      if (this.#o.preferences.service === 'segmind') this.#o.preferences.setService('none');
      return this.#changed();
    });
  }

  /**
   * Works for another service. What is paid for at the one before is collected when it is taken up again.
   * @throws {FailureError} `no_service` for Segmind without a key; why the service cannot be had
   */
  use(kind: 'segmind' | 'practice'): Promise<ServiceState> {
    return this.#turns.take(async () => {
      if (kind === 'segmind' && this.#keys.key === null) throw new FailureError(failure('no_service'));
      if (kind !== this.#kind || this.#work === null) await this.#replace(kind);
      return this.#changed();
    });
  }

  /** Asks for the balance now. What keeps it from being known is told by the answer. */
  async refresh(): Promise<ServiceState> {
    await this.#balance.ask();
    return this.state;
  }

  /** The balance may have changed: it is asked for, at most once a minute. */
  balanceMayHaveChanged(): void {
    this.#balance.askSoon();
  }

  /** Somebody relies on the balance now: it is asked for, unless it was asked less than so many milliseconds ago. */
  needBalance(ageMs = 0): void {
    this.#balance.askIfOlder(ageMs);
  }

  /** Keeps whether the user paused the queue: a restart must spend nothing against his will. */
  rememberPaused(paused: boolean): void {
    this.#o.preferences.setPaused(this.#kind, paused);
  }

  /** Follows the pace that was set. The limit of requests is told only when it changed: it drops what was learned of it. */
  setPace(pace: Pace, before: Pace): void {
    if (pace.concurrency !== before.concurrency) this.#work?.engine.setConcurrency(pace.concurrency);
    const { requestsPerMinute } = pace;
    if (this.#work?.kind === 'segmind' && requestsPerMinute !== before.requestsPerMinute) {
      this.#work.pacing.setLimit(requestsPerMinute);
    }
  }

  /** The machine woke up or the network is back. */
  wake(): void {
    this.#work?.engine.wake();
    if (this.#balance.trouble !== null || this.#balance.isOld) this.#balance.askSoon();
  }

  /** Ends for good. @param graceMs how long submits and saves in the air are waited for, milliseconds */
  async stop(graceMs?: number): Promise<void> {
    this.#ending.abort();
    await this.#turns.over(); // a change of service under way: an engine is not stopped while it starts
    await this.#end(graceMs);
  }

  async #replace(kind: 'segmind' | 'practice', verified?: Verified): Promise<void> {
    await this.#end();
    this.#o.preferences.setService(kind);
    await this.#begin(kind, verified);
  }

  /** @throws {FailureError} why the service cannot be had */
  async #begin(kind: 'segmind' | 'practice', verified?: Verified): Promise<void> {
    if (this.#ending.signal.aborted) throw new FailureError(failure('not_open'));
    this.#kind = kind;
    this.#trouble = null;
    try {
      const connection = verified?.connection ?? (await this.#connectionOf(kind));
      this.#work = this.#assemble(kind, connection);
      if (this.#o.preferences.isPaused(kind)) this.#work.engine.pause();
      this.#o.onEngine(this.#work);
      const { uncertain } = await this.#work.engine.start();
      if (uncertain.length > 0) this.#o.notices.keep(cutShort(uncertain.length, this.#o.clock.now()));
      this.#balance.follow(connection.segmind, verified?.credits);
      void this.#o.onRunning();
    } catch (error) {
      await this.#end();
      this.#trouble = classify(asFailureError(error));
      this.#o.onChange();
      this.#o.log.error('service', { kind, code: this.#trouble.code, detail: this.#trouble.detail });
      throw new FailureError(this.#trouble, { cause: error });
    }
  }

  async #connectionOf(kind: 'segmind' | 'practice'): Promise<Connection> {
    const { dataDir, media, clock, practice } = this.#o;
    if (kind === 'practice') {
      return await inDataFolder(() => connectPractice({ dataDir, media, clock, knobs: practice }));
    }
    const { key } = this.#keys;
    if (key === null) throw new FailureError(failure('no_service'));
    return this.#connect(key);
  }

  #connect(key: string): Connection {
    return connectSegmind(this.#o.address, key, this.#o.clock);
  }

  #assemble(kind: 'segmind' | 'practice', connection: Connection): Work {
    const { history, media, clock, log, disk, random, preferences } = this.#o;
    const { concurrency, requestsPerMinute } = preferences.values;
    const pacing = new Pacing({ clock, perMinute: kind === 'practice' ? null : requestsPerMinute });
    const { segmind, service } = connection;
    const engine: Engine = createEngine(
      { history, segmind, service, pacing, media, clock, log, ...(disk && { disk }), ...(random && { random }) },
      { concurrency },
    );
    return { kind, service, engine, connection, pacing };
  }

  /** Lets go of the engine, then of its service: the practice service may be at work on a picture. */
  async #end(graceMs?: number): Promise<void> {
    const work = this.#work;
    this.#work = null;
    this.#balance.leave();
    if (work === null) return;
    this.#o.onEngine(null);
    await Promise.all([this.#o.onRunning(), work.engine.stop(graceMs)]);
    await work.connection[Symbol.asyncDispose]();
  }

  #changed(): ServiceState {
    this.#o.onChange();
    return this.state;
  }
}
