// One media process and the task it is at: at most one, so that when the process dies it is known whose fault it was.
import { FailureError, failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { type Operation, OPERATIONS, type Report, reportSchema } from './protocol.ts';

/** A media process, whoever starts it. */
export interface WorkerPort {
  readonly pid: number | undefined;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called when the process has ended, after its last message. Being called twice does no harm. */
  onExit(listener: (reason: string) => void): void;
  /** Ends the process at once. */
  kill(): void;
}

export interface Task {
  readonly op: Operation;
  readonly input: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: FailureError) => void;
}

export interface LaneEvents {
  /** The process is up, or has finished a task: it can take one. */
  readonly onFree: () => void;
  /** The process is gone. `started` is false when it never came up. */
  readonly onGone: (death: { readonly started: boolean; readonly reason: string }) => void;
}

export interface LaneOptions extends LaneEvents {
  readonly deadlineMs: number;
  readonly clock: Clock;
}

export class Lane {
  readonly #port: WorkerPort;
  readonly #options: LaneOptions;
  #state: 'starting' | 'up' | 'gone' = 'starting';
  #task: Task | null = null;
  #id = 0;
  #reason: string | null = null;
  #cancelDeadline: () => void;

  constructor(port: WorkerPort, options: LaneOptions) {
    this.#port = port;
    this.#options = options;
    this.#cancelDeadline = this.#deadline(() => this.#end('it did not come up in time'));
    port.onMessage((message) => this.#hear(message));
    port.onExit((reason) => this.#end(this.#reason ?? reason));
  }

  get isStarting(): boolean {
    return this.#state === 'starting';
  }

  get isFree(): boolean {
    return this.#state === 'up' && this.#task === null;
  }

  /** Gives a free process a task. */
  run(task: Task): void {
    this.#task = task;
    this.#id += 1;
    this.#cancelDeadline = this.#deadline(() => {
      // The task ends now and not with the process: one that hangs in a dead network drive cannot even be killed.
      const detail = `not done after ${this.#options.deadlineMs / 1_000} s`;
      this.#take()?.reject(new FailureError(failure('photo_too_slow', { detail })));
      this.#end('it was too slow');
    });
    this.#port.post({ id: this.#id, op: task.op, input: task.input });
  }

  /** Ends the process; its task fails with `error`, and nobody is told. */
  stop(error: FailureError): void {
    this.#cancelDeadline();
    this.#state = 'gone';
    this.#take()?.reject(error);
    this.#port.kill();
  }

  #hear(message: unknown): void {
    if (this.#state === 'gone') return;
    const parsed = reportSchema.safeParse(message);
    if (!parsed.success) return this.#end('it does not speak the protocol');
    const report = parsed.data;
    if ('ready' in report) {
      this.#cancelDeadline();
      this.#state = 'up';
      this.#options.onFree();
    } else if ('broken' in report) {
      this.#reason = report.broken; // told once it has ended
    } else if (report.id === this.#id) {
      this.#settle(report);
    }
  }

  #settle(report: Extract<Report, { id: number }>): void {
    const task = this.#take();
    if (!task) return;
    this.#cancelDeadline();
    if (report.ok) {
      const value = OPERATIONS[task.op].value.safeParse(report.value);
      if (value.success) task.resolve(value.data);
      else task.reject(new FailureError(failure('internal', { detail: `${task.op}: ${value.error.message}` })));
    } else {
      task.reject(new FailureError(report.failure));
    }
    this.#options.onFree();
  }

  #end(reason: string): void {
    if (this.#state === 'gone') return;
    const started = this.#state === 'up';
    this.#cancelDeadline();
    this.#state = 'gone';
    this.#port.kill();
    this.#take()?.reject(new FailureError(failure('photo_crashed', { detail: reason })));
    this.#options.onGone({ started, reason });
  }

  #take(): Task | null {
    const task = this.#task;
    this.#task = null;
    return task;
  }

  #deadline(callback: () => void): () => void {
    return this.#options.clock.after(this.#options.deadlineMs, callback);
  }
}
