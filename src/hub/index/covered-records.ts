import type { Ledger } from '../ledger/ledger.js';
import type { Watermark } from './vector-index.js';

/**
 * How many records of this log a watermark covers.
 * @returns undefined if it speaks of another log, such as the one before a restore
 */
export async function coveredRecords(
  ledger: Pick<Ledger, 'recordHash'>,
  { size, record }: Watermark,
): Promise<number | undefined> {
  if (size === 0) return 0;
  const hash = await ledger.recordHash(size - 1);
  return hash?.toString('hex') === record ? size : undefined;
}
