import type { Kysely, Transaction } from 'kysely';
import { sql } from '../../platform/kysely.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { fillHead } from './head.js';
import type { LedgerTables } from './tables.js';

/** How a database writes the types that differ between SQLite and PostgreSQL. */
export interface ColumnTypes {
  readonly integer: 'integer' | 'bigint';
  readonly blob: 'blob' | 'bytea';
  /** Compared byte by byte, in every locale. */
  readonly text: 'text' | 'text collate "C"';
}

export const SQLITE_TYPES: ColumnTypes = { integer: 'integer', blob: 'blob', text: 'text' };

interface Migration {
  readonly statements: (types: ColumnTypes) => readonly string[];
  /** Fills what the statements have made, from what was there before. */
  readonly fill?: (trx: Transaction<LedgerTables>) => Promise<void>;
}

/** Row of `meta`: number of records that were there before the log kept what tells an erased entry from a lost one. */
export const ACCOUNTED_FROM = 'accounted from';

/**
 * Forward only; a migration that was released never changes. Its number is its place in the list.
 *
 * During a rolling upgrade hubs of the release before go on running on the schema that the first new one has migrated.
 * So a migration only adds, in such a way that the statements of the release before still work: a new table, an index,
 * or a column that is nullable or has a default (the older hub names the columns it writes). What must go or change its
 * meaning is left unused in one release and dropped in the next. Only a start is refused on a newer schema: a hub that
 * was stopped during the upgrade comes back with the new program.
 */
