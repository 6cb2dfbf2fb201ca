// How often a folder is looked through, and why more often than its events would need.

/** Why a folder is looked through again and again. */
export type Polling = 'chosen' | 'network' | 'limits';

const EVENTS_MS = 300_000;
const POLLED_MS: Readonly<Record<Polling, number>> = { chosen: 30_000, network: 30_000, limits: 10_000 };

/** How long after a look through the folder the next is due, milliseconds. */
export function lookEvery(polling: Polling | null): number {
  return polling === null ? EVENTS_MS : POLLED_MS[polling];
}
