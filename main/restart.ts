// The start after this one: for whoever started the app again while it was ending.
import { app } from 'electron';
import { type Launch, ownProgram, restartArgs } from './launch.ts';

/** @param files what was handed over while this start was ending */
export function startAgain(launch: Launch, files: readonly string[]): void {
  const appDir = app.isPackaged ? null : app.getAppPath();
  const switches = ['no-sandbox'].filter((name) => app.commandLine.hasSwitch(name));
  app.relaunch({
    execPath: ownProgram(process.env, process.execPath),
    args: restartArgs({ launch, files, appDir, switches }),
  });
}
