/** Calendar years after that of submission through which an entry is kept, unless the consortium decides otherwise. */
export const DEFAULT_RETENTION_YEARS = 4;

/** Seconds since 1970 of the last second (UTC) of the calendar year that many years after the one of a time. */
export function endOfYearAfter(years: number, timeMs: number): number {
  return Date.UTC(new Date(timeMs).getUTCFullYear() + years + 1, 0, 1) / 1000 - 1;
}
