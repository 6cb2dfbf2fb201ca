// The values that cross from the core to the window. Plain data, no paths to act on: the window names things by their ids.
import type { Attempt, OutputSettings, StateCounts } from '../domain/batch.ts';
import type { Charged, Failure } from '../domain/failure.ts';
import type { JobState } from '../domain/job.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { PhotoPrice, Quote } from '../domain/quote.ts';

/** A photo in the grid or in a line of the history. */
export interface JobRow {
  readonly id: number;
  readonly batchId: number;
  readonly state: JobState;
  /** File name of the photo, with its extension. */
  readonly name: string;
  /** Pixels of the photo, upright. */
  readonly width: number;
  readonly height: number;
  /** Not to be taken up before this time (milliseconds since the epoch); 0 is at once. */
  readonly notBefore: number;
  /** When the service accepted it, while it is there (milliseconds since the epoch). */
  readonly submittedAt: number | null;
  readonly failure: Failure | null;
  readonly output: { readonly name: string; readonly width: number; readonly height: number } | null;
  /** Runs since the user last asked for it. */
  readonly attempts: number;
  readonly charged: Charged;
  readonly credits: number;
  /** Whether the service may hold a paid picture for it: a retry asks for that first. */
  readonly owed: boolean;
  /** Whether the user decided to leave it as it is, uncertain. */
  readonly left: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
}

/** Everything that is known of a job. */
export interface JobDetail {
  readonly row: JobRow;
  readonly batchName: string;
  readonly service: string;
  readonly parameters: Parameters;
  /** To be read, never to be sent back. */
  readonly sourcePath: string;
  readonly outputPath: string | null;
  readonly outputBytes: number | null;
  /** SHA-256 in hex. */
  readonly sourceHash: string | null;
  readonly outputHash: string | null;
  readonly requestId: string | null;
  readonly attempts: readonly Attempt[];
}

/** A batch in the sidebar and in its own header. */
export interface BatchRow {
  readonly id: number;
  readonly name: string;
  readonly service: string;
  /** Whether it was made with the practice service. */
  readonly practice: boolean;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  readonly createdAt: number;
  readonly counts: StateCounts;
  /** Credits that its requests cost so far. */
  readonly credits: number;
  /** When all of it will be done, seconds from now; null while nothing of it runs or too little is known. */
  readonly secondsLeft: number | null;
  /** Photos finished a minute, lately; null while too little is known. */
  readonly photosPerMinute: number | null;
}

