// The command line's entry.
import { main } from './cli/main.ts';
import { EXIT } from './cli/usage-error.ts';

// The reader went away: `| head`, a terminal that was closed.
const READER_GONE = ['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

// No trouble with an output may end a run: what is in the air would become uncertain. What could not be told is an error
// all the same, unless nobody is there to read it.
const untold: Error[] = [];
process.stderr.on('error', () => undefined); // there is nowhere left to say it
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (READER_GONE.includes(error.code ?? '')) return;
  if (untold.push(error) === 1) process.stderr.write(`The output cannot be written: ${error.message}\n`);
  if (process.exitCode === EXIT.well) process.exitCode = EXIT.failures; // after the end; before it, see below
});
const status = await main(process.argv.slice(2));
process.exitCode = status === EXIT.well && untold.length > 0 ? EXIT.failures : status;
