// What the history is narrowed to, as the user sets it: in days and groups; and as the core is asked for it.
import type { HistoryFilterInput } from '../../app/contract/inputs.ts';
import { localMidnight } from '../../app/contract/local-day.ts';
import { stateGroupLabel, type StateGroup, statesOf } from './states.ts';
import { day } from './format.ts';
import { shortFolder } from './folders.ts';

export const PERIODS = ['any', 'today', 'week', 'month', 'custom'] as const;
export type Period = (typeof PERIODS)[number];

export interface HistoryFilters {
  /** Part of a file name. */
  readonly text: string;
  readonly group: StateGroup;
  readonly period: Period;
  /** Days as a date field gives them, YYYY-MM-DD; empty for none. They count while `period` is `custom`. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly folder: string | null;
  readonly failureCode: string | null;
  readonly batchId: number | null;
}

export const NO_FILTERS: HistoryFilters = {
  text: '',
  group: 'all',
  period: 'any',
  fromDay: '',
  toDay: '',
  folder: null,
  failureCode: null,
  batchId: null,
};

export const PERIOD_LABELS: Readonly<Record<Period, string>> = {
  any: 'Any time',
  today: 'Today',
  week: 'Last 7 days',
  month: 'Last 30 days',
  custom: 'From … to …',
};

const DAYS: Readonly<Record<'today' | 'week' | 'month', number>> = { today: 1, week: 7, month: 30 };
const TEXT_LENGTH = 200; // what the contract takes

/** @param now milliseconds since the epoch; days are those of this machine */
export function toInput(filters: HistoryFilters, now: number): HistoryFilterInput {
  return {
    text: filters.text.trim().slice(0, TEXT_LENGTH),
    states: [...statesOf(filters.group)],
    ...rangeOf(filters, now),
    folder: filters.folder,
    failureCode: filters.failureCode,
    batchId: filters.batchId,
    undecided: false,
  };
}

/** The filter of what waits for a decision: nothing else narrows it, so that nothing of it is overlooked. */
export function undecidedInput(): HistoryFilterInput {
  return { ...toInput(NO_FILTERS, 0), undecided: true };
}

function rangeOf({ period, fromDay, toDay }: HistoryFilters, now: number): { from: number | null; to: number | null } {
  if (period === 'any') return { from: null, to: null };
  if (period === 'custom') {
    const from = startOfDay(fromDay);
    const last = startOfDay(toDay);
    return { from, to: last === null ? null : addDays(last, 1) };
  }
  return { from: addDays(localMidnight(now), 1 - DAYS[period]), to: null };
}

/** Why nothing can lie between two days; null when something can. */
export function periodProblem({ period, fromDay, toDay }: HistoryFilters): string | null {
  const from = startOfDay(fromDay);
  const to = startOfDay(toDay);
  const turned = period === 'custom' && from !== null && to !== null && to < from;
  return turned ? 'The end is before the beginning.' : null;
}

/** Midnight at this place; null when the text is no day. */
function startOfDay(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const [year = 0, month = 1, date = 1] = match.slice(1).map(Number);
  return new Date(year, month - 1, date).getTime();
}

/** Days, not 24 hours: clocks are put forward and back. */
function addDays(at: number, days: number): number {
  const date = new Date(at);
  return date.setDate(date.getDate() + days);
}

/** A filter that is set, in words, and how the filters are without it. */
export interface Chip {
  readonly id: string;
  readonly label: string;
  readonly without: HistoryFilters;
}

export interface Names {
  readonly batch: (id: number) => string;
  readonly failure: (code: string) => string;
}

export function chipsOf(filters: HistoryFilters, names: Names): Chip[] {
  const chips: Chip[] = [];
  const add = (id: string, label: string, without: Partial<HistoryFilters>) =>
    chips.push({ id, label, without: { ...filters, ...without } });
  if (filters.text.trim() !== '') add('text', `Name: “${filters.text.trim()}”`, { text: '' });
  if (filters.group !== 'all') add('group', stateGroupLabel(filters.group), { group: 'all' });
  if (isPeriodSet(filters)) add('period', periodLabel(filters), { period: 'any', fromDay: '', toDay: '' });
  if (filters.folder !== null) add('folder', `Folder: ${shortFolder(filters.folder)}`, { folder: null });
  if (filters.failureCode !== null) add('failure', names.failure(filters.failureCode), { failureCode: null });
  if (filters.batchId !== null) add('batch', `Batch: ${names.batch(filters.batchId)}`, { batchId: null });
  return chips;
}

function isPeriodSet({ period, fromDay, toDay }: HistoryFilters): boolean {
  return period !== 'any' && (period !== 'custom' || startOfDay(fromDay) !== null || startOfDay(toDay) !== null);
}

function periodLabel(filters: HistoryFilters): string {
  if (filters.period !== 'custom') return PERIOD_LABELS[filters.period];
  const from = startOfDay(filters.fromDay);
  const to = startOfDay(filters.toDay);
  if (from !== null && to !== null) return `${day(from)} – ${day(to)}`;
  if (from !== null) return `Since ${day(from)}`;
  return to === null ? '' : `Until ${day(to)}`;
}
