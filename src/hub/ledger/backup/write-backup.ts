import type { Kysely } from 'kysely';
import { sql } from '../../../platform/kysely.js';
import { copySqlite, openSqlite } from '../../../platform/sqlite.js';
import { readHead } from '../head.js';
import { migrate, SQLITE_TYPES } from '../migrations.js';
import type { LedgerTables } from '../tables.js';
import { writeWholeFile } from './backup-file.js';
import { type CopyProgress, copyLedger } from './copy-ledger.js';
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

/** The same from a database server: the file is a SQLite ledger too. */
export async function backUpDatabase(
  database: Kysely<LedgerTables>,
  file: string,
  onProgress?: CopyProgress,
): Promise<WrittenBackup> {
  const bytes = await writeWholeFile(file, async (partial) => {
    const target = openSqlite<LedgerTables>(partial);
    try {
      // Made durable as a whole at the end; a file that is not finished is thrown away.
      target.exec('PRAGMA journal_mode=OFF');
      target.exec('PRAGMA synchronous=OFF');
      await migrate(target.database, SQLITE_TYPES);
      await database
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((source) => target.database.transaction().execute((trx) => copyLedger(source, trx, onProgress)));
    } finally {
      await target.database.destroy();
    }
  });
  return describe(file, bytes);
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
