// What the window and the tray are told of watch folders, and when.
import { describe, expect, it, onTestFinished } from 'vitest';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../app/engine/engine.ts';
import type { Occasion } from '../../app/backend/occasions.ts';
import type { WatchRow } from '../../app/contract/watch.ts';
import { Watching } from '../../app/backend/watching.ts';
import { DEFAULT_PREFERENCES } from '../../app/backend/preferences.ts';
import { failure, type Failure } from '../../app/domain/failure.ts';
import { usualWatchSettings } from '../../app/domain/watch.ts';
import { History } from '../../app/history/history.ts';
import { systemClock, unreturning } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { ManualClock } from '../fakes/clock.ts';
import { tempFolder } from '../media/pictures.ts';

const SERVICE = 'https://api.example';
const TODAY = new Date(2026, 10, 22, 23, 30).getTime();

async function watchingOne(missing: Failure | null = null) {
  const dir = tempFolder();
  const photos = join(dir, 'photos');
  mkdirSync(photos);
  const history = History.own({ dir: join(dir, 'data'), clock: systemClock, program: 'a test' });
  const clock = new ManualClock(TODAY);
  const told: (readonly WatchRow[])[] = [];
  const occasions: Occasion[] = [];
  let statuses = 0;
  const engine = { onJob: () => () => undefined } as unknown as Engine;
  const watching = new Watching({
    history,
    engine: () => ({ engine, service: SERVICE }),
    media: { inspect: () => Promise.resolve([]) },
    clock: unreturning(clock),
    log: silentLog,
    missing: () => missing,
    platform: 'linux',
    dataDir: join(dir, 'data'),
    homeDir: join(dir, 'home'),
    onRows: (rows) => told.push(rows),
    onStatus: () => (statuses += 1),
    onOccasion: (occasion) => occasions.push(occasion),
  });
  onTestFinished(async () => {
    await watching.stop();
    history[Symbol.dispose]();
  });
  // Not started: nothing but the test touches it.
  await watching.folders.add(photos, { settings: usualWatchSettings(DEFAULT_PREFERENCES), out: null });
  await clock.run(1_000);
  told.length = 0;
  statuses = 0;
  return { watching, clock, told, statuses: () => statuses, history, occasions };
}

describe('the tray', () => {
  it('counts nothing of a folder that belongs to another service: no click there sends anything', async () => {
    const { watching, clock, told, history } = await watchingOne();
    const watchId = history.watches.list()[0]?.id ?? NaN;
    history.watches.put(watchId, { key: 'a', path: 'a', bytes: 1, mtimeMs: 1, state: 'held' }, TODAY);
    history.watches.setStorm(watchId, TODAY);
    history.watches.noteBatch(1, { watchId, folder: 'photos', service: SERVICE, day: '2026-11-22' });
    history.watches.addPhotos(1, 7);
    watching.touch();
    clock.advance(250);
    expect(told.at(-1)).toMatchObject([
      { state: 'elsewhere', held: { why: 'storm', photos: 1 }, today: { queued: 7 } },
    ]);
    expect(watching.status).toEqual({ folders: 0, photosToday: 0, waiting: 0, away: 0, resting: 0 });
  });

  it('counts a folder that rests since there is no service, unless the user paused it, and it is told once', async () => {
    const { watching, clock, history, occasions } = await watchingOne(failure('no_service'));
    expect(watching.status).toMatchObject({ folders: 0, resting: 1 });
    const told = [{ kind: 'watch-no-service', folders: ['photos'], practice: false, failure: failure('no_service') }];
    expect(occasions).toEqual(told);
    history.watches.setPaused(history.watches.list()[0]?.id ?? NaN, true);
    watching.touch();
    clock.advance(250);
    expect(watching.status.resting).toBe(0);
    expect(occasions).toEqual(told);
  });
});

describe('the window', () => {
  it('is told at most four times a second, of what is so by then', async () => {
    const { watching, clock, told } = await watchingOne();
    for (let n = 0; n < 100; n += 1) {
      watching.touch();
      clock.advance(10);
    }
    expect(told).toHaveLength(4);
    clock.advance(60_000);
    expect(told).toHaveLength(4);
    expect(told[3]).toMatchObject([{ name: 'photos', state: 'elsewhere' }]);
  });

  it('that nobody sees is told nothing, but the tray is; seen again it is told once', async () => {
    const { watching, clock, told, statuses } = await watchingOne();
    watching.setVisible(false);
    watching.touch();
    clock.advance(250);
    expect([told.length, statuses()]).toEqual([0, 1]);
    watching.setVisible(true);
    clock.advance(250);
    expect(told).toHaveLength(1);
    watching.setVisible(true);
    clock.advance(10_000);
    expect(told).toHaveLength(1);
  });

  it('is told when a new day begins, though nothing came', async () => {
    const { watching, clock, told } = await watchingOne();
    watching.touch();
    clock.advance(250);
    told.length = 0;
    clock.advance(29 * 60_000);
    expect(told).toHaveLength(0);
    clock.advance(60_000);
    expect(told).toHaveLength(1);
    clock.advance(24 * 3_600_000);
    expect(told).toHaveLength(2);
  });

  it.each([
    ['forward', 40 * 60_000],
    ['back', -24 * 3_600_000],
  ])('is told within a minute when another day began because the clock on the wall was put %s', async (_, ms) => {
    const { watching, clock, told, history } = await watchingOne();
    const watchId = history.watches.list()[0]?.id ?? NaN;
    history.watches.noteBatch(1, { watchId, folder: 'photos', service: SERVICE, day: '2026-11-22' });
    history.watches.addPhotos(1, 7);
    history.settings.set('watch.day', { day: '2026-11-22', since: 1 });
    watching.touch();
    clock.advance(250);
    expect(told.at(-1)).toMatchObject([{ today: { queued: 7 } }]);
    clock.turn(ms);
    clock.advance(60_250);
    expect(told.at(-1)).toMatchObject([{ today: { queued: 0 } }]);
    expect(told).toHaveLength(2);
    clock.advance(20 * 60_000);
    expect(told).toHaveLength(2);
  });

  it('is told nothing any more after the end', async () => {
    const { watching, clock, told, statuses } = await watchingOne();
    watching.touch();
    await watching.stop();
    watching.touch();
    clock.advance(48 * 3_600_000);
    expect([told.length, statuses()]).toEqual([0, 0]);
    expect(clock.pending).toBe(0);
  });
});
