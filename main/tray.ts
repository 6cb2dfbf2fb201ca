// The icon beside the clock: how the queue is, what is watched, pause and resume, and the way back to the window.
import { join } from 'node:path';
import type { MenuItemConstructorOptions as Item } from 'electron';
import type { Status } from '../app/backend/backend.ts';
import type { Clock } from '../app/lib/clock.ts';
import { moodOf, restLine, stateLine, summary, wantLines, wantsUser, watchLine } from './status.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly showWatch: () => void;
  readonly togglePause: () => void;
  readonly quit: () => void;
}

/** What the tray shows. Equal `menuKey`s have the same menu, but for the numbers in it, which `numbers` tells. */
export interface TrayView {
  readonly icon: string;
  readonly tooltip: string;
  readonly menu: Item[];
  readonly menuKey: string;
  readonly numbers: string;
}

/** The parts of Electron that are used: a tray that is there, and how to make one. */
export interface TrayPort {
  setImage(path: string): void;
  setToolTip(text: string): void;
  setContextMenu(items: Item[]): void;
  destroy(): void;
}

/**
 * File of an icon in build/tray. On macOS the system colours it; elsewhere it is drawn for a dark or a light panel.
 * @param darkPanel whether the taskbar is dark, which the app's own theme does not say
 */
export function trayIcon(platform: NodeJS.Platform, status: Status, darkPanel: boolean): string {
  const state = wantsUser(status) ? 'Attention' : moodOf(status) === 'paused' ? 'Paused' : '';
  const tone = platform === 'darwin' ? 'Template' : darkPanel ? 'OnDark' : 'OnLight';
  return `tray${state}${tone}.png`;
}

export function trayView(
  where: { readonly platform: NodeJS.Platform; readonly darkPanel: boolean },
  status: Status,
  actions: TrayActions,
): TrayView {
  const icon = trayIcon(where.platform, status, where.darkPanel);
  const state = stateLine(status);
  const paused = status.queue?.paused === true;
  const stopped = (status.queue?.stopped ?? null) !== null;
  const watched = [watchLine(status), restLine(status), ...wantLines(status)];
  return {
    icon,
    tooltip: summary(status),
    menu: [
      { label: state, enabled: false },
      ...watched.flatMap((label): Item[] => (label === null ? [] : [{ label, enabled: false }])),
      { type: 'separator' },
      { id: 'open', label: 'Open Lightbatch', click: actions.open },
      { id: 'watch', label: 'Watch folders…', click: actions.showWatch },
      {
        id: 'pause',
        label: paused || stopped ? 'Resume' : 'Pause',
        enabled: status.queue !== null,
        click: actions.togglePause,
      },
      { type: 'separator' },
      { id: 'quit', label: 'Quit', click: actions.quit },
    ],
    menuKey: JSON.stringify([state, paused, stopped, status.queue === null, watched.map((line) => line === null)]),
    numbers: JSON.stringify(watched),
  };
}

export interface TrayOptions {
  readonly create: (iconPath: string) => TrayPort;
  readonly iconDir: string;
  readonly platform: NodeJS.Platform;
  readonly darkPanel: () => boolean;
  readonly actions: TrayActions;
  readonly clock: Clock;
}

/** A menu is replaced for its numbers alone no sooner than this after it was made, milliseconds. */
const NUMBERS_MS = 60_000;

export class TrayIcon implements Disposable {
  readonly #options: TrayOptions;
  #tray: TrayPort | null = null;
  #shown = { icon: '', tooltip: '', menuKey: '', numbers: '' };
  #menuAt = -Infinity;
  #cancel: (() => void) | null = null;

  constructor(options: TrayOptions) {
    this.#options = options;
  }

  /**
   * Shows a status, and touches only what looks different: some systems flicker with each picture, and a menu that is
   * open closes when it is replaced, so its numbers are of the last minute.
   */
  show(status: Status): void {
    const { create, iconDir, platform, darkPanel, actions } = this.#options;
    const view = trayView({ platform, darkPanel: darkPanel() }, status, actions);
    const { icon, tooltip } = view;
    const shown = this.#shown;
    const path = join(iconDir, icon);
    if (this.#tray === null) this.#tray = create(path);
    else if (icon !== shown.icon) this.#tray.setImage(path);
    if (tooltip !== shown.tooltip) this.#tray.setToolTip(tooltip);
    this.#shown = { ...shown, icon, tooltip };
    this.#showMenu(view);
  }

  #showMenu(view: TrayView): void {
    const { menuKey, numbers } = view;
    this.#cancel?.();
    this.#cancel = null;
    if (menuKey === this.#shown.menuKey && numbers === this.#shown.numbers) return;
    const { clock } = this.#options;
    const wait = menuKey === this.#shown.menuKey ? this.#menuAt + NUMBERS_MS - clock.now() : 0;
    if (wait > 0) {
      this.#cancel = clock.after(wait, () => this.#showMenu(view));
      return;
    }
    this.#tray?.setContextMenu(view.menu);
    this.#menuAt = clock.now();
    this.#shown = { ...this.#shown, menuKey, numbers };
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#tray?.destroy();
    this.#tray = null;
  }
}
