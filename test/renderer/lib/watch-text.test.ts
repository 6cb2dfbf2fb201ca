import { describe, expect, it } from 'vitest';
import type { HeldPhotos } from '../../../app/contract/watch.ts';
import { failure } from '../../../app/domain/failure.ts';
import { PATTERNS } from '../../../app/domain/watch.ts';
import { amountProblem, readAmount } from '../../../renderer/lib/amount.ts';
import { patternsProblem, patternsText, readPatterns } from '../../../renderer/lib/patterns.ts';
import { readTime, timeValue } from '../../../renderer/lib/time-of-day.ts';
import {
  heldText,
  isActive,
  lastText,
  leftText,
  pollingText,
  priceText,
  releasedText,
  restText,
  settingsTexts,
  stateText,
  timeOfDay,
  waitsForUser,
} from '../../../renderer/lib/watch-text.ts';
import { appState, AT, queueState, watchRow, watchSettings } from '../samples.ts';

const held = (changes: Partial<HeldPhotos>): HeldPhotos => ({
  why: 'storm',
  photos: 12,
  credits: 0.48,
  agreement: 7,
  ...changes,
});

describe('how a watch folder is', () => {
  it('is told with the time at which its hours begin', () => {
    const settings = watchSettings({ hours: { from: 8 * 60, to: 18 * 60 } });
    expect(stateText(watchRow({ state: 'resting', settings }), 'segmind', queueState())).toBe(
      `Outside its hours until ${timeOfDay(480)}`,
    );
    expect(timeOfDay(485)).toMatch(/8:05/);
  });

  it('is told with what keeps the whole queue from going on, where photos are noticed and not sent', () => {
    const stopped = queueState({ paused: true, stopped: failure('no_credits') });
    expect(stateText(watchRow(), 'segmind', queueState())).toBe('Watching');
    expect(stateText(watchRow(), 'segmind', null)).toBe('Watching');
    expect(stateText(watchRow(), 'segmind', queueState({ paused: true }))).toBe('Watching; the queue is paused');
    expect(stateText(watchRow(), 'segmind', stopped)).toBe('Watching; the queue is stopped');
    expect(stateText(watchRow({ state: 'paused' }), 'segmind', stopped)).toBe('Paused');
    expect(stateText(watchRow({ state: 'elsewhere' }), 'segmind', stopped)).toBe('Belongs to another service');
  });

  it('names the service to which a folder belongs that is not the one in use', () => {
    expect(stateText(watchRow({ state: 'elsewhere', practice: true }), 'segmind', queueState())).toBe(
      'Belongs to practice',
    );
    expect(stateText(watchRow({ state: 'elsewhere' }), 'practice', queueState())).toBe('Belongs to Segmind');
    expect(stateText(watchRow({ state: 'elsewhere' }), 'none', queueState())).toBe('Not watched: no service is in use');
    expect(stateText(watchRow({ state: 'elsewhere' }), 'segmind', queueState())).toBe('Belongs to another service');
  });

  it('waits for the user when many photos came at once, it is out of reach or there is no service, and for nothing else', () => {
    expect(waitsForUser(watchRow({ held: held({}) }), 'segmind')).toBe(true);
    expect(waitsForUser(watchRow({ state: 'unavailable' }), 'segmind')).toBe(true);
    expect(waitsForUser(watchRow({ held: held({ why: 'hours' }) }), 'segmind')).toBe(false);
    expect(waitsForUser(watchRow({ existing: held({ why: 'existing' }) }), 'segmind')).toBe(false);
    expect(waitsForUser(watchRow({ state: 'elsewhere', held: held({}) }), 'segmind')).toBe(false);
    expect(waitsForUser(watchRow({ state: 'elsewhere' }), 'practice')).toBe(false);
    expect(waitsForUser(watchRow({ state: 'elsewhere' }), 'none')).toBe(true);
    expect(waitsForUser(watchRow({ state: 'elsewhere', paused: true }), 'none')).toBe(false);
  });

  it('is active while it notices photos, also outside its hours', () => {
    const states = ['starting', 'watching', 'resting', 'paused', 'unavailable', 'elsewhere'] as const;
    expect(states.filter((state) => isActive(watchRow({ state })))).toEqual(['starting', 'watching', 'resting']);
  });

  it('says why it is looked through again and again, unless its trouble says so', () => {
    expect(pollingText(watchRow())).toBeNull();
    expect(pollingText(watchRow({ polling: 'network' }))).toMatch(/network drive/);
    expect(pollingText(watchRow({ polling: 'chosen' }))).toMatch(/as set/);
    expect(pollingText(watchRow({ polling: 'limits', trouble: failure('watch_limits') }))).toBeNull();
    expect(pollingText(watchRow({ polling: 'limits' }))).toMatch(/no room/);
  });

  it('lists what is set, and a preset by its name', () => {
    const settings = watchSettings({ recursive: true, include: ['*.nef'], exclude: ['test*'], photosADay: 100 });
    expect(settingsTexts(watchRow({ settings }), [])).toEqual([
      '4 MP',
      '30 steps',
      'with sub-folders',
      'only *.nef',
      'not test*',
      'at most 100 photos a day',
      'about 0.04 credits a photo',
    ]);
    const { parameters, output } = appState().preferences;
    const row = watchRow({ practice: true, outputFolderChosen: true, outputFolder: '/home/anna/2026/Out' });
    expect(settingsTexts(row, [{ name: 'Soft', parameters, output }])).toEqual([
      'preset “Soft”',
      'results in …/2026/Out',
    ]);
  });

  it('says until when queued photos wait', () => {
    expect(restText(watchRow({ paused: true }))).toBe('until you resume');
    const settings = watchSettings({ hours: { from: 480, to: 600 } });
    expect(restText(watchRow({ settings }))).toBe(`until ${timeOfDay(480)}`);
  });

  it('tells the last photo by the clock on the same day, and by its day after that', () => {
    expect(lastText(AT, AT + 60_000)).toMatch(/^the last at/);
    expect(lastText(AT, AT + 2 * 86_400_000)).toMatch(/^the last on .*2026/);
  });
});

