// Which file the window is shown for a job's picture. Only what the history names is ever read: the photo of a job, or
// the result that was saved for it; while that is away, what was made of it before.
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureAddress, Tier } from '../contract/pictures.ts';
import { HEAD_BYTES, sniff } from '../domain/format.ts';
import type { Thumbnail, ThumbnailRequest } from '../domain/picture.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Wanted } from './thumbnails.ts';
import { Thumbnails } from './thumbnails.ts';

/** A file to be shown, with its media type. */
export interface PictureFile {
  readonly path: string;
  readonly type: string;
  /** Whether it was made earlier, of a file that is away now: what it would be made of today nobody can tell. */
  readonly kept?: true;
}

export interface PicturesOptions {
  readonly history: History;
  readonly media: { thumbnail(request: ThumbnailRequest): Promise<Thumbnail> };
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDir: string;
  /** What all thumbnails together may take, bytes; 1 GB if not given. */
  readonly cacheBytes?: number | undefined;
}

const CACHE_BYTES = 1024 ** 3;
const JPEG = 'image/jpeg';

/** What stands in for a picture whose file is away, best first. A full one is full or it is none. */
const STAND_INS: Readonly<Record<Tier, readonly Tier[]>> = {
  quick: ['small', 'quick'],
  small: ['small', 'quick'],
  full: ['full'],
};

/** What a browser shows as it is, by content. */
const SHOWN: Readonly<Record<string, string>> = {
  jpeg: JPEG,
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
};

export class Pictures {
  readonly #history: History;
  readonly #log: Log;
  readonly #cacheBytes: number;
  readonly #thumbnails: Thumbnails;
  #tidying: Promise<void> = Promise.resolve();

  constructor({ history, media, clock, log, dataDir, cacheBytes }: PicturesOptions) {
    this.#history = history;
    this.#log = log;
    this.#cacheBytes = cacheBytes ?? CACHE_BYTES;
    this.#thumbnails = new Thumbnails({ media, clock, log, dir: join(dataDir, 'thumbs') });
  }

  /**
   * The file for an address. A `quick` one of a photo without a preview is answered with the `small` one; when the photo
   * or its result is away (another drive, another place), with what was made of it while it was there.
   * @param signal aborts when nobody waits for it any more
   * @returns null when there is no such picture, or none that can be shown
   */
  async file(address: PictureAddress, signal?: AbortSignal): Promise<PictureFile | null> {
    const source = this.#sourceOf(address);
    if (source === null) return null;
    const stats = await fileStats(source);
    if (stats === null) return await this.#kept(address);
    const { id: jobId, which, tier } = address;
    const wanted: Wanted = { jobId, which, tier, source, stats };
    if (tier === 'full') return await this.#full(wanted, signal);
    const small: Wanted = { ...wanted, tier: 'small' };
    const isQuick = tier === 'quick' && !(await this.#thumbnails.has(small));
    const quick = isQuick ? await this.#thumbnails.file(wanted, signal) : null;
    if (quick !== null) return { path: quick, type: JPEG };
    const path = await this.#thumbnails.file(small, signal);
    return path === null ? null : { path, type: JPEG };
  }

  /** Keeps the thumbnails within their bound; what goes wrong with that is logged. */
  tidy(): Promise<void> {
    const isKnown = (id: number) => this.#history.jobs.get(id) !== null;
    this.#tidying = this.#thumbnails
      .trim(this.#cacheBytes, isKnown)
      .catch((error: unknown) => this.#log.warn('thumbnails', { error: String(error) }));
    return this.#tidying;
  }

  async stop(): Promise<void> {
    this.#thumbnails.stop();
    await this.#tidying;
  }

  async #kept({ id: jobId, which, tier }: PictureAddress): Promise<PictureFile | null> {
    for (const one of STAND_INS[tier]) {
      const path = await this.#thumbnails.kept({ jobId, which, tier: one });
      if (path !== null) return { path, type: JPEG, kept: true };
    }
    return null;
  }

  async #full(wanted: Wanted, signal: AbortSignal | undefined): Promise<PictureFile | null> {
    const type = await typeOf(wanted.source);
    if (type !== null) return { path: wanted.source, type };
    const path = await this.#thumbnails.file(wanted, signal);
    return path === null ? null : { path, type: JPEG };
  }

  #sourceOf({ id, which }: PictureAddress): string | null {
    const job = this.#history.jobs.get(id);
    if (job === null) return null;
    return which === 'original' ? job.sourcePath : (job.output?.path ?? null);
  }
}

async function fileStats(path: string): Promise<Stats | null> {
  const stats = await stat(path).catch(() => null); // gone, or its drive is
  return stats?.isFile() ? stats : null;
}

/** The media type of a file that a browser shows as it is; null for any other, whatever its name says. */
async function typeOf(path: string): Promise<string | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return SHOWN[sniff(head.subarray(0, bytesRead))?.format ?? ''] ?? null;
  } catch {
    return null; // a drive that does not answer
  } finally {
    await file.close();
  }
}
