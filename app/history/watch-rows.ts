// How rows of watch folders become records.
import { DEFAULT_PARAMETERS, parametersOf } from '../domain/parameters.ts';
import type { WatchFolder, WatchSettings } from '../domain/watch.ts';

/** A watch folder with what the history keeps of it for watching. */
export interface StoredWatch extends WatchFolder {
  /** Whether what was there before is recorded; if not, what is in it by now counts as having been there. */
  readonly baselined: boolean;
  /** What alone is new until the folder was looked through: all else a change of settings brought into sight. */
  readonly narrowed: readonly Narrowing[];
  /** Device and inode when it was last there; null before. */
  readonly identity: string | null;
  /** Since when photos wait because too many came at once, milliseconds since the epoch; null when none do. */
  readonly stormAt: number | null;
}

/** Files that counted before a change: those that settings admitted, or those that were not in an output folder. */
export type Narrowing =
  | { readonly kind: 'settings'; readonly settings: Pick<WatchSettings, 'recursive' | 'include' | 'exclude'> }
  | { readonly kind: 'output'; readonly folder: string };

/**
 * `there` before watching began; `held` new, whole, and waits; `taken` a job was made of it; `same` there is a job of its
 * content and parameters; `own` a result of ours; `refused` no photo.
 */
export type FileState = 'there' | 'held' | 'taken' | 'same' | 'own' | 'refused';

/** What is kept of a file that waits to be sent, or of why it never is. */
export type FileDetail =
  | {
      readonly kind: 'photo';
      readonly format: string;
      readonly width: number;
      readonly height: number;
      /** Whether another photo was sent under this name before. */
      readonly changed: boolean;
      /** Whether it was there before watching began. */
      readonly existing: boolean;
    }
  | {
      readonly kind: 'left-out';
      readonly reason: string;
      readonly message: string;
      /** Only because the picture process ended over it: it is looked at again at the next start. */
      readonly crashed?: true;
    };

export interface WatchedFile {
  readonly id: number;
  readonly watchId: number;
  /** What tells files of a folder apart; see `keyOf`, and `asideKey`. */
  readonly key: string;
  /** Whether another photo has its name by now: it is kept so that it is known under any other. */
  readonly aside: boolean;
  /** Below the folder, as it is written there. */
  readonly path: string;
  readonly bytes: number;
  /** Whole milliseconds since the epoch. */
  readonly mtimeMs: number;
  readonly state: FileState;
  /** Whether the user said that it may go, however many come at once. */
  readonly released: boolean;
  readonly sha256: string | null;
  readonly edges: string | null;
  readonly jobId: number | null;
  readonly detail: FileDetail | null;
  readonly seenAt: number;
}

export interface WatchDbRow {
  id: number;
  path: string;
  service: string;
  settings_json: string;
  out: string | null;
  paused: 0 | 1;
  created_at: number;
  baselined_at: number | null;
  narrowed_json: string;
  identity: string | null;
  storm_at: number | null;
}

export interface WatchedFileDbRow {
  id: number;
  watch_id: number;
  key: string;
  path: string;
  bytes: number;
  mtime_ms: number;
  state: FileState;
  released: 0 | 1;
  sha256: string | null;
  edges: string | null;
  job_id: number | null;
  detail_json: string | null;
  seen_at: number;
}

export function toWatch(row: WatchDbRow): StoredWatch {
  return {
    id: row.id,
    path: row.path,
    service: row.service,
    settings: inOrder(JSON.parse(row.settings_json) as WatchSettings),
    out: row.out,
    paused: row.paused === 1,
    createdAt: row.created_at,
    baselined: row.baselined_at !== null,
    narrowed: JSON.parse(row.narrowed_json) as Narrowing[],
    identity: row.identity,
    stormAt: row.storm_at,
  };
}

export function toWatchedFile(row: WatchedFileDbRow): WatchedFile {
  return {
    id: row.id,
    watchId: row.watch_id,
    key: row.key,
    aside: row.key.startsWith('/'),
    path: row.path,
    bytes: row.bytes,
    mtimeMs: row.mtime_ms,
    state: row.state,
    released: row.released === 1,
    sha256: row.sha256,
    edges: row.edges,
    jobId: row.job_id,
    detail: row.detail_json === null ? null : (JSON.parse(row.detail_json) as FileDetail),
    seenAt: row.seen_at,
  };
}

/**
 * The settings with all their parameters, in the one order in which batches keep them: they are compared as they are
 * written. The command line once left some out.
 */
export function inOrder(settings: WatchSettings): WatchSettings {
  return { ...settings, parameters: parametersOf({ ...DEFAULT_PARAMETERS, ...settings.parameters }) };
}

/** The key of a photo whose name another one took: no path below a folder begins so. */
export function asideKey(key: string, sha256: string): string {
  return `/${sha256}/${key}`;
}