describe('why photos wait', () => {
  it('is told with the number, the limit, and when they go on', () => {
    const settings = watchSettings({ photosADay: 100, creditsADay: 4, hours: { from: 480, to: 1_080 } });
    expect(heldText(held({}), settings)).toBe('12 new photos came at once.');
    expect(heldText(held({ why: 'photos-a-day' }), settings)).toBe(
      '12 new photos wait: the limit of 100 photos a day is reached. They go on tomorrow.',
    );
    expect(heldText(held({ why: 'credits-a-day', photos: 1 }), settings)).toBe(
      '1 new photo waits: the limit of 4.00 credits a day is reached. It goes on tomorrow.',
    );
    expect(heldText(held({ why: 'hours' }), settings)).toBe(`12 new photos wait until ${timeOfDay(480)}.`);
    expect(heldText(held({ why: 'paused', photos: 1 }), settings)).toBe('1 new photo waits until you resume.');
    expect(heldText(held({ why: 'existing', photos: 1 }), settings)).toBe('1 photo was already there.');
  });

  it('says after a click what became of them, and that what is known cost nothing', () => {
    const became = (queued: number, known: number, waiting: number, gone = 0) => ({ queued, known, waiting, gone });
    expect(releasedText(became(12, 0, 0), 12)).toBe('12 photos are queued.');
    expect(releasedText(became(1, 0, 0), 1)).toBe('1 photo is queued.');
    expect(releasedText(became(9, 2, 1), 12)).toBe(
      '9 photos are queued; 2 are known and not paid for again; 1 waits, as is shown with the folder.',
    );
    expect(releasedText(became(0, 6, 0), 6)).toBe(
      'All 6 photos were enhanced before, or are about to be: nothing was sent, nothing was charged.',
    );
    expect(releasedText(became(0, 1, 0), 1)).toBe(
      'The photo was enhanced before, or is about to be: nothing was sent, nothing was charged.',
    );
    expect(releasedText(became(0, 0, 0), 3)).toMatch(/None of these photos waits any more: nothing was sent/);
  });

  it('says after a click which of them are not there any more', () => {
    const became = (queued: number, known: number, waiting: number, gone: number) => ({ queued, known, waiting, gone });
    expect(releasedText(became(9, 0, 1, 2), 12)).toBe(
      '9 photos are queued; 1 waits, as is shown with the folder; 2 are not there any more.',
    );
    expect(releasedText(became(0, 2, 0, 1), 3)).toMatch(/^2 photos were .* charged\. 1 is not there any more\.$/);
    expect(releasedText(became(0, 0, 0, 3), 3)).toBe('None of these photos is there any more: nothing was sent.');
    expect(releasedText(became(0, 0, 0, 1), 1)).toBe('The photo is not there any more: nothing was sent.');
    expect(releasedText(became(0, 0, 0, 1), 2)).toMatch(/None of these photos waits any more: nothing was sent/);
  });

  it('is told with a price that is the most it may be while some may be known', () => {
    expect(priceText(held({ why: 'existing' }), false)).toBe('up to about 0.48 credits');
    expect(priceText(held({}), false)).toBe('about 0.48 credits');
    expect(priceText(held({ why: 'existing' }), true)).toBe('free: practice, not Bria');
  });
});

