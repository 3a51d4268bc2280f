import type { Kysely } from 'kysely';
import { sql } from '../../platform/kysely.js';
import type { LedgerEntry } from './ledger.js';
import type { EntryRow, LedgerTables } from './tables.js';

const ENTRIES_PER_PAGE = 200;

/** The entries of one space, tenant by tenant in the order of an index, so that no page reads more than it gives. */
export async function* entriesIn(database: Kysely<LedgerTables>, space: string): AsyncGenerator<LedgerEntry[]> {
  for (const { id: tenant } of await database.selectFrom('tenant').select('id').orderBy('id').execute()) {
    let after = { expires_at: 0, id: '' };
    for (;;) {
      const rows = await database
        .selectFrom('entry')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('space', '=', space)
        .where(sql<boolean>`(expires_at, id) > (${after.expires_at}, ${after.id})`)
        .orderBy('expires_at')
        .orderBy('id')
        .limit(ENTRIES_PER_PAGE)
        .execute();
      if (rows.length > 0) yield rows.map(toEntry);
      if (rows.length < ENTRIES_PER_PAGE) break;
      after = rows.at(-1)!;
    }
  }
}

export function toEntry(row: EntryRow): LedgerEntry {
  return {
    id: row.id,
    tenant: row.tenant,
    space: row.space,
    ref: row.ref,
    claimRef: row.claim_ref ?? undefined,
    line: row.line,
    firstSeen: row.first_seen,
    expiresAt: row.expires_at,
    offset: row.offset,
    leaf: row.leaf,
  };
}
