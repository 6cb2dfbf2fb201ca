// Entry of the media process: sharp lives here and nowhere else, so that a hostile file can take down no more than this.
import { constants, setPriority } from 'node:os';
import { hostOf } from './host.ts';
import { serve } from './serve.ts';

const host = hostOf(process);

// Not process.exit(): that would wait for libvips' threads to finish the picture. Nothing here needs tidying up, since
// every file is written under a temporary name or cleared before the next attempt.
host.onGone(() => process.kill(process.pid, 'SIGKILL'));

// A terminal's Ctrl-C reaches the whole group: the parent decides when this process ends, after what is under way.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);

// Whoever sits before the machine goes first: pictures are made of what processor time is left.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that forbids it makes them at the usual priority.
}

try {
  // Not a static import: a sharp that does not load must be able to say so.
  const { operations } = await import('./operations.ts');
  serve(host, operations);
  host.send({ ready: true });
} catch (error) {
  host.send({ broken: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
