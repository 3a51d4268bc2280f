import { sql } from 'kysely';
import { copySqlite } from '../../../platform/sqlite.js';
import { readHead } from '../head.js';
import { writeWholeFile } from './backup-file.js';
import { readStoredLedger } from './stored-ledger.js';

export interface WrittenBackup {
  readonly hub: string;
  readonly records: number;
  /** Live entries. */
  readonly entries: number;
  readonly bytes: number;
  /** base64url */
  readonly root: string;
}

/**
 * Writes all that an embedded ledger holds at this moment into a file; its owner may go on writing.
 * @throws FILE_EXISTS, NOT_READABLE, STORAGE_FULL
 */
export async function backUpSqlite(ledgerFile: string, file: string): Promise<WrittenBackup> {
  return describe(file, await writeWholeFile(file, async (partial) => copySqlite(ledgerFile, partial)));
}

async function describe(file: string, bytes: number): Promise<WrittenBackup> {
  const { database, hub, close } = await readStoredLedger(file, 'The backup');
  try {
    const { frontier } = await readHead(database);
    const { rows } = await sql<{ entries: number }>`select count(*) as entries from entry`.execute(database);
    const root = frontier.root().toString('base64url');
    return { hub, records: frontier.size, entries: Number(rows[0]!.entries), bytes, root };
  } finally {
    await close();
  }
}
