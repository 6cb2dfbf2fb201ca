// The only ipcMain. Every request: from our own page, a command of the contract, an input of its schema; every answer a
// value or a failure. What the window may do is what the contract says, and nothing else.
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { type Answer, COMMANDS, type CommandName, type Handlers, isCommand } from '../app/contract.ts';
import { classify, failure } from '../app/domain/failure.ts';
import { type Log, stackOf, withoutKeys } from '../app/lib/log.ts';
import { CALL, DROP } from './channels.ts';
import { onlyPaths } from './launch.ts';

export interface IpcOptions {
  readonly handlers: Handlers;
  /** Makes an intake of paths. */
  readonly intakeOf: (paths: readonly string[]) => number;
  /** Whether a request comes from the main frame of our window, showing our page. */
  readonly isTrusted: (event: Pick<IpcMainInvokeEvent, 'senderFrame'>) => boolean;
  /** Called when the page has asked its first question: from here on it listens. */
  readonly onPageReady: () => void;
  readonly log: Log;
}

/** Serves the window's requests until the process ends. Never throws to the window, and never tells it a stack. */
export function serveIpc(ipc: Pick<IpcMain, 'handle'>, options: IpcOptions): void {
  const { isTrusted, log } = options;
  const guarded =
    (action: (...args: unknown[]) => Promise<Answer<unknown>> | Answer<unknown>) =>
    async (event: IpcMainInvokeEvent, ...args: unknown[]): Promise<Answer<unknown>> => {
      if (isTrusted(event)) return await action(...args);
      log.warn('ipc.stranger', { frame: event.senderFrame?.url ?? 'gone' });
      return refused('not from the page of Lightbatch');
    };
  ipc.handle(
    CALL,
    guarded((name, input) => call(name, input, options)),
  );
  ipc.handle(
    DROP,
    guarded((paths) => drop(paths, options)),
  );
}

async function call(name: unknown, input: unknown, options: IpcOptions): Promise<Answer<unknown>> {
  if (typeof name !== 'string' || !isCommand(name)) return refused('no such command');
  const parsed = COMMANDS[name].input.safeParse(input);
  if (!parsed.success) {
    // Where and why, not what: an input may be a key.
    const why = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'input'}: ${code}`);
    return refused(`${name}: ${why.join(', ')}`);
  }
  const answer = await answered(name, options, () => handlerOf(options.handlers, name)(parsed.data));
  if (name === 'app.open') options.onPageReady();
  return answer;
}

function drop(paths: unknown, options: IpcOptions): Promise<Answer<unknown>> | Answer<unknown> {
  if (!Array.isArray(paths)) return refused('no list of paths');
  const files = onlyPaths(paths);
  if (files.length === 0) return { ok: true, value: null };
  return answered('drop', options, () => ({ id: options.intakeOf(files) }));
}

/** The contract types input and output of each handler; here the name is known only when it runs. */
function handlerOf(handlers: Handlers, name: CommandName): (input: unknown) => unknown {
  return (input) => (handlers[name] as (input: unknown) => unknown)(input);
}

async function answered(what: string, { log }: IpcOptions, action: () => unknown): Promise<Answer<unknown>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    const problem = classify(error);
    if (problem.code === 'internal') log.error('ipc.failed', { what, stack: withoutKeys(stackOf(error)) });
    return { ok: false, failure: problem };
  }
}

function refused(detail: string): Answer<never> {
  return { ok: false, failure: failure('bad_request', { detail }) };
}
