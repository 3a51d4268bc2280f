import type { LedgerTransaction } from './append.js';
import type { TombstoneRow } from './tables.js';

const ROWS_PER_INSERT = 1_000;

/** Writes tombstones over those that are older. */
export async function putTombstones(trx: LedgerTransaction, rows: readonly TombstoneRow[]): Promise<void> {
  const distinct = [
    ...new Map(
      rows.map((row) => [`${row.tenant} ${row.kind} ${row.subject.toString('hex')} ${row.space}`, row]),
    ).values(),
  ];
  for (let i = 0; i < distinct.length; i += ROWS_PER_INSERT) {
    await trx
      .insertInto('tombstone')
      .values(distinct.slice(i, i + ROWS_PER_INSERT))
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'kind', 'subject', 'space'])
          // The latest withdrawal counts, in whatever order they arrive.
          .doUpdateSet(({ ref }) => ({ jti: ref('excluded.jti') }))
          .whereRef('excluded.jti', '>', 'tombstone.jti'),
      )
      .execute();
  }
}
