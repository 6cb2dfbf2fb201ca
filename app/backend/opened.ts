// Everything that there is while the history is open, put together, and taken apart in the reverse order.
import { homedir } from 'node:os';
import type { Event, Handlers } from '../contract.ts';
import type { PictureAddress } from '../contract/pictures.ts';
import type { AppState } from '../contract/values.ts';
import { Feed } from '../engine/feed.ts';
import { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { MediaPool } from '../media/pool.ts';
import { SEGMIND_API_URL, SEGMIND_STORAGE_URL } from '../segmind/client.ts';
import { Activity } from './activity.ts';
import type { AlwaysCommand } from './app-handlers.ts';
import type { BackendOptions } from './backend.ts';
import { Chores } from './chores.ts';
import type { Context, Running } from './context.ts';
import { intakeHandlers } from './intake-handlers.ts';
import { Intakes } from './intakes.ts';
import { jobHandlers } from './job-handlers.ts';
import { Locating } from './locating.ts';
import { Notices, repairSentences } from './notices.ts';
import type { Occasion, Status } from './occasions.ts';
import type { PictureFile } from './pictures.ts';
import { Pictures } from './pictures.ts';
import { Preferences } from './preferences.ts';
import { Service } from './service.ts';
import { settingsHandlers } from './settings-handlers.ts';
import { watchHandlers } from './watch-handlers.ts';
import { Watching } from './watching.ts';

/** How old the balance may be, milliseconds: while a sheet computes with it, and while photos are worked on. */
const BALANCE_AGE = { sheet: 15_000, work: 300_000 } as const;

export interface OpenedParts {
  readonly options: BackendOptions;
  readonly media: MediaPool;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: (event: Event) => void;
  readonly onOccasion: (occasion: Occasion) => void;
  readonly onStatus: () => void;
}

export class Opened {
  readonly handlers: Omit<Handlers, AlwaysCommand>;
  readonly intakes: Intakes;
  readonly #parts: OpenedParts;
  readonly #history: History;
  readonly #preferences: Preferences;
  readonly #notices: Notices;
  readonly #service: Service;
  readonly #feed: Feed;
  readonly #activity: Activity;
  readonly #pictures: Pictures;
  readonly #watching: Watching;
  #chores: Chores | null = null;

  private constructor(parts: OpenedParts, history: History) {
    const { options, media, clock, log } = parts;
    const { dataDir, platform } = options;
    this.#parts = parts;
    this.#history = history;
    this.#preferences = new Preferences(history.settings, log);
    this.#notices = new Notices(this.#preferences);
    this.#service = this.#createService();
    this.#feed = new Feed({ history, clock, log });
    this.#activity = new Activity({
      history,
      clock,
      log,
      queue: () => this.#feed.queue(),
      onStatus: () => {
        this.#service.needBalance(BALANCE_AGE.work);
        parts.onStatus();
      },
      onOccasion: (occasion) => this.#mark(occasion),
    });
    this.intakes = new Intakes({
      history,
      preferences: this.#preferences,
      media,
      clock,
      platform,
      running: () => this.#service.running,
      balance: () => this.#service.state.balance?.credits ?? null,
      needBalance: () => this.#service.needBalance(BALANCE_AGE.sheet),
      onProgress: (value) => parts.emit({ name: 'intake', value }),
    });
    this.#watching = this.#createWatching();
    this.#pictures = new Pictures({ history, media, clock, log, dataDir, cacheBytes: options.cacheBytes });
    this.handlers = this.#createHandlers();
  }

  /**
   * Opens the history and takes up the service that was in use last.
   * @throws {HistoryError} when the history cannot be opened
   */
  static async open(parts: OpenedParts): Promise<Opened> {
    const { options, clock } = parts;
    const history = History.own({ dir: options.dataDir, clock, program: 'the desktop app', backUpLater: true });
    try {
      const opened = new Opened(parts, history);
      await opened.#begin();
      return opened;
    } catch (error) {
      history[Symbol.dispose]();
      throw error;
    }
  }

  get state(): AppState {
    const { version, platform, dataDir } = this.#parts.options;
    return {
      version,
      platform,
      service: this.#service.state,
      preferences: this.#preferences.values,
      outputFolder: this.#preferences.outputFolder,
      presets: this.#preferences.presets,
      notices: this.#notices.list(),
      dataFolder: dataDir,
    };
  }

  get status(): Status {
    return { ...this.#activity.status, watching: this.#watching.status };
  }

  get notices(): Notices {
    return this.#notices;
  }

  picture(address: PictureAddress, signal?: AbortSignal): Promise<PictureFile | null> {
    return this.#pictures.file(address, signal);
  }

  setVisible(visible: boolean): void {
    this.#feed.visible(visible);
    this.#watching.setVisible(visible);
  }

  wake(): void {
    this.#service.wake();
    this.#watching.wake();
  }

  /** Tells every window what `state` says now. */
  announce(): void {
    this.#parts.emit({ name: 'app', value: this.state });
  }

  /** @param graceMs how long submits and saves in the air are waited for, milliseconds */
  async stop(graceMs?: number): Promise<void> {
    this.intakes.stop();
    const watching = this.#watching.stop(); // from here on nothing new comes
    const service = this.#service.stop(graceMs); // and nothing that waits is sent, however long the others take
    await Promise.all([watching, service, this.#pictures.stop(), this.#chores?.stop()]);
    this.#feed[Symbol.dispose]();
    this.#history[Symbol.dispose]();
  }

  async #begin(): Promise<void> {
    const { repair } = this.#history;
    if (repair !== null) {
      const text = repairSentences(repair).join(' ');
      this.#notices.keep({ id: `repair-${this.#parts.clock.now()}`, tone: 'warning', text });
    }
    this.#parts.options.shell.setTheme(this.#preferences.values.theme);
    this.#feed.on((value) => this.#parts.emit({ name: 'feed', value }));
    await this.#service.open();
    if (this.#service.running === null) void this.#watching.follow(); // else it follows already
    const { clock, log } = this.#parts;
    this.#chores = new Chores({ history: this.#history, pictures: this.#pictures, clock, log });
  }

  #createService(): Service {
    const { options, media, clock, log } = this.#parts;
    const { apiUrl = SEGMIND_API_URL, storageUrl = SEGMIND_STORAGE_URL } = options;
    return new Service({
      history: this.#history,
      preferences: this.#preferences,
      notices: this.#notices,
      media,
      vault: options.vault,
      clock,
      log,
      address: { apiUrl, storageUrl },
      dataDir: options.dataDir,
      practice: options.practice,
      disk: options.disk,
      random: options.random,
      onEngine: (running) => this.#follow(running),
      onRunning: () => this.#watching.follow(),
      onChange: () => {
        this.announce();
        this.#watching.touch(); // whether there is a service
      },
    });
  }

  #createWatching(): Watching {
    const { options, media, clock, log, emit, onStatus } = this.#parts;
    return new Watching({
      history: this.#history,
      engine: () => this.#service.running,
      missing: () => this.#service.missing,
      media,
      clock,
      log,
      platform: options.platform,
      dataDir: options.dataDir,
      homeDir: options.homeDir ?? homedir(),
      onRows: (value) => emit({ name: 'watch', value }),
      onStatus,
      onOccasion: (occasion) => this.#mark(occasion),
    });
  }

  #createHandlers(): Omit<Handlers, AlwaysCommand> {
    const { options, clock, log } = this.#parts;
    const { shell, samplesDir, dataDir } = options;
    const context: Context = {
      history: this.#history,
      running: () => this.#service.running,
      feed: this.#feed,
      shell,
      clock,
      log,
      dataDir,
    };
    const jobs = jobHandlers(context);
    return {
      ...jobs,
      ...new Locating({ ...context, media: this.#parts.media }).handlers,
      ...intakeHandlers({ intakes: this.intakes, shell, samplesDir, dataDir }),
      ...watchHandlers({
        folders: this.#watching.folders,
        intakes: this.intakes,
        preferences: this.#preferences,
        shell,
      }),
      ...settingsHandlers({
        preferences: this.#preferences,
        notices: this.#notices,
        service: this.#service,
        shell,
        state: () => this.state,
        announce: () => this.announce(),
      }),
      'queue.pause': async (input) => {
        const state = await jobs['queue.pause'](input);
        this.#service.rememberPaused(true);
        return state;
      },
      'queue.resume': async (input) => {
        const state = await jobs['queue.resume'](input);
        this.#service.rememberPaused(false);
        this.#service.needBalance();
        return state;
      },
    };
  }

  #follow(running: Running | null): void {
    if (running === null) {
      this.#feed.detach();
      this.#activity.detach();
    } else {
      this.#feed.attach(running);
      this.#activity.attach(running);
    }
  }

  #mark(occasion: Occasion): void {
    // What a stopped queue shows must not speak against why it stopped, nor what a batch cost against what is left. What
    // watch folders bring goes on all day: for that, as for what is booked late, a minute is soon enough.
    if (occasion.kind === 'queue-stopped' || occasion.kind === 'batch-finished') this.#service.needBalance();
    if (occasion.kind !== 'queue-stopped') this.#service.balanceMayHaveChanged();
    this.#parts.onOccasion(occasion);
  }
}
