// SIGKILL at moments nobody chose, one after the other, until the work is done.
import { expect, it } from 'vitest';
import { Crashes, generator } from './support.ts';

const PHOTOS = 20;
const KILLS = 5;
/** Messages of a whole run with four moments each are some 400: kills fall all over it. */
const LATEST = 110;

it.each([1, 2, 3])(
  'five kills at random moments lose and double nothing (seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const crashes = await Crashes.open(PHOTOS);
    const random = generator(seed);
    let kills = 0;
    for (let n = 0; n < KILLS; n += 1) {
      let left = 1 + Math.floor(random() * LATEST);
      const killed = await crashes.killAt(n === 0 ? crashes.enhance : crashes.resume, () => (left -= 1) === 0);
      kills += killed ? 1 : 0;
    }
    expect(kills).toBeGreaterThanOrEqual(3); // or the moments come too late to prove anything
    await crashes.finish();
  },
);
