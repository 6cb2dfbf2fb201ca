// The history of a data folder, opened: by the one process that runs the queue, or beside it.
import type { Database } from 'better-sqlite3';
import { failure, systemCode } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { Attempts } from './attempts.ts';
import { backUpBeside } from './backups.ts';
import { BatchSummaries } from './batch-summaries.ts';
import { Batches } from './batches.ts';
import { ensureDataDir, historyExists, openAsGuest, openAsOwner } from './database.ts';
import { HistoryError, historyError } from './errors.ts';
import { Housekeeping } from './housekeeping.ts';
import { Jobs } from './jobs.ts';
import { Listing } from './listing.ts';
import type { Holder } from './lock.ts';
import { QueueLock, readHolder, signLock } from './lock.ts';
import type { Repair } from './repair.ts';
import { forgetRepair } from './repair.ts';
import { DiskReserve } from './reserve.ts';
import { Resting } from './resting.ts';
import { Settings } from './settings.ts';
import { Summaries } from './summaries.ts';
import { TotalsReader } from './totals.ts';
import { Watches } from './watches.ts';

export interface OpenOptions {
  /** The data folder; made if it is not there. */
  readonly dir: string;
  readonly clock: Clock;
}

/**
 * How long the lock is waited for, milliseconds. An owner outwaits a visitor, who holds it while he looks after the
 * history, and another one starting at the same moment; a visitor does well beside any holder.
 */
const OWNER_PATIENCE_MS = 1_000;
const VISITOR_PATIENCE_MS = 100;

export class History implements Disposable {
  readonly dir: string;
  /** What had to be repaired when it was opened. */
  readonly repair: Repair | null;
  readonly jobs: Jobs;
  readonly batches: Batches;
  readonly attempts: Attempts;
  readonly summaries: Summaries;
  readonly batchSummaries: BatchSummaries;
  readonly totals: TotalsReader;
  readonly listing: Listing;
  readonly housekeeping: Housekeeping;
  readonly settings: Settings;
  readonly watches: Watches;
  readonly resting: Resting;
  readonly #db: Database;
  readonly #lock: QueueLock | null;
  readonly #reserve: DiskReserve;

  private constructor(dir: string, db: Database, owned: { lock: QueueLock; repair: Repair | null } | null) {
    this.dir = dir;
    this.repair = owned?.repair ?? null;
    this.#db = db;
    this.#lock = owned?.lock ?? null;
    this.#reserve = new DiskReserve(dir);
    this.attempts = new Attempts(db);
    this.jobs = new Jobs(db, this.attempts, () => this.listing.forgetNames());
    this.batches = new Batches(db, this.jobs);
    this.summaries = new Summaries(db);
    this.batchSummaries = new BatchSummaries(db);
    this.totals = new TotalsReader(db);
    this.listing = new Listing(db);
    this.housekeeping = new Housekeeping(db);
    this.settings = new Settings(db);
    this.watches = new Watches(db);
    this.resting = new Resting(db);
  }

