// Runs the queue of a data folder, tells so, and holds on until it is killed or told to let go.
import { History } from '../../../app/history/history.ts';
import { HistoryError } from '../../../app/history/errors.ts';
import { systemClock } from '../../../app/lib/clock.ts';

const [dir = ''] = process.argv.slice(2);
try {
  const history = History.own({ dir, clock: systemClock, program: 'the child' });
  process.on('disconnect', () => history[Symbol.dispose]());
  process.on('message', () => {
    history[Symbol.dispose]();
    process.disconnect();
  });
  process.send?.({ owns: true });
} catch (error) {
  if (!(error instanceof HistoryError)) throw error;
  process.send?.({ owns: false, code: error.code, message: error.message }, () => process.disconnect());
}
