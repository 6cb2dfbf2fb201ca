// The core, as the window sees it: typed commands and events over the one bridge of the preload.
import type { Bridge, CommandName, Event, EventName, Events, Input, Output } from '../app/contract.ts';
import { failure, type Failure } from '../app/domain/failure.ts';

/** What a command throws that could not be done: a failure with a sentence for the user. */
export class CommandError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'CommandError';
    this.failure = failure;
  }
}

/** What went wrong, as a failure with a sentence for the user, also where it was no command that failed. */
export function failureOf(error: unknown): Failure {
  return error instanceof CommandError ? error.failure : failure('internal', { detail: String(error) });
}

/** Commands without an input need none written. */
type Arguments<Name extends CommandName> = undefined extends Input<Name> ? [] : [input: Input<Name>];

export class Client {
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** @throws {CommandError} when the core could not do it */
  async call<Name extends CommandName>(name: Name, ...[input]: Arguments<Name>): Promise<Output<Name>> {
    const answer = await this.#bridge.call(name, input);
    if (!answer.ok) throw new CommandError(answer.failure);
    return answer.value as Output<Name>; // the contract types the handler behind it
  }

  /** Calls back for every event of one name; the answer ends it. */
  on<Name extends EventName>(name: Name, listener: (value: Events[Name]) => void): () => void {
    return this.#bridge.on((event: Event) => {
      if (event.name === name) listener(event.value as Events[Name]);
    });
  }

  /**
   * Files that were dropped on the window, as an intake; null when none of them is a file of this machine.
   * @throws {CommandError}
   */
  async drop(files: readonly File[]): Promise<{ readonly id: number } | null> {
    const answer = await this.#bridge.drop(files);
    if (!answer.ok) throw new CommandError(answer.failure);
    return answer.value;
  }
}
