// The machine's sleep, and its way back from it: kept awake while photos are at work, and the service asked at once when
// the machine or its network returns.
import type { PowerMonitor, PowerSaveBlocker } from 'electron';
import type { Clock } from '../app/lib/clock.ts';
import type { Status } from '../app/backend/backend.ts';
import { keepsAwake } from './status.ts';

/** The event that `shutdown` comes with; Electron's own types leave it out, its documentation does not. */
interface ShutdownEvent {
  readonly preventDefault: () => void;
}

export interface PowerOptions {
  readonly blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>;
  readonly monitor: Pick<PowerMonitor, 'on'>;
  /** Whether the machine has a network, at once and without asking it. */
  readonly isOnline: () => boolean;
  readonly clock: Clock;
  readonly onWake: () => void;
  /** The system is shutting down, and was asked to wait: the app ends as soon as it can. */
  readonly onShutdown: () => void;
}

const LOOK_MS = 2_000;

export class Power implements Disposable {
  readonly #options: PowerOptions;
  #blocker: number | null = null;
  #cancelLook: (() => void) | null = null;

  constructor(options: PowerOptions) {
    this.#options = options;
    const { monitor, onWake, onShutdown } = options;
    monitor.on('resume', onWake);
    monitor.on('unlock-screen', onWake);
    const shutdown = (event?: ShutdownEvent) => {
      event?.preventDefault(); // asks for the time that a stop in order takes
      onShutdown();
    };
    monitor.on('shutdown', shutdown);
  }

  update(status: Status): void {
    this.#block(keepsAwake(status));
    if ((status.queue?.heldUntil ?? null) === null) this.#stopLooking();
    else this.#cancelLook ??= this.#look(this.#options.isOnline());
  }

  [Symbol.dispose](): void {
    this.#block(false);
    this.#stopLooking();
  }

  /** The screen may go dark; only the machine stays up, and results of an hour's life are fetched. */
  #block(awake: boolean): void {
    const { blocker } = this.#options;
    if (awake) this.#blocker ??= blocker.start('prevent-app-suspension');
    else if (this.#blocker !== null) {
      blocker.stop(this.#blocker);
      this.#blocker = null;
    }
  }

  /** While the service is out of reach, a network that comes back is worth an attempt at once. No event tells of it here. */
  #look(wasOnline: boolean): () => void {
    const { clock, isOnline, onWake } = this.#options;
    return clock.after(LOOK_MS, () => {
      const online = isOnline();
      this.#cancelLook = this.#look(online);
      if (online && !wasOnline) onWake();
    });
  }

  #stopLooking(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
  }
}
