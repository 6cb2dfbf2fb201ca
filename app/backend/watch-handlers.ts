// Commands about watch folders. Which folder is meant comes from a dialog, from an intake, or by its number: never as a path.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CommandName, Handlers } from '../contract.ts';
import type { WatchRow } from '../contract/watch.ts';
import { failure, FailureError, systemCode, type Failure } from '../domain/failure.ts';
import { usualWatchSettings, type WatchSettings } from '../domain/watch.ts';
import { mapLimited } from '../intake/map-limited.ts';
import type { WatchFolders } from '../watch/watch-folders.ts';
import type { Intakes } from './intakes.ts';
import type { Preferences } from './preferences.ts';
import type { Shell } from './shell.ts';
import { asFailureError } from './trouble.ts';

interface WatchParts {
  readonly folders: WatchFolders;
  readonly intakes: Pick<Intakes, 'pathsOf' | 'discard'>;
  readonly preferences: Preferences;
  readonly shell: Shell;
}

export function watchHandlers(parts: WatchParts): Pick<Handlers, Extract<CommandName, `watch.${string}`>> {
  const { folders, intakes, shell } = parts;
  return {
    'watch.list': () => folders.rows(),
    'watch.choose': async () => {
      const path = await shell.chooseFolder('Choose a folder to watch');
      return path === null ? null : await folders.add(path, usual(parts.preferences));
    },
    'watch.addIntake': async ({ id }) => {
      const paths = intakes.pathsOf(id);
      intakes.discard(id);
      return await addAll(parts, await foldersAmong(paths));
    },
    'watch.change': ({ id, settings }) => folders.change(id, settings),
    'watch.chooseOutput': async ({ id }) => {
      folders.folderOf(id); // it is there, or there is nothing to ask
      const path = await shell.chooseFolder('Choose the folder for the enhanced pictures');
      if (path !== null) await folders.setOut(id, path);
      return path !== null;
    },
    'watch.clearOutput': async ({ id }) => {
      await folders.setOut(id, null);
      return null;
    },
    'watch.pause': ({ id, paused }) => folders.setPaused(id, paused),
    'watch.release': ({ id, which, agreement }) => folders.release(id, which, agreement),
    'watch.leave': ({ id, agreement }) => folders.leave(id, agreement),
    'watch.move': ({ id }) => folders.move(id),
    'watch.remove': async ({ id }) => {
      await folders.remove(id);
      return null;
    },
    'watch.reveal': async ({ id, which }) => {
      const path = folders.folderOf(id)[which];
      if (which === 'enhanced' && (await isMissing(path))) throw new FailureError(failure('cannot_open', NONE_YET));
      await shell.openPath(path);
      return null;
    },
  };
}

const NONE_YET = {
  message: 'There is no enhanced picture of this folder yet. Its output folder comes with the first one.',
};

/** What a new folder begins with: what is set for new batches. */
function usual({ values, outputFolder }: Preferences): { settings: WatchSettings; out: string | null } {
  const { parameters, output, recursive } = values;
  return { settings: usualWatchSettings({ parameters, output, recursive }), out: outputFolder };
}

const LOOKS_AT_ONCE = 32;

/** @throws {FailureError} `watch_not_a_folder` when none of them is one */
async function foldersAmong(paths: readonly string[]): Promise<string[]> {
  const found = await mapLimited(paths, LOOKS_AT_ONCE, async (path) => {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false, // it went away since it was dropped
    );
    return isFolder ? [path] : [];
  });
  const folders = found.flat();
  if (folders.length === 0) throw new FailureError(failure('watch_not_a_folder'));
  return folders;
}

/**
 * Adds one after the other: whether one can be watched depends on those before it. One that cannot keeps none of the others
 * from being added, and is told in the end.
 * @throws {FailureError} why one of them was not added
 */
async function addAll({ folders, preferences }: WatchParts, paths: readonly string[]): Promise<WatchRow[]> {
  const added: WatchRow[] = [];
  const refused: { readonly path: string; readonly failure: Failure }[] = [];
  for (const path of paths) {
    try {
      added.push(await folders.add(path, usual(preferences)));
    } catch (error) {
      refused.push({ path, failure: asFailureError(error).failure });
    }
  }
  const [first] = refused;
  if (first === undefined) return added;
  if (paths.length === 1) throw new FailureError(first.failure);
  const others = refused.length === 1 ? '' : ` and ${refused.length - 1} more`;
  const [were, rest] = [refused.length === 1 ? 'was' : 'were', added.length > 0 ? ' All others are watched now.' : ''];
  const message = `“${basename(first.path) || first.path}”${others} ${were} not added. ${first.failure.message}${rest}`;
  throw new FailureError({ ...first.failure, message });
}

async function isMissing(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: unknown) => systemCode(error) === 'ENOENT',
  );
}
