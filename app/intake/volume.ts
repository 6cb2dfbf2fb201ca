// Which volume a folder lies on, told by what the volume keeps from one connection to the next: its numbers in this
// system are given anew each time.
import type { BigIntStats } from 'node:fs';
import { readdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { realOf, statOf } from './inputs.ts';

export interface Volume {
  /** Whether the folder is the volume's topmost one. */
  readonly isTop: boolean;
  /** What the volume is known by: see `compareVolumes`; null when nothing of it can be had. */
  readonly mark: string | null;
}

/** Where Linux tells of its volumes. */
export interface VolumePlaces {
  readonly mounts: string;
  readonly byUuid: string;
}

const LINUX: VolumePlaces = { mounts: '/proc/self/mountinfo', byUuid: '/dev/disk/by-uuid' };
/** What has no time of its own says 0, 1601 or 1980; nanoseconds since the epoch. */
const NO_BIRTH_BEFORE = BigInt(Date.UTC(1990, 0)) * 1_000_000n;

/**
 * Looks which volume a folder lies on. Nothing is written, and no program is run.
 * @param path absolute; links are followed
 * @throws the system's error when the folder cannot be looked at
 */
export async function volumeOf(path: string, places: VolumePlaces = LINUX): Promise<Volume> {
  const real = await realOf(path);
  const top = await topOf(real);
  const stats = await statOf(top);
  const uuid = process.platform === 'linux' ? await uuidOf(real, stats.dev, places).catch(() => null) : null;
  return { isTop: top === real, mark: uuid ?? (await birthOf(top, stats).catch(() => null)) };
}

/**
 * Whether two marks are of one volume; null when that cannot be told. Serial numbers of FAT volumes tell two of them
 * apart, but never that they are one: whole series of cards, and cameras that format, give all the same.
 */
export function compareVolumes(a: string | null, b: string | null): boolean | null {
  if (a === null || b === null) return null;
  const [kind, other] = [a, b].map((mark) => mark.split(' ', 1)[0]);
  if (kind !== other) return null; // the one was not to be had at that time
  if (a !== b) return false;
  return kind === 'fat' ? null : true;
}

/** The topmost folder of the same device. */
async function topOf(real: string): Promise<string> {
  const { dev } = await statOf(real);
  for (let at = real; ;) {
    const parent = dirname(at);
    if (parent === at || (await statOf(parent)).dev !== dev) return at;
    at = parent;
  }
}

async function uuidOf(real: string, dev: bigint, { mounts, byUuid }: VolumePlaces): Promise<string | null> {
  const source = sourceOf(await readFile(mounts, 'utf8'), real);
  // Some file systems have a device number that is no drive's; then the mounted drive tells.
  const mounted = source?.startsWith('/') ? await statOf(source).then(({ rdev }) => rdev, () => null) : null; // prettier-ignore
  for (const uuid of await readdir(byUuid)) {
    const { rdev } = await statOf(join(byUuid, uuid));
    if (rdev !== dev && rdev !== mounted) continue;
    return `${/^[0-9a-f]{4}-[0-9a-f]{4}$/i.test(uuid) ? 'fat' : 'uuid'} ${uuid}`;
  }
  return null;
}

/** What is mounted where a path lies. Source of the format: proc_pid_mountinfo(5). */
function sourceOf(mounts: string, real: string): string | null {
  let best: { point: string; source: string } | null = null;
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const point = unescaped(before.split(' ')[4] ?? '');
    const source = unescaped(after.split(' ')[1] ?? '');
    const holds = point === real || real.startsWith(point.endsWith('/') ? point : `${point}/`);
    // What was mounted later at one place hides what was there.
    if (point !== '' && holds && (best === null || point.length >= best.point.length)) best = { point, source };
  }
  return best?.source ?? null;
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** When it was formatted: its topmost folder was made then. With its size, because drives are formatted by the dozen. */
async function birthOf(top: string, { dev, birthtimeNs }: BigIntStats): Promise<string | null> {
  if (birthtimeNs < NO_BIRTH_BEFORE) return null;
  const { type, blocks, bsize } = await statfs(top, { bigint: true });
  const serial = process.platform === 'win32' ? dev : 0n; // of the volume, there
  return `born ${birthtimeNs} ${blocks * bsize} ${type} ${serial}`;
}
