// Pictures: thumbnails and preparations against libvips' own command line, on the same files, with as many processes.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { MediaPool } from '../../app/media/pool.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import type { Bench, Figure } from './bench.ts';
import { samplePhoto, Scratch } from './rig.ts';

const run = promisify(execFile);

const PHOTOS = 12;
const [WIDTH, HEIGHT] = [6000, 4000]; // 24 megapixels
const THUMBNAIL = 512; // pixels
const UPLOAD_MEGAPIXELS = 16;
const ROUNDS = 3;

type Work = (source: string, target: string) => Promise<unknown>;

async function pictures(): Promise<Figure[]> {
  await using scratch = await Scratch.make();
  const sources = await makePhotos(scratch.dir);
  const size = Math.min(2, availableParallelism());
  using pool = new MediaPool({ spawn: () => spawnNodeWorker(), size });
  const thumbnail = (quick: boolean) => (source: string, target: string) =>
    pool.thumbnail({ source, target, size: THUMBNAIL, quick });
  const prepare: Work = (source, target) => pool.prepare({ source, target, maxMegapixels: UPLOAD_MEGAPIXELS });
  await all(sources, size, scratch.dir, thumbnail(false)); // the processes are up
  const vips = await vipsCommands();
  const ours = { thumbnail: [] as number[], prepare: [] as number[] };
  const theirs = { thumbnail: [] as number[], prepare: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.thumbnail.push(await all(sources, size, scratch.dir, thumbnail(false)));
    ours.prepare.push(await all(sources, size, scratch.dir, prepare));
    if (!vips) continue;
    theirs.thumbnail.push(await all(sources, size, scratch.dir, vips.thumbnail));
    theirs.prepare.push(await all(sources, size, scratch.dir, vips.prepare));
  }
  const figures: Figure[] = [
    { figure: 'thumbnails a second, 24 megapixels', value: median(ours.thumbnail), unit: '1/s' },
    { figure: 'preparations a second, 24 megapixels', value: median(ours.prepare), unit: '1/s' },
    { figure: 'photos looked at a second before they are queued', value: await inspected(pool), unit: '1/s' },
  ];
  if (!vips) {
    console.error('vipsthumbnail is not installed (Debian: libvips-tools), so there is nothing to compare with');
    return figures;
  }
  return [
    ...figures,
    { figure: 'thumbnails to vipsthumbnail', value: median(ours.thumbnail) / median(theirs.thumbnail) },
    { figure: 'preparations to vipsthumbnail', value: median(ours.prepare) / median(theirs.prepare) },
  ];
}

/** Photographs of 24 megapixels: the samples, enlarged, with the grain that a camera has. */
async function makePhotos(dir: string): Promise<string[]> {
  const sources: string[] = [];
  for (let n = 0; n < PHOTOS; n += 1) {
    const path = join(dir, `photo-${n}.jpg`);
    const noise = {
      width: WIDTH,
      height: HEIGHT,
      channels: 3 as const,
      background: '#888',
      noise: { type: 'gaussian' as const, mean: 128, sigma: 12 },
    };
    const grain = await sharp({ create: noise }).png({ compressionLevel: 0 }).toBuffer();
    await sharp(samplePhoto(n))
      .resize(WIDTH, HEIGHT, { fit: 'fill' })
      .composite([{ input: grain, blend: 'soft-light' }])
      .jpeg({ quality: 90 })
      .toFile(path);
    sources.push(path);
  }
  return sources;
}

/** The same work by libvips' command line, one process a photo; null where it is not installed. */
async function vipsCommands(): Promise<{ thumbnail: Work; prepare: Work } | null> {
  const env = { ...process.env, VIPS_CONCURRENCY: '1' };
  const vips = (args: string[]) => run('vipsthumbnail', args, { env });
  try {
    await vips(['--version']);
  } catch {
    return null;
  }
  const side = Math.round(Math.sqrt((UPLOAD_MEGAPIXELS * 1_000_000 * WIDTH) / HEIGHT));
  return {
    thumbnail: (source, target) => vips([source, '--size', `${THUMBNAIL}x${THUMBNAIL}`, '-o', `${target}.jpg[Q=80]`]),
    prepare: (source, target) => vips([source, '--size', `${side}x${side}`, '-o', `${target}.jpg[Q=95,no_subsample]`]),
  };
}

async function inspected(pool: MediaPool): Promise<number> {
  const paths = Array.from({ length: 2_000 }, (_, n) => samplePhoto(n));
  const begin = performance.now();
  await pool.inspect(paths);
  return paths.length / ((performance.now() - begin) / 1_000);
}

/** @returns photos a second */
async function all(sources: readonly string[], atOnce: number, dir: string, work: Work): Promise<number> {
  const out = join(dir, 'out');
  await mkdir(out, { recursive: true });
  const waiting = sources.map((source, n) => ({ source, target: join(out, `${n}.jpg`) }));
  const begin = performance.now();
  const lane = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await work(next.source, next.target);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return sources.length / ((performance.now() - begin) / 1_000);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export const pictureBenches: Bench[] = [{ name: 'pictures', run: pictures }];
