import type { SqlLog } from './sql-log.js';

/** The row of `meta` with who sweeps and until when. */
const SWEEPER = 'sweeper';

/**
 * Claims the sweeping for one process until a time, unless another has claimed it. Two that sweep at once would only do
 * needless work: every batch is one write that sees what the other has erased.
 * @returns whether this process may sweep
 */
export function claimSweep(log: SqlLog, owner: string, untilMs: number, nowMs: number): Promise<boolean> {
  return log.change(async (trx) => {
    const row = await trx.selectFrom('meta').select('value').where('name', '=', SWEEPER).executeTakeFirst();
    const [other, until] = row?.value.split(' ') ?? [];
    if (other !== undefined && other !== owner && Number(until) > nowMs) return false;
    const value = `${owner} ${untilMs}`;
    await trx
      .insertInto('meta')
      .values({ name: SWEEPER, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
    return true;
  });
}
