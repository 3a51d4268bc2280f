import { chmodSync } from 'node:fs';
import { openSqlite } from '../../platform/sqlite.js';
import { importSigner } from '../../protocol/keys.js';
import { readIdentity } from './identity.js';
import type { Ledger } from './ledger.js';
import { migrate } from './migrations.js';
import type { HubIdentity, Registry } from './registry.js';
import { SqlLedger } from './sql-ledger.js';
import { SqlLog } from './sql-log.js';
import { SqlRegistry } from './sql-registry.js';
import { storageError } from './storage-error.js';
import type { LedgerTables } from './tables.js';

export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly identity: HubIdentity;
}

/**
 * Opens the embedded ledger, making or upgrading the file.
 * @throws LEDGER_NEWER, LEDGER_CORRUPT
 */
export async function openSqliteLedger(file: string): Promise<OpenedLedger> {
  const { database, exec } = openDatabase(file);
  try {
    // The file holds the hub's keys; its -wal and -shm files take over the mode.
    chmodSync(file, 0o600);
    await migrate(database, { integer: 'integer', blob: 'blob' });
    const identity = await readIdentity(database);
    const log = await SqlLog.open(database);
    const ledger = new SqlLedger(log, {
      hub: identity.id,
      signer: await importSigner(identity.signingKey),
      // Erased pages live on in the write-ahead log until it is written back and cut.
      purge: () => exec('PRAGMA wal_checkpoint(TRUNCATE)'),
      close: () => database.destroy(),
    });
    return { ledger, registry: new SqlRegistry(log), identity };
  } catch (error) {
    await database.destroy();
    throw storageError(error);
  }
}

function openDatabase(file: string) {
  try {
    return openSqlite<LedgerTables>(file);
  } catch (error) {
    throw storageError(error);
  }
}
