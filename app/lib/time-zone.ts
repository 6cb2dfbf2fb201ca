// The time zone of this machine, which changes when a laptop travels: Node learns it once, at the start.
import { lstatSync, readlinkSync } from 'node:fs';

/** Names the zone on macOS and Linux: a link, or a copy. On Windows there is none, and the zone stays that of the start. */
const ZONE_FILE = '/etc/localtime';

/**
 * Keeps local times right when the machine changes its time zone. What `TZ` says of this process goes before that.
 * @param renew has this process read the zone anew: some tens of milliseconds where the zone is known by a copy
 * @returns to be called before a local time is read: it costs some microseconds as long as nothing changed
 */
export function timeZoneFollower(file = ZONE_FILE, renew = renewTimeZone): () => void {
  let known = markOf(file);
  return () => {
    const mark = markOf(file);
    if (mark === known) return;
    known = mark;
    if (process.env['TZ'] === undefined) renew();
  };
}

/** Node forgets the zone it knows whenever this variable is touched. */
function renewTimeZone(): void {
  delete process.env['TZ'];
}

/** The link itself tells, not the file it leads to; null when there is none. */
function markOf(file: string): string | null {
  try {
    const stats = lstatSync(file);
    return `${stats.ino} ${stats.mtimeMs} ${stats.isSymbolicLink() ? readlinkSync(file) : stats.size}`;
  } catch {
    return null;
  }
}
