// Everything behind the window, in plain Node: the composition root of the desktop app. It is there before its history is
// open, so that a window can ask why that is not so.
import { join } from 'node:path';
import type { Event, Handlers } from '../contract.ts';
import type { PictureAddress } from '../contract/pictures.ts';
import type { Notice, Opening } from '../contract/values.ts';
import { HistoryError } from '../history/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock, unreturning } from '../lib/clock.ts';
import type { Disk } from '../lib/disk.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Log } from '../lib/log.ts';
import { fileLog } from '../lib/log.ts';
import { timeZoneFollower } from '../lib/time-zone.ts';
import type { WorkerPort } from '../media/pool.ts';
import { MediaPool } from '../media/pool.ts';
import type { PracticeOptions } from '../practice/options.ts';
import { appHandlers, guarded } from './app-handlers.ts';
import { type Occasion, NOT_WATCHING, NOTHING_OWED, type Status } from './occasions.ts';
import { Opened } from './opened.ts';
import type { PictureFile } from './pictures.ts';
import type { KeyVault, Shell } from './shell.ts';
import { asFailureError } from './trouble.ts';

export type { Occasion, Status } from './occasions.ts';

export interface BackendOptions {
  /** The data folder: history, logs, thumbnails, the practice service. */
  readonly dataDir: string;
  readonly version: string;
  readonly platform: NodeJS.Platform;
  readonly shell: Shell;
  readonly vault: KeyVault;
  /** Starts a media process. */
  readonly spawnMedia: () => WorkerPort;
  /** The user's home folder, which is never watched as a whole; the system's word if not given. */
  readonly homeDir?: string | undefined;
  /** Where the sample photographs came with the app. */
  readonly samplesDir: string;
  /** The licences of what the app is made of, to be opened; without it that link leads nowhere. */
  readonly licencesFile?: string | undefined;
  /** Origins of the service; Segmind's own if not given. */
  readonly apiUrl?: string | undefined;
  readonly storageUrl?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly disk?: Disk | undefined;
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** Knobs of the practice service. */
  readonly practice?: Partial<PracticeOptions> | undefined;
  /** What all thumbnails together may take, bytes; 1 GB if not given. */
  readonly cacheBytes?: number | undefined;
}

const NOTHING: Status = {
  queue: null,
  practice: false,
  unfinished: 0,
  done: 0,
  running: false,
  owed: NOTHING_OWED,
  watching: NOT_WATCHING,
};
const STOPPED: Opening = { open: false, code: 'stopped', message: 'Lightbatch is quitting.' };

export class Backend {
  /** All commands of the contract. They throw FailureErrors and nothing else; most do until the history is open. */
  readonly handlers: Handlers;
  readonly #o: BackendOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #media: MediaPool;
  readonly #listeners: Listeners<Event>;
  readonly #occasions: Listeners<Occasion>;
  readonly #statuses: Listeners;
  /** What was given before the history was open: numbered from 1, as the intakes will number it. */
  readonly #early: (readonly string[])[] = [];
  #opened: Opened | null = null;
  #opening: Promise<Opening> | null = null;
  #stopping: Promise<void> | null = null;
  #visible = true;
  #logTrouble: Notice | null = null;

  constructor(options: BackendOptions) {
    this.#o = options;
    this.#clock = unreturning(options.clock ?? systemClock, timeZoneFollower());
    const logFile = join(options.dataDir, 'logs', 'lightbatch.log');
    this.#log = fileLog(logFile, this.#clock, (error) => this.#noteLogTrouble(error));
    this.#listeners = new Listeners(this.#log);
    this.#occasions = new Listeners(this.#log);
    this.#statuses = new Listeners(this.#log);
    this.#media = new MediaPool({ spawn: options.spawnMedia });
    this.handlers = this.#createHandlers();
  }

