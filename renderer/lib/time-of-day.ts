// Times of the day as fields for them hold them.

/** What a time field holds: `08:05`; empty for none. @param minutes since midnight */
export function timeValue(minutes: number | null): string {
  if (minutes === null) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Minutes since midnight; null for a field that is empty or not filled in wholly. */
export function readTime(value: string): number | null {
  const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(value) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
