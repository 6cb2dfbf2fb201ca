// A watched folder while it is there: its watcher, the looks through it, and the looks at single files. What comes out of
// it are files whose time has come; whether the folder is still there is for folder.ts to say.
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Media } from '../domain/picture.ts';
import type { History } from '../history/history.ts';
import type { Watcher, WatcherFactory } from '../intake/watcher.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { Hints } from './hints.ts';
import { lookAt, markOf, mayBeKnown, type Look } from './look.ts';
import { isSameMark, PendingFiles, type Mark, type Waiting } from './pending.ts';
import { lookEvery, type Polling } from './polling.ts';
import { RawFiles } from './raw-files.ts';
import type { Reach } from './reach.ts';
import { lookThrough } from './reconcile.ts';
import type { Settled } from './record.ts';
import { revive, type ReviveDeps } from './revive.ts';
import type { SubDrives } from './sub-drives.ts';
import { LookTurns } from './look-turns.ts';
import { isNoText, Unread } from './unread.ts';
import { WholeHashes } from './whole-hashes.ts';
import { Limiter, type Works } from './works.ts';

export interface PresenceOptions {
  readonly history: History;
  readonly media: Pick<Media, 'inspect'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly watch: WatcherFactory;
  readonly engine: ReviveDeps['engine'];
  readonly works: Works;
  readonly watchId: number;
  readonly reach: Reach;
  readonly polling: Polling | null;
  /** How long a file has to be still, milliseconds. */
  readonly settleMs: number;
  readonly drives: SubDrives;
  /** Whether another folder may lie in its place than when it was there last. */
  readonly mayBeAnother: boolean;
  readonly onSettled: (look: Settled) => void;
  /** The folder may not be what it was: it is to be looked at. */
  readonly onLost: () => void;
  readonly onChange: () => void;
}

/** A photo over which the picture process ends so often is left out: it may be the photo’s doing. */
const CRASHES = 3;
/** Files that are looked at and read at the same time: a slow drive holds up no other folder. */
const LOOKS_AT_ONCE = 16;

export class Presence {
  readonly reach: Reach;
  readonly pending: PendingFiles;
  readonly #o: PresenceOptions;
  readonly #ending = new AbortController();
  readonly #hints: Hints;
  readonly #limiter = new Limiter(LOOKS_AT_ONCE);
  readonly #hashes: WholeHashes;
  #backlog = 0;
  #polling: Polling | null;
  #watcher: Watcher | null = null;
  #closing: Promise<void> = Promise.resolve();
  #beginning = true;
  #ready = false;
  #another = false;
  #lost = false;
  readonly #turns: LookTurns;
  readonly #raw = new RawFiles();
  readonly #unread = new Unread();