  /**
   * Opens the history, connects to the service and starts the engine. May be called again after it failed.
   * @returns the state of the app, or why there is none: `held`, `newer`, `unwritable`, `full`, `corrupt`, `runtime`
   */
  open(): Promise<Opening> {
    if (this.#stopping !== null) return Promise.resolve(STOPPED);
    if (this.#opened !== null) return Promise.resolve({ open: true, app: this.#opened.state });
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Calls back for every event; the answer ends it. */
  on(listener: (event: Event) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Calls back when there is something to notify the user of; the answer ends it. */
  onOccasion(listener: (occasion: Occasion) => void): () => void {
    return this.#occasions.add(listener);
  }

  /** Calls back when `status` may have changed, at most four times a second; the answer ends it. */
  onStatus(listener: () => void): () => void {
    return this.#statuses.add(listener);
  }

  /**
   * Takes files and folders that were dropped, or handed over at a start.
   * @param paths absolute; whether they are there is seen when the intake is planned
   * @returns the intake's number
   */
  intakeOf(paths: readonly string[]): number {
    if (this.#opened !== null) return this.#opened.intakes.add(paths);
    return this.#early.push(paths);
  }

  /**
   * The file of a picture that the window shows.
   * @param signal aborts when nobody waits for it any more
   * @returns null when there is none
   */
  async picture(address: PictureAddress, signal?: AbortSignal): Promise<PictureFile | null> {
    try {
      return (await this.#opened?.picture(address, signal)) ?? null;
    } catch (error) {
      this.#log.warn('picture', { job: address.id, error: String(error) });
      return null;
    }
  }

  /** A window that nobody sees is told little. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#opened?.setVisible(visible);
  }

  /** The machine woke up or the network is back: asks at once. */
  wake(): void {
    this.#opened?.wake();
  }

  /** For tray, dock and the question whether to quit. Never throws. */
  status(): Status {
    try {
      return this.#opened?.status ?? NOTHING;
    } catch (error) {
      this.#log.warn('status', { error: String(error) });
      return NOTHING;
    }
  }

  /**
   * Ends for good; always safe, and nothing is lost by it.
   * @param graceMs how long submits and saves in the air are waited for, milliseconds
   */
  stop(graceMs?: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number | undefined): Promise<void> {
    await this.#opening;
    const opened = this.#opened;
    this.#opened = null;
    await opened?.stop(graceMs);
    this.#media.stop(); // after the engine and the practice service, which may be at work on a picture
  }

  async #open(): Promise<Opening> {
    const parts = {
      options: this.#o,
      media: this.#media,
      clock: this.#clock,
      log: this.#log,
      emit: (event: Event) => this.#listeners.tell(event),
      onOccasion: (occasion: Occasion) => this.#occasions.tell(occasion),
      onStatus: () => this.#statuses.tell(),
    };
    try {
      const opened = await Opened.open(parts);
      for (const paths of this.#early) opened.intakes.add(paths);
      this.#opened = opened;
      opened.setVisible(this.#visible);
      if (this.#logTrouble !== null) opened.notices.show(this.#logTrouble);
      return { open: true, app: opened.state };
    } catch (error) {
      const { failure: found } = asFailureError(error);
      const code = error instanceof HistoryError ? error.code : found.code;
      this.#log.error('open', { code, error: String(error) });
      return { open: false, code, message: withoutSwitches(found.message) };
    }
  }

  #createHandlers(): Handlers {
    const { shell, dataDir, licencesFile } = this.#o;
    const always = appHandlers({
      shell,
      dataDir,
      licencesFile,
      open: () => this.open(),
      reopen: () => this.#reopen(),
    });
    return guarded(always, () => this.#opened?.handlers ?? null, this.#log);
  }

  async #reopen(): Promise<Opening> {
    const opening = await this.open();
    this.#listeners.tell({ name: 'opening', value: opening });
    return opening;
  }

  #noteLogTrouble(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `The log cannot be written (${reason}). All else goes on; what happens is only not noted down.`;
    this.#logTrouble = { id: 'log-trouble', tone: 'warning', text };
    this.#opened?.notices.show(this.#logTrouble);
  }
}

/** A sentence without the way out that only the command line has. */
function withoutSwitches(message: string): string {
  return message.replace(/,? or choose another(?: folder)? with --data\./, '.');
}
