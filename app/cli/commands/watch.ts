// `watch DIR…`: enhances every new photo of some folders by itself, once, until it is interrupted.
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { PRACTICE_SERVICE } from '../../domain/batch.ts';
import type { WatchFolder } from '../../domain/watch.ts';
import type { WatchFolders } from '../../watch/watch-folders.ts';
import type { Output } from '../output.ts';
import { Session } from '../session.ts';
import { shown } from '../text.ts';
import { UsageError } from '../usage-error.ts';
import { type IsGiven, isGivenTo, settingsOf, type WatchCliOptions, withWatch } from '../watch-options.ts';
import { foldersOf, watchFolders } from '../watch-run.ts';

export function addWatch(
  program: Command,
  act: (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>,
): void {
  const command = program
    .command('watch')
    .description('enhance every new photo of folders, once, until Ctrl-C')
    .argument('[dir...]', 'folders; those that were watched here before if none is given')
    .addHelpText('after', AFTER_HELP);
  withWatch(command).action((dirs: string[], options: WatchCliOptions) =>
    act(options.json, (output) => watch(dirs, { options, isGiven: isGivenTo(command) }, output)),
  );
}

const AFTER_HELP = `
A folder keeps its settings: watched again, also by the desktop app, it goes on with them, and an option changes
one. What is in it at first is left alone. The same photo is never paid for twice, whatever it is called.`;

interface Given {
  readonly options: WatchCliOptions;
  readonly isGiven: IsGiven;
}

async function watch(dirs: readonly string[], given: Given, output: Output): Promise<number> {
  const { options } = given;
  await using session = await Session.open(options, output);
  const chosen = new Set<number>();
  const { folders, engine } = foldersOf(session, options.data, chosen);
  for (const dir of dirs) chosen.add(await takeUp(dir, given, { session, folders, output }));
  if (dirs.length === 0) {
    for (const found of known(session)) {
      chosen.add(found.id);
      await adjust(found, given, { session, folders, output });
    }
  }
  if (chosen.size === 0) throw new UsageError('No folder was watched before: name the folders to watch.');
  const { existing, held, yes } = options;
  return await watchFolders(session, output, { folders, engine, ids: [...chosen], existing, held, yes });
}

interface Place {
  readonly session: Session;
  readonly folders: WatchFolders;
  readonly output: Output;
}

/** The folders that are set up for the service in use. */
function known({ history, service }: Session): readonly WatchFolder[] {
  return history.watches.list().filter((folder) => folder.service === service);
}

/**
 * Adds a folder, or takes it up as it is in the history, with the options that were given anew.
 * @returns its number
 * @throws {UsageError} when it is not there
 * @throws {FailureError} watch_*
 */
async function takeUp(dir: string, { options, isGiven }: Given, place: Place): Promise<number> {
  const { folders, session } = place;
  const path = resolve(dir);
  const found = await findKnown(path, session);
  if (found === null) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new UsageError(`There is no folder ${shown(path)}.`);
    const { id } = await folders.add(path, { settings: settingsOf(options, null, isGiven), out: options.out || null });
    return id;
  }
  await adjust(found, { options, isGiven }, place);
  if (found.paused) {
    await folders.setPaused(found.id, false);
    place.output.say(`${shown(found.path)} was paused; it goes on.`);
  }
  return found.id;
}

/** A folder of another service belongs to the one in use from then on: what is in it by then is left alone. */
async function adjust(
  found: WatchFolder,
  { options, isGiven }: Given,
  { folders, session, output }: Place,
): Promise<void> {
  const { id } = found;
  if (found.service !== session.service) {
    await folders.move(id);
    const [from, to] =
      session.service === PRACTICE_SERVICE
        ? ['for another service', 'are enhanced in practice, not by Bria']
        : [found.service === PRACTICE_SERVICE ? 'in practice' : 'for another service', 'cost credits'];
    output.warn(`${shown(found.path)} was watched ${from}. From now on its new photos ${to}.`);
  }
  const settings = settingsOf(options, found.settings, isGiven);
  if (!isDeepStrictEqual(settings, found.settings)) await folders.change(id, settings);
  const out = options.out || null;
  if (isGiven('out') && out !== found.out) await folders.setOut(id, out);
}

/** A watch folder by its path, whatever way leads to it; also one that cannot be reached at the moment. */
async function findKnown(path: string, { history }: Session): Promise<WatchFolder | null> {
  const real = await realOf(path);
  for (const folder of history.watches.list()) {
    if (folder.path === path || (await realOf(folder.path)) === real) return folder;
  }
  return null;
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path); // it is not there: then only its name can tell
}
