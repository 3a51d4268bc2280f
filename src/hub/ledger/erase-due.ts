import type { Selectable } from 'kysely';
import { appendAction } from './administration.js';
import type { Append, LedgerTransaction } from './append.js';
import { eraseEntries } from './erase.js';
import type { SqlLog } from './sql-log.js';
import type { EntryRow } from './tables.js';

type Named = Pick<Selectable<EntryRow>, 'id' | 'tenant'>;

/** Erases entries that have expired, under one record for each tenant. */
export async function eraseAsExpired(
  trx: LedgerTransaction,
  append: Append,
  entries: readonly Named[],
  timeMs: number,
): Promise<void> {
  for (const tenant of new Set(entries.map((entry) => entry.tenant))) {
    const ids = entries.filter((entry) => entry.tenant === tenant).map(({ id }) => id);
    await eraseUnder(trx, append, 'entriesExpire', tenant, ids, timeMs);
  }
}

/**
 * Erases up to `limit` entries that expired by `timeMs`, in one write.
 * @returns how many
 */
export function eraseExpired(log: SqlLog, limit: number, timeMs: number): Promise<number> {
  return log.write(async (trx, append) => {
    const expired = await trx
      .selectFrom('entry')
      .select(['id', 'tenant'])
      .where('expires_at', '<=', Math.floor(timeMs / 1000))
      .orderBy('expires_at')
      .limit(limit)
      .execute();
    await eraseAsExpired(trx, append, expired, timeMs);
    return expired.length;
  });
}

/**
 * Erases up to `limit` entries of a tenant that has left, in one write.
 * @returns how many
 */
export function eraseLeft(log: SqlLog, tenant: string, limit: number, timeMs: number): Promise<number> {
  return log.write(async (trx, append) => {
    const rows = await trx
      .selectFrom('entry')
      .innerJoin('tenant', 'tenant.id', 'entry.tenant')
      .select('entry.id')
      .where('entry.tenant', '=', tenant)
      .where('tenant.state', '=', 'LEFT')
      .limit(limit)
      .execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await eraseUnder(trx, append, 'entriesErase', tenant, ids, timeMs);
    return ids.length;
  });
}

async function eraseUnder(
  trx: LedgerTransaction,
  append: Append,
  name: 'entriesExpire' | 'entriesErase',
  tenant: string,
  ids: readonly string[],
  timeMs: number,
): Promise<void> {
  const erases = ids.length;
  const { position } = await appendAction(trx, append, { name, tenant, args: [String(erases)], timeMs, erases });
  await eraseEntries(trx, position, ids);
}
