import type { Kysely } from 'kysely';
import { openSqliteReadOnly } from '../../../platform/sqlite.js';
import { type BrokenText, findBrokenText } from '../../../platform/sqlite-text.js';
import { ClaimprintError } from '../../../protocol/errors.js';
import type { KeySet, Signer } from '../../../protocol/jws.js';
import { readKeys } from '../hub-keys.js';
import { SCHEMA_VERSION } from '../migrations.js';
import { corrupt, storageError } from '../storage-error.js';
import { type LedgerTables, SETTINGS } from '../tables.js';
import { describeDamage } from '../verify/damage.js';

/** A ledger that is opened to be read, with the identity of its hub. */
export interface StoredLedger {
  readonly database: Kysely<LedgerTables>;
  /** How a message calls it. */
  readonly what: string;
  readonly hub: string;
  readonly signer: Signer;
  readonly keys: KeySet;
  /** Before everything is read. @throws LEDGER_CORRUPT where the database holds text that is none */
  requireText(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a SQLite ledger or a backup to read it, also beside its owner.
 * @param what how a message calls it, for example `The backup x.sqlite`
 * @throws NOT_FOUND, BAD_REQUEST if it is no ledger, LEDGER_NEWER, LEDGER_CORRUPT
 */
export async function readStoredLedger(file: string, what: string): Promise<StoredLedger> {
  const database = openSqliteReadOnly<LedgerTables>(file);
  const refuse = (broken: BrokenText | undefined): void => {
    if (!broken) return;
    const { table, column, position } = broken;
    const problem = `a text in column ${column} of table ${table} cannot be read`;
    const damage = describeDamage({ problem, ...(position !== undefined && { record: position }) });
    throw new ClaimprintError('LEDGER_CORRUPT', `${what} is damaged. ${damage}`);
  };
  const requireText = async (): Promise<void> => {
    const found = findBrokenText(database).catch((error: unknown) => {
      throw readError(error, what);
    });
    refuse(await found);
  };
  try {
    // What cannot be looked through at all is named by what is read next.
    refuse(await findBrokenText(database, SETTINGS).catch(() => undefined));
    return { ...(await identified(database, what)), requireText };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

/** @throws BAD_REQUEST if the database holds no ledger, LEDGER_NEWER, LEDGER_CORRUPT */
export async function identified(database: Kysely<LedgerTables>, what: string): Promise<StoredLedger> {
  const meta = await readMeta(database, what);
  const version = Number(meta.get('schema'));
  if (version > SCHEMA_VERSION) {
    throw new ClaimprintError(
      'LEDGER_NEWER',
      `${what} has schema ${version}, written by a newer Claimprint; this one knows ${SCHEMA_VERSION}. Upgrade Claimprint.`,
    );
  }
  if (version < SCHEMA_VERSION) {
    throw new ClaimprintError(
      'BAD_REQUEST',
      `${what} has schema ${version} of an older Claimprint; start a hub on it once to bring it to ${SCHEMA_VERSION}.`,
    );
  }
  try {
    const { signer, all } = await readKeys(database);
    return {
      database,
      what,
      hub: meta.get('hub id')!,
      signer,
      keys: new Map(all.map(({ kid, key }) => [kid, key])),
      // A server lets nothing in that is no text.
      requireText: async () => undefined,
      close: () => database.destroy(),
    };
  } catch (cause) {
    throw corrupt(`${what} does not hold the hub's key as it was.`, cause);
  }
}

/** What went wrong while a stored ledger was read; a file that is cut off or overwritten is named by `what`. */
export function readError(error: unknown, what: string): unknown {
  if (/not a database|malformed/i.test(String((error as Error).message))) {
    return new ClaimprintError(
      'LEDGER_CORRUPT',
      `${what} is cut off or damaged and cannot be read. Restore a backup that is whole.`,
      { cause: error },
    );
  }
  return storageError(error);
}

async function readMeta(database: Kysely<LedgerTables>, what: string): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await database.selectFrom('meta').selectAll().execute();
    if (rows.some(({ name }) => name === 'schema') && rows.some(({ name }) => name === 'hub id')) {
      return new Map(rows.map(({ name, value }) => [name, value]));
    }
  } catch (error) {
    if (!/no such table|not a database|does not exist/i.test(String((error as Error).message)))
      throw readError(error, what);
  }
  throw new ClaimprintError('BAD_REQUEST', `${what} is not a ledger of Claimprint.`);
}
