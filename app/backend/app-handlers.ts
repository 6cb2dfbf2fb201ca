// The commands that are there before the history is open, and the guard around all of them: whatever goes wrong behind a
// command becomes one failure for the user.
import { join } from 'node:path';
import type { CommandName, Handlers } from '../contract.ts';
import { COMMANDS, isCommand } from '../contract.ts';
import type { Link, Opening } from '../contract/values.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { Log } from '../lib/log.ts';
import { makeFolder } from '../lib/make-folder.ts';
import type { Shell } from './shell.ts';
import { asFailureError, inDataFolder } from './trouble.ts';

/** Commands that need no history. */
export type AlwaysCommand =
  'app.open' | 'app.reopen' | 'app.openLogs' | 'app.openDataFolder' | 'app.openLink' | 'app.quit';

/** Sources: Segmind's site and its documentation, “API keys” and “Pricing and billing”. */
export const LINK_ADDRESSES: Readonly<Record<Exclude<Link, 'licences'>, string>> = {
  segmind: 'https://www.segmind.com',
  'segmind-keys': 'https://cloud.segmind.com/console/api-keys',
  'segmind-credits': 'https://cloud.segmind.com/console/billing',
  model: 'https://www.segmind.com/models/bria-enhance-image',
};

export interface AppParts {
  readonly shell: Shell;
  readonly dataDir: string;
  readonly licencesFile: string | undefined;
  readonly open: () => Promise<Opening>;
  readonly reopen: () => Promise<Opening>;
}

export function appHandlers({ shell, dataDir, licencesFile, open, reopen }: AppParts): Pick<Handlers, AlwaysCommand> {
  const openFolder = async (path: string): Promise<null> => {
    await inDataFolder(() => makeFolder(path));
    await shell.openPath(path);
    return null;
  };
  return {
    'app.open': () => open(),
    'app.reopen': () => reopen(),
    'app.openLogs': () => openFolder(join(dataDir, 'logs')),
    'app.openDataFolder': () => openFolder(dataDir),
    'app.openLink': async ({ link }) => {
      if (link !== 'licences') await shell.openUrl(LINK_ADDRESSES[link]);
      else if (licencesFile !== undefined) await shell.openPath(licencesFile);
      else throw new FailureError(failure('internal', { detail: 'the licences did not come with the app' }));
      return null;
    },
    'app.quit': () => {
      shell.quit();
      return null;
    },
  };
}

/**
 * All commands of the contract: those that need the history answer `not_open` while it is not.
 * @param opened the handlers of an open history; null while there is none
 */
export function guarded(
  always: Pick<Handlers, AlwaysCommand>,
  opened: () => Omit<Handlers, AlwaysCommand> | null,
  log: Log,
): Handlers {
  const handle = async (name: CommandName, input: unknown): Promise<unknown> => {
    const known: Partial<Handlers> = Object.hasOwn(always, name) ? always : (opened() ?? {});
    const handler = known[name] as ((input: unknown) => unknown) | undefined;
    if (handler === undefined) throw new FailureError(failure('not_open'));
    try {
      return await handler(input);
    } catch (error) {
      const trouble = asFailureError(error);
      if (trouble.failure.code === 'internal') log.error('command', { name, error: String(error) });
      throw trouble;
    }
  };
  const names = Object.keys(COMMANDS).filter(isCommand);
  const handlers = names.map((name) => [name, (input: unknown) => handle(name, input)] as const);
  // Each entry has an input and an output of its own; that they fit is checked where the handlers are written.
  return Object.fromEntries(handlers) as unknown as Handlers;
}
