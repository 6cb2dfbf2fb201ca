// A watched folder on the real disk, with a real history, a real engine and a real service behind it; the folder's clock
// stands still until the test moves it, so that a file is whole when the test says that time went by.
import { appendFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Job } from '../../app/domain/batch.ts';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings, type WatchSettings } from '../../app/domain/watch.ts';
import type { WatchRow } from '../../app/contract/watch.ts';
import type { Engine } from '../../app/engine/engine.ts';
import type { WatchedFile } from '../../app/history/watches.ts';
import type { History } from '../../app/history/history.ts';
import { restingOf } from '../../app/watch/resting.ts';
import { WatchFolders, type WatchOptions } from '../../app/watch/watch-folders.ts';
import { unreturning } from '../../app/lib/clock.ts';
import { ManualClock } from '../fakes/clock.ts';
import { mediaDouble, type MediaDouble } from '../fakes/media.ts';
import { Harness, type HarnessOptions } from '../fakes/harness.ts';

export const SETTLE_MS = 2_000;
const STUCK_MS = 90_000; // of the wall clock: then a test is told how things are

/** The bytes of a JPEG by its structure, whole, told apart by a text. */
export function jpeg(text: string, bytes = 0): Buffer {
  const comment = Buffer.from(text.padEnd(Math.max(32, Math.min(60_000, bytes)), '.'));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(comment.length + 2);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe]);
  return Buffer.concat([
    head,
    length,
    comment,
    Buffer.alloc(Math.max(0, bytes - 60_000), 1),
    Buffer.from([0xff, 0xd9]),
  ]);
}

export function settings(changes: Partial<WatchSettings> = {}): WatchSettings {
  const output = { onExists: 'skip', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 25 } as const;
  return { ...usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output, recursive: true }), ...changes };
}

/** A picture process whose results are other files than their photos, as all true ones are. @param before see `mediaDouble` */
export function enhancing(before?: (source: string) => Promise<void> | void): MediaDouble {
  const double = mediaDouble(before);
  return {
    ...double,
    async dress({ picture, target }) {
      const bytes = await readFile(picture);
      await writeFile(target, Buffer.concat([bytes.subarray(0, -2), Buffer.from('enhanced'), bytes.subarray(-2)]));
      return { carried: [], note: null };
    },
  };
}

export interface RigOptions extends HarnessOptions {
  readonly watch?: Partial<WatchOptions>;
  /** Local time of day at the beginning, `hh:mm`. */
  readonly time?: string;
}

export class WatchRig implements AsyncDisposable {
  readonly at: Harness;
  /** The clock on the wall; the folders wait by one that never goes back, as they do in the app. */
  readonly clock: ManualClock;
  /** Real path of a folder that is there and not watched yet. */
  readonly dir: string;
  folders: WatchFolders;
  /** What the folders are told of the engine. */
  connected = true;
  readonly #options: RigOptions;
  #running: Engine | null = null;

  private constructor(at: Harness, options: RigOptions, clock: ManualClock) {
    this.at = at;
    this.#options = options;
    this.clock = clock;
    this.dir = join(realpathSync(at.dir), 'tethered');
    mkdirSync(this.dir);
    this.folders = this.#make();
  }

  static async open(options: RigOptions = {}): Promise<WatchRig> {
    const [hours = 12, minutes = 0] = (options.time ?? '12:00').split(':').map(Number);
    const clock = new ManualClock(new Date(2026, 10, 22, hours, minutes).getTime());
    const resting = ({ watches }: History) => restingOf(watches.list(), clock.wall());
    const at = await Harness.open({ concurrency: 4, media: enhancing(), resting, ...options });
    return new WatchRig(at, options, clock);
  }

  get history(): History {
    return this.at.history;
  }

  /** Adds the folder, or another one, and begins to watch. */
  async watch(changes: Partial<WatchSettings> = {}, out: string | null = null, dir = this.dir): Promise<WatchRow> {
    await this.folders.start();
    const row = await this.folders.add(dir, { settings: settings(changes), out });
    await this.folders.settled();
    return this.row(row.id);
  }

  row(id?: number): WatchRow {
    const row = this.folders.rows().find((one) => id === undefined || one.id === id);
    if (!row) throw new Error('there is no such watch folder');
    return row;
  }

  /** Writes a whole photo at once; its content is its name, if nothing else is said. */
  put(name: string, content: string | Buffer = name): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? jpeg(content) : content);
    return path;
  }

  append(name: string, bytes: Buffer): void {
    appendFileSync(join(this.dir, name), bytes);
  }

  /** Time goes by, a second at a time, and what is due is done. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.clock.advance(Math.min(1_000, left));
      await this.folders.settled();
    }
  }

  /** The folders are looked through, and what is still for the settle time is taken. */
  async rest(): Promise<void> {
    this.folders.reconcile();
    await this.folders.settled();
    await this.pass(SETTLE_MS + 2_000);
  }

  /** Resolves when something is so, now or after a change of the folders or of a job. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const happened = Promise.withResolvers<void>();
    const check = () => {
      if (isSo()) happened.resolve();
    };
    const end = this.folders.onChange(check);
    check();
    const timer = setTimeout(() => {
      const rows = this.folders.rows();
      happened.reject(
        new Error(
          `${what}: ${JSON.stringify({ rows, files: this.files(), logged: this.at.logged.slice(-20) }, null, 1)}`,
        ),
      );
    }, STUCK_MS);
    try {
      await happened.promise;
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  /** Another folder beside the first. @returns its path */
  otherDir(name: string): string {
    const path = join(dirname(this.dir), name);
    mkdirSync(path);
    return path;
  }

  /** Starts the engine, if it was not. */
  async start(): Promise<void> {
    const { engine } = this.at;
    if (this.#running !== engine) await engine.start();
    this.#running = engine;
  }

  /** Runs the engine until it is done. */
  async enhance(): Promise<void> {
    await this.start();
    await this.at.idle();
  }

  jobs(): Job[] {
    return this.at.jobs();
  }

  /** What was recorded of files, by their path below the folder. */
  files(id?: number): Record<string, WatchedFile['state']> {
    const files = this.history.watches.files(id ?? this.folders.rows()[0]?.id ?? 0, { after: 0, limit: 100_000 });
    return Object.fromEntries(files.filter(({ aside }) => !aside).map(({ path, state }) => [path, state]));
  }

  /** Submits that reached the service, in all. */
  submits(): number {
    return this.at.practice.stats().submits;
  }

  /** As if the program was started anew: other folders on the same history. @param meanwhile what happens in between */
  async restart(meanwhile: () => void | Promise<void> = () => undefined): Promise<void> {
    await this.folders.stop();
    await this.at.stop();
    await meanwhile();
    this.at.renew();
    this.folders = this.#make();
    await this.folders.start();
    await this.folders.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folders.stop();
    const left = this.clock.pending;
    await this.at[Symbol.asyncDispose]();
    await nextTurn();
    if (left > 0) throw new Error(`left behind: ${left} timers of watch folders`);
  }

  #make(): WatchFolders {
    const { at, clock } = this;
    return new WatchFolders({
      history: at.history,
      engine: () => (this.connected ? { engine: at.engine, service: this.#options.service ?? 'practice' } : null),
      media: { inspect: (paths) => Promise.resolve(paths.map(() => ({ format: 'jpeg', width: 6000, height: 4000 }))) },
      clock: unreturning(clock),
      log: at.log,
      platform: process.platform,
      dataDir: join(at.dir, 'data'),
      homeDir: join(at.dir, 'home'),
      ...this.#options.watch,
    });
  }
}
