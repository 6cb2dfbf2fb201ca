// Holds the lock of a data folder for a moment, as a visitor does who looks after the history.
import { QueueLock } from '../../../app/history/lock.ts';

const [dir = ''] = process.argv.slice(2);
using lock = QueueLock.take(dir, 0);
process.send?.({ owns: lock !== null });
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
process.disconnect();
