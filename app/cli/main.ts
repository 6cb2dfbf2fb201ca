// What is asked on the command line, done, and the status that says how it went.
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addCancel, addResume, addRetry } from './commands/again.ts';
import { addEnhance } from './commands/enhance.ts';
import { addHistory } from './commands/history.ts';
import { addCredits, addPracticeServer } from './commands/service.ts';
import { addWatch } from './commands/watch.ts';
import { AFTER_HELP, HELP } from './help.ts';
import { Output, type Streams } from './output.ts';
import { EXIT, UsageError } from './usage-error.ts';
import { type FailureCode, FailureError, stopsQueue } from '../domain/failure.ts';
import { HistoryError } from '../history/errors.ts';
import { IntakeError } from '../intake/intake-error.ts';
import { stackOf, withoutKeys } from '../lib/log.ts';

const VERSION = manifest.version;

/**
 * Runs one command.
 * @param argv what is given after the program's name
 * @returns the exit status; see EXIT
 */
export async function main(
  argv: readonly string[],
  streams: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  let status: number = EXIT.well;
  const program = new Command('lightbatch')
    .description(
      'Enhances whole folders of photos through Segmind’s bria-enhance-image. Nothing is lost, nothing is paid for twice.',
    )
    .version(VERSION, '-V, --version', 'the version number')
    .helpOption('-h, --help', 'this help')
    .helpCommand('help [command]', 'the help of a command')
    .configureHelp(HELP)
    .addHelpText('after', AFTER_HELP)
    .configureOutput({ writeOut: (text) => streams.out.write(text), writeErr: (text) => streams.err.write(text) })
    .exitOverride()
    .showHelpAfterError('(--help tells what there is)');
  const act = async (json: boolean, action: (output: Output) => Promise<number>) => {
    const output = new Output(streams, json);
    try {
      status = await action(output);
    } catch (error) {
      status = told(error, output);
    }
  };
  for (const add of [addEnhance, addWatch, addResume, addRetry, addHistory, addCancel, addCredits, addPracticeServer])
    add(program, act);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.well : EXIT.usage;
  }
  return status;
}

/** Tells an error that kept the command from running. @returns the exit status */
function told(error: unknown, output: Output): number {
  const expected = error instanceof UsageError || error instanceof HistoryError || error instanceof IntakeError;
  if (!expected && !(error instanceof FailureError)) {
    output.warn('Something went wrong inside Lightbatch. Please report this:');
    for (const line of withoutKeys(stackOf(error)).split('\n')) output.warn(line);
    output.emit({ type: 'error', code: 'internal', message: withoutKeys(String(error)) });
    return EXIT.failures;
  }
  const code = error instanceof FailureError ? error.failure.code : 'code' in error ? error.code : 'usage';
  output.warn(withoutKeys(error.message));
  output.emit({ type: 'error', code, message: withoutKeys(error.message) });
  if (expected || isAsked(error.failure.code)) return EXIT.usage;
  return stopsQueue(error.failure.code) ? EXIT.stopped : EXIT.failures;
}

/** Whether a watch folder that was asked for is refused. */
function isAsked(code: FailureCode): boolean {
  return code.startsWith('watch_') || code === 'would_overwrite' || code === 'bad_template';
}
