// Puts the app together: the core behind, the window before, and between them menus, tray, notifications, power and the
// way out. The window opens at once; the history is opened beside it, after the first frame.
import { join } from 'node:path';
import {
  app,
  ipcMain,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  session,
  utilityProcess,
} from 'electron';
import { Backend } from '../app/backend/backend.ts';
import type { Event, Handlers } from '../app/contract.ts';
import type { Intent, Opening, Preferences } from '../app/contract/values.ts';
import { type Clock, sleep } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { actionsOf } from './actions.ts';
import { askToQuit, tell } from './dialogs.ts';
import { serveIpc } from './ipc.ts';
import type { Launch } from './launch.ts';
import { lockContents, lockSession } from './lockdown.ts';
import { spawnUtilityWorker } from './media.ts';
import { Memory } from './memory.ts';
import { type Notice, Notifier } from './notify.ts';
import { Outside } from './outside.ts';
import { pageOf } from './page.ts';
import { Post } from './post.ts';
import { Power } from './power.ts';
import { serveProtocols } from './protocol.ts';
import { Quitter } from './quit.ts';
import { keyVault } from './secrets.ts';
import { electronShell } from './shell.ts';
import { MainWindow } from './window.ts';

export interface DesktopOptions {
  readonly launch: Launch;
  readonly dataDir: string;
  /** Folder of the built app, with main, preload and renderer in it. */
  readonly outDir: string;
  /** What is not code: folders of samples and tray icons, the window's icon where the system wants one, the licences. */
  readonly resources: {
    readonly samples: string;
    readonly trayIcons: string;
    readonly icon: string | null;
    readonly licences: string;
  };
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_FRAME_MS = 1_000; // longer than this the history does not wait for the window

export class Desktop {
  readonly #options: DesktopOptions;
  readonly #memory: Memory;
  readonly #backend: Backend;
  readonly #window: MainWindow;
  readonly #post: Post;
  readonly #outside: Outside;
  readonly #power: Power;
  readonly #notifier: Notifier;
  readonly #quitter: Quitter;
  readonly #opened = Promise.withResolvers<Opening>();
  readonly #notifications = new Set<Notification>();
  #preferences: Preferences | null = null;
  /** Files of a start that came while this one was ending; null when there was none. */
  #nextStart: readonly string[] | null = null;

