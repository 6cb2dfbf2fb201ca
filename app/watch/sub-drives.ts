// Drives that are mounted in a watched folder: photos of one that is unplugged wait, as those of a folder that is away.
// Kept as long as the program runs; after that its photos fail as missing, and are taken up when they are back.
import { dirname, join } from 'node:path';
import { statOf } from '../intake/inputs.ts';
import { mapLimited } from '../intake/map-limited.ts';
import { isInside } from './reach.ts';

const AT_ONCE = 16;

export class SubDrives {
  readonly #platform: string;
  /** Device of each drive that was there, by the topmost folder of it that photos were found in or below. */
  readonly #devices = new Map<string, bigint>();
  /** Those for which photos wait. */
  readonly #awaited = new Set<string>();

  constructor(platform: string) {
    this.#platform = platform;
  }

  /**
   * Learns which of the folders with photos are on another device than the watched one.
   * @param root the watched folder, as the history knows it
   * @param folders below it; their parents are looked at, too
   */
  async learn(root: string, folders: Iterable<string>): Promise<void> {
    const all = new Set<string>();
    for (const folder of folders) for (let at = folder; at !== '.' && at !== ''; at = dirname(at)) all.add(at);
    const paths = [...all].map((folder) => join(root, folder));
    const devices = new Map([[root, await deviceOf(root)]]);
    const found = await mapLimited(paths, AT_ONCE, deviceOf);
    for (const [index, path] of paths.entries()) devices.set(path, found[index] ?? null);
    for (const [path, device] of devices) {
      const above = path === root ? device : (devices.get(dirname(path)) ?? null);
      if (device !== null && above !== null && device !== above) this.#devices.set(path, device);
      // What lies there is no drive’s any more, and there are photos in it.
      else if (device !== null) this.#devices.delete(path);
    }
  }

  /** Whether a photo (absolute path) is on a drive in the folder that is not there at the moment. */
  async isAway(path: string): Promise<boolean> {
    for (const [place, device] of this.#devices) {
      if (!isInside(path, place, this.#platform) || (await deviceOf(place)) === device) continue;
      this.#awaited.add(place);
      return true;
    }
    return false;
  }

  /** Whether a drive is back, or another one in its place, for which photos waited. Told once. */
  async isOneBack(): Promise<boolean> {
    let isBack = false;
    for (const place of this.#awaited) {
      const device = await deviceOf(place);
      if (device === null || device === (await deviceOf(dirname(place)))) continue;
      this.#awaited.delete(place);
      this.#devices.set(place, device);
      isBack = true;
    }
    return isBack;
  }
}

/** Null where there is nothing, or it cannot be told. */
async function deviceOf(path: string): Promise<bigint | null> {
  return statOf(path).then(({ dev }) => dev, () => null); // prettier-ignore
}
