// The system's word that something changed in a folder. It is a hint and no more: what is lost on the way (an overflow, a
// share, an unmounted drive) is found by looking through the folder. The only home of chokidar.
import { basename, join, posix } from 'node:path';
import { FSWatcher } from 'chokidar';
import { systemCode } from '../domain/failure.ts';
import { fileByName, folderByName, isRaw } from './file-kinds.ts';

/** What hampers watching. */
export interface WatchTrouble {
  /**
   * `limits`: the system has no room for more watches, so part of the folder goes unwatched. `lost`: the folder itself was
   * moved, deleted or unmounted, or its place was taken by another. Either comes once, and is the end of this watcher's
   * use. `other`: something in it could not be looked at; it may come often.
   */
  readonly kind: 'limits' | 'lost' | 'other';
  readonly error: unknown;
}

export interface WatchOptions {
  /** Real path of a folder that is there. */
  readonly root: string;
  /** Whether sub-folders are watched. */
  readonly recursive: boolean;
  /** Files and folders to leave out, by real path; a folder with all that is in it. */
  readonly isExcluded: (path: string) => boolean;
  /** Look at this path: a file that is new or changed, or a folder that came or went. May come more than once. */
  readonly onHint: (path: string) => void;
  readonly onTrouble: (trouble: WatchTrouble) => void;
}

export interface Watcher {
  /**
   * Resolves when what comes from then on is told, or when the watcher is closed before; never rejects. What comes while
   * the watcher starts may be missed: look through the folder afterwards.
   */
  readonly ready: Promise<void>;
  /** For good; nothing is told after the call. Never rejects. */
  close(): Promise<void>;
}

export type WatcherFactory = (options: WatchOptions) => Watcher;

/** inotify's watches and instances, and file handles: of the user, the process, the system. */
const LIMITS: readonly (string | undefined)[] = ['ENOSPC', 'EMFILE', 'ENFILE'];
/** What a device or share answers that is no longer there. */
const GONE: readonly (string | undefined)[] = ['ENODEV', 'ENXIO', 'EIO', 'ESTALE', 'EHOSTDOWN', 'ENOTCONN'];

/**
 * Watches a folder by the system's own events (inotify, FSEvents, ReadDirectoryChangesW).
 * Files already there are not told, links are told as such and never followed, and names that are certainly no photos
 * (file-kinds.ts) cost neither a hint nor a watch; but that a camera's RAW file came or went is told, too: it is counted,
 * and so is a name that is no text. Trouble is told after the call, never during it.
 * Close a watcher before another one for the same folder is made: chokidar shares its handles by path, also dead ones.
 */
export const chokidarWatcher: WatcherFactory = (options) => {
  const { root, recursive, onHint } = options;
  const started = Promise.withResolvers<void>();
  let closed = false;
  const told = new Set<WatchTrouble['kind']>();
  const trouble = (error: unknown, kind = kindOf(error)) => {
    if (closed || (kind !== 'other' && told.has(kind))) return;
    told.add(kind);
    options.onTrouble({ kind, error });
  };
  const watcher = startWatching(options, (error) => process.nextTick(trouble, error));
  if (watcher === null) started.resolve();

  const hint = (path: string) => onHint(join(root, path));
  const folderHint = (path: string) => {
    if (recursive || path === '') hint(path);
  };
  watcher
    ?.on('ready', started.resolve)
    .on('error', trouble)
    .on('add', hint)
    .on('change', hint)
    .on('addDir', folderHint)
    .on('unlinkDir', folderHint)
    .on('raw', (event, path, details) => {
      if (isOfRoot(root, { event, path, details })) trouble(new Error('the watched folder moved or went'), 'lost');
      const unwatched = unwatchedFileOf({ event, path, details });
      if (unwatched !== null) onHint(unwatched);
    });
  return {
    ready: started.promise,
    async close() {
      closed = true;
      started.resolve();
      // Handles that cannot be closed are gone already; there is nothing to be done about them.
      await watcher?.close().catch(() => undefined);
    },
  };
};

/** null, and the error told, when chokidar refuses its options: it takes some from the environment (CHOKIDAR_INTERVAL). */
function startWatching(options: WatchOptions, fail: (error: unknown) => void): FSWatcher | null {
  const { root, recursive } = options;
  try {
    const watcher = new FSWatcher({
      // Given as its own working directory: chokidar makes slashes of the backslashes in a path it is given, and on Linux
      // and macOS a folder may well have one in its name.
      cwd: root,
      ignoreInitial: true,
      followSymlinks: false,
      persistent: true,
      // Not for us: `atomic` holds back what was just deleted and silently leaves out names like “Wedding~”; waiting for
      // the end of a copy is done for all files alike, however they were found.
      atomic: false,
      awaitWriteFinish: false,
      ignored: ignorer(options),
      ...(recursive ? {} : { depth: 0 }),
    });
    return watcher.add('.');
  } catch (error) {
    fail(error);
    return null;
  }
}

/** chokidar asks with slashes, first by the path alone, then with what is there. */
function ignorer({ root, isExcluded }: WatchOptions) {
  const base = root.replaceAll('\\', '/');
  return (path: string, stats?: { isDirectory(): boolean }): boolean => {
    const below = posix.relative(base, path);
    if (below === '' || below === '..' || below.startsWith('../')) return false;
    if (isExcluded(join(root, below))) return true;
    const name = posix.basename(below);
    if (stats === undefined) return name.startsWith('.');
    return (stats.isDirectory() ? folderByName(name) : fileByName(name)) !== null;
  };
}

function kindOf(error: unknown): WatchTrouble['kind'] {
  const code = systemCode(error);
  if (LIMITS.includes(code)) return 'limits';
  return GONE.includes(code) ? 'lost' : 'other';
}

/**
 * Whether an event is about the watched folder itself: inotify tells its move, deletion and unmounting under its own name.
 * A file or folder in it of the same name looks alike; then the folder is looked at once more than needed.
 */
function isOfRoot(root: string, { event, path, details }: { event: string; path: unknown; details: unknown }): boolean {
  const isAtRoot = typeof details === 'object' && details !== null && 'watchedPath' in details;
  return isAtRoot && details.watchedPath === root && event === 'rename' && path === basename(root);
}

/**
 * A RAW file that came or went, or one whose name is no text, by the word of the folder in which it lies: it has no watch
 * of its own.
 */
function unwatchedFileOf({ event, path, details }: { event: string; path: unknown; details: unknown }): string | null {
  if (event !== 'rename' || typeof path !== 'string') return null;
  if (!isRaw(basename(path)) && !path.includes('\u{FFFD}')) return null;
  const folder = typeof details === 'object' && details !== null && 'watchedPath' in details && details.watchedPath;
  return typeof folder === 'string' ? join(folder, path) : null;
}
