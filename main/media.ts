// A media process started by Electron: the counterpart of app/media/spawn-node.ts.
import { join } from 'node:path';
import type { ForkOptions, UtilityProcess } from 'electron';
import type { WorkerPort } from '../app/media/pool.ts';
import { bareEnvironment } from '../app/media/spawn-node.ts';

export type Fork = (modulePath: string, args: string[], options: ForkOptions) => UtilityProcess;

export interface UtilityOptions {
  readonly fork: Fork;
  /** Folder of the bundle, in which worker.js is. */
  readonly dir: string;
  /** What the process writes to its outputs, such as warnings of libvips. */
  readonly onLog: (text: string) => void;
  readonly kill?: (pid: number) => void;
}

const killNow = (pid: number) => void process.kill(pid, 'SIGKILL');

/** Starts a media process. Electron ends it when this process ends. */
export function spawnUtilityWorker({ fork, dir, onLog, kill = killNow }: UtilityOptions): WorkerPort {
  const child = fork(join(dir, 'worker.js'), [], {
    serviceName: 'Lightbatch pictures',
    execArgv: [],
    env: bareEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Both are read always: a full pipe would block the process.
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => onLog(text));
  }
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  const end = () => {
    if (gone || child.pid === undefined) return;
    try {
      kill(child.pid); // not child.kill(): the worker does not heed SIGTERM
    } catch {
      // it ended in this very moment, which its exit tells
    }
  };
  return {
    get pid() {
      return child.pid; // known from the moment it is up
    },
    post: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', (message: unknown) => listener(message)),
    onExit: (listener) => void child.once('exit', (code) => listener(`ended with code ${code}`)),
    // Before it has a process id there is nothing to end yet.
    kill: () => {
      if (child.pid === undefined) child.once('spawn', end);
      else end();
    },
  };
}