const MIGRATIONS: readonly Migration[] = [
  {
    statements: ({ integer, blob, text }) => [
      `create table record (position ${integer} primary key, kind ${text} not null, tenant ${text} not null, node ${text} not null,
       jti ${text} not null, space ${text} not null, count integer not null, digest ${blob} not null, time_ms ${integer} not null,
       detail ${blob} not null, hash ${blob} not null, receipt ${text}, affected integer not null, unique (tenant, jti))`,
      `create table leaf_hashes (position ${integer} primary key references record (position), hashes ${blob} not null)`,
      `create table entry (id ${text} primary key, position ${integer} not null references record (position), tenant ${text} not null,
       space ${text} not null, ref ${blob} not null, claim_ref ${blob}, line integer not null, first_seen integer not null,
       expires_at ${integer} not null, "offset" integer not null, leaf ${blob} not null, leaf_hash ${blob} not null)`,
      'create index entry_position on entry (position)',
      'create index entry_claim on entry (tenant, claim_ref)',
      `create table erased (position ${integer} not null references record (position), entry_id ${text} not null,
       primary key (position, entry_id))`,
      `create table tombstone (tenant ${text} not null, kind integer not null, subject ${blob} not null, space ${text} not null,
       jti ${text} not null, primary key (tenant, kind, subject, space))`,
      `create table query (position ${integer} primary key references record (position), purpose integer not null,
       results integer not null, complete integer not null)`,
      `create table tenant (id ${text} primary key, state ${text} not null, scopes ${text} not null, added_at ${integer} not null,
       revoked_at ${integer})`,
      `create table tenant_key (tenant ${text} not null references tenant (id), kid ${text} not null, x ${text} not null,
       state ${text} not null, added_at ${integer} not null, primary key (tenant, kid))`,
      `create table space (id ${text} primary key, state ${text} not null, manifest ${text} not null, pinned_at ${integer} not null,
       pinned_by ${text} not null)`,
      `create table assertion (tenant ${text} not null, jti ${text} not null, expires_at ${integer} not null,
       primary key (tenant, jti))`,
    ],
  },
  // Entries are counted by the index alone: the rows hold the vectors.
  { statements: () => ['create index entry_space on entry (tenant, space)'] },
  {
    statements: ({ integer, blob, text }) => [
      `create table head (id integer primary key check (id = 1), size ${integer} not null, searchable ${integer} not null,
         peaks ${blob} not null, generation ${integer} not null default 0)`,
      `create table administration (position ${integer} primary key references record (position), action ${text} not null,
         tenant ${text} not null, args ${text} not null)`,
      `create table checkpoint (size ${integer} primary key, root ${blob} not null, time_ms ${integer} not null,
         jws ${text} not null)`,
      `create table manifest (name ${text} primary key, json ${text} not null, added_at ${integer} not null)`,
      `alter table space add column policy ${text}`,
      'create index entry_expiry on entry (expires_at)',
      // Counts those that have not expired, and pages through a tenant's entries of a space, by the index alone.
      'drop index entry_space',
      'create index entry_space on entry (tenant, space, expires_at, id)',
      `create table withdrawal (position ${integer} primary key references record (position), kind integer not null,
         subjects ${blob} not null)`,
      `create table repeated (position ${integer} not null references record (position), leaf_hash ${blob} not null,
         primary key (position, leaf_hash))`,
      `alter table erased add column leaf_hash ${blob}`,
      'create index erased_leaf on erased (leaf_hash)',
      // Vectors do not compress; PostgreSQL would try with each.
      ...(blob === 'bytea' ? ['alter table entry alter column leaf set storage external'] : []),
    ],
    fill: async (trx) => {
      const size = await fillHead(trx);
      await trx
        .insertInto('meta')
        .values({ name: ACCOUNTED_FROM, value: String(size) })
        .execute();
    },
  },
  // A tenant reads its own part of the log in pages.
  { statements: () => ['create index record_tenant on record (tenant, position)'] },
  {
    statements: ({ integer, text }) => [
      `create table revoked_key (kid ${text} primary key, tenant ${text} not null, revoked_at ${integer} not null)`,
    ],
  },
  {
    statements: ({ integer, blob, text }) => [
      `create table invite (tenant ${text} primary key, code_hash ${blob} not null, expires_at ${integer} not null,
       kid ${text}, x ${text}, joined_at ${integer})`,
    ],
  },
  {
    statements: ({ integer, blob, text }) => [
      `create table counted_query (entry_id ${text} not null, viewer ${text} not null, digest ${blob} not null,
       time_ms ${integer} not null, primary key (entry_id, viewer, digest))`,
      'create index counted_query_time on counted_query (time_ms)',
      `create table spent_budget (viewer ${text} not null, entry_id ${text} not null, until_ms ${integer} not null,
       primary key (viewer, entry_id))`,
      'create index spent_budget_entry on spent_budget (entry_id)',
    ],
  },
  {
    statements: ({ integer, text }) => [
      `create table hub_key (kid ${text} primary key, x ${text} not null, added_at ${integer} not null, endorsement ${text})`,
    ],
  },
  {
    statements: ({ integer, text }) => [
      `create table tenant_use (tenant ${text} primary key, minute ${integer} not null, minute_searches ${integer} not null,
       day ${integer} not null, searches ${integer} not null, entries ${integer} not null, cost ${integer} not null)`,
    ],
  },
  { statements: ({ text }) => [`alter table tenant add column limits ${text}`] },
  // A tenant's own part is looked at before each change of its keys.
  { statements: () => ['create index administration_tenant on administration (tenant, action)'] },
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to this program's schema, in one transaction.
 * @param prepare is done first, in that transaction: a shared database keeps other processes out meanwhile
 * @throws LEDGER_NEWER if a newer program has written it; nothing is changed then
 */
export async function migrate(
  database: Kysely<LedgerTables>,
  types: ColumnTypes,
  prepare?: (trx: Transaction<LedgerTables>) => Promise<void>,
): Promise<void> {
  await database.transaction().execute(async (trx) => {
    await prepare?.(trx);
    await sql`create table if not exists meta (name text primary key, value text not null)`.execute(trx);
    const row = await trx.selectFrom('meta').select('value').where('name', '=', 'schema').executeTakeFirst();
    const version = Number(row?.value ?? 0);
    if (version > SCHEMA_VERSION) {
      throw new ClaimprintError(
        'LEDGER_NEWER',
        `The ledger has schema ${version}, written by a newer Claimprint; this one knows ${SCHEMA_VERSION}. Upgrade Claimprint.`,
      );
    }
    if (version === SCHEMA_VERSION) return;
    for (const { statements, fill } of MIGRATIONS.slice(version)) {
      for (const statement of statements(types)) await sql.raw(statement).execute(trx);
      await fill?.(trx);
    }
    const value = String(SCHEMA_VERSION);
    await trx
      .insertInto('meta')
      .values({ name: 'schema', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  });
}
