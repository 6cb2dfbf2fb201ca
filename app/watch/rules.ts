// Where a watch folder may be, and where its results may go: nothing is watched that is not meant, and no result comes to
// lie where it would be taken for a photo.
import { realpath, stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { failure, FailureError, systemCode } from '../domain/failure.ts';
import { outputStem, templateProblem } from '../domain/naming.ts';
import type { WatchFolder } from '../domain/watch.ts';
import { canonical } from '../intake/output-folders.ts';
import { isInside, outputOf } from './reach.ts';

export interface RuleBasis {
  readonly platform: string;
  readonly dataDir: string;
  readonly homeDir: string;
  /** All other watch folders. */
  readonly others: readonly Place[];
}

/** What the rules look at of a folder. */
export type Place = Pick<WatchFolder, 'path' | 'out' | 'service' | 'settings'>;

/**
 * A folder that may be watched, by its real path.
 * @throws {FailureError} `watch_not_a_folder`, `watch_unavailable` when it cannot be looked at
 */
export async function realFolder(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new FailureError(failure('watch_unavailable', { detail: code }), { cause: error });
    }
  }
  throw new FailureError(failure('watch_not_a_folder'));
}

/**
 * Refuses a folder that holds far more than photos: a whole drive, the home folder, what they are in, and our own data.
 * @throws {FailureError} `watch_too_wide`
 */
export async function refuseTooWide(real: string, { platform, dataDir, homeDir }: RuleBasis): Promise<void> {
  const [home, data] = await Promise.all([homeDir, dataDir].map(canonical));
  const isDrive = parse(real).root === real && !real.startsWith('\\\\'); // a share is a folder to who uses it
  const holds = (folder: string | undefined) => folder !== undefined && isInside(folder, real, platform);
  if (!isDrive && !holds(home) && !holds(data) && !isInside(real, data ?? real, platform)) return;
  throw new FailureError(failure('watch_too_wide', { detail: real }));
}

/**
 * Refuses a folder, or settings of it, by which a photo would be sent twice or a result taken for a photo.
 * @throws {FailureError} `watch_twice`, `watch_output_loop`, `would_overwrite`, `bad_template`
 */
export async function refuseLoops(place: Place, basis: RuleBasis): Promise<void> {
  const { platform, others } = basis;
  const one = await spotOf(place);
  for (const other of await Promise.all(others.map(spotOf))) {
    if (reaches(one, other.root, platform) || reaches(other, one.root, platform)) {
      throw new FailureError(failure('watch_twice', { detail: other.root }));
    }
    if (feeds(one, other, platform) || feeds(other, one, platform)) {
      throw new FailureError(failure('watch_output_loop', { detail: other.root }));
    }
  }
  refuseOwnNames(place, one, platform);
}

/** A folder as it shall be; without a number it is to be added. */
export type Planned = Place & { readonly id: number | null };

/**
 * Refuses folders as they shall be all together, so that nothing is done of a plan that cannot be done as a whole.
 * @param stored all folders as they are
 * @throws {FailureError} as `realFolder`, `refuseTooWide`, `refuseLoops`
 */
export async function refusePlan(
  planned: readonly Planned[],
  stored: readonly (Place & { readonly id: number })[],
  basis: RuleBasis,
): Promise<void> {
  const kept = stored.filter(({ id }) => planned.every((place) => place.id !== id));
  for (const place of planned) {
    if (place.id === null) await refuseTooWide(await realFolder(place.path), basis);
    await refuseLoops(place, { ...basis, others: [...kept, ...planned.filter((other) => other !== place)] });
  }
}

interface Spot {
  /** Real path. */
  readonly root: string;
  /** Where results go, links resolved as far as it exists. */
  readonly out: string;
  readonly recursive: boolean;
}

async function spotOf(place: Place): Promise<Spot> {
  return {
    root: await canonical(place.path),
    out: await canonical(outputOf(place)),
    recursive: place.settings.recursive,
  };
}

/** Whether photos in a folder are photos of a watch folder. */
function reaches({ root, recursive }: Spot, folder: string, platform: string): boolean {
  return isInside(folder, root, platform) && (recursive || isInside(root, folder, platform));
}

/** Whether results of one watch folder come to lie where another one looks for photos. */
function feeds(from: Spot, to: Spot, platform: string): boolean {
  if (isInside(from.out, to.out, platform) && !isInside(to.root, to.out, platform)) return false; // it leaves that out
  if (reaches(to, from.out, platform)) return true;
  return from.recursive && isInside(to.root, from.out, platform); // in a sub-folder that mirrors one of the photos
}

/** Beside its photo, a result of the very same name would take its place, or be taken for being there already. */
function refuseOwnNames({ settings }: Place, { root, out }: Spot, platform: string): void {
  const { template } = settings.output;
  const problem = templateProblem(template);
  if (problem !== null) throw new FailureError(failure('bad_template', { message: problem }));
  if (!isInside(root, out, platform) || !isInside(out, root, platform)) return;
  const { parameters } = settings;
  const name = 'photo';
  if (outputStem(template, { ...parameters, date: '2000-01-01', batch: 'batch', name }) !== name) return;
  throw new FailureError(failure('would_overwrite'));
}
