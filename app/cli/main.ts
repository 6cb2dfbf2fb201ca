// What is asked on the command line, done, and the status that says how it went.
import { Command, CommanderError } from 'commander';
import { addCancel, addResume, addRetry } from './commands/again.ts';
import { addEnhance } from './commands/enhance.ts';
import { addHistory } from './commands/history.ts';
import { addCredits, addPracticeServer } from './commands/service.ts';
import { Output } from './output.ts';
import { EXIT, UsageError } from './usage-error.ts';
import { FailureError, stopsQueue } from '../domain/failure.ts';
import { HistoryError } from '../history/errors.ts';
import { IntakeError } from '../intake/intake-error.ts';
import { withoutKeys } from '../lib/log.ts';

/** Runs one command. @returns the exit status; see EXIT */
export async function main(argv: readonly string[]): Promise<number> {
  const streams = { out: process.stdout, err: process.stderr };
  let status: number = EXIT.well;
  const program = new Command('lightbatch')
    .description(
      'Enhances whole folders of photos through Segmind’s bria-enhance-image. Nothing is lost, nothing is paid for twice.',
    )
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
  for (const add of [addEnhance, addResume, addRetry, addHistory, addCancel, addCredits, addPracticeServer])
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
    output.warn(`Something went wrong inside Lightbatch. Please report this: ${withoutKeys(stackOf(error))}`);
    output.emit({ type: 'error', code: 'internal', message: withoutKeys(String(error)) });
    return EXIT.usage;
  }
  const code = error instanceof FailureError ? error.failure.code : 'code' in error ? error.code : 'usage';
  output.warn(withoutKeys(error.message));
  output.emit({ type: 'error', code, message: withoutKeys(error.message) });
  return error instanceof FailureError && stopsQueue(error.failure.code) ? EXIT.stopped : EXIT.usage;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
