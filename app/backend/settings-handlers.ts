// Commands about the service in use and what the user set.
import type { Handlers } from '../contract.ts';
import type { AppState } from '../contract/values.ts';
import type { Notices } from './notices.ts';
import type { Preferences } from './preferences.ts';
import type { Service } from './service.ts';
import type { Shell } from './shell.ts';

interface SettingsParts {
  readonly preferences: Preferences;
  readonly notices: Notices;
  readonly service: Service;
  readonly shell: Shell;
  /** Everything but batches and photos, as it is now. */
  readonly state: () => AppState;
  /** Tells every window that it changed. */
  readonly announce: () => void;
}

type SettingsCommand =
  | 'app.dismiss'
  | 'service.setKey'
  | 'service.forgetKey'
  | 'service.use'
  | 'service.refresh'
  | 'settings.set'
  | 'settings.chooseOutputFolder'
  | 'settings.clearOutputFolder'
  | 'presets.save'
  | 'presets.remove';

export function settingsHandlers(parts: SettingsParts): Pick<Handlers, SettingsCommand> {
  const { preferences, notices, service, shell } = parts;
  const changed = (change: () => void): AppState => {
    change();
    parts.announce();
    return parts.state();
  };
  return {
    'app.dismiss': ({ notice }) => {
      changed(() => notices.dismiss(notice));
      return null;
    },
    'service.setKey': ({ key }) => service.setKey(key),
    'service.forgetKey': () => service.forgetKey(),
    'service.use': ({ kind }) => service.use(kind),
    'service.refresh': () => service.refresh(),
    'settings.set': (changes) =>
      changed(() => {
        const before = preferences.values;
        const { theme = before.theme, startAtLogin = before.startAtLogin } = changes;
        if (startAtLogin !== before.startAtLogin) shell.setStartAtLogin(startAtLogin);
        if (theme !== before.theme) shell.setTheme(theme);
        service.setPace(preferences.set(changes), before);
      }),
    'settings.chooseOutputFolder': async () => {
      const folder = await shell.chooseFolder('Choose the folder for enhanced pictures');
      return changed(() => {
        if (folder !== null) preferences.setOutputFolder(folder);
      });
    },
    'settings.clearOutputFolder': () => changed(() => preferences.setOutputFolder(null)),
    'presets.save': (preset) => changed(() => preferences.savePreset(preset)),
    'presets.remove': ({ name }) => changed(() => preferences.removePreset(name)),
  };
}
