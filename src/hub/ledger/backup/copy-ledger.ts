import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely, RawBuilder } from 'kysely';
import { sql } from '../../../platform/kysely.js';
import type { LedgerTables } from '../tables.js';

/**
 * Every table that a backup holds, parents first, by its key. Spent client assertions, invites and what tenants have used
 * of their budgets are left out: they live for a minute or some days, and a restored ledger must neither forget those of now nor bring back those of then.
 */
const KEYS = {
  meta: ['name'],
  record: ['position'],
  head: ['id'],
  leaf_hashes: ['position'],
  entry: ['position', 'id'],
  erased: ['position', 'entry_id'],
  repeated: ['position', 'leaf_hash'],
  withdrawal: ['position'],
  tombstone: ['tenant', 'kind', 'subject', 'space'],
  query: ['position'],
  administration: ['position'],
  counted_query: ['entry_id', 'viewer', 'digest'],
  spent_budget: ['viewer', 'entry_id'],
  checkpoint: ['size'],
  tenant: ['id'],
  tenant_key: ['tenant', 'kid'],
  revoked_key: ['kid'],
  space: ['id'],
  manifest: ['name'],
  hub_key: ['kid'],
} as const satisfies Record<Exclude<keyof LedgerTables, 'assertion' | 'invite' | 'tenant_use'>, readonly string[]>;

type Table = keyof typeof KEYS;
type Row = Record<string, unknown>;

/** Rows in memory at once; an entry has about two kilobytes, ninety-six at most. */
const ROWS_PER_STEP = 500;
const KEYS_PER_DELETE = 10_000;

export type CopyProgress = (table: string, rows: number) => void;

/**
 * Makes the target hold what the source holds and nothing else. Both stand in a transaction of the caller's: the source
 * in one that sees a single moment, the target in one that becomes durable whole or not at all.
 */
export async function copyLedger(
  source: Kysely<LedgerTables>,
  target: Kysely<LedgerTables>,
  onProgress: CopyProgress = () => undefined,
): Promise<void> {
  for (const table of (Object.keys(KEYS) as Table[]).reverse()) {
    await empty(target, table);
  }
  for (const table of Object.keys(KEYS) as Table[]) {
    let copied = 0;
    for await (const rows of steps(source, table)) {
      await target
        .insertInto(table as 'entry')
        .values(rows as never)
        .execute();
      copied += rows.length;
      onProgress(table, copied);
      // An embedded database works in promises alone, which never let timers and sockets have their turn.
      await nextTurn();
    }
  }
}

/** In steps: a server ends a statement that takes too long. */
async function empty(target: Kysely<LedgerTables>, table: Table): Promise<void> {
  const key = sql.ref(KEYS[table][0]);
  for (;;) {
    const { rows } = await sql<{ bound: unknown }>`
      select ${key} as bound from ${sql.table(table)} order by ${key} limit 1 offset ${sql.lit(KEYS_PER_DELETE)}`.execute(
      target,
    );
    const bound = rows[0]?.bound;
    await sql`delete from ${sql.table(table)} ${bound === undefined ? sql`` : sql`where ${key} <= ${bound}`}`.execute(
      target,
    );
    if (bound === undefined) return;
    await nextTurn();
  }
}

async function* steps(source: Kysely<LedgerTables>, table: Table): AsyncGenerator<Row[]> {
  const key = KEYS[table] as readonly string[];
  const columns = sql.join(key.map((name) => sql.ref(name)));
  let behind: RawBuilder<unknown> = sql`1 = 1`;
  for (;;) {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} where ${behind} order by ${columns} limit ${sql.lit(ROWS_PER_STEP)}`.execute(
      source,
    );
    if (rows.length > 0) yield rows;
    if (rows.length < ROWS_PER_STEP) return;
    const last = rows.at(-1)!;
    behind = sql`(${columns}) > (${sql.join(key.map((name) => last[name]))})`;
  }
}
