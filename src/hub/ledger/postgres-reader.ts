import { openPostgres, postgresAddress } from '../../platform/postgres.js';
import { identified, type StoredLedger } from './backup/stored-ledger.js';
import { refusal } from './postgres-refusal.js';
import type { LedgerTables } from './tables.js';

/**
 * Opens the ledger in a database to read it, beside the hubs that write to it.
 * @throws BAD_REQUEST, LEDGER_UNAVAILABLE, DATABASE_UNUSABLE, LEDGER_NEWER, LEDGER_CORRUPT
 */
export async function readPostgresLedger(url: string): Promise<StoredLedger> {
  const address = postgresAddress(url);
  const database = openPostgres<LedgerTables>(url);
  try {
    return await identified(database, 'The ledger in the database');
  } catch (error) {
    await database.destroy();
    throw refusal(error, address);
  }
}
