import { describe, expect, it } from 'vitest';
import type { JobRow } from '../../../app/contract/values.ts';
import { failure, FAILURE_CODES, stopsQueue } from '../../../app/domain/failure.ts';
import { emptyCounts } from '../../../app/domain/batch.ts';
import { DEFAULT_PARAMETERS } from '../../../app/domain/parameters.ts';
import { chargedText, durationParts } from '../../../renderer/lib/attempt-text.ts';
import { costText, outcome, parameterParts, progressParts } from '../../../renderer/lib/batch-text.ts';
import { chosenOf, entryOf, type JobAction, menuOf } from '../../../renderer/lib/job-menu.ts';
import { remediesOf, remedyOf } from '../../../renderer/lib/remedies.ts';
import { reasonOf, splitName, stateText } from '../../../renderer/lib/tile-text.ts';
import { stateTone } from '../../../renderer/lib/states.ts';
import { AT, batchRow, jobRow } from '../samples.ts';

const done = { name: 'a.jpg', width: 2_449, height: 1_633 };
const failed = (code: Parameters<typeof failure>[0], changes = {}) => {
  const why = failure(code);
  return jobRow({ state: 'failed', failure: why, charged: why.charged, ...changes });
};

describe('the action that helps', () => {
  it.each([
    ['moderated', 'Retry without moderation'],
    ['rejected', 'Change settings…'],
    ['service_failed', 'Retry'],
    ['source_missing', 'Locate…'],
    ['photo_damaged', 'Show in folder'],
    ['result_missing', 'Copy details'],
    ['expired', 'Decide…'],
  ] as const)('of a photo that failed with %s is “%s”', (code, label) => {
    expect(remedyOf(failed(code))?.label).toBe(label);
  });

  it('fetches what is paid for, and lets the user decide what may be paid twice', () => {
    expect(remedyOf(failed('timeout', { owed: true }))).toEqual({ kind: 'retry', label: 'Fetch again' });
    expect(remedyOf(failed('timeout', { owed: false }))?.kind).toBe('decide');
    expect(remedyOf(jobRow({ state: 'uncertain' }))?.kind).toBe('decide');
    expect(remedyOf(jobRow({ state: 'canceled', owed: true }))?.label).toBe('Fetch again');
  });

  it('of a picture that is not found any more is to look again, and then to have it made anew', () => {
    const row = failed('result_gone', { owed: true });
    expect(remediesOf(row).map(({ kind, label }) => [kind, label])).toEqual([
      ['retry', 'Fetch again'],
      ['anew', 'Make it anew (charged again)…'],
    ]);
    expect(remediesOf(failed('timeout', { owed: true }))).toHaveLength(1);
    expect(remediesOf(jobRow())).toEqual([]);
  });

  it('never offers to pay again without asking', () => {
    for (const code of FAILURE_CODES.filter((one) => !stopsQueue(one))) {
      const row = failed(code, { owed: false });
      if (row.failure?.charged !== 'no') expect(remedyOf(row)?.kind).not.toBe('retry');
    }
  });

  it('is none for photos that wait, are at work or are enhanced', () => {
    for (const state of ['queued', 'preparing', 'submitting', 'processing', 'saving', 'succeeded'] as const)
      expect(remedyOf(jobRow({ state }))).toBeNull();
  });
});

