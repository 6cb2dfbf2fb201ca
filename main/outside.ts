// What the app shows outside of its page: menu bar, tray, dock or taskbar, all from one status.
import { app, Menu, nativeTheme, Tray } from 'electron';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { type MenuActions, menuKey, type MenuState, menuTemplate } from './menu.ts';
import type { Status } from '../app/backend/backend.ts';
import { progressOf } from './status.ts';
import { TrayIcon, type TrayPort } from './tray.ts';
import type { MainWindow } from './window.ts';

export interface OutsideOptions {
  readonly actions: MenuActions;
  readonly window: MainWindow;
  readonly showWindow: () => void;
  readonly trayIcons: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class Outside implements Disposable {
  readonly #options: OutsideOptions;
  readonly #tray: TrayIcon;
  #menu = '';
  #badge = 0;

  constructor(options: OutsideOptions) {
    this.#options = options;
    const { actions, showWindow } = options;
    this.#tray = new TrayIcon({
      create: (path) => systemTray(path, showWindow),
      iconDir: options.trayIcons,
      platform: process.platform,
      // Linux does not tell; its panels are mostly dark. Elsewhere the app's own theme must not decide.
      darkPanel: () => process.platform === 'linux' || nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
      actions: {
        open: showWindow,
        showWatch: actions.showWatch,
        togglePause: actions.togglePause,
        quit: () => app.quit(),
      },
      clock: options.clock,
    });
  }

  update(status: Status): void {
    this.#showMenu(status);
    this.#showTray(status);
    const { fraction, mode, badge } = progressOf(status);
    this.#options.window.setProgress(fraction, mode);
    if (badge !== this.#badge) app.setBadgeCount(badge);
    this.#badge = badge;
  }

  [Symbol.dispose](): void {
    this.#tray[Symbol.dispose]();
  }

  #showMenu({ queue }: Status): void {
    const state: MenuState = {
      paused: queue === null ? null : queue.paused || queue.stopped !== null,
      failed: (queue?.failed ?? 0) > 0,
      uncertain: (queue?.uncertain ?? 0) > 0,
      development: !app.isPackaged,
    };
    const key = menuKey(state);
    if (key === this.#menu) return;
    this.#menu = key;
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, state, this.#options.actions)));
  }

  #showTray(status: Status): void {
    try {
      this.#tray.show(status);
    } catch (error) {
      this.#options.log.warn('tray', { error: String(error) }); // a desktop without a place for one
    }
  }
}

function systemTray(path: string, onClick: () => void): TrayPort {
  const tray = new Tray(path);
  // A click opens the menu on macOS; on Windows it is expected to open the window.
  if (process.platform !== 'darwin') tray.on('click', onClick);
  return {
    setImage: (next) => tray.setImage(next),
    setToolTip: (text) => tray.setToolTip(text),
    setContextMenu: (items) => tray.setContextMenu(Menu.buildFromTemplate(items)),
    destroy: () => tray.destroy(),
  };
}
