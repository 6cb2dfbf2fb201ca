// The calendar day at this place, on both sides of the window: what a day's limits are counted by, what “today” is, and
// what “{date}” in a result's name means. Times are those of the clock on the wall, milliseconds since the epoch.

/**
 * The day that a time falls on by the clock on the wall, in the time zone of this machine; not the day in UTC.
 * @returns `YYYY-MM-DD`: days are in order as texts, too
 */
export function localDay(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When the local day of a time began: at midnight, or just after where clocks are put forward over that. */
export function localMidnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** When the next local day begins: a day may have 23 or 25 hours. */
export function nextMidnight(time: number): number {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
