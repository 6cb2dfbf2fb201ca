// What is told to those who do not look at the window: occasions for notifications, and the status for tray and dock.
import type { QueueState } from '../contract/values.ts';
import type { StateCounts } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';

/** What is worth a notification; each is told once. */
export type Occasion =
  | {
      /** Nothing of the batch is left to do. Told once for each run of it: after a retry, once more. */
      readonly kind: 'batch-finished';
      readonly batchId: number;
      readonly name: string;
      readonly counts: StateCounts;
      readonly credits: number;
      /** Where its last picture was saved; null when none was. */
      readonly outDir: string | null;
    }
  | { readonly kind: 'queue-stopped'; readonly failure: Failure }
  | WatchedPhotos
  | {
      /** So many new photos came at once that they wait for a click; the number is that of when they stopped coming. */
      readonly kind: 'watch-storm';
      readonly folder: string;
      readonly photos: number;
      /** What they will probably cost, credits; null in practice, which is free. */
      readonly credits: number | null;
    }
  | {
      /** The app began, and nothing is taken from folders since there is no service to send to; told once. */
      readonly kind: 'watch-no-service';
      /** Their names, one or more. */
      readonly folders: readonly string[];
      /** Whether all of them are set up for practice. */
      readonly practice: boolean;
      /** Why there is none. */
      readonly failure: Failure;
    }
  | {
      /** A watch folder that could be reached cannot be any more. */
      readonly kind: 'watch-unavailable';
      readonly folder: string;
      readonly failure: Failure;
    }
  | {
      /** A watch folder has taken what it may take today; told once a day and folder. */
      readonly kind: 'watch-cap';
      readonly folder: string;
      readonly why: 'photos-a-day' | 'credits-a-day';
      /** New photos that wait for the next day. */
      readonly photos: number;
    };

/** What came of photos of a watch folder, a few moments together: the day's batch has no end to tell of. */
export interface WatchedPhotos {
  readonly kind: 'watched-photos';
  readonly watchId: number;
  /** The folder's name. */
  readonly folder: string;
  readonly enhanced: number;
  /** File names of those that failed. */
  readonly failed: readonly string[];
  /** How many may have been charged without a result. */
  readonly uncertain: number;
}

/** Watch folders, for the tray. */
export interface WatchStatus {
  /** Folders that are watched now: not those that are paused, cannot be reached, or belong to another service. */
  readonly folders: number;
  /** Photos that came today, in all folders. */
  readonly photosToday: number;
  /** Photos that came at once and wait for a click. */
  readonly waiting: number;
  /** Folders that cannot be reached, and are not paused. */
  readonly away: number;
  /** Folders from which nothing is taken since no service can be had, and which are not paused. */
  readonly resting: number;
}

/** Photos that may be paid for while their pictures are still to come. Those of practice cost nothing, and are left out. */
export interface Owed {
  /** At the service in use, with what is just being sent or saved, or waits for a folder or for room on the disk. */
  readonly here: number;
  /** At services that are not in use: nobody fetches them. Those whose record has expired are left out. */
  readonly elsewhere: number;
}

export interface Status {
  /** Null while no service is in use, or while it is being changed. */
  readonly queue: QueueState | null;
  readonly practice: boolean;
  /** Photos on which something is still to happen by itself; without those that wait for their watch folder. */
  readonly unfinished: number;
  /** Photos that are done, of the batches now at work; of a watch folder's, since it last had nothing to do. */
  readonly done: number;
  /** Whether something happens now, or paid pictures are on their way: the machine should not go to sleep then. */
  readonly running: boolean;
  /** There also while nothing runs and no service is in use. */
  readonly owed: Owed;
  readonly watching: WatchStatus;
}

export const NOTHING_OWED: Owed = { here: 0, elsewhere: 0 };

export const NOT_WATCHING: WatchStatus = { folders: 0, photosToday: 0, waiting: 0, away: 0, resting: 0 };
