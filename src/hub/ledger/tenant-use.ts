import type { Kysely } from 'kysely';
import { sql } from '../../platform/kysely.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { LedgerTransaction } from './append.js';
import type { Spending, TenantLimits, TenantUse } from './ledger.js';
import { prepared } from './prepared.js';
import type { LedgerTables, TenantUseRow } from './tables.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One request that wants to be counted. */
export interface Wanted {
  readonly tenant: string;
  readonly searches: number;
  readonly entries: number;
  readonly spending: Spending;
  readonly timeMs: number;
}

/** A tenant has used up what it may. The next minute or day it may go on. */
export class BudgetExceeded extends ClaimprintError {
  readonly limit: keyof TenantLimits;

  constructor(limit: keyof TenantLimits, allowed: number, retryAfterSeconds: number) {
    super('BUDGET_EXCEEDED', sentence(limit, allowed, retryAfterSeconds), { retryAfterSeconds });
    this.limit = limit;
  }
}

/**
 * Counts what tenants use, in the transaction that writes their requests: writers of a ledger take turns, so all hubs
 * together let through exactly what is allowed. One statement reads the counts and raises them for all of the requests;
 * a second one puts right those of tenants some of whose requests then do not pass.
 */
export class TenantUses {
  private readonly trx: LedgerTransaction;
  /** Counts if every request passes, by tenant. */
  private readonly raised: ReadonlyMap<string, TenantUseRow>;
  /** Counts of what has passed so far. */
  private readonly counts: Map<string, TenantUseRow>;

  private constructor(trx: LedgerTransaction, rows: readonly TenantUseRow[], sums: ReadonlyMap<string, TenantUseRow>) {
    this.trx = trx;
    this.raised = new Map(rows.map((row) => [row.tenant, row]));
    this.counts = new Map(rows.map((row) => [row.tenant, added(row, sums.get(row.tenant)!, -1)]));
  }

  static async of(trx: LedgerTransaction, wanted: readonly Wanted[]): Promise<TenantUses> {
    const sums = new Map<string, TenantUseRow>();
    for (const each of wanted) {
      const one = rowOf(each);
      const sum = sums.get(each.tenant);
      sums.set(each.tenant, sum ? together(sum, one) : one);
    }
    return new TenantUses(trx, sums.size > 0 ? await raise(trx, { sums: [...sums.values()] }) : [], sums);
  }

  /** Why a request does not pass; it is counted by {@link take}. */
  refusal(wanted: Wanted): BudgetExceeded | undefined {
    const use = this.counts.get(wanted.tenant)!;
    const { limits } = wanted.spending;
    const one = rowOf(wanted);
    // Whatever it wants, the first of a day passes: no request is too large for ever.
    const exceeds = (used: number, more: number, limit: number) => more > 0 && used > 0 && used + more > limit;
    const until = (endMs: number) => Math.max(1, Math.ceil((endMs - wanted.timeMs) / 1000));
    const tomorrow = () => until((use.day + 1) * DAY_MS);
    const { searchesPerMinute, searchesPerDay, entriesPerDay, costPerDay } = limits;
    if (exceeds(use.searches, one.searches, searchesPerDay)) {
      return new BudgetExceeded('searchesPerDay', searchesPerDay, tomorrow());
    }
    if (exceeds(use.entries, one.entries, entriesPerDay)) {
      return new BudgetExceeded('entriesPerDay', entriesPerDay, tomorrow());
    }
    if (exceeds(use.cost, one.cost, costPerDay)) return new BudgetExceeded('costPerDay', costPerDay, tomorrow());
    if (exceeds(use.minute_searches, one.minute_searches, searchesPerMinute)) {
      return new BudgetExceeded('searchesPerMinute', searchesPerMinute, until((use.minute + 1) * MINUTE_MS));
    }
    return undefined;
  }

  take(wanted: Wanted): void {
    const use = this.counts.get(wanted.tenant)!;
    this.counts.set(wanted.tenant, added(use, rowOf(wanted), 1));
  }

