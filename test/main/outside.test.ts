// What tray, dock and notifications say of the queue.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { emptyCounts } from '../../app/domain/batch.ts';
import { failure, type FailureCode } from '../../app/domain/failure.ts';
import type { Occasion, Status } from '../../app/backend/backend.ts';
import { type Notice, Notifier } from '../../main/notify.ts';
import { hasUnfinished, keepsAwake, moodOf, progressOf, summary } from '../../main/status.ts';
import { TrayIcon, trayIcon, type TrayPort, trayView } from '../../main/tray.ts';
import { ManualClock } from '../fakes/clock.ts';
import { statusOf, watchStatus } from './support.ts';

const NONE = statusOf({ queue: null });
const IDLE = statusOf();
const RUNNING = statusOf({ unfinished: 1_200, done: 300 }, { atService: 8 });
const PAUSED = statusOf({ unfinished: 20, done: 60 }, { paused: true });
const STOPPED = statusOf({ unfinished: 20, done: 60, running: false }, { stopped: failure('no_credits') });
const WATCHING = watchStatus({ folders: 1, photosToday: 12 });
const RESTING = statusOf({ queue: null, watching: watchStatus({ resting: 2 }) });

describe('the queue in a word', () => {
  it.each([
    [NONE, 'idle', 'Lightbatch'],
    [IDLE, 'idle', 'Lightbatch'],
    [RUNNING, 'running', 'Lightbatch: 1,200 photos to go'],
    [PAUSED, 'paused', 'Lightbatch: paused, 20 photos to go'],
    [STOPPED, 'attention', 'Lightbatch: stopped, 20 photos wait'],
    [statusOf({ unfinished: 1, practice: true }), 'running', 'Lightbatch (practice): 1 photo to go'],
    [statusOf({}, { paused: true }), 'idle', 'Lightbatch'],
    [statusOf({}, { stopped: failure('no_credits') }), 'attention', 'Lightbatch: stopped'],
    [
      statusOf({ watching: WATCHING }, { paused: true }),
      'paused',
      'Lightbatch: paused · watching 1 folder · 12 photos today',
    ],
    [
      statusOf({ watching: { ...WATCHING, waiting: 520 } }),
      'idle',
      'Lightbatch: watching 1 folder · 12 photos today · 520 photos wait for your click',
    ],
    [
      statusOf({ unfinished: 3, watching: { ...WATCHING, waiting: 1, away: 1 } }),
      'running',
      'Lightbatch: 3 photos to go · 1 photo waits for your click · 1 folder cannot be reached',
    ],
    [
      statusOf(
        { watching: WATCHING, unfinished: 0 },
        { unfinished: 7, resting: [{ batchId: 1, folder: 'Tethered', photos: 7, why: 'paused' }] },
      ),
      'idle',
      'Lightbatch: watching 1 folder · 12 photos today · 7 photos wait for their watch folder',
    ],
    [RESTING, 'idle', 'Lightbatch: 2 folders not watched: no service is in use'],
  ] as const)('is told in one line', (status, mood, line) => {
    expect(moodOf(status)).toBe(mood);
    expect(summary(status)).toBe(line);
  });

  it('keeps the machine awake while it runs, and while something paid for is outstanding', () => {
    expect([NONE, IDLE, PAUSED, STOPPED].map(keepsAwake)).toEqual([false, false, false, false]);
    expect(keepsAwake(RUNNING)).toBe(true);
    expect(keepsAwake(statusOf({ unfinished: 3 }, { paused: true, atService: 2 }))).toBe(true);
  });
});

it('could be cut off while anything is unfinished, also just after a pause', () => {
  expect([NONE, IDLE].map(hasUnfinished)).toEqual([false, false]);
  expect([RUNNING, PAUSED, STOPPED].map(hasUnfinished)).toEqual([true, true, true]);
  expect(hasUnfinished(statusOf({}, { atService: 1 }))).toBe(true);
});

describe('progress on the dock or taskbar', () => {
  it('shows how far it is, and in what mood', () => {
    expect(progressOf(RUNNING)).toEqual({ fraction: 0.2, mode: 'normal', badge: 1_200 });
    expect(progressOf(PAUSED)).toEqual({ fraction: 0.75, mode: 'paused', badge: 20 });
    expect(progressOf(STOPPED)).toEqual({ fraction: 0.75, mode: 'error', badge: 20 });
  });

  it('is not there when there is nothing to do', () => {
    for (const status of [NONE, IDLE, statusOf({ done: 5 })]) {
      expect(progressOf(status)).toEqual({ fraction: -1, mode: 'none', badge: 0 });
    }
  });
});