  constructor(options: PresenceOptions) {
    this.#o = options;
    this.reach = options.reach;
    this.#polling = options.polling;
    this.#hashes = new WholeHashes({
      ...options,
      signal: this.signal,
      isWatched: () => this.#polling === null,
      isIdle: () => !options.works.busy && this.pending.coming === 0,
      onError: (error) => this.#failed(error),
    });
    this.#hints = new Hints({
      works: options.works,
      follow: (path) => this.#follow(path),
      onError: (error) => this.#failed(error),
    });
    this.#turns = new LookTurns({
      ...options,
      signal: this.signal,
      look: () => this.#lookThrough(),
      onError: (error) => this.#failed(error),
    });
    this.pending = new PendingFiles({
      clock: options.clock,
      settleMs: () => options.settleMs,
      onDue: (paths) => {
        this.#backlog += paths.length;
        for (const path of paths) void options.works.run(() => this.#limiter.run(() => this.#look(path)));
      },
    });
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get polling(): Polling | null {
    return this.#polling;
  }

  /** How often it is looked through because nothing tells of what comes, milliseconds; 0 when something does. */
  get everyMs(): number {
    return this.#polling === null ? 0 : lookEvery(this.#polling);
  }

  /** Whether the folder was looked through since it is there. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether it was found to be another folder's photos that are in it, which were there before. */
  get another(): boolean {
    return this.#another;
  }

  /** How many files are due to be looked at, and no look at them has begun. */
  get backlog(): number {
    return this.#backlog;
  }

  /** How many RAW files are in it. */
  get raw(): number {
    return this.#raw.count;
  }

  /** How many files are waited for, and places that cannot be looked at. */
  get waitingCount(): number {
    return this.pending.size + this.#unread.count;
  }

  /** The first of them. */
  waiting(limit: number): Waiting[] {
    return [...this.pending.list(limit), ...this.#unread.list(limit)].slice(0, limit);
  }

  /** Whether its watcher cannot be relied on any more. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Begins: first the watcher, then a look, so that nothing comes between them unseen. */
  begin(): void {
    void this.#o.works.run(async () => {
      if (this.#polling === null) await this.#listen();
      this.#beginning = false;
      this.request();
    });
  }

  /** Looks through the folder when that is due by time. */
  requestIfDue(): void {
    if (this.#beginning) return;
    if (this.#turns.isDue(this.#ready ? lookEvery(this.#polling) : 0)) this.request();
  }

  /** Looks through the folder soon; what is asked while it is done is done once more after. */
  request(): void {
    this.#turns.request();
  }

  /**
   * Waits for files that the user let go of, or that changed or cannot be read: they are looked at as if they had just come.
   * @param stillSince for one that is as it was recorded; milliseconds since the epoch
   */
  note(path: string, mark: Mark, stillSince?: number): void {
    this.pending.note(path, mark, stillSince);
    this.pending.setKnown(path, stillSince !== undefined);
  }

  /** Learns to know photos that count as there before under any other name. */
  readEdges(): void {
    void this.#o.works.run(() => this.#hashes.begin());
  }

  /** As a question: it may end while something is waited for. */
  #hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Ends for good; nothing is told from then on. */
  async end(): Promise<void> {
    this.#ending.abort();
    this.pending.clear();
    this.#hashes.end();
    this.#hints.clear();
    this.#closeWatcher();
    await this.#closing;
  }

  async #listen(): Promise<void> {
    const watcher = this.#o.watch({
      root: this.reach.root,
      recursive: this.reach.recursive,
      isExcluded: this.reach.isExcluded,
      onHint: (path) => this.#hint(path),
      onTrouble: ({ kind, error }) => this.#trouble(kind, error),
    });
    this.#watcher = watcher;
    await watcher.ready;
  }

  #trouble(kind: 'limits' | 'lost' | 'other', error: unknown): void {
    if (this.#hasEnded()) return;
    this.#o.log.warn('watch', { folder: this.#o.watchId, kind, error: String(error) });
    if (kind === 'lost') {
      this.#lost = true;
      this.#o.onLost();
      return;
    }
    if (kind === 'limits') {
      this.#closeWatcher();
      this.#polling = 'limits';
      this.#o.onChange();
    }
    this.request();
  }

  #closeWatcher(): void {
    const watcher = this.#watcher;
    this.#watcher = null;
    if (watcher) this.#closing = this.#closing.then(() => watcher.close());
  }

  #hint(real: string): void {
    if (this.#hasEnded()) return;
    const path = this.reach.below(real);
    if (path === null) {
      this.request();
      return;
    }
    this.#hints.add(path);
  }

  async #follow(path: string): Promise<void> {
    const mark = await markOf(this.reach.fileOf(path)).catch(() => null); // then a look through the folder tells
    if (this.#hasEnded()) return;
    if (mark === 'folder') {
      this.request();
      return;
    }
    if (this.reach.wantsRaw(path)) {
      this.#raw.hear(path, mark !== null);
      this.#o.onChange();
    }
    if (mark === null) {
      this.pending.done(path);
      if (isNoText(path)) this.request(); // only a look through the folder finds what that is
      this.#o.onChange();
      return;
    }
    if (!this.reach.wants(path)) return;
    const { watches } = this.#o.history;
    const key = await this.reach.keyOf(path, (one) => watches.file(this.#o.watchId, one)?.path ?? null);
    if (this.#hasEnded()) return;
    const row = watches.file(this.#o.watchId, key);
    if (row === null ? !this.reach.wantedBefore(path) : isSameMark(row, mark)) return;
    this.pending.note(path, mark);
    this.pending.setKnown(path, mayBeKnown(row, mark));
    this.#o.onChange();
  }

  async #lookThrough(): Promise<void> {
    const { history, watchId, clock } = this.#o;
    const deps = { history, watchId, reach: this.reach, pending: this.pending, signal: this.signal };
    this.#raw.beginLook();
    const { raw, unread, another, folders } = await lookThrough({
      ...deps,
      now: () => clock.now(),
      isFirst: !this.#ready,
      mayBeAnother: this.#o.mayBeAnother,
      onEmpty: (path) => this.#hint(join(this.reach.root, path.slice(this.reach.path.length))),
    });
    await this.#o.drives.learn(this.reach.path, folders);
    const { engine } = this.#o;
    const onFound = this.pending.note.bind(this.pending);
    const isLeft = await revive({ ...deps, now: () => clock.now(), wall: () => clock.wall(), engine, onFound });
    this.#raw.endLook(raw);
    this.#unread.set(unread, clock.now());
    const isFirst = !this.#ready;
    this.#another ||= another;
    this.#ready = true;
    this.#o.onChange();
    this.#hints.open(); // not before: only now is known what is new
    if (isFirst || isLeft) this.readEdges();
    else this.#hashes.start();
  }

  /** Looks at one file whose time has come. */
  async #look(path: string): Promise<void> {
    this.#backlog -= 1;
    if (this.#hasEnded()) return;
    const still = this.pending.get(path);
    if (still === null) return;
    try {
      const { history, watchId, media } = this.#o;
      const deps = { history, watchId, media, reach: this.reach, signal: this.signal };
      const look = await lookAt(path, still, deps);
      if (this.#hasEnded()) return;
      if (look.kind === 'gone') this.pending.done(path);
      else if (look.kind === 'changed') this.pending.note(path, look.mark);
      else if (look.kind === 'wait') this.#wait(look);
      else this.#o.onSettled(look);
    } catch (error) {
      if (this.#hasEnded()) return;
      this.pending.wait(path, still, 'It cannot be read. Check its permissions and its drive.');
      this.#failed(error);
    }
    this.#o.onChange();
  }

  #wait({ path, mark, reason, refused }: Extract<Look, { kind: 'wait' }>): void {
    const { history, watchId, onSettled } = this.#o;
    const row = refused ? history.watches.file(watchId, refused.key) : null;
    // One that was refused before was given this one look since the start.
    const patience = row?.state === 'refused' && isSameMark(row, mark) ? 1 : CRASHES;
    if (refused && this.pending.crash(path) >= patience) onSettled(refused);
    else this.pending.wait(path, mark, reason);
  }

  /** What went wrong with the folder itself is seen by who looks at it every few seconds, and then tried again. */
  #failed(error: unknown): void {
    if (this.#hasEnded()) return;
    this.#o.log.warn('watch', { folder: this.#o.watchId, error: String(error) });
    void nextTurn().then(() => this.#o.onChange());
  }
}
