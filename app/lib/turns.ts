// What must not happen at the same time happens one after the other, in the order in which it was asked for.

export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Does something when all that was asked for before it is over, whether that went well or not.
   * @returns what it answers
   * @throws what it throws; whatever comes after it is done all the same
   */
  take<Value>(action: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(action);
    const over = () => undefined; // how it went is told to whoever asked for it
    this.#last = turn.then(over, over);
    return turn;
  }

  /** Resolves when all that was asked for so far is over. Never rejects. */
  over(): Promise<void> {
    return this.#last;
  }
}
