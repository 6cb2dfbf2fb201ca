// Crowds to measure on: a history of many jobs, and a folder of many small photos.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import type { PlannedJob } from '../../app/domain/batch.ts';
import { History } from '../../app/history/history.ts';
import { HISTORY_FILE } from '../../app/history/repair.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { newBatch, plannedJob } from './rig.ts';

const DAY_MS = 86_400_000;

/** A data folder with the history of someone who has used Lightbatch for long: nothing of it waits any more. */
export function fillHistory(dir: string, crowd: { readonly jobs: number; readonly batches: number }): void {
  const perBatch = Math.ceil(crowd.jobs / crowd.batches);
  {
    using history = History.own({ dir, clock: systemClock, program: 'the bench' });
    for (let batch = 0; batch < crowd.batches; batch += 1) {
      const jobs: PlannedJob[] = [];
      const shoot = join(dir, 'shoots', `Shoot ${String(batch)}`);
      for (let n = 0; n < perBatch; n += 1) jobs.push(plannedJob(shoot, n));
      const at = systemClock.now() - (crowd.batches - batch) * DAY_MS;
      history.batches.create({ ...newBatch(jobs), name: `Shoot ${String(batch)}`, service: 'practice' }, at);
    }
    history.settings.set('desktop.service', 'practice');
  }
  settle(dir);
}

/** Ends all jobs, as a year of work would have: most are enhanced, some failed, a few are uncertain. */
function settle(dir: string): void {
  const db = new Sqlite(join(dir, HISTORY_FILE));
  try {
    db.exec(`
      UPDATE job SET attempts = 1, finished_at = created_at + 60000,
        state = CASE WHEN id % 50 = 0 THEN 'failed' WHEN id % 997 = 0 THEN 'uncertain' ELSE 'succeeded' END,
        failure_json = CASE WHEN id % 50 = 0 OR id % 997 = 0
          THEN '{"code":"moderated","message":"Blocked.","retryable":false,"charged":"no"}' END,
        output_path = out_dir || '/' || out_stem || '.png', output_width = 2048, output_height = 1434, output_bytes = 1000;
      INSERT INTO attempt (job_id, batch_id, number, started_at, ended_at, outcome, service, request_id, charged, credits, total_seconds)
        SELECT id, batch_id, 1, created_at, created_at + 60000, state, service, 'request-' || id, 'yes', 0.04, 30 FROM job
        WHERE state = 'succeeded';`);
  } finally {
    db.close();
  }
}

/** A folder of small photos, no two alike. @returns the folder */
export async function tinyPhotos(folder: string, photos: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const looks: Buffer[] = [];
  for (let n = 0; n < 24; n += 1) {
    const background = { r: (n * 37) % 256, g: (n * 91) % 256, b: (n * 53) % 256 };
    looks.push(
      await sharp({ create: { width: 480, height: 320, channels: 3, background } })
        .jpeg()
        .toBuffer(),
    );
  }
  for (let n = 0; n < photos; n += 1) {
    const look = looks[n % looks.length] ?? Buffer.alloc(0);
    const text = Buffer.from(`photo ${String(n)}`, 'latin1');
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text]);
    await writeFile(
      join(folder, `IMG_${String(n).padStart(5, '0')}.jpg`),
      Buffer.concat([look.subarray(0, 2), comment, look.subarray(2)]),
    );
  }
  return folder;
}
