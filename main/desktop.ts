// Puts the app together: the core behind, the window before, and between them menus, tray, notifications, power and the
// way out. The window opens at once; the history is opened beside it, after the first frame.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, ipcMain, Menu, nativeTheme, net, powerMonitor, powerSaveBlocker, protocol, session } from 'electron';
import type { Backend } from '../app/backend/backend.ts';
import type { Event, Handlers } from '../app/contract.ts';
import type { Intent, Opening, Preferences } from '../app/contract/values.ts';
import { type Clock, sleep } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { actionsOf } from './actions.ts';
import { createBackend } from './core.ts';
import { askToQuit, tell } from './dialogs.ts';
import { serveIpc } from './ipc.ts';
import type { Launch } from './launch.ts';
import { lockContents, lockSession } from './lockdown.ts';
import { LoginItem } from './login.ts';
import { Memory } from './memory.ts';
import { type Notice, Notifier } from './notify.ts';
import { Outside } from './outside.ts';
import { pageOf } from './page.ts';
import { Popups } from './popups.ts';
import { Post } from './post.ts';
import { Power } from './power.ts';
import { serveProtocols } from './protocol.ts';
import { closeHides, Quitter } from './quit.ts';
import { startAgain } from './restart.ts';
import { hasUnfinished } from './status.ts';
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
  readonly #popups = new Popups();
  readonly #login: LoginItem;
  #preferences: Preferences | null = null;
  /** Files of a start that came while this one was ending; null when there was none. */
  #nextStart: readonly string[] | null = null;

  constructor(options: DesktopOptions) {
    this.#options = options;
    const { clock, log, dataDir } = options;
    this.#memory = new Memory(join(dataDir, 'window.json'), clock, log);
    const { env, platform, execPath } = process;
    this.#login = new LoginItem({ app, platform, env, execPath, home: homedir(), clock, log });
    this.#window = this.#createWindow();
    this.#backend = createBackend({ ...options, window: this.#window, memory: this.#memory, login: this.#login });
    this.#post = new Post({
      send: (intent) => this.#window.send({ name: 'intent', value: intent }),
      intakeOf: (paths) => this.#backend.intakeOf(paths),
      clock,
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
      clock,
      log,
    });
    this.#outside = new Outside({
      actions: actionsOf({
        handlers: this.#backend.handlers,
        status: () => this.#backend.status(),
        intend: (intent) => this.#intend(intent),
        tell: (message) => tell(this.#window.native, message),
        about: () => app.showAboutPanel(),
        windowHasFocus: () => process.platform !== 'darwin' || this.#window.isFocused, // elsewhere dialogs have keys of their own
        selectAllNatively: () => Menu.sendActionToFirstResponder('selectAll:'),
        log,
      }),
      window: this.#window,
      showWindow: () => this.show(),
      trayIcons: options.resources.trayIcons,
      clock,
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
    const hidden = launch.hidden || this.#login.startedThis;
    if (!hidden || launch.files.length > 0) {
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

  /** Of the photos that another start was given, not all arrived. */
  tellIncomplete(): void {
    const message =
      'Not all photos that you opened with Lightbatch arrived. Nothing was sent. Drop them on the window, or drop their folder.';
    tell(this.#window.native, message).catch((error: unknown) =>
      this.#options.log.error('handover.tell', { error: String(error) }),
    );
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
      onSessionQuery: () => this.#endSession(),
      onSessionEnd: () => this.quitNow(),
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
    await this.#compareLogin().catch((error: unknown) => this.#options.log.warn('login', { error: String(error) }));
  }

  /** The system's word on the start at login is the last, and what the settings show. */
  async #compareLogin(): Promise<void> {
    const preferred = this.#preferences?.startAtLogin;
    if (preferred === undefined || this.#options.launch.dataDir !== null) return; // the item is the usual data folder's
    const startAtLogin = await this.#login.isOn();
    if (startAtLogin === null || startAtLogin === preferred) return;
    this.#options.log.info('login.changed', { startAtLogin });
    await this.#backend.handlers['settings.set']({ startAtLogin });
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

  #notify(notice: Notice): void {
    const { intent } = notice;
    this.#popups.show(notice, () => (intent === null ? this.show() : this.#intend(intent)));
  }

  /** The window's own close button. @returns whether it closes */
  #close(): boolean {
    if (this.#quitter.isGone) return true;
    if (closeHides(process.platform, this.#preferences?.keepInTray === true)) this.#window.hide();
    else this.quit();
    return false;
  }

  /** @returns whether the session may end at once, since nothing could be cut off */
  #endSession(): boolean {
    const waits = this.#quitter.isEnding || hasUnfinished(this.#backend.status());
    if (this.#quitter.isGone) return true;
    this.quitNow();
    return !waits;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#notifier.flush(); // while it is known whether the user looks at the window
    this.#notifier[Symbol.dispose]();
    // What is left to do needs no one's eyes; but Windows waits for no program without a window when a session ends.
    if (process.platform !== 'win32' || !this.#quitter.isBySystem) this.#window.hide();
    await Promise.all([this.#backend.stop(graceMs), this.#memory.flush()]);
  }

  #exit(): void {
    this.#power[Symbol.dispose]();
    this.#outside[Symbol.dispose]();
    if (this.#nextStart !== null) startAgain(this.#options.launch, this.#nextStart);
    app.exit(0);
  }
}
