// Watch folders: how fast what is dropped is queued, how soon one photo is, and what watching costs while nothing happens.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { PHOTOS_A_DAY, SETTLE_MS, STORM_LIMIT, type WatchSettings } from '../../app/domain/watch.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { WatchFolders } from '../../app/watch/watch-folders.ts';
import type { Bench, Figure } from './bench.ts';
import { engineOn, NOWHERE } from './queue.bench.ts';
import { samplePhoto, Scratch } from './rig.ts';

const settings: WatchSettings = {
  parameters: DEFAULT_PARAMETERS,
  output: { onExists: 'number', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 16 },
  recursive: true,
  include: [],
  exclude: [],
  hours: null,
  photosADay: PHOTOS_A_DAY.max,
  creditsADay: null,
  stormLimit: STORM_LIMIT.max,
  settleMs: SETTLE_MS.usual,
  polling: 'auto',
};

/** A folder of some photos that is watched for a queue which only fills. */
class Rig implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #engine: ReturnType<typeof engineOn>;
  readonly history: History;
  readonly folders: WatchFolders;

  private constructor(scratch: Scratch) {
    const { dir } = scratch;
    this.#scratch = scratch;
    this.history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'the bench' });
    this.#engine = engineOn(this.history);
    const { engine, media } = this.#engine;
    engine.pause();
    this.folders = new WatchFolders({
      history: this.history,
      engine: () => ({ engine, service: NOWHERE }),
      media,
      clock: systemClock,
      log: silentLog,
      platform: process.platform,
      dataDir: join(dir, 'data'),
      homeDir: join(dir, 'home'),
    });
  }

  static async watching(there = 0): Promise<Rig> {
    const rig = new Rig(await Scratch.make());
    await rig.put('photos', there);
    await rig.#engine.engine.start();
    await rig.folders.start();
    await rig.folders.add(rig.at('photos'), { settings, out: null });
    await rig.folders.settled();
    return rig;
  }

  at(...names: string[]): string {
    return join(this.#scratch.dir, ...names);
  }

  /** Writes photos that differ in a comment, a hundred a folder. */
  async put(folder: string, count: number): Promise<void> {
    const photo = await smallPhoto();
    await mkdir(this.at(folder), { recursive: true });
    for (let n = 0; n < count; n += 1) {
      const dir = this.at(folder, `day ${Math.floor(n / 100)}`);
      if (n % 100 === 0) await mkdir(dir);
      await writeFile(join(dir, `IMG_${n}.jpg`), withComment(photo, `${folder} ${n}`));
    }
  }

  /** Writes one photo into the watched folder. */
  async putOne(name: string): Promise<void> {
    await writeFile(this.at('photos', `${name}.jpg`), withComment(await smallPhoto(), name));
  }

  /** Resolves as soon as so many jobs are there. */
  queued(count: number): Promise<void> {
    return new Promise((resolve) => {
      const ask = () => {
        if (this.history.jobs.counts(NOWHERE).queued < count) return;
        stop();
        resolve();
      };
      const stop = this.#engine.engine.onBatch(ask);
      ask();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folders.stop();
    await this.#engine.dispose();
    this.history[Symbol.dispose]();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** The figures are of watching, not of pixels. */
async function smallPhoto(): Promise<Buffer> {
  return sharp(await readFile(samplePhoto(0))).resize(240).jpeg().toBuffer(); // prettier-ignore
}

/** A JPEG with a comment segment behind its first two bytes. */
function withComment(photo: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([photo.subarray(0, 2), head, Buffer.from(text), photo.subarray(2)]);
}

/** A folder with 2,000 photos is moved in whole, after a first photo: the picture processes are there. */
async function queue(): Promise<Figure[]> {
  const count = 2_000;
  await using rig = await Rig.watching();
  await rig.putOne('first');
  await rig.queued(1);
  await rig.put('card', count);
  const begin = performance.now();
  await rename(rig.at('card'), rig.at('photos', 'card'));
  await rig.queued(1 + count);
  const seconds = (performance.now() - begin - SETTLE_MS.usual) / 1_000;
  return [
    { figure: 'jobs queued a second, 2,000 dropped', value: count / seconds, unit: '1/s', must: 500, atLeast: true },
  ];
}

/** Photos come one by one, as from a camera on a cable, into a folder that holds a thousand. */
async function delay(): Promise<Figure[]> {
  await using rig = await Rig.watching(1_000);
  const delays: number[] = [];
  for (let n = 1; n <= 7; n += 1) {
    await rig.putOne(`new ${n}`);
    const begin = performance.now();
    await rig.queued(n);
    delays.push((performance.now() - begin - SETTLE_MS.usual) / 1_000);
  }
  const [first = 0, ...next] = delays;
  const figure = 'from whole to queued beyond the settle time';
  return [
    { figure: `${figure}, the first photo (a picture process starts)`, value: first, unit: 's', must: 0.5 },
    { figure: `${figure}, the longest of the next six`, value: Math.max(...next), unit: 's', must: 0.5, goal: 0.1 },
  ];
}

const IDLE_SECONDS = 30;
/** How often a folder is looked through though nothing was told, seconds. */
const RECONCILE_SECONDS = 300;

/** 10,000 photos in a hundred folders; nothing happens but what watching does by itself. */
async function idle(): Promise<Figure[]> {
  await using rig = await Rig.watching(10_000);
  const busySeconds = async (action: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    await action();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  await wait(2_000); // what came with the start is over
  const atRest = await busySeconds(() => wait(IDLE_SECONDS * 1_000));
  const looking = await busySeconds(async () => {
    rig.folders.reconcile();
    await rig.folders.settled();
  });
  return [
    { figure: 'processor time with 10,000 watched photos, of one processor', value: atRest / IDLE_SECONDS + looking / RECONCILE_SECONDS, must: 0.01, goal: 0.003 }, // prettier-ignore
    { figure: 'processor time to look through 10,000 photos', value: looking, unit: 's' },
  ];
}

export const watchBenches: Bench[] = [
  { name: 'watch queue', run: queue },
  { name: 'watch delay', run: delay },
  { name: 'watch idle', run: idle },
];
