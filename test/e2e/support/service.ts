// The service for a test: the practice service with the test's own faults and pace, on loopback, and photos to send to it.
import { mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { systemClock } from '../../../app/lib/clock.ts';
import { MediaPool } from '../../../app/media/pool.ts';
import { spawnNodeWorker } from '../../../app/media/spawn-node.ts';
import type { PracticeChanges, PracticeOptions, PracticeStats } from '../../../app/practice/options.ts';
import { startPractice } from '../../../app/practice/server.ts';
import { samplePhoto } from '../../bench/rig.ts';

/** Keys that the practice service takes for such. */
export const KEY = 'SG_0123456789abcdef';
export const OTHER_KEY = 'SG_fedcba9876543210';

export interface TestService extends AsyncDisposable {
  readonly url: string;
  readonly storageUrl: string;
  readonly stats: () => PracticeStats;
  readonly change: (changes: PracticeChanges) => void;
  /** From now on no picture is finished: what is at the service stays there. */
  readonly hold: () => void;
  readonly letGo: () => void;
}

export interface ServiceOptions extends Partial<PracticeOptions> {
  /** Pictures are the photo itself: for thousands of photos, where pixels are not the matter. */
  readonly plain?: boolean;
}

/** @param dir where the service keeps what it knows: one started there again goes on with it */
export async function startService(
  dir: string,
  { plain = false, ...options }: ServiceOptions = {},
): Promise<TestService> {
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  let gate: PromiseWithResolvers<void> | null = null;
  const letGo = () => {
    gate?.resolve();
    gate = null;
  };
  const service = await startPractice({
    clock: systemClock,
    stateDir: join(dir, 'service'),
    retouch: async (job) => {
      await gate?.promise;
      await (plain ? copyFile(job.source, job.target) : media.retouch(job));
    },
    latencyMs: { min: 300, max: 600 },
    queueMs: { min: 50, max: 100 },
    ...options,
  });
  return {
    url: service.url,
    storageUrl: service.storageUrl,
    stats: () => service.stats(),
    change: (changes) => service.set(changes),
    hold: () => (gate ??= Promise.withResolvers()),
    letGo,
    [Symbol.asyncDispose]: async () => {
      letGo();
      await service.stop();
      media.stop();
    },
  };
}

const MARGIN = 96; // pixels that are cut off, here or there: no two photos of a folder are alike

/** A folder of real photographs, each with pixels of its own. @returns the folder */
export async function photoFolder(dir: string, name: string, photos: number): Promise<string> {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  for (let n = 0; n < photos; n += 1) {
    const photo = sharp(samplePhoto(n));
    const { width, height } = await photo.metadata();
    await photo
      .extract({ left: n % MARGIN, top: n % 7, width: width - MARGIN, height: height - 7 })
      .toFile(join(folder, `IMG_${String(n + 1).padStart(4, '0')}.jpg`));
  }
  return folder;
}
