// What a plan says of the photos that go before it, by what the history holds.
import { expect, test } from 'vitest';
import { describe as planFor } from '../../app/backend/planning.ts';
import { DEFAULT_PREFERENCES } from '../../app/backend/preferences.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { WATCH_PRIORITY } from '../../app/domain/watch.ts';
import { settings } from '../watch/rig.ts';
import { planned, SERVICE, TestHistory } from '../history/support.ts';

const output = { onExists: 'number', template: '{name}', maxUploadMegapixels: 16 } as const;

test('photos of a watch folder that rests do not go before others, and cost them nothing', async () => {
  using at = new TestHistory();
  const { watches } = at.history;
  const watchId = watches.add({ path: '/photos', service: SERVICE, settings: settings(), out: null }, at.clock.now());
  const { batch } = at.batch(500, { priority: WATCH_PRIORITY });
  watches.noteBatch(batch.id, { watchId, folder: 'photos', service: SERVICE, day: '2026-11-22' });
  const plan = async () => {
    const found = { name: 'One', jobs: [planned(9_001)], leftOut: [], problem: null };
    const given = {
      ...{ paths: [], out: null, kept: new Map(), practice: false, recursive: true, name: null, date: '2026-11-22' },
      ...{ parameters: DEFAULT_PARAMETERS, output, signal: new AbortController().signal, onProgress: () => undefined },
    };
    const basis = { history: at.history, service: SERVICE, preferences: DEFAULT_PREFERENCES, balance: 1 };
    return (await planFor(found, given, { ...basis, platform: 'linux', wall: at.clock.wall() })).plan;
  };
  expect(await plan()).toMatchObject({ short: true, quote: { ahead: { photos: 500 } } });
  watches.setPaused(watchId, true);
  expect(await plan()).toMatchObject({ short: false, quote: { ahead: { photos: 0, credits: 0 } } });
});
