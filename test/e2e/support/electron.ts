// Whether there is an Electron to run the app in.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Whether Electron's binary is here: it is downloaded only when it is first run, and tests download nothing. */
export function hasElectron(): boolean {
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH']) return true;
  const home = join(createRequire(import.meta.url).resolve('electron/package.json'), '..');
  return existsSync(join(home, 'path.txt')) && existsSync(join(home, 'dist'));
}
