// Small pictures, made once and kept in the data folder, within a bound. A scrolling window asks for many at once and
// looks only at the last: the newest request goes first, and what nobody waits for any more is not made.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tier, Which } from '../contract/pictures.ts';
import { classify } from '../domain/failure.ts';
import type { Thumbnail, ThumbnailRequest } from '../domain/picture.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { makeFolder } from '../lib/make-folder.ts';

export interface ThumbnailsOptions {
  readonly media: { thumbnail(request: ThumbnailRequest): Promise<Thumbnail> };
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of the thumbnails; made if it is not there. */
  readonly dir: string;
}

export interface Wanted {
  readonly jobId: number;
  readonly which: Which;
  readonly tier: Tier;
  readonly source: string;
  /** Of the source. */
  readonly stats: Pick<Stats, 'size' | 'mtimeMs'>;
}

interface Task {
  readonly wanted: Wanted;
  readonly target: string;
  /** Those who still wait for it; none is left when the window scrolled on. */
  readonly waiting: Set<(path: string | null) => void>;
}

const AT_ONCE = 2; // as many as there are picture processes: more would wait there, in the order of asking
/** All the pixels of a TIFF take seconds: a second slot stays for small pictures and for what is paid for. */
const FULL_AT_ONCE = 1;
const SMALL_PIXELS = 512;
const FULL_PIXELS = 65_500; // the most that a JPEG can have
/** A picture that could not be made is not tried again for so long. */
const FAILED_FOR_MS = 60_000;
const FAILURES_KNOWN = 2_000;
const LEFT_OVER_MS = 3_600_000; // what is written for so long is not being written any more
const JOBS_IN_A_FOLDER = 1_000;
const NAME = /^(\d{1,16})-(?:original|enhanced)-(?:quick|small|full)-[0-9a-f]{16}\.jpg$/;

export class Thumbnails {
  readonly #o: ThumbnailsOptions;
  /** Every picture that is asked for and not made yet, by its file. */
  readonly #tasks = new Map<string, Task>();
  /** Those of them that wait, newest last. */
  #waiting: Task[] = [];
  readonly #running = new Set<Task>();
  #stopped = false;
  /** When each failure may be forgotten, by the picture's file. */
  readonly #failures = new Map<string, number>();

  constructor(options: ThumbnailsOptions) {
    this.#o = options;
  }