  /** Leaves counted what has passed, and nothing else. */
  async write(): Promise<void> {
    for (const [tenant, { searches, entries, cost, minute_searches }] of this.counts) {
      const raised = this.raised.get(tenant)!;
      if (raised.searches === searches && raised.entries === entries && raised.cost === cost) continue;
      await this.trx
        .updateTable('tenant_use')
        .set({ searches, entries, cost, minute_searches })
        .where('tenant', '=', tenant)
        .execute();
    }
  }
}

/** What each tenant has used today; those that used nothing are not in it. */
export async function usedToday(
  database: Kysely<LedgerTables>,
  nowMs: number,
): Promise<ReadonlyMap<string, TenantUse>> {
  const rows = await database.selectFrom('tenant_use').selectAll().where('day', '>=', dayOf(nowMs)).execute();
  return new Map(rows.map(({ tenant, searches, entries, cost }) => [tenant, { searches, entries, cost }]));
}

/** Forgets what was counted on other days; it would begin anew anyway. */
export async function forgetOldUses(trx: LedgerTransaction, nowMs: number): Promise<void> {
  await trx.deleteFrom('tenant_use').where('day', '<', dayOf(nowMs)).execute();
}

/**
 * Adds to the counts of the minute and day that run, or begins new ones. A hub whose clock is behind does not begin
 * those again that another hub has left; one that was far ahead for a while does no lasting harm.
 */
const raise = prepared((database, { sums }: { readonly sums: readonly TenantUseRow[] }) => {
  const goesOn = (window: 'day' | 'minute') =>
    sql<boolean>`tenant_use.${sql.ref(window)} between excluded.${sql.ref(window)} and excluded.${sql.ref(window)} + 1`;
  const kept = (window: 'day' | 'minute', column: keyof TenantUseRow) =>
    sql<number>`case when ${goesOn(window)} then tenant_use.${sql.ref(column)} else`;
  const count = (window: 'day' | 'minute', column: keyof TenantUseRow) =>
    sql<number>`${kept(window, column)} 0 end + excluded.${sql.ref(column)}`;
  const begun = (window: 'day' | 'minute') => sql<number>`${kept(window, window)} excluded.${sql.ref(window)} end`;
  return database
    .insertInto('tenant_use')
    .values([...sums])
    .onConflict((conflict) =>
      conflict.column('tenant').doUpdateSet({
        minute: begun('minute'),
        minute_searches: count('minute', 'minute_searches'),
        day: begun('day'),
        searches: count('day', 'searches'),
        entries: count('day', 'entries'),
        cost: count('day', 'cost'),
      }),
    )
    .returningAll();
});

function rowOf({ tenant, searches, entries, spending, timeMs }: Wanted): TenantUseRow {
  const minute = Math.floor(timeMs / MINUTE_MS);
  return {
    tenant,
    minute,
    minute_searches: searches,
    day: dayOf(timeMs),
    searches,
    entries,
    cost: spending.cost,
  };
}

function together(sum: TenantUseRow, one: TenantUseRow): TenantUseRow {
  return { ...added(sum, one, 1), minute: Math.max(sum.minute, one.minute), day: Math.max(sum.day, one.day) };
}

/** The first row with the other's counts added (1) or taken away (-1). */
function added(row: TenantUseRow, other: TenantUseRow, sign: 1 | -1): TenantUseRow {
  return {
    ...row,
    minute_searches: row.minute_searches + sign * other.minute_searches,
    searches: row.searches + sign * other.searches,
    entries: row.entries + sign * other.entries,
    cost: row.cost + sign * other.cost,
  };
}

const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS);

const COUNTED: Readonly<Record<keyof TenantLimits, string>> = {
  searchesPerMinute: 'searches a minute',
  searchesPerDay: 'searches a day',
  entriesPerDay: 'entries submitted a day',
  costPerDay: 'units of cost a day',
};

function sentence(limit: keyof TenantLimits, allowed: number, seconds: number): string {
  return `This insurer has used up its budget at the hub (${allowed} ${COUNTED[limit]}); it may go on in ${seconds} seconds.`;
}