describe('a photo of a service that is not in use', () => {
  const text = (changes: Partial<JobRow>, elsewhere: 'segmind' | 'practice' | null) =>
    stateText(jobRow(changes), AT, elsewhere);

  it.each([
    [{ state: 'processing', submittedAt: AT }, 'At Segmind, not fetched'],
    [{ state: 'saving' }, 'At Segmind, not fetched'],
    [{ state: 'queued', owed: true }, 'At Segmind, not fetched'],
    [{ state: 'queued', notBefore: AT + 60_000 }, 'Waits for Segmind'],
    [{ state: 'preparing' }, 'Waits for Segmind'],
    [{ state: 'succeeded' }, 'Enhanced'],
    [{ state: 'failed', owed: true }, 'Failed, paid for'],
    [{ state: 'uncertain' }, 'Uncertain'],
  ] as const)('%j is “%s”', (changes, expected) => {
    expect(text(changes, 'segmind')).toBe(expected);
  });

  it('waits for practice where that is not in use, and is worked on where its service is', () => {
    expect(text({ state: 'processing' }, 'practice')).toBe('Waits for the practice service');
    expect(text({ state: 'processing' }, null)).toBe('Enhancing');
  });

  it('has the tone of waiting, unless it is finished', () => {
    expect(stateTone('processing', 'segmind')).toBe('waiting');
    expect(stateTone('processing')).toBe('working');
    expect(stateTone('failed', 'segmind')).toBe('failed');
  });
});

describe('the menu of photos', () => {
  it('offers to locate a missing photo, and to retry it where it was; of several the latter alone', () => {
    const missing = [failed('source_missing'), failed('source_missing', { id: 2 })];
    const labels = (rows: typeof missing) =>
      menuOf(chosenOf(rows))
        .flat()
        .filter(({ action, reason }) => (action === 'locate' || action === 'retry') && reason === null)
        .map(({ label }) => label);
    expect(labels(missing.slice(0, 1))).toEqual(['Locate the missing photo…', 'Retry']);
    expect(labels(missing)).toEqual(['Retry 2 photos…']);
    expect(labels([failed('source_changed')])).toEqual(['Retry']);
  });

  it('says why something cannot be done with one photo', () => {
    const row = jobRow({ state: 'processing' });
    const reasons = Object.fromEntries(
      menuOf(chosenOf([row]))
        .flat()
        .map(({ action, reason }) => [action, reason]),
    );
    expect(reasons).toMatchObject({
      compare: null,
      'open-original': null,
      'open-enhanced': 'not enhanced yet',
      retry: 'nothing failed here',
      cancel: null,
    });
  });

  it('fits several photos: what any of them can be done with, how many that is, and none of what needs one', () => {
    const chosen = chosenOf([failed('moderated', { id: 1 }), jobRow({ id: 2, state: 'uncertain' })]);
    expect(entryOf(chosen, 'retry')).toMatchObject({ label: 'Retry 1 of 2 photos', reason: null });
    expect(entryOf(chosen, 'open-original')?.reason).toBe('one photo at a time');
    expect(entryOf(chosen, 'unmoderated')?.label).toBe('Retry 1 of 2 photos without moderation');
    expect(entryOf(chosen, 'decide')?.label).toBe('Decide about 1 uncertain photo…');
    expect(entryOf(chosen, 'cancel')?.reason).toBe('nothing waits here');
  });

  it('asks before it retries several, and offers to make anew only what is not found any more', () => {
    const photo = (id: number) => failed('network', { id });
    const gone = failed('result_gone', { id: 3, owed: true });
    expect(entryOf(chosenOf([photo(1), photo(2)]), 'retry')?.label).toBe('Retry 2 photos…');
    expect(entryOf(chosenOf([photo(1)]), 'retry')?.label).toBe('Retry');
    expect(entryOf(chosenOf([photo(1), photo(2)]), 'anew')).toBeNull();
    expect(entryOf(chosenOf([gone]), 'anew')).toMatchObject({ label: 'Make it anew (charged again)…', reason: null });
    expect(entryOf(chosenOf([photo(1), gone]), 'anew')?.label).toBe('Make 1 of 2 photos anew (charged again)…');
  });

  it('counts what is among all of ten thousand, however few of them are at hand', () => {
    const rows = [jobRow({ state: 'succeeded', output: done })];
    const counts = { ...emptyCounts(), succeeded: 9_000, failed: 700, canceled: 60, uncertain: 240 };
    const chosen = { count: 10_000, rows, tally: { counts, moderated: 400, gone: 30, batchId: 1 } };
    const label = (action: JobAction) => entryOf(chosen, action)?.label;
    expect(label('retry')).toBe('Retry 760 of 10,000 photos…');
    expect(label('anew')).toBe('Make 30 of 10,000 photos anew (charged again)…');
    expect(label('unmoderated')).toBe('Retry 400 of 10,000 photos without moderation');
    expect(label('decide')).toBe('Decide about 240 uncertain photos…');
    expect(label('again')).toBe('Enhance 10,000 photos with other settings…');
    expect(entryOf(chosen, 'cancel')?.reason).toBe('nothing waits here');
  });

  it('refuses nothing and claims nothing before they are counted, and copies no more than the clipboard bears', () => {
    const chosen = { count: 10_000, rows: [jobRow({ state: 'succeeded', output: done })], tally: null };
    expect(entryOf(chosen, 'retry')).toMatchObject({ label: 'Retry…', reason: null });
    expect(entryOf(chosen, 'copy')?.reason).toBe('1,000 at most');
    expect(entryOf(chosen, 'decide')).toBeNull();
  });
});

