// Whether a watched folder is there and is the one it was, asked so that a drive that does not answer holds nothing up.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, FailureError, systemCode, type Failure } from '../domain/failure.ts';
import type { History } from '../history/history.ts';
import type { StoredWatch } from '../history/watches.ts';
import { DEFAULT_FOLDER, PRACTICE_FOLDER } from '../intake/output-folders.ts';
import { realOf, statOf } from '../intake/inputs.ts';
import { IntakeError } from '../intake/intake-error.ts';
import { awayFailure, causeOf, lookAtRoot, type RootLook } from '../intake/root-guard.ts';
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

/**
 * Whether another folder may lie in the place of a watched one that was not looked at for a while. Devices are numbered
 * anew when they are connected; so the inode tells. Of the root of a drive no number tells anything: many drives have the
 * same there, and the next card in a reader often has the device of the one before.
 */
export async function isMaybeAnother({ path, identity }: StoredWatch, look: There): Promise<boolean> {
  if (identity === null) return false;
  const inodeOf = (one: string) => one.split(':')[1];
  if (inodeOf(identity) !== inodeOf(look.identity)) return true;
  try {
    const real = await realOf(path);
    const parent = dirname(real);
    return parent === real || (await statOf(parent)).dev !== (await statOf(real)).dev;
  } catch {
    return true;
  }
}

/** Whether a folder is the empty place of a drive that is away: on another drive than it was, when there were files. */
export async function isEmptyMountPoint(watch: StoredWatch, look: There, { watches }: History): Promise<boolean> {
  const deviceOf = (identity: string) => identity.split(':')[0];
  if (watch.identity === null || deviceOf(watch.identity) === deviceOf(look.identity)) return false;
  if (!watches.hasFiles(watch.id)) return false;
  // A result that could not wait may have made its folder there.
  const names = await readdir(watch.path);
  return names.every((name) => name === DEFAULT_FOLDER || name === PRACTICE_FOLDER);
}

/** Why a folder that is there cannot be watched, by what was thrown. */
export function unusable(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof IntakeError && error.code === 'bad_output') return failure('bad_output', { detail });
  return awayFailure(causeOf(systemCode(error instanceof IntakeError ? error.cause : error)), detail);
}
