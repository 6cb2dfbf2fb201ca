// Where the history is when nobody says: the folder that Electron gives the desktop app as `userData`, so that both share
// one history. (Libraries for this give other folders than Electron does.)
import { homedir } from 'node:os';
import { join } from 'node:path';

const NAME = 'Lightbatch';

/** Source: Electron's documentation of app.getPath('appData'). */
export function defaultDataDir(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', NAME);
    case 'win32':
      return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), NAME);
    default:
      return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), NAME);
  }
}
