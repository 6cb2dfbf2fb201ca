// Numbers and names as people read them, and texts that are safe to print.
import { isAbsolute, relative, sep } from 'node:path';

/** A path as it is shortest to read: below the working folder from there, any other in full. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  if (below === '') return '.';
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

/** `6 s`, `4 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `1 photo`, `4 photos`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `0.16 credits`, with as many digits as a fraction of a cent needs. */
export function credits(amount: number): string {
  const text = amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  return `${text} credits`;
}

/** A text on one line, without control characters: a file name can hold what a terminal would obey. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\u{FFFD}');
}

/** A cell of a CSV file; what a spreadsheet would take for a formula is marked as text. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
