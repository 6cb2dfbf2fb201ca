// Loaded before a command: kills it with SIGKILL before the nth step that it takes in its database, be that a statement
// that writes or the end of a transaction.
import Sqlite from 'better-sqlite3';

const last = Number(process.env['KILL_AT_WRITE']);
const isCommand = process.argv[1]?.endsWith('cli.ts') ?? false; // and no process of its own for pictures

if (isCommand && last > 0) {
  const db = new Sqlite(':memory:');
  const statement = Object.getPrototypeOf(db.prepare('SELECT 1')) as Sqlite.Statement;
  db.close();
  const run = Reflect.get<Sqlite.Statement, 'run'>(statement, 'run');
  let writes = 0;
  statement.run = function runOrDie(this: Sqlite.Statement, ...values: unknown[]) {
    writes += 1;
    if (writes === last) process.kill(process.pid, 'SIGKILL');
    return run.apply(this, values);
  };
}
