import type { Kysely } from 'kysely';
import { recordHashAt } from '../record-hash-at.js';
import type { LedgerTables } from '../tables.js';

/** Number of records with which two ledgers begin alike: a record's hash holds its place, its time and a random id. */
export async function commonRecords(
  a: Kysely<LedgerTables>,
  b: Kysely<LedgerTables>,
  smallerSize: number,
): Promise<number> {
  let alike = 0;
  let different = smallerSize + 1;
  while (different - alike > 1) {
    const size = Math.floor((alike + different) / 2);
    const [mine, other] = [await recordHashAt(a, size - 1), await recordHashAt(b, size - 1)];
    if (mine && other?.equals(mine)) alike = size;
    else different = size;
  }
  return alike;
}