describe('photos that are left alone', () => {
  it('are told to count as already there', () => {
    expect(leftText(5)).toBe('5 photos count as already there: they are left alone until you ask for them.');
    expect(leftText(1)).toBe('1 photo counts as already there: it is left alone until you ask for it.');
    expect(leftText(0)).toMatch(/None of these photos waits/);
  });
});

describe('what is typed into the settings of a folder', () => {
  it('is a number only when it cannot be read in two ways', () => {
    const credits = { min: 0.01, max: 100_000, digits: 2, optional: true };
    expect(readAmount(' 2.5 ', credits)).toEqual({ ok: true, value: 2.5 });
    expect(readAmount('2,5', credits)).toEqual({ ok: true, value: 2.5 });
    expect(readAmount('', credits)).toEqual({ ok: true, value: null });
    for (const text of ['1,000', '1e3', '-1', '0', '2.555', 'many', '100001'])
      expect(readAmount(text, credits), text).toEqual({ ok: false });
    const photos = { min: 1, max: 100, digits: 0, optional: false };
    expect(readAmount('100', photos)).toEqual({ ok: true, value: 100 });
    for (const text of ['', '1.0', '101']) expect(readAmount(text, photos), text).toEqual({ ok: false });
    expect(amountProblem(photos)).toBe('Enter a whole number from 1 to 100.');
  });

  it('is a list of patterns with commas between them, each once', () => {
    expect(readPatterns(' *.jpg, *.nef ,, *.jpg\nIMG_??.*')).toEqual(['*.jpg', '*.nef', 'IMG_??.*']);
    expect(patternsText(['*.jpg', '*.nef'])).toBe('*.jpg, *.nef');
    expect(patternsProblem('*.jpg, IMG_*')).toBeNull();
    expect(patternsProblem('RAW/*.nef')).toMatch(/file names/);
    expect(patternsProblem('x'.repeat(PATTERNS.length + 1))).toMatch(/200 characters/);
    expect(patternsProblem(Array.from({ length: PATTERNS.max + 1 }, (_, at) => `${at}*`).join(','))).toMatch(/50/);
  });

  it('is a time of the day, or none', () => {
    expect(timeValue(485)).toBe('08:05');
    expect(timeValue(null)).toBe('');
    expect(readTime('23:59')).toBe(1_439);
    expect(readTime('08:05:30')).toBe(485);
    expect(readTime('')).toBeNull();
  });
});
