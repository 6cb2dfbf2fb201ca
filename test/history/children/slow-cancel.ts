// Cancels a job in a transaction that it holds open for a moment after it told so.
import { History } from '../../../app/history/history.ts';
import { systemClock } from '../../../app/lib/clock.ts';

const [dir = '', id = ''] = process.argv.slice(2);
using history = History.visit({ dir, clock: systemClock });
history.atomically(() => {
  history.jobs.apply(Number(id), { type: 'cancel' }, systemClock.now());
  process.send?.('holding');
  // The parent writes now, and SQLite makes it wait; nothing of ours may run meanwhile, so this blocks.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
});
process.disconnect();
