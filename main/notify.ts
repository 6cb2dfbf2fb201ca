// What is told when nobody looks: one notification for what finished, one when the queue stops, and of watch folders what
// wants the user, at once, and what was enhanced, gathered.
import type { Occasion } from '../app/backend/backend.ts';
import type { Intent } from '../app/contract/values.ts';
import type { StateCounts } from '../app/domain/batch.ts';
import { watchedAgain } from '../app/domain/watch.ts';
import type { Clock } from '../app/lib/clock.ts';
import { Gathering, WATCH_VIEW } from './gathering.ts';
import { photos } from './status.ts';

type Finished = Extract<Occasion, { kind: 'batch-finished' }>;

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** What a click shows; null for the window as it is. */
  readonly intent: Intent | null;
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
  readonly #watched: Gathering;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#watched = new Gathering({ clock: options.clock, show: (notice) => this.#show(notice) });
  }

  tell(occasion: Occasion): void {
    if (occasion.kind === 'batch-finished') this.#gather(occasion);
    else if (occasion.kind === 'watched-photos') this.#watched.add(occasion);
    else this.#show(noticeOf(occasion));
  }

  #gather(finished: Finished): void {
    this.#finished.push(finished);
    this.#cancel ??= this.#options.clock.after(GATHER_MS, () => {
      this.#cancel = null;
      this.#show(finishedNotice(this.#finished.splice(0)));
    });
  }

  /** Shows now what is gathered: the app ends. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#finished.length > 0) this.#show(finishedNotice(this.#finished.splice(0)));
    this.#watched.flush();
  }

  /** @returns whether it was shown */
  #show(notice: Notice): boolean {
    const wanted = this.#options.wanted();
    if (wanted) this.#options.show(notice);
    return wanted;
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#watched[Symbol.dispose]();
  }
}

/** Of what is told at once. */
function noticeOf(occasion: Exclude<Occasion, { kind: 'batch-finished' | 'watched-photos' }>): Notice {
  switch (occasion.kind) {
    case 'queue-stopped':
      return { title: 'Lightbatch stopped', body: occasion.failure.message, intent: null };
    case 'watch-storm': {
      const { folder, photos: count, credits } = occasion;
      const [wait, came, cost] = count === 1 ? ['waits', 'It came', 'it costs'] : ['wait', 'They came', 'they cost'];
      const title = `${count.toLocaleString('en-US')} new ${count === 1 ? 'photo' : 'photos'} ${wait} for your click`;
      const price = credits === null ? '' : `; ${cost} about ${priceText(credits)}`;
      return { title, body: `${came} to “${folder}” at once. Nothing was sent yet${price}.`, intent: WATCH_VIEW };
    }
    case 'watch-no-service': {
      const { folders, practice, failure } = occasion;
      const [first = ''] = folders;
      const title = folders.length === 1 ? `“${first}” is not watched` : `${folders.length} folders are not watched`;
      const body =
        failure.code === 'no_service'
          ? `There is no service to send photos to. ${watchedAgain(practice)}`
          : `${failure.message} Then new photos are picked up.`;
      return { title, body, intent: WATCH_VIEW };
    }
    case 'watch-unavailable':
      return { title: `“${occasion.folder}” cannot be reached`, body: occasion.failure.message, intent: WATCH_VIEW };
    case 'watch-cap': {
      const what = occasion.why === 'photos-a-day' ? 'photos' : 'credits';
      const rest = `${photos(occasion.photos)} ${occasion.photos === 1 ? 'waits' : 'wait'} for tomorrow`;
      const title = `“${occasion.folder}” has reached its ${what} for today`;
      return { title, body: `${rest}, unless you raise the limit.`, intent: WATCH_VIEW };
    }
  }
}

/** @param batches at least one */
function finishedNotice(batches: readonly Finished[]): Notice {
  const [first] = batches;
  const counts = batches.map((batch) => batch.counts);
  const body = outcome(counts);
  if (first !== undefined && batches.length === 1) {
    return { title: `“${first.name}” is finished`, body, intent: { kind: 'show-batch', batchId: first.batchId } };
  }
  return { title: `${batches.length} batches are finished`, body, intent: null };
}

function outcome(counts: readonly StateCounts[]): string {
  const sum = (state: keyof StateCounts) => counts.reduce((total, count) => total + count[state], 0);
  const parts = [`${photos(sum('succeeded'))} enhanced`];
  const [failed, uncertain] = [sum('failed'), sum('uncertain')];
  if (failed > 0) parts.push(`${failed.toLocaleString('en-US')} failed`);
  if (uncertain > 0) parts.push(`${uncertain.toLocaleString('en-US')} need${uncertain === 1 ? 's' : ''} your decision`);
  return `${parts.join(', ')}.`;
}

/** As the window has it: `13.68 credits`, and what is less than a tenth more exactly. */
function priceText(credits: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: credits < 0.1 ? 4 : 2 };
  return `${credits.toLocaleString('en-US', digits)} ${credits === 1 ? 'credit' : 'credits'}`;
}
