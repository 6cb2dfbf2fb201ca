// `watch DIR…`: enhances every new photo of some folders by itself, once, until it is interrupted.
import type { Command } from 'commander';
import type { Output } from '../output.ts';
import { Session } from '../session.ts';
import { isGivenTo, type WatchCliOptions, withWatch } from '../watch-options.ts';
import { forgetFolders, listFolders } from '../watch-list.ts';
import { UsageError } from '../usage-error.ts';
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
      refuseBeside(command, dirs, options);
      if (options.list) return Promise.resolve(listFolders(options, output));
      if (options.forget) return forgetFolders(dirs, options, output);
      return watch(dirs, { options, isGiven: isGivenTo(command) }, output);
    }),
  );
}

/** Where it lies and how it is told: all that makes a difference to `--list` and `--forget`, or could seem to. */
const BESIDE = ['data', 'json', 'practice', 'apiUrl', 'storageUrl'];

/** @throws {UsageError} when something stands beside `--list` or `--forget` that would not be done */
function refuseBeside(command: Command, dirs: readonly string[], { list, forget }: WatchCliOptions): void {
  if (!list && !forget) return;
  const way = list ? 'list' : 'forget';
  const others = command.options.filter((option) => {
    const name = option.attributeName(); // which `--out` and `--no-out` have in common
    const isTyped =
      command.getOptionValueSource(name) === 'cli' && option.negate === (command.getOptionValue(name) === false);
    return isTyped && name !== way && !BESIDE.includes(name);
  });
  const beside = [...(list ? dirs : []), ...others.map(({ long }) => long ?? '')];
  if (beside.length === 0) return;
  const does = list ? 'only shows the folders that are known' : 'only ends watching the folders that are named';
  throw new UsageError(`“watch --${way}” ${does}: leave out ${beside.join(', ')}. Nothing was changed.`);
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
