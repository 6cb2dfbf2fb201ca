// The media process's line to whoever started it, the same for Node's fork and Electron's utilityProcess.fork.

export interface Host {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone. Electron ends its utility processes itself. */
  onGone(listener: () => void): void;
}

/** What Electron adds to `process` in a utility process. */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  postMessage(message: unknown): void;
}

/** The part of `process` that is used, so that tests can stand in for Electron. */
export interface HostProcess {
  readonly parentPort?: ParentPort | undefined;
  readonly send?: ((message: unknown) => unknown) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** @throws Error when the process was started by neither */
export function hostOf(process: HostProcess): Host {
  const { parentPort } = process;
  if (parentPort) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', (event) => listener(event.data)),
      onGone: () => undefined,
    };
  }
  if (!process.send) throw new Error('The media process is started by Lightbatch, not by hand.');
  return {
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', listener),
    onGone: (listener) => process.on('disconnect', listener),
  };
}