  /**
   * The file of a picture, made if it is not there yet.
   * @param signal aborts the wait; what nobody waits for is not begun
   * @returns null when it cannot be made, or for a `quick` one when the camera put no preview into the photo
   */
  async file(wanted: Wanted, signal?: AbortSignal): Promise<string | null> {
    const target = this.#targetOf(wanted);
    if (await isThere(target)) return target;
    const failedUntil = this.#failures.get(target);
    if (failedUntil !== undefined && failedUntil > this.#o.clock.now()) return null;
    return await this.#wait(wanted, target, signal);
  }

  /** Whether a picture is made already. */
  async has(wanted: Wanted): Promise<boolean> {
    return await isThere(this.#targetOf(wanted));
  }

  /**
   * A picture that was made before, while its source cannot be looked at: of all that were made of it, the newest.
   * @returns null when none is kept
   */
  async kept({ jobId, which, tier }: Pick<Wanted, 'jobId' | 'which' | 'tier'>): Promise<string | null> {
    const folder = this.#folderOf(jobId);
    const names = await readdir(folder).catch(() => []); // none were made yet
    const paths = names
      .filter((name) => name.startsWith(`${jobId}-${which}-${tier}-`) && NAME.test(name))
      .map((name) => join(folder, name));
    const files = await Promise.all(paths.map(async (path) => ({ path, at: await madeAt(path) })));
    return files.sort((a, b) => b.at - a.at)[0]?.path ?? null;
  }

  /**
   * Removes what is left over and the oldest above a bound.
   * @param maxBytes what all thumbnails together may take
   * @param isKnown whether a job is still in the history
   */
  async trim(maxBytes: number, isKnown: (jobId: number) => boolean): Promise<void> {
    const kept: { path: string; bytes: number; at: number }[] = [];
    for (const folder of await foldersOf(this.#o.dir)) {
      for (const name of await readdir(folder)) {
        if (this.#stopped) return;
        const path = join(folder, name);
        const id = NAME.exec(name)?.[1];
        const stats = await stat(path).catch(() => null);
        if (stats === null) continue;
        if (id === undefined) {
          if (stats.mtimeMs < this.#o.clock.now() - LEFT_OVER_MS) await rm(path, { force: true, recursive: true });
        } else if (!isKnown(Number(id))) await rm(path, { force: true });
        else kept.push({ path, bytes: stats.size, at: stats.mtimeMs });
      }
    }
    kept.sort((a, b) => b.at - a.at);
    let bytes = 0;
    for (const file of kept) {
      bytes += file.bytes;
      if (bytes > maxBytes && !this.#stopped) await rm(file.path, { force: true });
    }
  }

  /** Answers all that wait with nothing, and makes nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const task of this.#waiting.splice(0)) this.#settle(task, null);
  }

  /** Changes with the source, so that what is cached under an address never shows another picture. */
  #targetOf({ jobId, which, tier, source, stats }: Wanted): string {
    const mark = `${source}\0${stats.size}\0${stats.mtimeMs}`;
    const hash = createHash('sha256').update(mark).digest('hex').slice(0, 16);
    return join(this.#folderOf(jobId), `${jobId}-${which}-${tier}-${hash}.jpg`);
  }

  #folderOf(jobId: number): string {
    return join(this.#o.dir, String(Math.floor(jobId / JOBS_IN_A_FOLDER)));
  }

  #wait(wanted: Wanted, target: string, signal: AbortSignal | undefined): Promise<string | null> {
    return new Promise((resolve) => {
      if (this.#stopped || signal?.aborted) return resolve(null);
      const known = this.#tasks.get(target);
      const task: Task = known ?? { wanted, target, waiting: new Set() };
      const answer = (path: string | null) => {
        signal?.removeEventListener('abort', leave);
        resolve(path);
      };
      const leave = () => {
        task.waiting.delete(answer);
        if (task.waiting.size === 0) this.#drop(task);
        resolve(null);
      };
      signal?.addEventListener('abort', leave, { once: true });
      task.waiting.add(answer);
      this.#tasks.set(target, task);
      // Asked for again is asked for anew: it goes to the front, unless it is being made.
      const isRunning = known !== undefined && !this.#waiting.includes(known);
      if (!isRunning) this.#waiting = [...this.#waiting.filter((other) => other !== task), task];
      this.#next();
    });
  }

  #drop(task: Task): void {
    if (!this.#waiting.includes(task)) return; // it is being made, and kept for the next time
    this.#waiting = this.#waiting.filter((other) => other !== task);
    this.#tasks.delete(task.target);
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const task = this.#takeNewest();
      if (!task) return;
      this.#running.add(task);
      void this.#make(task).then((path) => {
        this.#running.delete(task);
        this.#settle(task, path);
        this.#next();
      });
    }
  }

  /** The newest that may begin; a full picture only while no other is being made. */
  #takeNewest(): Task | undefined {
    const full = [...this.#running].filter(isFull).length;
    const at = this.#waiting.findLastIndex((task) => full < FULL_AT_ONCE || !isFull(task));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  #settle(task: Task, path: string | null): void {
    this.#tasks.delete(task.target);
    for (const answer of task.waiting) answer(path);
  }

  async #make({ wanted, target }: Task): Promise<string | null> {
    try {
      await makeFolder(dirname(target));
      const size = wanted.tier === 'full' ? FULL_PIXELS : SMALL_PIXELS;
      const { source, tier } = wanted;
      const { made } = await this.#o.media.thumbnail({ source, target, size, quick: tier === 'quick' });
      if (made) return target;
      this.#remember(target);
    } catch (error) {
      const { code, detail, retryable } = classify(error);
      if (!retryable) {
        this.#remember(target);
        this.#o.log.warn('thumbnail', { job: wanted.jobId, which: wanted.which, code, detail });
      }
    }
    return null;
  }

  #remember(target: string): void {
    this.#failures.delete(target);
    this.#failures.set(target, this.#o.clock.now() + FAILED_FOR_MS);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > FAILURES_KNOWN && oldest !== undefined) this.#failures.delete(oldest);
  }
}

function isFull({ wanted }: Task): boolean {
  return wanted.tier === 'full';
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/** Milliseconds since the epoch; 0 of a file that was just removed. */
async function madeAt(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}

async function foldersOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []); // none were made yet
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
}
