// A number as the user types it, or nothing.

export interface AmountRange {
  readonly min: number;
  readonly max: number;
  /** Digits after the decimal point at most; 0 for whole numbers. */
  readonly digits: number;
  /** Whether nothing is an answer, too. */
  readonly optional: boolean;
}

export type Amount = { readonly ok: true; readonly value: number | null } | { readonly ok: false };

/**
 * Reads a typed number; a comma may stand for the decimal point. What could be read in two ways is not read: a limit of
 * “1,000” is neither taken for one nor for a thousand.
 */
export function readAmount(text: string, { min, max, digits, optional }: AmountRange): Amount {
  const typed = text.trim();
  if (typed === '') return optional ? { ok: true, value: null } : { ok: false };
  const pattern = digits === 0 ? /^\d+$/ : new RegExp(String.raw`^\d+(?:[.,]\d{1,${digits}})?$`);
  if (!pattern.test(typed)) return { ok: false };
  const value = Number(typed.replace(',', '.'));
  return value >= min && value <= max ? { ok: true, value } : { ok: false };
}

/** What the user is to type instead. */
export function amountProblem({ min, max, digits, optional }: AmountRange): string {
  const what = digits === 0 ? 'a whole number' : 'a number';
  const unless = optional ? ', or leave it empty' : '';
  return `Enter ${what} from ${min.toLocaleString()} to ${max.toLocaleString()}${unless}.`;
}
