// A bridge in memory: a test says how commands are answered, sees what was called, and sends events.
import type { Answer, Bridge, CommandName, Event, EventName, Events, Input, Output } from '../../app/contract.ts';
import { COMMANDS, isCommand } from '../../app/contract.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { failure } from '../../app/domain/failure.ts';
import { totalsOf } from './samples.ts';

type Answering = { [Name in CommandName]?: (input: Input<Name>) => Output<Name> | Promise<Output<Name>> };

/** Thrown by an answering function: the command fails with it. */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(code: Failure['code'], message?: string) {
    super(code);
    this.failure = failure(code, message === undefined ? {} : { message });
  }
}

export class FakeBridge implements Bridge {
  /** Every call, in order. */
  readonly calls: { readonly name: string; readonly input: unknown }[] = [];
  /** What was dropped, and the intake it became. */
  dropped: { files: readonly unknown[]; id: number | null } | null = null;
  readonly #answering: Answering;
  readonly #listeners = new Set<(event: Event) => void>();
  #waiters: (() => void)[] = [];

  constructor(answering: Answering) {
    const listed = async () => totalsOf((await this.#answering['batches.list']?.({ limit: 1 })) ?? []);
    // Every window asks for these at its start.
    this.#answering = { 'watch.list': () => [], 'batches.totals': listed, ...answering };
  }

  readonly call = async (name: string, input: unknown): Promise<Answer<unknown>> => {
    this.calls.push({ name, input });
    for (const wake of this.#waiters.splice(0)) wake();
    if (!isCommand(name)) throw new Error(`no such command: ${name}`);
    const parsed = COMMANDS[name].input.parse(input); // what the true one would refuse, the tests must not send
    const answer = this.#answering[name] as ((input: unknown) => unknown) | undefined;
    if (!answer) throw new Error(`the test does not answer ${name}`);
    try {
      return { ok: true, value: structuredClone(await answer(parsed)) };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, failure: error.failure };
      throw error;
    }
  };

  readonly on = (listener: (event: Event) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly drop = (files: readonly unknown[]): Promise<Answer<{ readonly id: number } | null>> => {
    const id = this.dropped?.id ?? 1;
    this.dropped = { files, id };
    return Promise.resolve({ ok: true, value: { id } });
  };

  /** Changes how a command is answered from now on. */
  answer<Name extends CommandName>(name: Name, how: NonNullable<Answering[Name]>): void {
    this.#answering[name] = how;
  }

  send<Name extends EventName>(name: Name, value: Events[Name]): void {
    const event = structuredClone({ name, value }) as Event;
    for (const listener of this.#listeners) listener(event);
  }

  /** The inputs that a command was called with. */
  inputsOf<Name extends CommandName>(name: Name): Input<Name>[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input as Input<Name>);
  }

  /** Resolves when a command was called so many times. */
  async called(name: CommandName, times = 1): Promise<void> {
    while (this.inputsOf(name).length < times) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
}
