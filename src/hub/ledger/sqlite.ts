import { chmodSync, statSync } from 'node:fs';
import type { Kysely } from 'kysely';
import { sql } from '../../platform/kysely.js';
import type { Logger } from '../../platform/log.js';
import { BUSY_TIMEOUT_MS, openSqlite } from '../../platform/sqlite.js';
import { findBrokenText } from '../../platform/sqlite-text.js';
import { HubKeys } from './hub-keys.js';
import { readIdentity } from './identity.js';
import { migrate, SQLITE_TYPES } from './migrations.js';
import type { OpenedLedger } from './opened-ledger.js';
import { UNSHARED_INDEX } from './shared-index.js';
import { SqlLedger } from './sql-ledger.js';
import { SqlLog } from './sql-log.js';
import { SqlRegistry } from './sql-registry.js';
import { SqlSpaceRegistry } from './sql-space-registry.js';
import { corrupt, storageError } from './storage-error.js';
import { type LedgerTables, SETTINGS } from './tables.js';

/**
 * Opens the embedded ledger, making or upgrading the file.
 * @throws LEDGER_NEWER, LEDGER_CORRUPT
 */
export async function openSqliteLedger(file: string, logger: Logger): Promise<OpenedLedger> {
  const database = openDatabase(file);
  try {
    // The file holds the hub's keys; its -wal and -shm files take over the mode.
    chmodSync(file, 0o600);
    if (await findBrokenText(database, SETTINGS)) throw corrupt('Its tenants, spaces or keys cannot be read.');
    await migrate(database, SQLITE_TYPES);
    const identity = await readIdentity(database);
    const keys = await HubKeys.open(database);
    const log = await SqlLog.open(database);
    const ledger = new SqlLedger(log, {
      name: 'sqlite',
      hub: identity.id,
      keys,
      purge: () => cutWriteAheadLog(database),
      storedBytes: () => fileBytes(file),
      sharedIndex: UNSHARED_INDEX,
      logger,
      close: () => database.destroy(),
    });
    // A process may have ended between a withdrawal and its purge.
    await ledger.purgeErased();
    return { ledger, registry: new SqlRegistry(log), spaces: new SqlSpaceRegistry(log), identity, keys, log };
  } catch (error) {
    await database.destroy();
    throw storageError(error);
  }
}

/** Erased pages live on in the write-ahead log until it is written back and cut. @throws Error if a reader prevents it */
async function cutWriteAheadLog(database: Kysely<LedgerTables>): Promise<void> {
  // A backup may be reading: nobody waits for its end, as everything else would wait too.
  await sql`PRAGMA busy_timeout = 0`.execute(database);
  const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`
    .execute(database)
    .finally(() => sql`PRAGMA busy_timeout = ${sql.lit(BUSY_TIMEOUT_MS)}`.execute(database));
  if (rows[0]?.busy !== 0) throw new Error('The write-ahead log is in use.');
}

async function fileBytes(file: string): Promise<number> {
  const sizes = ['', '-wal'].map((suffix) => statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

function openDatabase(file: string) {
  try {
    return openSqlite<LedgerTables>(file).database;
  } catch (error) {
    throw storageError(error);
  }
}
