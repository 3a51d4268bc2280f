import { join, resolve } from 'node:path';
import type { StoredLedger } from '../../hub/ledger/backup/stored-ledger.js';
import { existingDirectory } from './on-hub.js';

/** Opens a hub's ledger or a backup to read it, beside whoever writes to it, and says how a sentence calls it. */
export async function readHubLedger({
  data,
  backup,
}: {
  readonly data?: string;
  readonly backup?: string;
}): Promise<{ readonly stored: StoredLedger; readonly what: string }> {
  const { readStoredLedger } = await import('../../hub/ledger/backup/stored-ledger.js');
  if (backup !== undefined) {
    const what = `The backup ${backup}`;
    return { stored: await readStoredLedger(resolve(backup), what), what };
  }
  const directory = existingDirectory(data);
  const what = `The ledger in ${directory}`;
  return { stored: await readStoredLedger(join(directory, 'ledger.sqlite'), what), what };
}
