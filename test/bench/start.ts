// How long a start takes, as a user has it: the app is started by itself and looked at from outside when all is over, since
// Playwright would hold it until it is attached. Time runs from when the process is Electron: on a machine where Electron is
// stood in for by a script, what that does first is not the app's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { environment } from '../e2e/support/app.ts';

export interface Start {
  /** Milliseconds from when the process is Electron to a moment of its page, by the names asked for. */
  readonly moments: Readonly<Record<string, number>>;
  /** What was spent before, milliseconds. */
  readonly launcherMs: number;
}

const LOOK_EVERY_MS = 1;
/** How long a start is left alone: a debugger that is attached earlier would be in its way. */
const LEFT_ALONE_MS = 4_000;

/**
 * Starts Electron with these arguments, waits until it must be there, reads its page's clock and ends it.
 * @param moments names of paints and marks of the page
 */
export async function measureStart(args: readonly string[], moments: readonly string[]): Promise<Start> {
  const program = createRequire(import.meta.url)('electron') as unknown as string;
  const spawned = Date.now();
  const app = spawn(program, [...args, '--remote-debugging-port=0'], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const became = watchProgram(app, spawned);
    const address = await debuggerOf(app);
    await wait(LEFT_ALONE_MS);
    const began = became();
    const times = await timesOfPage(address, moments);
    const since = Object.fromEntries(Object.entries(times).map(([name, at]) => [name, at - began]));
    return { moments: since, launcherMs: began - spawned };
  } finally {
    const ended = once(app, 'exit');
    app.kill('SIGTERM');
    await ended;
  }
}

/** Follows which program the process runs. @returns since when it runs the last one, milliseconds since the epoch */
function watchProgram({ pid }: ChildProcess, spawned: number): () => number {
  if (process.platform !== 'linux' || pid === undefined) return () => spawned;
  let [program, since] = ['', spawned];
  const timer = setInterval(() => {
    const now = readlinkSync(`/proc/${String(pid)}/exe`);
    if (now !== program) [program, since] = [now, Date.now()];
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return since;
  };
}

async function debuggerOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('there is nothing to read');
  for await (const line of createInterface({ input: stderr })) {
    const [, host] = /DevTools listening on ws:\/\/([^/]+)\//.exec(line) ?? [];
    if (host === undefined) continue;
    stderr.resume();
    return `http://${host}/json`;
  }
  throw new Error('Electron ended before it was there.');
}

/** Moments of the one page, milliseconds since the epoch. */
async function timesOfPage(address: string, moments: readonly string[]): Promise<Record<string, number>> {
  const targets = (await (await fetch(address)).json()) as { type: string; webSocketDebuggerUrl: string }[];
  const page = targets.find(({ type }) => type === 'page');
  if (page === undefined) throw new Error('There is no window.');
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await once(socket, 'open');
  const expression = `Object.fromEntries(${JSON.stringify(moments)}.map((name) =>
    [name, performance.timeOrigin + performance.getEntriesByName(name)[0].startTime]))`;
  const answered = once(socket, 'message') as Promise<[MessageEvent<string>]>;
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }));
  const [{ data }] = await answered;
  socket.close();
  const { result } = JSON.parse(data) as { result: { result: { value?: Record<string, number> } } };
  if (result.result.value === undefined) throw new Error(`The page did not get there: ${data}`);
  return result.result.value;
}
