// Counts what a run settled, and how fast it goes.
import type { Job } from '../domain/batch.ts';
import { isSettled, type SettledState } from '../domain/job.ts';

const WINDOW_MS = 120_000; // the rate is that of the last two minutes

export class Tally {
  readonly #states = new Map<number, SettledState>();
  readonly #endings: number[] = [];
  readonly startedAt: number;

  constructor(now: number) {
    this.startedAt = now;
  }

  /** @returns whether the job has settled with this change */
  note(job: Job, now: number): boolean {
    const { state } = job;
    if (!isSettled(state)) {
      this.#states.delete(job.id); // retried
      return false;
    }
    this.#states.set(job.id, state);
    if (state === 'succeeded') this.#endings.push(now);
    return true;
  }

  /** Adds jobs that were found settled. */
  add(ids: readonly number[], state: SettledState): void {
    for (const id of ids) this.#states.set(id, state);
  }

  get ids(): readonly number[] {
    return [...this.#states.keys()];
  }

  counts(): Record<SettledState, number> {
    const counts = noneSettled();
    for (const state of this.#states.values()) counts[state] += 1;
    return counts;
  }

  /** Photos enhanced a second, lately; null before there is anything to go by. */
  rate(now: number): number | null {
    while (this.#endings.length > 0 && (this.#endings[0] ?? 0) < now - WINDOW_MS) this.#endings.shift();
    const span = Math.min(WINDOW_MS, now - this.startedAt) / 1_000;
    return this.#endings.length < 2 || span <= 0 ? null : this.#endings.length / span;
  }
}

/** Counts of a run that settled nothing yet. */
export function noneSettled(): Record<SettledState, number> {
  return { succeeded: 0, failed: 0, uncertain: 0, skipped: 0, canceled: 0 };
}
