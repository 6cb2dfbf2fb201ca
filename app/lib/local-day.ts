// The calendar day at this place: what a day's limits are counted by, and what “{date}” in a result's name means.

/**
 * The day that a time falls on by the clock on the wall, in the time zone of this machine; not the day in UTC.
 * @param time milliseconds since the epoch
 * @returns `YYYY-MM-DD`
 */
export function localDay(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
