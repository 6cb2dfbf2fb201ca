// SIGKILL of a watch between any two steps in its database: before a photo is recorded, between that and the queue, while
// what was there is recorded or let go of, and later. Whatever is left is made whole by watching again.
import { mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Crashes, generator } from './support.ts';

const PHOTOS = 8;
const KILLS = 5;
/** Steps in the database of a whole run: kills fall all over it. */
const LATEST = 90;
const NEVER = 0;
const ALL_QUEUED = new RegExp(`"today":\\{"queued":${PHOTOS},`);

const watch = ({ rig }: Crashes, ...more: string[]) => {
  return ['watch', rig.photos, ...rig.common, '--json', '--rpm', 'none', '--settle', '0.5', ...more];
};

async function killAgainAndAgain(crashes: Crashes, seed: number, command: readonly string[]): Promise<void> {
  const random = generator(seed);
  let kills = 0;
  for (let n = 0; n < KILLS; n += 1) {
    const hasDied = await crashes.dieAtWrite(command, 1 + Math.floor(random() * LATEST), ALL_QUEUED);
    kills += hasDied ? 1 : 0;
  }
  expect(kills).toBeGreaterThanOrEqual(3); // or the moments come too late to prove anything
  await crashes.dieAtWrite(command, NEVER, ALL_QUEUED);
  await crashes.finish();
}

describe('a watch that is killed again and again', { timeout: 400_000 }, () => {
  it.each([1, 2])('misses and doubles nothing of what was there and is asked for (seed %i)', async (seed) => {
    const crashes = await Crashes.open(PHOTOS);
    await killAgainAndAgain(crashes, seed, watch(crashes, '--existing', '--yes'));
  });

  it.each([3, 4])('misses and doubles nothing of what comes (seed %i)', async (seed) => {
    const crashes = await Crashes.open(PHOTOS);
    const { photos, dir } = crashes.rig;
    const card = join(dir, 'card');
    renameSync(photos, card);
    mkdirSync(photos);
    await crashes.dieAtWrite(watch(crashes), NEVER, /"state":"watching"/); // nothing is there, so all that comes is new
    for (const path of crashes.sources.keys()) renameSync(join(card, basename(path)), path);
    await killAgainAndAgain(crashes, seed, watch(crashes));
  });
});
