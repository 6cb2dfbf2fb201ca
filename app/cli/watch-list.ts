// `watch --list` and `watch --forget DIR…`: which folders are known, and letting go of some. Neither needs a service.
import { resolve } from 'node:path';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import type { WatchFolder } from '../domain/watch.ts';
import { History } from '../history/history.ts';
import { systemClock } from '../lib/clock.ts';
import { forget } from '../watch/former.ts';
import { outputOf } from '../watch/reach.ts';
import type { Output } from './output.ts';
import { shown } from './text.ts';
import { EXIT, UsageError } from './usage-error.ts';
import type { WatchCliOptions } from './watch-options.ts';
import { findKnown } from './watch-plan.ts';

/** All folders of the history, of every service; also while another process watches them. @returns the exit status */
export function listFolders({ data }: Pick<WatchCliOptions, 'data'>, output: Output): number {
  using history = History.visit({ dir: data, clock: systemClock });
  const all = history.watches.list();
  for (const folder of all) {
    const { id, path, service, paused, settings } = folder;
    const outputFolder = outputOf(folder);
    output.emit({ type: 'folder', id, path, output: outputFolder, service, paused, settings });
    const marks = [...(service === PRACTICE_SERVICE ? ['practice, not Bria'] : []), ...(paused ? ['paused'] : [])];
    const mark = marks.length === 0 ? '' : ` (${marks.join('; ')})`;
    if (!output.json) output.say(`${shown(path)} -> ${shown(outputFolder)}${mark}`);
  }
  if (all.length === 0 && !output.json) output.say('No folder is watched.');
  return EXIT.well;
}

/**
 * Lets go of folders: all, or none of them when one is not known. What they queued goes on, and stays in the history.
 * @returns the exit status
 * @throws {UsageError} when one is not watched
 * @throws {HistoryError} while another process watches
 */
export async function forgetFolders(
  dirs: readonly string[],
  { data }: Pick<WatchCliOptions, 'data'>,
  output: Output,
): Promise<number> {
  if (dirs.length === 0) throw new UsageError('Name the folders to forget; “watch --list” shows them.');
  using history = History.own({ dir: data, clock: systemClock, program: 'the command line' });
  const known = new Map<number, WatchFolder>();
  for (const dir of dirs) {
    const path = resolve(dir);
    const found = await findKnown(path, history);
    if (found === null) {
      throw new UsageError(`${shown(path)} is not watched; “watch --list” shows what is. Nothing was changed.`);
    }
    known.set(found.id, found);
  }
  for (const { id, path } of known.values()) {
    forget(history, id);
    output.emit({ type: 'forgotten', id, path });
    output.say(
      `${shown(path)} is not watched any more. Photos that it queued stay queued: “resume” goes on with them.`,
    );
  }
  return EXIT.well;
}
