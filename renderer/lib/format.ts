// Numbers, times and sizes as text, in the user's locale.
import type { ServiceKind } from '../../app/contract/values.ts';

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const MEGAPIXELS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const CREDITS = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const FINE_CREDITS = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const DAY_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

export function number(value: number): string {
  return WHOLE.format(value);
}

/** `1 photo`, `12 photos`; other nouns get an s unless their plural is given. */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${WHOLE.format(value)} ${value === 1 ? noun : plural}`;
}

/** Dollars, as Segmind counts credits. */
export function credits(value: number): string {
  return `${creditNumber(value)} ${value === 1 ? 'credit' : 'credits'}`;
}

/** Credits without their name, for a column that has it. */
export function creditNumber(value: number): string {
  return value > 0 && value < 0.1 ? FINE_CREDITS.format(value) : CREDITS.format(value);
}

export function megapixels(width: number, height: number): string {
  return `${MEGAPIXELS.format((width * height) / 1_000_000)} MP`;
}

export function dimensions(width: number, height: number): string {
  return `${width} × ${height}`;
}

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const unit = units[step] ?? 'byte';
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(value / 1_000 ** step);
}

/** A span of time, rounded as one would say it: `8 s`, `3 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  if (seconds < 60) return `${WHOLE.format(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours >= 48) return count(Math.round(hours / 24), 'day');
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** Milliseconds since the epoch as a day. */
export function day(at: number): string {
  return DAY.format(at);
}

export function dayTime(at: number): string {
  return DAY_TIME.format(at);
}

export function time(at: number): string {
  return TIME.format(at);
}

/** The service as the user knows it. */
export function serviceName(kind: ServiceKind): string {
  switch (kind) {
    case 'segmind':
      return 'Segmind';
    case 'practice':
      return 'Practice';
    case 'none':
      return 'No service';
  }
}
