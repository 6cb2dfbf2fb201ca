// The menus, as templates: what each system expects, with its accelerators. None of them takes a key from a text field,
// and what costs money leads to a question in the page.
import type { MenuItemConstructorOptions as Item } from 'electron';
import type { Link } from '../app/contract/values.ts';

export interface MenuState {
  /** Null while there is no queue to pause. */
  readonly paused: boolean | null;
  /** Whether photos failed that can be tried again. How many would have the menus built anew all the time. */
  readonly failed: boolean;
  /** Whether photos wait for a decision. */
  readonly uncertain: boolean;
  /** Adds the developer's tools. */
  readonly development: boolean;
}

/** What the menus can do beside the roles that Electron has. */
export interface MenuActions {
  readonly newBatch: () => void;
  readonly addPhotos: () => void;
  readonly addFolder: () => void;
  readonly selectAll: () => void;
  readonly find: () => void;
  readonly showSettings: () => void;
  readonly showHistory: () => void;
  readonly showWatch: () => void;
  readonly showUncertain: () => void;
  readonly togglePause: () => void;
  readonly retryFailed: () => void;
  readonly openLink: (link: Link) => void;
  readonly openLogs: () => void;
  readonly openDataFolder: () => void;
  readonly about: () => void;
}

/** The menu bar of a system. */
export function menuTemplate(platform: NodeJS.Platform, state: MenuState, actions: MenuActions): Item[] {
  const mac = platform === 'darwin';
  return [
    ...(mac ? [appMenu(actions)] : []),
    fileMenu(mac, actions),
    editMenu(mac, actions),
    viewMenu(state, actions),
    batchMenu(state, actions),
    { role: 'windowMenu' },
    helpMenu(mac, actions),
  ];
}

/** Menus that change nothing must not be built again: equal keys, equal menus. */
export function menuKey(state: MenuState): string {
  return JSON.stringify(state);
}

const line: Item = { type: 'separator' };

function settings(actions: MenuActions): Item {
  return { id: 'settings', label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: actions.showSettings };
}

function about(actions: MenuActions): Item {
  return { id: 'about', label: 'About Lightbatch', click: actions.about };
}

function appMenu(actions: MenuActions): Item {
  return {
    label: 'Lightbatch',
    role: 'appMenu',
    submenu: [
      about(actions),
      line,
      settings(actions),
      line,
      { role: 'services' },
      line,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      line,
      { role: 'quit' },
    ],
  };
}

function fileMenu(mac: boolean, actions: MenuActions): Item {
  return {
    label: mac ? 'File' : '&File',
    submenu: [
      { id: 'new-batch', label: 'New Batch…', accelerator: 'CmdOrCtrl+N', click: actions.newBatch },
      line,
      { id: 'add-photos', label: 'Add Photos…', accelerator: 'CmdOrCtrl+O', click: actions.addPhotos },
      { id: 'add-folder', label: 'Add Folder…', accelerator: 'CmdOrCtrl+Shift+O', click: actions.addFolder },
      line,
      ...(mac ? [] : [settings(actions), line]),
      { role: 'close' },
      ...(mac ? [] : [line, { role: 'quit' } as const]),
    ],
  };
}

/** What roles do to a text field is the system's. All of what, only the page knows: of a text field, or of the photos. */
function editMenu(mac: boolean, actions: MenuActions): Item {
  return {
    label: mac ? 'Edit' : '&Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      line,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'delete' },
      { id: 'select-all', label: 'Select All', accelerator: 'CmdOrCtrl+A', click: actions.selectAll },
      line,
      { id: 'find', label: 'Find', accelerator: 'CmdOrCtrl+F', click: actions.find },
    ],
  };
}

function viewMenu({ development }: MenuState, actions: MenuActions): Item {
  return {
    label: 'View',
    submenu: [
      { id: 'history', label: 'History', accelerator: 'CmdOrCtrl+Shift+Y', click: actions.showHistory },
      { id: 'watch', label: 'Watch Folders', accelerator: 'CmdOrCtrl+Shift+F', click: actions.showWatch },
      line,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      // Ctrl and = is the same key without shift, and what most people press.
      { role: 'zoomIn', accelerator: 'CmdOrCtrl+=', visible: false, acceleratorWorksWhenHidden: true },
      { role: 'zoomOut' },
      line,
      { role: 'togglefullscreen' },
      ...(development ? [line, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  };
}

function batchMenu({ paused, failed, uncertain }: MenuState, actions: MenuActions): Item {
  return {
    label: 'Batch',
    submenu: [
      {
        id: 'pause',
        label: paused === true ? 'Resume Queue' : 'Pause Queue',
        accelerator: 'CmdOrCtrl+Shift+P',
        enabled: paused !== null,
        click: actions.togglePause,
      },
      line,
      { id: 'retry-failed', label: 'Retry Failed Photos…', enabled: failed, click: actions.retryFailed },
      { id: 'uncertain', label: 'Decide on Uncertain Photos…', enabled: uncertain, click: actions.showUncertain },
    ],
  };
}

function helpMenu(mac: boolean, actions: MenuActions): Item {
  const link = (label: string, to: Link): Item => ({ id: `link-${to}`, label, click: () => actions.openLink(to) });
  return {
    role: 'help',
    label: mac ? 'Help' : '&Help',
    submenu: [
      link('About the Model', 'model'),
      link('API Keys at Segmind', 'segmind-keys'),
      link('Credits at Segmind', 'segmind-credits'),
      line,
      { id: 'open-logs', label: 'Open Logs', click: actions.openLogs },
      { id: 'open-data', label: 'Open Data Folder', click: actions.openDataFolder },
      link('Licences', 'licences'),
      ...(mac ? [] : [line, about(actions)]),
    ],
  };
}
