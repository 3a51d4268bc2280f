import { DEFAULT_RETENTION_YEARS, endOfYearAfter } from '../protocol/retention.js';

/** Seconds since 1970 until which an entry stays searchable unless told otherwise. */
export function defaultExpiresAt(nowMs: number): number {
  return endOfYearAfter(DEFAULT_RETENTION_YEARS, nowMs);
}
