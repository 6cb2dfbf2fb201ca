// The core with Electron's parts in its ports: the keyring, the system's dialogs, processes for pictures.
import { join } from 'node:path';
import { app, safeStorage, utilityProcess } from 'electron';
import { Backend } from '../app/backend/backend.ts';
import type { DesktopOptions } from './desktop.ts';
import type { LoginItem } from './login.ts';
import { spawnUtilityWorker } from './media.ts';
import type { Memory } from './memory.ts';
import { keyVault } from './secrets.ts';
import { electronShell } from './shell.ts';
import type { MainWindow } from './window.ts';

export interface CoreOptions extends DesktopOptions {
  readonly window: MainWindow;
  readonly memory: Memory;
  readonly login: LoginItem;
}

export function createBackend(options: CoreOptions): Backend {
  const { launch, outDir, resources, dataDir, window, memory, login, clock, log } = options;
  const shell = electronShell({
    window: () => (window.isVisible ? window.native : null),
    onTheme: (theme) => memory.remember({ theme }),
    onStartAtLogin: (on) => login.set(on),
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
        fork: (path, args, forkOptions) => utilityProcess.fork(path, args, forkOptions),
        dir: join(outDir, 'main'),
        onLog: (text) => log.info('pictures', { text: text.slice(0, 500) }),
      }),
    samplesDir: resources.samples,
    licencesFile: resources.licences,
    ...(launch.apiUrl === undefined ? {} : { apiUrl: launch.apiUrl }),
    ...(launch.storageUrl === undefined ? {} : { storageUrl: launch.storageUrl }),
  });
}
