// All watch folders of a history: taken up with the service in use, added, changed, let go. Every change of one of them
// happens after the one before.
import { resolve } from 'node:path';
import type { ReleasedPhotos, WatchRow } from '../contract/watch.ts';
import type { Job } from '../domain/batch.ts';
import { failure, FailureError } from '../domain/failure.ts';
import { isSettled } from '../domain/job.ts';
import type { Media } from '../domain/picture.ts';
import { WATCH_PRIORITY, type WatchSettings } from '../domain/watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import type { Narrowing, StoredWatch } from '../history/watches.ts';
import { InspectTogether } from '../intake/inspect-together.ts';
import { chokidarWatcher, type WatcherFactory } from '../intake/watcher.ts';
import { sleep, type Clock } from '../lib/clock.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Log } from '../lib/log.ts';
import { Turns } from '../lib/turns.ts';
import { WatchedFolder } from './folder.ts';
import { forget, formerId } from './former.ts';
import { isInside, outputOf } from './reach.ts';
import { restingOf } from './resting.ts';
import { isMissed } from './revive.ts';
import { rowOf } from './row.ts';
import {
  type Place,
  type Planned,
  realFolder,
  refuseLoops,
  refusePlan,
  refuseTooWide,
  type RuleBasis,
} from './rules.ts';
import { leaveAlone } from './word.ts';

export interface WatchOptions {
  readonly history: History;
  /** The engine at work and its service; null while there is none. It may change: `start` is called again then. */
  readonly engine: () => { readonly engine: Engine; readonly service: string } | null;
  readonly media: Pick<Media, 'inspect'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly platform: NodeJS.Platform;
  /** The data folder and the user's home: neither is ever watched. */
  readonly dataDir: string;
  readonly homeDir: string;
  /** Which folders this process takes up; all if not given. Asked at each `start`. */
  readonly only?: ((folder: { readonly id: number; readonly path: string }) => boolean) | undefined;
  readonly watch?: WatcherFactory | undefined;
}

/** How long the first look through a new folder is waited for, milliseconds. */
const FIRST_LOOK_MS = 15_000;

export class WatchFolders {
  readonly #o: WatchOptions;
  readonly #live = new Map<number, WatchedFolder>();
  readonly #listeners: Listeners;
  readonly #turns = new Turns();
  #detach: (() => void) | null = null;
  #started = false;
  #stopped = false;
  #telling = false;
  /** Which folders rest, as the engine last heard. */
  #resting = '[]';

  constructor(options: WatchOptions) {
    this.#o = { ...options, media: new InspectTogether(options.media) };
    this.#listeners = new Listeners(options.log);
  }

  /**
   * Takes up all folders of the service in use, and lets go of all others: call it again when the service changed, also
   * when there is none. When it is done, nothing is under way any more for a folder that was let go.
   */
  start(): Promise<void> {
    const leaving = this.#letGoOf((watch) => !this.#isWanted(watch));
    leaving.catch(() => undefined); // told in its turn
    return this.#turns.take(async () => {
      await leaving;
      if (this.#stopped) return;
      this.#started = true;
      const running = this.#o.engine();
      this.#attach(running?.engine ?? null);
      const wanted = this.#o.history.watches.list().filter((watch) => this.#isWanted(watch));
      const ids = new Set(wanted.map(({ id }) => id));
      await Promise.all([...this.#live.keys()].filter((id) => !ids.has(id)).map((id) => this.#letGo(id)));
      for (const { id } of wanted) {
        if (this.#live.has(id)) this.#live.get(id)?.evaluate();
        else void this.#takeUp(id);
      }
      this.#changed();
    });
  }

  /** Ends for good; photos that wait are found again at the next start. */
  stop(): Promise<void> {
    this.#stopped = true;
    const leaving = this.#letGoOf(() => true);
    leaving.catch(() => undefined); // told in its turn
    return this.#turns.take(async () => {
      await leaving;
      this.#attach(null);
      await Promise.all([...this.#live.keys()].map((id) => this.#letGo(id)));
    });
  }

  /** All folders as they are now, in the order in which they were added. */
  rows(): readonly WatchRow[] {
    return this.#o.history.watches.list().map((watch) => this.#row(watch));
  }

  /**
   * Watches a folder for the service in use. What is in it by now is left alone.
   * @returns when it was looked through, or that takes long
   * @throws {FailureError} `no_service`, `watch_not_a_folder`, `watch_unavailable`, `watch_too_wide`, `watch_twice`,
   * `watch_output_loop`, `would_overwrite`, `bad_template`
   */
  add(path: string, options: { readonly settings: WatchSettings; readonly out: string | null }): Promise<WatchRow> {
    return this.#turns.take(async () => {
      const running = this.#o.engine();
      if (running === null) throw new FailureError(failure('no_service'));
      const { service } = running;
      const chosen = { path: resolve(path), service, settings: options.settings, out: options.out };
      const basis = this.#basis(null);
      await refuseTooWide(await realFolder(chosen.path), basis);
      await refuseLoops(chosen, basis);
      const { history, clock } = this.#o;
      const id = history.watches.add(chosen, clock.now(), formerId(history, chosen.path));
      if (this.#started && !this.#stopped) await this.#soon(this.#takeUp(id));
      return this.#changedRow(id);
    });
  }

  /** Whether folders may be so, all together, before any of that is done. @throws {FailureError} as `add` and `change` */
  check(planned: readonly Planned[]): Promise<void> {
    return this.#turns.take(() => refusePlan(planned, this.#o.history.watches.list(), this.#basis(null)));
  }

  /**
   * @param out the output folder, as for `setOut`; left as it is if not given
   * @throws {FailureError} `watch_gone`, `watch_twice`, `watch_output_loop`, `would_overwrite`, `bad_template`
   */
  change(id: number, settings: WatchSettings, out?: string | null): Promise<WatchRow> {
    return this.#turns.take(async () => {
      const chosen = outOf(this.#get(id), out);
      await refuseLoops({ ...this.#get(id), settings, out: chosen }, this.#basis(id));
      this.#o.history.atomically(() => {
        this.#o.history.watches.setSettings(id, settings, narrowed(this.#get(id), settings));
        if (chosen !== this.#get(id).out) this.#recordOut(id, chosen);
      });
      this.#review();
      await this.#live.get(id)?.renew();
      return this.#changedRow(id);
    });
  }

  /** Chooses the output folder; null for the one in the folder. @throws {FailureError} as `change` */
  setOut(id: number, out: string | null): Promise<WatchRow> {
    return this.#turns.take(async () => {
      const watch = this.#get(id);
      const chosen = outOf(watch, out);
      await refuseLoops({ ...watch, out: chosen }, this.#basis(id));
      this.#recordOut(id, chosen);
      await this.#live.get(id)?.renew();
      return this.#changedRow(id);
    });
  }

