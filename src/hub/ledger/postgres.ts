import { createHash } from 'node:crypto';
import { sql } from '../../platform/kysely.js';
import type { Logger } from '../../platform/log.js';
import { openPostgres, type PostgresAddress, postgresAddress } from '../../platform/postgres.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { LedgerTransaction } from './append.js';
import { HubKeys } from './hub-keys.js';
import { readIdentity } from './identity.js';
import { migrate } from './migrations.js';
import type { OpenedLedger } from './opened-ledger.js';
import { holdsSomethingElse, refusal } from './postgres-refusal.js';
import { PostgresSession } from './postgres-session.js';
import { PostgresVacuum } from './postgres-vacuum.js';
import { SqlLedger } from './sql-ledger.js';
import { SqlLog } from './sql-log.js';
import { SqlRegistry } from './sql-registry.js';
import { SqlSpaceRegistry } from './sql-space-registry.js';
import type { LedgerTables } from './tables.js';

const CHANNEL = 'claimprint';
const MIGRATION_LOCK = lockNumber('migration');
/** The first with idle_session_timeout, by which a hub that hangs loses the right to fill the index. */
const OLDEST_SERVER = 140_000;

const TYPES = { integer: 'bigint', blob: 'bytea', text: 'text collate "C"' } as const;

/**
 * Opens the ledger in a PostgreSQL database that several hubs may share, making or upgrading its tables.
 * @throws BAD_REQUEST, LEDGER_UNAVAILABLE, DATABASE_UNUSABLE (each says what to do), LEDGER_NEWER, LEDGER_CORRUPT
 */
export async function openPostgresLedger(url: string, logger: Logger): Promise<OpenedLedger> {
  const address = postgresAddress(url);
  const database = openPostgres<LedgerTables>(url);
  try {
    await migrate(database, TYPES, (trx) => prepare(trx, address));
    const identity = await readIdentity(database);
    const keys = await HubKeys.open(database);
    const log = await SqlLog.open(database, { channel: CHANNEL });
    const session = new PostgresSession({
      url,
      channel: CHANNEL,
      lock: lockNumber(identity.id),
      tell: (change) => log.tell(change),
      logger,
    });
    const vacuum = new PostgresVacuum(url, logger);
    const ledger = new SqlLedger(log, {
      name: 'postgres',
      hub: identity.id,
      keys,
      purge: async () => vacuum.due(),
      listen: () => session.start(),
      sharedIndex: {
        lead: (signal) => session.lead(signal),
        announce: async () => void (await sql`select pg_notify(${CHANNEL}, 'indexed')`.execute(database)),
      },
      storedBytes: async () => {
        const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(
          database,
        );
        return rows[0]!.bytes;
      },
      logger,
      close: async () => {
        await session.close();
        await vacuum.close();
        await database.destroy();
      },
    });
    // A process may have ended between a withdrawal and its purge.
    await ledger.purgeErased();
    return { ledger, registry: new SqlRegistry(log), spaces: new SqlSpaceRegistry(log), identity, keys, log };
  } catch (error) {
    await database.destroy();
    throw refusal(error, address);
  }
}

/** Keeps hubs that start at once from migrating at once, and a mistaken DATABASE_URL from spoiling another's tables. */
async function prepare(trx: LedgerTransaction, address: PostgresAddress): Promise<void> {
  const { rows } = await sql<{ version: number; schema: string | null }>`
    select current_setting('server_version_num')::int as version, current_schema() as schema`.execute(trx);
  const { version, schema } = rows[0]!;
  if (version < OLDEST_SERVER) {
    throw new ClaimprintError('DATABASE_UNUSABLE', 'The ledger needs PostgreSQL 14 or later. Upgrade the server.');
  }
  if (schema === null) {
    throw new ClaimprintError(
      'DATABASE_UNUSABLE',
      `Database ${address.database} has no schema for user ${address.user}. Make the one that search_path names.`,
    );
  }
  await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`.execute(trx);
  const tables = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind in ('r', 'p')`.execute(trx);
  const names = new Set(tables.rows.map(({ name }) => name));
  if (names.size === 0) return;
  const columns = await sql<{ name: string }>`select column_name as name from information_schema.columns
    where table_schema = ${schema} and table_name = 'meta'`.execute(trx);
  const ours = columns.rows.map(({ name }) => name).sort();
  if (!names.has('record') || ours.join() !== 'name,value') throw holdsSomethingElse(address);
  const version_ = await trx.selectFrom('meta').select('value').where('name', '=', 'schema').executeTakeFirst();
  if (!version_) throw holdsSomethingElse(address);
}

/** A key for an advisory lock: 64 bits with sign, decimal. */
function lockNumber(name: string): string {
  return createHash('sha256').update(`claimprint ${name}`).digest().readBigInt64BE().toString();
}