/** Why photos of one output folder wait while all others go on. */
export interface HeldFolder {
  /** To be read, never to be sent back. */
  readonly folder: string;
  readonly photos: number;
  readonly failure: Failure;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

/** Photos of one batch that wait because their watch folder is paused or outside its hours. */
export interface RestingPhotos {
  readonly batchId: number;
  /** The watch folder's name. */
  readonly folder: string;
  readonly photos: number;
  readonly why: 'paused' | 'hours';
}

/** The limit that was set for the plan holds requests back; the service did not have to ask. */
export interface Paced {
  /** Requests a minute that are used at the moment. */
  readonly perMinute: number;
  /** When the last of those that wait now can go (milliseconds since the epoch). */
  readonly until: number;
}

/** How the queue as a whole is. */
export interface QueueState {
  readonly unfinished: number;
  /** Those of them that wait for their watch folder, batch by batch. */
  readonly resting: readonly RestingPhotos[];
  /** Photos of these that nothing is done for yet; all others are in progress. */
  readonly waiting: number;
  readonly atService: number;
  readonly concurrency: number;
  readonly paused: boolean;
  /** Why the queue stopped; null while it runs. */
  readonly stopped: Failure | null;
  /** When the service is tried again, if it is out of reach (milliseconds since the epoch). */
  readonly heldUntil: number | null;
  /** Until when the service asked to wait (milliseconds since the epoch). */
  readonly limitedUntil: number | null;
  /** What requests wait for because the plan allows no more a minute; null when none waits for that. */
  readonly paced: Paced | null;
  readonly heldFolders: readonly HeldFolder[];
  /** How long a photo usually takes at the service, milliseconds: what progress on a tile is measured by. */
  readonly typicalMs: number;
  /** What a photo that is sent now will probably cost. */
  readonly photoPrice: PhotoPrice;
  /** Photos that wait for the user's decision, of all batches at this service. */
  readonly uncertain: number;
  /** Photos that failed, of all batches at this service. */
  readonly failed: number;
  /** What was sent to a service that costs money and is not the one in use: nobody fetches it, and it expires. */
  readonly owedElsewhere: OwedElsewhere;
}

export interface OwedElsewhere {
  /** Photos that may be paid for, and whose results are not here. */
  readonly photos: number;
  /** When the first of them was sent, milliseconds since the epoch; null when there is none. */
  readonly oldestSubmittedAt: number | null;
}

export type ServiceKind = 'none' | 'segmind' | 'practice';

/** Where an API key is: kept by the system's keyring, or in memory until the app is quit. */
export type KeyKept = 'keyring' | 'session';

export interface ServiceState {
  readonly kind: ServiceKind;
  readonly key: { readonly last4: string; readonly kept: KeyKept } | null;
  /** Whether this system has a keyring to keep a key in. */
  readonly canKeepKey: boolean;
  /** What the account holds; null while it is not known. */
  readonly balance: { readonly credits: number; readonly at: number } | null;
  /** Why the balance could not be asked for; null when it could. */
  readonly trouble: Failure | null;
  /** Why no service can be had; null while one is in use, or is being changed. */
  readonly missing: Failure | null;
}

/** Ranges that settings have, beside the parameters' own. */
export const CONCURRENCY = { min: 1, max: 100 } as const;
export const REQUESTS_PER_MINUTE = { min: 1, max: 10_000 } as const;
export const UPLOAD_MEGAPIXELS = { min: 1, max: 100 } as const;
export const TILE_SIZE = { min: 96, max: 480 } as const;

export const JOB_ORDERS = ['added', 'name', 'state', 'finished'] as const;
export type JobOrder = (typeof JOB_ORDERS)[number];

/** Pages on the web that the app may open, by what they are: their addresses are the core's. */
export const LINKS = ['segmind', 'segmind-keys', 'segmind-credits', 'model', 'licences'] as const;
export type Link = (typeof LINKS)[number];

export const THEMES = ['system', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];

export interface Preferences {
  /** Photos at the service at a time. */
  readonly concurrency: number;
  /** Requests a minute that the plan allows; null for no limit. */
  readonly requestsPerMinute: number | null;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  /** Whether folders are taken with their sub-folders. */
  readonly recursive: boolean;
  readonly notifications: boolean;
  readonly startAtLogin: boolean;
  /** Whether closing the window leaves the app at work in the tray. */
  readonly keepInTray: boolean;
  readonly theme: Theme;
  /** Longest side of a tile in the grid, pixels. */
  readonly tileSize: number;
}

/** Parameters and output settings under a name. */
export interface Preset {
  readonly name: string;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
}

/** Something the user should be told once: a repaired history, a key that could not be kept, … */
export interface Notice {
  readonly id: string;
  readonly tone: 'info' | 'warning';
  readonly text: string;
}

/** Everything but batches and photos. */
export interface AppState {
  readonly version: string;
  /** `darwin`, `win32` or `linux`: for the names of keys and folders in sentences. */
  readonly platform: string;
  readonly service: ServiceState;
  readonly preferences: Preferences;
  /** The output folder that was chosen for all new batches; null for a folder `Enhanced` beside the photos. To be read. */
  readonly outputFolder: string | null;
  readonly presets: readonly Preset[];
  readonly notices: readonly Notice[];
  /** To be read. */
  readonly dataFolder: string;
}

/** The state of the app, or why it cannot work: a history that is newer, held by another process, on a full disk, … */
export type Opening =
  | { readonly open: true; readonly app: AppState }
  | { readonly open: false; readonly code: string; readonly message: string };

export interface LeftOutFile {
  readonly name: string;
  readonly reason: string;
  /** What it is and what to do, for a photographer. */
  readonly message: string;
}

/** What was found in the files and folders of an intake. */
export interface IntakePlan {
  readonly id: number;
  /** Names these numbers: a start gives it back, and spends nothing beyond them. */
  readonly agreement: number;
  /** A name for the batch. */
  readonly name: string;
  /** All photos found, whatever becomes of them; 0 when `leftOut` tells why there is nothing to do. */
  readonly photos: number;
  readonly leftOut: readonly LeftOutFile[];
  /** All that were left out; `leftOut` holds the first 200 of them. */
  readonly leftOutCount: number;
  /** Photos that an earlier, unfinished batch with the same parameters already has: they go on there. */
  readonly joined: number;
  /** Those of them whose job had ended without the picture that is, or may be, paid for: it is asked for again, for nothing. */
  readonly fetched: number;
  /** Photos of which an earlier request may have been charged: not sent again without consent. */
  readonly doubtful: number;
  /** Of the photos that would be sent: without those joined, doubtful, or skipped because their result is there. */
  readonly quote: Quote;
  /** Balance of the account is lower than what these photos and those ahead of them will take. */
  readonly short: boolean;
  /** How the first photo's result will be called; null when there is none. */
  readonly example: string | null;
  /** Output folders, to be read; the first 20 of them. */
  readonly outputFolders: readonly string[];
  readonly outputFolderChosen: boolean;
  /** Results go where earlier ones of the same photos are, whatever is chosen for all batches. */
  readonly outputFolderKept: boolean;
  /** New photos whose result is already there under the name it would get: what becomes of them is `onExists`. */
  readonly existing: number;
  /** Those of them that were made with just these parameters: sent again they cost again, for the same picture. */
  readonly identical: number;
}

export interface StartedBatch {
  /** The new batch; null when all photos go on in earlier ones. */
  readonly batchId: number | null;
  /** The earlier batch in which photos go on, or the last of several; null when none does. */
  readonly joinedBatchId: number | null;
  readonly jobs: number;
  readonly joined: number;
  readonly doubtful: number;
}

/** What a retry does nothing with. */
export interface LeftAlone {
  /** Photos that may have been charged: not submitted again without consent. */
  readonly withheld: number;
  /** Photos of another service than the one in use, which were left alone; not there when there is none. */
  readonly elsewhere?: number;
  /** Photos that a later batch enhanced, which were left alone; not there when there is none. */
  readonly mended?: number;
  /** Photos that another job is at, or may have been charged for, which were left alone; not there when there is none. */
  readonly underWay?: number;
}

export interface RetriedJobs extends LeftAlone {
  readonly retried: number;
}

/** What a retry would do at this moment, with consent to a second payment or without. */
export interface RetryPlan extends LeftAlone {
  /** Photos that would be sent anew, each at its price. */
  readonly sent: number;
  /** Those of them that were charged for certain before; not there when there is none, as without consent. */
  readonly paid?: number;
  /** Photos that may be paid for already: the service is asked for them first, for nothing. */
  readonly fetched: number;
  /** All of these, and those that are withheld: a retry of them alone takes nothing else that may fail meanwhile. */
  readonly ids: readonly number[];
}

/** A missing photo was found and waits to be enhanced again. */
export interface Located {
  readonly kind: 'located';
  /** Others of its batch that were missing with it and lie beside it; null when there is none. They stay as they are. */
  readonly others: FoundAlong | null;
}

/** Missing photos that were found and are sent, each at its price, when the user says so. */
export interface FoundAlong {
  /** Names them for `jobs.takeFound`. */
  readonly token: number;
  readonly photos: number;
}

/** What is known of a missing photo does not tell whether a file is that one: the user says so, or nothing changes. */
export interface UnsureLocated {
  readonly kind: 'unsure';
  /** Names the file for `jobs.takeLocated`. */
  readonly token: number;
  /** Names of the missing photo and of the file. */
  readonly missing: string;
  readonly found: string;
  /** What is the same: bytes and pixels in number; or, where the bytes are not recorded any more, name and pixels. */
  readonly alike: 'size' | 'name';
}

export type LocateAnswer = Located | UnsureLocated;

export interface CanceledJobs {
  readonly canceled: number;
  /** Photos that can no longer be stopped: they are at the service, may be charged, and are still collected. */
  readonly goingOn: number;
}

export interface JobIds {
  /** In the order asked for. */
  readonly ids: readonly number[];
  /** The feed's sequence number at which they were read. */
  readonly seq: number;
}

export interface JobPage {
  readonly rows: readonly JobRow[];
  readonly seq: number;
}

/** What is among some jobs; those that are gone are not counted. */
export interface JobTally {
  readonly counts: StateCounts;
  /** Failed because content moderation blocked them. */
  readonly moderated: number;
  /** Failed because their picture, which was paid for, is not found at the service any more. */
  readonly gone: number;
  /** The batch that all of them belong to; null when they are of several, or none is there. */
  readonly batchId: number | null;
}

export interface HistoryPage {
  readonly rows: readonly HistoryRow[];
  /** Lines that fit the filter in all. */
  readonly total: number;
  readonly seq: number;
}

export interface HistoryRow extends JobRow {
  readonly batchName: string;
  readonly practice: boolean;
  /** Folder of the photo, to be read. */
  readonly folder: string;
  readonly requestId: string | null;
}

/** What the filters of the history can be set to. */
export interface HistoryFacets {
  readonly folders: readonly { readonly folder: string; readonly photos: number }[];
  readonly failures: readonly { readonly code: string; readonly photos: number }[];
  readonly counts: StateCounts;
}

/** What changed since the message before it. */
export interface FeedMessage {
  /** One more than the message before; a gap means that a snapshot is due. */
  readonly seq: number;
  /** Changed photos of the batch that the window watches, at most 500. */
  readonly rows: readonly JobRow[];
  /** Whether more changed than fit: a snapshot is due. */
  readonly overflow: boolean;
  /** Batches whose counts changed, or that are new. */
  readonly batches: readonly BatchRow[];
  readonly removedBatches: readonly number[];
  /** Whether jobs were added to or removed from the watched batch. */
  readonly membership: boolean;
  readonly queue: QueueState;
}

/** What the window is asked to do by the menu, the tray, a second start or a notification. */
export type Intent =
  | { readonly kind: 'new-batch' }
  | { readonly kind: 'show'; readonly view: 'history' | 'settings' | 'uncertain' | 'watch' }
  | { readonly kind: 'show-batch'; readonly batchId: number }
  | { readonly kind: 'intake'; readonly id: number }
  | { readonly kind: 'select-all' }
  /** Asks whether the failed photos of what is in view are to be retried. */
  | { readonly kind: 'retry-failed' }
  | { readonly kind: 'find' };

export interface IntakeProgress {
  readonly id: number;
  readonly found: number;
  readonly inspected: number;
}
