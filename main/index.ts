// Where Electron starts. Before anything else: one instance for each data folder, since two of them would pay twice.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { app, protocol } from 'electron';
import { systemClock, unreturning } from '../app/lib/clock.ts';
import { fileLog, type Log, stackOf, withoutKeys } from '../app/lib/log.ts';
import { makeFolderSync } from '../app/lib/make-folder.ts';
import { Desktop, type DesktopOptions } from './desktop.ts';
import { type Call, Handover, type Taken } from './handover.ts';
import { type Launch, onlyPaths, readLaunch, refusedSwitch } from './launch.ts';
import { SCHEMES } from './protocol.ts';

const outDir = join(import.meta.dirname, '..');

const refused = refusedSwitch(app.isPackaged, (name) => app.commandLine.hasSwitch(name));
if (refused === null) begin();
else {
  console.error(`Lightbatch does not start with --${refused}: another program could read in its window.`);
  app.exit(1);
}

function begin(): void {
  const { argv, env } = process;
  const launch = readLaunch({ argv, env, cwd: process.cwd(), packaged: app.isPackaged });
  const dataDir = launch.dataDir ?? app.getPath('userData');
  app.setPath('userData', dataDir); // the lock's place, too
  app.setPath('sessionData', join(dataDir, 'window')); // what Chromium keeps, apart from the history
  const handover = new Handover(dataDir, systemClock);
  // Without a folder to write to there is no lock; the window then tells what is wrong with the folder.
  if (isWritable(dataDir)) {
    const handed = handover.leave(launch.files);
    if (!app.requestSingleInstanceLock(handed)) {
      app.exit(0); // the first instance shows itself, and takes the files
      return;
    }
    handover.sweep(handed);
  }
  // Asked for together with --no-sandbox (a container's root can have none) it would keep Chromium from starting at all.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  app.setAppUserModelId('app.lightbatch'); // of notifications on Windows; as in electron-builder.yml
  protocol.registerSchemesAsPrivileged(SCHEMES);
  run(launch, dataDir, handover);
}

function run(launch: Launch, dataDir: string, handover: Handover): void {
  const clock = unreturning(systemClock);
  const log = fileLog(join(dataDir, 'logs', 'lightbatch.log'), clock, (error) =>
    console.error(`The log cannot be written: ${String(error)}`),
  );
  watchProcess(log);
  const resources = app.isPackaged ? packagedResources() : developmentResources();
  const desktop = app.whenReady().then(() => {
    describeApp(resources.icon);
    return new Desktop({ launch, dataDir, outDir, resources, clock, log });
  });
  listen(desktop, (call) => handover.take({ ...call, packaged: app.isPackaged }, log));
  desktop
    .then((ready) => ready.start())
    .catch((error: unknown) => {
      log.error('start', { stack: stackOf(error) });
      console.error(withoutKeys(stackOf(error)));
      app.exit(1);
    });
}

/** What Electron and the system tell from outside, from the first moment on. */
function listen(desktop: Promise<Desktop>, take: (call: Omit<Call, 'packaged'>) => Taken): void {
  let current: Desktop | null = null;
  const withDesktop = (action: (ready: Desktop) => void) => void desktop.then(action, () => undefined); // told by the start
  withDesktop((ready) => {
    current = ready;
    // Not before: Electron sets handlers of its own on its way to ready, which would ask the user whether to quit.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ready.quitNow());
  });
  app.on('second-instance', (_, argv, cwd, data) => {
    const { files, incomplete } = take({ argv, cwd, data });
    withDesktop((ready) => {
      ready.receive(files);
      if (incomplete) ready.tellIncomplete();
    });
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    withDesktop((ready) => ready.receive(onlyPaths([path])));
  });
  app.on('activate', () => withDesktop((ready) => ready.show()));
  app.on('window-all-closed', () => undefined); // the app ends when it is asked to, and then in order
  app.on('before-quit', (event) => {
    if (current?.quit() === false) event.preventDefault();
  });
}

/** An error that nobody expected is written down, and the queue goes on: its state is in the database, not in what failed. */
function watchProcess(log: Log): void {
  process.on('uncaughtException', (error) => log.error('uncaught', { stack: stackOf(error) }));
  process.on('unhandledRejection', (reason) => log.error('unhandled', { stack: stackOf(reason) }));
  app.on('child-process-gone', (_, { type, reason, exitCode, name }) => {
    if (reason !== 'clean-exit') log.warn('process.gone', { type, reason, exitCode, name });
  });
}

function describeApp(icon: string | null): void {
  app.setAboutPanelOptions({
    applicationName: 'Lightbatch',
    applicationVersion: app.getVersion(),
    copyright: '© 2026 The Lightbatch developers. MIT licence.',
    ...(icon === null ? {} : { iconPath: icon }),
  });
}

function packagedResources(): DesktopOptions['resources'] {
  const { resourcesPath } = process;
  return {
    samples: join(resourcesPath, 'samples'),
    trayIcons: join(resourcesPath, 'tray'),
    icon: process.platform === 'linux' ? join(resourcesPath, 'icon.png') : null,
    licences: join(resourcesPath, 'licences.txt'),
  };
}

function developmentResources(): DesktopOptions['resources'] {
  const project = join(outDir, '..');
  return {
    samples: join(outDir, 'samples'),
    trayIcons: join(project, 'build', 'tray'),
    icon: process.platform === 'linux' ? join(project, 'build', 'icons', '256x256.png') : null,
    licences: join(outDir, 'licences.txt'),
  };
}

function isWritable(dir: string): boolean {
  try {
    makeFolderSync(dir, 0o700);
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
