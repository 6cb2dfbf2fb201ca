// What came of watched photos, gathered: a photographer who shoots does not want to hear of every photo.
import type { Occasion } from '../app/backend/backend.ts';
import type { Intent } from '../app/contract/values.ts';
import type { Clock } from '../app/lib/clock.ts';
import type { Notice } from './notify.ts';
import { photos } from './status.ts';

type Watched = Extract<Occasion, { kind: 'watched-photos' }>;

export interface GatheringOptions {
  readonly clock: Clock;
  /** @returns whether it was shown: what the user does not want to see keeps nothing later back */
  readonly show: (notice: Notice) => boolean;
}

export const WATCH_VIEW: Intent = { kind: 'show', view: 'watch' };

/** So long no other watched photo must come to its end, milliseconds. */
export const QUIET_MS = 60_000;
/** At least so long is between two notifications, milliseconds. */
export const APART_MS = 600_000;

export class Gathering implements Disposable {
  readonly #o: GatheringOptions;
  #gathered: Watched[] = [];
  #shownAt = -Infinity;
  #cancel: (() => void) | null = null;

  constructor(options: GatheringOptions) {
    this.#o = options;
  }

  add(watched: Watched): void {
    this.#gathered.push(watched);
    const wait = Math.max(QUIET_MS, this.#shownAt + APART_MS - this.#o.clock.now());
    this.#cancel?.();
    this.#cancel = this.#o.clock.after(wait, () => this.#show());
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #show(): void {
    this.#cancel = null;
    if (this.#o.show(watchedNotice(this.#gathered.splice(0)))) this.#shownAt = this.#o.clock.now();
  }
}

/** @param watched at least one */
function watchedNotice(watched: readonly Watched[]): Notice {
  const folders = new Map<number, { name: string; photos: number }>();
  for (const { watchId, folder, enhanced } of watched) {
    folders.set(watchId, { name: folder, photos: (folders.get(watchId)?.photos ?? 0) + enhanced });
  }
  const all = [...folders.values()];
  const enhanced = all.reduce((sum, folder) => sum + folder.photos, 0);
  const failed = watched.flatMap((one) => one.failed);
  const uncertain = watched.reduce((sum, one) => sum + one.uncertain, 0);
  const [first] = all;
  const place = first !== undefined && all.length === 1 ? `“${first.name}”` : `${all.length} watch folders`;
  const parts: string[] = [];
  if (all.length > 1)
    parts.push(`${listed(all.map(({ name, photos: count }) => `“${name}” ${count.toLocaleString('en-US')}`))}.`);
  if (failed.length > 0) parts.push(`${failed.length.toLocaleString('en-US')} failed: ${listed(failed)}.`);
  if (uncertain > 0) parts.push(`${photos(uncertain)} ${uncertain === 1 ? 'needs' : 'need'} your decision.`);
  const title = `${photos(enhanced)} enhanced in ${place}`;
  return { title, body: parts.join(' ') || 'All went well.', intent: WATCH_VIEW };
}

const NAMED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}
