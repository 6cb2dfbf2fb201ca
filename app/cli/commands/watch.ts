// `watch DIR…`: enhances every new photo of some folders by itself, once, until it is interrupted.
import type { Command } from 'commander';
import type { Output } from '../output.ts';
import { Session } from '../session.ts';
import { isGivenTo, type WatchCliOptions, withWatch } from '../watch-options.ts';
import { forgetFolders, listFolders } from '../watch-list.ts';
import { type Given, takeUpAll } from '../watch-plan.ts';
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
    act(options.json, (output) => {
      if (options.list) return Promise.resolve(listFolders(options, output));
      if (options.forget) return forgetFolders(dirs, options, output);
      return watch(dirs, { options, isGiven: isGivenTo(command) }, output);
    }),
  );
}

const AFTER_HELP = `
A folder keeps its settings: watched again, also by the desktop app, it goes on with them, and an option changes
one. What is in it at first is left alone. The same photo is never paid for twice, whatever it is called.`;

async function watch(dirs: readonly string[], given: Given, output: Output): Promise<number> {
  const { options } = given;
  await using session = await Session.open(options, output);
  const chosen = new Set<number>();
  const { folders, engine } = foldersOf(session, options.data, chosen);
  for (const id of await takeUpAll(dirs, given, { session, folders, output })) chosen.add(id);
  const { existing, held, leaveHeld, yes } = options;
  return await watchFolders(session, output, { folders, engine, ids: [...chosen], existing, held, leaveHeld, yes });
}
