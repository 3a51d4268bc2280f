import type { Kysely } from 'kysely';
import { parseTenantId } from '../../../protocol/ids.js';
import type { Administration } from '../../../protocol/record.js';
import type { SpaceId } from '../../../protocol/space.js';
import { type JournalEntry, RESTRICTING } from '../journal/journal.js';
import type { LedgerTables } from '../tables.js';
import { readTarget } from '../withdrawal-target.js';

/** The withdrawals and restrictions of a ledger behind its first `from` records, as a journal would hold them. */
export async function recordedRestrictions(database: Kysely<LedgerTables>, from: number): Promise<JournalEntry[]> {
  const withdrawals = await database
    .selectFrom('withdrawal')
    .innerJoin('record', 'record.position', 'withdrawal.position')
    .selectAll('record')
    .select(['withdrawal.kind as target', 'withdrawal.subjects'])
    .where('record.position', '>=', from)
    .execute();
  const actions = await database
    .selectFrom('administration')
    .innerJoin('record', 'record.position', 'administration.position')
    .select(['administration.action', 'administration.tenant', 'administration.args', 'record.jti', 'record.time_ms'])
    .where('record.position', '>=', from)
    .where('administration.action', 'in', [...RESTRICTING])
    .execute();
  return [
    ...withdrawals.map((row): JournalEntry => {
      const { node, jti, count, digest } = row;
      const tenant = parseTenantId(row.tenant);
      const space = row.space as SpaceId;
      const proof = { tenant, node, operation: 'withdrawEntries', jti, space, count, digest } as const;
      const target = readTarget({ kind: row.target, subjects: row.subjects })!;
      return { withdrawal: { proof, target, space: space || undefined, timeMs: row.time_ms } };
    }),
    ...actions.map(({ action, tenant, args, jti, time_ms }): JournalEntry => {
      const name = action as Administration;
      return { action: { name, tenant, args: JSON.parse(args) as string[], jti, timeMs: time_ms } };
    }),
  ];
}
