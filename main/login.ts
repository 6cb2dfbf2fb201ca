// Start at login, as the system has it: an item of macOS or Windows, a desktop entry on Linux. The user can change it in
// the system's own settings, too, and then those count.
import { readFile } from 'node:fs/promises';
import type { App } from 'electron';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { autostartEntry, autostartFile, setAutostart } from './autostart.ts';
import { ownProgram } from './launch.ts';

export interface LoginOptions {
  readonly app: Pick<App, 'isPackaged' | 'getLoginItemSettings' | 'setLoginItemSettings'>;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class LoginItem {
  readonly #options: LoginOptions;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** Whether this start is the one at login; on other systems than macOS its command line says so. */
  get startedThis(): boolean {
    const { app, platform } = this.#options;
    return platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  }

  /** Does nothing outside of a package, where it would start the development tools. */
  set(on: boolean): void {
    const { app, platform, log } = this.#options;
    if (!app.isPackaged) return;
    if (platform === 'linux') {
      this.#setEntry(on).catch((error: unknown) => log.warn('autostart', { error: String(error) }));
    } else app.setLoginItemSettings({ openAtLogin: on, ...this.#command() });
  }

  /**
   * What the system will do at the next login. An entry of Linux that names another place of this program is mended.
   * @returns null when that cannot be told, or is nothing to this program
   */
  async isOn(): Promise<boolean | null> {
    const { app, platform, log } = this.#options;
    if (!app.isPackaged) return null;
    try {
      if (platform === 'linux') return await this.#readEntry();
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(this.#command());
      // On Windows an item can be there, and be switched off in the Task Manager.
      return platform === 'win32' ? executableWillLaunchAtLogin : openAtLogin;
    } catch (error) {
      log.warn('login.read', { error: String(error) });
      return null;
    }
  }

  /** Of Windows: the program in quotes, since it becomes the beginning of a command line. macOS takes none. */
  #command(): { path?: string; args?: string[] } {
    return this.#options.platform === 'win32' ? { path: `"${this.#program}"`, args: ['--hidden'] } : {};
  }

  get #program(): string {
    return ownProgram(this.#options.env, this.#options.execPath);
  }

  get #entry(): string {
    return autostartFile(this.#options.env, this.#options.home);
  }

  #setEntry(on: boolean): Promise<void> {
    return setAutostart(on, this.#entry, this.#program, this.#options.clock);
  }

  async #readEntry(): Promise<boolean> {
    const entry = await textOf(this.#entry);
    // Programs for the start of a session switch an entry off by one of these, and leave it there.
    if (entry === null || /^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/im.test(entry)) return false;
    const program = autostartEntry(this.#program).match(/^Exec=.*$/m)?.[0] ?? '';
    if (!entry.includes(program)) await this.#setEntry(true);
    return true;
  }
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
