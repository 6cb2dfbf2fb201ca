// The icon beside the clock: how the queue is, pause and resume, and the way back to the window.
import { join } from 'node:path';
import type { MenuItemConstructorOptions as Item } from 'electron';
import { moodOf, type Status, summary } from './status.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly togglePause: () => void;
  readonly quit: () => void;
}

/** What the tray shows. Equal `key`s show the same. */
export interface TrayView {
  readonly icon: string;
  readonly tooltip: string;
  readonly menu: Item[];
  readonly key: string;
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
  const mood = moodOf(status);
  const state = mood === 'attention' ? 'Attention' : mood === 'paused' ? 'Paused' : '';
  const tone = platform === 'darwin' ? 'Template' : darkPanel ? 'OnDark' : 'OnLight';
  return `tray${state}${tone}.png`;
}

export function trayView(
  where: { readonly platform: NodeJS.Platform; readonly darkPanel: boolean },
  status: Status,
  actions: TrayActions,
): TrayView {
  const icon = trayIcon(where.platform, status, where.darkPanel);
  const tooltip = summary(status);
  const paused = status.queue?.paused === true;
  const stopped = (status.queue?.stopped ?? null) !== null;
  return {
    icon,
    tooltip,
    menu: [
      { label: tooltip, enabled: false },
      { type: 'separator' },
      { id: 'open', label: 'Open Lightbatch', click: actions.open },
      {
        id: 'pause',
        label: paused || stopped ? 'Resume' : 'Pause',
        enabled: status.queue !== null,
        click: actions.togglePause,
      },
      { type: 'separator' },
      { id: 'quit', label: 'Quit', click: actions.quit },
    ],
    key: JSON.stringify([icon, tooltip, paused, stopped, status.queue === null]),
  };
}

export interface TrayOptions {
  readonly create: (iconPath: string) => TrayPort;
  readonly iconDir: string;
  readonly platform: NodeJS.Platform;
  readonly darkPanel: () => boolean;
  readonly actions: TrayActions;
}

export class TrayIcon implements Disposable {
  readonly #options: TrayOptions;
  #tray: TrayPort | null = null;
  #shown = '';

  constructor(options: TrayOptions) {
    this.#options = options;
  }

  /** Shows a status; does nothing when it looks the same, since some systems flicker with each menu. */
  show(status: Status): void {
    const { create, iconDir, platform, darkPanel, actions } = this.#options;
    const view = trayView({ platform, darkPanel: darkPanel() }, status, actions);
    if (view.key === this.#shown) return;
    this.#shown = view.key;
    const path = join(iconDir, view.icon);
    if (this.#tray === null) this.#tray = create(path);
    else this.#tray.setImage(path);
    this.#tray.setToolTip(view.tooltip);
    this.#tray.setContextMenu(view.menu);
  }

  [Symbol.dispose](): void {
    this.#tray?.destroy();
    this.#tray = null;
  }
}