describe('the tray', () => {
  const actions = { open: vi.fn(), showWatch: vi.fn(), togglePause: vi.fn(), quit: vi.fn() };
  const linux = { platform: 'linux', darkPanel: true } as const;

  it('has an icon for every state on every system, which is there', () => {
    for (const platform of ['darwin', 'win32', 'linux'] as const) {
      for (const status of [NONE, RUNNING, PAUSED, STOPPED]) {
        for (const dark of [true, false]) {
          const path = join(import.meta.dirname, '../../build/tray', trayIcon(platform, status, dark));
          expect(existsSync(path), path).toBe(true);
        }
      }
    }
    expect(trayIcon('darwin', PAUSED, true)).toBe('trayPausedTemplate.png');
    expect(trayIcon('win32', STOPPED, false)).toBe('trayAttentionOnLight.png');
  });

  it('has the icon that calls the user while a watch folder goes on only when he does something', () => {
    const icon = (watching: Partial<Status['watching']>, queue = {}) =>
      trayIcon('linux', statusOf({ watching: watchStatus(watching) }, queue), true);
    expect(icon({ folders: 2, photosToday: 3 })).toBe('trayOnDark.png');
    for (const wanting of [{ waiting: 520 }, { away: 1 }, { resting: 2 }]) {
      expect(icon({ folders: 1, ...wanting })).toBe('trayAttentionOnDark.png');
    }
    expect(icon({ folders: 1 }, { paused: true })).toBe('trayPausedOnDark.png');
    expect(icon({ folders: 1, waiting: 3 }, { paused: true })).toBe('trayAttentionOnDark.png');
    expect(progressOf(statusOf({ unfinished: 2, watching: watchStatus({ waiting: 3 }) })).mode).toBe('normal');
  });

  it('offers what can be done now', () => {
    const pause = (status: typeof IDLE) => trayView(linux, status, actions).menu.find(({ id }) => id === 'pause');
    expect(pause(NONE)).toMatchObject({ enabled: false });
    expect(pause(RUNNING)).toMatchObject({ label: 'Pause', enabled: true });
    expect(pause(PAUSED)).toMatchObject({ label: 'Resume', enabled: true });
    expect(pause(STOPPED)).toMatchObject({ label: 'Resume', enabled: true });
  });

  it('says what is watched, what came today and what waits, and leads there', () => {
    const labels = (watching: Partial<Status['watching']>) => {
      const status = statusOf({ watching: watchStatus(watching) });
      return trayView(linux, status, actions).menu.flatMap(({ label, enabled }) => (enabled === false ? label : []));
    };
    expect(labels({})).toEqual(['Lightbatch: nothing to do']);
    expect(labels({ folders: 1 })).toEqual(['Lightbatch: waiting for photos', 'Watching 1 folder']);
    expect(labels({ folders: 2, photosToday: 14, waiting: 342 })).toEqual([
      'Lightbatch: waiting for photos',
      'Watching 2 folders · 14 photos today',
      '342 photos wait for your click',
    ]);
    expect(labels({ away: 1 })).toEqual(['Lightbatch: nothing to do', '1 folder cannot be reached']);
    expect(labels({ resting: 1 })).toEqual(['Lightbatch: no service', '1 folder not watched: no service is in use']);
    const item = trayView(linux, IDLE, actions).menu.find(({ id }) => id === 'watch');
    expect(item?.label).toBe('Watch folders…');
    (item?.click as (() => void) | undefined)?.();
    expect(actions.showWatch).toHaveBeenCalledOnce();
  });

  function shownTray() {
    const calls: string[] = [];
    const clock = new ManualClock();
    const port: TrayPort = {
      setImage: (path) => calls.push(`image ${path}`),
      setToolTip: (text) => calls.push(text),
      setContextMenu: (items) => calls.push(['menu', ...items.map(({ label }) => label).filter(isWatchLine)].join(' ')),
      destroy: () => calls.push('gone'),
    };
    const tray = new TrayIcon({
      create: (path) => {
        calls.push(`new ${path}`);
        return port;
      },
      iconDir: 'icons',
      platform: 'linux',
      darkPanel: () => false,
      actions,
      clock,
    });
    onTestFinished(() => tray[Symbol.dispose]());
    return { tray, calls, clock };
  }
  const isWatchLine = (label: string | undefined) => label?.startsWith('Watching') === true;

  it('keeps an open menu open: its numbers are renewed once a minute, the tooltip’s at once', () => {
    const { tray, calls, clock } = shownTray();
    const came = (photosToday: number) => tray.show(statusOf({ watching: watchStatus({ folders: 1, photosToday }) }));
    came(1);
    calls.length = 0;
    clock.advance(20_000);
    came(2);
    came(3);
    const tooltip = (count: number) => `Lightbatch: watching 1 folder · ${count} photos today`;
    expect(calls.splice(0)).toEqual([tooltip(2), tooltip(3)]);
    clock.advance(39_999);
    expect(calls).toEqual([]);
    clock.advance(1);
    expect(calls.splice(0)).toEqual(['menu Watching 1 folder · 3 photos today']);
    clock.advance(60_000);
    came(4);
    expect(calls.splice(0)).toEqual([tooltip(4), 'menu Watching 1 folder · 4 photos today']);
    came(5);
    tray.show(IDLE); // another menu, and at once
    expect(calls.splice(0)).toEqual([tooltip(5), 'Lightbatch', 'menu']);
    came(6);
    came(7);
    tray[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it('is touched only when it would look different', () => {
    const { tray, calls } = shownTray();
    tray.show(IDLE);
    tray.show(statusOf({}, { typicalMs: 5 }));
    expect(calls.splice(0)).toEqual([`new ${join('icons', 'trayOnLight.png')}`, 'Lightbatch', 'menu']);
    tray.show(PAUSED);
    expect(calls.splice(0)).toEqual([
      `image ${join('icons', 'trayPausedOnLight.png')}`,
      'Lightbatch: paused, 20 photos to go',
      'menu',
    ]);
    tray.show(statusOf({ unfinished: 19, done: 61 }, { paused: true }));
    expect(calls.splice(0)).toEqual(['Lightbatch: paused, 19 photos to go']); // an open menu stays open
    tray[Symbol.dispose]();
    tray[Symbol.dispose]();
    expect(calls).toEqual(['gone']);
  });
});

describe('notifications', () => {
  const finished = (batchId: number, name: string, counts: Partial<Record<string, number>> = {}): Occasion => ({
    kind: 'batch-finished',
    batchId,
    name,
    counts: { ...emptyCounts(), ...counts },
    credits: 0,
    outDir: null,
  });

  function notifier(wanted = () => true) {
    const shown: Notice[] = [];
    const clock = new ManualClock();
    const made = new Notifier({ show: (notice) => shown.push(notice), wanted, clock });
    onTestFinished(() => made[Symbol.dispose]());
    return { notifier: made, shown, clock };
  }

  it('tell of a finished batch once, with what came of it, and lead to it', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(finished(4, 'Wedding', { succeeded: 1_998, failed: 2, uncertain: 1, skipped: 5 }));
    expect(shown).toEqual([]);
    clock.advance(2_000);
    expect(shown).toEqual([
      {
        title: '“Wedding” is finished',
        body: '1,998 photos enhanced, 2 failed, 1 needs your decision.',
        intent: { kind: 'show-batch', batchId: 4 },
      },
    ]);
    clock.advance(60_000);
    expect(shown).toHaveLength(1);
  });

  it('tell of batches that finish together in one', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(finished(4, 'Wedding', { succeeded: 1 }));
    clock.advance(1_000);
    made.tell(finished(5, 'Portraits', { succeeded: 2, uncertain: 2 }));
    clock.advance(1_000);
    expect(shown).toEqual([
      { title: '2 batches are finished', body: '3 photos enhanced, 2 need your decision.', intent: null },
    ]);
    made.tell(finished(6, 'Later', { succeeded: 1 }));
    clock.advance(2_000);
    expect(shown[1]?.title).toBe('“Later” is finished');
  });

  it('tell at once why the queue stopped', () => {
    const { notifier: made, shown } = notifier();
    made.tell({ kind: 'queue-stopped', failure: failure('no_credits') });
    expect(shown).toEqual([{ title: 'Lightbatch stopped', body: failure('no_credits').message, intent: null }]);
  });

  it('are not there for a user who does not want them or who looks at the window', () => {
    let wanted = true;
    const { notifier: made, shown, clock } = notifier(() => wanted);
    made.tell(finished(4, 'Wedding'));
    wanted = false; // in the two seconds the window came to the front
    clock.advance(2_000);
    made.tell({ kind: 'queue-stopped', failure: failure('bad_key') });
    expect(shown).toEqual([]);
  });

  it('leave no timer behind', () => {
    const { notifier: made, clock, shown } = notifier();
    made.tell(finished(4, 'Wedding'));
    made.tell(watched());
    made[Symbol.dispose]();
    expect(clock.pending).toBe(0);
    clock.advance(5_000);
    expect(shown).toEqual([]);
  });

  const watched = (more: Partial<Extract<Occasion, { kind: 'watched-photos' }>> = {}): Occasion => ({
    kind: 'watched-photos',
    watchId: 1,
    folder: 'Tethered',
    enhanced: 1,
    failed: [],
    uncertain: 0,
    ...more,
  });
  const toWatch = { kind: 'show', view: 'watch' };

  it('tell of watched photos together, when no other came for a minute', () => {
    const { notifier: made, shown, clock } = notifier();
    for (let n = 0; n < 10; n += 1) {
      made.tell(watched());
      clock.advance(59_999);
    }
    expect(shown).toEqual([]);
    clock.advance(1);
    expect(shown).toEqual([{ title: '10 photos enhanced in “Tethered”', body: 'All went well.', intent: toWatch }]);
    clock.advance(3_600_000);
    expect(shown).toHaveLength(1);
  });

  /** One every 30 seconds for an hour. @returns when something was shown, in seconds, and what */
  function anHour(each: Partial<Extract<Occasion, { kind: 'watched-photos' }>>) {
    const { notifier: made, shown, clock } = notifier();
    const told: [seconds: number, title: string | undefined][] = [];
    for (let seconds = 0; seconds < 3_600; seconds += 1) {
      if (seconds % 30 === 0) made.tell(watched(each));
      clock.advance(1_000);
      if (shown.length > told.length) told.push([seconds + 1, shown.at(-1)?.title]);
    }
    return told;
  }

  it('tell of watched photos every ten minutes while they come and come', () => {
    const told = anHour({});
    expect(told.map(([seconds]) => seconds)).toEqual([600, 1_200, 1_800, 2_400, 3_000, 3_600]);
    expect(told[1]?.[1]).toBe('20 photos enhanced in “Tethered”');
  });

  it('tell of photos that fail after a minute, and of more of them every ten minutes', () => {
    const told = anHour({ enhanced: 0, failed: ['a.jpg'] });
    expect(told.map(([seconds]) => seconds)).toEqual([60, 660, 1_260, 1_860, 2_460, 3_060]);
    expect(told.slice(0, 2).map(([, title]) => title)).toEqual([
      '2 photos in “Tethered” failed',
      '20 photos in “Tethered” failed',
    ]);
  });

  it('tell of a photo that failed after a minute, whatever was told of others just before', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(watched());
    clock.advance(60_000);
    made.tell(watched({ enhanced: 3 }));
    clock.advance(50_000);
    made.tell(watched({ enhanced: 0, uncertain: 1 }));
    clock.advance(60_000);
    expect(shown[1]).toMatchObject({
      title: '3 photos enhanced in “Tethered”',
      body: '1 photo needs your decision.',
    });
  });

  it('name what failed where nothing was enhanced, and lead to what is to be decided', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(watched({ enhanced: 0, failed: ['a.jpg', 'b.jpg'] }));
    made.tell(watched({ enhanced: 0, uncertain: 1 }));
    clock.advance(60_000);
    clock.advance(600_000);
    made.tell(watched({ enhanced: 0, uncertain: 2 }));
    clock.advance(60_000);
    expect(shown).toEqual([
      {
        title: '2 photos in “Tethered” failed',
        body: 'a.jpg, b.jpg. 1 photo needs your decision.',
        intent: toWatch,
      },
      {
        title: '2 photos need your decision',
        body: 'In “Tethered”. The service may have charged them, so nothing is sent again by itself.',
        intent: { kind: 'show', view: 'uncertain' },
      },
    ]);
  });

  it('tell at the end what is gathered, to a user who does not look at the window', () => {
    let wanted = true;
    const { notifier: made, shown, clock } = notifier(() => wanted);
    made.flush();
    expect(shown).toEqual([]);
    made.tell(finished(4, 'Wedding', { succeeded: 3 }));
    made.tell(watched({ enhanced: 2 }));
    made.flush();
    expect(shown.map(({ title }) => title)).toEqual(['“Wedding” is finished', '2 photos enhanced in “Tethered”']);
    expect(clock.pending).toBe(0);
    made.tell(watched());
    wanted = false;
    made.flush();
    expect(shown).toHaveLength(2);
  });

  it('tell of watched photos every ten minutes at most', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(watched());
    clock.advance(60_000);
    expect(shown).toHaveLength(1);
    made.tell(watched({ enhanced: 2 }));
    clock.advance(599_999);
    expect(shown).toHaveLength(1);
    clock.advance(1);
    expect(shown[1]?.title).toBe('2 photos enhanced in “Tethered”');
    clock.advance(900_000);
    made.tell(watched({ enhanced: 3 }));
    clock.advance(60_000);
    expect(shown[2]?.title).toBe('3 photos enhanced in “Tethered”');
  });

  it('that the user did not want to see hold back none that he wants', () => {
    let wanted = false;
    const { notifier: made, shown, clock } = notifier(() => wanted);
    made.tell(watched());
    clock.advance(60_000);
    wanted = true;
    made.tell(watched({ enhanced: 2 }));
    clock.advance(60_000);
    expect(shown.map(({ title }) => title)).toEqual(['2 photos enhanced in “Tethered”']);
  });

  it('count the photos of several watch folders, and name what failed', () => {
    const { notifier: made, shown, clock } = notifier();
    made.tell(watched({ enhanced: 8 }));
    made.tell(watched({ watchId: 2, folder: 'Card', enhanced: 4, failed: ['a.jpg', 'b.jpg'] }));
    made.tell(watched({ enhanced: 2, failed: ['c.jpg', 'd.jpg', 'e.jpg'], uncertain: 1 }));
    clock.advance(60_000);
    expect(shown).toEqual([
      {
        title: '14 photos enhanced in 2 watch folders',
        body: '“Tethered” 10, “Card” 4. 5 failed: a.jpg, b.jpg, c.jpg and 2 more. 1 photo needs your decision.',
        intent: toWatch,
      },
    ]);
  });

  it('tell at once what wants the user, and lead to the watch folders', () => {
    const { notifier: made, shown } = notifier();
    made.tell({ kind: 'watch-storm', folder: 'Card', photos: 342, credits: 13.68 });
    made.tell({ kind: 'watch-storm', folder: 'Samples', photos: 1, credits: null });
    made.tell({ kind: 'watch-unavailable', folder: 'Share', failure: failure('watch_unavailable') });
    made.tell({ kind: 'watch-cap', folder: 'Tethered', why: 'photos-a-day', photos: 1 });
    made.tell({ kind: 'watch-cap', folder: 'Tethered', why: 'credits-a-day', photos: 20 });
    expect(shown).toEqual([
      {
        title: '342 new photos wait for your click',
        body: 'They came to “Card” at once. Nothing was sent yet; they cost about 13.68 credits.',
        intent: toWatch,
      },
      {
        title: '1 new photo waits for your click',
        body: 'It came to “Samples” at once. Nothing was sent yet.',
        intent: toWatch,
      },
      { title: '“Share” cannot be reached', body: failure('watch_unavailable').message, intent: toWatch },
      {
        title: '“Tethered” has reached its photos for today',
        body: '1 photo waits for tomorrow, unless you raise the limit.',
        intent: toWatch,
      },
      {
        title: '“Tethered” has reached its credits for today',
        body: '20 photos wait for tomorrow, unless you raise the limit.',
        intent: toWatch,
      },
    ]);
  });

  it('tell of a start that watches nothing since there is no service, and why', () => {
    const { notifier: made, shown } = notifier();
    const tell = (folders: string[], practice: boolean, why: FailureCode) =>
      made.tell({ kind: 'watch-no-service', folders, practice, failure: failure(why) });
    tell(['Tethered'], false, 'no_service');
    tell(['Trial'], true, 'no_service');
    tell(['Tethered', 'Card'], false, 'data_unwritable');
    expect(shown).toEqual([
      {
        title: '“Tethered” is not watched',
        body: 'There is no service to send photos to. Enter your API key, and new photos are picked up.',
        intent: toWatch,
      },
      {
        title: '“Trial” is not watched',
        body: 'There is no service to send photos to. Use practice, and new photos are picked up.',
        intent: toWatch,
      },
      {
        title: '2 folders are not watched',
        body: `${failure('data_unwritable').message} Then new photos are picked up.`,
        intent: toWatch,
      },
    ]);
  });
});
