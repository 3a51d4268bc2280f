import type { Kysely } from 'kysely';
import type { LedgerTables } from './tables.js';

export async function recordHashAt(database: Kysely<LedgerTables>, position: number): Promise<Buffer | undefined> {
  const row = await database.selectFrom('record').select('hash').where('position', '=', position).executeTakeFirst();
  return row?.hash;
}