  /**
   * Opens the history to run its queue.
   * @param program who runs it, in words, for another process to be told
   * @param backUpLater leaves the daily backup to `backUpIfDue`, so that opening takes no longer once a day
   * @throws {HistoryError} `held` when another process runs it, `newer`, `unwritable`, `full`, …
   */
  static own(options: OpenOptions & { readonly program: string; readonly backUpLater?: boolean }): History {
    const { dir, clock } = options;
    ensureDataDir(dir);
    const lock = QueueLock.take(dir, OWNER_PATIENCE_MS);
    if (!lock) throw new HistoryError('held', heldSentence(dir));
    try {
      const { db, repair } = openAsOwner(dir, clock.now(), { dailyLater: options.backUpLater ?? false });
      const history = new History(dir, db, { lock, repair });
      try {
        signLock(db, options.program, clock.now());
        history.#reserve.keep();
        history.#settleRepair(clock.now());
        return history;
      } catch (error) {
        history[Symbol.dispose]();
        throw historyError(error, dir);
      }
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Opens the history to read it or to change single jobs, beside whoever runs its queue.
   * @throws {HistoryError}
   */
  static visit(options: OpenOptions): History {
    const { dir } = options;
    ensureDataDir(dir);
    // Nobody runs it: then this process may make it, bring it up to date and mend it, as its owner for a moment.
    const lock = QueueLock.take(dir, VISITOR_PATIENCE_MS);
    if (!lock) {
      if (!historyExists(dir)) throw new HistoryError('held', 'Another Lightbatch is just starting here. Try again.');
      return new History(dir, openAsGuest(dir), null);
    }
    try {
      const { db, repair } = openAsOwner(dir, options.clock.now());
      const history = new History(dir, db, { lock, repair });
      try {
        history.#settleRepair(options.clock.now());
        return history;
      } catch (error) {
        history[Symbol.dispose]();
        throw historyError(error, dir);
      }
    } finally {
      lock[Symbol.dispose]();
    }
  }

  /**
   * Runs a write that must not fail for want of disk space, because it records what was paid for: when the disk is full,
   * the reserve is given up and the write is tried once more.
   */
  writeSurely<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      // A used-up quota (EDQUOT) and a full disk under the -shm or a flush come as I/O errors.
      if (!/^SQLITE_(FULL|IOERR)/.test(systemCode(error) ?? '')) throw error;
      this.#reserve.release();
      return write();
    }
  }

  /** Makes sure of the disk reserve again; false when there is no room for it. */
  keepReserve(): boolean {
    return this.#reserve.keep();
  }

  /**
   * Makes the daily backup if it is due, beside all else.
   * @param now milliseconds since the epoch
   * @returns whether it was due
   * @throws system and SQLite errors: there is none then, and the next call tries again
   */
  backUpIfDue(now: number): Promise<boolean> {
    return backUpBeside(this.#db, this.dir, now);
  }

  /** Several writes as one: all or none. */
  atomically<T>(writes: () => T): T {
    return this.#db.transaction(writes).immediate();
  }

  /** SQLite's plan for a statement, for the tests that hold it. */
  explain(sql: string, ...values: unknown[]): string {
    return (this.#db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[])
      .map((row) => row.detail)
      .join('\n');
  }

  [Symbol.dispose](): void {
    if (this.#db.open) this.#db.close();
    this.#lock?.[Symbol.dispose]();
  }

  /**
   * After a restore from a backup, what waited in the backup may have been submitted since: to submit it again could pay
   * twice, so it waits for the user. Recorded together with the end of the repair: both or none.
   */
  #settleRepair(now: number): void {
    const { repair } = this;
    if (!repair) return;
    const doubt = failure('history_restored');
    this.atomically(() => {
      if (repair.restoredFrom !== null) {
        for (const id of this.summaries.ids({ states: ['preparing'] })) this.jobs.apply(id, { type: 'release' }, now);
        for (const id of this.summaries.ids({ states: ['queued', 'submitting'] })) {
          const job = this.jobs.get(id);
          if (job && !job.request && !job.outputUrl) this.jobs.apply(id, { type: 'doubt', failure: doubt }, now);
        }
        this.watches.distrust();
      }
      forgetRepair(this.#db);
    });
  }
}

function heldSentence(dir: string): string {
  const holder = readHolderOf(dir);
  if (!holder) return 'Another Lightbatch is running the queue of this data folder.';
  const since = new Date(holder.since).toLocaleString();
  return (
    `The queue of this data folder is run by ${holder.program} (process ${holder.pid} on ${holder.host}, since ${since}). ` +
    'Let it finish or quit it first, or choose another folder with --data.'
  );
}

/** Who holds the lock, as far as it can be read: the holder may be making the history at this moment. */
function readHolderOf(dir: string): Holder | null {
  try {
    if (!historyExists(dir)) return null;
    const db = openAsGuest(dir);
    try {
      return readHolder(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof HistoryError) return null; // that it is held is what matters, and is said in any case
    throw error;
  }
}
