// Start at login, on each system and against what the user changed there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../app/lib/clock.ts';
import { autostartEntry, autostartFile } from '../../main/autostart.ts';
import { LoginItem, type LoginOptions } from '../../main/login.ts';
import { recordingLog, tempFolder } from './support.ts';

function item(platform: NodeJS.Platform, rest: Partial<LoginOptions> = {}, system: object = {}) {
  const set = vi.fn();
  const get = vi.fn(() => ({ openAtLogin: false, executableWillLaunchAtLogin: false, ...system }));
  const app = { isPackaged: true, setLoginItemSettings: set, getLoginItemSettings: get };
  const log = recordingLog();
  const login = new LoginItem({
    app: app as unknown as LoginOptions['app'],
    platform,
    env: {},
    execPath: '/opt/lightbatch',
    home: '/nowhere',
    clock: systemClock,
    log,
    ...rest,
  });
  return { login, set, get, app, log };
}

describe('start at login on Windows', () => {
  const env = { PORTABLE_EXECUTABLE_FILE: 'D:\\My Tools\\Lightbatch.exe' };
  const command = { path: '"D:\\My Tools\\Lightbatch.exe"', args: ['--hidden'] };

  it('starts the file that the user has, in quotes, and hidden', () => {
    const { login, set } = item('win32', { env });
    login.set(true);
    expect(set).toHaveBeenCalledExactlyOnceWith({ openAtLogin: true, ...command });
  });

  it('is off when the Task Manager says so', async () => {
    const { login, get } = item('win32', { env }, { openAtLogin: true, executableWillLaunchAtLogin: false });
    expect(await login.isOn()).toBe(false);
    expect(get).toHaveBeenCalledExactlyOnceWith(command);
  });
});

describe('start at login on macOS', () => {
  it('takes no arguments: the system tells which start it was', () => {
    const { login, set } = item('darwin', {}, { wasOpenedAtLogin: true });
    login.set(true);
    expect(set).toHaveBeenCalledExactlyOnceWith({ openAtLogin: true });
    expect(login.startedThis).toBe(true);
    expect(item('darwin', {}, { wasOpenedAtLogin: false }).login.startedThis).toBe(false);
    expect(item('linux', {}, { wasOpenedAtLogin: true }).login.startedThis).toBe(false);
  });

  it('is what the system’s settings say', async () => {
    expect(await item('darwin', {}, { openAtLogin: true }).login.isOn()).toBe(true);
    expect(await item('darwin').login.isOn()).toBe(false);
  });
});

describe('start at login on Linux', () => {
  function linux(entry: string | null) {
    const env = { XDG_CONFIG_HOME: tempFolder(), APPIMAGE: '/home/ann/new.AppImage' };
    const file = autostartFile(env, '/nowhere');
    mkdirSync(dirname(file), { recursive: true });
    if (entry !== null) writeFileSync(file, entry);
    return { ...item('linux', { env }), file };
  }

  it('is on while its entry is there and not switched off', async () => {
    const entry = autostartEntry('/home/ann/new.AppImage');
    expect(await linux(entry).login.isOn()).toBe(true);
    expect(await linux(null).login.isOn()).toBe(false);
    expect(await linux(`${entry}Hidden=true\n`).login.isOn()).toBe(false);
    const off = entry.replace('Autostart-enabled=true', 'Autostart-enabled=false');
    expect(await linux(off).login.isOn()).toBe(false);
  });

  it('follows a program that was moved', async () => {
    const { login, file } = linux(autostartEntry('/home/ann/old.AppImage'));
    expect(await login.isOn()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(autostartEntry('/home/ann/new.AppImage'));
  });

  it('is not known when its entry cannot be read, which is written down', async () => {
    const { login, file, log } = linux(null);
    mkdirSync(file);
    expect(await login.isOn()).toBeNull();
    expect(log.lines).toMatchObject([{ event: 'login.read' }]);
  });
});

it('is nothing to a program that is being developed', async () => {
  for (const platform of ['darwin', 'win32', 'linux'] as const) {
    const { login, app, set } = item(platform);
    app.isPackaged = false;
    login.set(true);
    expect(set).not.toHaveBeenCalled();
    expect(await login.isOn()).toBeNull();
  }
});
