// How the command line ends.

export const EXIT = { well: 0, failures: 1, usage: 2, stopped: 3, interrupted: 130 } as const;

/** Something the user must change before anything can run: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
