// What sending photos will probably cost, where the core was not asked for a quote.
import type { BatchRow } from '../../app/contract/values.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { quote } from '../../app/domain/quote.ts';

export interface Price {
  readonly credits: number;
  /** Whether it comes from what the user's own photos cost, and not from the list price. */
  readonly fromHistory: boolean;
}

/** Photos to be told a usual cost from: fewer tell little. */
const ENOUGH = 5;

/** The price of some photos by what those of the batches in sight cost, or else by the list price. */
export function priceOf(photos: number, batches: readonly BatchRow[]): Price {
  const paid = batches.filter(({ practice, credits }) => !practice && credits > 0);
  const enhanced = paid.reduce((sum, { counts }) => sum + counts.succeeded, 0);
  const spent = paid.reduce((sum, { credits }) => sum + credits, 0);
  const usualCost = enhanced >= ENOUGH ? spent / enhanced : null;
  const each = quote([{ width: 1, height: 1 }], DEFAULT_PARAMETERS, {
    usualCost,
    usualSeconds: null,
    concurrency: 1,
    perMinute: null,
  });
  return { credits: photos * each.credits, fromHistory: each.fromHistory };
}
