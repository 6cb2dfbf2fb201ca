// Files that are waited for because they are not whole yet: each has to be still for the settle time, and is then looked
// at. One timer for all of them; nothing of this is kept, since a scan finds them again.
import type { Clock } from '../lib/clock.ts';
import { Retaken } from './retaken.ts';

/** What a file was when it was last asked about. */
export interface Mark {
  readonly bytes: number;
  /** Whole milliseconds since the epoch. */
  readonly mtimeMs: number;
}

/** Whether a file is as it was. */
export function isSameMark(a: Mark, b: Mark): boolean {
  return a.bytes === b.bytes && a.mtimeMs === b.mtimeMs;
}

export interface Still extends Mark {
  /** For how long it is known to have been so, milliseconds. */
  readonly stillMs: number;
}

/** What is waited for, as it is shown. */
export interface Waiting {
  /** Below the folder, as it is written there. */
  readonly path: string;
  /** Since when it is waited for, milliseconds since the epoch. */
  readonly since: number;
  /** What it waits for, for a photographer. */
  readonly reason: string;
}

/** A file that is waited for. */
export interface Pending extends Mark, Waiting {}

interface Entry extends Mark {
  readonly path: string;
  readonly since: number;
  /** Whether it is recorded already, and may be what it was: it counts for no storm. */
  isKnown: boolean;
  bytes: number;
  mtimeMs: number;
  reason: string;
  /** Since when it is as it is, milliseconds since the epoch. */
  stillSince: number;
  /** When it is to be looked at next; null while it is. */
  due: number | null;
  /** Looks in a row that found it still and not whole. */
  failed: number;
  /** How often reading it ended the picture process. */
  crashed: number;
}

export interface PendingOptions {
  readonly clock: Clock;
  /** How long a file has to be still, milliseconds. */
  readonly settleMs: () => number;
  /** These were still for long enough, in the order in which they came; each is to be answered by `done` or `wait`. */
  readonly onDue: (paths: readonly string[]) => void;
}

/** Looks are at least so far apart, so that those of many files are made together, milliseconds. */
const TOGETHER_MS = 100;
/** A file that does not become whole is looked at more and more rarely, at least so often, milliseconds. */
const RAREST_MS = 60_000;
const ARRIVED = 'Just arrived: it must be still for a moment.';
const GROWING = 'Still being written.';
const AGAIN = 'It changed soon after it was taken, so it must be still for longer this time.';

export class PendingFiles {
  readonly #o: PendingOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #retaken: Retaken;
  #cancelTimer: (() => void) | null = null;
  #timerAt = Infinity;
  #lookedAt = -Infinity;

  constructor(options: PendingOptions) {
    this.#o = options;
    this.#retaken = new Retaken(() => options.clock.now());
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many came a moment ago and may be new photos: those that are waited for longer are not counted. */
  get coming(): number {
    let count = 0;
    for (const { failed, isKnown } of this.#entries.values()) if (failed === 0 && !isKnown) count += 1;
    return count;
  }

  /** Says of a file that is waited for that it is recorded already, and may be what it was. */
  setKnown(path: string, isKnown: boolean): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) entry.isKnown = isKnown;
  }

  /** The first of them, in the order in which they came. */
  list(limit: number): Pending[] {
    const first: Pending[] = [];
    for (const { path, since, reason, bytes, mtimeMs } of this.#entries.values()) {
      if (first.length === limit) break;
      first.push({ path, since, reason, bytes, mtimeMs });
    }
    return first;
  }

