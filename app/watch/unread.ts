// What of a folder cannot even be looked at: sub-folders without permission, names that are no text. Found by looking
// through the folder, and shown with what is waited for: once it can be looked at, its photos are taken.
import { relative } from 'node:path';
import type { LeftOut } from '../intake/intake-error.ts';
import { markOf } from './look.ts';
import type { Waiting } from './pending.ts';
import type { Reach } from './reach.ts';

export type UnreadPlace = Omit<Waiting, 'since'>;

export class Unread {
  #places: readonly Waiting[] = [];

  get count(): number {
    return this.#places.length;
  }

  list(limit: number): readonly Waiting[] {
    return this.#places.slice(0, limit);
  }

  /** @param places what a look through the folder found. @param now milliseconds since the epoch */
  set(places: readonly UnreadPlace[], now: number): void {
    const since = new Map(this.#places.map((place) => [place.path, place.since]));
    this.#places = places.map(({ path, reason }) => ({ path, reason, since: since.get(path) ?? now }));
  }
}

/** Of what a look through a folder left out, what may be photos of it, or hold some, and cannot be read. */
export async function unreadIn(leftOut: readonly LeftOut[], reach: Reach): Promise<readonly UnreadPlace[]> {
  const unread: UnreadPlace[] = [];
  for (const one of leftOut) {
    if (one.reason !== 'unreadable') continue;
    const path = relative(reach.path, one.path);
    if (one.folder !== true && !reach.wants(path)) continue;
    if (isNoText(path) || !(await isGone(path, reach))) unread.push({ path, reason: one.message });
  }
  return unread;
}

/** Whether a path holds a name that is no text: it is handed out with replacement characters, under which nothing is found. */
export function isNoText(path: string): boolean {
  return path.includes('\u{FFFD}');
}

/** Whether there is no such file. What cannot be told counts as there. */
export async function isGone(path: string, reach: Reach): Promise<boolean> {
  return (await markOf(reach.fileOf(path)).catch(() => 'unknown' as const)) === null;
}
