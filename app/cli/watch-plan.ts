// Which folders `watch` watches and how they shall be: all of that is settled and checked before any of it is done, so that
// a command that is refused has changed nothing.
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import type { WatchFolder, WatchSettings } from '../domain/watch.ts';
import type { History } from '../history/history.ts';
import type { WatchFolders } from '../watch/watch-folders.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';
import { count, shown } from './text.ts';
import { UsageError } from './usage-error.ts';
import { type IsGiven, settingsOf, type WatchCliOptions } from './watch-options.ts';

export interface Given {
  readonly options: WatchCliOptions;
  readonly isGiven: IsGiven;
}

interface Place {
  readonly session: Session;
  readonly folders: WatchFolders;
  readonly output: Output;
}

/** A folder as it shall be. */
interface Plan {
  readonly path: string;
  /** As it is in the history; null for a new one. */
  readonly found: WatchFolder | null;
  readonly settings: WatchSettings;
  readonly out: string | null;
}

/**
 * Adds folders, or takes them up as they are in the history, with the options that were given anew: all, or none of them.
 * @param dirs all that are set up for the service in use when there are none
 * @returns their numbers
 * @throws {UsageError} when one is not there, or is not given over to another service unasked
 * @throws {FailureError} watch_*
 */
export async function takeUpAll(dirs: readonly string[], given: Given, place: Place): Promise<readonly number[]> {
  const { folders, session } = place;
  const { service } = session;
  const plans = dirs.length === 0 ? planKnown(given, session) : await planNamed(dirs, given, session);
  for (const { found } of plans) if (found) refuseMove(found, given, session);
  const planned = plans
    .filter(({ found, ...plan }) => found === null || found.service !== service || isChanged(found, plan))
    .map(({ path, found, settings, out }) => ({ id: found?.id ?? null, path, service, settings, out }));
  await folders.check(planned);

  const ids: number[] = [];
  const added: number[] = [];
  try {
    for (const { path, found, settings, out } of plans) {
      if (found === null) added.push((await folders.add(path, { settings, out })).id);
      else if (isChanged(found, { settings, out })) await folders.change(found.id, settings, out);
      ids.push(found?.id ?? added.at(-1) ?? 0);
    }
  } catch (error) {
    for (const id of added) await folders.remove(id);
    throw error;
  }
  for (const { found } of plans) if (found) await goOn(found, dirs.length > 0, place);
  return ids;
}

function isChanged(found: WatchFolder, { settings, out }: Pick<Plan, 'settings' | 'out'>): boolean {
  return out !== found.out || !isDeepStrictEqual(settings, found.settings);
}

function planKnown(given: Given, { history, service }: Session): readonly Plan[] {
  const all = history.watches.list();
  const known = all.filter((folder) => folder.service === service);
  if (known.length > 0) return known.map((found) => planOf(found.path, found, given));
  if (all.length === 0) throw new UsageError('No folder was watched before: name the folders to watch.');
  const many = all.length !== 1;
  const [are, them] = many ? ['are', 'one of them'] : ['is', 'it'];
  const [how, way] =
    service === PRACTICE_SERVICE
      ? ['for another service than practice', 'leave out --practice']
      : all.every((folder) => folder.service === PRACTICE_SERVICE)
        ? ['in practice', 'add --practice']
        : ['for another service', 'name that service'];
  throw new UsageError(`${count(all.length, 'folder')} ${are} watched ${how}: name ${them}, or ${way}.`);
}

async function planNamed(dirs: readonly string[], given: Given, { history }: Session): Promise<readonly Plan[]> {
  const plans = new Map<string, Plan>();
  for (const dir of dirs) {
    const path = resolve(dir);
    const found = await findKnown(path, history);
    if (found === null) await refuseUnlessFolder(path);
    plans.set(await realOf(found?.path ?? path), planOf(path, found, given));
  }
  return [...plans.values()];
}

/** @throws {UsageError} */
async function refuseUnlessFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) throw new UsageError(`There is no folder ${shown(path)}.`);
  if (stats.isDirectory()) return;
  throw new UsageError(`${shown(path)} is a file. Name the folder in which new photos arrive.`);
}

function planOf(path: string, found: WatchFolder | null, { options, isGiven }: Given): Plan {
  const settings = settingsOf(options, found?.settings ?? null, isGiven);
  const out = options.out ? resolve(options.out) : null;
  if (found === null) return { path, found, settings, out };
  return { path: found.path, found, settings, out: isGiven('out') ? out : found.out };
}

/**
 * A folder that is given over to another service begins anew: what waits in it, or came meanwhile, would not be sent any
 * more without a word. To pay for what was practised until now is asked by naming the folder without --practice.
 */
function refuseMove({ id, path, service }: WatchFolder, { options }: Given, session: Session): void {
  if (service === session.service || options.yes) return;
  const { watches } = session.history;
  const waiting = watches.count(id, 'held', false).files + watches.count(id, 'held', true).files;
  if (service === PRACTICE_SERVICE && waiting === 0) return;
  const [before, then] =
    session.service === PRACTICE_SERVICE
      ? ['for a service that is paid', 'only in practice']
      : [service === PRACTICE_SERVICE ? 'in practice' : 'for another service', 'at a price'];
  const wait = waiting === 0 ? '' : `, and ${count(waiting, 'new photo')} ${waiting === 1 ? 'waits' : 'wait'} in it`;
  throw new UsageError(
    `${shown(path)} is watched ${before}${wait}. From now on it would be watched ${then}, and all that is in it by now ` +
      'would count as there before. Add --yes to agree to that, or name another folder. Nothing was changed.',
  );
}

/** A folder of another service belongs to the one in use from then on; a paused one that was named goes on. */
async function goOn(found: WatchFolder, isNamed: boolean, { folders, session, output }: Place): Promise<void> {
  const { id, path, service, paused } = found;
  if (service !== session.service) {
    await folders.move(id);
    const [from, to] =
      session.service === PRACTICE_SERVICE
        ? ['for another service', 'are enhanced in practice, not by Bria']
        : [service === PRACTICE_SERVICE ? 'in practice' : 'for another service', 'cost credits'];
    output.warn(`${shown(path)} was watched ${from}. From now on its new photos ${to}.`);
  }
  if (!paused || !isNamed) return;
  await folders.setPaused(id, false);
  output.say(`${shown(path)} was paused; it goes on.`);
}

/** A watch folder by its path, whatever way leads to it; also one that cannot be reached at the moment. */
export async function findKnown(path: string, { watches }: Pick<History, 'watches'>): Promise<WatchFolder | null> {
  const real = await realOf(path);
  for (const folder of watches.list()) {
    if (folder.path === path || (await realOf(folder.path)) === real) return folder;
  }
  return null;
}

async function realOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path); // it is not there: then only its name can tell
}
