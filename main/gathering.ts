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

/** So long no other watched photo must come to its end; and the first that failed waits no longer. Milliseconds. */
const QUIET_MS = 60_000;
/** At least so long is between two notifications, or two of photos that failed; and the first photo waits no longer. */
const APART_MS = 600_000;

export class Gathering implements Disposable {
  readonly #o: GatheringOptions;
  #gathered: Watched[] = [];
  /** When the first came that is not told yet, and the first of them that tells of trouble. */
  #since = Infinity;
  #troubleSince = Infinity;
  #shownAt = -Infinity;
  #troubleShownAt = -Infinity;
  #cancel: (() => void) | null = null;

  constructor(options: GatheringOptions) {
    this.#o = options;
  }

  add(watched: Watched): void {
    const now = this.#o.clock.now();
    this.#gathered.push(watched);
    this.#since = Math.min(this.#since, now);
    if (isTrouble(watched)) this.#troubleSince = Math.min(this.#troubleSince, now);
    this.#cancel?.();
    this.#cancel = this.#o.clock.after(this.#dueAt(now) - now, () => this.flush());
  }

  /** Shows now what is gathered, if anything is. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#gathered.length === 0) return;
    const told = this.#gathered.splice(0);
    this.#since = this.#troubleSince = Infinity;
    if (!this.#o.show(watchedNotice(told))) return;
    this.#shownAt = this.#o.clock.now();
    if (told.some(isTrouble)) this.#troubleShownAt = this.#shownAt;
  }

  /** When no more come, but not for ever; and what failed is not kept back by what went well. */
  #dueAt(now: number): number {
    const free = this.#shownAt + APART_MS;
    const calm = Math.max(now + QUIET_MS, free);
    const latest = Math.max(this.#since + APART_MS, free);
    const trouble = Math.max(this.#troubleSince + QUIET_MS, this.#troubleShownAt + APART_MS);
    return Math.max(now, Math.min(calm, latest, trouble));
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

function isTrouble({ failed, uncertain }: Watched): boolean {
  return failed.length > 0 || uncertain > 0;
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
  const decide = `${photos(uncertain)} ${uncertain === 1 ? 'needs' : 'need'} your decision`;
  if (enhanced === 0 && failed.length === 0) {
    const body = `In ${place}. The service may have charged ${uncertain === 1 ? 'it' : 'them'}, so nothing is sent again by itself.`;
    return { title: decide, body, intent: { kind: 'show', view: 'uncertain' } };
  }
  const parts: string[] = [];
  const some = all.filter((folder) => folder.photos > 0);
  if (all.length > 1 && enhanced > 0)
    parts.push(`${listed(some.map(({ name, photos: count }) => `“${name}” ${count.toLocaleString('en-US')}`))}.`);
  if (enhanced === 0) parts.push(`${listed(failed)}.`);
  else if (failed.length > 0) parts.push(`${failed.length.toLocaleString('en-US')} failed: ${listed(failed)}.`);
  if (uncertain > 0) parts.push(`${decide}.`);
  const title =
    enhanced === 0 ? `${photos(failed.length)} in ${place} failed` : `${photos(enhanced)} enhanced in ${place}`;
  return { title, body: parts.join(' ') || 'All went well.', intent: WATCH_VIEW };
}

const NAMED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}
