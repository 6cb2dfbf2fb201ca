// The menus of each system: what is in them, what they do, and the keys they take.
import type { MenuItemConstructorOptions as Item } from 'electron';
import { describe, expect, it, type Mock, vi } from 'vitest';
import { type MenuActions, menuKey, type MenuState, menuTemplate } from '../../main/menu.ts';

const PLATFORMS = ['darwin', 'win32', 'linux'] as const;
const IDLE: MenuState = { paused: null, failed: false, uncertain: false, development: false };

function actions() {
  const names = [
    'newBatch',
    'addPhotos',
    'addFolder',
    'selectAll',
    'find',
    'showSettings',
    'showHistory',
    'showWatch',
    'showUncertain',
    'togglePause',
    'retryFailed',
    'openLink',
    'openLogs',
    'openDataFolder',
    'about',
  ] as const;
  return Object.fromEntries(names.map((name) => [name, vi.fn()])) as unknown as {
    [Name in keyof MenuActions]: Mock<MenuActions[Name]>;
  };
}

function flat(items: readonly Item[]): Item[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])]);
}

function itemsOf(platform: NodeJS.Platform, state: Partial<MenuState> = {}, given = actions()) {
  return flat(menuTemplate(platform, { ...IDLE, ...state }, given));
}

function find(items: readonly Item[], id: string): Item {
  const found = items.find((item) => item.id === id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}

const click = (item: Item) => (item.click as (() => void) | undefined)?.();

describe.each(PLATFORMS)('the menu bar of %s', (platform) => {
  it('has what every program there has', () => {
    const roles = itemsOf(platform).map(({ role }) => role);
    for (const role of ['undo', 'redo', 'cut', 'copy', 'paste', 'zoomIn', 'zoomOut', 'quit', 'close', 'windowMenu']) {
      expect(roles).toContain(role);
    }
    expect(roles.includes('hide')).toBe(platform === 'darwin');
    expect(roles.includes('appMenu')).toBe(platform === 'darwin');
  });

  it('does each thing it names', () => {
    const given = actions();
    const items = itemsOf(platform, { paused: false, failed: true, uncertain: true }, given);
    const does = {
      'new-batch': given.newBatch,
      'add-photos': given.addPhotos,
      'add-folder': given.addFolder,
      'select-all': given.selectAll,
      find: given.find,
      settings: given.showSettings,
      history: given.showHistory,
      uncertain: given.showUncertain,
      pause: given.togglePause,
      'retry-failed': given.retryFailed,
      watch: given.showWatch,
      'open-logs': given.openLogs,
      'open-data': given.openDataFolder,
      about: given.about,
    };
    for (const [id, action] of Object.entries(does)) {
      click(find(items, id));
      expect(action, id).toHaveBeenCalledOnce();
    }
    click(find(items, 'link-segmind-keys'));
    expect(given.openLink).toHaveBeenCalledExactlyOnceWith('segmind-keys');
  });

  it('has each accelerator and each name once', () => {
    const items = itemsOf(platform, { development: true });
    const keys = items.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]));
    const ids = items.flatMap(({ id }) => id ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('leaves it to the page what all is', () => {
    const item = find(itemsOf(platform), 'select-all');
    expect(item).toMatchObject({ label: 'Select All', accelerator: 'CmdOrCtrl+A' });
    expect(item.role).toBeUndefined();
  });

  it('takes no other key that text is edited with', () => {
    const editing = 'CVXZYBIU'.split('').flatMap((key) => [`CmdOrCtrl+${key}`, `Ctrl+${key}`, `Cmd+${key}`]);
    const taken = itemsOf(platform).map(({ accelerator }) => accelerator);
    for (const key of [...editing, 'CmdOrCtrl+Shift+Z', 'Delete', 'Backspace', 'Enter', 'Space', 'Left', 'Right']) {
      expect(taken).not.toContain(key);
    }
    // A bare letter, or one with shift alone, would be lost to every text field.
    for (const key of taken) if (key !== undefined) expect(key).toMatch(/CmdOrCtrl/);
  });

  it('shows developer’s tools to developers only', () => {
    expect(itemsOf(platform).map(({ role }) => role)).not.toContain('toggleDevTools');
    expect(itemsOf(platform).map(({ role }) => role)).not.toContain('reload');
    expect(itemsOf(platform, { development: true }).map(({ role }) => role)).toContain('toggleDevTools');
  });
});

describe('the batch menu', () => {
  it('says what its pause will do, and offers it only while there is a queue', () => {
    const pause = (paused: boolean | null) => find(itemsOf('linux', { paused }), 'pause');
    expect(pause(null).enabled).toBe(false);
    expect(pause(false)).toMatchObject({ label: 'Pause Queue', enabled: true });
    expect(pause(true)).toMatchObject({ label: 'Resume Queue', enabled: true });
  });

  it('says that it asks before it spends anything', () => {
    expect(find(itemsOf('linux'), 'retry-failed').label).toBe('Retry Failed Photos…');
  });

  it('offers what failed and what is uncertain only when there is some', () => {
    const enabled = (state: Partial<MenuState>, id: string) => find(itemsOf('linux', state), id).enabled;
    expect(enabled({}, 'retry-failed')).toBe(false);
    expect(enabled({ failed: true }, 'retry-failed')).toBe(true);
    expect(enabled({ failed: true }, 'uncertain')).toBe(false);
    expect(enabled({ uncertain: true }, 'uncertain')).toBe(true);
  });
});

it('is built anew only when something in it changes', () => {
  expect(menuKey({ ...IDLE })).toBe(menuKey({ ...IDLE }));
  expect(menuKey({ ...IDLE, paused: true })).not.toBe(menuKey({ ...IDLE, paused: false }));
});
