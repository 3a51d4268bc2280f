import { join, resolve } from 'node:path';
import type { StoredLedger } from '../../hub/ledger/backup/stored-ledger.js';
import { configuration } from '../process.js';
import { existingHub } from './on-hub.js';

/** Opens a hub's ledger or a backup to read it, beside whoever writes to it, and says how a sentence calls it. */
export async function readHubLedger({
  data,
  backup,
}: {
  readonly data?: string | undefined;
  readonly backup?: string | undefined;
}): Promise<{ readonly stored: StoredLedger; readonly what: string }> {
  const { readStoredLedger } = await import('../../hub/ledger/backup/stored-ledger.js');
  if (backup !== undefined) {
    const what = `The backup ${backup}`;
    return { stored: await readStoredLedger(resolve(backup), what), what };
  }
  const directory = existingHub(data);
  if (directory === undefined) {
    const { readPostgresLedger } = await import('../../hub/ledger/postgres-reader.js');
    return { stored: await readPostgresLedger(configuration().databaseUrl!), what: 'The ledger in the database' };
  }
  const what = `The ledger in ${directory}`;
  return { stored: await readStoredLedger(join(directory, 'ledger.sqlite'), what), what };
}
