// What the app is started with: its switches, its environment, and the photos and folders named behind them.
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface Launch {
  /** `--data DIR` or LIGHTBATCH_DATA: the data folder, and with it the history and the lock; null for the usual one. */
  readonly dataDir: string | null;
  /** `--hidden`: begin in the tray, as at login. */
  readonly hidden: boolean;
  /** Photos and folders to enhance: absolute paths. */
  readonly files: readonly string[];
  /** Origins of another service, for development and tests; absent in a package. */
  readonly apiUrl?: string;
  readonly storageUrl?: string;
  /** Where the page comes from while it is developed; absent in a package. */
  readonly pageUrl?: string;
}

export interface Start {
  /** The whole command line, the program first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly packaged: boolean;
}

/**
 * Reads a command line. Switches that are not ours are Chromium's, and are passed over.
 *
 * In a package nothing may choose another service, to which the key would be sent, or another page: `--api-url`,
 * `--storage-url` and their variables count only outside of one.
 */
export function readLaunch({ argv, env, cwd, packaged }: Start): Launch {
  const { values, positionals } = parseArgs({
    args: argv.slice(1),
    strict: false,
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      hidden: { type: 'boolean' },
      'api-url': { type: 'string' },
      'storage-url': { type: 'string' },
      require: { type: 'string', short: 'r' }, // Electron's own, with a value behind it
    },
  });
  const dataDir = text(values['data']) ?? text(env['LIGHTBATCH_DATA']);
  // Outside a package the first word is the app's own folder: `electron . photo.jpg`.
  const words = packaged ? positionals : positionals.slice(1);
  return {
    dataDir: dataDir === null ? null : resolve(cwd, dataDir),
    hidden: values['hidden'] === true,
    files: words.flatMap((word) => pathOf(word, cwd)),
    ...(packaged ? {} : forDevelopment(values, env)),
  };
}

/** A word as a path: launchers of Linux hand over `file:` addresses. None of what cannot be one, or is on the web. */
function pathOf(word: string, cwd: string): readonly string[] {
  const path = /^file:/i.test(word) ? localPath(word) : word;
  if (path === null || path === '' || path.includes('\0') || /^[a-z][a-z\d+.-]+:\/\//i.test(path)) return [];
  return [resolve(cwd, path)];
}

function localPath(address: string): string | null {
  try {
    return fileURLToPath(address);
  } catch {
    return null; // of another machine, or not an address at all
  }
}

function forDevelopment(
  values: Readonly<Record<string, unknown>>,
  env: Start['env'],
): Pick<Launch, 'apiUrl' | 'storageUrl' | 'pageUrl'> {
  const apiUrl = text(values['api-url']) ?? text(env['LIGHTBATCH_API_URL']);
  const storageUrl = text(values['storage-url']) ?? text(env['LIGHTBATCH_STORAGE_URL']);
  const pageUrl = text(env['ELECTRON_RENDERER_URL']); // set by electron-vite's development server
  return {
    ...(apiUrl === null ? {} : { apiUrl }),
    ...(storageUrl === null ? {} : { storageUrl }),
    ...(pageUrl === null ? {} : { pageUrl }),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/**
 * The file that starts this program again. An AppImage and Windows' portable program run from a folder that is made for
 * one run; both name their own file in the environment.
 */
export function ownProgram(env: Start['env'], execPath: string): string {
  return text(env['APPIMAGE']) ?? text(env['PORTABLE_EXECUTABLE_FILE']) ?? execPath;
}

export interface Restart {
  readonly launch: Launch;
  /** What was handed over meanwhile; this start's own files have been taken up already. */
  readonly files: readonly string[];
  /** The app's folder, when this program is Electron itself; null in a package. */
  readonly appDir: string | null;
  /** Switches of Chromium that the app cannot start without where it runs. */
  readonly switches: readonly string[];
}

/** The arguments of a start after this one: visible, since the user asked for it. */
export function restartArgs({ launch, files, appDir, switches }: Restart): string[] {
  const { dataDir, apiUrl, storageUrl } = launch;
  const given = { data: dataDir, 'api-url': apiUrl, 'storage-url': storageUrl };
  return [
    ...(appDir === null ? [] : [appDir]),
    ...switches.map((name) => `--${name}`),
    ...Object.entries(given).flatMap(([name, value]) => (typeof value === 'string' ? [`--${name}=${value}`] : [])),
    ...files,
  ];
}

/** Switches that would let another program drive the window, and read in it: refused in a package. */
const DEBUGGING_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
] as const;

/** The first of the debugging switches that is there; null when the app may start. */
export function refusedSwitch(packaged: boolean, hasSwitch: (name: string) => boolean): string | null {
  return packaged ? (DEBUGGING_SWITCHES.find((name) => hasSwitch(name)) ?? null) : null;
}

/** Of anything, what may be a path: absolute, and without a NUL, before which systems cut a path off. */
export function onlyPaths(values: readonly unknown[]): readonly string[] {
  return values.filter(
    (value): value is string => typeof value === 'string' && isAbsolute(value) && !value.includes('\0'),
  );
}
