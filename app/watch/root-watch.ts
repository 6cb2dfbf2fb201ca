// Whether a watched folder is there and is the one it was, asked so that a drive that does not answer holds nothing up.
import { readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { History } from '../history/history.ts';
import type { StoredWatch } from '../history/watches.ts';
import { DEFAULT_FOLDER, PRACTICE_FOLDER } from '../intake/output-folders.ts';
import { awayFailure, lookAtRoot, type RootLook } from '../intake/root-guard.ts';
import { compareVolumes, volumeOf, type Volume } from '../intake/volume.ts';
import { sleep, type Clock } from '../lib/clock.ts';

export type There = Extract<RootLook, { there: true }>;

/** How long an answer is waited for: so many steps of so many milliseconds. */
const PATIENCE = { steps: 2, stepMs: 5_000 } as const;

export class RootWatch {
  readonly #clock: Clock;
  readonly #platform: NodeJS.Platform;
  /** A share whose server is gone may not answer for minutes; it is not asked again before it has. */
  #unanswered = false;

  constructor({ clock, platform }: { readonly clock: Clock; readonly platform: NodeJS.Platform }) {
    this.#clock = clock;
    this.#platform = platform;
  }

  /** Looks at a folder; one that does not answer for ten seconds is not there. */
  async look(path: string, ending: AbortSignal): Promise<RootLook> {
    const silent: RootLook = {
      there: false,
      failure: awayFailure('silent', 'its drive or share does not answer'),
    };
    if (this.#unanswered) return silent;
    this.#unanswered = true;
    const answered = new AbortController();
    const answer = lookAtRoot(path, this.#platform).then((look) => {
      this.#unanswered = false;
      answered.abort();
      return look;
    });
    const signal = AbortSignal.any([answered.signal, ending]);
    for (let step = 0; step < PATIENCE.steps && !signal.aborted; step += 1) {
      await sleep(this.#clock, PATIENCE.stepMs, signal);
      await nextTurn(); // an answer that came while the machine slept counts
    }
    return answered.signal.aborted ? await answer : silent;
  }
}

/** What is kept of a folder, to know it again: device and inode, whether it is the top of its volume, and that one's mark. */
export function identityOf(look: There, volume: Volume): string {
  return [look.identity, volume.isTop ? 'top' : 'below', volume.mark ?? ''].join(':');
}

/** @param identity of earlier versions it ends with the inode */
function readIdentity(identity: string) {
  const [device, inode, place, ...mark] = identity.split(':');
  return { device, inode, wasTop: place === 'top', mark: mark.join(':') || null };
}

/** What can be told of the volume that a folder lies on; what cannot be told is left to the folder itself. */
export async function volumeAt(path: string): Promise<Volume> {
  return volumeOf(path).catch(() => ({ isTop: true, mark: null }));
}

/**
 * Whether another folder may lie in the place of a watched one that was not looked at for a while. Devices are numbered
 * anew when they are connected; so the inode tells, and of the top of a volume the volume's own mark: many volumes have
 * the same inode there, and the next card in a reader often has the device of the one before.
 */
export function isMaybeAnother({ identity }: StoredWatch, look: There, volume: Volume): boolean {
  if (identity === null) return false;
  const was = readIdentity(identity);
  if (was.inode !== readIdentity(look.identity).inode) return true;
  const isSame = compareVolumes(was.mark, volume.mark);
  return isSame === null ? volume.isTop : !isSame;
}

/**
 * Whether a folder is the empty place of a drive that is away: on another volume than it was, when there were files or it
 * was the top of that.
 */
export async function isEmptyMountPoint(
  watch: StoredWatch,
  { look, volume }: { readonly look: There; readonly volume: Volume },
  { watches }: History,
): Promise<boolean> {
  if (watch.identity === null) return false;
  const was = readIdentity(watch.identity);
  if (was.device === readIdentity(look.identity).device || compareVolumes(was.mark, volume.mark) === true) return false;
  if (!watches.hasFiles(watch.id) && (!was.wasTop || volume.isTop)) return false;
  // A result that could not wait may have made its folder there.
  const names = await readdir(watch.path);
  return names.every((name) => name === DEFAULT_FOLDER || name === PRACTICE_FOLDER);
}
