// Files that are waited for because they are not whole yet: each has to be still for the settle time, and is then looked
// at. One timer for all of them; nothing of this is kept, since a scan finds them again.
import type { Clock } from '../lib/clock.ts';

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

/** A file that is waited for. */
export interface Pending extends Mark {
  /** Below the folder, as it is written there. */
  readonly path: string;
  /** Since when it is waited for, milliseconds since the epoch. */
  readonly since: number;
  /** What it waits for, for a photographer. */
  readonly reason: string;
}

interface Entry extends Mark {
  readonly path: string;
  readonly since: number;
  /** Whether it is recorded already, and may be what it was: it counts for no storm. */
  isKnown: boolean;
  bytes: number;
  mtimeMs: number;
  reason: string;
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

export class PendingFiles {
  readonly #o: PendingOptions;
  readonly #entries = new Map<string, Entry>();
  #cancelTimer: (() => void) | null = null;
  #timerAt = Infinity;
  #lookedAt = -Infinity;

  constructor(options: PendingOptions) {
    this.#o = options;
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
  get(path: string): Mark | null {
    const entry = this.#entries.get(path);
    return entry === undefined ? null : { bytes: entry.bytes, mtimeMs: entry.mtimeMs };
  }

  /**
   * A file is as it is now: it is waited for, the longer the later it changed.
   * @param stillSince when it was known to be so already, milliseconds since the epoch
   */
  note(path: string, { bytes, mtimeMs }: Mark, stillSince?: number): void {
    const now = this.#o.clock.now();
    const due = (stillSince ?? now) + this.#o.settleMs();
    const entry = this.#entries.get(path);
    const come = { path, since: now, bytes, mtimeMs, isKnown: false, reason: ARRIVED, failed: 0, crashed: 0 };
    if (entry === undefined && due <= now) {
      this.#entries.set(path, { ...come, due: null });
      this.#o.onDue([path]);
      return;
    }
    if (entry === undefined) {
      this.#entries.set(path, { ...come, due });
    } else if (entry.bytes !== bytes || entry.mtimeMs !== mtimeMs) {
      Object.assign(entry, { bytes, mtimeMs, due, failed: 0, crashed: 0, reason: GROWING });
    } else if (entry.due !== null) {
      // It may have been let go of, or may be read now.
      entry.due = Math.min(entry.due, due);
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

  /** Looks now for what is due: who noted files that need no waiting need not wait for the timer, either. */
  lookNow(): void {
    this.#look();
  }

  clear(): void {
    this.#entries.clear();
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
