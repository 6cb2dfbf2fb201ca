import { expect, test } from 'vitest';
import {
  chipsOf,
  type HistoryFilters,
  NO_FILTERS,
  periodProblem,
  toInput,
  undecidedInput,
} from '../../../renderer/lib/history-filter.ts';

const NOW = new Date(2026, 10, 22, 15, 30).getTime();
const filters = (changes: Partial<HistoryFilters>): HistoryFilters => ({ ...NO_FILTERS, ...changes });
const names = { batch: (id: number) => `Batch ${id}`, failure: (code: string) => code };
const midnight = (month: number, day: number) => new Date(2026, month - 1, day).getTime();

test('no filter asks for everything', () => {
  expect(toInput(NO_FILTERS, NOW)).toEqual({
    text: '',
    states: [],
    from: null,
    to: null,
    folder: null,
    failureCode: null,
    batchId: null,
    undecided: false,
  });
});

test('a group asks for its states, and a name without the blanks around it', () => {
  expect(toInput(filters({ group: 'quiet', text: '  IMG ' }), NOW)).toMatchObject({
    states: ['skipped', 'canceled'],
    text: 'IMG',
  });
});

test('today begins at midnight; seven days are today and the six before', () => {
  expect(toInput(filters({ period: 'today' }), NOW)).toMatchObject({ from: midnight(11, 22), to: null });
  expect(toInput(filters({ period: 'week' }), NOW)).toMatchObject({ from: midnight(11, 16), to: null });
});

test('thirty days go back by days of the calendar, over a change of the clocks as well', () => {
  const summer = new Date(2026, 3, 10, 9).getTime();
  expect(toInput(filters({ period: 'month' }), summer).from).toBe(midnight(3, 12));
});

test('days from and to both count in full', () => {
  const own = filters({ period: 'custom', fromDay: '2026-11-01', toDay: '2026-11-03' });
  expect(toInput(own, NOW)).toMatchObject({ from: midnight(11, 1), to: midnight(11, 4) });
});

test('a day that is not there, or not typed to its end, is left open', () => {
  expect(toInput(filters({ period: 'custom', fromDay: '2026-1', toDay: '' }), NOW)).toMatchObject({
    from: null,
    to: null,
  });
});

test('an end before the beginning is a problem only while days are chosen', () => {
  const turned = { fromDay: '2026-11-05', toDay: '2026-11-03' };
  expect(periodProblem(filters({ ...turned, period: 'custom' }))).toMatch(/before the beginning/);
  expect(periodProblem(filters({ ...turned, period: 'week' }))).toBeNull();
});

test('what waits for a decision is narrowed by nothing else', () => {
  expect(undecidedInput()).toMatchObject({ undecided: true, states: [], text: '', from: null });
});

test('each filter that is set has a chip, and clearing one leaves the others', () => {
  const set = filters({
    text: 'IMG',
    group: 'failed',
    period: 'week',
    folder: '/home/anna/Pictures/2026/Wedding',
    failureCode: 'moderated',
    batchId: 7,
  });
  const chips = chipsOf(set, names);
  expect(chips.map(({ label }) => label)).toEqual([
    'Name: “IMG”',
    'Failed',
    'Last 7 days',
    'Folder: …/2026/Wedding',
    'moderated',
    'Batch: Batch 7',
  ]);
  expect(chips[1]?.without).toEqual({ ...set, group: 'all' });
  expect(chips.at(-1)?.without).toEqual({ ...set, batchId: null });
});

test('days that were not chosen yet have no chip', () => {
  expect(chipsOf(filters({ period: 'custom' }), names)).toEqual([]);
  expect(chipsOf(filters({ period: 'custom', toDay: '2026-11-03' }), names)[0]?.label).toMatch(/^Until .*2026/);
});
