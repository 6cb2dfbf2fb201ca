// The command line's entry.
import { main } from './cli/main.ts';

// A reader that went away (`| head`) must not end a run: what is in the air would become uncertain.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
process.exitCode = await main(process.argv.slice(2));