  /** @throws {FailureError} `watch_gone` */
  setPaused(id: number, paused: boolean): Promise<WatchRow> {
    return this.#turns.take(() => {
      this.#get(id);
      this.#o.history.watches.setPaused(id, paused);
      this.#review();
      this.#live.get(id)?.evaluate();
      if (!paused) this.#live.get(id)?.request(); // jobs whose photos are back go on, too
      return Promise.resolve(this.#changedRow(id));
    });
  }

  /**
   * Sends photos that wait for the user: those that the agreement names, and none that came later.
   * @returns what became of them; nothing at all where their service is not in use
   * @throws {FailureError} `watch_gone`
   */
  async release(id: number, which: 'held' | 'existing', agreement: number): Promise<ReleasedPhotos> {
    this.#get(id);
    const live = this.#live.get(id);
    if (live) return live.release(which, agreement);
    return { queued: 0, known: 0, waiting: 0, gone: 0 };
  }

  /**
   * Leaves photos alone that wait because too many came at once: those that the agreement names, and none that came later.
   * From then on they count as having been there before.
   * @returns how many were left alone
   * @throws {FailureError} `watch_gone`
   */
  leave(id: number, agreement: number): number {
    this.#get(id);
    return this.#live.get(id)?.leave(agreement) ?? leaveAlone(this.#o.history, id, agreement).length;
  }

  /**
   * A folder belongs to the service in use from now on; what is in it by then counts as having been there.
   * @throws {FailureError} `watch_gone`, `no_service`
   */
  move(id: number): Promise<WatchRow> {
    return this.#turns.take(async () => {
      const watch = this.#get(id);
      const running = this.#o.engine();
      if (running === null) throw new FailureError(failure('no_service'));
      if (watch.service === running.service) return this.#changedRow(id);
      await refuseLoops({ ...watch, service: running.service }, this.#basis(id));
      await this.#letGo(id);
      this.#o.history.watches.move(id, running.service);
      if (this.#started && !this.#stopped) await this.#soon(this.#takeUp(id));
      return this.#changedRow(id);
    });
  }

  /** Ends watching; what is queued goes on. @throws {FailureError} `watch_gone` */
  remove(id: number): Promise<void> {
    return this.#turns.take(async () => {
      this.#get(id);
      await this.#letGo(id);
      forget(this.#o.history, id);
      this.#review(); // also of a folder that was paused
      this.#changed();
    });
  }

  /** @throws {FailureError} `watch_gone` */
  folderOf(id: number): { readonly photos: string; readonly enhanced: string } {
    const watch = this.#get(id);
    return { photos: watch.path, enhanced: outputOf(watch) };
  }

  /** Looks through all folders now: after a wake, a change of the network. */
  reconcile(): void {
    for (const folder of this.#live.values()) folder.look();
  }

  /** Resolves when nothing is in the works: no hint, no scan, no file being read (files that are waited for do not count). */
  async settled(): Promise<void> {
    for (;;) {
      await this.#turns.over();
      const busy = [...this.#live.values()].filter(({ works }) => works.busy);
      if (busy.length === 0) return;
      await Promise.all(busy.map(({ works }) => works.idle()));
    }
  }

  /** Calls back after something about a folder may have changed, however much of it, once; the answer ends it. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** What lies in the output folder of before was there before; results are known in any case. */
  #recordOut(id: number, chosen: string | null): void {
    const watch = this.#get(id);
    const before: Narrowing[] = watch.baselined ? [{ kind: 'output', folder: outputOf(watch) }] : [];
    this.#o.history.watches.setOut(id, chosen, [...watch.narrowed, ...before]);
  }

  #isWanted({ id, path, service }: StoredWatch): boolean {
    return this.#o.engine()?.service === service && (this.#o.only?.({ id, path }) ?? true);
  }

  /** @returns when it was looked through, or found not to be there */
  #takeUp(id: number): Promise<void> {
    const { history, media, clock, log, platform, engine, watch = chokidarWatcher } = this.#o;
    const shared = { history, media, clock, log, platform, engine, watch };
    const folder = new WatchedFolder(id, { ...shared, onChange: () => this.#changed() });
    this.#live.set(id, folder);
    return folder.start();
  }

  /** At once, not in turn: a folder that is looked through for the first time would have all others wait for it. */
  async #letGoOf(isMeant: (watch: StoredWatch) => boolean): Promise<void> {
    const meant = this.#o.history.watches.list().filter(({ id }) => this.#live.has(id));
    await Promise.all(meant.filter(isMeant).map(({ id }) => this.#letGo(id)));
  }

  /** Waits for a first look, but for no share that does not answer: the row tells how far it is. */
  async #soon(look: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([look, sleep(this.#o.clock, FIRST_LOOK_MS, over.signal)]);
    over.abort();
  }

  async #letGo(id: number): Promise<void> {
    const folder = this.#live.get(id);
    this.#live.delete(id);
    await folder?.stop();
  }

  #attach(engine: Engine | null): void {
    this.#detach?.();
    this.#detach = null;
    if (engine === null) return;
    const end = engine.onJob((job) => this.#jobChanged(job));
    engine.holdSources((path) => this.#isAway(path));
    this.#detach = () => {
      end();
      engine.holdSources(null);
    };
  }

  #jobChanged(job: Job): void {
    // The photo may be in one of the folders under another name, or as another one; or have cost less than was expected.
    const missed = isMissed(job);
    if (job.priority !== WATCH_PRIORITY && !missed) return;
    this.#changed();
    if (!isSettled(job.state)) return;
    for (const folder of this.#live.values()) {
      if (missed) folder.request();
      else folder.evaluate();
    }
  }

  /** Whether a photo is not found because its folder, or its drive in that, is not there. */
  async #isAway(path: string): Promise<boolean> {
    for (const { id, path: folder } of this.#o.history.watches.list()) {
      const live = isInside(path, folder, this.#o.platform) ? this.#live.get(id) : undefined;
      if (live && (await (await live.whichAreAway())(path))) return true;
    }
    return false;
  }

  #get(id: number): StoredWatch {
    const watch = this.#o.history.watches.get(id);
    if (watch === null) throw new FailureError(failure('watch_gone'));
    return watch;
  }

  #row(watch: StoredWatch): WatchRow {
    const { history, clock } = this.#o;
    return rowOf(watch, this.#live.get(watch.id)?.now ?? null, { history, wall: clock.wall() });
  }

  #changedRow(id: number): WatchRow {
    this.#changed();
    return this.#row(this.#get(id));
  }

  #basis(id: number | null): RuleBasis {
    const { platform, dataDir, homeDir, history } = this.#o;
    const others: Place[] = history.watches.list().filter((other) => other.id !== id);
    return { platform, dataDir, homeDir, others };
  }

  /** What is queued of a folder waits while it rests: the engine hears of it when that begins or ends. */
  #review(): void {
    const { history, clock, engine } = this.#o;
    const resting = JSON.stringify(restingOf(history.watches.list(), clock.wall()));
    if (resting === this.#resting) return;
    this.#resting = resting;
    engine()?.engine.reviewWatches();
  }

  #changed(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      try {
        if (!this.#stopped) this.#review(); // the hours begin and end by themselves
      } catch (error) {
        this.#o.log.error('watch', { error: String(error) });
      }
      this.#listeners.tell();
    });
  }
}

/** The output folder that is chosen; null for the one in the folder, and what it was if nothing is said. */
function outOf({ out: before }: StoredWatch, out: string | null | undefined): string | null {
  if (out === undefined) return before;
  return out === null ? null : resolve(out);
}

/** What a change of settings brings into sight was there before: only what was in sight already is new. */
function narrowed({ baselined, narrowed: earlier, settings: before }: StoredWatch, now: WatchSettings): Narrowing[] {
  const sight = ({ recursive, include, exclude }: WatchSettings) => JSON.stringify({ recursive, include, exclude });
  if (!baselined || sight(before) === sight(now)) return [...earlier];
  const { recursive, include, exclude } = before;
  return [...earlier, { kind: 'settings', settings: { recursive, include, exclude } }];
}
