/** Calendar years after the current one through which an entry stays searchable unless told otherwise. */
const YEARS_KEPT = 4;

/** Seconds since 1970 of the last second (UTC) of the fourth calendar year after this one. */
export function defaultExpiresAt(nowMs: number): number {
  return Date.UTC(new Date(nowMs).getUTCFullYear() + YEARS_KEPT + 1, 0, 1) / 1000 - 1;
}
