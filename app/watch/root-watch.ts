// Whether a watched folder is there and is the one it was, asked so that a drive that does not answer holds nothing up.
import { readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, FailureError, systemCode, type Failure } from '../domain/failure.ts';
import type { History } from '../history/history.ts';
import type { StoredWatch } from '../history/watches.ts';
import { DEFAULT_FOLDER, PRACTICE_FOLDER } from '../intake/output-folders.ts';
import { IntakeError } from '../intake/intake-error.ts';
import { awayFailure, causeOf, lookAtRoot, type RootLook } from '../intake/root-guard.ts';
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

/** A watched folder that is there, compared with what it was. */
export interface Recognised {
  /** What is kept of it, to know it again. */
  readonly identity: string;
  /** Whether another folder may lie in its place. */
  readonly mayBeAnother: boolean;
}

/**
 * Whether a folder is the one that is watched; `empty` where it is the empty place of a drive that is away.
 * @throws the system's error when it cannot be read
 */
export async function recognise(watch: StoredWatch, look: There, history: History): Promise<Recognised | 'empty'> {
  // What cannot be told of the volume is left to the folder itself.
  const volume = await volumeOf(watch.path).catch(() => ({ isTop: true, mark: null }));
  if (await isEmptyMountPoint(watch, { look, volume }, history)) return 'empty';
  return { identity: identityOf(look, volume), mayBeAnother: isMaybeAnother(watch, look, volume) };
}

/** Device and inode, whether it is the top of its volume, and that one's mark. */
function identityOf(look: There, volume: Volume): string {
  return [look.identity, volume.isTop ? 'top' : 'below', volume.mark ?? ''].join(':');
}

/** @param identity of earlier versions it ends with the inode */
function readIdentity(identity: string) {
  const [device, inode, place, ...mark] = identity.split(':');
  return { device, inode, wasTop: place === 'top', mark: mark.join(':') || null };
}

/**
 * Whether another folder may lie in the place of a watched one that was not looked at for a while. Devices are numbered
 * anew when they are connected; so the inode tells, and of the top of a volume the volume's own mark: many volumes have
 * the same inode there, and the next card in a reader often has the device of the one before.
 */
function isMaybeAnother({ identity }: StoredWatch, look: There, volume: Volume): boolean {
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
async function isEmptyMountPoint(
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

/** Why a folder that is there cannot be watched: the trouble behind an error. */
export function unusable(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof IntakeError && error.code === 'bad_output') return failure('bad_output', { detail });
  return awayFailure(causeOf(systemCode(error instanceof IntakeError ? error.cause : error)), detail);
}
