// What is told when nobody looks: one notification for what finished, one when the queue stops.
import type { Occasion } from '../app/backend/backend.ts';
import type { StateCounts } from '../app/domain/batch.ts';
import type { Clock } from '../app/lib/clock.ts';
import { photos } from './status.ts';

type Finished = Extract<Occasion, { kind: 'batch-finished' }>;

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** The batch to show on a click; null for the window as it is. */
  readonly batchId: number | null;
}

export interface NotifierOptions {
  readonly show: (notice: Notice) => void;
  /** The user's preference, and whether the window is not being looked at. */
  readonly wanted: () => boolean;
  readonly clock: Clock;
}

/** Batches that finish within this time are told of together. */
const GATHER_MS = 2_000;

export class Notifier implements Disposable {
  readonly #options: NotifierOptions;
  #finished: Finished[] = [];
  #cancel: (() => void) | null = null;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  tell(occasion: Occasion): void {
    if (occasion.kind === 'queue-stopped') {
      this.#show({ title: 'Lightbatch stopped', body: occasion.failure.message, batchId: null });
      return;
    }
    this.#finished.push(occasion);
    this.#cancel ??= this.#options.clock.after(GATHER_MS, () => {
      this.#cancel = null;
      this.#show(finishedNotice(this.#finished.splice(0)));
    });
  }

  #show(notice: Notice): void {
    if (this.#options.wanted()) this.#options.show(notice);
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** @param batches at least one */
export function finishedNotice(batches: readonly Finished[]): Notice {
  const [first] = batches;
  const counts = batches.map((batch) => batch.counts);
  const body = outcome(counts);
  if (first !== undefined && batches.length === 1) {
    return { title: `“${first.name}” is finished`, body, batchId: first.batchId };
  }
  return { title: `${batches.length} batches are finished`, body, batchId: null };
}

function outcome(counts: readonly StateCounts[]): string {
  const sum = (state: keyof StateCounts) => counts.reduce((total, count) => total + count[state], 0);
  const parts = [`${photos(sum('succeeded'))} enhanced`];
  const [failed, uncertain] = [sum('failed'), sum('uncertain')];
  if (failed > 0) parts.push(`${failed.toLocaleString('en-US')} failed`);
  if (uncertain > 0) parts.push(`${uncertain.toLocaleString('en-US')} need${uncertain === 1 ? 's' : ''} your decision`);
  return `${parts.join(', ')}.`;
}
