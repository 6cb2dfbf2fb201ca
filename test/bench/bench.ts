// What a bench gives: figures, with what they must be at most where that is promised.

export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit?: string;
  /** The promise: at most this (for rates: at least, see `atLeast`). */
  readonly must?: number;
  readonly goal?: number;
  readonly atLeast?: boolean;
}

export interface Bench {
  readonly name: string;
  run(): Promise<Figure[]>;
}