describe('what a tile says', () => {
  it('cuts long names before the number at their end', () => {
    expect(splitName('IMG_0001.jpg')).toEqual({ head: 'IMG_0001.jpg', tail: '' });
    expect(splitName('Wedding of Anna-0042.jpeg')).toEqual({ head: 'Wedding of Anna', tail: '-0042.jpeg' });
  });

  it('tells photos that wait for a reason from those that just wait', () => {
    expect(stateText(jobRow(), AT)).toBe('Waiting');
    expect(stateText(jobRow({ notBefore: AT + 60_000 }), AT)).toMatch(/^Tries again at /);
    expect(stateText(jobRow({ notBefore: AT - 1, failure: failure('network') }), AT)).toBe('Waiting to try again');
    expect(stateText(jobRow({ owed: true }), AT)).toBe('Waiting, paid for');
    expect(stateText(jobRow({ state: 'uncertain', left: true }), AT)).toBe('Uncertain, left as it is');
  });

  it('gives a reason only while it matters', () => {
    expect(reasonOf(failed('moderated'))).toMatch(/^Content moderation/);
    expect(reasonOf(jobRow({ state: 'succeeded', failure: failure('network') }))).toBeNull();
  });
});

describe('a batch in sentences', () => {
  const counts = { ...emptyCounts(), succeeded: 80, failed: 3, queued: 120, processing: 8, saving: 1 };

  it('tells how far it is, how long it takes and how fast it goes', () => {
    const batch = batchRow({ counts, secondsLeft: 1_200, photosPerMinute: 11.4 });
    expect(progressParts(batch, 'running')).toEqual([
      '80 of 212 enhanced',
      '3 failed',
      'about 20 min left',
      '11 photos a minute',
    ]);
    expect(progressParts(batchRow({ counts }), 'running')).toEqual(['80 of 212 enhanced', '3 failed']);
  });

  it('says that it waits for the plan, while it runs', () => {
    const waits = { paced: { perMinute: 5, until: 0 }, resting: null };
    const batch = batchRow({ counts, secondsLeft: 40 });
    const plan = 'waits for the plan’s 5 requests a minute';
    const told = ['80 of 212 enhanced', '3 failed', 'about 40 s left', plan];
    expect(progressParts(batch, 'running', waits)).toEqual(told);
    expect(progressParts(batch, 'paused', waits)).not.toContain(plan);
  });

  it('says that photos wait for their watch folder, and why', () => {
    const resting = { batchId: 1, folder: 'Tethered', photos: 120, why: 'paused' } as const;
    const some = batchRow({ counts: { ...emptyCounts(), succeeded: 80, queued: 120 } });
    expect(progressParts(some, 'resting', { paced: null, resting })).toEqual([
      '80 of 200 enhanced',
      '120 wait: “Tethered” is paused',
    ]);
    const one = { ...resting, photos: 1, why: 'hours' } as const;
    expect(progressParts(some, 'running', { paced: null, resting: one })).toContain(
      '1 waits for the hours of “Tethered”',
    );
  });

  it('counts nothing but enhanced photos as such, and tells apart from them what else became of some', () => {
    const some = { ...emptyCounts(), queued: 4, uncertain: 3 };
    expect(progressParts(batchRow({ counts: some }), 'running')).toEqual(['0 of 7 enhanced', '3 uncertain']);
    const all = { ...counts, uncertain: 2, skipped: 4, canceled: 6 };
    const others = ['3 failed', '2 uncertain', '4 skipped', '6 canceled'];
    expect(progressParts(batchRow({ counts: all }), 'running')).toEqual(['80 of 224 enhanced', ...others]);
  });

  it('says of a pause what still comes back, and of another service what it waits for', () => {
    expect(progressParts(batchRow({ counts }), 'paused')).toEqual([
      'Paused',
      '80 of 212 enhanced',
      '3 failed',
      '9 still come back',
    ]);
    expect(progressParts(batchRow({ counts }), 'elsewhere').at(-1)).toBe('waits for Segmind');
  });

  it.each([
    [{ succeeded: 212 }, 'All 212 photos are enhanced.'],
    [{ succeeded: 1 }, 'The photo is enhanced.'],
    [
      { succeeded: 9, failed: 2, uncertain: 1 },
      '9 of 12 photos are enhanced; 2 failed, 1 may have been charged without a result.',
    ],
    [{ canceled: 3 }, '0 of 3 photos are enhanced; 3 were canceled.'],
    [{}, 'There are no photos in this batch.'],
  ])('ends %j as “%s”', (changes, text) => {
    expect(outcome({ ...emptyCounts(), ...changes })).toBe(text);
  });

  it('never shows money for practice', () => {
    expect(costText(batchRow({ practice: true, credits: 3 }))).toBe('free: practice, not Bria');
    expect(costText(batchRow({ counts, credits: 3.2 }))).toBe('3.20 credits so far');
    expect(chargedText('yes', 0.04, true)).toBe('free: practice, not Bria');
    expect(chargedText('maybe', null, false)).toBe('may have been charged');
    expect(chargedText('yes', 0.04, false)).toBe('0.04 credits');
    expect(chargedText('no', null, false)).toBe('not charged');
  });

  it('says that the cost is without what may have been charged', () => {
    const doubtful = { ...emptyCounts(), queued: 4, uncertain: 3 };
    expect(costText(batchRow({ counts: doubtful, credits: 0 }))).toBe('0.00 credits so far, without 3 uncertain');
    const ended = { ...emptyCounts(), succeeded: 9, uncertain: 1 };
    expect(costText(batchRow({ counts: ended, credits: 0.36 }))).toBe('0.36 credits, without 1 uncertain');
  });

  it('names the parameters', () => {
    expect(parameterParts(DEFAULT_PARAMETERS)).toEqual([
      '4 MP',
      '30 steps',
      'seed 123456',
      'transparency kept',
      'moderation on',
    ]);
    expect(parameterParts({ ...DEFAULT_PARAMETERS, inputModeration: false }).at(-1)).toBe('moderation of results only');
  });

  it('tells what an attempt spent its time on, as far as that is known', () => {
    const attempt = {
      jobId: 1,
      number: 1,
      startedAt: AT,
      submittedAt: AT + 1_200,
      acceptedAt: AT + 1_250,
      endedAt: AT + 34_000,
      outcome: 'succeeded',
      code: null,
      message: null,
      httpStatus: null,
      requestId: 'r1',
      charged: 'yes',
      credits: 0.04,
      queueSeconds: null,
      inferenceSeconds: 26.4,
      totalSeconds: null,
    } as const;
    expect(durationParts(attempt)).toEqual(['prepared in 1.2 s', 'enhanced in 26 s', 'in all 34 s']);
    expect(durationParts({ ...attempt, endedAt: null, submittedAt: null })).toEqual(['enhanced in 26 s']);
  });
});
