// The one window: where it is, when it is shown, what it is told, and what happens when its page dies.
import { BrowserWindow, nativeTheme, screen, type WebFrameMain } from 'electron';
import type { Event } from '../app/contract.ts';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { EVENT } from './channels.ts';
import { askToReload } from './dialogs.ts';
import { webPreferences } from './lockdown.ts';
import { type Memory, MIN_SIZE, placeOn } from './memory.ts';
import { isOurPage, type Page } from './page.ts';
import { Recovery } from './recovery.ts';

export interface WindowOptions {
  readonly page: Page;
  readonly preload: string;
  readonly packaged: boolean;
  /** The window's icon, where the system does not take it from the program; null elsewhere. */
  readonly icon: string | null;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly log: Log;
  readonly onVisible: (visible: boolean) => void;
  /** The page is gone, or loads anew: what it was told is forgotten. */
  readonly onPageGone: () => void;
  /** The user closes the window; true lets it close, false keeps it. */
  readonly onClose: () => boolean;
  /** Windows wants to end the session. @returns whether it may now; otherwise it waits until the program has ended */
  readonly onSessionQuery: () => boolean;
  /** Windows ends the session, whatever is said. */
  readonly onSessionEnd: () => void;
}

/** The page's own colours behind everything, so that nothing flashes before it is drawn; --panel in renderer/styles. */
const BACKGROUND = { dark: '#1c1c1c', light: '#f3f3f3' } as const;
const ERRORS_LOGGED = 100; // of the page, a run: a page that fails in a loop must not fill the log

export class MainWindow {
  readonly #options: WindowOptions;
  #window: BrowserWindow | null = null;
  #errors = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
    nativeTheme.on('updated', () => this.#window?.setBackgroundColor(background()));
  }

  /** Null while there is none. */
  get native(): BrowserWindow | null {
    return this.#window;
  }

  get isVisible(): boolean {
    const window = this.#window;
    return window !== null && window.isVisible() && !window.isMinimized();
  }

  get isFocused(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** Whether a frame is our page in this window. */
  isPage(frame: WebFrameMain | null): boolean {
    const window = this.#window;
    return window !== null && isOurPage(frame, window.webContents.mainFrame, this.#options.page);
  }

  /**
   * Opens the window if there is none, and brings it before the user's eyes.
   * @returns once there is something to be seen in it
   */
  async show(): Promise<void> {
    const window = this.#window;
    if (window === null) {
      await this.#open();
      return;
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  hide(): void {
    const window = this.#window;
    if (process.platform === 'darwin' && window?.isFullScreen()) {
      window.once('leave-full-screen', () => window.hide()); // a hidden full screen stays behind as a black one
      window.setFullScreen(false);
    } else window?.hide();
  }

  /**
   * Tells the page an event. Nothing is put by for a page that cannot hear it or is not looked at: what changes all the
   * time (the feed) it asks for anew when it is seen again.
   */
  send(event: Event): void {
    const window = this.#window;
    if (window === null || window.isDestroyed() || window.webContents.isCrashed()) return;
    if (event.name === 'feed' && !this.isVisible) return;
    window.webContents.send(EVENT, event);
  }

  setProgress(fraction: number, mode: 'none' | 'normal' | 'paused' | 'error'): void {
    this.#window?.setProgressBar(fraction, { mode });
  }

  #open(): Promise<void> {
    const { memory, preload, packaged, icon, page } = this.#options;
    const { bounds, maximized } = memory.value;
    const primary = screen.getPrimaryDisplay();
    const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
    const window = new BrowserWindow({
      ...placeOn([primary, ...others], bounds),
      minWidth: MIN_SIZE.width,
      minHeight: MIN_SIZE.height,
      show: false,
      title: 'Lightbatch',
      backgroundColor: background(),
      autoHideMenuBar: true,
      ...(icon === null ? {} : { icon }),
      webPreferences: webPreferences(preload, packaged),
    });
    this.#window = window;
    if (maximized) window.maximize();
    this.#remember(window);
    this.#watchVisibility(window);
    this.#watchPage(window);
    this.#watchEnd(window);
    const painted = Promise.withResolvers<void>();
    window.once('ready-to-show', () => {
      window.show();
      painted.resolve();
    });
    window.once('closed', () => painted.resolve());
    window.loadURL(page.url).catch((error: unknown) => {
      // Shown all the same: a window that stays away says less than an empty one.
      this.#options.log.error('page.load', { error: String(error) });
      if (!window.isDestroyed()) window.show();
      painted.resolve();
    });
    return painted.promise;
  }

  #remember(window: BrowserWindow): void {
    const { memory } = this.#options;
    const note = () => {
      if (window.isMinimized() || window.isFullScreen()) return;
      memory.remember({ maximized: window.isMaximized(), bounds: window.getNormalBounds() });
    };
    window.on('resize', note);
    window.on('move', note);
    window.on('maximize', note);
    window.on('unmaximize', note);
  }

  #watchVisibility(window: BrowserWindow): void {
    const { onVisible } = this.#options;
    const tell = () => onVisible(this.isVisible);
    window.on('show', tell);
    window.on('hide', tell);
    window.on('minimize', tell);
    window.on('restore', tell);
  }

  #watchPage(window: BrowserWindow): void {
    const { clock, log, onPageGone, packaged } = this.#options;
    const { webContents: contents } = window;
    const recovery = new Recovery({
      clock,
      log,
      reload: () => contents.reload(),
      crash: () => contents.forcefullyCrashRenderer(),
      ask: () => askToReload(window),
    });
    contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) onPageGone();
    });
    contents.on('render-process-gone', (_, { reason, exitCode }) => {
      onPageGone();
      void recovery.died(reason, exitCode);
    });
    contents.on('unresponsive', () => recovery.silent());
    contents.on('responsive', () => recovery.answered());
    contents.on('preload-error', (_, __, error) => log.error('page.preload', { error: String(error) }));
    contents.on('console-message', ({ level, message, sourceId, lineNumber }) => {
      if (level !== 'error' || (this.#errors += 1) > ERRORS_LOGGED) return;
      log.warn('page.error', { message: message.slice(0, 500), at: `${sourceId}:${lineNumber}` });
    });
    if (packaged) contents.on('devtools-opened', () => contents.closeDevTools());
  }

  #watchEnd(window: BrowserWindow): void {
    const { onClose, onSessionQuery, onSessionEnd, onVisible, onPageGone } = this.#options;
    window.on('close', (event) => {
      if (!onClose()) event.preventDefault();
    });
    window.on('query-session-end', (event) => {
      if (!onSessionQuery()) event.preventDefault();
    });
    window.on('session-end', onSessionEnd);
    window.on('closed', () => {
      this.#window = null;
      onPageGone();
      onVisible(false);
    });
  }
}

function background(): string {
  return nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light;
}
