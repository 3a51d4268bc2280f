import type { Logger } from '../platform/log.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { TenantLimits } from './ledger/ledger.js';
import { LIMITED } from './ledger/limit-texts.js';
import type { OwnLimitsChange, Registry } from './ledger/registry.js';
import { BudgetExceeded } from './ledger/tenant-use.js';

/**
 * Far more than the largest insurers need on a bad day, and room to bring in an archive within days; still an end to what
 * a stolen key or a loop gone wild can take. A photo that comes in is one entry and one search; 100 searches a second are
 * more than a node asks for while it works through a folder.
 */
export const DEFAULT_LIMITS: TenantLimits = {
  searchesPerMinute: 6_000,
  searchesPerDay: 500_000,
  entriesPerDay: 5_000_000,
  costPerDay: 20_000_000,
};

const ANY = Number.POSITIVE_INFINITY;
export const NO_LIMITS: TenantLimits = {
  searchesPerMinute: ANY,
  searchesPerDay: ANY,
  entriesPerDay: ANY,
  costPerDay: ANY,
};

/** What a tenant may use of the hub, the same for each or its own: kept in the ledger, so that all hubs count alike. */
export class TenantBudget {
  private readonly registry: Registry;
  private readonly logger: Logger;
  private current = DEFAULT_LIMITS;
  private own: ReadonlyMap<string, Partial<TenantLimits>> = new Map();
  /** When each limit that a tenant was seen to exceed lets it go on. */
  private readonly exceeded = new Map<string, Map<keyof TenantLimits, number>>();

  private constructor(registry: Registry, logger: Logger) {
    this.registry = registry;
    this.logger = logger;
  }

  static async open(registry: Registry, logger: Logger): Promise<TenantBudget> {
    const budget = new TenantBudget(registry, logger);
    await budget.refresh();
    return budget;
  }

  /** What each may use that has no limits of its own. */
  get limits(): TenantLimits {
    return this.current;
  }

  limitsOf(tenant: string): TenantLimits {
    return { ...this.current, ...this.own.get(tenant) };
  }

  ownLimitsOf(tenant: string): Partial<TenantLimits> {
    return this.own.get(tenant) ?? {};
  }

  /** Takes over what another hub may have set. */
  async refresh(): Promise<void> {
    const limits = (await this.registry.tenantLimits()) ?? DEFAULT_LIMITS;
    const own = await this.registry.ownLimits();
    const before = new Map([...this.exceeded.keys()].map((tenant) => [tenant, this.limitsOf(tenant)]));
    this.current = limits;
    this.own = own;
    for (const [tenant, was] of before) {
      const now = this.limitsOf(tenant);
      if (LIMITED.some((name) => now[name] !== was[name])) this.exceeded.delete(tenant);
    }
  }

  /** @param change Infinity: no limit; what is not named stays. @throws BAD_REQUEST */
  async set(change: Partial<TenantLimits>, nowMs: number): Promise<void> {
    const limits = { ...this.current, ...change };
    refuseUnfit(limits);
    await this.registry.setTenantLimits(limits, nowMs);
    await this.refresh();
  }

  /** @throws BAD_REQUEST, UNKNOWN_TENANT */
  async setOwn(change: OwnLimitsChange): Promise<void> {
    refuseUnfit(change.change);
    await this.registry.changeOwnLimits(change);
    await this.refresh();
  }

  /**
   * Spares the index a search that its tenant cannot be given an answer to.
   * @throws BUDGET_EXCEEDED if the tenant is known to have used up its searches
   */
  refuseSpent(tenant: string, nowMs: number): void {
    for (const limit of ['searchesPerDay', 'costPerDay', 'searchesPerMinute'] as const) {
      const untilMs = this.exceeded.get(tenant)?.get(limit) ?? 0;
      if (untilMs > nowMs)
        throw new BudgetExceeded(limit, this.limitsOf(tenant)[limit], Math.ceil((untilMs - nowMs) / 1000));
    }
  }

  /** Runs what counts a request; that a tenant has used up a limit is logged once until it may go on. */
  async watch<Result>(tenant: string, nowMs: number, counted: () => Promise<Result>): Promise<Result> {
    try {
      return await counted();
    } catch (error) {
      if (error instanceof BudgetExceeded) this.remember(tenant, nowMs, error);
      throw error;
    }
  }

  private remember(tenant: string, nowMs: number, { limit, retryAfterSeconds = 0 }: BudgetExceeded): void {
    const known = this.exceeded.get(tenant) ?? new Map<keyof TenantLimits, number>();
    this.exceeded.set(tenant, known);
    if ((known.get(limit) ?? 0) > nowMs) return;
    known.set(limit, nowMs + retryAfterSeconds * 1000);
    this.logger.warn('audit: budget exceeded', {
      tenant,
      limit,
      allowed: this.limitsOf(tenant)[limit],
      retryAfterSeconds,
    });
  }
}

/** Limits as JSON has them; null: no limit. */
export type ShownLimits = Readonly<Partial<Record<keyof TenantLimits, number | null>>>;

export function shownLimits(limits: Partial<TenantLimits>): ShownLimits {
  const names = LIMITED.filter((name) => limits[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, Number.isFinite(limits[name]) ? limits[name] : null]));
}

/** @throws BAD_REQUEST */
function refuseUnfit(limits: Partial<TenantLimits>): void {
  const fits = (limit: number) => limit === ANY || (Number.isSafeInteger(limit) && limit >= 1);
  const known = Object.keys(limits).every((name) => (LIMITED as readonly string[]).includes(name));
  if (known && Object.values(limits).every(fits)) return;
  throw new ClaimprintError('BAD_REQUEST', 'A limit of what a tenant may use is 1 or more, or none.');
}

/**
 * Units of cost of a search: one for the space, one for each part of what is searched by, one for each foreign match it
 * may be told of, and one for each hundred own ones beyond the first.
 */
export function searchCost(parts: number, foreignMatches: number, ownMatches: number): number {
  return 1 + parts + foreignMatches + Math.max(0, Math.ceil(ownMatches / 100) - 1);
}

/** Units of cost of a submission: one for each vector of its entries that can be searched; evidence goes with its photo. */
export function submissionCost(partsOfEntries: readonly number[]): number {
  return partsOfEntries.reduce((sum, parts) => sum + parts, 0);
}
