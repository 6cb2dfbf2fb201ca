// Watch folders, as they cross from the core to the window.
import type { Failure } from '../domain/failure.ts';
import type { Hold, WatchSettings, WatchState } from '../domain/watch.ts';

/** A file that is waited for: it is not whole yet. */
export interface WaitingFile {
  readonly name: string;
  /** What it waits for, for a photographer: “still being written”, “its end is missing”, … */
  readonly reason: string;
  /** Since when, milliseconds since the epoch. */
  readonly since: number;
}

/** A file that came and is no photo that can be sent. */
export interface LeftOutFile {
  /** Higher for one that was looked at later. */
  readonly id: number;
  readonly name: string;
  /** Why, and what can be done, in a sentence or two. */
  readonly reason: string;
}

/** Files that are not sent, and are not waited for either. */
export interface LeftOutFiles {
  /** By their content. */
  readonly count: number;
  /** The last 20 of them, newest first. */
  readonly files: readonly LeftOutFile[];
  /** RAW files by their names, as the last look through the folder found them; also those that were there before. */
  readonly raw: number;
}

/** Photos that are there and new, and are not sent yet. */
export interface HeldPhotos {
  readonly why: Hold;
  readonly photos: number;
  /** What they will probably cost, credits; 0 in practice. */
  readonly credits: number;
  /** Names these photos: a release gives it back, and sends none that came later. */
  readonly agreement: number;
}

/** What became of photos that the user let go; those that changed meanwhile, or are no photos, are in none of the four. */
export interface ReleasedPhotos {
  readonly queued: number;
  /** Not sent, and nothing charged: the same content was enhanced with the same parameters, or is about to be. */
  readonly known: number;
  /** For the day's limits, the hours, their folder, or until they are whole. */
  readonly waiting: number;
  /** Not there any more: deleted or renamed since they were offered. */
  readonly gone: number;
}

/** Photos of a folder on the present local day. */
export interface WatchToday {
  readonly queued: number;
  readonly enhanced: number;
  readonly failed: number;
  /** Waiting in the queue, or on their way. */
  readonly unfinished: number;
  /** Those of them that wait in the queue because the folder is paused or outside its hours. */
  readonly resting: number;
  /** Came, and are not sent again: the same content was enhanced with the same parameters, or is about to be. */
  readonly known: number;
  /** Credits spent so far. */
  readonly credits: number;
  /** The day's batch, the last of several; null before the first photo. */
  readonly batchId: number | null;
}

/** A photo of a folder that was sent lately. */
export interface LastPhoto {
  readonly jobId: number;
  readonly batchId: number;
  /** Whether there is an enhanced picture to be shown. */
  readonly enhanced: boolean;
  /** Changes when its pictures may have. */
  readonly version: number;
}

export interface WatchRow {
  readonly id: number;
  /** The folder's name. */
  readonly name: string;
  /** To be read, never to be sent back. */
  readonly path: string;
  readonly practice: boolean;
  readonly settings: WatchSettings;
  /** What a photo usually costs, credits; 0 in practice. */
  readonly usualCost: number;
  /** To be read. */
  readonly outputFolder: string;
  readonly outputFolderChosen: boolean;
  readonly state: WatchState;
  readonly paused: boolean;
  /** Why it is unavailable, or what hampers watching while it goes on; null when all is well. */
  readonly trouble: Failure | null;
  /** Whether it is looked through again and again, and why: chosen, a network drive, or the system's limits. */
  readonly polling: 'chosen' | 'network' | 'limits' | null;
  /** New photos that wait; null when none does. */
  readonly held: HeldPhotos | null;
  /** Photos that are queued, and wait there because the folder is paused or outside its hours. */
  readonly resting: number;
  /** Photos that were there before watching began, and are left alone until asked for; null when there are none. */
  readonly existing: HeldPhotos | null;
  /** Files that are not whole yet, and the first 20 of them. */
  readonly waitingCount: number;
  readonly waiting: readonly WaitingFile[];
  readonly leftOut: LeftOutFiles;
  readonly today: WatchToday;
  /** The last photos, newest first, 12 at most. */
  readonly last: readonly LastPhoto[];
  /** When a photo came last, milliseconds since the epoch; null before the first. */
  readonly lastAt: number | null;
}
