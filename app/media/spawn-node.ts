// A media process started by Node: the command line and the tests. (Electron's counterpart is in main/.)
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerPort } from './lane.ts';

export interface SpawnOptions {
  /** The worker's entry, when it is not the file beside this one (a bundle). */
  readonly entry?: string | URL;
  /** What the process writes to its error output, such as warnings of libvips; dropped otherwise. */
  readonly onLog?: (text: string) => void;
}

/** Starts a media process. It ends by itself when this one does. */
export function spawnNodeWorker(options: SpawnOptions = {}): WorkerPort {
  // As source the worker is a `.ts` beside this file, in a bundle a `.js` beside the bundle.
  const beside = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const { entry = new URL(beside, import.meta.url), onLog } = options;
  const child = fork(typeof entry === 'string' ? entry : fileURLToPath(entry), [], {
    execArgv: [], // not the parent's: its debugger port and its loaders are its own
    env: bareEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => onLog?.(text)); // read always: a full pipe would block it
  return {
    pid: child.pid,
    // An error of sending means that it is gone, which its end tells.
    post: (message) => void child.send(message as object, () => undefined),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.once('error', (error) => listener(error.message)); // it could not even be started
      // Not 'exit': that can come before the last answer is read.
      child.once('close', (code, signal) =>
        listener(signal ? `ended by ${signal}` : `ended with code ${String(code)}`),
      );
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The environment without what a process that reads hostile files has no need to know. */
export function bareEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isPrivate = (name: string) => /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|^NODE_OPTIONS$/i.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isPrivate(name)));
}