  constructor(options: DesktopOptions) {
    this.#options = options;
    const { clock, log, dataDir } = options;
    this.#memory = new Memory(join(dataDir, 'window.json'), clock, log);
    this.#window = this.#createWindow();
    this.#backend = this.#createBackend();
    this.#post = new Post({
      send: (intent) => this.#window.send({ name: 'intent', value: intent }),
      intakeOf: (paths) => this.#backend.intakeOf(paths),
    });
    this.#notifier = new Notifier({
      show: (notice) => this.#notify(notice),
      wanted: () => (this.#preferences?.notifications ?? true) && !this.#window.isFocused,
      clock,
    });
    this.#power = new Power({
      blocker: powerSaveBlocker,
      monitor: powerMonitor,
      isOnline: () => net.isOnline(),
      clock,
      onWake: () => this.#backend.wake(),
      onShutdown: () => void this.#quitter.now(),
    });
    this.#quitter = new Quitter({
      status: () => this.#backend.status(),
      ask: (question) => askToQuit(this.#window.native, question),
      keepRunning: () => this.#window.hide(),
      stop: (graceMs) => this.#stop(graceMs),
      exit: () => this.#exit(),
      log,
    });
    this.#outside = new Outside({
      actions: actionsOf({
        handlers: this.#backend.handlers,
        status: () => this.#backend.status(),
        intend: (intent) => this.#intend(intent),
        tell: (message, detail) => tell(this.#window.native, message, detail),
        about: () => app.showAboutPanel(),
        log,
      }),
      window: this.#window,
      showWindow: () => this.show(),
      trayIcons: options.resources.trayIcons,
      log,
    });
  }

  /** Shows the window and opens the history. To be called once, when Electron is ready. */
  async start(): Promise<void> {
    const { launch, clock, log, outDir } = this.#options;
    const page = pageOf(launch.pageUrl);
    nativeTheme.themeSource = (await this.#memory.load()).theme;
    lockSession(session.defaultSession, page, log);
    app.on('web-contents-created', (_, contents) => lockContents(contents, page, log));
    serveProtocols(protocol, {
      pageDir: join(outDir, 'renderer'),
      picture: (address, signal) => this.#backend.picture(address, signal),
      log,
    });
    serveIpc(ipcMain, {
      handlers: this.#handlers(),
      intakeOf: (paths) => this.#backend.intakeOf(paths),
      isTrusted: ({ senderFrame }) => this.#window.isPage(senderFrame),
      onPageReady: () => this.#post.pageListens(),
      log,
    });
    this.#listen();
    this.#post.files(launch.files);
    if (!launch.hidden || launch.files.length > 0) {
      await Promise.race([this.#window.show(), sleep(clock, FIRST_FRAME_MS)]);
    }
    await this.#open();
  }

  show(): void {
    if (this.#quitter.isEnding) this.#nextStart ??= [];
    else void this.#window.show();
  }

  /** Photos and folders from outside: from a second start, or dropped on the app's icon. */
  receive(files: readonly string[]): void {
    if (this.#quitter.isEnding) this.#nextStart = [...(this.#nextStart ?? []), ...files];
    else {
      this.#post.files(files);
      this.show();
    }
  }

  /** @returns whether the process may end now; otherwise it will, when what is in the air has landed */
  quit(): boolean {
    if (this.#quitter.isGone) return true;
    void this.#quitter.request();
    return false;
  }

  /** Ends without a question: the system wants it. */
  quitNow(): void {
    void this.#quitter.now();
  }

  #createWindow(): MainWindow {
    const { launch, outDir, resources, clock, log } = this.#options;
    return new MainWindow({
      page: pageOf(launch.pageUrl),
      preload: join(outDir, 'preload', 'preload.cjs'),
      packaged: app.isPackaged,
      icon: resources.icon,
      memory: this.#memory,
      clock,
      log,
      onVisible: (visible) => this.#backend.setVisible(visible),
      onPageGone: () => this.#post.pageGone(),
      onClose: () => this.#close(),
      onSessionEnd: () => this.quitNow(),
    });
  }

  #createBackend(): Backend {
    const { launch, outDir, resources, dataDir, clock, log } = this.#options;
    const shell = electronShell({
      window: () => (this.#window.isVisible ? this.#window.native : null),
      onTheme: (theme) => this.#memory.remember({ theme }),
      clock,
      log,
    });
    return new Backend({
      dataDir,
      version: app.getVersion(),
      platform: process.platform,
      shell,
      vault: keyVault({ dataDir, encryption: safeStorage, platform: process.platform, clock, log }),
      spawnMedia: () =>
        spawnUtilityWorker({
          fork: (path, args, options) => utilityProcess.fork(path, args, options),
          dir: join(outDir, 'main'),
          onLog: (text) => log.info('pictures', { text: text.slice(0, 500) }),
        }),
      samplesDir: resources.samples,
      licencesFile: resources.licences,
      ...(launch.apiUrl === undefined ? {} : { apiUrl: launch.apiUrl }),
      ...(launch.storageUrl === undefined ? {} : { storageUrl: launch.storageUrl }),
    });
  }

  /** The core's own, but the page's first question waits until there is an answer to it. */
  #handlers(): Handlers {
    const { handlers } = this.#backend;
    return {
      ...handlers,
      'app.open': async () => {
        await this.#opened.promise;
        const opening = await handlers['app.open'](undefined); // a page that was loaded anew may try anew
        this.#note(opening);
        return opening;
      },
    };
  }

  #listen(): void {
    this.#backend.on((event) => this.#hear(event));
    this.#backend.onOccasion((occasion) => this.#notifier.tell(occasion));
    this.#backend.onStatus(() => this.#showStatus());
    this.#showStatus();
  }

  #hear(event: Event): void {
    if (event.name === 'app') this.#preferences = event.value.preferences;
    if (event.name === 'opening') this.#note(event.value);
    this.#window.send(event);
  }

  async #open(): Promise<void> {
    const opening = await this.#backend.open();
    this.#opened.resolve(opening);
    this.#note(opening);
    this.#showStatus();
  }

  #note(opening: Opening): void {
    if (opening.open) this.#preferences = opening.app.preferences;
    this.#post.historyOpen(opening.open);
  }

  #showStatus(): void {
    const status = this.#backend.status();
    this.#outside.update(status);
    this.#power.update(status);
  }

  #intend(intent: Intent): void {
    this.#post.intent(intent);
    this.show();
  }

  #notify({ title, body, batchId }: Notice): void {
    const notification = new Notification({ title, body });
    this.#notifications.add(notification); // or it is collected as garbage, and its click with it
    notification.on('close', () => this.#notifications.delete(notification));
    notification.on('click', () => {
      this.#notifications.delete(notification);
      if (batchId === null) this.show();
      else this.#intend({ kind: 'show-batch', batchId });
    });
    notification.show();
  }

  /** The window's own close button. @returns whether it closes */
  #close(): boolean {
    if (this.#quitter.isGone) return true;
    if (this.#preferences?.keepInTray === true) this.#window.hide();
    else this.quit();
    return false;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#window.hide(); // what is left to do needs no one's eyes
    this.#notifier[Symbol.dispose]();
    await Promise.all([this.#backend.stop(graceMs), this.#memory.flush()]);
  }

  #exit(): void {
    this.#power[Symbol.dispose]();
    this.#outside[Symbol.dispose]();
    if (this.#nextStart !== null) app.relaunch({ args: [...process.argv.slice(1), ...this.#nextStart] });
    app.exit(0);
  }
}