  /** What a file was when it was last asked about; null when it is not waited for. */
  get(path: string): Still | null {
    const entry = this.#entries.get(path);
    if (entry === undefined) return null;
    return { bytes: entry.bytes, mtimeMs: entry.mtimeMs, stillMs: this.#o.clock.now() - entry.stillSince };
  }

  /**
   * A file is as it is now: it is waited for, the longer the later it changed.
   * @param stillSince when it was known to be so already, milliseconds since the epoch
   */
  note(path: string, { bytes, mtimeMs }: Mark, stillSince?: number): void {
    const now = this.#o.clock.now();
    const usual = this.#o.settleMs();
    // One that is as it was recorded was not written meanwhile.
    const settleMs = stillSince === undefined ? this.#retaken.settleMs(path, usual) : usual;
    const since = stillSince ?? now;
    const due = since + settleMs;
    const fresh = { bytes, mtimeMs, stillSince: since, failed: 0, crashed: 0 };
    const entry = this.#entries.get(path);
    const come = { ...fresh, path, since: now, isKnown: false, reason: settleMs > usual ? AGAIN : ARRIVED };
    if (entry === undefined && due <= now) {
      this.#entries.set(path, { ...come, due: null });
      this.#o.onDue([path]);
      return;
    }
    if (entry === undefined) {
      this.#entries.set(path, { ...come, due });
    } else if (entry.bytes !== bytes || entry.mtimeMs !== mtimeMs) {
      Object.assign(entry, fresh, { due, reason: settleMs > usual ? AGAIN : GROWING });
    } else {
      // It may have been let go of, or may be read now.
      entry.stillSince = Math.min(entry.stillSince, since);
      if (entry.due !== null) entry.due = Math.min(entry.due, due);
    }
    this.#arm(due);
  }

  /** A file was found still and not whole: it is looked at again later, or sooner when it changes. */
  wait(path: string, mark: Mark, reason: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    if (!isSameMark(entry, mark) && entry.due !== null) return; // it changed since: then it waits for that already
    entry.failed += 1;
    entry.reason = reason;
    const delay = Math.min(RAREST_MS, this.#o.settleMs() * 2 ** Math.min(entry.failed - 1, 10));
    entry.due = this.#o.clock.now() + delay;
    this.#arm(entry.due);
  }

  /** Reading a file ended the picture process. @returns how often it has, since the file changed last */
  crash(path: string): number {
    const entry = this.#entries.get(path);
    if (entry === undefined) return 0;
    entry.crashed += 1;
    return entry.crashed;
  }

  /** A file needs no waiting any more. @returns whether it is as it was when it was looked at; if not, it still waits */
  done(path: string, mark?: Mark): boolean {
    const entry = this.#entries.get(path);
    if (entry !== undefined && mark !== undefined && (!isSameMark(entry, mark) || entry.due !== null)) return false;
    this.#entries.delete(path);
    return true;
  }

  /**
   * As `done`, of a file that was looked at. Should it be a photo, and change soon, it is waited for longer.
   * @param look.sha256 of a photo
   */
  taken({ path, mark, sha256 }: { readonly path: string; readonly mark: Mark; readonly sha256?: string }): boolean {
    if (!this.done(path, mark)) return false;
    if (sha256 !== undefined) this.#retaken.note(path, sha256);
    return true;
  }

  /** Looks now for what is due: who noted files that need no waiting need not wait for the timer, either. */
  lookNow(): void {
    this.#look();
  }

  clear(): void {
    this.#entries.clear();
    this.#retaken.clear();
    this.#disarm();
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = Infinity;
  }

  /** The timer may go off before anything is due: then it is set anew. */
  #arm(due: number): void {
    const at = Math.max(due, this.#lookedAt + TOGETHER_MS);
    if (at >= this.#timerAt) return;
    this.#disarm();
    this.#timerAt = at;
    this.#cancelTimer = this.#o.clock.after(at - this.#o.clock.now(), () => this.#look());
  }

  #look(): void {
    this.#disarm();
    const now = this.#o.clock.now();
    this.#lookedAt = now;
    const due: string[] = [];
    let next = Infinity;
    for (const entry of this.#entries.values()) {
      if (entry.due === null) continue;
      if (entry.due > now) {
        next = Math.min(next, entry.due);
        continue;
      }
      entry.due = null;
      due.push(entry.path);
    }
    if (next !== Infinity) this.#arm(next);
    if (due.length > 0) this.#o.onDue(due);
  }
}
